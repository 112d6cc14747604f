"""Claims on batch statistics and on population norm (Luo et al. 2018, section 2, Appendix 1)."""

from __future__ import annotations

from typing import Any

from numerics import batch_norm
from numerics.batch_norm import LARGEST_BATCH
from theory import batch_norm as forms
from verify.claims.batch_norm.assumptions import ASSUMPTIONS_MET
from verify.claims.batch_norm.terms import (
    GAUSSIAN,
    GROUP,
    WHOLE,
    group_of_batches,
    hidden_values,
    inverse_std_moments,
    moment,
    shape,
)
from verify.claims.measurements import Drawn
from verify.claims.terms import (
    EXACTLY,
    IDENTITY,
    Parameters,
    grid,
    placed,
    sharp,
)
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Equal, Exactly

LAWS = (GAUSSIAN, "uniform", "laplace", "exponential")


def setting(law: str, batch_size: int, batches: int = GROUP) -> dict[str, Value]:
    """What is simulated at a batch size, and the shape of the law."""
    return {**group_of_batches(law, batch_size, batches), **shape(law)}


# Moments of the batch statistics --------------------------------------------------------------

POPULATION_MEAN = 3.0


def measure_statistics(values: Parameters, **run: Any) -> Drawn:
    """Each statistic of batches, averaged over a group of them, and some at sigma_P = 1."""
    measured = batch_norm.measure_batch_statistics(
        hidden_values(values),
        population_std=values["population_std"],
        population_mean=POPULATION_MEAN,
        **run,
    )
    drawn = {name: quantity.per_network for name, quantity in vars(measured).items()}
    sigma = values["population_std"]
    return {
        **drawn,
        "relative std": drawn["std"] / sigma,
        "relative inverse_std": drawn["inverse_std"] * sigma,
        "relative inverse_variance": drawn["inverse_variance"] * sigma**2,
    }


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
    return IDENTITY + _beyond(values) * abs(of_mean) / values["batch_size"] ** 2


def _variance_remainder(values: Parameters) -> float:
    _, of_variance = _second_order(values["law"])
    return IDENTITY + _beyond(values) * abs(of_variance) / values["batch_size"]


def _excess_remainder(values: Parameters) -> float:
    """The next order and a quarter, and 40/M^2 for the one after.

    That one is 3.6/M^2 for Gaussian values, exactly; the others' was found at M = 40 and 80:
    6/M^2 for uniform values and at most 40/M^2 for Laplace's. For exponential ones it has the sign
    that makes the whole smaller.
    """
    size = float(values["batch_size"])
    return IDENTITY + 1.25 * abs(_excess_second_order(values["law"])) / size + 40 / size**2


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


OF_MEAN: dict[str, Any] = {"finite_size": _mean_remainder, "relative_variance": _std_variance}
OF_VARIANCE: dict[str, Any] = {
    "finite_size": _variance_remainder,
    "relative_variance": _sample_variance_variance,
}
OF_EXCESS: dict[str, Any] = {
    "finite_size": _excess_remainder,
    "relative_variance": _excess_variance,
}


def _place_statistics(parameters: Parameters, budget: Budget) -> list[Point]:
    size = parameters["batch_size"]
    if size > LARGEST_BATCH:
        return []
    laws = LAWS if size <= WHOLE else (GAUSSIAN,)
    points = [placed(parameters, budget, 0.04, **setting(law, size)) for law in laws]
    if size > WHOLE:
        points += sharp(parameters, budget, setting(GAUSSIAN, size, 4 * GROUP))
    return points


batch_moments = Claim(
    id="luo2018/batch-moments",
    statement="The paper prints μ_B ~ N(μ_P, σ_P²/M) and σ_B ~ N(σ_P, (ρ+2)/(4M)). "
    "To the order 1/M, E σ_B is σ_P (1 - (ρ+6)/(8M)), and the variance has a factor "
    "σ_P². E[1/σ_B - 1/σ_P] is (3ρ+10)/(8M σ_P), printed as (ρ+2)/(4M σ_P).",
    says=(
        Equal(
            "squared_mean_error",
            forms.batch_mean_variance,
            relative_variance=_square_variance,
            **EXACTLY,
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
            only={"law": GAUSSIAN},
            relative_variance=_std_variance,
            **EXACTLY,
        ),
    ),
    measure=measure_statistics,
    grid=grid(
        ["batch_size", "population_std"],
        [(2, 1.0), (8, 0.5), (32, 2.0), (128, 1.0), (512, 2.0), (4096, 0.5)],
        [(3, 2.0), (64, 0.5)],
    ),
    place=_place_statistics,
    notes=(
        "The standard deviation is the biased one, as in batch norm.",
        "Expansions in 1/M are judged from M = 31 on: the paper holds M > 30 to be enough.",
        "Their remainders are the next order in 1/M, derived for each law, times 1.25 + 2/M; "
        "of 1/σ_B 1.25 times it and 40/M².",
        "At σ_P = 1 the printed variance is right.",
    ),
    met=ASSUMPTIONS_MET,
)


