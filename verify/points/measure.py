"""The measure of a range of real numbers or integers: what a tenth of a parameter is a tenth of.

Half of it is length, and a quarter decades of the distance to each end, so that points drawn evenly
in it meet the middle of a range as well as what happens near its ends.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

NEAREST = 1e-6
"""Decades of real numbers are counted from this share of the length of their range."""

_HALVINGS = 80


def share(x: float, low: float, high: float, nearest: float = NEAREST) -> float:
    """The measure of [low, x] within [low, high]; decades are counted from `nearest` its length."""
    part = (x - low) / (high - low)
    return part / 2 + _decades(part, nearest) / 4 + (1 - _decades(1 - part, nearest)) / 4


def _decades(distance: float, nearest: float) -> float:
    """The share of all decades that end at a distance, itself a share of the length."""
    return math.log(max(distance, nearest) / nearest) / math.log(1 / nearest)


@lru_cache(maxsize=2**12, typed=True)  # where one stratum ends the next begins
def quantile(u: float, low: float, high: float, nearest: float = NEAREST) -> float:
    """The x whose share is u in [0, 1], to the last digits."""
    if u <= 0 or low == high:
        return low
    if u >= 1:
        return high
    below, above = low, high
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if middle in (below, above):  # no float lies between them
            break
        if share(middle, low, high, nearest) < u:
            below = middle
        else:
            above = middle
    return below


def nearest_of_integers(low: int, high: int) -> float:
    """Where decades of the integers low .. high begin: at a distance of one.

    Each integer k stands for [k, k + 1), of which the last ends at high + 1.
    """
    return 1 / (high + 2 - low)


# Of arrays ------------------------------------------------------------------------------------


def quantiles(u: Any, low: Any, high: Any, nearest: Any = NEAREST) -> NDArray[np.float64]:
    """The same of arrays; values beside either end keep the digits of their distance to it."""
    length = np.maximum(high - low, np.finfo(float).tiny)
    upper = u > 0.5
    v = np.where(upper, 1 - u, u)
    distance = np.where(v <= 0, 0.0, np.exp(_log_part(np.maximum(v, _NONE), nearest))) * length
    return np.asarray(np.where(upper, high - distance, low + distance))


_NONE = np.exp(-60.0)
"""Shares below this are as good as none."""


def _log_part(v: Any, nearest: Any) -> Any:
    """The logarithm of the part of a range whose share is v <= 1/2.

    By Newton's method: the share is convex in that logarithm, so that each step from above it comes
    nearer, until rounding ends it.  Above are a half, and where length or decades alone come to v.
    """
    decades = -np.log(nearest)
    log = np.minimum(np.log(np.minimum(2 * v, 0.5)), (4 * v - 1) * decades)
    while True:
        part = np.exp(log)
        from_low = np.maximum(log / decades + 1, 0)
        to_high = np.minimum(-np.log1p(-part) / decades, 1)
        slope = part / 2 + ((part > nearest) + part / (1 - part)) / (4 * decades)
        nearer = log - (part / 2 + from_low / 4 + to_high / 4 - v) / slope
        if not np.any(nearer < log):
            return log
        log = np.fmin(nearer, log)
