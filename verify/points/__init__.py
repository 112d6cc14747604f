"""Where claims are judged: points drawn over their regions, and those of their authors."""

from verify.points.placed import Layout, at, beside, layout, names, points, reachable, rows

__all__ = ["Layout", "at", "beside", "layout", "names", "points", "reachable", "rows"]
