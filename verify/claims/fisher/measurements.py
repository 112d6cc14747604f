"""How claims about random residual networks are measured: one function for each kind of quantity.

Each takes the values of a point and a run (seed, first_network, networks, device), and returns one
number a network for each quantity.  Workers import them by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from numerics import fisher
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    BETWEEN,
    FEW_INPUTS,
    ORTHOGONAL,
    RESNET,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
)
from verify.claims.fisher.relations import WIDTHS

if TYPE_CHECKING:
    Drawn = Mapping[str, NDArray[np.float64]]


def ensemble(values: Mapping[str, Any], **run: Any) -> fisher.Ensemble:
    """The networks of a point, in float32: its rounding is far below any error that is judged."""
    one = {"samples": 1} if values.get("inputs") == SINGLE_INPUT else {}
    return fisher.Ensemble(**{**simulated(values), **one, **run, "dtype": "float32"})


def simulated(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of numerics that a point holds; some inputs have functions of their own."""
    names = ("network", "depth", "width", "samples", "inputs", "survival", "survivors")
    held = {name: values[name] for name in names if name in values}
    if held["inputs"] in (SINGLE_INPUT, FEW_INPUTS, ORTHOGONAL):
        del held["inputs"]
    return held


def layered(measured: Any, values: Mapping[str, Any], names: Sequence[str]) -> Drawn:
    """Per-network values of moments at the point's layer, or a column for each of its layers.

    Forward moments start at layer 1; what a layer lacks is NaN.
    """
    asked = np.atleast_1d(values["layer"])
    drawn = {}
    for name in names:
        per_network = getattr(measured, name).per_network
        first = values["depth"] + 1 - per_network.shape[1]
        columns = np.where(asked >= first, asked - first, 0)
        found = np.where(asked >= first, per_network[:, columns], np.nan)
        drawn[name] = found if isinstance(values["layer"], tuple) else found[:, 0]
    return drawn


def measure_single_input(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Second moments where layers are asked for, else the mean eigenvalue, from one input."""
    networks, units = ensemble(values, **run), values.get("units")
    if "layer" in values:
        # Each layer has its own best law of survivors; all layers together have the plain one.
        single = fisher.measure_single_input(networks, tilted_above=values["depth"], units=units)
        return layered(single, values, MOMENTS)
    mean = fisher.measure_single_input(networks, units=units).mean_eigenvalue
    return {"mean eigenvalue": mean.per_network}


def measure_dropped(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Second moments at a layer of a network with stochastic depth, from one input.

    Forward signals are those of the plain network, averaged over survivors.
    """
    layer, units = values["layer"], values.get("units")
    single = fisher.measure_single_input(ensemble(values, **run), tilted_above=layer, units=units)
    drawn = {"backward": single.backward.per_network[:, layer]}
    if layer == 0:
        return {**drawn, "forward": np.full(run["networks"], np.nan)}
    whole = {**values, "network": RESNET, "depth": layer}
    plain = fisher.measure_single_input(
        ensemble({name: one for name, one in whole.items() if name != "survival"}, **run),
        units=units,
    )
    active = fisher.averaged_over_survivors(plain.forward, survival=values["survival"])
    return {**drawn, "forward": values["survival"] * active.per_network[:, -1]}


MOMENTS = ("forward", "backward", "product", "activation_rate")


def measure_moments(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Second moments at the point's layers, from a data set."""
    return layered(fisher.measure_moments(ensemble(values, **run)), values, (*MOMENTS, "variance"))


def measure_share_between_inputs(values: Mapping[str, Any], **run: Any) -> Drawn:
    """The top share at a few inputs N, and what it says of rho, by rho + (1 - rho)/N.

    With dropping exactly averaged over how many blocks survive, a column for each survival: each
    number of survivors K ~ Bin(L, p) has a network of its own, of the same noise.
    """
    arguments = {**simulated(values), **run}
    if "survival" not in values:
        between, samples = _between_inputs(values, arguments), values["samples"]
        return {BETWEEN: between, "top share": (1 + (samples - 1) * between) / samples}
    survival, depth = np.atleast_1d(arguments.pop("survival")), values["depth"]
    shares = binom(depth, survival).pmf(np.arange(depth + 1)[:, None])
    drawn = [_between_inputs(values, {**arguments, "survivors": k}) for k in range(depth + 1)]
    found = np.tensordot(drawn, shares, axes=(0, 0))
    return {BETWEEN: found if isinstance(values["survival"], tuple) else found[:, 0]}


def _between_inputs(values: Mapping[str, Any], arguments: Mapping[str, Any]) -> NDArray[np.float64]:
    measured = fisher.measure_few_inputs(
        fisher.Ensemble(**arguments), orthogonal=values["inputs"] == ORTHOGONAL
    )
    samples = values["samples"]
    return (samples * measured.top_share.per_network - 1) / (samples - 1)


def measure_projected(values: Mapping[str, Any], **run: Any) -> Drawn:
    """v^T F v at one input, whose mean over networks needs no further average, over D^2.

    In units of the point's own: of the square of its width, `reference`.
    """
    measured = fisher.measure_single_projection(ensemble(values, **run), units=values["units"])
    scale = (values["reference"] / values["width"]) ** 2
    return {"projected": scale * measured.per_network}


def measure_hessian(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Norm of the right side of eq 20 over that of the left: 1 plus their relative distance."""
    sizes = {name: values[name] for name in ("depth", "width", "samples")}
    networks = fisher.Ensemble(network=RESNET, **sizes, **run)
    return {"ratio": 1 + fisher.measure_hessian_gap(networks).per_network}


def measure_ranking(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Mean eigenvalue of the three networks of one set of weights and inputs, a row a set."""
    sizes = {name: values[name] for name in ("depth", "width", "samples", "inputs")}
    survival = {BATCH_NORM: None, STOCHASTIC_DEPTH: values["survival"], RESNET: None}
    columns = [
        fisher.measure_spectrum(network=name, survival=p, top=False, **sizes, **run)
        for name, p in survival.items()
    ]
    return {"ranking": np.column_stack([one.mean_eigenvalue.per_network for one in columns])}


def measure_by_width(values: Mapping[str, Any], **run: Any) -> Drawn:
    """v^T F v of one network for each of the widths, a row a network number."""
    columns = [
        fisher.measure_single_projection(
            ensemble({**values, "width": values["width"] * factor}, **run)
        ).per_network
        for factor in WIDTHS
    ]
    return {"projected": np.column_stack(columns)}
