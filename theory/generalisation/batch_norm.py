"""Batch normalisation, Figs 2 and 3."""

from __future__ import annotations

from functools import partial

import sympy

from theory.batch_norm import std_moment
from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.generalisation.least_squares import around_one
from theory.generalisation.parameters import (
    FITTED_BATCH,
    LIMIT,
    LOAD,
    NOISE,
    NOISE_VARIANCE,
    TASK,
)
from theory.generalisation.resolvent import ridge_excess
from theory.generalisation.ridge import excess
from theory.lowering.elementary import expm1, exponential
from theory.parameters import BATCH_SIZE, INPUTS

_form = partial(ClosedForm, subject="generalisation", paper="luo2018", assumptions=TASK, **LIMIT)

alpha, v = LOAD.symbol, NOISE_VARIANCE.symbol

_FITTED_STRENGTH = sympy.Rational(14, 1000)
_LOG_STD = std_moment.lowered.args[0]


def _shortened(length: sympy.Expr, shortfall: sympy.Expr) -> dict[str, sympy.Expr]:
    """Return the risk of least squares `length` = 1 - `shortfall` times as long."""
    return around_one(
        (1 - alpha + alpha * shortfall**2, alpha * length**2 * v),
        (shortfall**2, length**2 * v),
    )


excess_risk_bn_printed = _form(
    name="excess_risk_bn_printed",
    lies_in=Reals(0),
    expr=excess(_FITTED_STRENGTH),
    stable=ridge_excess(alpha, _FITTED_STRENGTH, v),
    parameters=(LOAD, NOISE, FITTED_BATCH),
    where="sec 4.1, Fig 2",
    status="printed",
    superseded_by="excess_risk_bn",
    derivation="The paper's best fit to its trained students: ridge regression of strength 0.014.",
)

excess_risk_bn = _form(
    name="excess_risk_bn",
    lies_in=Reals(0),
    expr=_shortened(std_moment.expr, 1 - std_moment.expr)["expr"],
    stable=_shortened(exponential(_LOG_STD), -expm1(_LOG_STD))["stable"],
    parameters=(LOAD, NOISE, BATCH_SIZE),
    where="sec 4.1, Fig 2 corrected",
    status="corrected",
    assumptions=(
        *TASK,
        "trained to convergence, the learning rate annealed to zero",
        "start in the span of the inputs",
        "predictions divided by the root of the unbiased variance",
    ),
    remainder=1 / INPUTS.symbol + 1 / BATCH_SIZE.symbol**2,
    derivation=(
        "Over batches the loss averages to mean y^2 - 2 gamma c + gamma^2 with "
        "c = E[cov_B(y, h)/sigma_B]. By Cauchy and Schwarz c is greatest where h fits y, as it can "
        "for alpha < 1. For alpha > 1 the residuals of least squares turn the direction like a "
        "further noise of variance 9 v (1 - 1/alpha)/(2 M^2). So BN learns the direction of least "
        "squares, with gamma = E[sigma_B]; divided by sigma_P where it predicts, its weights are "
        "those of least squares times E[sigma_B]/sigma_P, and no ridge bounds them at alpha = 1."
    ),
)
