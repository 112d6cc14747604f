"""What the names in a lowered formula mean for each kind of number: kernels, plain functions."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np

from theory import arc_cosine, eigenvalue_share, gamma_ratio, half_step, resolvent
from theory.differentiable import with_slopes

Function = Callable[..., Any]


@dataclass(frozen=True)
class _Implementations:
    """One function for floats, numpy arrays, torch tensors and mpmath numbers.

    That for tensors takes torch as its last argument: theory never imports it.
    """

    number: Function
    array: Function
    tensor: Function
    mpf: Function


def _elementary(name: str, elsewhere: str | None = None) -> _Implementations:
    """A function that every library has, by its name; numpy and torch call it `elsewhere`."""
    other = elsewhere or name
    return _Implementations(
        getattr(math, name),
        getattr(np, other),
        lambda x, torch: getattr(torch, other)(x),
        getattr(mpmath, name),
    )


def _harmonic_of_array(x: Any) -> Any:
    from scipy.special import digamma  # 0.4 s to import, and most forms do without

    return digamma(x + 1) + np.euler_gamma


def _share_of_array(depth: np.ndarray) -> Any:
    return eigenvalue_share.table(int(np.max(depth, initial=0)))[depth.astype(np.int64)]


def _share_of_tensor(depth: Any, torch: Any) -> Any:
    index = depth.long()
    table = eigenvalue_share.table(int(index.max()) if index.numel() else 0)
    return torch.asarray(table.copy(), device=depth.device)[index]


def _mean_share(depth: float, survival: float) -> float:
    mean = eigenvalue_share.binomial_mean(np.asarray(depth), np.asarray(survival), np)
    return float(mean)


def _by_sign(x: Any, negative: Any, positive: Any) -> Any:
    return negative if x < 0 else positive


def _quotient_of_tensors(x: Any, y: Any, torch: Any) -> Any:
    return x / y.abs()


def _quotient_slopes(x: Any, y: Any, torch: Any) -> tuple[Any, Any]:
    return 1 / y.abs(), -x / (y * y.abs())


_KNOWN = {
    "exp": _elementary("exp"),
    "log": _elementary("log"),
    "sqrt": _elementary("sqrt"),
    "asin": _elementary("asin", "arcsin"),
    "atan": _elementary("atan", "arctan"),
    "log1p": _elementary("log1p"),
    "expm1": _elementary("expm1"),
    "exponential": _elementary("exp"),
    "harmonic": _Implementations(
        lambda x: float(_harmonic_of_array(x)),
        _harmonic_of_array,
        lambda x, torch: torch.digamma(x + 1) + np.euler_gamma,
        mpmath.harmonic,
    ),
    "log_gamma_ratio": _Implementations(
        gamma_ratio.of_number, gamma_ratio.of_array, gamma_ratio.of_tensor, gamma_ratio.of_mpf
    ),
    "log_half_step": _Implementations(
        half_step.of_number, half_step.of_array, half_step.of_tensor, half_step.of_mpf
    ),
    "kappa1": _Implementations(
        arc_cosine.kappa1_of_number,
        arc_cosine.kappa1_of_array,
        arc_cosine.kappa1_of_tensor,
        arc_cosine.kappa1_of_mpf,
    ),
    "kappa_square": _Implementations(
        arc_cosine.kappa_square_of_number,
        arc_cosine.kappa_square_of_array,
        arc_cosine.kappa_square_of_tensor,
        arc_cosine.kappa_square_of_mpf,
    ),
    "resolvent_trace": _Implementations(
        resolvent.of_number, resolvent.of_array, resolvent.of_tensor, resolvent.of_mpf
    ),
    "ridge_excess": _Implementations(
        partial(resolvent.excess, resolvent.of_number),
        partial(resolvent.excess, resolvent.of_array),
        resolvent.excess_of_tensor,
        partial(resolvent.excess, resolvent.of_mpf),
    ),
    "ridge_gap_share": _Implementations(
        partial(resolvent.gap_share, resolvent.of_number),
        partial(resolvent.gap_share, resolvent.of_array),
        resolvent.gap_share_of_tensor,
        partial(resolvent.gap_share, resolvent.of_mpf),
    ),
    "over_distance": _Implementations(
        lambda x, y: x / abs(y) if y else x * math.inf,
        lambda x, y: x / abs(y),
        lambda x, y, torch: with_slopes(_quotient_of_tensors, _quotient_slopes, torch)(x, y),
        lambda x, y: x / abs(y) if y else x * mpmath.inf,
    ),
    "hypot": _Implementations(
        math.hypot,
        np.hypot,
        lambda x, y, torch: torch.hypot(x, torch.as_tensor(y, dtype=x.dtype, device=x.device)),
        mpmath.hypot,
    ),
    "by_sign": _Implementations(
        _by_sign,
        lambda x, negative, positive: np.where(x < 0, negative, positive),
        lambda x, negative, positive, torch: torch.where(x < 0, negative, positive),
        _by_sign,
    ),
    "top_eigenvalue_share": _Implementations(
        lambda depth: float(eigenvalue_share.table(int(depth))[int(depth)]),
        _share_of_array,
        _share_of_tensor,
        lambda depth: eigenvalue_share.table_mpf(int(depth))[-1],
    ),
    "mean_top_eigenvalue_share": _Implementations(
        _mean_share,
        lambda depth, survival: eigenvalue_share.binomial_mean(depth, survival, np),
        eigenvalue_share.binomial_mean,
        lambda depth, survival: eigenvalue_share.binomial_mean_mpf(int(depth), survival),
    ),
}


def _vectorised(of_number: Function, of_many: Function, *library: Any) -> Function:
    """Send constants of the formula, which are plain floats, to the implementation for numbers."""

    def function(first: Any, *others: Any) -> Any:
        # numpy's float64 is a float too, but overflows to an infinity instead of raising.
        if type(first) in (float, int):
            return of_number(first, *others)
        return of_many(first, *others, *library)

    return function


def namespace(kind: str) -> dict[str, Any]:
    """Return the names that a formula lowered to `kind` may use.

    `kind` is "number", "numpy", "torch" or "mpmath" (which adds to mpmath's own names).
    """
    if kind == "mpmath":
        return {name: known.mpf for name, known in _KNOWN.items()}
    if kind == "number":
        functions = {name: known.number for name, known in _KNOWN.items()}
    elif kind == "numpy":
        functions = {name: _vectorised(known.number, known.array) for name, known in _KNOWN.items()}
    else:
        torch = sys.modules["torch"]
        functions = {
            name: _vectorised(known.number, known.tensor, torch) for name, known in _KNOWN.items()
        }
    return {"pi": math.pi, **functions}
