"""Fluctuations of sums over the eigenvalues of X^T X, X of P = alpha N rows x ~ N(0, I/N).

With s = 1 + alpha + 2 sqrt(alpha) cos t on the bulk and f(s) = a_0/2 + sum_k a_k cos(k t), the sum
of f over the eigenvalues of real matrices has, up to O(1/N) (Bai and Silverstein 2004),

    mean      N times that of the Marchenko-Pastur law + (f(s_min) + f(s_max) - a_0) / 4
    variance  sum_k k a_k^2 / 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

POINTS = 4096
"""Angles at which f is taken: its coefficients fall like exp(-k sqrt(zeta)) at the least."""

Function = Callable[[Any], Any]


def shift(f: Function, load: float) -> float:
    """What the mean of the sum has beyond N times its limit."""
    coefficients, least, greatest = _cosines(f, load)
    return float(least + greatest - coefficients[0]) / 4


def variance(f: Function, load: float) -> float:
    """The variance of the sum."""
    coefficients, _, _ = _cosines(f, load)
    return float(np.arange(coefficients.size) @ coefficients**2) / 2


def _cosines(f: Function, load: float) -> tuple[Any, Any, Any]:
    angles = 2 * np.pi * np.arange(POINTS) / POINTS
    values = f(1 + load + 2 * math.sqrt(load) * np.cos(angles))
    return 2 * np.fft.rfft(values).real / POINTS, values[POINTS // 2], values[0]
