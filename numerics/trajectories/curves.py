"""Losses and factors along a run, as the figures of Chen et al. (2020) show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import one_thread
from numerics.trajectories.comparisons import factors
from numerics.trajectories.models import Architecture
from numerics.trajectories.runs import Training, in_blocks, train


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Of each network a row, of each step a column.

    Attributes:
        loss: of the batch before the step.
        factor: gamma_k/|theta_0 - theta_T|^2, the infimum of the loss taken as 0.
    """

    loss: Measurement
    factor: Measurement


def measure_curves(
    training: Training, *, model: str, width: int, arm: Mapping[str, Any], step: Sequence[int]
) -> Curves:
    """Train networks, and tell some steps of each run.

    Args:
        training: how.
        model: see ``Architecture``.
        width: likewise.
        arm: other attributes of the architecture or the training, as in ``measure_arms``.
        step: which steps k to tell, from 0 on.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    own = {name: value for name, value in arm.items() if name in vars(training)}
    rest = {name: value for name, value in arm.items() if name not in own}
    architecture, training = (
        Architecture(model=model, width=width, **rest),
        replace(training, **own),
    )
    last = training.steps - 1
    told = [
        arguments.integer("step", one, minimum=0, maximum=last)
        for one in arguments.sequence("step", step)
    ]
    losses, found = [], []
    with one_thread():
        for block in in_blocks(training):
            run = train(architecture, training, block)
            losses.append(run.losses[:, told])
            found.append(factors(run.products, run.losses, training.learning_rate)[:, told])
    skipped = training.first_network - next(iter(in_blocks(training))).start
    kept = slice(skipped, skipped + training.networks)
    settings = {**vars(training), "model": model, "width": width, "arm": dict(arm), "step": told}
    return Curves(
        loss=Measurement(
            quantity="loss of a batch", per_network=np.concatenate(losses)[kept], settings=settings
        ),
        factor=Measurement(
            quantity="gamma over the squared distance",
            per_network=np.concatenate(found)[kept],
            settings=settings,
        ),
    )
