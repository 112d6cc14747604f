"""What the proofs of Zhang et al. (2022) add up over the residual layers, at one input, in law.

With g_l = h_(l-1) + tau W_l h_(l-1) and h_l = relu(g_l), appendices B and C.1 write

    xi_l = 2 tau h_(l-1) . W_l h_(l-1) / ||h_(l-1)||^2,
    zeta_l = tau^2 ||W_l h_(l-1)||^2 / ||h_(l-1)||^2,
    Delta_l = ||h_l||^2 / ||h_(l-1)||^2 - 1.
"""

from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.layers import check_residual, chunk_size, pass_forward
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class Increments:
    """Sums and extremes over the residual layers l = 1..L-1, one value a network.

    After a dead layer xi_l and zeta_l count as 0, Delta_l as -1.

    Attributes:
        xi_sum: sum of xi_l.
        zeta_sum: sum of zeta_l.
        log_sum: sum of log(||g_l||^2 / ||h_(l-1)||^2) = log(1 + xi_l + zeta_l).
        delta_sum: sum of Delta_l.
        squared_delta_sum: sum of Delta_l^2.
        least_delta: the least Delta_l.
        least_slack: the least Delta_l - (xi_l - zeta_l).
    """

    xi_sum: Measurement
    zeta_sum: Measurement
    log_sum: Measurement
    delta_sum: Measurement
    squared_delta_sum: Measurement
    least_delta: Measurement
    least_slack: Measurement


def measure_increments(ensemble: Ensemble, *, chunk: int | None = None) -> Increments:
    """Measure what the proofs add up over the residual layers.

    Args:
        ensemble: networks of depth L >= 2.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_residual(ensemble)
    values = in_chunks(
        lambda part: _increments(ensemble, part), ensemble.block, chunk_size(ensemble, chunk)
    )
    return Increments(
        **{
            name: Measurement(
                quantity=f"{name.replace('_', ' ')} over residual layers",
                per_network=value,
                settings=vars(ensemble),
            )
            for name, value in values.items()
        }
    )


def _increments(ensemble: Ensemble, block: range) -> dict[str, torch.Tensor]:
    sums = torch.zeros(5, len(block), dtype=torch.float64, device=ensemble.device)
    least = torch.full_like(sums[:2], torch.inf)
    for layer in pass_forward(ensemble, block):
        if not 0 < layer.index < ensemble.depth:
            continue
        xi = 2 * ensemble.tau * (layer.below * layer.image).sum(dim=1)
        zeta = ensemble.tau**2 * squared_norms(layer.image)
        delta = squared_norms(layer.sum.relu()) - 1
        log = squared_norms(layer.sum).log()
        sums += torch.stack([xi, zeta, log, delta, delta.square()])
        least = torch.minimum(least, torch.stack([delta, delta - xi + zeta]))
    names = ("xi_sum", "zeta_sum", "log_sum", "delta_sum", "squared_delta_sum")
    return {
        **dict(zip(names, sums, strict=True)),
        **dict(zip(("least_delta", "least_slack"), least, strict=True)),
    }
