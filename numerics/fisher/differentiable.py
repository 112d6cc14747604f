"""Residual networks as differentiable functions of their weights, by autograd."""

from collections.abc import Callable

import numpy as np
import torch

from numerics.fisher.networks import Ensemble, draw
from numerics.simulation import arguments
from numerics.simulation.batched import one_thread

_GROUP = 32  # networks; a call of torch takes as long for one small network


def output(weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Return f(x) of the plain residual network (Furusho 2020, eq 12).

    Args:
        weights: W^0..W^L, shape (L + 1, D, D).
        inputs: shape (N, D).

    Returns:
        Tensor of shape (N,).
    """
    *_, hidden = _layers(weights, inputs)
    return hidden.sum(dim=1)


def gates(weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Return which units of the L blocks are active, shape (L, N, D); weights, inputs as above."""
    return torch.stack([hidden > 0 for hidden in _layers(weights, inputs)[:-1]])


def _layers(weights: torch.Tensor, inputs: torch.Tensor) -> list[torch.Tensor]:
    hidden = [inputs @ weights[0].T]
    for weight in weights[1:]:
        hidden.append(hidden[-1] + hidden[-1].relu() @ weight.T)
    return hidden


def check_plain(ensemble: Ensemble) -> None:
    """Raise ValueError unless the networks are plain ones on Gaussian inputs, in float64."""
    arguments.choice("network", ensemble.network, ("resnet",))
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    arguments.choice("dtype", ensemble.dtype, ("float64",))


def one_network(ensemble: Ensemble, network: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights (L + 1, D, D) and inputs (N, D) of network k of a seed."""
    drawn = draw(ensemble, range(network, network + 1))
    return drawn.weights[:, 0].clone(), drawn.inputs[0].clone()


def worked_out_in_groups(
    values: Callable[[torch.Tensor, torch.Tensor], np.ndarray], ensemble: Ensemble
) -> np.ndarray:
    """Return what a function says of each network of a plain ensemble, first axis the networks.

    ``values(weights, inputs)`` takes shapes (G, L + 1, D, D) and (G, N, D) and returns G rows.
    Networks k are worked out in whole groups of equal k // G, so that none depends on which others
    are asked for.
    """
    check_plain(ensemble)
    block = ensemble.block
    found = []
    with one_thread():
        for group in range(block.start // _GROUP, (block.stop - 1) // _GROUP + 1):
            drawn = draw(ensemble, range(group * _GROUP, (group + 1) * _GROUP))
            found.append(values(drawn.weights.transpose(0, 1).clone(), drawn.inputs.clone()))
    first = block.start % _GROUP
    return np.concatenate(found)[first : first + len(block)]
