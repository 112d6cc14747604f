"""Claims on the Fisher information of random residual networks (Furusho 2020, section 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from theory import fisher as forms
from theory.closed_form import ClosedForm
from verify.claim import Budget, Claim, Judged, Point, Value
from verify.claims import residual
from verify.claims.residual import (
    GAUSSIAN,
    SINGLE_INPUT,
    on_digits,
    over_width,
    over_width_and_samples,
    placed,
    squared_over_width_and_samples,
    variance_of_products,
    variance_over_width,
    wide,
)

Parameters = Mapping[str, Any]
Grid = Callable[[Budget], list[dict[str, Value]]]

RESNET, BATCH_NORM, STOCHASTIC_DEPTH = "resnet", "batch_norm", "stochastic_depth"

DIGITS_NOTE = (
    "On the digits the width is that of the whitened images, 48 at most, so the wide limit is "
    "reached only for shallow networks; deeper ones are shown and not counted."
)
ONE_INPUT_NOTE = (
    "Plain and stochastic-depth networks are positively homogeneous and W^0 is rotation invariant: "
    "the mean over weights depends on the inputs through the mean of |x|^2 alone. One input a "
    "network, simulated exactly in law, therefore stands for every whitened data set of its width."
)


def grid(names: Sequence[str], quick: Sequence[Any], further: Sequence[Any]) -> Grid:
    """The quick points, and further ones at the larger budgets; a point is a tuple of values."""

    def points(budget: Budget) -> list[dict[str, Value]]:
        rows = [*quick] if budget.name == "quick" else [*quick, *further]
        return [dict(zip(names, row, strict=True)) for row in rows]

    return points


def depths(quick: Sequence[int], further: Sequence[int]) -> Grid:
    """A grid over depth alone."""
    return grid(["depth"], [(depth,) for depth in quick], [(depth,) for depth in further])


def confirmed(form: ClosedForm, quantity: str, **terms: Any) -> Judged:
    """A form that the catalogue expects to hold; an equality unless told otherwise."""
    terms = {"relation": "equal", "expected": "CONFIRMED", **terms}
    return Judged(form=form, quantity=quantity, **terms)


def refuted(form: ClosedForm, quantity: str, **terms: Any) -> Judged:
    """A form that the catalogue expects to be refuted."""
    return confirmed(form, quantity, expected="REFUTED", **terms)


# The terms: remainders and relative variances as laws of depth, layer, width and samples ------

BY_DEPTH = over_width(lambda v: v["depth"])
BY_LAYER = over_width(lambda v: v["layer"])
BATCH_BY_DEPTH = over_width_and_samples(lambda v: v["depth"] + 1)
BATCH_ABOVE = over_width_and_samples(lambda v: v["depth"] - v["layer"] + 1)
BATCH_ONCE = over_width_and_samples(lambda v: 1)
COUPLED = over_width_and_samples(lambda v: (v["depth"] + 1) / 2)
COUPLED_EXTRAPOLATED = squared_over_width_and_samples(lambda v: 2 * (v["depth"] + 1))
TOP_SHARE = over_width(lambda v: 10)
EXPECTED_TOP = over_width(lambda v: 2 * (v["depth"] + 1))

PRODUCTS: dict[str, Any] = {"finite_size": BY_DEPTH, "relative_variance": variance_of_products}
BATCH_PRODUCTS: dict[str, Any] = {
    "finite_size": BATCH_BY_DEPTH,
    "relative_variance": variance_over_width(lambda v: v["depth"] + 1),
}


def survival_variance(
    moment: Callable[[int, Parameters], float], given: residual.Law
) -> residual.Law:
    """Relative variance of moment(K), K ~ Bin(L, p), times `given`, that of the rest given K."""

    def law(values: Parameters) -> float:
        depth, p = values["depth"], values["survival"]
        shares = [math.comb(depth, k) * p**k * (1 - p) ** (depth - k) for k in range(depth + 1)]
        moments = [moment(k, values) for k in range(depth + 1)]
        first = sum(share * value for share, value in zip(shares, moments, strict=True))
        second = sum(share * value**2 for share, value in zip(shares, moments, strict=True))
        return second / first**2 * (1 + given(values)) - 1

    return law


def doubling_variance(blocks: Callable[[Parameters], float], survives: bool) -> residual.Law:
    """The same for 2^K over so many blocks, and for the survival of one more where it `survives`.

    E 4^K / (E 2^K)^2 = ((1 + 3p) / (1 + p)^2)^blocks.
    """

    def law(values: Parameters) -> float:
        p = values["survival"]
        spread = ((1 + 3 * p) / (1 + p) ** 2) ** blocks(values) / (p if survives else 1)
        return spread * (1 + variance_of_products(values)) - 1

    return law


# Assumptions ----------------------------------------------------------------------------------

HALF = {"half": 0.5}


def _place_half_active(parameters: Parameters, budget: Budget) -> list[Point]:
    layer = parameters["layer"]
    one = {"inputs": SINGLE_INPUT, "width": wide(layer, budget), "depth": layer}
    batch = {"inputs": GAUSSIAN, "width": 120, "samples": 120, "depth": layer}
    networks: tuple[dict[str, Value], ...] = (
        {"network": RESNET},
        {"network": BATCH_NORM},
        {"network": STOCHASTIC_DEPTH, "survival": 0.5},
    )
    return [
        *(
            placed(
                parameters,
                budget,
                0.04,
                **network,
                **(batch if network["network"] == BATCH_NORM else one),
            )
            for network in networks
        ),
        *(on_digits(parameters, budget, 0.05, depth=layer, **network) for network in networks),
    ]


half_active = Claim(
    id="furusho2020/half-active",
    statement="Half of the hidden units are active in every layer, for all three networks.",
    judged=(
        confirmed(
            forms.activation_rate,
            "activation_rate",
            finite_size=BY_LAYER,
            relative_variance=variance_over_width(lambda v: 1.5),
        ),
    ),
    measure=residual.measure_moments,
    grid=grid(["layer"], [(1,), (2,), (3,), (5,)], [(4,), (8,), (10,)]),
    place=_place_half_active,
    axis="layer",
    notes=(DIGITS_NOTE,),
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
    width = wide(parameters["depth"], budget)
    one = {"network": RESNET, "inputs": SINGLE_INPUT, "width": width}
    return [
        placed(parameters, budget, 0.03, **one),
        on_digits(parameters, budget, 0.05, network=RESNET),
    ]


moment_independence = Claim(
    id="furusho2020/moment-independence",
    statement="Forward and backward signals are uncorrelated in second moments: "
    "E[u^2 delta^2] = E[u^2] E[delta^2].",
    judged=(confirmed(forms.second_moment_product_resnet, "product", **PRODUCTS),),
    measure=residual.measure_moments,
    grid=MOMENTS,
    place=_place_moments,
    axis="layer",
    notes=(
        "The assumption is not exact at finite width: the signals share the activations of the "
        "skip path, and the product exceeds that of the moments by a term of order L/D.",
        ONE_INPUT_NOTE,
        DIGITS_NOTE,
    ),
)


# Plain network --------------------------------------------------------------------------------

moments_resnet = Claim(
    id="furusho2020/moments-resnet",
    statement="E u_l^2 = 2^(l-2) and E delta_l^2 = 2^(L-l) in the plain network.",
    judged=(
        confirmed(forms.forward_moment_resnet, "forward", **PRODUCTS),
        confirmed(forms.backward_moment_resnet, "backward", **PRODUCTS),
    ),
    measure=residual.measure_moments,
    grid=SIGNALS,
    place=_place_moments,
    axis="layer",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)


def _place_mean_resnet(parameters: Parameters, budget: Budget) -> list[Point]:
    one = {"network": RESNET, "inputs": SINGLE_INPUT, "width": wide(parameters["depth"], budget)}
    points = [placed(parameters, budget, 0.02, **one)]
    if parameters["depth"] <= DEEPEST_ON_DIGITS:
        points.append(on_digits(parameters, budget, 0.05, network=RESNET))
    return points


DEEPEST_ON_DIGITS = 8

mean_eigenvalue_resnet = Claim(
    id="furusho2020/mean-eig-resnet",
    statement="The mean eigenvalue of the Fisher information of the plain network is "
    "(L+4)/(4L+4) 2^L.",
    judged=(confirmed(forms.mean_eigenvalue_resnet, "mean eigenvalue", **PRODUCTS),),
    measure=residual.measure_mean_eigenvalue,
    grid=depths(range(1, 21), ()),
    place=_place_mean_resnet,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)


# Batch normalisation --------------------------------------------------------------------------


def batch(parameters: Parameters, budget: Budget, size: int) -> list[Point]:
    """Batch norm on Gaussian inputs at D = N = size (more at larger budgets), and on the digits."""
    square = math.ceil(size / budget.sharpness)
    sizes = {"inputs": GAUSSIAN, "width": square, "samples": square}
    return [
        placed(parameters, budget, 0.04, network=BATCH_NORM, **sizes),
        on_digits(parameters, budget, 0.04, network=BATCH_NORM),
    ]


def _place_moments_batch_norm(parameters: Parameters, budget: Budget) -> list[Point]:
    return batch(parameters, budget, 60 * (parameters["depth"] + 1))


variance_terms: dict[str, Any] = {
    "finite_size": BATCH_ONCE,
    "relative_variance": variance_over_width(lambda v: 1),
}
backward_terms: dict[str, Any] = {
    "finite_size": BATCH_ABOVE,
    "relative_variance": variance_over_width(lambda v: v["depth"] - v["layer"] + 1),
}

moments_batch_norm = Claim(
    id="furusho2020/moments-bn",
    statement="With batch norm E u_l^2 = 1/2; the paper prints Var h_l = l + 1 and "
    "E delta_l^2 = (L+1)/(l+1).",
    judged=(
        confirmed(forms.forward_moment_bn, "forward", **variance_terms),
        refuted(forms.variance_bn_printed, "variance", **variance_terms),
        confirmed(forms.variance_bn, "variance", **variance_terms),
        refuted(forms.backward_moment_bn_printed, "backward", **backward_terms),
        confirmed(forms.backward_moment_bn, "backward", **backward_terms),
    ),
    measure=residual.measure_moments,
    grid=grid(
        ["layer", "depth"],
        [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 4), (4, 4)],
        [(0, 3), (2, 3), (0, 5), (5, 5)],
    ),
    place=_place_moments_batch_norm,
    axis="layer",
    notes=(
        "Batch norm divides by the variance over inputs at fixed weights. Rectified features have "
        "a mean over inputs that does not vary, so each block adds 1 - 1/pi and not 1.",
        "Batch statistics are held constant in the backward pass here.",
        DIGITS_NOTE,
    ),
)


def _place_mean_batch_norm(parameters: Parameters, budget: Budget) -> list[Point]:
    return batch(parameters, budget, 80 * (parameters["depth"] + 1))


mean_eigenvalue_batch_norm = Claim(
    id="furusho2020/mean-eig-bn",
    statement="The paper prints (H_{L+1}+1)/2 for the mean eigenvalue with batch norm, hence "
    "logarithmic growth; it grows like L^0.467.",
    judged=(
        refuted(forms.mean_eigenvalue_bn_printed, "mean eigenvalue", **BATCH_PRODUCTS),
        confirmed(forms.mean_eigenvalue_bn, "mean eigenvalue", **BATCH_PRODUCTS),
    ),
    measure=residual.measure_mean_eigenvalue,
    grid=depths((1, 2, 3, 4), (5, 6)),
    place=_place_mean_batch_norm,
    axis="depth",
    notes=(
        "Batch statistics are held constant in the backward pass here; mean-eig-bn-coupled lets "
        "gradients flow through them.",
        DIGITS_NOTE,
    ),
)


def _place_coupled(parameters: Parameters, budget: Budget) -> list[Point]:
    square = {"inputs": GAUSSIAN, "width": 60, "samples": 60}
    return [placed(parameters, budget, 0.04, network=BATCH_NORM, **square)]


mean_eigenvalue_coupled = Claim(
    id="furusho2020/mean-eig-bn-coupled",
    statement="With gradients through the batch statistics the rectified features enter without "
    "their mean on every path that meets a batch norm.",
    judged=(
        confirmed(
            forms.mean_eigenvalue_bn_coupled,
            "mean eigenvalue",
            finite_size=COUPLED,
            relative_variance=variance_over_width(lambda v: 0.6 * (v["depth"] + 1)),
        ),
        confirmed(
            forms.coupled_share_bn,
            "share",
            finite_size=COUPLED_EXTRAPOLATED,
            relative_variance=variance_over_width(lambda v: 0.3),
        ),
    ),
    measure=residual.measure_coupled,
    grid=depths((1, 2, 3, 5, 8), (4,)),
    place=_place_coupled,
    axis="depth",
    notes=(
        "The share, coupled over held fixed on the same networks, separates the conjecture from "
        "the form without coupling, for which it is 1: the fluctuations of the networks cancel.",
        "At one size the share lies below its limit in proportion to 1/D + 1/N (by 4.6 % at depth "
        "4 and D = N = 60), so it is extrapolated from two sizes, 2 share(D, N) - share(D/2, N/2).",
    ),
)


# Stochastic depth -----------------------------------------------------------------------------


def _place_survival(parameters: Parameters, budget: Budget) -> list[Point]:
    size = {"inputs": SINGLE_INPUT, "width": wide(parameters["depth"], budget)}
    return [
        placed(parameters, budget, 0.04, network=STOCHASTIC_DEPTH, **size),
        on_digits(parameters, budget, 0.06, network=STOCHASTIC_DEPTH),
    ]


def _place_surviving_signals(parameters: Parameters, budget: Budget) -> list[Point]:
    """Where nothing survives the forward signals are 0, and no relative error is defined."""
    return [] if parameters["survival"] == 0 else _place_survival(parameters, budget)


forward_variance = doubling_variance(lambda v: v["layer"] - 1, survives=True)
backward_variance = doubling_variance(lambda v: v["depth"] - v["layer"], survives=False)
forward_terms = {"finite_size": BY_DEPTH, "relative_variance": forward_variance}
dropped_terms = {"finite_size": BY_DEPTH, "relative_variance": backward_variance}

moments_stochastic_depth = Claim(
    id="furusho2020/moments-sd",
    statement="The paper prints E u_l^2 = p 2^(l-2) and E delta_l^2 = 2^(pL-l) for stochastic "
    "depth; with Bernoulli(p) dropping every 2 becomes 1 + p.",
    judged=(
        refuted(forms.forward_moment_stochastic_depth_printed, "forward", **forward_terms),
        confirmed(forms.forward_moment_stochastic_depth, "forward", **forward_terms),
        refuted(forms.backward_moment_stochastic_depth_printed, "backward", **dropped_terms),
        confirmed(forms.backward_moment_stochastic_depth, "backward", **dropped_terms),
    ),
    measure=residual.measure_moments,
    grid=grid(
        ["layer", "depth", "survival"],
        [(0, 1, 0.5), (1, 1, 0.5), (0, 2, 0.5), (2, 2, 0.5), (0, 4, 0.8), (3, 4, 0.8), (2, 3, 1.0)],
        [(0, 4, 0.2), (4, 4, 0.5), (0, 8, 0.5), (4, 8, 0.5)],
    ),
    place=_place_surviving_signals,
    axis="layer",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)

survivors_terms: dict[str, Any] = {
    "finite_size": BY_DEPTH,
    "relative_variance": survival_variance(
        lambda k, values: 2**k * (1 + k / 4), variance_of_products
    ),
}

mean_eigenvalue_stochastic_depth = Claim(
    id="furusho2020/mean-eig-sd",
    statement="The paper prints (pL+4)/(4L+4) 2^(pL) for the mean eigenvalue under Bernoulli "
    "dropping; the mean of an exponential is not the exponential of the mean.",
    judged=(
        refuted(
            forms.mean_eigenvalue_stochastic_depth_printed, "mean eigenvalue", **survivors_terms
        ),
        confirmed(forms.mean_eigenvalue_stochastic_depth, "mean eigenvalue", **survivors_terms),
    ),
    measure=residual.measure_mean_eigenvalue,
    grid=grid(
        ["depth", "survival"],
        [(1, 0.5), (2, 0.5), (3, 0.5), (5, 0.5), (3, 0.8), (6, 0.8), (4, 1.0), (3, 0.0)],
        [(8, 0.5), (4, 0.2), (10, 0.8), (10, 0.5)],
    ),
    place=_place_survival,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)


mean_eigenvalue_fixed_survivors = Claim(
    id="furusho2020/mean-eig-sd-fixed",
    statement="With exactly K = pL surviving blocks Theorem 8 is right: the mean eigenvalue is "
    "(K+4)/(4L+4) 2^K.",
    judged=(confirmed(forms.mean_eigenvalue_fixed_survivors, "mean eigenvalue", **PRODUCTS),),
    measure=residual.measure_mean_eigenvalue,
    grid=grid(
        ["depth", "survivors"],
        [(1, 0), (1, 1), (2, 1), (4, 2), (6, 3), (5, 4), (10, 5)],
        [(8, 4), (10, 8), (20, 10)],
    ),
    place=_place_survival,
    axis="depth",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)


# Largest eigenvalue ---------------------------------------------------------------------------

SURVIVAL = 0.8
"""Survival probability at which the top eigenvalue is judged."""


SHARE_VARIANCE = variance_over_width(lambda v: v["depth"])


def share_of_survivors(survivors: int, values: Parameters) -> float:
    """The top share given how many blocks survive; that of the linear network where none does."""
    samples, width = values["samples"], values["width"]
    if survivors == 0:
        return float((1 + math.sqrt(samples / width)) ** 2 / samples)
    return float(forms.top_eigenvalue_share_finite.value(depth=survivors, samples=samples))


def _place_top_share(parameters: Parameters, budget: Budget) -> list[Point]:
    square = math.ceil(240 / budget.sharpness)
    sizes = {"inputs": GAUSSIAN, "width": square, "samples": square // 2}
    return [
        *(
            placed(parameters, budget, 0.05, network=network, **sizes)
            for network in (RESNET, BATCH_NORM)
        ),
        placed(parameters, budget, 0.05,
            network=STOCHASTIC_DEPTH, survival=SURVIVAL, **sizes,
        ),
        *(
            on_digits(parameters, budget, 0.05, network=network)
            for network in (RESNET, BATCH_NORM)
        ),
    ]  # fmt: skip


top_eigenvalue_share = Claim(
    id="furusho2020/lambda-max-sharp",
    statement="The top eigenvalue of the Fisher information of one draw is rho_L times its trace, "
    "rho_L from the arc-cosine recursion at orthogonal inputs.",
    judged=(
        confirmed(
            forms.top_eigenvalue_share_finite,
            "top share",
            only={"network": RESNET},
            finite_size=TOP_SHARE,
            relative_variance=SHARE_VARIANCE,
        ),
        confirmed(
            forms.top_eigenvalue_share_bn_finite,
            "top share",
            only={"network": BATCH_NORM},
            finite_size=TOP_SHARE,
            relative_variance=variance_over_width(lambda v: 1),
        ),
        confirmed(
            forms.top_eigenvalue_share_stochastic_depth,
            "top share",
            only={"network": STOCHASTIC_DEPTH},
            finite_size=TOP_SHARE,
            relative_variance=survival_variance(share_of_survivors, SHARE_VARIANCE),
        ),
    ),
    measure=residual.measure_top_share,
    grid=depths((1, 2, 3, 5), (4, 8)),
    place=_place_top_share,
    axis="depth",
    notes=(
        "With stochastic depth a network that loses every block is linear. The claim as first "
        "posed gave it the share 1/N of orthogonal inputs and was REFUTED at L = 1, p = 0.8 "
        "(0.0588 claimed, 0.0633 measured): its kernel is X X^T, whose top eigenvalue sits at the "
        "Marchenko-Pastur edge. The form below has that term.",
        "Stated for N/D between 1/4 and 4, with the share of N inputs rho + (1 - rho)/N and a "
        "remainder of 10/D: inputs are orthogonal up to cosines of order 1/sqrt(D).",
        "At width 48 the remainder is 0.21: the digits are shown and not counted.",
    ),
)


def _place_expected(parameters: Parameters, budget: Budget) -> list[Point]:
    sizes = {"inputs": GAUSSIAN, "width": 100, "samples": 50, "draws": 30}
    return [
        placed(parameters, budget, 0.1, network=RESNET, **sizes),
        placed(parameters, budget, 0.1, network=BATCH_NORM, **sizes),
        placed(parameters, budget, 0.1,
            network=STOCHASTIC_DEPTH, survival=SURVIVAL, **sizes,
        ),
    ]  # fmt: skip


DRAW_VARIANCE = variance_over_width(lambda v: 10 * v["depth"])
"""Relative variance of the leading term of one draw."""

SURVIVING_DRAW_VARIANCE = survival_variance(lambda k, values: 2**k - 1, DRAW_VARIANCE)
"""The same over which blocks survive: the leading term is proportional to 2^K - 1."""


def averaged(law: residual.Law) -> residual.Law:
    """Relative variance of an average over the draws of a group."""
    return lambda values: law(values) / values["draws"]


def _bounds(network: str, lower: ClosedForm, upper: ClosedForm) -> tuple[Judged, Judged]:
    one_draw = SURVIVING_DRAW_VARIANCE if network == STOCHASTIC_DEPTH else DRAW_VARIANCE
    terms = {
        "only": {"network": network},
        "finite_size": EXPECTED_TOP,
        "relative_variance": averaged(one_draw),
    }
    return (
        confirmed(lower, "top eigenvalue", relation="at least", **terms),
        confirmed(upper, "top eigenvalue", relation="at most", **terms),
    )


expected_top_eigenvalue = Claim(
    id="furusho2020/expected-fim-lambda-max",
    statement="The top eigenvalue of the Fisher information averaged over draws lies between the "
    "mean eigenvalue m and (L+1) D^2 m.",
    judged=(
        *_bounds(
            RESNET,
            forms.top_eigenvalue_lower_bound_resnet,
            forms.top_eigenvalue_upper_bound_resnet,
        ),
        *_bounds(
            BATCH_NORM,
            forms.top_eigenvalue_lower_bound_bn_printed,
            forms.top_eigenvalue_upper_bound_bn_printed,
        ),
        *_bounds(
            BATCH_NORM,
            forms.top_eigenvalue_lower_bound_bn,
            forms.top_eigenvalue_upper_bound_bn,
        ),
        *_bounds(
            STOCHASTIC_DEPTH,
            forms.top_eigenvalue_lower_bound_stochastic_depth_printed,
            forms.top_eigenvalue_upper_bound_stochastic_depth_printed,
        ),
        *_bounds(
            STOCHASTIC_DEPTH,
            forms.top_eigenvalue_lower_bound_stochastic_depth,
            forms.top_eigenvalue_upper_bound_stochastic_depth,
        ),
        confirmed(
            forms.expected_top_eigenvalue_resnet,
            "projected",
            only={"network": RESNET},
            finite_size=EXPECTED_TOP,
            relative_variance=averaged(DRAW_VARIANCE),
        ),
    ),
    measure=residual.measure_expected,
    grid=depths((1, 2, 3), (4,)),
    place=_place_expected,
    axis="depth",
    notes=(
        "The top eigenvalue of an average over finitely many draws exceeds that of the "
        "expectation on average, so 'at most' is judged on the safe side and 'at least' is easy.",
        "The bounds are (L+1) D^2 apart. The sharp form is judged on v^T F v for the fixed unit "
        "vector v of its derivation, whose expectation is at most the top eigenvalue.",
    ),
)


# Hessian --------------------------------------------------------------------------------------


def _place_hessian(parameters: Parameters, budget: Budget) -> list[Point]:
    sizes = {"width": 4, "samples": 5}
    return [Point(parameters=parameters, setting=sizes, margin=0.0)]


hessian_decomposition = Claim(
    id="furusho2020/hessian-fisher",
    statement="The Hessian of the squared loss is H = F - E[(y - f) grad grad f].",
    judged=(
        confirmed(
            forms.hessian_decomposition,
            "ratio",
            relation="exact",
            finite_size=lambda values: residual.IDENTITY,
            relative_variance=None,
        ),
    ),
    measure=residual.measure_hessian,
    grid=depths((1, 2, 3), ()),
    place=_place_hessian,
    axis="depth",
)

CLAIMS = (
    half_active,
    moment_independence,
    moments_resnet,
    mean_eigenvalue_resnet,
    moments_batch_norm,
    mean_eigenvalue_batch_norm,
    mean_eigenvalue_coupled,
    moments_stochastic_depth,
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_fixed_survivors,
    top_eigenvalue_share,
    expected_top_eigenvalue,
    hessian_decomposition,
)
