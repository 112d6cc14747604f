"""How networks generalise that are normalised in one way or another (Luo et al. 2018, section 5).

Networks learn a few images, some of wrong labels, which they can fit and which do not generalise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.batch_norm.training import (
    Normalisation,
    batches,
    blocks,
    descend,
    drawn,
    evaluated,
    started,
)
from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import one_thread


@dataclass(frozen=True, kw_only=True)
class Trends:
    """Of each network a row, of each arm a column.

    Losses are those of evaluation, by the statistics of the training set, over its labels and over
    test images of right labels.

    Attributes:
        training_loss: at the end.
        validation_loss: at the end.
        gap: the difference.
        validation_loss_at_equal_training: where the training loss was last above that of the arm
            that ends with the largest, interpolated; so arms are as far in training.
        squared_gamma: mean of gamma^2 over the channels of the layers of the kind, at the end.
        accuracy: on test images at the end.
    """

    training_loss: Measurement
    validation_loss: Measurement
    gap: Measurement
    validation_loss_at_equal_training: Measurement
    squared_gamma: Measurement
    accuracy: Measurement


def measure_trends(network: Normalisation, *, arms: Sequence[Mapping[str, Any]]) -> Trends:
    """Train networks in several ways that share data and start, and evaluate them.

    Args:
        network: what all arms have.
        arms: for each what it has of its own, such as ``{"kind": "wn", "batch_size": 64}``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arms = arguments.sequence("arms", arms)
    together, kept = blocks(network)
    found: dict[str, list[NDArray[np.float64]]] = {}
    with one_thread():
        for block in together:
            curves = [_trained(replace(network, **arm), block) for arm in arms]
            for name, value in _told(curves).items():
                found.setdefault(name, []).append(value)
    words = [f"{name.replace('_', ' ')}, a column for each arm" for name in found]
    whole = (np.concatenate(values)[kept] for values in found.values())
    settings = {**vars(network), "arms": tuple(map(dict, arms))}
    return Trends(**dict(zip(found, measurements(words, whole, settings), strict=True)))


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """Of each network a row, of each look a column; see ``Trends``."""

    training_loss: Measurement
    validation_loss: Measurement
    accuracy: Measurement
    squared_gamma: Measurement


def measure_dynamics(network: Normalisation, *, look: Sequence[int]) -> Dynamics:
    """Train networks, and evaluate them on the way.

    Args:
        network: how; ``looks`` must divide ``updates``.
        look: which looks to tell, 1 to ``looks``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    if network.updates % network.looks:
        raise ValueError(f"looks = {network.looks}: must divide updates = {network.updates}")
    places = [
        arguments.integer("look", one, minimum=1, maximum=network.looks) - 1
        for one in arguments.sequence("look", look)
    ]
    together, kept = blocks(network)
    with one_thread():
        curves = [_trained(network, block) for block in together]
    names = ("training_loss", "validation_loss", "accuracy", "squared_gamma")
    return Dynamics(
        **{
            name: Measurement(
                quantity=name.replace("_", " "),
                per_network=np.concatenate([one[told][places].T for one in map(vars, curves)])[
                    kept
                ],
                settings={**vars(network), "look": tuple(look)},
            )
            for name, told in zip(
                names, ("training", "validation", "accuracy", "squared_gamma"), strict=True
            )
        }
    )


@dataclass(frozen=True)
class _Curves:
    """What is evaluated after each so many steps, each of shape (times, networks)."""

    training: NDArray[np.float64]
    validation: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    squared_gamma: NDArray[np.float64]


def _told(curves: Sequence[_Curves]) -> dict[str, NDArray[np.float64]]:
    training = np.stack([one.training[-1] for one in curves], axis=1)
    validation = np.stack([one.validation[-1] for one in curves], axis=1)
    level = np.stack([one.training.min(axis=0) for one in curves]).max(axis=0)
    return {
        "training_loss": training,
        "validation_loss": validation,
        "gap": validation - training,
        "validation_loss_at_equal_training": np.stack([_at(one, level) for one in curves], axis=1),
        "squared_gamma": np.stack([one.squared_gamma[-1] for one in curves], axis=1),
        "accuracy": np.stack([one.accuracy[-1] for one in curves], axis=1),
    }


def _at(curves: _Curves, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the validation loss where the training loss first falls to a level, interpolated."""
    reached = (curves.training <= level).argmax(axis=0)
    before, network = np.maximum(reached - 1, 0), np.arange(len(level))
    above, below = curves.training[before, network], curves.training[reached, network]
    share = np.divide(above - level, above - below, out=np.ones_like(level), where=above > below)
    validation = curves.validation
    found: NDArray[np.float64] = validation[before, network] * (1 - share)
    return found + validation[reached, network] * share


def _trained(network: Normalisation, block: range) -> _Curves:
    data = drawn(network, block)
    model = started(network, data, block)
    every = max(1, network.updates // network.looks)
    told: list[tuple[torch.Tensor, ...]] = []

    def look(step: int) -> None:
        if step % every == 0 or step == network.updates:
            told.append((*evaluated(model, data), squared_gamma()))

    def squared_gamma() -> torch.Tensor:
        squares = [
            layer.gamma.detach().square().view(len(block), -1)
            for place, layer in enumerate(model.layers)
            if network.layer in (None, place)
        ]
        return torch.cat(squares, dim=1).mean(1)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed.stream(seed=network.seed, network=block.start))
        shown = batches(network, data, block, updates=network.updates)
        descend(network, model, shown, look)
    return _Curves(*(torch.stack(one).double().cpu().numpy() for one in zip(*told, strict=True)))
