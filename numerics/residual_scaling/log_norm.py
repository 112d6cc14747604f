"""The law of the norm behind the residual layers: its mean and variance, in groups of networks.

What moves log ||h_l|| most is half the sum of the xi of ``numerics.residual_scaling.increments``,
whose law is known: it is N(0, tau^2 (L - 1)/m), as each xi_l is N(0, 4 tau^2/m) whatever came
before. What it does is taken off, and its mean put in its place.
"""

import math
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.residual_scaling.layers import check_residual, chunk_size, pass_forward
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class LogNorm:
    """Log norms of the last residual layer, in groups of networks: one value a group.

    Their means are those of one network that does not die; where one dies they are not finite.

    Attributes:
        mean: of log ||h_(L-1)||.
        variance: of log ||h_(L-1)||.
        norm: mean of ||h_(L-1)||.
    """

    mean: Measurement
    variance: Measurement
    norm: Measurement


def measure_log_norm(ensemble: Ensemble, *, group: int = 64) -> LogNorm:
    """Measure the law of the norm of the last residual layer, in law.

    Args:
        ensemble: the groups, as many as it has networks, of networks of depth L >= 2.
        group: networks of a group >= 2.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_residual(ensemble)
    arguments.integer("group", group, minimum=2)
    width = ensemble.width
    spread = ensemble.tau**2 * (ensemble.depth - 1) / width

    def told(block: range) -> dict[str, torch.Tensor]:
        xi = log_energy = torch.zeros(0)
        for layer in pass_forward(ensemble, block, group=group):
            if layer.index == 0:
                xi = torch.zeros_like(layer.log_energy)
            elif layer.index < ensemble.depth:
                xi = xi + 2 * ensemble.tau * (layer.below * layer.image).sum(dim=1)
                log_energy = layer.log_energy
        log_norm, known = (one.reshape(-1, group) / 2 for one in (log_energy, xi))
        # Any constant before what has the mean 0 will do; this is about E exp(log_norm - known).
        rest = math.exp(width * spread / 2)
        return {
            "mean": (log_norm - known).mean(dim=1),
            "variance": log_norm.var(dim=1) - known.var(dim=1) + spread,
            "norm": (log_norm.exp() - rest * (known.exp() - math.exp(spread / 2))).mean(dim=1),
        }

    values = in_chunks(told, ensemble.block, chunk_size(ensemble, None, group))
    words = {
        "mean": "mean of log ||h_(L-1)|| in a group",
        "variance": "variance of log ||h_(L-1)|| in a group",
        "norm": "mean of ||h_(L-1)|| in a group",
    }
    settings = {**vars(ensemble), "group": group}
    return LogNorm(
        **{
            name: Measurement(quantity=words[name], per_network=value, settings=settings)
            for name, value in values.items()
        }
    )
