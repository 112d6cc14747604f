"""Generalisation of linear students of a noisy teacher (Luo et al. 2018, section 4).

P = alpha N samples y = w* . x + noise of variance v, x ~ N(0, I/N), |w*|^2 = N. A student w has the
excess risk |w - w*|^2 / N, the error on fresh inputs without noise; its validation error is v more.
The paper calls both the excess risk and "validation loss - training loss" the generalisation error.

Exact forms are in G, the trace of the resolvent (eq 16), which obeys 1/G = zeta + alpha / (1 + G).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import sympy
from sympy import Piecewise, oo, sqrt

from theory.batch_norm import std_moment
from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.kernels import (
    by_sign,
    expm1,
    exponential,
    over_distance,
    ridge_excess,
    ridge_gap_share,
)
from theory.kernels import resolvent_trace as trace
from theory.papers import Source
from theory.parameters import (
    BATCH_SIZE,
    LOAD,
    NOISE_VARIANCE,
    REGULARISATION,
    RIDGE,
    Parameter,
)

_TASK = ("inputs x ~ N(0, I/N)", "linear teacher of |w*|^2 = N with independent noise")

_form = partial(
    ClosedForm,
    subject="generalisation",
    assumptions=_TASK,
    limit="N -> oo at fixed alpha = P/N",
    finite_size="O(1/N)",
)
_source = partial(Source, "luo2018")

alpha, zeta, v = LOAD.symbol, RIDGE.symbol, NOISE_VARIANCE.symbol

# Least squares --------------------------------------------------------------------------------

# Without noise there is no limit at alpha = 1.
_NOISE = replace(NOISE_VARIANCE, domain=Reals(0, low_open=True))

_ols = partial(
    _form, claim="luo2018/generalisation-ols", parameters=(LOAD, _NOISE), source=_source("eq 14")
)


def _around_one(
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
    **_around_one(_UNDERDETERMINED, (sympy.S.Zero, -v)),
    status="printed",
    superseded_by="excess_risk_ols",
)

excess_risk_ols = _ols(
    name="excess_risk_ols",
    **_around_one(_UNDERDETERMINED, (sympy.S.Zero, v)),
    status="corrected",
    derivation=f"{_LEAST_SQUARES} As printed the risk would be negative for alpha > 1.",
)

generalisation_gap_ols_printed = replace(
    excess_risk_ols_printed,
    name="generalisation_gap_ols_printed",
    superseded_by="generalisation_gap_ols",
    derivation="Eq 14 as what section 4.1 says it is: validation minus training error.",
)

generalisation_gap_ols = _ols(
    name="generalisation_gap_ols",
    **_around_one((1 - alpha, v), (sympy.S.Zero, v * (2 - 1 / alpha))),
    status="corrected",
    derivation=(
        f"{_LEAST_SQUARES} The validation error is v more. The training error is 0 for P < N, "
        "and for P > N the mean square of the noise outside the span of N columns, v (1 - N/P)."
    ),
)

# Ridge regression -----------------------------------------------------------------------------

_ridge = partial(_form, claim="luo2018/generalisation-ridge")
_RIDGE = (LOAD, RIDGE, NOISE_VARIANCE)


def _root(ridge: sympy.Expr) -> sympy.Expr:
    return sqrt((ridge + (1 + sqrt(alpha)) ** 2) * (ridge + (1 - sqrt(alpha)) ** 2))


def _resolvent(ridge: sympy.Expr) -> sympy.Expr:
    """Return G as eq 16 prints it."""
    return (1 - alpha - ridge + _root(ridge)) / (2 * ridge)


def _excess(ridge: sympy.Expr) -> sympy.Expr:
    """Return eq 15, v (zeta G)' - zeta^2 G', by zeta^2 G' = zeta (zeta G)' - zeta G."""
    slope = ((1 + alpha + ridge) / _root(ridge) - 1) / 2
    return (v - ridge) * slope + (1 - alpha - ridge + _root(ridge)) / 2


resolvent_trace = _ridge(
    name="resolvent_trace",
    expr=_resolvent(zeta),
    stable=trace(alpha, zeta),
    parameters=(LOAD, RIDGE),
    source=_source("eq 16"),
    status="printed",
)

excess_risk_ridge = _ridge(
    name="excess_risk_ridge",
    expr=_excess(zeta),
    stable=ridge_excess(alpha, zeta, v),
    parameters=_RIDGE,
    source=_source("eqs 15, 16"),
    status="printed",
    derivation=(
        "w - w* = -zeta (S + zeta)^-1 w* + (S + zeta)^-1 X^T noise, averaged over teacher and "
        "noise: zeta^2 tr (S + zeta)^-2 / N + v tr S (S + zeta)^-2 / N, where the first trace is "
        "-G' and the second (zeta G)'. The derivatives of eq 15 are worked out here. The printed "
        "delta^2 is the variance v, and zeta the strength beside the sum, not the mean, of squares."
    ),
)

generalisation_gap_ridge_printed = replace(
    excess_risk_ridge,
    name="generalisation_gap_ridge_printed",
    superseded_by="generalisation_gap_ridge",
    derivation="Eq 15 as what section 4.1 says it is: validation minus training error.",
)

generalisation_gap_ridge = _ridge(
    name="generalisation_gap_ridge",
    expr=(v + _excess(zeta)) * (1 - 1 / (1 + _resolvent(zeta)) ** 2),
    stable=(v + ridge_excess(alpha, zeta, v)) * ridge_gap_share(alpha, zeta),
    parameters=_RIDGE,
    source=_source("eqs 15, 16"),
    status="corrected",
    derivation=(
        "The residuals are zeta (K + zeta)^-1 y, K = X X^T, so that the training error is "
        "zeta^2 tr (K + zeta)^-2 (K + v) / P. With tr (K + zeta)^-1 / P = 1 / (zeta (1 + G)) it "
        "comes to the validation error, v + excess risk, over (1 + G)^2."
    ),
)

optimal_ridge = _ridge(
    name="optimal_ridge",
    expr=v,
    parameters=(NOISE_VARIANCE,),
    source=_source("sec 4.1, Fig 2"),
    status="printed",
    limit=None,
    finite_size=None,
    derivation=(
        "An eigenvalue s of S adds (zeta^2 + v s) / (s + zeta)^2 to the risk averaged over teacher "
        "and noise, of slope 2 s (zeta - v) / (s + zeta)^3 in zeta: least at v, whatever the "
        "inputs, and at any N and P."
    ),
)

# Weight normalisation with a penalty ----------------------------------------------------------

_PENALTY = replace(REGULARISATION, domain=Reals(0, low_open=True), typical=RIDGE.typical)
_penalty = _PENALTY.symbol

_weight_norm = partial(_ridge, parameters=(LOAD, _PENALTY, NOISE_VARIANCE))

weight_norm_ridge_printed = _weight_norm(
    name="weight_norm_ridge_printed",
    expr=_penalty,
    parameters=(LOAD, _PENALTY),
    source=_source("sec 4.1, below eq 16"),
    status="printed",
    limit=None,
    finite_size=None,
    superseded_by="weight_norm_ridge",
    derivation="The zeta of eqs 15 and 16 is said to be that of the loss, given by eq 13.",
)

weight_norm_ridge = _weight_norm(
    name="weight_norm_ridge",
    expr=alpha * _penalty,
    parameters=(LOAD, _PENALTY),
    source=_source("sec 4.1, below eq 16, corrected"),
    status="corrected",
    limit=None,
    finite_size=None,
    derivation=(
        "The student's weights u = sqrt(N) gamma w / |w| have |u|^2 = N gamma^2. P times its loss, "
        "the mean of squares plus zeta gamma^2, is their sum plus zeta (P/N) |u|^2: ridge "
        "regression of strength alpha zeta, at any N and P."
    ),
)

excess_risk_weight_norm_printed = _weight_norm(
    name="excess_risk_weight_norm_printed",
    expr=_excess(_penalty),
    stable=ridge_excess(alpha, _penalty, v),
    source=_source("eqs 15, 16"),
    status="printed",
    superseded_by="excess_risk_weight_norm",
    derivation="Eq 15 with the zeta of the loss of weight normalisation, as the paper has it.",
)

excess_risk_weight_norm = _weight_norm(
    name="excess_risk_weight_norm",
    expr=_excess(alpha * _penalty),
    stable=ridge_excess(alpha, alpha * _penalty, v),
    source=_source("eqs 15, 16 corrected"),
    status="corrected",
    derivation="Eq 15 at the ridge strength of weight_norm_ridge, alpha zeta.",
)


# Batch normalisation --------------------------------------------------------------------------

_FITTED_STRENGTH = sympy.Rational(14, 1000)
_FITTED_BATCH = replace(BATCH_SIZE, domain=Integers(32, 32), typical=(32, 32))
_EPOCHS = Parameter(
    name="epochs",
    symbol=sympy.Symbol("t", integer=True, positive=True),
    domain=Integers(1),
    meaning="epochs t of training",
    typical=(40, 160),
)
_LOG_STD = std_moment.lowered.args[0]

_batch_norm = partial(_form, claim="luo2018/generalisation-bn")


def _shortened(length: sympy.Expr, shortfall: sympy.Expr) -> dict[str, sympy.Expr]:
    """Return the risk of least squares `length` = 1 - `shortfall` times as long."""
    return _around_one(
        (1 - alpha + alpha * shortfall**2, alpha * length**2 * v),
        (shortfall**2, length**2 * v),
    )


excess_risk_bn_printed = _batch_norm(
    name="excess_risk_bn_printed",
    expr=_excess(_FITTED_STRENGTH),
    stable=ridge_excess(alpha, _FITTED_STRENGTH, v),
    parameters=(LOAD, _NOISE, _FITTED_BATCH),
    source=_source("sec 4.1, Fig 2"),
    status="printed",
    superseded_by="excess_risk_bn",
    derivation="The paper's best fit to its trained students: ridge regression of strength 0.014.",
)

excess_risk_bn = _batch_norm(
    name="excess_risk_bn",
    expr=_shortened(std_moment.expr, 1 - std_moment.expr)["expr"],
    stable=_shortened(exponential(_LOG_STD), -expm1(_LOG_STD))["stable"],
    parameters=(LOAD, _NOISE, BATCH_SIZE),
    source=_source("sec 4.1, Fig 2 corrected"),
    status="corrected",
    assumptions=(
        *_TASK,
        "trained to convergence, the learning rate annealed to zero",
        "start in the span of the inputs",
        "predictions divided by the root of the unbiased variance",
    ),
    finite_size="O(1/N + 1/M^2)",
    derivation=(
        "Over batches the loss averages to mean y^2 - 2 gamma c + gamma^2 with "
        "c = E[cov_B(y, h)/sigma_B]. By Cauchy and Schwarz c is greatest where h fits y, as it can "
        "for alpha < 1. For alpha > 1 the residuals of least squares turn the direction like a "
        "further noise of variance 9 v (1 - 1/alpha)/(2 M^2). So BN learns the direction of least "
        "squares, with gamma = E[sigma_B]; divided by sigma_P where it predicts, its weights are "
        "those of least squares times E[sigma_B]/sigma_P, and no ridge bounds them at alpha = 1."
    ),
)

validation_loss_order = _form(
    name="validation_loss_order",
    claim="luo2018/generalisation-bn-epochs",
    expr=sympy.Integer(1),
    parameters=(_EPOCHS,),
    source=_source("sec 4.1, Fig 3"),
    status="derived",
    derivation=(
        "The share of adjacent pairs in the order: weight normalisation with zeta = 0.014, batch "
        "normalisation, batch normalisation after four times the epochs; at alpha = 1, by "
        "validation loss. The penalty is a ridge of 0.014, and bounds the loss; batch "
        "normalisation tends to least squares, whose loss has no bound as N grows."
    ),
)
