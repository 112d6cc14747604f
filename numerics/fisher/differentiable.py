"""Residual networks as differentiable functions of their weights, one at a time, by autograd."""

from collections.abc import Callable

import numpy as np
import torch

from numerics.fisher.networks import Ensemble, Residual, draw
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import one_thread


def output(weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Return f(x) of the plain residual network (Furusho 2020, eq 12).

    Args:
        weights: W^0..W^L, shape (L + 1, D, D).
        inputs: shape (N, D).

    Returns:
        Tensor of shape (N,).
    """
    hidden = inputs @ weights[0].T
    for weight in weights[1:]:
        hidden = hidden + hidden.relu() @ weight.T
    return hidden.sum(dim=1)


def one_network(
    *, depth: int, width: int, samples: int, seed: int, network: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights and Gaussian inputs of network k of a seed, in float64 on the CPU."""
    law = Residual(network="resnet", depth=depth, width=width, survival=None, survivors=None)
    ensemble = Ensemble(
        law=law, samples=samples, seed=seed, inputs="gaussian", dtype="float64", device="cpu"
    )
    drawn = draw(ensemble, range(network, network + 1))
    return drawn.weights[:, 0].clone(), drawn.inputs[0].clone()


def measured_one_by_one(
    value: Callable[[torch.Tensor, torch.Tensor], float],
    quantity: str,
    *,
    depth: int,
    width: int,
    samples: int,
    networks: int,
    seed: int,
    first_network: int,
) -> Measurement:
    """Return ``value(weights, inputs)`` of each of the given networks as a measurement."""
    settings = {"depth": depth, "width": width, "samples": samples, "seed": seed}
    with one_thread():
        values = [
            value(
                *one_network(network=network, depth=depth, width=width, samples=samples, seed=seed)
            )
            for network in arguments.network_range(first_network, networks)
        ]
    return Measurement(
        quantity=quantity,
        per_network=np.array(values),
        settings={**settings, "networks": networks, "first_network": first_network},
    )
