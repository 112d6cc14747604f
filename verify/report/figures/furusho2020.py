"""The figures of Furusho (2020), redrawn from our own networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numerics.simulation.data import TRAIN_SAMPLES
from theory import fisher as forms
from theory.closed_form import ClosedForm
from verify.claims.fisher import measurements
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS,
    RESNET,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
)
from verify.model import Value
from verify.report.figures.observations import Figure, Observation, Seen, line, measured_series

NETWORK_NAMES = {
    RESNET: "ResNet",
    BATCH_NORM: "ResNet with batch norm",
    STOCHASTIC_DEPTH: "ResNet with stochastic depth",
}
LAYERS = range(1, 9)
DEPTHS = range(1, 7)
SURVIVALS = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDTHS = (8, 16, 24, 32, 40, 48)
FIGURE_DEPTH, FIGURE_SURVIVAL = 2, 0.5
"""Depth and survival probability of Fig 16 where it varies something else (its caption)."""

DATA: dict[str, Value] = {"inputs": DIGITS, "samples": TRAIN_SAMPLES}


# Figure 15 ------------------------------------------------------------------------------------


def network_values(network: str, survival: float) -> dict[str, Value]:
    """The setting that names a kind of network."""
    dropping = {"survival": survival} if network == STOCHASTIC_DEPTH else {}
    return {"network": network, **dropping, **DATA}


def activation(network: str, layer: int) -> Observation:
    """Share of active units in a layer, on the digits."""
    values = {
        **network_values(network, FIGURE_SURVIVAL), "width": 48, "layer": layer, "depth": layer,
    }  # fmt: skip
    return Observation(measurements.measure_moments, "activation_rate", values, networks=100)


def _activation_panels(seen: Seen) -> list[dict[str, Any]]:
    layers = list(LAYERS)
    return [
        {
            "title": name,
            "x_label": "layer l",
            "y_label": "share of active units",
            "log_y": False,
            "series": [
                line("Assumption 2", "theory", layers, [0.5 for _ in layers]),
                measured_series("measured", layers, [activation(kind, n) for n in layers], seen),
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
    observations=lambda: [activation(kind, n) for kind in NETWORK_NAMES for n in LAYERS],
    panels=_activation_panels,
)


# The gap of Assumption 1 ----------------------------------------------------------------------

GAP_DEPTH, GAP_LAYER = 5, 3
GAP_WIDTHS = (25, 50, 100, 200, 400)


def product(width: int) -> Observation:
    """Second moment of the product of signals, at one input."""
    values: dict[str, Value] = {
        "network": RESNET,
        "inputs": SINGLE_INPUT,
        "width": width,
        "depth": GAP_DEPTH,
        "layer": GAP_LAYER,
    }
    return Observation(measurements.measure_single_input, "product", values, networks=20_000)


def _gap_panels(seen: Seen) -> list[dict[str, Any]]:
    widths = list(GAP_WIDTHS)
    limit = forms.second_moment_product_resnet.value(layer=GAP_LAYER, depth=GAP_DEPTH)
    gap = measured_series("measured", widths, [product(width) for width in widths], seen)
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
    observations=lambda: [product(width) for width in GAP_WIDTHS],
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


def spectrum(network: str, place: Mapping[str, Any], quantity: str) -> Observation:
    """Mean and top eigenvalue of the FIM of one draw."""
    sizes = {name: place[name] for name in ("depth", "width")}
    values = {**network_values(network, place["survival"]), **sizes}
    return Observation(measurements.measure_eigenvalues, quantity, values, networks=100)


def expected_top(network: str, place: Mapping[str, Any]) -> Observation:
    """Top eigenvalue of the FIM averaged over 20 draws."""
    sizes = {name: place[name] for name in ("depth", "width")}
    values = {**network_values(network, place["survival"]), **sizes, "draws": 20}
    return Observation(measurements.measure_expected, "top eigenvalue", values, networks=5)


def _observations_along(axis: Axis, networks: Sequence[str]) -> list[Observation]:
    return [
        one
        for network in networks
        for _, place in axis
        for one in (spectrum(network, place, "mean eigenvalue"), expected_top(network, place))
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
    places = [place for _, place in axis]
    printed, right = MEANS[network]
    series = [] if printed is None else [line("mean, printed", "printed", x, along(printed, axis))]
    label = "mean, theory" if printed is None else "mean, corrected"
    upper = along(UPPER[network], axis)
    series += [
        line(label, "theory" if printed is None else "corrected", x, along(right, axis)),
        measured_series(
            "mean, measured", x, [spectrum(network, one, "mean eigenvalue") for one in places], seen
        ),
        line("upper bound of the top", "bound", x, upper),
    ]
    if network in SHARES:
        shares = along(SHARES[network], axis)
        sharp = [share * trace for share, trace in zip(shares, upper, strict=True)]
        series.append(line("top of one draw, rho times trace", "theory", x, sharp))
    series += [
        measured_series(
            "top of one draw", x, [spectrum(network, one, "top eigenvalue") for one in places], seen
        ),
        measured_series(
            "top of the expected FIM", x, [expected_top(network, one) for one in places], seen
        ),
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
        observations=lambda: _observations_along(axis, networks),
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
)
