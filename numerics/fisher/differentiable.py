"""Residual networks as differentiable functions of their weights, one at a time, by autograd."""

from collections.abc import Callable

import numpy as np
import torch

from numerics.fisher.networks import Ensemble, draw
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


def check_plain(ensemble: Ensemble) -> None:
    """Raise ValueError unless the networks are plain ones on Gaussian inputs, in float64."""
    arguments.choice("network", ensemble.network, ("resnet",))
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    arguments.choice("dtype", ensemble.dtype, ("float64",))


def one_network(ensemble: Ensemble, network: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights (L + 1, D, D) and inputs (N, D) of network k of a seed."""
    drawn = draw(ensemble, range(network, network + 1))
    return drawn.weights[:, 0].clone(), drawn.inputs[0].clone()


def measured_one_by_one(
    value: Callable[[torch.Tensor, torch.Tensor], float], quantity: str, ensemble: Ensemble
) -> Measurement:
    """Return ``value(weights, inputs)`` of each network of a plain ensemble as a measurement."""
    check_plain(ensemble)
    with one_thread():
        values = [value(*one_network(ensemble, network)) for network in ensemble.block]
    return Measurement(quantity=quantity, per_network=np.array(values), settings=vars(ensemble))
