"""Networks of one block with batch norm, averaged exactly over the weights of that block.

Given the inputs and W^0, everything measured at L = 1 is a polynomial of degree two in W^1, whose
entries are N(0, 2/D) and which no activation has seen. Its mean over W^1 is therefore a formula in
x, h^0 and z = BN(h^0): one that the fluctuations of W^1, nearly all of those at this depth, do not
enter. With gates a = [z > 0], u = relu(z) and sigma_i the standard deviation of unit i,

    E ||delta^0_n||^2 / D = 1 + (2/D) sum_i a_ni / sigma_i^2,         statistics held constant,
    E Var_n h^1_i         = Var_n h^0_i + (2/D) sum_j Var_n u_j,
    E ||grad_W0 f_n||^2   = D ||x_n||^2 + 2 sum_i ||du_ni/dw_i||^2,   through the statistics,

where w_i is row i of W^0 and du_ni/dw_i = (a_ni / sigma_i) (x_n - mean x - z_ni c_i) with
c_i = (1/N) sum_m z_mi x_m (Ioffe and Szegedy 2015).
"""

from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.networks import Ensemble
from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks, multiply


@dataclass(frozen=True, kw_only=True)
class FirstBlock:
    """Means over W^1 at L = 1, a value for each network.

    Attributes:
        forward: E (u^1)^2.
        variance: variance over the samples of h^l, averaged over units, l = 0, 1: (networks, 2).
        backward: E (delta^0)^2, batch statistics held constant.
        mean_eigenvalue: of F, batch statistics held constant.
        mean_eigenvalue_coupled: of F, gradients through the batch statistics.
    """

    forward: Measurement
    variance: Measurement
    backward: Measurement
    mean_eigenvalue: Measurement
    mean_eigenvalue_coupled: Measurement


_QUANTITIES = {
    "forward": "E u^2, layer 1",
    "variance": "mean over units of the variance of h over samples, layers 0, 1",
    "backward": "E delta^2, layer 0",
    "mean_eigenvalue": "mean eigenvalue of F",
    "mean_eigenvalue_coupled": "mean eigenvalue of F through the statistics",
}


def measure_first_block(ensemble: Ensemble) -> FirstBlock:
    """Measure the batch-norm network of depth 1 on Gaussian inputs, averaged over W^1.

    Network k has the inputs and the W^0 of network k of ``measure_spectrum`` and
    ``measure_moments``; its values are the means of theirs over W^1.

    Args:
        ensemble: networks "batch_norm" of depth 1 on Gaussian inputs, in float64.

    Raises:
        ValueError: the ensemble is another one.
    """
    arguments.choice("network", ensemble.network, ("batch_norm",))
    arguments.integer("depth", ensemble.depth, minimum=1, maximum=1)
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    arguments.choice("dtype", ensemble.dtype, ("float64",))
    values = in_chunks(lambda part: _means(ensemble, part), ensemble.block, ensemble.chunk(None))
    settings = vars(ensemble)

    def measured(name: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=_QUANTITIES[name], per_network=per_network, settings=settings)

    return FirstBlock(**{name: measured(name, values[name]) for name in _QUANTITIES})


def _means(ensemble: Ensemble, block: range) -> dict[str, torch.Tensor]:
    inputs, hidden = _first_layer(ensemble, block)
    width = ensemble.width
    centred = hidden - hidden.mean(dim=1, keepdim=True)
    variances = centred.square().mean(dim=1, keepdim=True)
    normalised = centred * variances.rsqrt()
    signal = normalised.relu()
    gates = (normalised > 0) / variances
    forward = squared_norms(signal) / width
    lengths = squared_norms(inputs) / width
    backward = 1 + 2 * gates.mean(dim=2)
    through = _through_statistics(ensemble, inputs, normalised, gates)
    before = variances.mean(dim=(1, 2))
    added = 2 * signal.var(dim=1, correction=0).mean(dim=1)
    return {
        "forward": forward.mean(dim=1),
        "variance": torch.stack([before, before + added], dim=1),
        "backward": backward.mean(dim=1),
        # P = 2 D^2, and ||delta^1||^2 = D.
        "mean_eigenvalue": (lengths * backward + forward).mean(dim=1) / 2,
        "mean_eigenvalue_coupled": (lengths + through + forward).mean(dim=1) / 2,
    }


def _first_layer(ensemble: Ensemble, block: range) -> tuple[torch.Tensor, torch.Tensor]:
    """Return x and h^0 = W^0 x, both of shape (networks, N, D), drawn as ``networks.draw`` does."""
    width, rows = ensemble.width, ensemble.size
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    inputs, hidden = (ensemble.matrices(len(block), rows, width) for _ in range(2))
    inputs.copy_(keyed.standard_normals(generators, rows * width).view(inputs.shape))
    weights = ensemble.matrices(len(block), width, width)
    # W^1 is drawn and left aside: the last numbers of a row depend on how long it is.
    normals = keyed.standard_normals(generators, ensemble.parameters)
    weights.copy_(normals[:, : width**2].view(weights.shape))
    weights *= (1 / width) ** 0.5
    multiply(inputs, weights.mT, out=hidden)
    return inputs, hidden


def _through_statistics(
    ensemble: Ensemble, inputs: torch.Tensor, normalised: torch.Tensor, gates: torch.Tensor
) -> torch.Tensor:
    """Return (2 / D^2) sum_i ||du_ni/dw_i||^2, shape (networks, N).

    Args:
        ensemble: the networks, for their sizes and precision.
        inputs: x.
        normalised: z.
        gates: a / sigma^2, all three of shape (networks, N, D).
    """
    networks, samples, width = inputs.shape
    centred = ensemble.matrices(networks, samples, width)
    torch.sub(inputs, inputs.mean(dim=1, keepdim=True), out=centred)
    aligned_z = ensemble.matrices(networks, samples, width).copy_(normalised)
    # c_i as columns: sum_m x_m z_mi / N; the mean of z over samples is 0, so x may be centred.
    directions = ensemble.matrices(networks, width, width)
    multiply(centred.mT, aligned_z, out=directions)
    directions /= samples
    overlaps = ensemble.matrices(networks, samples, width)
    multiply(centred, directions, out=overlaps)
    lengths = squared_norms(centred)[..., None]
    squares = directions.square().sum(dim=1, keepdim=True)
    distances = lengths - 2 * normalised * overlaps + normalised.square() * squares
    return 2 * (gates * distances).sum(dim=2) / width**2
