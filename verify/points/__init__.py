"""Where claims are judged: points drawn over their regions, and those of their authors."""

from verify.points.placed import Layout, at, beside, laid_out, names, points, reachable, rows
from verify.points.region import region

__all__ = ["Layout", "at", "beside", "laid_out", "names", "points", "reachable", "region", "rows"]
