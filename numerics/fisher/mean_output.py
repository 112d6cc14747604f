"""The gradient of the mean output, along which all inputs pull alike."""

import torch

from numerics.fisher.coupled import coupled_trace
from numerics.fisher.networks import Ensemble, draw, forward
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


def measure_mean_output_gradient(ensemble: Ensemble) -> Measurement:
    """Measure ||grad (1/N) sum_n f(x_n)||^2 over D^2, gradients through the batch statistics.

    It is 1^T K 1/N^2, a lower bound of the top eigenvalue of F: the Rayleigh quotient of K/N at
    the constant vector over inputs. One backward pass for all inputs.

    Args:
        ensemble: networks "batch_norm".

    Raises:
        ValueError: the ensemble is another one.
    """
    arguments.choice("network", ensemble.network, ("batch_norm",))

    def part(block: range) -> dict[str, torch.Tensor]:
        drawn = draw(ensemble, block)
        total = coupled_trace(ensemble, drawn, forward(ensemble, drawn))
        return {"square": total / (ensemble.size * ensemble.width**2)}

    return Measurement(
        quantity="squared norm of the gradient of the mean output / D^2",
        per_network=in_chunks(part, ensemble.block, ensemble.chunk(None))["square"],
        settings=vars(ensemble),
    )
