"""Least squares, eq 14."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import sympy
from sympy import Piecewise, oo, sqrt

from theory.closed_form import ClosedForm
from theory.domains import OneOf, Reals
from theory.generalisation.parameters import LIMIT, LOAD, NOISE, NOISE_VARIANCE, TASK
from theory.lowering.elementary import by_sign, over_distance
from theory.reading import Reading

_form = partial(ClosedForm, subject="generalisation", paper="luo2018", assumptions=TASK, **LIMIT)

alpha, v = LOAD.symbol, NOISE_VARIANCE.symbol

_ols = partial(_form, parameters=(LOAD, NOISE), where="eq 14")


def around_one(
    below: tuple[sympy.Expr, sympy.Expr], above: tuple[sympy.Expr, sympy.Expr]
) -> dict[str, sympy.Expr]:
    """Return `expr` and `stable` of what is infinite at alpha = 1: plus, and not minus, there.

    On either side a pair (x, y) stands for x + y/|1 - alpha|.
    """
    (below_rest, below_pole), (above_rest, above_pole) = below, above
    return {
        "expr": Piecewise(
            (below_rest + below_pole / (1 - alpha), alpha < 1),
            (above_rest + above_pole / (alpha - 1), alpha > 1),
            (oo, True),
        ),
        "stable": by_sign(
            1 - alpha,
            above_rest + over_distance(above_pole, 1 - alpha),
            below_rest + over_distance(below_pole, 1 - alpha),
        ),
    }


_UNDERDETERMINED = (1 - alpha, alpha * v)
_LEAST_SQUARES = (
    "For P > N, w - w* = S^-1 X^T noise with S = X^T X, and E tr S^-1 / N = N / (P - N - 1) of an "
    "inverse Wishart matrix. For P < N the least solution misses the part of w* outside the span "
    "of the inputs, a share 1 - P/N, and E tr (X X^T)^-1 / N = P / (N - P - 1)."
)

excess_risk_ols_printed = _ols(
    name="excess_risk_ols_printed",
    lies_in=Reals(0),
    **around_one(_UNDERDETERMINED, (sympy.S.Zero, -v)),
    status="printed",
    superseded_by="excess_risk_ols",
    reading=Reading(
        says="epsilon_gen = 1 - alpha + alpha epsilon^2/(1 - alpha) for alpha < 1, and "
        "epsilon^2/(1 - alpha) for alpha > 1",
        kind="slip of print",
        consequence="nothing beyond the line",
        convention="epsilon_gen read as the excess risk |w - w*|^2/N, epsilon^2 as the variance "
        "of the noise, |w*|^2 = N as in section 3; for alpha < 1 it is then right",
        cause="the sign for alpha > 1: an error would be negative; Fig 2 and the text have it "
        "positive and falling there",
    ),
)

excess_risk_ols = _ols(
    name="excess_risk_ols",
    lies_in=Reals(0),
    **around_one(_UNDERDETERMINED, (sympy.S.Zero, v)),
    status="corrected",
    derivation=f"{_LEAST_SQUARES} As printed the risk would be negative for alpha > 1.",
)

generalisation_gap_ols_printed = replace(
    excess_risk_ols_printed,
    name="generalisation_gap_ols_printed",
    lies_in=None,
    superseded_by="generalisation_gap_ols",
    reading=Reading(
        says="the generalisation error is defined as the error over p(x, y) less that on the "
        "training set, and eq 14 as its closed form for vanilla SGD",
        kind="matter of reading",
        consequence="eq 14 and the curve of Fig 2 are the excess risk, not what section 4.1 "
        "defines",
        convention="epsilon^2 is the variance of the noise, |w*|^2 = N; trained to convergence; "
        "the counterexample is below alpha = 1, where eq 14 is right as an excess risk, and at "
        "section 4.1's noise",
        regime={
            "load": Reals(0, 1, low_open=True, high_open=True),
            "noise_variance": OneOf(0.25),
        },
        cause="the error over p(x, y) contains the noise, and the training error is below it: for "
        "alpha < 1 the gap is the excess risk plus epsilon^2",
        true_if="the generalisation error is read as the excess risk, and the sign for alpha > 1 "
        "is mended (excess_risk_ols)",
    ),
    derivation="Eq 14 as what section 4.1 says it is: validation minus training error.",
)

generalisation_gap_ols = _ols(
    name="generalisation_gap_ols",
    **around_one((1 - alpha, v), (sympy.S.Zero, v * (2 - 1 / alpha))),
    status="corrected",
    derivation=(
        f"{_LEAST_SQUARES} The validation error is v more. The training error is 0 for P < N, "
        "and for P > N the mean square of the noise outside the span of N columns, v (1 - N/P)."
    ),
)

least_risk_load = _form(
    name="least_risk_load",
    expr=1 - sqrt(v),
    stable=(1 - v) / (1 + sqrt(v)),
    parameters=(NOISE_VARIANCE.narrowed(Reals(0, 1, low_open=True, high_open=True)),),
    where="below eq 14",
    status="derived",
    lies_in=Reals(0, 1),
    derivation=(
        "Where 1 - alpha + alpha v/(1 - alpha) turns below alpha = 1: its slope is -1 + "
        "v/(1 - alpha)^2. The paper says that the error first falls and then rises with alpha, "
        "without a condition: of noise of variance 1 or more it rises from 0 on."
    ),
)
