"""The figures of Furusho (2020), redrawn from our own networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numerics.simulation.data import TRAIN_SAMPLES
from theory import fisher as forms
from theory.closed_form import ClosedForm
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS,
    MOMENTS,
    RESNET,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
    measured,
    moments_of_one_input,
)
from verify.model import Claim, Experiment, Point, Value
from verify.relations import Observed
from verify.report.figures import furusho2020_training, loss_curves
from verify.report.figures.figure import Figure, Seen, at, line, measured_series

NETWORK_NAMES = {
    RESNET: "ResNet",
    BATCH_NORM: "ResNet with batch norm",
    STOCHASTIC_DEPTH: "ResNet with stochastic depth",
}
DEEPEST = 8
LAYERS = range(1, DEEPEST + 1)
DEPTHS = range(1, 7)
SURVIVALS = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDTHS = (8, 16, 24, 32, 40, 48)
FIGURE_DEPTH, FIGURE_SURVIVAL = 2, 0.5
"""Depth and survival probability of Fig 16 where it varies something else (its caption)."""

DATA: dict[str, Value] = {"inputs": DIGITS, "samples": TRAIN_SAMPLES}


# Figure 15 ------------------------------------------------------------------------------------


def kind_of_network(network: str, survival: Value) -> dict[str, Value]:
    """What names a kind of network; only stochastic depth has a survival probability."""
    dropping = {"survival": survival} if network == STOCHASTIC_DEPTH else {}
    return {"network": network, **dropping}


layers = Experiment(
    "every layer of a network",
    MOMENTS,
    setting={**DATA, "width": 48, "depth": DEEPEST},
    reads=("layer",),
)
active_units = Claim(
    "furusho2020/figure-15",
    "The share of active hidden units in each layer.",
    says=Observed("activation rate", networks=100),
    by=layers,
)


def activations(network: str) -> list[Point]:
    """Every layer, on the digits."""
    kind = kind_of_network(network, FIGURE_SURVIVAL)
    return [at(layers, **kind, layer=layer) for layer in LAYERS]


def _activation_panels(seen: Seen) -> list[dict[str, Any]]:
    x = list(LAYERS)
    return [
        {
            "title": name,
            "x_label": "layer l",
            "y_label": "share of active units",
            "log_y": False,
            "series": [
                line("Assumption 2", "theory", x, [0.5 for _ in x]),
                measured_series("measured", x, activations(kind), "activation rate", seen),
            ],
        }
        for kind, name in NETWORK_NAMES.items()
    ]


activation_rates = Figure(
    id="figure-15",
    title="Activation rates",
    caption="Share of active hidden units in each layer, on the whitened digits 0 and 1 "
    "(D = 48, 100 networks; survival probability 0.5).",
    source="Furusho (2020), Fig 15",
    shows=active_units,
    points=[point for kind in NETWORK_NAMES for point in activations(kind)],
    panels=_activation_panels,
)


# The gap of Assumption 1 ----------------------------------------------------------------------

GAP_DEPTH, GAP_LAYER = 5, 3
GAP_WIDTHS = (25, 50, 100, 200, 400)


one_input = Experiment(
    "one input",
    moments_of_one_input.measure,
    setting={
        "network": RESNET,
        "inputs": SINGLE_INPUT,
        "depth": GAP_DEPTH,
        "layer": GAP_LAYER,
    },
)
products = Claim(
    "furusho2020/assumption-1",
    "The second moment of the product of a forward and a backward signal.",
    says=Observed("product", networks=20_000),
    by=one_input,
)
by_width = [at(one_input, width=width) for width in GAP_WIDTHS]


def _gap_panels(seen: Seen) -> list[dict[str, Any]]:
    widths = list(GAP_WIDTHS)
    limit = forms.second_moment_product_resnet.value(layer=GAP_LAYER, depth=GAP_DEPTH)
    gap = measured_series("measured", widths, by_width, "product", seen)
    gap["y"] = [mean / limit - 1 for mean in gap["y"]]
    gap["standard_error"] = [error / limit for error in gap["standard_error"]]
    stated = line("stated remainder L/D", "bound", widths, [GAP_DEPTH / width for width in widths])
    return [
        {
            "title": "ResNet",
            "x_label": "width D",
            "y_label": "E[u² δ²] / (E[u²] E[δ²]) − 1",
            "log_y": False,
            "series": [line("Assumption 1", "theory", widths, [0.0 for _ in widths]), stated, gap],
        }
    ]


independence_gap = Figure(
    id="assumption-1",
    title="The gap of Assumption 1",
    caption="How far the second moment of the product of a forward and a backward signal exceeds "
    f"the product of their wide-limit moments (L = {GAP_DEPTH}, l = {GAP_LAYER}, 20,000 networks "
    "at one input). It falls like 1/D, within the remainder that the claims state.",
    source="Furusho (2020), Assumption 1",
    shows=products,
    points=by_width,
    panels=_gap_panels,
)


# Figure 16 ------------------------------------------------------------------------------------

Axis = Sequence[tuple[float, dict[str, Value]]]
"""Places along an axis: the abscissa, and depth, width and survival there."""


def _along_depth() -> Axis:
    return [(n, {"depth": n, "width": 48, "survival": FIGURE_SURVIVAL}) for n in DEPTHS]


def _along_survival() -> Axis:
    return [(p, {"depth": FIGURE_DEPTH, "width": 48, "survival": p}) for p in SURVIVALS]


def _along_width() -> Axis:
    size = {"depth": FIGURE_DEPTH, "survival": FIGURE_SURVIVAL}
    return [(n, {**size, "width": n}) for n in WIDTHS]


one_draw = Experiment("one draw", measured("spectrum"), setting=DATA)
averaged = Experiment(
    "averaged over 20 draws", measured("expected_spectrum"), setting={**DATA, "draws": 20}
)
eigenvalues = Claim(
    "furusho2020/figure-16",
    "Mean and top eigenvalue of the Fisher information.",
    says=(
        Observed("mean eigenvalue", networks=100, by=(one_draw,)),
        Observed("top eigenvalue", networks=100, by=(one_draw,)),
        Observed("top eigenvalue", networks=5, by=(averaged,)),
    ),
    by=(one_draw, averaged),
)


def points_along(experiment: Experiment, network: str, axis: Axis) -> list[Point]:
    """The points of one kind of network along an axis."""
    return [
        at(
            experiment,
            **kind_of_network(network, place["survival"]),
            depth=place["depth"],
            width=place["width"],
        )
        for _, place in axis
    ]


MEANS: dict[str, tuple[ClosedForm | None, ClosedForm]] = {
    RESNET: (None, forms.mean_eigenvalue_resnet),
    BATCH_NORM: (forms.mean_eigenvalue_bn_printed, forms.mean_eigenvalue_bn),
    STOCHASTIC_DEPTH: (
        forms.mean_eigenvalue_stochastic_depth_printed,
        forms.mean_eigenvalue_stochastic_depth,
    ),
}
"""The mean eigenvalue as printed where that is refuted, and as it should be used."""

UPPER: dict[str, ClosedForm] = {
    RESNET: forms.top_eigenvalue_upper_bound_resnet,
    BATCH_NORM: forms.top_eigenvalue_upper_bound_bn,
    STOCHASTIC_DEPTH: forms.top_eigenvalue_upper_bound_stochastic_depth,
}

SHARES: dict[str, ClosedForm] = {
    RESNET: forms.top_eigenvalue_share_finite,
    BATCH_NORM: forms.top_eigenvalue_share_bn_finite,
}


def along(form: ClosedForm, axis: Axis) -> list[float]:
    """The form's values at the places of an axis."""
    samples = {"samples": DATA["samples"]}
    return [
        float(form.value(**{name: {**samples, **place}[name] for name in form.domain}))
        for _, place in axis
    ]


