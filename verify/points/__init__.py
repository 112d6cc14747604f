"""Where claims are judged."""

from verify.points.placed import at, beside, names, points, reachable, rows

__all__ = ["at", "beside", "names", "points", "reachable", "rows"]
