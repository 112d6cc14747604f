"""Inputs at which the top eigenvalue of the Fisher information is extreme, found by ascent."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize

from numerics.fisher.differentiable import check_plain, one_network
from numerics.fisher.networks import Ensemble
from numerics.measurement import Measurement
from numerics.simulation.batched import one_thread

_STEPS = 10  # of BFGS; a search that is cut short is a search all the same


@dataclass(frozen=True, kw_only=True)
class ExtremeEigenvalues:
    """Top eigenvalue of F over its mean eigenvalue trace / P, at the extreme inputs of a search.

    Attributes:
        least: the least that was found, one value a network.
        greatest: the greatest that was found.
    """

    least: Measurement
    greatest: Measurement


def measure_extreme_eigenvalues(ensemble: Ensemble) -> ExtremeEigenvalues:
    """Search the inputs of plain residual networks for the extremes of top over mean eigenvalue.

    The weights of a network stay as drawn. Its inputs start from a Gaussian sample and follow
    scipy's BFGS, which walks on the CPU, with gradients by torch, once downhill and once uphill.

    Args:
        ensemble: networks "resnet" on Gaussian inputs, in float64.

    Raises:
        ValueError: the ensemble is another one.
    """
    check_plain(ensemble)
    found = []
    with one_thread():
        for network in ensemble.block:
            drawn = one_network(ensemble, network)
            found.append([extreme_ratio(*drawn, sign=sign) for sign in (1, -1)])
    run = vars(ensemble)
    least, greatest = (
        Measurement(quantity=f"{name} top / mean eigenvalue", per_network=values, settings=run)
        for name, values in zip(("least", "greatest"), np.array(found).T, strict=True)
    )
    return ExtremeEigenvalues(least=least, greatest=greatest)


def eigenvalue_ratio(weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Return top over mean eigenvalue of F at these weights (L + 1, D, D) and inputs (N, D).

    It is differentiable in the inputs. The gates of the relu are constant near almost every input,
    and with them the error signals.
    """
    hidden, signals = inputs @ weights[0].T, [inputs]
    for weight in weights[1:]:
        signals.append(hidden.relu())
        hidden = hidden + signals[-1] @ weight.T
    error = torch.ones_like(inputs)
    gram = signals[-1] @ signals[-1].T * len(weights[0])
    for weight, signal, before in zip(
        weights.flip(0), reversed(signals[1:]), reversed(signals[:-1]), strict=False
    ):
        error = error + (error @ weight) * signal.detach().sign()
        gram = gram + (before @ before.T) * (error @ error.T)
    return weights.numel() * torch.linalg.eigvalsh(gram)[-1] / gram.trace()


def extreme_ratio(weights: torch.Tensor, inputs: torch.Tensor, *, sign: int) -> float:
    """Return the ratio where descent (sign 1) or ascent (sign -1) over the inputs ends."""

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(flat.reshape(inputs.shape)).to(inputs).requires_grad_()
        value = sign * eigenvalue_ratio(weights, point).log()
        (slope,) = torch.autograd.grad(value, point)
        return float(value.detach()), slope.cpu().numpy().ravel()

    start = inputs.cpu().numpy().ravel()
    found = minimize(loss, start, jac=True, method="BFGS", options={"maxiter": _STEPS})
    return float(np.exp(sign * found.fun))
