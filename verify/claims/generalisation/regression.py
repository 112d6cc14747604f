"""Claims on the generalisation of linear students (Luo et al. 2018, section 4)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import mpmath

from theory import generalisation as forms
from theory.domains import Reals
from verify.claims.generalisation.experiments import GAP, MEETS, NAMES, RISK, nearest
from verify.claims.terms import FORMULAS, ROUNDING, Parameters
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Agree, Equal, Exactly, SignedEqual

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
    return nearest(at, math.ceil(max(surplus / abs(load - 1), least / min(load, 1))))


def _least_squares(label: str, load: Reals) -> Experiment:
    return Experiment(
        label,
        OfNumerics("numerics.generalisation:measure_wishart_errors", NAMES),
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

EDGES = 16
"""Inputs in the distance 1/D of eigenvalues that are felt, at half the sizes; also samples."""

ROUNDED = 26
"""With so many inputs at least, rounding their number moves a load by less than 2 %."""


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


def trained_variance(values: Parameters) -> float:
    """Variance of the extrapolated risk of ridge regression of strength z, at most.

    The risk is the mean over N of f(s) = (z^2 + v s) / (s + z)^2 at the eigenvalues s of X^T X,
    min(N, P) of which are not 0.  By Poincare's inequality it varies by at most 4 min(N, P) / N^3
    times the greatest s f'(s)^2, which is at most 2 (27 v^2 / (256 z^3) + 4 (5^5 / 6^6) / z).  At
    N and 2 N inputs it enters 1.16 and 2.16 times, together as if 2.24 times at N.
    """
    inputs = values["inputs"] * values["enlarged"]
    v, z = values["noise_variance"], values["ridge"]
    steepest = 2 * (27 * v**2 / (256 * z**3) + 4 * 5**5 / 6**6 / z)
    return float(2.24**2 * 4 * min(values["load"], 1) / inputs**2 * steepest)


def _doubled_sizes(at: Parameters, within: float) -> dict[str, Value]:
    load, ridge = float(at["load"]), float(at["ridge"])
    root = math.sqrt((ridge + 1 + load) ** 2 - 4 * load)
    half = nearest(at, max(ROUNDED, math.ceil(EDGES * max(1 / root, 1 / min(load, 1)))))
    return {"load": half["load"], **{k: 2 * int(half[k]) for k in ("inputs", "samples")}}


def _data_sets(at: Parameters, within: float) -> dict[str, Value]:
    """A few inputs: what holds on every data set holds on a small one."""
    return nearest(at, ROUNDED)


def _trained_sizes(at: Parameters, within: float) -> dict[str, Value]:
    few = nearest(at, ROUNDED)
    return {**few, "ridge": float(few["load"]) * float(at["regularisation"]), "enlarged": 1024}


LOADS = {"load": Reals(0.25, 4), "noise_variance": Reals(0.1, 1)}

ridge = Experiment(
    "ridge regression",
    OfNumerics("numerics.generalisation:measure_wishart_errors", NAMES),
    over={"load": Reals(0.01, 100), "ridge": Reals(1e-3, 100), "noise_variance": Reals(0.01, 10)},
    sizes=_doubled_sizes,
    doubled=("inputs", "samples"),
    meets=MEETS,
)
best = Experiment(
    "best ridge of each data set",
    OfNumerics("numerics.generalisation:measure_best_ridge", NAMES, quantities=("best ridge",)),
    over={"load": Reals(0.1, 10), "noise_variance": Reals(1e-3, 1e3)},
    sizes=_data_sets,
    meets=MEETS,
)
strength = Experiment(
    "weight normalisation, strength of each data set",
    OfNumerics("numerics.generalisation:measure_weight_norm", NAMES),
    over={**LOADS, "regularisation": Reals(1e-3, 100)},
    sizes=_data_sets,
    meets=MEETS,
)
trained = Experiment(
    "weight normalisation",
    OfNumerics("numerics.generalisation:measure_trained_risk", NAMES, quantities=(RISK,)),
    over={**LOADS, "regularisation": Reals(0.1, 10)},
    sizes=_trained_sizes,
    doubled=("enlarged",),
    variance={RISK: trained_variance},
    meets=MEETS,
)

ridge_regression = Claim(
    "luo2018/generalisation-ridge",
    "Weight normalisation with the penalty ζγ² has the generalisation error of ridge "
    "regression, δ² ∂(ζG)/∂ζ - ζ² ∂G/∂ζ, which is least at ζ = the variance of the noise.",
    says=(
        Equal("resolvent trace", forms.resolvent_trace, by=(ridge,)),
        Equal(RISK, forms.excess_risk_ridge, by=(ridge,)),
        *Equal.each(
            GAP, forms.generalisation_gap_ridge_printed, forms.generalisation_gap_ridge, by=(ridge,)
        ),
        Exactly("best ridge", forms.optimal_ridge, remainder=best_rounding, by=(best,)),
        *Exactly.each(
            "ridge",
            forms.weight_norm_ridge_printed,
            forms.weight_norm_ridge,
            remainder=strength_rounding,
            by=(strength,),
        ),
        *SignedEqual.each(
            RISK,
            forms.excess_risk_weight_norm_printed,
            forms.excess_risk_weight_norm,
            by=(trained,),
        ),
    ),
    by=(ridge, best, strength, trained),
    notes=(
        "Eqs 15 and 16 are the excess risk of ridge regression on fresh inputs, with ζ|w|² beside "
        "the sum of the squared errors and δ² the variance of the noise; given its inputs, a data "
        "set is averaged exactly over teacher and noise.",
        "They are not the validation minus the training error, as section 4.1 defines the "
        "generalisation error: that is (v + excess risk)(1 - 1/(1+G)²).",
        "The loss of weight normalisation has ζγ² beside the mean of the squared errors, and γ² = "
        "|u|²/N for its weights u: ridge regression of strength αζ.  The paper takes ζ; both agree "
        "at α = 1 only.  Students are trained on the whole data set by Newton's method; their "
        "risk is that of ridge regression in law, corrected by how the two differ on data "
        "sets of 26 inputs or more.",
        "The best strength is that of least excess risk averaged over teacher and noise, searched "
        "for on each data set.  It is the variance of the noise for every one of them.",
    ),
)

# What turns ------------------------------------------------------------------------------------


def turning_loads(values: Parameters) -> Any:
    """Where the risk of least squares has the slope 0 in the load, below 1."""

    def slope(load: Any) -> Any:
        return mpmath.diff(
            lambda at: forms.excess_risk_ols.value(load=at, noise_variance=noise), load
        )

    noise = mpmath.mpf(values["noise_variance"])
    with mpmath.extradps(30):
        return mpmath.findroot(slope, (noise / 8, 1 - noise / 8), solver="anderson")


def edges(values: Parameters) -> list[Any]:
    """Ends of the spectrum of X^T X, where s = alpha/(1 + G) - 1/G turns, least first.

    That is what eq 16 solves at zeta = -s; at G = -1/u it turns where u^2 - 2 u + 1 = alpha.
    """
    load = mpmath.mpf(values["load"])
    with mpmath.extradps(30):
        roots = mpmath.polyroots([1, -2, 1 - load])
        return sorted(u + load * u / (u - 1) for u in roots)


turning = Claim(
    "luo2018/turning-points",
    "The eigenvalues of X^T X end at (√α ± 1)², and below α = 1 the risk of least squares first "
    "falls and then rises with α.",
    says=(
        Agree("edge", forms.greatest_eigenvalue, witness=lambda values: edges(values)[1]),
        Agree("edge", forms.least_eigenvalue, witness=lambda values: edges(values)[0]),
        Agree("load", forms.least_risk_load, witness=turning_loads),
    ),
    by=replace(
        FORMULAS,
        over={"load": Reals(0.01, 100), "noise_variance": Reals(0.01, 0.99)},
        meets=MEETS,
    ),
    notes=(
        "With fewer samples than inputs X^T X has eigenvalues of 0 besides, N - P of them: the "
        "lower edge is that of the others.",
        "The risk falls first only where the noise has a variance below 1, and turns at 1 less "
        "its root.  Fig 2 has the variance 0.25: it turns at a load of 1/2.",
    ),
)

CLAIMS = (least_squares, ridge_regression, turning)
