"""d(z) = log(Gamma(z + 1/2) / (Gamma(z) sqrt(z))) to full relative accuracy, for z > 0.

Gammas half a step apart are those of the chi law. For large z, where d is about -1/(8 z), any
difference of log-Gammas loses d altogether. The asymptotic series (DLMF 5.11.8)

    d(z) ~ sum over even n >= 2 of (2^(1 - n) - 2) B_n / (n (n - 1) z^(n - 1))

envelops d: -d(z) is the Laplace transform of tanh(t/4)/(2 t), a Stieltjes function of t^2, so that
the error is below the first term left out, 4e-16 of d from z = LARGE on. Smaller arguments are
moved there by d(z) = d(z + 1) - log(1 + 1/(4 z (z + 1)))/2, whose terms all have one sign.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log1p
from typing import Any

import mpmath
import numpy as np
import sympy

from theory.lowering.kernel import Kernel

LARGE = 12
_COEFFICIENTS = tuple(
    float((sympy.Integer(2) ** (1 - n) - 2) * sympy.bernoulli(n) / (n * (n - 1)))
    for n in range(2, 16, 2)
)


def _series(z: Any) -> Any:
    inverse = 1 / z
    square = inverse * inverse
    total = _COEFFICIENTS[-1]
    for coefficient in _COEFFICIENTS[-2::-1]:
        total = coefficient + square * total
    return inverse * total


def _by_recurrence(z: Any, log1p: Callable[[Any], Any]) -> Any:
    """d(z) from d(z + LARGE); the product of all steps is kept as its excess over 1."""
    excess = 0.0
    for k in range(LARGE):
        step = 0.25 / ((z + k) * (z + (k + 1)))
        excess = excess + step + excess * step
    return _series(z + LARGE) - log1p(excess) / 2


def of_number(z: float) -> float:
    """Return the value at one float."""
    return float(_series(z) if z >= LARGE else _by_recurrence(z, log1p))


def _series_of_array(z: np.ndarray) -> Any:
    """The series in half the time, in place; gradients and numbers need new values each step."""
    inverse = 1 / z
    square = inverse * inverse
    total = square * _COEFFICIENTS[-1]
    for coefficient in _COEFFICIENTS[-2:0:-1]:
        total += coefficient
        total *= square
    total += _COEFFICIENTS[0]
    total *= inverse
    return total


def of_array(z: np.ndarray) -> Any:
    """Return the values at an array of floats; small arguments alone pay for the recurrence."""
    values = np.asarray(_series_of_array(np.maximum(z, LARGE)))
    small = np.asarray(z < LARGE)
    if small.any():
        values[small] = _by_recurrence(z[small], np.log1p)
    return values[()]


def of_tensor(z: Any, torch: Any) -> Any:
    """Return the values at a tensor; clamping keeps the unused branch's gradient finite."""
    small = _by_recurrence(z.clamp(max=LARGE), torch.log1p)
    return torch.where(z < LARGE, small, _series(z.clamp(min=LARGE)))


def of_mpf(z: Any) -> Any:
    """Return the value at an mpmath number, right to the current precision."""
    # Terms of size z log z leave 1/(8 z); the result rounds on the way out.
    with mpmath.extraprec(2 * max(0, mpmath.mag(z)) + 20):
        difference = mpmath.loggamma(z + mpmath.mpf(0.5)) - mpmath.loggamma(z) - mpmath.log(z) / 2
    return +difference


class log_half_step(Kernel):
    """d(z) = log(Gamma(z + 1/2) / (Gamma(z) sqrt(z))) for z > 0."""

    nargs = 1
    of_number = staticmethod(of_number)
    of_array = staticmethod(of_array)
    of_tensor = staticmethod(of_tensor)
    of_mpf = staticmethod(of_mpf)
