"""Values that are worked out as logarithms."""

from __future__ import annotations

import math

import mpmath


def exponential(log: float, like: float) -> float:
    """Return exp(log): of mpmath where `like` is, and OverflowError where no float holds it."""
    return mpmath.exp(log) if isinstance(like, mpmath.mpf) else math.exp(log)
