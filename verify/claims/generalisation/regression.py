"""Claims on the generalisation of linear students (Luo et al. 2018, section 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from numerics.generalisation import Task, measure_weight_norm, regression
from theory import generalisation as forms
from theory.closed_form import ClosedForm
from verify.claims.generalisation import linear_statistics
from verify.claims.generalisation.assumptions import ASSUMPTIONS_MET
from verify.claims.measurements import Drawn
from verify.claims.terms import (
    IDENTITY,
    Parameters,
    grid,
    placed,
    sharp,
)
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Equal, Exactly, SignedEqual

RISK, GAP, TRACE = "excess risk", "generalisation gap", "trace of the resolvent"
BEST, STRENGTH = "best ridge", "ridge strength"


def task(values: Parameters) -> Task:
    """The law of the data sets at a point, whose load is that of so many samples."""
    samples = round(values["load"] * values["inputs"])
    return Task(
        dimension=values["inputs"], samples=samples, noise_variance=values["noise_variance"]
    )


def reached(
    parameters: Mapping[str, Value], inputs: int, batch_size: int = 1
) -> tuple[dict[str, Value], int]:
    """The parameters with the nearest load that whole batches make of about so many inputs.

    And how many inputs those are: up to a quarter more than asked for.
    """
    load = float(parameters["load"])

    def samples(inputs: int) -> int:
        return max(1, round(load * inputs / batch_size)) * batch_size

    best = min(range(inputs, inputs + inputs // 4 + 1), key=lambda n: abs(samples(n) / n - load))
    return {**parameters, "load": samples(best) / best}, best


# Least squares --------------------------------------------------------------------------------


def measure_least_squares(values: Parameters, **run: Any) -> Drawn:
    """Errors of least squares averaged over teacher and noise, each beside a 1."""
    errors = regression.measure_average_errors(task(values), ridges=[0.0], **run)
    measured = {RISK: errors.excess_risk, GAP: errors.generalisation_gap}
    return {name: one.per_network[:, 0] for name, one in measured.items()}


def _noise_share(values: Parameters) -> float:
    """Share of the excess risk that noise makes; the rest, 1 - alpha below 1, does not vary."""
    load, v = values["load"], values["noise_variance"]
    by_noise = v * min(load, 1) / abs(1 - load)
    return float(by_noise / (max(1 - load, 0) + by_noise))


def _surplus(values: Parameters) -> float:
    """|P - N|, by which the greater of inputs and samples exceeds the less."""
    return float(abs(values["load"] - 1) * values["inputs"])


LEAST_SURPLUS = 8
"""The trace of an inverse Wishart matrix has a mean from a surplus of 2 on, a variance from 4."""


def least_squares_remainder(values: Parameters) -> float:
    """What the inverse Wishart mean, n / (q - 1) of q = |P - N|, exceeds its limit n / q by."""
    return _noise_share(values) / (_surplus(values) - 1)


def least_squares_variance(values: Parameters) -> float:
    """Variance of the part that noise makes, v times the trace of an inverse Wishart matrix.

    Of n = min(N, P) dimensions and m = max(N, P) degrees of freedom, q = m - n, its mean is
    v n / (q - 1) and its relative variance 2 (m - 1) / (n q (q - 3)).  The gap varies by as much:
    the errors on the training set do not.
    """
    less, greater = sorted((values["inputs"], values["load"] * values["inputs"]))
    q = greater - less
    mean = values["noise_variance"] * less / (q - 1)
    return float(2 * (greater - 1) / (less * q * (q - 3)) * mean**2)


OF_NOISE: dict[str, Any] = {
    "finite_size": least_squares_remainder, "variance": least_squares_variance,
}  # fmt: skip


def _place_least_squares(parameters: Parameters, budget: Budget) -> list[Point]:
    near = abs(float(parameters["load"]) - 1) < 0.5
    whole, inputs = reached(parameters, 256 if near else 128)
    if _surplus({**whole, "inputs": inputs}) < LEAST_SURPLUS:
        return []
    points = [placed(whole, budget, 0.04, inputs=inputs)]
    if parameters["load"] in (0.25, 4):
        points += sharp(parameters, budget, {"inputs": 240})
    return points


least_squares = Claim(
    id="luo2018/generalisation-ols",
    statement="Least squares has the generalisation error 1 - α + α ε²/(1-α) with fewer samples "
    "than inputs (α < 1) and ε²/(1-α) with more, ε² the variance of the noise.",
    says=(
        *SignedEqual.each(RISK, forms.excess_risk_ols_printed, forms.excess_risk_ols, **OF_NOISE),
        *SignedEqual.each(
            GAP, forms.generalisation_gap_ols_printed, forms.generalisation_gap_ols, **OF_NOISE
        ),
    ),
    measure=measure_least_squares,
    grid=grid(
        ["load", "noise_variance"],
        [(0.25, 0.25), (0.5, 0.5), (0.75, 0.25), (1.25, 0.25), (2.0, 0.5), (4.0, 0.25)],
        [(1.5, 2.0), (3.0, 1.0)],
    ),
    place=_place_least_squares,
    notes=(
        "Given its inputs, a data set's errors are averaged exactly over teacher and noise.",
        "As the excess risk on fresh inputs the formula holds for α < 1; for α > 1 its sign is "
        "wrong, and the risk v/(α-1).",
        "As what section 4.1 defines, validation minus training error, it holds nowhere: that is "
        "the excess risk plus v for α < 1, where the training error is 0.",
        "At finite N an inverse Wishart matrix gives both exactly, and so the remainder.",
    ),
    met=ASSUMPTIONS_MET,
)


# Ridge regression -----------------------------------------------------------------------------

RIDGE, WEIGHT_NORM = "ridge regression", "weight normalisation"
"""Whose mean errors are measured at a point."""

BEST_OF_EACH, STRENGTH_OF_EACH = "best ridge of each data set", "strength of each data set"
"""What is found on each data set by itself."""


def measure_penalised(values: Parameters, **run: Any) -> Drawn:
    """Mean errors of one kind of student, or what is found on each data set."""
    return _STUDENTS[values["student"]](values, **run)


def _measure_ridge(values: Parameters, **run: Any) -> Drawn:
    strength = values["ridge"]
    errors = regression.measure_average_errors(task(values), ridges=[strength], **run)
    trace = regression.measure_resolvent_trace(task(values), ridge=strength, **run)
    return {
        RISK: errors.excess_risk.per_network[:, 0],
        GAP: errors.generalisation_gap.per_network[:, 0],
        TRACE: trace.per_network,
    }


def _measure_trained(values: Parameters, **run: Any) -> Drawn:
    """Students of weight normalisation, trained to the minimum.

    Their excess risk has a control variate: that of ridge regression on the same data, less its
    average over teacher and noise, whose mean is 0 at whatever strength.
    """
    penalty = values["regularisation"]
    trained = measure_weight_norm(task(values), regularisation=penalty, **run)
    ridges = [values["load"] * penalty]
    drawn = regression.measure_errors(task(values), ridges=ridges, **run)
    average = regression.measure_average_errors(task(values), ridges=ridges, **run)
    control = drawn.excess_risk.per_network - average.excess_risk.per_network
    return {RISK: trained.excess_risk.per_network - control[:, 0]}


def _measure_best(values: Parameters, **run: Any) -> Drawn:
    return {BEST: regression.measure_best_ridge(task(values), **run).per_network}


def _measure_strength(values: Parameters, **run: Any) -> Drawn:
    penalty = values["regularisation"]
    trained = measure_weight_norm(task(values), regularisation=penalty, **run)
    return {STRENGTH: trained.ridge.per_network}


_STUDENTS = {
    RIDGE: _measure_ridge,
    WEIGHT_NORM: _measure_trained,
    BEST_OF_EACH: _measure_best,
    STRENGTH_OF_EACH: _measure_strength,
}


def _risk(s: Any, values: Parameters) -> Any:
    """What an eigenvalue s of X^T X adds to N times the excess risk."""
    ridge, v = _strength(values), values["noise_variance"]
    return (ridge**2 + v * s) / (s + ridge) ** 2


def _gap(s: Any, values: Parameters) -> Any:
    """The same of N times the generalisation gap."""
    ridge, v = _strength(values), values["noise_variance"]
    return _risk(s, values) - ridge**2 * (s + v) / (s + ridge) ** 2 / values["load"]


def _trace(s: Any, values: Parameters) -> Any:
    """The same of N times the trace of the resolvent."""
    return 1 / (s + _strength(values))


def _strength(values: Parameters) -> float:
    """The ridge strength; that of a student of weight normalisation is alpha zeta."""
    if values["student"] == WEIGHT_NORM:
        return float(values["load"] * values["regularisation"])
    return float(values["ridge"])


def _limit(form: ClosedForm, values: Parameters) -> float:
    given = {**values, "ridge": _strength(values)}
    return float(form.value(**{name: given[name] for name in form.domain}))


def _terms(statistic: Callable[[Any, Parameters], Any], right: ClosedForm) -> dict[str, Any]:
    """Remainder and relative variance of what is 1/N times a sum over the eigenvalues.

    Both are derived.  Beyond its 1/N the remainder has a term 1/(N D)^2, D = the root in eq 16,
    as 1/D is how far eigenvalues are felt; the variance, a quarter.
    """

    def finite_size(values: Parameters) -> float:
        load, ridge, inputs = values["load"], _strength(values), values["inputs"]
        first = linear_statistics.shift(lambda s: statistic(s, values), load) / inputs
        squared_root = (ridge + 1 + load) ** 2 - 4 * load
        return abs(first) / _limit(right, values) + 1 / (inputs**2 * squared_root)

    def relative_variance(values: Parameters) -> float:
        law = linear_statistics.variance(lambda s: statistic(s, values), values["load"])
        return 1.25 * law / (values["inputs"] * _limit(right, values)) ** 2

    return {"finite_size": finite_size, "relative_variance": relative_variance}


ON_RISK: dict[str, Any] = _terms(_risk, forms.excess_risk_ridge)
ON_GAP: dict[str, Any] = _terms(_gap, forms.generalisation_gap_ridge)
ON_TRACE: dict[str, Any] = _terms(_trace, forms.resolvent_trace)


def best_rounding(values: Parameters) -> float:
    """Rounding of the strength v: its slope is v times less than the terms that make it up."""
    return float(IDENTITY + 1e-14 * values["noise_variance"])


def strength_rounding(values: Parameters) -> float:
    """Rounding of the strength of weight normalisation, that of a gradient over 2 zeta gamma.

    Eigenvalues s are of order 1, min(alpha, 1) of them an input, so that gamma^2, the mean of
    s (s + v) / (s + alpha zeta)^2 over the inputs, is of order min(alpha, 1) / (1 + alpha zeta)^2.
    """
    load, penalty = values["load"], values["regularisation"]
    return float(IDENTITY + 1e-12 * (1 / penalty + load) / math.sqrt(min(load, 1)))


def _of(student: str) -> dict[str, Any]:
    return {"only": {"student": student}}


ON_BEST: dict[str, Any] = {"finite_size": best_rounding, **_of(BEST_OF_EACH)}
ON_STRENGTH: dict[str, Any] = {"finite_size": strength_rounding, **_of(STRENGTH_OF_EACH)}


def _place_penalised(parameters: Parameters, budget: Budget) -> list[Point]:
    penalty = parameters["ridge"]
    trained: dict[str, Value] = {"student": WEIGHT_NORM, "regularisation": penalty}
    whole, inputs = reached(parameters, 64)
    points = [placed(whole, budget, 0.05, inputs=inputs, student=RIDGE)]
    whole, inputs = reached(parameters, 48)
    points.append(placed(whole, budget, 0.05, inputs=inputs, **trained))
    whole, inputs = reached(parameters, 16)
    each: dict[str, Value] = {"inputs": inputs, "regularisation": penalty}
    points.append(Point(whole, {**each, "student": STRENGTH_OF_EACH}, margin=0.0))
    # Without noise the best strength is 0, of which there is no relative error.
    if parameters["noise_variance"]:
        points.append(Point(whole, {"inputs": inputs, "student": BEST_OF_EACH}, margin=0.0))
    if parameters == SHARPEST:
        points += sharp(parameters, budget, {"inputs": 160, "student": RIDGE})
        points += sharp(parameters, budget, {"inputs": 96, **trained})
    return points


SHARPEST = {"load": 0.5, "ridge": 1.0, "noise_variance": 0.25}
"""Where the remainders are least."""

ridge_regression = Claim(
    id="luo2018/generalisation-ridge",
    statement="Weight normalisation with the penalty ζγ² has the generalisation error of ridge "
    "regression, δ² ∂(ζG)/∂ζ - ζ² ∂G/∂ζ, which is least at ζ = the variance of the noise.",
    says=(
        Equal(TRACE, forms.resolvent_trace, **ON_TRACE, **_of(RIDGE)),
        Equal(RISK, forms.excess_risk_ridge, **ON_RISK, **_of(RIDGE)),
        Equal(GAP, forms.generalisation_gap_ridge_printed, **ON_GAP, **_of(RIDGE)),
        Equal(GAP, forms.generalisation_gap_ridge, **ON_GAP, **_of(RIDGE)),
        Exactly(BEST, forms.optimal_ridge, **ON_BEST),
        Exactly(STRENGTH, forms.weight_norm_ridge_printed, **ON_STRENGTH),
        Exactly(STRENGTH, forms.weight_norm_ridge, **ON_STRENGTH),
        Equal(RISK, forms.excess_risk_weight_norm_printed, **ON_RISK, **_of(WEIGHT_NORM)),
        Equal(RISK, forms.excess_risk_weight_norm, **ON_RISK, **_of(WEIGHT_NORM)),
    ),
    measure=measure_penalised,
    grid=grid(
        ["load", "ridge", "noise_variance"],
        [
            (0.25, 0.1, 0.25), (0.5, 1.0, 0.25), (1.0, 0.014, 0.25), (1.0, 0.25, 0.25),
            (2.0, 0.25, 0.5), (4.0, 1.0, 0.1),
        ],
        [(0.5, 0.014, 0.25), (1.5, 0.1, 1.0), (2.0, 0.014, 0.25)],
    ),
    place=_place_penalised,
    notes=(
        "Eqs 15 and 16 are the excess risk of ridge regression on fresh inputs, with ζ|w|² beside "
        "the sum of the squared errors and δ² the variance of the noise; given its inputs, a data "
        "set is averaged exactly over teacher and noise.",
        "They are not the validation minus the training error, as section 4.1 defines the "
        "generalisation error: that is (v + excess risk)(1 - 1/(1+G)²).",
        "The loss of weight normalisation has ζγ² beside the mean of the squared errors, and γ² = "
        "|u|²/N for its weights u: ridge regression of strength αζ.  The paper takes ζ; both agree "
        "at α = 1 only.  Students are trained on the whole data set by L-BFGS "
        "and Newton's method.",
        "The best strength is that of least excess risk averaged over teacher and noise, searched "
        "for on each data set.  It is the variance of the noise for every one of them.",
    ),
    met=ASSUMPTIONS_MET,
)  # fmt: skip


CLAIMS = (least_squares, ridge_regression)
