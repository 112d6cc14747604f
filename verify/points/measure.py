"""The measure of a range of real numbers or integers: what a tenth of a parameter is a tenth of.

Half of it is length, and a quarter decades of the distance to each end, so that points drawn evenly
in it meet the middle of a range as well as what happens near its ends.
"""

from __future__ import annotations

import math

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


def quantile(u: float, low: float, high: float, nearest: float = NEAREST) -> float:
    """The x whose share is u in [0, 1], to the last digits."""
    if u <= 0 or low == high:
        return low
    if u >= 1:
        return high
    below, above = low, high
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
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
