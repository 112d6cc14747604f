"""Moments of what flows through a module: activations and gradients, by layer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.modules.ensemble import Ensemble, Network, Sizes, Tensors, outputs, over_networks


@dataclass(frozen=True, kw_only=True)
class LayerMoments:
    """Moments by layer, one row a network and a column for each of ``layers``.

    A layer is a call of a submodule that has none inside and returns a real tensor. A function
    (such as `torch.relu`) is no layer.

    Attributes:
        layers: names of the submodules in the order of their calls; a second call is "name (2)".
        mean: the mean of a, a layer's output, over samples and units.
        second_moment: the mean of a^2 over samples and units.
        gradient: the mean over samples n, outputs c and units i of (d f_nc / d a_i)^2, summed over
            the samples whose a_i it is: all of a batch, where batch norm makes one depend on all.
    """

    layers: tuple[str, ...]
    mean: Measurement
    second_moment: Measurement
    gradient: Measurement


def measure_layer_moments(ensemble: Ensemble) -> LayerMoments:
    """Measure moments of activations and of gradients in every layer of many modules.

    Args:
        ensemble: the modules.

    Raises:
        TypeError, ValueError: what the ensemble's functions return is not what is allowed.
    """
    layers: list[str] = []

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        found = layer_moments(module, network)
        layers[:] = found
        return {
            name: torch.stack([moments[name] for moments in found.values()])
            for name in ("mean", "second_moment", "gradient")
        }

    def numbers(sizes: Sizes) -> int:
        # A guess of all units: as many as weights, and as many as inputs in some layers.
        units = sizes.samples * sizes.weights + 8 * sizes.inputs
        return 2 * sizes.samples * sizes.outputs * units

    values = over_networks(ensemble, evaluate, numbers=numbers)
    quantities = {
        "mean": "mean activation, by layer",
        "second_moment": "mean squared activation, by layer",
        "gradient": "mean squared gradient of an output by an activation, by layer",
    }
    settings = {**vars(ensemble), "layers": tuple(layers)}
    return LayerMoments(
        layers=tuple(layers),
        **{
            name: Measurement(quantity=quantity, per_network=values[name], settings=settings)
            for name, quantity in quantities.items()
        },
    )


def layer_moments(module: torch.nn.Module, network: Network) -> dict[str, Tensors]:
    """Return the moments of one network by layer."""
    state = {**network.weights, **network.held}
    with _shifted(module, {}) as calls:
        outputs(module, state, network.inputs)
    if not calls:
        raise ValueError("the module has no submodule that returns a real tensor: no layer")
    zeros = {name: torch.zeros_like(one) for name, one in calls.items()}

    def of_shifts(shifts: Tensors) -> tuple[torch.Tensor, Tensors]:
        with _shifted(module, shifts) as seen:
            return outputs(module, state, network.inputs), seen

    slopes, activations = torch.func.jacrev(of_shifts, has_aux=True)(zeros)
    return {
        name: {
            "mean": activation.mean(),
            "second_moment": activation.square().mean(),
            "gradient": slopes[name].square().mean() * len(activation),
        }
        for name, activation in activations.items()
    }


@contextmanager
def _shifted(module: torch.nn.Module, shifts: Tensors) -> Iterator[Tensors]:
    """Add a shift to the output of each layer, and yield where all outputs will stand."""
    seen: Tensors = {}
    handles = []

    def watch(name: str, layer: torch.nn.Module) -> None:
        def hook(_module: object, _inputs: object, output: object) -> torch.Tensor | None:
            if not isinstance(output, torch.Tensor) or not output.is_floating_point():
                return None
            calls = sum(other.partition(" (")[0] == name for other in seen)
            key = f"{name} ({calls + 1})" if calls else name
            seen[key] = output + shifts[key] if key in shifts else output.clone()
            return seen[key].clone()  # which the next layer may change in place

        handles.append(layer.register_forward_hook(hook))

    for name, layer in module.named_modules():
        if not any(layer.children()):
            watch(name or type(layer).__name__, layer)
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
