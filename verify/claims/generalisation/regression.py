"""Claims on the generalisation of linear students (Luo et al. 2018, section 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from theory import generalisation as forms
from theory.closed_form import ClosedForm
from theory.domains import Reals
from verify.claims.generalisation import linear_statistics
from verify.claims.generalisation.experiments import MEETS, measured, reached, sized
from verify.claims.terms import ROUNDING, Parameters
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Equal, Exactly, SignedEqual

RISK, GAP, TRACE = "excess risk", "generalisation gap", "trace of the resolvent"
BEST, STRENGTH = "best ridge", "ridge strength"

# Least squares --------------------------------------------------------------------------------


def _noise_share(values: Parameters) -> float:
    """Share of the excess risk that noise makes; the rest, 1 - alpha below 1, does not vary."""
    load, v = values["load"], values["noise_variance"]
    by_noise = v * min(load, 1) / abs(1 - load)
    return float(by_noise / (max(1 - load, 0) + by_noise))


def least_squares_remainder(values: Parameters) -> float:
    """What the inverse Wishart mean, n / (q - 1) of q = |P - N|, exceeds its limit n / q by."""
    return _noise_share(values) / (abs(values["samples"] - values["inputs"]) - 1)


def least_squares_variance(values: Parameters) -> float:
    """Variance of the part that noise makes, v / N times the trace of an inverse Wishart matrix.

    Of n = min(N, P) dimensions and m = max(N, P) degrees of freedom, q = m - n, its mean is
    v n / (q - 1) and its relative variance 2 (m - 1) / (n q (q - 3)).  The gap varies by as much:
    the errors on the training set do not.
    """
    less, greater = sorted((values["inputs"], values["samples"]))
    q = greater - less
    mean = values["noise_variance"] * less / (q - 1)
    return float(2 * (greater - 1) / (less * q * (q - 3)) * mean**2)


def _resolved(at: Parameters, within: float) -> dict[str, Value]:
    """So many inputs that the remainder is at most a sixteenth of the error wanted."""
    load = float(at["load"])
    surplus, least = 2 + math.ceil(16 / within), 32
    return sized(at, math.ceil(max(surplus / abs(load - 1), least / min(load, 1))))


def _least_squares(label: str, load: Reals) -> Experiment:
    return Experiment(
        label,
        OfNumerics("numerics.generalisation:measure_wishart_errors", {"dimension": "inputs"}),
        over={"load": load, "noise_variance": Reals(0.01, 10)},
        setting={"ridge": 0.0},
        sizes=_resolved,
        remainder=dict.fromkeys((RISK, GAP), least_squares_remainder),
        variance=dict.fromkeys((RISK, GAP), least_squares_variance),
        meets=MEETS,
    )


# Nearer to 1 data sets of more than 10^5 samples would be needed.
fewer_samples = _least_squares("fewer samples than inputs", Reals(0.01, 0.995))
more_samples = _least_squares("more samples than inputs", Reals(1.005, 100))

least_squares = Claim(
    "luo2018/generalisation-ols",
    "Least squares has the generalisation error 1 - α + α ε²/(1-α) with fewer samples "
    "than inputs (α < 1) and ε²/(1-α) with more, ε² the variance of the noise.",
    says=(
        # With fewer samples it is the corrected one.
        SignedEqual(RISK, forms.excess_risk_ols_printed, by=(more_samples,)),
        SignedEqual(RISK, forms.excess_risk_ols),
        *SignedEqual.each(GAP, forms.generalisation_gap_ols_printed, forms.generalisation_gap_ols),
    ),
    by=(fewer_samples, more_samples),
    notes=(
        "Given its inputs, a data set's errors are averaged exactly over teacher and noise; their "
        "eigenvalues are drawn from their exact law.",
        "As the excess risk on fresh inputs the formula holds for α < 1; for α > 1 its sign is "
        "wrong, and the risk v/(α-1).",
        "As what section 4.1 defines, validation minus training error, it holds nowhere: that is "
        "the excess risk plus v for α < 1, where the training error is 0.",
        "At finite N an inverse Wishart matrix gives both exactly, and so the remainder.",
    ),
)


# Ridge regression -----------------------------------------------------------------------------

RIDGE, WEIGHT_NORM = "ridge regression", "weight normalisation"
"""Whose mean errors are measured at a point."""

BEST_OF_EACH, STRENGTH_OF_EACH = "best ridge of each data set", "strength of each data set"
"""What is found on each data set by itself."""


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

    def remainder(values: Parameters) -> float:
        load, ridge, inputs = values["load"], _strength(values), values["inputs"]
        first = linear_statistics.shift(lambda s: statistic(s, values), load) / inputs
        squared_root = (ridge + 1 + load) ** 2 - 4 * load
        return abs(first) / _limit(right, values) + 1 / (inputs**2 * squared_root)

    def relative_variance(values: Parameters) -> float:
        law = linear_statistics.variance(lambda s: statistic(s, values), values["load"])
        return 1.25 * law / (values["inputs"] * _limit(right, values)) ** 2

    return {"remainder": remainder, "relative_variance": relative_variance}


ON_RISK: dict[str, Any] = _terms(_risk, forms.excess_risk_ridge)
ON_GAP: dict[str, Any] = _terms(_gap, forms.generalisation_gap_ridge)
ON_TRACE: dict[str, Any] = _terms(_trace, forms.resolvent_trace)


def best_rounding(values: Parameters) -> float:
    """Rounding of the strength v: its slope is v times less than the terms that make it up."""
    return float(ROUNDING + 1e-14 * values["noise_variance"])


def strength_rounding(values: Parameters) -> float:
    """Rounding of the strength of weight normalisation, that of a gradient over 2 zeta gamma.

    Eigenvalues s are of order 1, min(alpha, 1) of them an input, so that gamma^2, the mean of
    s (s + v) / (s + alpha zeta)^2 over the inputs, is of order min(alpha, 1) / (1 + alpha zeta)^2.
    """
    load, penalty = values["load"], values["regularisation"]
    return float(ROUNDING + 1e-12 * (1 / penalty + load) / math.sqrt(min(load, 1)))


def _of_inputs(inputs: int, penalised: bool = True) -> Any:
    """About so many inputs and, of students with a penalty, its strength."""

    def sizes(at: Mapping[str, Any], within: float) -> dict[str, Value]:
        whole, found = reached(at, inputs)
        penalty: dict[str, Value] = {"regularisation": at["ridge"]} if penalised else {}
        return {"load": whole["load"], "inputs": found, **penalty}

    return sizes


def _students(student: str, measure: str, **terms: Any) -> Experiment:
    return Experiment(
        student, measured(measure), setting={"student": student}, meets=MEETS, **terms
    )


of_ridge = (_students(RIDGE, "ridge", sizes=_of_inputs(64, penalised=False)),)
trained = _students(WEIGHT_NORM, "trained", sizes=_of_inputs(48))
strength = _students(STRENGTH_OF_EACH, "strength", sizes=_of_inputs(16))
# Without noise the best strength is 0, of which there is no relative error.
best = _students(
    BEST_OF_EACH,
    "best",
    sizes=_of_inputs(16, penalised=False),
    over={"noise_variance": Reals(0, low_open=True)},
)

ridge_regression = Claim(
    "luo2018/generalisation-ridge",
    "Weight normalisation with the penalty ζγ² has the generalisation error of ridge "
    "regression, δ² ∂(ζG)/∂ζ - ζ² ∂G/∂ζ, which is least at ζ = the variance of the noise.",
    says=(
        Equal(TRACE, forms.resolvent_trace, **ON_TRACE, by=of_ridge),
        Equal(RISK, forms.excess_risk_ridge, **ON_RISK, by=of_ridge),
        *Equal.each(
            GAP,
            forms.generalisation_gap_ridge_printed,
            forms.generalisation_gap_ridge,
            **ON_GAP,
            by=of_ridge,
        ),
        Exactly(BEST, forms.optimal_ridge, remainder=best_rounding, by=(best,)),
        *Exactly.each(
            STRENGTH,
            forms.weight_norm_ridge_printed,
            forms.weight_norm_ridge,
            remainder=strength_rounding,
            by=(strength,),
        ),
        *Equal.each(
            RISK,
            forms.excess_risk_weight_norm_printed,
            forms.excess_risk_weight_norm,
            **ON_RISK,
            by=(trained,),
        ),
    ),
    by=(*of_ridge, trained, strength, best),
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
)


CLAIMS = (least_squares, ridge_regression)
