"""The Hessian of the empirical risk against the Fisher information."""

import torch

from numerics.fisher.differentiable import measured_one_by_one, output
from numerics.measurement import Measurement


def measure_hessian_gap(
    *, depth: int, width: int, samples: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure how far the Hessian is from its decomposition (Furusho 2020, eq 20).

    For the plain residual network, the risk (1/2N) sum_n (f(x_n) - y_n)^2 and targets y that the
    outputs miss, both sides of H = F - (1/N) sum_n (y_n - f(x_n)) grad grad f(x_n) are found by
    autograd in float64 as P x P matrices, P = (L + 1) D^2: for small networks.

    Args:
        depth: L >= 1.
        width: D >= 1.
        samples: N >= 1.
        networks: number of independent networks >= 1.
        seed: integer >= 0.
        first_network: index of the first network.

    Returns:
        For each network the Frobenius norm of the difference over that of H.
    """
    return measured_one_by_one(
        _gap,
        "relative distance of H from F - E (y - f) grad grad f",
        depth=depth,
        width=width,
        samples=samples,
        networks=networks,
        seed=seed,
        first_network=first_network,
    )


def _gap(weights: torch.Tensor, inputs: torch.Tensor) -> float:
    samples, parameters = len(inputs), weights.numel()
    # Any targets will do that are far from the outputs; these need no random numbers.
    targets = torch.cos(torch.arange(samples, dtype=weights.dtype))

    def outputs(flat: torch.Tensor) -> torch.Tensor:
        return output(flat.view_as(weights), inputs)

    def risk(flat: torch.Tensor) -> torch.Tensor:
        return (outputs(flat) - targets).square().sum() / (2 * samples)

    flat = weights.flatten()
    hessian = torch.func.jacrev(torch.func.jacrev(risk))(flat)
    gradients = torch.func.jacrev(outputs)(flat)
    curvatures = torch.func.jacrev(torch.func.jacrev(outputs))(flat)
    curvatures = curvatures.view(samples, parameters, parameters)
    residuals = targets - outputs(flat)
    fisher = gradients.T @ gradients / samples
    decomposed = fisher - torch.tensordot(residuals, curvatures, dims=1) / samples
    return float((hessian - decomposed).norm() / hessian.norm())
