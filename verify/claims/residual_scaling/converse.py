"""Claims on the converse, Theorem 4 and Proposition 1, and the steps of its proof."""

from __future__ import annotations

from typing import Any

import mpmath

from theory import residual_scaling as forms
from theory.domains import Domain, Integers, OneOf, Reals
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, Value
from verify.relations import Agree, AtLeast, Equal


def _of_exponent(at: Parameters, within: float) -> dict[str, Value]:
    depth = at["depth"]
    return {"tau": depth ** (at["exponent"] - 0.5), "layer": depth - 1}


def _first_layer(at: Parameters, within: float) -> dict[str, Value]:
    return {"layer": 1, "depth": 2}


def _exploding(label: str, start: str, depth: Domain, exponent: Reals) -> Experiment:
    return Experiment(
        f"{label}: {start}",
        networks.ENERGY,
        {"depth": depth, "exponent": exponent},
        {"start": start, "width": 16},
        _of_exponent,
        meets=networks.MEETS,
    )


STARTS = (networks.OWN, networks.DENSE)
exploding = [
    *(_exploding("deep", one, Integers(2, 32), Reals(0, 2, low_open=True)) for one in STARTS),
    *(_exploding("two layers", one, OneOf(2), Reals(1, 4)) for one in STARTS),
]

converse = Claim(
    "zhang2022/converse",
    "Theorem 4: at τ = L^(−1/2+c) the energy E‖h_L‖² is at least L^(2c)/2, for L ≥ 2 and c > 0.",
    says=AtLeast.each("energy", forms.converse_energy_bound_printed, forms.converse_energy_bound),
    by=exploding,
    axis="exponent",
    notes=(
        "From the network's own start and from a fixed one; the last layer has the energy of the "
        "one before it. With one residual layer, L = 2, the bound fails from c = 1.25 on (own) and "
        "1.59 (fixed).",
    ),
)

first_layer = networks.networks(
    "one residual layer",
    networks.ENERGY,
    {"tau": Reals(0.1, 4)},
    setting={"width": 128},
    sizes=_first_layer,
)
first_layer_flat = Experiment(
    "one residual layer from a flat start",
    networks.ENERGY,
    {"tau": Reals(0.1, 4)},
    {"start": networks.DENSE, "width": 16},
    _first_layer,
    meets=networks.MEETS,
)
first_layers = Claim(
    "zhang2022/converse-two-layers",
    "With one residual layer the energy has a closed form from either start, which falls below "
    "τ², the bound of Theorem 4 at L = 2.",
    says=(
        Equal("energy", forms.first_layer_energy, by=(first_layer,)),
        Equal("energy", forms.first_layer_energy_flat, by=(first_layer_flat,)),
    ),
    by=(first_layer, first_layer_flat),
    axis="tau",
)

one_step = tuple(
    Experiment(
        f"one layer from the start {start}",
        networks.ENERGY,
        {"tau": Reals(0.1, 4)},
        {"start": start, "width": width},
        _first_layer,
        meets=networks.MEETS,
    )
    for start, width in ((networks.ONE_HOT, 64), (networks.DENSE, 8))
)
least_growth = Claim(
    "zhang2022/converse-monotone",
    "Appendix G: a residual layer does not lower the mean energy, E‖h_l‖² ≥ E‖h_{l−1}‖².",
    says=AtLeast.each("energy", forms.least_growth_printed, forms.least_growth),
    by=one_step,
    axis="tau",
    notes=(
        "The start has norm 1. That of one unit of 64 comes within 1/64 of τ² of the sharp bound.",
    ),
)

normalised = Claim(
    "zhang2022/converse-normalised",
    "Proposition 1: with normalised branches the mean square of a unit is at least τ² l/2.",
    says=AtLeast("energy", forms.normalised_energy_bound),
    by=Experiment(
        "branches normalised over a batch",
        networks.measured("normalised_energy", "energy"),
        {"tau": Reals(0.05, 4), "layer": Integers(1, 32)},
        {"start": networks.OWN, "width": 8, "samples": 4},
        networks.to_its_layer,
        meets=networks.MEETS,
    ),
    axis="tau",
    notes=("Batches of 4 orthogonal inputs, without a trained scale or shift.",),
)


# Proof steps of which both sides are formulas ---------------------------------------------------


def added_energies(values: Parameters) -> Any:
    """Half of tau^2 E|h_a|^2 >= tau^2 over the residual layers, one by one."""
    depth = values["depth"]
    tau = mpmath.mpf(depth) ** (mpmath.mpf(values["exponent"]) - mpmath.mpf(1) / 2)
    return mpmath.fsum(tau**2 / 2 for _ in range(1, depth))


def _moments(values: Parameters) -> tuple[Any, Any, Any]:
    """E S^2, E S^3 and E S^4 of two branches from a flat start, by parts.

    In units of tau/sqrt(m): S = g + sqrt(V) g', V the mean over units of phi(1 + tau g_j)^2, g one
    of the g_j.
    """
    tau, width = mpmath.mpf(values["tau"]), mpmath.mpf(values["width"])

    def mean(power: int, of: int) -> Any:
        """E g^power phi(1 + tau g)^of."""
        return mpmath.fsum(
            mpmath.binomial(of, k) * tau**k * above[power + k] for k in range(of + 1)
        )

    # E g^k over g > -1/tau, by parts.
    end, above = -1 / tau, [mpmath.ncdf(1 / tau), mpmath.npdf(1 / tau)]
    for k in range(2, 5):
        above.append((k - 1) * above[k - 2] + end ** (k - 1) * above[1])
    energy, squared = mean(0, 2), mean(0, 4)
    second = 1 + energy
    third = 3 * mean(1, 2) / width
    with_first = (mean(2, 2) + (width - 1) * energy) / width
    fourth = 3 + 6 * with_first + 3 * (squared + (width - 1) * energy**2) / width
    return second, third, fourth


def skewness(values: Parameters) -> Any:
    """E S^3/(E S^2)^(3/2)."""
    second, third, _ = _moments(values)
    return third / second ** mpmath.mpf("1.5")


def kurtosis(values: Parameters) -> Any:
    """E S^4/(E S^2)^2."""
    second, _, fourth = _moments(values)
    return fourth / second**2


number_of_terms = Claim(
    "zhang2022/converse-terms",
    "Appendix G, (62), (64): the branches add L τ²/2 to a coordinate's square, L^(2c)/2.",
    says=Agree.each(
        "sum",
        forms.partial_sum_bound_printed,
        forms.partial_sum_bound,
        witness=added_energies,
    ),
    by=networks.formulas("sums", depth=Integers(2, 64), exponent=Reals(0, 2, low_open=True)),
    axis="exponent",
)

two_terms = networks.formulas("moments", tau=Reals(0.1, 10), width=Integers(1, 64))
partial_sums = Claim(
    "zhang2022/converse-gaussian",
    "Appendix G: the branches of a coordinate are jointly Gaussian, and so is their sum.",
    says=(
        Agree("skewness", forms.partial_sum_skewness, witness=skewness),
        *Agree.each(
            "kurtosis",
            forms.partial_sum_kurtosis_printed,
            forms.partial_sum_kurtosis,
            witness=kurtosis,
        ),
    ),
    by=two_terms,
    axis="tau",
)

CLAIMS = (converse, first_layers, least_growth, normalised, number_of_terms, partial_sums)
