"""G(alpha, zeta) = tr (S + zeta)^-1 / N, S = X^T X, X of P = alpha N rows x ~ N(0, I/N), N -> oo.

It is the positive root of zeta G^2 - c G - 1 = 0, c = 1 - alpha - zeta (Marchenko and Pastur 1967):
(c + D) / (2 zeta) or 2 / (D - c), D = sqrt(c^2 + 4 zeta). That without a difference is taken. Near
alpha = 1 the 1 - alpha in c is exact, and so comes first.

What ridge regression makes of it is formed from shares between 0 and 1, which neither overflow nor
cancel: h = 1/(1 + G), a = 1 - h, u = zeta G, b = 1 - u and d = 1 - a b. With 1/G = zeta + alpha h,

    dG/dzeta = -G^2/d                       dG/dalpha = -a G/d
    excess = (u^2 + v a b)/d                d excess/dzeta = 2 a^2 b (zeta - v)/d^3
    1 - h^2 = a (1 + h)                     d excess/dv = a b/d

and so on. Torch is given these derivatives: its own would pass through differences that cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import mpmath
import numpy as np

from theory.lowering.gradients import with_slopes
from theory.lowering.kernel import Kernel


class _Shares(NamedTuple):
    h: Any
    a: Any
    u: Any
    b: Any
    d: Any


def _shares(load: Any, ridge: Any, trace: Any) -> _Shares:
    h = 1 / (1 + trace)
    a, u = trace * h, ridge * trace
    b = load * a
    return _Shares(h, a, u, b, u + h * b)


# The trace ------------------------------------------------------------------------------------


def of_number(load: float, ridge: float) -> float:
    """Return the value at one pair of floats."""
    c = (1 - load) - ridge
    root = math.hypot(c, 2 * math.sqrt(ridge))
    return (c + root) / (2 * ridge) if c >= 0 else 2 / (root - c)


def of_array(load: Any, ridge: Any, library: Any = np) -> Any:
    """Return the values at arrays, or tensors for torch as the library; they broadcast."""
    c = (1 - load) - ridge
    root = library.hypot(c, 2 * library.sqrt(ridge))
    return library.where(c >= 0, (c + root) / (2 * ridge), 2 / (root - c))


def of_tensor(load: Any, ridge: Any, torch: Any) -> Any:
    """Return the values at tensors, with exact gradients."""
    return with_slopes(of_array, _slopes, torch)(load, ridge)


def of_mpf(load: Any, ridge: Any) -> Any:
    """Return the value at mpmath numbers, right to the current precision."""
    c = (1 - load) - ridge
    root = mpmath.hypot(c, 2 * mpmath.sqrt(ridge))
    return (c + root) / (2 * ridge) if c >= 0 else 2 / (root - c)


def _slopes(load: Any, ridge: Any, torch: Any) -> tuple[Any, Any]:
    trace = of_tensor(load, ridge, torch)
    shares = _shares(load, ridge, trace)
    per_trace = -trace / shares.d
    return shares.a * per_trace, trace * per_trace


# Ridge regression -----------------------------------------------------------------------------


def excess(trace: Callable[..., Any], load: Any, ridge: Any, noise: Any) -> Any:
    """Return the excess risk at noise of variance v, by the trace for the kind of number."""
    _, a, u, b, d = _shares(load, ridge, trace(load, ridge))
    return u * (u / d) + noise * (a * b / d)


def excess_of_tensor(load: Any, ridge: Any, noise: Any, torch: Any) -> Any:
    """Return the excess risk at tensors, with exact gradients."""
    return with_slopes(_excess_of_tensors, _excess_slopes, torch)(load, ridge, noise)


def _excess_of_tensors(load: Any, ridge: Any, noise: Any, torch: Any) -> Any:
    return excess(partial(of_tensor, torch=torch), load, ridge, noise)


def _excess_slopes(load: Any, ridge: Any, noise: Any, torch: Any) -> tuple[Any, Any, Any]:
    h, a, u, b, d = _shares(load, ridge, of_tensor(load, ridge, torch))
    # u - h b, which is small where the share of the noise peaks
    rise = h * h + (1 - load) * (a * (1 + h))
    fall = u * (2 - a) + h * b * (2 + a)
    by_load = (a / d) * (noise * (a / d) * (rise / d) - (u / d) * u * (fall / d))
    by_ridge = 2 * (a / d) * (a * b / d) * ((ridge - noise) / d)
    return by_load, by_ridge, a * b / d


def gap_share(trace: Callable[..., Any], load: Any, ridge: Any) -> Any:
    """Return 1 - h^2, what the training error lacks of the validation error."""
    h, a, *_ = _shares(load, ridge, trace(load, ridge))
    return a * (1 + h)


def gap_share_of_tensor(load: Any, ridge: Any, torch: Any) -> Any:
    """Return 1 - h^2 at tensors, with exact gradients."""
    return with_slopes(_gap_share_of_tensors, _gap_share_slopes, torch)(load, ridge)


def _gap_share_of_tensors(load: Any, ridge: Any, torch: Any) -> Any:
    return gap_share(partial(of_tensor, torch=torch), load, ridge)


def _gap_share_slopes(load: Any, ridge: Any, torch: Any) -> tuple[Any, Any]:
    h, a, _, _, d = _shares(load, ridge, of_tensor(load, ridge, torch))
    by_ridge = -2 * h * a * (a / d)
    return h * by_ridge, by_ridge


# Kernels --------------------------------------------------------------------------------------


class resolvent_trace(Kernel):
    """G(alpha, zeta), for alpha, zeta > 0."""

    nargs = 2
    of_number = staticmethod(of_number)
    of_array = staticmethod(of_array)
    of_tensor = staticmethod(of_tensor)
    of_mpf = staticmethod(of_mpf)


class ridge_excess(Kernel):
    """Excess risk of ridge regression at alpha, zeta and v."""

    nargs = 3
    of_number = staticmethod(partial(excess, of_number))
    of_array = staticmethod(partial(excess, of_array))
    of_tensor = staticmethod(excess_of_tensor)
    of_mpf = staticmethod(partial(excess, of_mpf))


class ridge_gap_share(Kernel):
    """1 - 1/(1 + G)^2 at alpha and zeta."""

    nargs = 2
    of_number = staticmethod(partial(gap_share, of_number))
    of_array = staticmethod(partial(gap_share, of_array))
    of_tensor = staticmethod(gap_share_of_tensor)
    of_mpf = staticmethod(partial(gap_share, of_mpf))