# Inverse moments ------------------------------------------------------------------------------

STD, STD_AND_VARIANCE = "1/std", "1/std and 1/variance"
"""What a point judges: 1/sigma_B has a finite variance from M = 4 on, its square from M = 6 on."""


def _inverse_std_variance(values: Parameters) -> float:
    _, first, second, *_ = inverse_std_moments(values["batch_size"])
    return float(second / first**2 - 1) / values["batches"]


def _inverse_variance_variance(values: Parameters) -> float:
    return 2 / (values["batch_size"] - 5) / float(values["batches"])


OF_STD: dict[str, Any] = {**EXACTLY, "relative_variance": _inverse_std_variance}
OF_INVERSE_VARIANCE: dict[str, Any] = {
    **EXACTLY,
    "relative_variance": _inverse_variance_variance,
    "only": {"measured": STD_AND_VARIANCE},
}


def _place_inverse(parameters: Parameters, budget: Budget) -> list[Point]:
    size = parameters["batch_size"]
    if not 4 <= size <= LARGEST_BATCH:
        return []
    measured = {"measured": STD_AND_VARIANCE if size >= 6 else STD}
    drawn = {**setting(GAUSSIAN, size), **measured}
    points = [placed(parameters, budget, 0.04, **drawn)]
    if size == 16:
        points += sharp(parameters, budget, {**setting(GAUSSIAN, size, 4 * GROUP), **measured})
    return points


inverse_moments = Claim(
    id="luo2018/inverse-moments",
    statement="For Gaussian hidden values E[1/σ_B] and E[1/σ_B²] are ratios of Gamma "
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
    measure=measure_statistics,
    grid=grid(
        ["batch_size", "population_std"],
        [(4, 0.5), (6, 1.0), (8, 2.0), (16, 0.5), (64, 2.0), (4096, 0.5)],
        [(5, 2.0), (32, 0.5)],
    ),
    place=_place_inverse,
    notes=(
        "1/σ_B has an infinite variance at M = 3, and 1/σ_B² at M = 4 and 5, where their "
        "means are finite: there no sample can bound them from above, and they are not judged.",
        "The relative variances are exact: of 1/σ_B from its two moments, of its square 2/(M-5).",
        "Eq 13 takes half of the printed second moment, and so the right one.",
    ),
    met=ASSUMPTIONS_MET,
)


# Population norm as weight normalisation ------------------------------------------------------

INPUTS = 16


def measure_weight_norm(values: Parameters, **run: Any) -> Drawn:
    """Gain and bias of a population-normalised unit, read off its outputs."""
    names = ("scale", "shift", "input_variance", "weight_norm", "population_mean")
    unit = batch_norm.Unit(dimension=values["inputs"], **{name: values[name] for name in names})
    measured = batch_norm.measure_weight_norm(unit, **run)
    return {"gain": measured.gain.per_network, "bias": measured.bias.per_network}


def _place_weight_norm(parameters: Parameters, budget: Budget) -> list[Point]:
    return [Point(parameters, {"inputs": INPUTS}, margin=0.0)]


weight_norm = Claim(
    id="luo2018/bn-is-wn",
    statement="For inputs of covariance a I population norm is weight normalisation with a bias; "
    "its gain is γ/sqrt(a), not γ/a as printed.",
    says=(
        *Exactly.each("gain", forms.weight_norm_gain_printed, forms.weight_norm_gain, **EXACTLY),
        *Exactly.each("bias", forms.weight_norm_bias_printed, forms.weight_norm_bias, **EXACTLY),
    ),
    measure=measure_weight_norm,
    grid=grid(
        ["input_variance", "scale", "weight_norm", "population_mean", "shift"],
        [
            (1.0, 1.0, 1.0, 1.0, 0.5),
            (0.25, 1.5, 2.0, -0.75, 0.5),
            (4.0, 0.75, 3.0, 2.0, -1.25),
        ],
        [(2.0, 3.0, 0.5, 0.25, 0.0)],
    ),
    place=_place_weight_norm,
    notes=(
        "Random weights and inputs in 16 dimensions; σ_P is the root of w·C·w for the "
        "covariance C = a I. No law of the inputs is used beyond mean and covariance.",
        "The two agree where a = 1. Section 3 of the paper has a = 1/N and uses the gain "
        "sqrt(N) γ, the right one.",
    ),
    met=ASSUMPTIONS_MET,
)
