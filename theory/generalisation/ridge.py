"""Ridge regression, eqs 15 and 16, and weight normalisation with a penalty, which is one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import sympy
from sympy import sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.generalisation.parameters import LIMIT, LOAD, NOISE_VARIANCE, PENALTY, RIDGE, TASK
from theory.generalisation.resolvent import resolvent_trace as trace
from theory.generalisation.resolvent import ridge_excess, ridge_gap_share
from theory.reading import Reading

_form = partial(ClosedForm, subject="generalisation", paper="luo2018", assumptions=TASK, **LIMIT)

alpha, zeta, v = LOAD.symbol, RIDGE.symbol, NOISE_VARIANCE.symbol

_RIDGE = (LOAD, RIDGE, NOISE_VARIANCE)


def _root(ridge: sympy.Expr) -> sympy.Expr:
    return sqrt((ridge + (1 + sqrt(alpha)) ** 2) * (ridge + (1 - sqrt(alpha)) ** 2))


def _resolvent(ridge: sympy.Expr) -> sympy.Expr:
    """Return G as eq 16 prints it."""
    return (1 - alpha - ridge + _root(ridge)) / (2 * ridge)


def excess(ridge: sympy.Expr) -> sympy.Expr:
    """Return eq 15, v (zeta G)' - zeta^2 G', by zeta^2 G' = zeta (zeta G)' - zeta G."""
    slope = ((1 + alpha + ridge) / _root(ridge) - 1) / 2
    return (v - ridge) * slope + (1 - alpha - ridge + _root(ridge)) / 2


resolvent_trace = _form(
    name="resolvent_trace",
    expr=_resolvent(zeta),
    stable=trace(alpha, zeta),
    parameters=(LOAD, RIDGE),
    where="eq 16",
    status="printed",
)

_edge = partial(_form, parameters=(LOAD,), where="below eq 16", status="printed")

greatest_eigenvalue = _edge(
    name="greatest_eigenvalue",
    expr=(sqrt(alpha) + 1) ** 2,
    derivation="The upper edge of the eigenvalues of X^T X; the paper's interval [0, 4] at load 1.",
)

least_eigenvalue = _edge(
    name="least_eigenvalue",
    expr=(sqrt(alpha) - 1) ** 2,
    stable=((alpha - 1) / (sqrt(alpha) + 1)) ** 2,
    derivation=(
        "The lower edge of those that are not 0: with fewer samples than inputs N - P of the N "
        "eigenvalues of X^T X are 0."
    ),
)

excess_risk_ridge = _form(
    name="excess_risk_ridge",
    lies_in=Reals(0),
    expr=excess(zeta),
    stable=ridge_excess(alpha, zeta, v),
    parameters=_RIDGE,
    where="eqs 15, 16",
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
    lies_in=None,
    superseded_by="generalisation_gap_ridge",
    reading=Reading(
        says="the generalisation error is defined as the error over p(x, y) less that on the "
        "training set, and eqs 15 and 16 as its closed form for weight normalisation with a "
        "penalty",
        shows="eq 15 with the G of eq 16, its derivatives worked out",
        kind="matter of reading",
        consequence="eqs 15 and 16 and the curves of Fig 2 are the excess risk, not what section "
        "4.1 defines",
        convention="delta^2 is the variance of the noise, zeta the strength beside the sum of the "
        "squared errors",
        cause="the error over p(x, y) contains the noise, and the training error is 1/(1 + G)^2 "
        "of it",
        true_if="the generalisation error is read as the excess risk (excess_risk_ridge)",
    ),
    derivation="Eq 15 as what section 4.1 says it is: validation minus training error.",
)

generalisation_gap_ridge = _form(
    name="generalisation_gap_ridge",
    expr=(v + excess(zeta)) * (1 - 1 / (1 + _resolvent(zeta)) ** 2),
    stable=(v + ridge_excess(alpha, zeta, v)) * ridge_gap_share(alpha, zeta),
    parameters=_RIDGE,
    where="eqs 15, 16",
    status="corrected",
    derivation=(
        "The residuals are zeta (K + zeta)^-1 y, K = X X^T, so that the training error is "
        "zeta^2 tr (K + zeta)^-2 (K + v) / P. With tr (K + zeta)^-1 / P = 1 / (zeta (1 + G)) it "
        "comes to the validation error, v + excess risk, over (1 + G)^2."
    ),
)

optimal_ridge = _form(
    name="optimal_ridge",
    expr=v,
    parameters=(NOISE_VARIANCE,),
    where="sec 4.1, Fig 2",
    status="printed",
    grows=(),
    remainder=None,
    derivation=(
        "An eigenvalue s of S adds (zeta^2 + v s) / (s + zeta)^2 to the risk averaged over teacher "
        "and noise, of slope 2 s (zeta - v) / (s + zeta)^3 in zeta: least at v, whatever the "
        "inputs, and at any N and P."
    ),
)


# Weight normalisation with a penalty ----------------------------------------------------------

_penalty = PENALTY.symbol
_READ = partial(
    Reading,
    kind="lost factor or term",
    convention="the loss is (1/P) sum of squares + zeta gamma^2, as printed above eq 13; x^T x is "
    "the sum over samples, as eq 16 has it",
    cause="eqs 15 and 16 have zeta beside the sum of the squared errors, the loss has it beside "
    "their mean: P zeta gamma^2 = alpha zeta |u|^2 of the weights u = sqrt(N) gamma w/|w|",
    true_if="alpha = 1, or the loss has the sum of squares over N in place of their mean",
)
_weight_norm = partial(_form, parameters=(LOAD, PENALTY, NOISE_VARIANCE))

weight_norm_ridge_printed = _weight_norm(
    name="weight_norm_ridge_printed",
    expr=_penalty,
    parameters=(LOAD, PENALTY),
    where="sec 4.1, below eq 16",
    status="printed",
    grows=(),
    remainder=None,
    superseded_by="weight_norm_ridge",
    reading=_READ(
        says="the zeta of eq 16 is that of eq 13, the coefficient of gamma^2 in the loss",
        shows="the zeta of eq 16 in terms of that of the loss",
        consequence="the strength at which eqs 15 and 16 are read: alpha zeta in place of zeta",
    ),
    derivation="The zeta of eqs 15 and 16 is said to be that of the loss, given by eq 13.",
)

weight_norm_ridge = _weight_norm(
    name="weight_norm_ridge",
    expr=alpha * _penalty,
    parameters=(LOAD, PENALTY),
    where="sec 4.1, below eq 16, corrected",
    status="corrected",
    grows=(),
    remainder=None,
    derivation=(
        "The student's weights u = sqrt(N) gamma w / |w| have |u|^2 = N gamma^2. P times its loss, "
        "the mean of squares plus zeta gamma^2, is their sum plus zeta (P/N) |u|^2: ridge "
        "regression of strength alpha zeta, at any N and P."
    ),
)

excess_risk_weight_norm_printed = _weight_norm(
    name="excess_risk_weight_norm_printed",
    lies_in=Reals(0),
    expr=excess(_penalty),
    stable=ridge_excess(alpha, _penalty, v),
    where="eqs 15, 16",
    status="printed",
    superseded_by="excess_risk_weight_norm",
    reading=_READ(
        says="epsilon_gen of weight normalisation with the penalty zeta gamma^2 is eq 15 at that "
        "zeta",
        shows="eq 15 with the G of eq 16, its derivatives worked out",
        consequence="a curve of Fig 2 for one zeta in the loss is that of the ridge alpha zeta; "
        "best is zeta = (noise variance)/alpha, not the noise variance",
    ),
    derivation="Eq 15 with the zeta of the loss of weight normalisation, as the paper has it.",
)

excess_risk_weight_norm = _weight_norm(
    name="excess_risk_weight_norm",
    lies_in=Reals(0),
    expr=excess(alpha * _penalty),
    stable=ridge_excess(alpha, alpha * _penalty, v),
    where="eqs 15, 16 corrected",
    status="corrected",
    derivation="Eq 15 at the ridge strength of weight_norm_ridge, alpha zeta.",
)
