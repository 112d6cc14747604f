"""Claims on batch statistics and on population norm (Luo et al. 2018, section 2, Appendix 1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from theory import batch_norm as forms
from theory.domains import Integers, Reals
from verify.claims.batch_norm.experiments import MEETS, of_law
from verify.claims.batch_norm.moments import GAUSSIAN, inverse_std_moments, moment, shape
from verify.claims.terms import ROUNDING, Parameters, rounding
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Equal, Exactly

LAWS = (GAUSSIAN, "uniform", "laplace", "exponential")

# Moments of the batch statistics --------------------------------------------------------------


def _second_order(law: str) -> tuple[float, float]:
    """Coefficients c and d of the next order of mean and variance of t = sigma_B/sigma_P.

    E t = 1 - (rho + 6)/(8 M) + c/M^2 + ... and Var t = (rho + 2)/(4 M) (1 + d/M + ...), from
    t = 1 + V/2 - V^2/8 + V^3/16 - 5 V^4/128 + ... with V = t^2 - 1, of whose moments

        M^2 E V^3 = E (z^2 - 1)^3 - 3 (rho + 2) - 6 s^2,   M^2 E V^4 = 3 (rho + 2)^2,
        E V = -1/M,   M E V^2 = rho + 2 - (2 rho + 1)/M

    up to higher orders.
    """
    rho = shape(law)["kurtosis"]
    of_mean = (2 * rho + 1) / 8 + _third(law) / 16 - 15 * (rho + 2) ** 2 / 128
    return of_mean, -((rho + 6) ** 2 / 64 + 2 * of_mean) * 4 / (rho + 2)


def _excess_second_order(law: str) -> float:
    """Coefficient e of E[1/t] - 1 = (3 rho + 10)/(8 M) (1 + e/M + ...).

    From 1/t = 1 - V/2 + 3 V^2/8 - 5 V^3/16 + 35 V^4/128 - ... and the same moments of V.
    """
    rho = shape(law)["kurtosis"]
    of_inverse = -3 * (2 * rho + 1) / 8 - 5 * _third(law) / 16 + 105 * (rho + 2) ** 2 / 128
    return of_inverse * 8 / (3 * rho + 10)


def _third(law: str) -> float:
    """M^2 E V^3, to leading order."""
    skewness, rho = shape(law)["skewness"], shape(law)["kurtosis"]
    return moment(law, 6) - 6 * rho - 13 - 6 * skewness**2


def _beyond(values: Parameters) -> float:
    """What the second order is multiplied with to cover all later ones at any M >= 2."""
    return 1.25 + 2 / float(values["batch_size"])


def _mean_remainder(values: Parameters) -> float:
    of_mean, _ = _second_order(values["law"])
    return ROUNDING + _beyond(values) * abs(of_mean) / values["batch_size"] ** 2


def _variance_remainder(values: Parameters) -> float:
    _, of_variance = _second_order(values["law"])
    return ROUNDING + _beyond(values) * abs(of_variance) / values["batch_size"]


def _excess_remainder(values: Parameters) -> float:
    """The next order and a quarter, and 40/M^2 for the one after.

    That one is 3.6/M^2 for Gaussian values, exactly; the others' was found at M = 40 and 80:
    6/M^2 for uniform values and at most 40/M^2 for Laplace's. For exponential ones it has the sign
    that makes the whole smaller.
    """
    size = float(values["batch_size"])
    return ROUNDING + 1.25 * abs(_excess_second_order(values["law"])) / size + 40 / size**2


def _excess_variance(values: Parameters) -> float:
    """Of 1/t - 1 + (V + 1/M)/2 = 3 V^2/8 + ..., whose variance is 18 (rho + 2)^2/(64 M^2).

    Over the squared mean, and 1 + 28/M for what is left out: at M = 40 it came to 1.57 times the
    leading order for uniform values, 1.23 for Gaussian ones, and less for the others.
    """
    rho, size = values["kurtosis"], float(values["batch_size"])
    return 18 * ((rho + 2) / (3 * rho + 10)) ** 2 * (1 + 28 / size) / values["batches"]


def _square_variance(values: Parameters) -> float:
    """Of (mu_B - mu_P)^2, whose fourth moment is exactly 3 + rho/M times its square."""
    return (2 + values["kurtosis"] / values["batch_size"]) / values["batches"]


def _std_variance(values: Parameters) -> float:
    """Of sigma_B: the variance (rho + 2)/(4 M) over the squared mean, each with its remainder.

    Below M = 8 remainders are cut at 3/4 and 1/2: more than the greatest that raise the quotient,
    0.68 of the variance and 0.17 of the mean of uniform values.
    """
    rho, size = values["kurtosis"], values["batch_size"]
    spread = (rho + 2) / (4 * size) * (1 + min(_variance_remainder(values), 0.75))
    mean = (1 - (rho + 6) / (8 * size)) * (1 - min(_mean_remainder(values), 0.5))
    return spread / mean**2 / values["batches"]


def _sample_variance_variance(values: Parameters) -> float:
    """Of the sample variance of sigma_B: 2/(n - 1) and its excess kurtosis over n.

    That excess is largest at M = 2: 6 for exponential values, 3.5 for Laplace's, 0.9 for Gaussian.
    """
    return (3 + max(values["kurtosis"], 0.0)) / (values["batches"] - 1)


OF_MEAN: dict[str, Any] = {"remainder": _mean_remainder, "relative_variance": _std_variance}
OF_VARIANCE: dict[str, Any] = {
    "remainder": _variance_remainder,
    "relative_variance": _sample_variance_variance,
}
OF_EXCESS: dict[str, Any] = {
    "remainder": _excess_remainder,
    "relative_variance": _excess_variance,
}


batches = tuple(of_law("statistics", law) for law in LAWS)

batch_moments = Claim(
    "luo2018/batch-moments",
    "The paper prints μ_B ~ N(μ_P, σ_P²/M) and σ_B ~ N(σ_P, (ρ+2)/(4M)). "
    "To the order 1/M, E σ_B is σ_P (1 - (ρ+6)/(8M)), and the variance has a factor "
    "σ_P². E[1/σ_B - 1/σ_P] is (3ρ+10)/(8M σ_P), printed as (ρ+2)/(4M σ_P).",
    says=(
        Equal(
            "squared_mean_error",
            forms.batch_mean_variance,
            relative_variance=_square_variance,
            remainder=rounding,
        ),
        Equal("std", forms.batch_std_mean_printed, **OF_MEAN),
        Equal("std", forms.batch_std_mean, **OF_MEAN),
        Equal("std_variance", forms.batch_std_variance_printed, **OF_VARIANCE),
        Equal("std_variance", forms.batch_std_variance, **OF_VARIANCE),
        Equal("inverse_std_excess", forms.inverse_std_excess_printed, **OF_EXCESS),
        Equal("inverse_std_excess", forms.inverse_std_excess, **OF_EXCESS),
        Equal(
            "relative std",
            forms.std_moment,
            by=batches[:1],
            relative_variance=_std_variance,
            remainder=rounding,
        ),
    ),
    by=batches,
    notes=(
        "The standard deviation is the biased one, as in batch norm.",
        "Expansions in 1/M are judged from M = 31 on: the paper holds M > 30 to be enough.",
        "Their remainders are the next order in 1/M, derived for each law, times 1.25 + 2/M; "
        "of 1/σ_B 1.25 times it and 40/M².",
        "At σ_P = 1 the printed variance is right.",
    ),
)


# Inverse moments ------------------------------------------------------------------------------

# 1/sigma_B has a finite variance from M = 4 on, its square from M = 6 on.
std = of_law("statistics", GAUSSIAN, smallest=4).given("1/std", measured="1/std")
std = replace(std, over={"batch_size": Integers(4, 5)})
std_and_variance = of_law("statistics", GAUSSIAN, smallest=6).given(
    "1/std and 1/variance", measured="1/std and 1/variance"
)


def _inverse_std_variance(values: Parameters) -> float:
    _, first, second, *_ = inverse_std_moments(values["batch_size"])
    return float(second / first**2 - 1) / values["batches"]


def _inverse_variance_variance(values: Parameters) -> float:
    return 2 / (values["batch_size"] - 5) / float(values["batches"])


OF_STD: dict[str, Any] = {"remainder": rounding, "relative_variance": _inverse_std_variance}
OF_INVERSE_VARIANCE: dict[str, Any] = {
    "remainder": rounding,
    "relative_variance": _inverse_variance_variance,
    "by": (std_and_variance,),
}


inverse_moments = Claim(
    "luo2018/inverse-moments",
    "For Gaussian hidden values E[1/σ_B] and E[1/σ_B²] are ratios of Gamma "
    "functions. The second is printed twice too large, and the first with a root over σ_P.",
    says=(
        Equal("relative inverse_std", forms.inverse_std_moment, **OF_STD),
        Equal(
            "relative inverse_variance",
            forms.inverse_variance_moment_printed,
            **OF_INVERSE_VARIANCE,
        ),
        Equal("relative inverse_variance", forms.inverse_variance_moment, **OF_INVERSE_VARIANCE),
        Equal("inverse_std", forms.scaled_inverse_std_moment_printed, **OF_STD),
        Equal("inverse_std", forms.scaled_inverse_std_moment, **OF_STD),
    ),
    by=(std, std_and_variance),
    notes=(
        "1/σ_B has an infinite variance at M = 3, and 1/σ_B² at M = 4 and 5, where their "
        "means are finite: there no sample can bound them from above, and they are not judged.",
        "The relative variances are exact: of 1/σ_B from its two moments, of its square 2/(M-5).",
        "Eq 13 takes half of the printed second moment, and so the right one.",
    ),
)


# Population norm as weight normalisation ------------------------------------------------------

weight_norm = Claim(
    "luo2018/bn-is-wn",
    "For inputs of covariance a I population norm is weight normalisation with a bias; "
    "its gain is γ/sqrt(a), not γ/a as printed.",
    says=(
        *Exactly.each(
            "gain", forms.weight_norm_gain_printed, forms.weight_norm_gain, remainder=rounding
        ),
        *Exactly.each(
            "bias", forms.weight_norm_bias_printed, forms.weight_norm_bias, remainder=rounding
        ),
    ),
    by=Experiment(
        "one unit",
        OfNumerics("numerics.batch_norm:measure_weight_norm"),
        over={
            "input_variance": Reals(0.01, 100),
            "scale": Reals(0.1, 10),
            "weight_norm": Reals(0.1, 10),
            "population_mean": Reals(-3, 3),
            "shift": Reals(-3, 3),
        },
        setting={"dimension": 16},
        meets=MEETS,
    ),
    notes=(
        "Random weights and inputs in 16 dimensions; σ_P is the root of w·C·w for the "
        "covariance C = a I. No law of the inputs is used beyond mean and covariance.",
        "The two agree where a = 1. Section 3 of the paper has a = 1/N and uses the gain "
        "sqrt(N) γ, the right one.",
    ),
)

CLAIMS = (batch_moments, inverse_moments, weight_norm)
