"""Stochastic depth at evaluation against the mean over masks, and what error signals share."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from numerics.fisher.networks import Draw, Ensemble, backward, draw, forward
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks
from numerics.simulation.products import product

DEEPEST = 10
"""Blocks up to which all masks are passed through: half of 2^10, one after the other."""


def measure_evaluated(ensemble: Ensemble) -> Measurement:
    """Measure the mean square of h^L at evaluation, where each branch is multiplied by p.

    Args:
        ensemble: networks "stochastic_depth" of a survival probability p; their masks are not used.

    Returns:
        Measurement of shape (networks,): means over inputs and units.

    Raises:
        TypeError, ValueError: the ensemble is another one.
    """
    survival = _survival(ensemble)

    def part(block: range) -> dict[str, torch.Tensor]:
        return {"square": _mean_square(_evaluated(draw(ensemble, block), survival))}

    return Measurement(
        quantity="mean square of h^L at evaluation",
        per_network=in_chunks(part, ensemble.block, ensemble.chunk(None))["square"],
        settings=vars(ensemble),
    )


def measure_evaluated_and_averaged(ensemble: Ensemble) -> Measurement:
    """Measure the mean squares of h^L at evaluation and of its mean over all masks.

    Args:
        ensemble: as for ``measure_evaluated``, of 10 blocks at most.

    Returns:
        Measurement of shape (networks, 2).

    Raises:
        TypeError, ValueError: the ensemble is another one.
    """
    survival = _survival(ensemble)
    arguments.integer("depth", ensemble.depth, minimum=1, maximum=DEEPEST)

    def part(block: range) -> dict[str, torch.Tensor]:
        drawn = draw(ensemble, block)
        first = product(drawn.inputs, drawn.weights[0].mT)
        averaged = sum(_over_masks(drawn, survival, first, 1), torch.zeros_like(first))
        both = _evaluated(drawn, survival), averaged
        return {"both": torch.stack([_mean_square(one) for one in both], dim=1)}

    return Measurement(
        quantity="mean squares of h^L, at evaluation and of the mean over masks",
        per_network=in_chunks(part, ensemble.block, ensemble.chunk(None))["both"],
        settings=vars(ensemble),
    )


def _survival(ensemble: Ensemble) -> float:
    arguments.choice("network", ensemble.network, ("stochastic_depth",))
    return arguments.real("survival", ensemble.survival, minimum=0, maximum=1)


def _mean_square(hidden: torch.Tensor) -> torch.Tensor:
    return hidden.square().double().mean(dim=(1, 2))


def _evaluated(drawn: Draw, survival: float) -> torch.Tensor:
    """Return h^L with each branch multiplied by the probability, shape (networks, N, D)."""
    hidden = product(drawn.inputs, drawn.weights[0].mT)
    for weight in drawn.weights[1:]:
        hidden = hidden + survival * product(hidden.relu(), weight.mT)
    return hidden


def _over_masks(
    drawn: Draw, survival: float, hidden: torch.Tensor, layer: int
) -> Iterator[torch.Tensor]:
    """Yield h^L times the probability of its mask, given h^(layer - 1) times that of its own.

    The last block is averaged over at once, as h^L is linear in its mask.  A probability may be
    taken through a relu, which is positively homogeneous.
    """
    branch = product(hidden.relu(), drawn.weights[layer].mT)
    if layer == len(drawn.weights) - 1:
        yield hidden + survival * branch
        return
    yield from _over_masks(drawn, survival, (1 - survival) * hidden, layer + 1)
    yield from _over_masks(drawn, survival, survival * (hidden + branch), layer + 1)


def measure_signal_gradient(ensemble: Ensemble, *, layer: int) -> Measurement:
    """Measure u^l delta^l and u^l, means over inputs and units, for readouts of ones.

    Args:
        ensemble: the networks.
        layer: one of 1..L.

    Returns:
        Measurement of shape (networks, 2).

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("layer", layer, minimum=1, maximum=ensemble.depth)

    def part(block: range) -> dict[str, torch.Tensor]:
        drawn = draw(ensemble, block)
        passed = forward(ensemble, drawn)
        signal, error = passed.signals[layer], backward(ensemble, drawn, passed)[layer]
        both = signal * error, signal
        return {"both": torch.stack([one.double().mean(dim=(1, 2)) for one in both], dim=1)}

    return Measurement(
        quantity="u delta and u, means over inputs and units",
        per_network=in_chunks(part, ensemble.block, ensemble.chunk(None))["both"],
        settings={**vars(ensemble), "layer": layer},
    )
