"""Tails of Appendix A, and the steps of the bounds of Appendix B one by one.

A form is a bound on a probability, or that probability itself; a bound is void where it is 1 or
more. With h a unit vector and W of entries N(0, 1/m), the proofs write |h + tau W h|^2 = 1 + xi +
zeta, xi = 2 tau <h, W h> and zeta = tau^2 |W h|^2. Given what came before, xi is N(0, 4 tau^2/m)
and zeta is tau^2/m times a chi-square of m degrees, at every layer afresh.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import mpmath
import sympy
from sympy import erf, erfc, exp, pi, sqrt

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.lowering.elementary import log1p
from theory.reading import Reading
from theory.residual_scaling.parameters import (
    COLUMNS,
    CONVERSE_DEPTH,
    DEVIATION,
    KAPPA_OF_BOUND,
    ROWS,
    TAU_OF_BOUND,
    THRESHOLD,
    UNITS,
)

_form = partial(ClosedForm, subject="residual_scaling", paper="zhang2022", lies_in=Reals(0))
_computed = partial(computed, subject="residual_scaling", paper="zhang2022", lies_in=Reals(0, 1))

m, L, tau, kappa = UNITS.symbol, CONVERSE_DEPTH.symbol, TAU_OF_BOUND.symbol, KAPPA_OF_BOUND.symbol
c1, x = THRESHOLD.symbol, DEVIATION.symbol


# Tails ----------------------------------------------------------------------------------------

_tail = partial(_form, parameters=(DEVIATION,), where="Lemma 1")

gaussian_tail_printed = _tail(
    name="gaussian_tail_printed",
    expr=exp(-(x**2) / 2),
    status="printed",
    improved_by="gaussian_tail",
    derivation="P(|X| > x sigma) <= exp(-x^2/2), the first line of Lemma 1 as its use has it.",
)

gaussian_tail = _tail(
    name="gaussian_tail",
    expr=erfc(x / sqrt(2)),
    status="corrected",
    lies_in=Reals(0, 1),
    derivation="P(|X| > x sigma) itself.",
)

gaussian_small_ball_printed = _tail(
    name="gaussian_small_ball_printed",
    expr=sqrt(2 / pi) * x,
    status="printed",
    improved_by="gaussian_small_ball",
    derivation="P(|X| <= x sigma) <= sqrt(2/pi) x: the density is greatest at 0. For Lemma 4.",
)

gaussian_small_ball = _tail(
    name="gaussian_small_ball",
    expr=erf(x / sqrt(2)),
    status="corrected",
    lies_in=Reals(0, 1),
    derivation="P(|X| <= x sigma) itself.",
)

_chi_square = partial(_form, parameters=(UNITS, DEVIATION), where="Appendix C.1")

chi_square_tail_printed = _chi_square(
    name="chi_square_tail_printed",
    expr=exp(-x),
    status="printed",
    improved_by="chi_square_tail",
    derivation="P(X >= m + 2 sqrt(m x) + 2 x) <= exp(-x) of chi-square (Laurent, Massart 2000).",
)


@_computed(
    where="Appendix C.1",
    status="corrected",
    symbol=sympy.Symbol("P"),
    parameters=(UNITS, DEVIATION),
    kinds=("number", "numpy", "mpmath"),
)
def chi_square_tail(width: Any, deviation: Any) -> Any:
    """The probability that a chi-square of m degrees is at least m + 2 sqrt(m x) + 2 x."""
    return _beyond(width / 2, width / 2 + width**0.5 * deviation**0.5 + deviation)


def _beyond(half_degrees: Any, half_square: Any) -> Any:
    """Return the probability that a chi-square is beyond a square: in mpmath where that is."""
    if isinstance(half_square, mpmath.mpf):
        return mpmath.gammainc(half_degrees, half_square, regularized=True)
    from scipy.special import gammaincc

    return float(gammaincc(half_degrees, half_square))


spectral_norm_bound = _form(
    name="spectral_norm_bound",
    expr=sqrt(ROWS.symbol) + sqrt(COLUMNS.symbol) + x,
    parameters=(ROWS, COLUMNS, DEVIATION),
    where="Lemma 2",
    status="printed",
    assumptions=("entries N(0, 1)",),
    derivation="s_max is at most this with probability 1 - exp(-x^2/2) at least, x the paper's t.",
)

spectral_norm_failure = _form(
    name="spectral_norm_failure",
    expr=exp(-(x**2) / 2),
    parameters=(DEVIATION,),
    where="Lemma 2",
    status="printed",
    derivation="E s_max <= sqrt(N) + sqrt(n), and s_max moves no more than the matrix does.",
)


# Appendix B, step by step ---------------------------------------------------------------------

_sum = partial(_form, where="Appendix B, (13)", parameters=(UNITS, KAPPA_OF_BOUND, THRESHOLD))

cross_term_tail_printed = _sum(
    name="cross_term_tail_printed",
    expr=exp(-m * c1**2 / (64 * kappa**2)),
    status="printed",
    improved_by="cross_term_tail",
    derivation=(
        "P(sum of xi over L layers >= c_1/2), kappa^2 = tau^2 L. It is the value of exp(-lambda "
        "c_1/2 + 4 lambda^2 tau^2 L/m) at the lambda that is chosen, its least; the moment "
        "generating function of xi has 2 for the 4, with which the same steps end at 32."
    ),
)

cross_term_tail = _sum(
    name="cross_term_tail",
    expr=erfc(c1 * sqrt(m) / (4 * sqrt(2) * kappa)) / 2,
    status="corrected",
    lies_in=Reals(0, 1),
    derivation="The xi are independent: their sum is N(0, 4 kappa^2/m) exactly.",
)

_squares = partial(
    _form, where="Appendix B, (17)", parameters=(UNITS, CONVERSE_DEPTH, TAU_OF_BOUND, THRESHOLD)
)

square_term_tail_printed = _squares(
    name="square_term_tail_printed",
    expr=exp(-m * c1**2 / (4 * tau**2 * L)),
    status="printed",
    superseded_by="square_term_tail",
    reading=Reading(
        says="P(sum of zeta over L layers >= c_1/2) <= exp(-m c_1^2/(4 tau^2 L)) for tau^2 L <= "
        "c_1/4; rebuilt from the choice lambda = m c_1/(tau^2 L)",
        kind="wrong assumption",
        consequence="the line; what it is used for, 3 exp(-m c_1^2/(64 tau^2 L)), asks for a "
        "sixteenth of the exponent, which it has while c_1 <= 2.4 L",
        convention="b - a + 1 = L layers, all that there are, as the text bounds it; tau <= 1/2, "
        "L = 2 and c_1 >= 2 are within the condition",
        regime={"tau": Reals(1e-6, 0.5), "depth": Integers(2, 2), "threshold": Reals(2, 1e6)},
        cause="(1 - x/m)^(-m) <= e^x is turned the wrong way; the sum is tau^2/m times a "
        "chi-square of m L degrees, whose tail is exponential, not Gaussian, in c_1",
        true_if="tau^2 u^2 <= (u - 1 - log u)/2 with u = c_1/(2 tau^2 L) >= 2: tau^2 <= 0.038 at "
        "u = 2",
    ),
)


@_computed(
    where="Appendix B, (17) corrected",
    status="corrected",
    symbol=sympy.Symbol("P"),
    parameters=(UNITS, CONVERSE_DEPTH, TAU_OF_BOUND, THRESHOLD),
    kinds=("number", "numpy", "mpmath"),
)
def square_term_tail(width: Any, depth: Any, tau: Any, threshold: Any) -> Any:
    """The probability that the squares of the branches add up to half of the threshold or more.

    The sum of zeta over L layers is tau^2/m times a chi-square of m L degrees.
    """
    return _beyond(width * depth / 2, width * threshold / (4 * tau**2))


_generating = partial(
    _form,
    where="Appendix B, before (14)",
    parameters=(UNITS, DEVIATION.narrowed(Reals(0, "width", high_open=True))),
)

chi_square_generating_function_printed = _generating(
    name="chi_square_generating_function_printed",
    expr=exp(x),
    status="printed",
    superseded_by="chi_square_generating_function",
    reading=Reading(
        says="(1 - x/m)^(-m) <= e^x for x >= 0",
        kind="slip of print",
        consequence="(17) as it is printed; Theorems 1 and 2 do not need so much",
        convention="0 <= x < m, where the power is finite",
        cause="it is the other way round: -m log(1 - x/m) is x + x^2/(2 m) and more",
        true_if="x = 0, or m -> oo",
    ),
)

chi_square_generating_function = _generating(
    name="chi_square_generating_function",
    expr=(1 - x / m) ** (-m),
    stable=exp(-m * log1p(-x / m)),
    status="corrected",
    lies_in=Reals(1),
    derivation="The power itself, which is above e^x.",
)
