"""Functions that stay accurate where their textbook spelling does not.

Each is a sympy function, so that a closed form can be written in it; `theory.implementations` has
one implementation per kind of number. Inside a kernel the order of operations is ours; sympy
reorders plain sums.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy

from theory import eigenvalue_share


class log1p(sympy.Function):
    """log(1 + x)."""

    nargs = 1


class expm1(sympy.Function):
    """exp(x) - 1."""

    nargs = 1


class exponential(sympy.Function):
    """exp(x), which sympy does not take apart: a product formed by way of its logarithm."""

    nargs = 1
    is_positive = True


class log_gamma_ratio(sympy.Function):
    """log(Gamma(x + s) / Gamma(x)) for x > 0 and a constant s, x + s > 0, |s| <= 4."""

    nargs = 2


class log_half_step(sympy.Function):
    """log(Gamma(z + 1/2) / (Gamma(z) sqrt(z))) for z > 0, d(z) of `theory.half_step`."""

    nargs = 1


class kappa1(sympy.Function):
    """The arc-cosine kernel (sqrt(1 - R^2) + R (pi - arccos R))/pi of `theory.arc_cosine`."""

    nargs = 1


class kappa_square(sympy.Function):
    """(pi - arccos R + R sqrt(1 - R^2))/pi, the other kernel of `theory.arc_cosine`."""

    nargs = 1


class resolvent_trace(sympy.Function):
    """G(alpha, zeta) of `theory.resolvent`, for alpha, zeta > 0."""

    nargs = 2


class ridge_excess(sympy.Function):
    """Excess risk of ridge regression at alpha, zeta and v, of `theory.resolvent`."""

    nargs = 3


class ridge_gap_share(sympy.Function):
    """1 - 1/(1 + G)^2 at alpha and zeta, of `theory.resolvent`."""

    nargs = 2


class by_sign(sympy.Function):
    """by_sign(x, negative, positive): the second argument where x < 0, else the third."""

    nargs = 3


class over_distance(sympy.Function):
    """x/|y|, at y = 0 an infinity of the sign of x."""

    nargs = 2


class hypot(sympy.Function):
    """sqrt(x^2 + y^2), whose squares do not overflow; x and y are not both 0."""

    nargs = 2
    is_positive = True


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
