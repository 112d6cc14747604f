"""The forward pass at one input, exact in law at O(m) a layer: no weight matrix is drawn.

Given h, the entries of W h are independent N(0, ||h||^2 / m), whatever h is, and W_l is independent
of all layers below. So h_1..h_L have exactly the joint law that real matrices would give them. The
network is positively homogeneous: each layer is kept as a unit vector and the logarithm of its
norm, which no depth overflows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed

_DRAWN = 2**10  # normals of one network drawn by one call, where layers are narrow: fewer calls
_CHUNK_NUMBERS = 2**17  # normals of one chunk drawn together


@dataclass(frozen=True)
class Layer:
    """One layer of a chunk.

    Attributes:
        index: l.
        log_energy: log ||h_l||^2, shape (networks,); -inf of a dead layer.
        below: h_(l-1) / ||h_(l-1)||, shape (networks, m); of layer 0 and a dead layer 0.
        image: W_l below, of the same shape; of layer 0 nothing that means anything.
        sum: what the rectifier gets: h_l / ||h_(l-1)|| = relu(sum), h_0 = relu(sum).
        unit: h_l / ||h_l||, or 0.
    """

    index: int
    log_energy: torch.Tensor
    below: torch.Tensor
    image: torch.Tensor
    sum: torch.Tensor
    unit: torch.Tensor

    def active_share(self) -> torch.Tensor:
        """Return the share of active units, shape (networks,)."""
        return (self.unit > 0).double().mean(dim=1)


def pass_forward(
    ensemble: Ensemble,
    block: range,
    generators: list[torch.Generator] | None = None,
    group: int = 1,
) -> Iterator[Layer]:
    """Yield the layers 0..L of some networks at one input.

    Args:
        ensemble: the networks.
        block: indices of the networks.
        generators: of their random numbers, if more is drawn from them than these layers.
        group: networks of each generator, one after another: to make a generator takes as long
            as narrow layers by the dozen.
    """
    if generators is None:
        generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    width, last = ensemble.width, ensemble.depth
    drawn = layers_of_normals(generators, last + 1, group * width)
    normals = (layer.reshape(-1, width) for layer in drawn)
    below = torch.zeros(len(block) * group, width, dtype=torch.float64, device=ensemble.device)
    image = next(normals).to(below) * width**-0.5
    # One number is drawn for each unit of a start that is given as well: all starts go one way.
    sums = below + ensemble.given_start() if ensemble.starts_given else image * 2**0.5
    log_energy = torch.zeros_like(below[:, 0])
    for index in range(last + 1):
        if index:
            deviation = (squared_norms(below) > 0) * width**-0.5
            image = next(normals).to(below) * deviation[:, None]
            sums = image * 2**0.5 if index == last else torch.add(below, image, alpha=ensemble.tau)
        unit = sums.relu()
        squared = squared_norms(unit)
        if index or ensemble.start != "normalised":
            log_energy = log_energy + squared.log()
        else:
            log_energy = torch.where(squared > 0, 0, -torch.inf) + log_energy
        unit /= torch.where(squared > 0, squared, 1).sqrt()[:, None]
        yield Layer(index, log_energy, below, image, sums, unit)
        below = unit


def layers_of_normals(
    generators: list[torch.Generator], layers: int, count: int
) -> Iterator[torch.Tensor]:
    """Yield ``count`` standard normals of each network for each layer, shape (networks, count)."""
    together = max(1, _DRAWN // count)
    for first in range(0, layers, together):
        some = min(together, layers - first)
        drawn = keyed.standard_normals(generators, some * count)
        yield from drawn.view(len(generators), some, count).unbind(dim=1)


def chunk_size(ensemble: Ensemble, chunk: int | None, group: int = 1) -> int:
    """Return how many networks, or groups, to simulate at once, one layer held at a time."""
    if chunk is not None:
        return arguments.integer("chunk", chunk, minimum=1)
    width = ensemble.width * group
    numbers = min((ensemble.depth + 1) * width, max(width, _DRAWN))
    return max(1, _CHUNK_NUMBERS // numbers)


def check_residual(ensemble: Ensemble) -> None:
    """Raise ValueError unless there is a residual layer."""
    arguments.integer("depth", ensemble.depth, minimum=2)
