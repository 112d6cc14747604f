"""Claims on the Fisher information of random residual networks (Furusho 2020, section 4)."""

from __future__ import annotations

from theory import fisher as forms
from verify.claims.fisher import (
    measurements,
)
from verify.claims.fisher.assumptions import ASSUMPTIONS_MET
from verify.claims.fisher.terms import (
    BY_LAYER,
    DIGITS_NOTE,
    GAUSSIAN,
    MEAN_OF_PRODUCTS,
    ONE_INPUT_NOTE,
    PRODUCTS,
    RESNET,
    depths,
    on_digits,
    one_input,
    three_networks,
    variance_over_width,
)
from verify.claims.terms import IDENTITY, Parameters, grid, placed
from verify.evidence.accounting import Budget
from verify.model import Claim, Point
from verify.relations import Equal, Exactly


def _place_half_active(parameters: Parameters, budget: Budget) -> list[Point]:
    layer = parameters["layer"]
    batch = {"inputs": GAUSSIAN, "width": 120, "samples": 120}
    networks = three_networks(survival=0.5)
    plain, batch_norm, dropping = ({**network, "depth": layer} for network in networks)
    return [
        one_input(parameters, budget, layer, **plain),
        placed(parameters, budget, 0.04, **batch_norm, **batch),
        one_input(parameters, budget, layer, **dropping),
        *(on_digits(parameters, 0.05, depth=layer, **network) for network in networks),
    ]


half_active = Claim(
    id="furusho2020/half-active",
    statement="Half of the hidden units are active in every layer, for all three networks.",
    says=(
        Equal(
            "activation_rate",
            forms.activation_rate,
            finite_size=BY_LAYER,
            relative_variance=variance_over_width(lambda v: 1.5),
        ),
    ),
    measure=measurements.measure_moments,
    grid=grid(["layer"], [(1,), (2,), (3,), (5,)], [(4,), (8,), (10,)]),
    place=_place_half_active,
    axis="layer",
    notes=(DIGITS_NOTE,),
    met=ASSUMPTIONS_MET,
)

MOMENTS = grid(
    ["layer", "depth"],
    [(1, 1), (1, 2), (2, 2), (1, 5), (3, 5), (5, 5), (5, 10)],
    [(1, 10), (10, 10), (10, 20)],
)
SIGNALS = grid(
    ["layer", "depth"],
    [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (0, 5), (2, 5), (5, 5)],
    [(0, 10), (5, 10), (10, 10)],
)


def _place_moments(parameters: Parameters, budget: Budget) -> list[Point]:
    return [
        one_input(parameters, budget, parameters["depth"], network=RESNET),
        on_digits(parameters, 0.05, network=RESNET),
    ]


moment_independence = Claim(
    id="furusho2020/moment-independence",
    statement="Forward and backward signals are uncorrelated in second moments: "
    "E[u²δ²] = E[u²] E[δ²].",
    says=(Equal("product", forms.second_moment_product_resnet, **PRODUCTS),),
    measure=measurements.measure_moments,
    grid=MOMENTS,
    place=_place_moments,
    axis="layer",
    notes=(
        "The assumption is not exact at finite width: the signals share the activations of the "
        "skip path, and the product exceeds that of the moments by a term of order L/D.",
        ONE_INPUT_NOTE,
        DIGITS_NOTE,
    ),
    met=ASSUMPTIONS_MET,
)


# Plain network --------------------------------------------------------------------------------

moments_resnet = Claim(
    id="furusho2020/moments-resnet",
    statement="In the plain network E[u_l²] = 2^(l−2) (forward) and E[δ_l²] = 2^(L−l) (backward).",
    says=(
        Equal("forward", forms.forward_moment_resnet, **PRODUCTS),
        Equal("backward", forms.backward_moment_resnet, **PRODUCTS),
    ),
    measure=measurements.measure_moments,
    grid=SIGNALS,
    place=_place_moments,
    axis="layer",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
    met=ASSUMPTIONS_MET,
)


def _place_mean_resnet(parameters: Parameters, budget: Budget) -> list[Point]:
    points = [one_input(parameters, budget, parameters["depth"], network=RESNET)]
    if parameters["depth"] <= DEEPEST_ON_DIGITS:
        points.append(on_digits(parameters, 0.05, network=RESNET))
    return points


DEEPEST_ON_DIGITS = 8

mean_eigenvalue_resnet = Claim(
    id="furusho2020/mean-eig-resnet",
    statement="The mean eigenvalue of the Fisher information of the plain network is "
    "(L+4)/(4L+4) 2^L.",
    says=(Equal("mean eigenvalue", forms.mean_eigenvalue_resnet, **MEAN_OF_PRODUCTS),),
    measure=measurements.measure_mean_eigenvalue,
    grid=depths(range(1, 21), ()),
    place=_place_mean_resnet,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
    met=ASSUMPTIONS_MET,
)


# Hessian --------------------------------------------------------------------------------------


def _place_hessian(parameters: Parameters, budget: Budget) -> list[Point]:
    sizes = {"width": 4, "samples": 5}
    return [Point(parameters=parameters, setting=sizes, margin=0.0)]


hessian_decomposition = Claim(
    id="furusho2020/hessian-fisher",
    statement="The Hessian of the squared loss is H = F - E[(y - f) grad grad f].",
    says=(Exactly("ratio", 1, finite_size=lambda values: IDENTITY),),
    where="eq 20",
    measure=measurements.measure_hessian,
    grid=depths((1, 2, 3), ()),
    place=_place_hessian,
    axis="depth",
    notes=(
        "Judged is 1 plus the relative distance of the two sides; the loss is the empirical risk "
        "with random targets.",
    ),
    met=ASSUMPTIONS_MET,
)
