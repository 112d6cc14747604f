"""What the claims about random residual networks share: how they are simulated, and on what terms.

The remainders and relative variances stated here are part of what is tested: a limit is judged
within its remainder, and a lower side only for networks whose relative variance is at most the
stated one.  They are laws in depth L, width D and samples N, not fits to a run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics import fisher
from numerics.data import MAXIMUM_WIDTH, TRAIN_SAMPLES
from numerics.measurement import Measurement
from verify.claim import Budget, Point, Value

ROUNDING = 1e-6
"""Normal numbers are drawn in single precision; products of a few layers err by less than this."""

IDENTITY = 1e-10
"""Relative rounding of an identity in double precision at the sizes used here."""

SINGLE_INPUT = "one input, exact in law"
GAUSSIAN, DIGITS = "gaussian", "digits"

Law = Callable[[Mapping[str, Any]], float]
Drawn = Mapping[str, NDArray[np.float64]]


def over_width(count: Law) -> Law:
    """The remainder count/D of a wide limit at one input."""
    return lambda values: ROUNDING + count(values) / values["width"]


def over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N), for quantities that batch statistics enter."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"])


def squared_over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N)^2 of a value extrapolated from D and N and their halves."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"]) ** 2


def variance_of_products(values: Mapping[str, Any]) -> float:
    """A bound on the relative variance of a product over L layers.

    At one input exp(6 L / D) - 1: |u|^2 / D at the first layer has relative variance 5/D exactly
    (the fourth moment of half a normal number), and each further layer multiplies the second moment
    by about 1 + 4/D.  Averaged over at least D inputs exp(2 (L + 1) / D) - 1.
    """
    depth, width = values["depth"], values["width"]
    if values["inputs"] == SINGLE_INPUT:
        return math.expm1(6 * depth / width)
    return math.expm1(2 * (depth + 1) / width)


def variance_over_width(count: Law) -> Law:
    """A relative variance of count/D."""
    return lambda values: count(values) / values["width"]


def wide(layers: int, budget: Budget) -> int:
    """The width at which the remainder layers/D is 1 % (at the quick budget)."""
    return math.ceil(100 * layers / budget.sharpness)


def placed(parameters: Mapping[str, Value], budget: Budget, margin: float, **setting: Any) -> Point:
    """A point judged at `margin` beyond the remainder of each form, less at larger budgets."""
    return Point(parameters=parameters, setting=setting, margin=margin * budget.sharpness)


def on_digits(
    parameters: Mapping[str, Value], budget: Budget, margin: float, **setting: Any
) -> Point:
    """The point on the digits, at the full width that they allow."""
    size = {"inputs": DIGITS, "width": MAXIMUM_WIDTH, "samples": TRAIN_SAMPLES}
    return placed(parameters, budget, margin, **size, **setting)


def simulated(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of numerics that a point holds."""
    names = ("network", "depth", "width", "samples", "inputs", "survival", "survivors")
    return {name: values[name] for name in names if name in values}


def layered(measured: Any, values: Mapping[str, Any], names: Sequence[str]) -> Drawn:
    """Per-network values of moments at the point's layer; the forward ones start at layer 1."""
    drawn = {}
    for name in names:
        per_network = getattr(measured, name).per_network
        first = values["depth"] + 1 - per_network.shape[1]
        if values["layer"] >= first:
            drawn[name] = per_network[:, values["layer"] - first]
    return drawn


def per_network(measurement: Measurement | None) -> NDArray[np.float64]:
    """The values of a measurement that was asked for."""
    assert measurement is not None
    return measurement.per_network


def measure_moments(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Second moments at the point's layer, from one input or from a data set."""
    arguments = {**simulated(values), **run, "networks": run["networks"]}
    names = ["forward", "backward", "product", "activation_rate"]
    if values["inputs"] == SINGLE_INPUT:
        del arguments["inputs"]
        return layered(fisher.measure_single_input(**arguments), values, names)
    return layered(fisher.measure_moments(**arguments), values, [*names, "variance"])


def measure_mean_eigenvalue(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Mean eigenvalue of the Fisher information, from one input or from a data set."""
    arguments = {**simulated(values), **run}
    if values["inputs"] == SINGLE_INPUT:
        del arguments["inputs"]
        measured = fisher.measure_single_input(**arguments).mean_eigenvalue
    else:
        measured = fisher.measure_spectrum(**arguments, top=False).mean_eigenvalue
    return {"mean eigenvalue": measured.per_network}


def measure_coupled(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Mean eigenvalue with gradients through the batch statistics, and its share of the other.

    The share, coupled over held fixed on the same networks, is measured at half the sizes too: its
    remainder is proportional to 1/D + 1/N, and 2 share(D, N) - share(D/2, N/2) is free of it.
    """
    mean, share = _coupled_share({**simulated(values), **run})
    half = {name: values[name] // 2 for name in ("width", "samples")}
    _, half_share = _coupled_share({**simulated(values), **run, **half})
    return {"mean eigenvalue": mean, "share": 2 * share - half_share}


def _coupled_share(arguments: Mapping[str, Any]) -> tuple[Any, Any]:
    coupled = fisher.measure_spectrum(**arguments, top=False, statistics="coupled")
    fixed = fisher.measure_spectrum(**arguments, top=False)
    mean = coupled.mean_eigenvalue.per_network
    return mean, mean / fixed.mean_eigenvalue.per_network


def measure_top_share(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Top eigenvalue over trace, for each network."""
    return {"top share": per_network(fisher.measure_spectrum(**simulated(values), **run).top_share)}


def measure_expected(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Top eigenvalue of the Fisher information averaged over a group of draws."""
    measured = fisher.measure_expected_spectrum(**simulated(values), **run, draws=values["draws"])
    return {
        "top eigenvalue": measured.top_eigenvalue.per_network,
        "projected": measured.projected.per_network,
    }


def measure_hessian(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Norm of the right side of eq 20 over that of the left: 1 plus their relative distance."""
    del run["device"]
    sizes = {name: values[name] for name in ("depth", "width", "samples")}
    return {"ratio": 1 + fisher.measure_hessian_gap(**sizes, **run).per_network}


def measure_eigenvalues(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Mean and top eigenvalue of the Fisher information of each network."""
    measured = fisher.measure_spectrum(**simulated(values), **run)
    return {
        "mean eigenvalue": measured.mean_eigenvalue.per_network,
        "top eigenvalue": per_network(measured.top_eigenvalue),
    }
