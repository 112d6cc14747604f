"""Residual networks whose branches are normalised over a batch (Zhang et al. 2022, Proposition 1).

For a batch of n inputs, h_0 = relu(A x) and h_l = relu(h_(l-1) + tau z_l), where z_l is W_l h_(l-1)
less its mean over the batch, over its deviation there: in every unit its mean is 0 and its mean
square 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import check_residual
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import chunk_size


def measure_normalised_energy(
    ensemble: Ensemble,
    *,
    samples: int,
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> Measurement:
    """Measure the square of a unit of layers with normalised branches, mean over units and inputs.

    Args:
        ensemble: networks of depth L >= 2 from their own start, at orthogonal inputs of norm 1.
        samples: n >= 2.
        layer: one of 0..L-1, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_residual(ensemble)
    arguments.choice("start", ensemble.start, ("own",))
    arguments.integer("samples", samples, minimum=2)
    if chunk is None:
        held = 8 * ensemble.width**2 * samples  # the products that W_l h_(l-1) adds up
        chunk = chunk_size(bytes_per_network=held, device=torch.device(ensemble.device))
    found = measured_at_layers(
        ensemble,
        {"energy": "mean square of a unit"},
        lambda block: _pass_forward(ensemble, block, samples),
        lambda one: (one.hidden.square().mean(dim=(1, 2)),),
        layer=layer,
        last=ensemble.depth - 1,
        chunk=arguments.integer("chunk", chunk, minimum=1),
        samples=samples,
    )
    return found["energy"]


@dataclass(frozen=True)
class _Layer:
    """h_l of a chunk, shape (networks, m, n)."""

    index: int
    hidden: torch.Tensor


def _pass_forward(ensemble: Ensemble, block: range, samples: int) -> Iterator[_Layer]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    width = ensemble.width

    def normals(columns: int) -> torch.Tensor:
        drawn = keyed.standard_normals(generators, width * columns)
        return drawn.view(len(block), width, columns).to(ensemble.device, torch.float64)

    hidden = (normals(samples) * (2 / width) ** 0.5).relu()
    yield _Layer(0, hidden)
    for index in range(1, ensemble.depth):
        image = (normals(width)[..., None] * hidden[:, None]).sum(dim=2)
        apart = image - image.mean(dim=2, keepdim=True)
        deviation = apart.square().mean(dim=2, keepdim=True).sqrt()
        branch = apart / torch.where(deviation > 0, deviation, 1)
        hidden = (hidden + ensemble.tau * branch).relu()
        yield _Layer(index, hidden)
