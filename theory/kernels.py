"""Functions that stay accurate where their textbook spelling does not.

Each is a sympy function, so that a closed form can be written in it, with one implementation per
kind of number. Inside a kernel the order of operations is ours; sympy reorders plain sums.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy

from theory import eigenvalue_share, gamma_ratio


class log1p(sympy.Function):
    """log(1 + x)."""

    nargs = 1


class exponential(sympy.Function):
    """exp(x), which sympy does not take apart: a product formed by way of its logarithm."""

    nargs = 1


class log_gamma_ratio(sympy.Function):
    """log(Gamma(x + s) / Gamma(x)) for x > 0 and a constant s, x + s > 0, |s| <= 4."""

    nargs = 2


class top_eigenvalue_share(sympy.Function):
    """rho_L: the recursion of `theory.eigenvalue_share`."""

    nargs = 1

    @classmethod
    def eval(cls, depth: sympy.Expr) -> sympy.Expr | None:
        """Evaluate rho_0 = 0 and leave every other share as it stands."""
        return sympy.S.Zero if depth.is_zero else None

    def _eval_evalf(self, precision: int) -> sympy.Expr | None:
        if not self.args[0].is_Integer:
            return None
        with mpmath.workprec(precision):
            share = eigenvalue_share.table_mpf(int(self.args[0]))[-1]
        return sympy.Float._new(share._mpf_, precision)

    def _latex(self, printer: Any) -> str:
        return rf"\rho_{{{printer._print(self.args[0])}}}"


class mean_top_eigenvalue_share(sympy.Function):
    """E rho_K for K ~ Bin(L, p)."""

    nargs = 2


def _harmonic(x: float) -> float:
    from scipy.special import digamma  # 0.4 s to import, and most forms do without

    return float(digamma(x + 1)) + float(np.euler_gamma)


def _mean_share(depth: float, survival: float) -> float:
    mean = eigenvalue_share.binomial_mean(np.asarray(depth), np.asarray(survival), np)
    return float(mean)


_NUMBER: dict[str, Any] = {
    "pi": math.pi,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "log1p": math.log1p,
    "exponential": math.exp,
    "harmonic": _harmonic,
    "log_gamma_ratio": gamma_ratio.of_number,
    "top_eigenvalue_share": lambda depth: float(eigenvalue_share.table(int(depth))[int(depth)]),
    "mean_top_eigenvalue_share": _mean_share,
}


def _arrays() -> dict[str, Any]:
    from scipy.special import digamma

    return {
        "exp": np.exp,
        "log": np.log,
        "sqrt": np.sqrt,
        "log1p": np.log1p,
        "exponential": np.exp,
        "harmonic": lambda x: digamma(x + 1) + np.euler_gamma,
        "log_gamma_ratio": gamma_ratio.of_array,
        "top_eigenvalue_share": _share_of_array,
        "mean_top_eigenvalue_share": lambda depth, survival: eigenvalue_share.binomial_mean(
            depth, survival, np
        ),
    }


def _share_of_array(depth: np.ndarray) -> Any:
    return eigenvalue_share.table(int(np.max(depth, initial=0)))[depth.astype(np.int64)]


def _tensors() -> dict[str, Any]:
    torch = sys.modules["torch"]

    def share(depth: Any) -> Any:
        index = depth.long()
        table = eigenvalue_share.table(int(index.max()) if index.numel() else 0)
        return torch.asarray(table.copy(), device=depth.device)[index]

    return {
        "exp": torch.exp,
        "log": torch.log,
        "sqrt": torch.sqrt,
        "log1p": torch.log1p,
        "exponential": torch.exp,
        "harmonic": lambda x: torch.digamma(x + 1) + np.euler_gamma,
        "log_gamma_ratio": lambda x, step: gamma_ratio.of_tensor(x, step, torch),
        "top_eigenvalue_share": share,
        "mean_top_eigenvalue_share": lambda depth, survival: eigenvalue_share.binomial_mean(
            depth, survival, torch
        ),
    }


def _constants_as_numbers(name: str, vectorised: Callable[..., Any]) -> Callable[..., Any]:
    """Send constants of the formula, which are plain floats, to the implementation for numbers."""
    of_number = _NUMBER[name]

    def kernel(first: Any, *others: Any) -> Any:
        # numpy's float64 is a float too, but overflows to an infinity instead of raising.
        implementation = of_number if type(first) in (float, int) else vectorised
        return implementation(first, *others)

    return kernel


def namespace(kind: str) -> dict[str, Any]:
    """Return the names that a formula lowered to `kind` may use.

    `kind` is "number", "numpy", "torch" or "mpmath" (which adds to mpmath's own names).
    """
    if kind == "number":
        return _NUMBER
    if kind == "mpmath":
        return {
            "exponential": mpmath.exp,
            "log_gamma_ratio": gamma_ratio.of_mpf,
            "log1p": mpmath.log1p,
            "top_eigenvalue_share": lambda depth: eigenvalue_share.table_mpf(int(depth))[-1],
            "mean_top_eigenvalue_share": lambda depth, survival: eigenvalue_share.binomial_mean_mpf(
                int(depth), survival
            ),
        }
    vectorised = _arrays() if kind == "numpy" else _tensors()
    return {"pi": math.pi} | {
        name: _constants_as_numbers(name, kernel) for name, kernel in vectorised.items()
    }
