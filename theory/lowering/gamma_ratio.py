"""log(Gamma(x + s) / Gamma(x)) without cancellation, for each kind of number.

For large x it is the symmetric expansion of Tricomi and Erdelyi (1951) and Luke (1969, sec 2.11):
with w = x + (s - 1)/2 and alpha = (1 + s)/2,

    log ratio = s log w - sum over odd n >= 3 of 2 B_n(alpha) / (n (n - 1) w^(n - 1)),

B_n the Bernoulli polynomials. Domain: x > 0, x + s > 0 and |s| <= 4; from x = LARGE on the
first term left out is below 1e-17.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy

from theory.lowering.kernel import Kernel

LARGE = 20.0
_ORDERS = range(3, 19, 2)


@cache
def _coefficients(step: float) -> tuple[float, ...]:
    alpha = (1 + sympy.Rational(step)) / 2
    return tuple(float(2 * sympy.bernoulli(n, alpha) / (n * (n - 1))) for n in _ORDERS)


def _expansion(x: Any, step: float, log: Callable[[Any], Any]) -> Any:
    centre = x + (step - 1) / 2
    inverse_square = 1 / (centre * centre)
    tail = 0.0
    for coefficient in reversed(_coefficients(step)):
        tail = (tail + coefficient) * inverse_square
    return step * log(centre) - tail


def of_number(x: float, step: float) -> float:
    """Return the value at one float."""
    if x >= LARGE:
        return float(_expansion(x, step, math.log))
    return math.lgamma(x + step) - math.lgamma(x)


def of_array(x: np.ndarray, step: float) -> Any:
    """Return the values at an array of floats."""
    from scipy.special import gammaln

    small = np.minimum(x, LARGE)
    direct = gammaln(small + step) - gammaln(small)
    return np.where(x >= LARGE, _expansion(np.maximum(x, LARGE), step, np.log), direct)


def of_tensor(x: Any, step: float, torch: Any) -> Any:
    """Return the values at a tensor; clamping keeps the unused branch's gradient finite."""
    small = x.clamp(max=LARGE)
    direct = torch.lgamma(small + step) - torch.lgamma(small)
    return torch.where(x >= LARGE, _expansion(x.clamp(min=LARGE), step, torch.log), direct)


def of_mpf(x: Any, step: Any) -> Any:
    """Return the value at an mpmath number, right to the current precision."""
    # The logarithms cancel to log x out of x log x; the result rounds on the way out.
    with mpmath.extraprec(2 * max(0, mpmath.mag(x)) + 20):
        difference = mpmath.loggamma(x + step) - mpmath.loggamma(x)
    return +difference


class log_gamma_ratio(Kernel):
    """log(Gamma(x + s) / Gamma(x)) for x > 0 and a constant s, x + s > 0, |s| <= 4."""

    nargs = 2
    of_number = staticmethod(of_number)
    of_array = staticmethod(of_array)
    of_tensor = staticmethod(of_tensor)
    of_mpf = staticmethod(of_mpf)
