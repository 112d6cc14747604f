"""The figures of the source, redrawn from our own networks.

An observation is a measurement without a verdict: it is made once, kept in the ledger, and drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from numerics.data import TRAIN_SAMPLES
from theory import fisher as forms
from theory.closed_form import ClosedForm
from verify.claim import Measure, Value, named, noise_seed
from verify.claims import measurements
from verify.claims.terms import (
    BATCH_NORM,
    DIGITS,
    RESNET,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
)
from verify.executors import in_flight, result_of
from verify.identity import name_of
from verify.judge import Progress, resolved
from verify.ledger import Ledger, fingerprint
from verify.statistics import Target, weigh

PAPER = "furusho2020"
"""The source: key of the paper whose figures these are."""

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


@dataclass(frozen=True)
class Observation:
    """A quantity to measure on so many networks at one place."""

    measure: Measure
    quantity: str
    values: Mapping[str, Value]
    networks: int

    @property
    def key(self) -> str:
        """Digest of what is simulated."""
        return fingerprint(name_of(self.measure), dict(self.values), self.networks)


Seen = Mapping[str, Mapping[str, Sequence[float]]]
"""Mean and standard error of each quantity, by observation key."""


def observe(
    seed: int,
    executor: Executor,
    device: str,
    ledger: Ledger,
    report: Callable[[Progress], None],
) -> list[dict[str, Any]]:
    """Make the observations that the ledger lacks, and draw every figure."""
    wanted = {one.key: one for figure in FIGURES for one in figure.observations()}
    kind = resolved(device)
    marks = {key: fingerprint(key, str(seed), kind) for key in wanted}
    seen = {key: ledger.record("observation", mark) for key, mark in marks.items()}
    missing = [key for key, content in seen.items() if content is None]
    networks = 0
    for done, (key, content) in enumerate(_made(executor, missing, wanted, seed, kind), 1):
        ledger.add_record("observation", marks[key], content)
        seen[key] = content
        networks += wanted[key].networks
        report(Progress("figures of the source", done, len(missing), networks))
    return [figure.drawn(seen) for figure in FIGURES]


def _made(
    executor: Executor,
    keys: Sequence[str],
    wanted: Mapping[str, Observation],
    seed: int,
    device: str,
) -> Iterator[tuple[str, dict[str, Any]]]:
    waiting = list(reversed(keys))
    pending: dict[Future[dict[str, Any]], str] = {}
    try:
        while waiting or pending:
            while waiting and len(pending) < in_flight(executor):
                key = waiting.pop()
                pending[executor.submit(observed, wanted[key], seed, device)] = key
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                key = pending.pop(future)
                yield key, result_of(future, partial(_place, wanted[key]))
    finally:
        for future in pending:
            future.cancel()


def _place(one: Observation) -> str:
    return f"figures of the source at {named(one.values)}"


def observed(one: Observation, seed: int, device: str) -> dict[str, Any]:
    """Mean and standard error of each quantity that the measurement returns."""
    drawn = one.measure(
        one.values,
        seed=noise_seed(seed, "figure", one.key),
        first_network=0,
        networks=one.networks,
        device=device,
    )
    unit = Target("exact", 1.0, 1.0, 0.0, None, 1.0)
    weighed = {name: weigh(values, unit) for name, values in drawn.items()}
    return {name: [found.mean, found.standard_error] for name, found in weighed.items()}


@dataclass(frozen=True)
class Figure:
    """A figure of the paper: what it needs to see, and how it is drawn."""

    id: str
    title: str
    caption: str
    source: str
    observations: Callable[[], Sequence[Observation]]
    panels: Callable[[Seen], list[dict[str, Any]]]

    def drawn(self, seen: Seen) -> dict[str, Any]:
        """The figure for the report."""
        return {
            "id": self.id,
            "title": self.title,
            "caption": self.caption,
            "source": self.source,
            "panels": self.panels(seen),
        }


def measured_series(
    label: str, x: Sequence[float], observations: Sequence[Observation], seen: Seen
) -> dict[str, Any]:
    """A series of markers with error bars."""
    found = [seen[one.key][one.quantity] for one in observations]
    return {
        "label": label,
        "kind": "measured",
        "x": list(x),
        "y": [mean for mean, _ in found],
        "standard_error": [error for _, error in found],
    }


def line(label: str, kind: str, x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    """A series without errors."""
    return {"label": label, "kind": kind, "x": list(x), "y": list(y), "standard_error": None}


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
    return Observation(measurements.measure_moments, "product", values, networks=20_000)


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
