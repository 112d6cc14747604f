"""The Hessian of the empirical risk against the Fisher information."""

import numpy as np
import torch

from numerics.fisher.differentiable import output, worked_out_in_groups
from numerics.fisher.networks import Ensemble
from numerics.measurement import Measurement


def measure_hessian_gap(ensemble: Ensemble) -> Measurement:
    """Measure how far the Hessian is from its decomposition (Furusho 2020, eq 20).

    For the plain residual network, the risk (1/2N) sum_n (f(x_n) - y_n)^2 and targets y that the
    outputs miss, both sides of H = F - (1/N) sum_n (y_n - f(x_n)) grad grad f(x_n) are found by
    autograd as P x P matrices, P = (L + 1) D^2: for small networks.

    Args:
        ensemble: networks "resnet" on Gaussian inputs, in float64.

    Returns:
        For each network the Frobenius norm of the difference over that of H.

    Raises:
        ValueError: the ensemble is another one.
    """
    return Measurement(
        quantity="relative distance of H from F - E (y - f) grad grad f",
        per_network=worked_out_in_groups(_gaps, ensemble),
        settings=vars(ensemble),
    )


def _gaps(weights: torch.Tensor, inputs: torch.Tensor) -> np.ndarray:
    return torch.func.vmap(hessian_distance)(weights, inputs).numpy()


def hessian_distance(weights: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """Return the distance of the two sides over the norm of H, a tensor of shape ()."""
    samples = len(inputs)
    # Any targets will do that are far from the outputs; these need no random numbers.
    targets = torch.cos(torch.arange(samples).to(weights))

    def outputs(flat: torch.Tensor) -> torch.Tensor:
        return output(flat.view_as(weights), inputs)

    def risk(flat: torch.Tensor) -> torch.Tensor:
        return (outputs(flat) - targets).square().sum() / (2 * samples)

    flat = weights.flatten()
    hessian = torch.func.jacrev(torch.func.grad(risk))(flat)
    gradients = torch.func.jacrev(outputs)(flat)
    residuals = targets - outputs(flat)

    def of_held_residuals(flat: torch.Tensor) -> torch.Tensor:
        return residuals @ outputs(flat)

    curvatures = torch.func.jacrev(torch.func.grad(of_held_residuals))(flat)
    decomposed = (gradients.T @ gradients - curvatures) / samples
    return (hessian - decomposed).norm() / hessian.norm()
