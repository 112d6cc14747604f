"""The forward pass at one input, exact in law at O(m) a layer: no weight matrix is drawn.

Given h, the entries of W h are independent N(0, ||h||^2 / m), whatever h is, and W_l is independent
of all layers below. So h_1..h_L have exactly the joint law that real matrices would give them. The
network is positively homogeneous: each layer is kept as a unit vector and the logarithm of its
norm, which no depth overflows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks

_DRAWN = 2**10  # normals of one network drawn by one call, where layers are narrow: fewer calls
_CHUNK_NUMBERS = 2**17  # normals of one chunk drawn together


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Layers of each network at one input: columns for the layers, or one value if one was asked.

    Attributes:
        energy: ||h_l||^2; E ||h_0||^2 = 1 for every start.
        log_norm: log ||h_l||; -inf of a dead layer.
        dead: 1 where no unit of layer l is active, and so none above, else 0.
        active_share: share of units > 0 of layer l.
    """

    energy: Measurement
    log_norm: Measurement
    dead: Measurement
    active_share: Measurement


_FORWARD = {
    "energy": "||h_l||^2",
    "log_norm": "log ||h_l||",
    "dead": "whether no unit of layer l is active",
    "active_share": "share of active units of layer l",
}


def measure_forward(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> Forward:
    """Measure the norm of the layers at one input, in law.

    Memory is O(m) a network, and one number of each quantity for each layer that is asked for.

    Args:
        ensemble: the networks.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    wanted = ensemble.layers(layer)

    def told(block: range) -> dict[str, torch.Tensor]:
        found = {}
        for one in pass_forward(ensemble, block):
            if one.index in wanted:
                log_norm = one.log_energy / 2
                found[one.index] = (
                    one.log_energy.exp(), log_norm, torch.isneginf(log_norm), one.active_share()
                )  # fmt: skip
        columns = zip(*(found[each] for each in wanted), strict=True)
        return {
            name: torch.stack([one.double() for one in column], dim=1)
            for name, column in zip(_FORWARD, columns, strict=True)
        }

    values = in_chunks(told, ensemble.block, chunk_size(ensemble, chunk))
    settings = {**vars(ensemble), "layer": layer}
    return Forward(
        **{
            name: Measurement(
                quantity=quantity,
                per_network=values[name][:, 0] if isinstance(layer, int) else values[name],
                settings=settings,
            )
            for name, quantity in _FORWARD.items()
        }
    )


@dataclass(frozen=True, kw_only=True)
class ExtremeNorms:
    """Norms of the residual layers l = 1..L-1 of each network at one input.

    Attributes:
        last: ||h_(L-1)||.
        greatest: the greatest of ||h_1||, .., ||h_(L-1)||.
        least: the least of them.
    """

    last: Measurement
    greatest: Measurement
    least: Measurement


def measure_extreme_norms(ensemble: Ensemble) -> ExtremeNorms:
    """Measure the greatest, the least and the last norm of the residual layers, in law.

    Args:
        ensemble: networks of depth L >= 2.

    Raises:
        ValueError: there is no residual layer.
    """
    values = {name: np.exp(one / 2) for name, one in _extreme_log_energies(ensemble).items()}
    return ExtremeNorms(
        **{
            name: Measurement(
                quantity=f"{name} ||h_l|| of the residual layers",
                per_network=value,
                settings=vars(ensemble),
            )
            for name, value in values.items()
        }
    )


@dataclass(frozen=True, kw_only=True)
class NormEvents:
    """Whether residual layers l = 1..L-1 leave [1 - c, 1 + c], 1 or 0; a column for each c if many.

    Attributes:
        last_above: whether ||h_(L-1)|| >= 1 + c.
        ever_above: whether the greatest norm is.
        last_below: whether ||h_(L-1)|| < 1 - c.
        ever_below: whether the least norm is.
    """

    last_above: Measurement
    ever_above: Measurement
    last_below: Measurement
    ever_below: Measurement


def measure_norm_events(ensemble: Ensemble, *, margin: float | Sequence[float]) -> NormEvents:
    """Measure whether the norms of ``measure_extreme_norms`` leave the bounds of Theorems 1 and 2.

    Args:
        ensemble: networks of depth L >= 2.
        margin: c in [0, 1e6], or several of them.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    one = isinstance(margin, int | float)
    margins = [
        arguments.real("margin", each, minimum=0, maximum=1e6)
        for each in ((margin,) if one else arguments.sequence("margin", margin))
    ]
    above = np.log1p(margins)
    with np.errstate(divide="ignore"):
        below = np.log(np.maximum(1 - np.asarray(margins), 0))
    halves = {name: each[:, None] / 2 for name, each in _extreme_log_energies(ensemble).items()}
    events = {
        "last_above": halves["last"] >= above,
        "ever_above": halves["greatest"] >= above,
        "last_below": halves["last"] < below,
        "ever_below": halves["least"] < below,
    }
    settings = {**vars(ensemble), "margin": margin if one else tuple(margins)}
    return NormEvents(
        **{
            name: Measurement(
                quantity=f"whether a norm of the residual layers is beyond c: {name}",
                per_network=event[:, 0] if one else event,
                settings=settings,
            )
            for name, event in events.items()
        }
    )


def _extreme_log_energies(ensemble: Ensemble) -> dict[str, np.ndarray]:
    check_residual(ensemble)

    def extremes(block: range) -> dict[str, torch.Tensor]:
        layers = pass_forward(ensemble, block)
        next(layers)
        last = greatest = least = next(layers).log_energy
        for _ in range(ensemble.depth - 2):
            last = next(layers).log_energy
            greatest, least = torch.maximum(greatest, last), torch.minimum(least, last)
        return {"last": last, "greatest": greatest, "least": least}

    return in_chunks(extremes, ensemble.block, chunk_size(ensemble, None))


def check_residual(ensemble: Ensemble) -> None:
    """Raise ValueError unless there is a residual layer."""
    arguments.integer("depth", ensemble.depth, minimum=2)


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
    ensemble: Ensemble, block: range, generators: list[torch.Generator] | None = None
) -> Iterator[Layer]:
    """Yield the layers 0..L of some networks at one input.

    Args:
        ensemble: the networks.
        block: indices of the networks.
        generators: of their random numbers, if more is drawn from them than these layers.
    """
    if generators is None:
        generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    width, last = ensemble.width, ensemble.depth
    normals = layers_of_normals(generators, last + 1, width)
    below = torch.zeros(len(block), width, dtype=torch.float64, device=ensemble.device)
    image = next(normals).to(below) * width**-0.5
    # One number is drawn for each unit of a start that is given as well: all starts go one way.
    sums = image * 2**0.5 if ensemble.start == "own" else below + ensemble.unit_start()
    log_energy = torch.zeros_like(below[:, 0])
    for index in range(last + 1):
        if index:
            deviation = (squared_norms(below) > 0) * width**-0.5
            image = next(normals).to(below) * deviation[:, None]
            sums = image * 2**0.5 if index == last else torch.add(below, image, alpha=ensemble.tau)
        unit = sums.relu()
        squared = squared_norms(unit)
        log_energy = log_energy + squared.log()
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


def chunk_size(ensemble: Ensemble, chunk: int | None) -> int:
    """Return how many networks to simulate at once where one layer is held at a time."""
    if chunk is not None:
        return arguments.integer("chunk", chunk, minimum=1)
    numbers = min((ensemble.depth + 1) * ensemble.width, max(ensemble.width, _DRAWN))
    return max(1, _CHUNK_NUMBERS // numbers)
