"""Claims on the Fisher information of ResNets with stochastic depth (Theorem 8, Lemma 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from theory import fisher as forms
from verify.claims.fisher import measurements
from verify.claims.fisher.assumptions import ASSUMPTIONS_MET
from verify.claims.fisher.terms import (
    BY_DEPTH,
    DIGITS_NOTE,
    MEAN_OF_PRODUCTS,
    ONE_INPUT_NOTE,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
    on_digits,
    one_input,
    survival_variance,
    variance_of_mean_eigenvalue,
    variance_of_products,
)
from verify.claims.terms import Law, Parameters, grid
from verify.evidence.accounting import Budget
from verify.model import Claim, Point
from verify.relations import Equal


def doubling_variance(blocks: Callable[[Parameters], float], survives: bool) -> Law:
    """Relative variance of a product that doubles with each of so many blocks that survives.

    E 4^K / (E 2^K)^2 = ((1 + 3p) / (1 + p)^2)^blocks, and one more block must itself survive where
    it `survives`.  The doubling is a limit: given K the moments may be off by their remainder.
    """

    def law(values: Parameters) -> float:
        p = values["survival"]
        spread = ((1 + 3 * p) / (1 + p) ** 2) ** blocks(values) / (p if survives else 1)
        off = ((1 + BY_DEPTH(values)) / (1 - BY_DEPTH(values))) ** 2
        return spread * off * (1 + variance_of_products(values)) - 1

    return law


def _placed(parameters: Parameters, budget: Budget, variances: Sequence[Law]) -> list[Point]:
    """One input, as sharply as the largest of these relative variances lets it be, and digits."""
    depth = parameters["depth"]
    rough = {**parameters, "inputs": SINGLE_INPUT, "width": 300 * depth}
    variance = max((law(rough) for law in variances), default=0)
    return [
        one_input(parameters, budget, depth, variance, network=STOCHASTIC_DEPTH),
        on_digits(parameters, 0.08, network=STOCHASTIC_DEPTH),
    ]


def _place_survival(parameters: Parameters, budget: Budget) -> list[Point]:
    return _placed(parameters, budget, [survivors_variance])


def _place_survivors(parameters: Parameters, budget: Budget) -> list[Point]:
    return _placed(parameters, budget, [])


def _place_surviving_signals(parameters: Parameters, budget: Budget) -> list[Point]:
    """Where nothing survives the forward signals are 0, and no relative error is defined."""
    if parameters["survival"] == 0:
        return []
    backward_only = parameters["layer"] == 0
    variances = [backward_variance] if backward_only else [forward_variance, backward_variance]
    return _placed(parameters, budget, variances)


forward_variance = doubling_variance(lambda v: v["layer"] - 1, survives=True)
backward_variance = doubling_variance(lambda v: v["depth"] - v["layer"], survives=False)
forward_terms: dict[str, Any] = {"finite_size": BY_DEPTH, "relative_variance": forward_variance}
dropped_terms: dict[str, Any] = {"finite_size": BY_DEPTH, "relative_variance": backward_variance}

moments_stochastic_depth = Claim(
    id="furusho2020/moments-sd",
    statement="The paper prints E[u_l²] = p 2^(l−2) (forward) and E[δ_l²] = 2^(pL−l) (backward) "
    "for stochastic depth; with Bernoulli(p) dropping every 2 becomes 1 + p.",
    says=(
        Equal("forward", forms.forward_moment_stochastic_depth_printed, **forward_terms),
        Equal("forward", forms.forward_moment_stochastic_depth, **forward_terms),
        Equal("backward", forms.backward_moment_stochastic_depth_printed, **dropped_terms),
        Equal("backward", forms.backward_moment_stochastic_depth, **dropped_terms),
    ),
    measure=measurements.measure_moments,
    grid=grid(
        ["layer", "depth", "survival"],
        [(0, 1, 0.5), (1, 1, 0.5), (0, 2, 0.5), (2, 2, 0.5), (0, 4, 0.8), (3, 4, 0.8), (2, 3, 1.0)],
        [(0, 4, 0.2), (4, 4, 0.5), (0, 8, 0.5), (4, 8, 0.5)],
    ),
    place=_place_surviving_signals,
    axis="layer",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
    met=ASSUMPTIONS_MET,
)

survivors_variance = survival_variance(
    lambda k, values: 2**k * (1 + k / 4), variance_of_mean_eigenvalue, BY_DEPTH
)
survivors_terms: dict[str, Any] = {
    "finite_size": BY_DEPTH,
    "relative_variance": survivors_variance,
}

mean_eigenvalue_stochastic_depth = Claim(
    id="furusho2020/mean-eig-sd",
    statement="The paper prints (pL+4)/(4L+4) 2^(pL) for the mean eigenvalue under Bernoulli "
    "dropping; the mean of an exponential is not the exponential of the mean.",
    says=(
        Equal("mean eigenvalue", forms.mean_eigenvalue_stochastic_depth_printed, **survivors_terms),
        Equal("mean eigenvalue", forms.mean_eigenvalue_stochastic_depth, **survivors_terms),
    ),
    measure=measurements.measure_mean_eigenvalue,
    grid=grid(
        ["depth", "survival"],
        [(1, 0.5), (2, 0.5), (3, 0.5), (5, 0.5), (3, 0.8), (6, 0.8), (4, 1.0), (3, 0.0)],
        [(8, 0.5), (4, 0.2), (10, 0.8), (10, 0.5)],
    ),
    place=_place_survival,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
    met=ASSUMPTIONS_MET,
)


mean_eigenvalue_fixed_survivors = Claim(
    id="furusho2020/mean-eig-sd-fixed",
    statement="With exactly K = pL surviving blocks Theorem 8 is right: the mean eigenvalue is "
    "(K+4)/(4L+4) 2^K.",
    says=(Equal("mean eigenvalue", forms.mean_eigenvalue_fixed_survivors, **MEAN_OF_PRODUCTS),),
    measure=measurements.measure_mean_eigenvalue,
    grid=grid(
        ["depth", "survivors"],
        [(1, 0), (1, 1), (2, 1), (4, 2), (6, 3), (5, 4), (10, 5)],
        [(8, 4), (10, 8), (20, 10)],
    ),
    place=_place_survivors,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (
    moments_stochastic_depth,
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_fixed_survivors,
)
