"""Moments of two rectified normal variables, the arc-cosine kernels (Cho and Saul 2009).

For standard normal u, t of correlation R, theta = pi - arccos R their overlap angle,

    kappa1(R) = 2 E[u t; u, t > 0] = (sin theta - theta cos theta)/pi
    kappa_square(R) = 2 E[t^2; u, t > 0] = (theta - sin theta cos theta)/pi

Both vanish like theta^3 at R = -1 and are formed from theta, so that they keep all their digits
there. Their derivatives are kappa0(R) = theta/pi and 2 sqrt(1 - R^2)/pi. Torch is given
them: its own would pass by way of theta, whose derivative at R = -1 and 1 is an infinity.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

from theory.lowering.gradients import with_slopes
from theory.lowering.kernel import Kernel

# From theta = SMALL on the direct differences lose less than a digit and a half.
SMALL = 0.5
_TERMS = range(8)
_KAPPA1 = tuple((-1) ** k * (2 * k + 2) / math.factorial(2 * k + 3) for k in _TERMS)
_KAPPA_SQUARE = tuple((-1) ** k * 2 ** (2 * k + 2) / math.factorial(2 * k + 3) for k in _TERMS)


def _series(theta: Any, coefficients: tuple[float, ...]) -> Any:
    square = theta * theta
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * square + coefficient
    return theta * square * total


def _angle_of_number(correlation: float) -> float:
    return 2 * math.asin(math.sqrt((1 + correlation) / 2))


def sine_minus_chord(theta: float) -> float:
    """Return sin(theta) - theta cos(theta), which cancels to theta^3/3, for theta in [0, pi]."""
    if theta < SMALL:
        return float(_series(theta, _KAPPA1))
    return math.sin(theta) - theta * math.cos(theta)


def kappa1_of_number(correlation: float) -> float:
    """Return kappa1 at one float."""
    return sine_minus_chord(_angle_of_number(correlation)) / math.pi


def kappa_square_of_number(correlation: float) -> float:
    """Return kappa_square at one float."""
    theta = _angle_of_number(correlation)
    if theta < SMALL:
        return _series(theta, _KAPPA_SQUARE) / math.pi
    return (theta - math.sin(theta) * math.cos(theta)) / math.pi


def _both(correlation: Any, library: Any) -> tuple[Any, Any]:
    """Return kappa1 and kappa_square elementwise; `library` is numpy or torch."""
    theta = 2 * library.arcsin(library.sqrt((1 + correlation) / 2))
    sine, cosine = library.sin(theta), library.cos(theta)
    small = theta < SMALL
    kappa1 = library.where(small, _series(theta, _KAPPA1), sine - theta * cosine)
    kappa_square = library.where(small, _series(theta, _KAPPA_SQUARE), theta - sine * cosine)
    return kappa1 / math.pi, kappa_square / math.pi


def kappa1_of_array(correlation: np.ndarray) -> Any:
    """Return kappa1 at an array of floats."""
    return _both(correlation, np)[0]


def kappa_square_of_array(correlation: np.ndarray) -> Any:
    """Return kappa_square at an array of floats."""
    return _both(correlation, np)[1]


def _kappa1_of_tensor(correlation: Any, torch: Any) -> Any:
    return _both(correlation, torch)[0]


def _kappa1_slopes(correlation: Any, torch: Any) -> tuple[Any]:
    return (2 * torch.arcsin(torch.sqrt((1 + correlation) / 2)) / math.pi,)


def kappa1_of_tensor(correlation: Any, torch: Any) -> Any:
    """Return kappa1 at a tensor, with gradients on all of [-1, 1]."""
    return with_slopes(_kappa1_of_tensor, _kappa1_slopes, torch)(correlation)


def _kappa_square_of_tensor(correlation: Any, torch: Any) -> Any:
    return _both(correlation, torch)[1]


def _kappa_square_slopes(correlation: Any, torch: Any) -> tuple[Any]:
    return (2 * torch.sqrt((1 - correlation) * (1 + correlation)) / math.pi,)


def kappa_square_of_tensor(correlation: Any, torch: Any) -> Any:
    """Return kappa_square at a tensor, with gradients on all of [-1, 1]."""
    return with_slopes(_kappa_square_of_tensor, _kappa_square_slopes, torch)(correlation)


def _exact(correlation: Any) -> tuple[Any, Any]:
    gap = mpmath.fadd(1, correlation, exact=True)
    if gap == 0:
        return gap, gap
    # theta ~ sqrt(2 gap) loses half the bits that 1 + R does, the differences ~ theta^3 as many.
    with mpmath.extraprec(2 * max(0, -mpmath.mag(gap)) + 20):
        theta = mpmath.pi - mpmath.acos(correlation)
        sine, cosine = mpmath.sin(theta), mpmath.cos(theta)
        return (sine - theta * cosine) / mpmath.pi, (theta - sine * cosine) / mpmath.pi


def kappa1_of_mpf(correlation: Any) -> Any:
    """Return kappa1 at an mpmath number, right to the current precision."""
    return +_exact(correlation)[0]


def kappa_square_of_mpf(correlation: Any) -> Any:
    """Return kappa_square at an mpmath number, right to the current precision."""
    return +_exact(correlation)[1]


class kappa1(Kernel):
    """The arc-cosine kernel (sqrt(1 - R^2) + R (pi - arccos R))/pi."""

    nargs = 1
    of_number = staticmethod(kappa1_of_number)
    of_array = staticmethod(kappa1_of_array)
    of_tensor = staticmethod(kappa1_of_tensor)
    of_mpf = staticmethod(kappa1_of_mpf)


class kappa_square(Kernel):
    """(pi - arccos R + R sqrt(1 - R^2))/pi, the other arc-cosine kernel."""

    nargs = 1
    of_number = staticmethod(kappa_square_of_number)
    of_array = staticmethod(kappa_square_of_array)
    of_tensor = staticmethod(kappa_square_of_tensor)
    of_mpf = staticmethod(kappa_square_of_mpf)
