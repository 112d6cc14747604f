"""Checks of the draws that a measurement hands over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def one_number(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The draws, or a ValueError unless they are one row of numbers."""
    if x.ndim != 1:
        raise ValueError(f"draws of shape {x.shape}: must be one non-empty row of numbers")
    return x


def columns(x: NDArray[np.float64], allowed: str, fits: bool) -> NDArray[np.float64]:
    """The draws, or a ValueError unless each is a row of as many numbers as are allowed."""
    if x.ndim != 2 or not fits:
        raise ValueError(f"draws of shape {x.shape}: must have one row a draw of {allowed}")
    return x


def within(x: NDArray[np.float64], largest: float | None) -> NDArray[np.float64]:
    """The draws, or a ValueError for one outside [0, largest]."""
    if x.min(initial=0.0) < 0:
        raise ValueError(
            f"draws: {x.min()} is negative; this procedure needs X >= 0;"
            " use SignedEqual for the mean of what may be negative"
        )
    if largest is not None and x.max(initial=0.0) > largest:
        raise ValueError(f"draws: {x.max()} is above the stated largest value, {largest}")
    return x
