"""Residual networks as differentiable functions of their weights, one at a time, by autograd."""

import torch

from numerics.networks import Ensemble, Residual, draw


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