def _eigenvalue_panel(network: str, axis: Axis, x_label: str, seen: Seen) -> dict[str, Any]:
    x = [abscissa for abscissa, _ in axis]
    single, average = (points_along(one, network, axis) for one in (one_draw, averaged))
    printed, right = MEANS[network]
    series = [] if printed is None else [line("mean, printed", "printed", x, along(printed, axis))]
    label = "mean, theory" if printed is None else "mean, corrected"
    upper = along(UPPER[network], axis)
    series += [
        line(label, "theory" if printed is None else "corrected", x, along(right, axis)),
        measured_series("mean, measured", x, single, "mean eigenvalue", seen),
        line("upper bound of the top", "bound", x, upper),
    ]
    if network in SHARES:
        shares = along(SHARES[network], axis)
        sharp = [share * trace for share, trace in zip(shares, upper, strict=True)]
        series.append(line("top of one draw, rho times trace", "theory", x, sharp))
    series += [
        measured_series("top of one draw", x, single, "top eigenvalue", seen),
        measured_series("top of the expected FIM", x, average, "top eigenvalue", seen),
    ]
    return {
        "title": NETWORK_NAMES[network],
        "x_label": x_label,
        "y_label": "eigenvalue",
        "log_y": True,
        "series": series,
    }


def eigenvalue_figure(
    letter: str, what: str, networks: Sequence[str], axis: Axis, x_label: str
) -> Figure:
    """One row of Fig 16."""
    return Figure(
        id=f"figure-16{letter}",
        title=f"Eigenvalues against {what}",
        caption="Mean eigenvalue, top eigenvalue of one draw (100 networks) and of the Fisher "
        "information averaged over 20 draws, on the whitened digits; the mean itself is the lower "
        f"bound. D = 48, L = {FIGURE_DEPTH}, p = {FIGURE_SURVIVAL} unless varied.",
        source=f"Furusho (2020), Fig 16 ({letter})",
        shows=eigenvalues,
        points=[
            point
            for network in networks
            for experiment in (one_draw, averaged)
            for point in points_along(experiment, network, axis)
        ],
        panels=lambda seen: [_eigenvalue_panel(kind, axis, x_label, seen) for kind in networks],
    )


FIGURES = (
    activation_rates,
    independence_gap,
    eigenvalue_figure("a", "depth", tuple(NETWORK_NAMES), _along_depth(), "depth L"),
    eigenvalue_figure(
        "b", "survival probability", (STOCHASTIC_DEPTH,), _along_survival(), "survival p"
    ),
    eigenvalue_figure("c", "width", tuple(NETWORK_NAMES), _along_width(), "width D"),
    *loss_curves.FIGURES,
    *furusho2020_training.FIGURES,
)
