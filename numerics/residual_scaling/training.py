"""How long gradient descent takes with scaled branches (see ``numerics.residual_scaling.descent``).

The paper sums the loss over inputs: its learning rate is that of here divided by n.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.descent import Training, descend, draw, forward, residuals_of
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import chunk_size, in_chunks
from numerics.simulation.device import DTYPES
from numerics.simulation.products import selected

_EVENTS = ("reached", "diverged", "dead")
_BLOWN_UP = 1e8  # times the loss at the start; runs that converge may pass far above it


@dataclass(frozen=True, kw_only=True)
class Trained:
    """How training went: a column for each learning rate, or one value a network if one was given.

    Attributes:
        steps: steps until the loss was at most epsilon; one more than the greatest number allowed
            where it never was.
        reached: 1 where it was, else 0.
        diverged: 1 where the loss overflowed or rose to 1e8 times its start, else 0.
        dead: 1 where all last layers were 0, so that no gradient is left, else 0.
        final_loss: the loss at which the run stopped; infinite where it overflowed.
        fewest_steps: the least ``steps`` of all learning rates, one value a network.
    """

    steps: Measurement
    reached: Measurement
    diverged: Measurement
    dead: Measurement
    final_loss: Measurement
    fewest_steps: Measurement


def measure_training(
    ensemble: Ensemble, training: Training, *, chunk: int | None = None
) -> Trained:
    """Train each network with each learning rate until the loss is small, or steps run out.

    Args:
        ensemble: networks with their own start.
        training: what is learnt, and how.
        chunk: networks trained at once. On a CPU no bit of a result depends on it; on CUDA the
            last digits may.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("start", ensemble.start, ("own",))
    layer = ensemble.width * (ensemble.width + training.samples)
    held = len(training.rates) * (ensemble.depth + 1) * layer * DTYPES[training.dtype].itemsize
    if chunk is None:
        chunk = chunk_size(bytes_per_network=held, device=torch.device(ensemble.device))
    found = in_chunks(
        lambda part: _train(ensemble, training, part),
        ensemble.block,
        arguments.integer("chunk", chunk, minimum=1),
    )
    one = isinstance(training.learning_rates, int | float)
    values = {name: value[:, 0] if one else value for name, value in found.items()}
    values["fewest_steps"] = found["steps"].min(axis=1)
    return Trained(
        **{
            name: Measurement(
                quantity=f"{name.replace('_', ' ')} of training",
                per_network=value,
                settings={**vars(ensemble), **vars(training)},
            )
            for name, value in values.items()
        }
    )


@dataclass(frozen=True, kw_only=True)
class TrainedByKind:
    """How training went with the best of the learning rates: a column for each kind of network.

    Attributes:
        fewest_steps: the least ``Trained.steps`` of all learning rates.
        least_loss: the least ``Trained.final_loss``; infinite where all diverged.
    """

    fewest_steps: Measurement
    least_loss: Measurement


def measure_training_by_kind(
    ensemble: Ensemble, training: Training, *, kinds: Sequence[Mapping[str, Any]]
) -> TrainedByKind:
    """Train networks of several kinds, which at equal sizes have their normals in common.

    Args:
        ensemble: networks with their own start.
        training: what is learnt, and how.
        kinds: for each kind what it has of its own: attributes of the ensemble or the training,
            such as ``{"tau": 0.1, "depth": 100}`` or ``{"skips": False}``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    steps, losses = [], []
    for kind in arguments.sequence("kinds", kinds):
        of_training = {name: value for name, value in kind.items() if name in vars(training)}
        of_ensemble = {name: value for name, value in kind.items() if name not in of_training}
        found = measure_training(replace(ensemble, **of_ensemble), replace(training, **of_training))
        steps.append(found.fewest_steps.per_network)
        losses.append(found.final_loss.per_network.reshape(len(steps[-1]), -1).min(axis=1))
    settings = {**vars(ensemble), **vars(training), "kinds": tuple(map(dict, kinds))}

    def measured(quantity: str, columns: list[np.ndarray]) -> Measurement:
        values = np.column_stack(columns)
        return Measurement(quantity=quantity, per_network=values, settings=settings)

    return TrainedByKind(
        fewest_steps=measured("fewest steps of training, a column for each kind", steps),
        least_loss=measured("least final loss, a column for each kind", losses),
    )


def _train(ensemble: Ensemble, training: Training, block: range) -> dict[str, torch.Tensor]:
    """Return what became of each run, shape (networks, rates)."""
    limit, count = training.steps, len(training.rates)
    runs = draw(ensemble, training, block)
    tau = ensemble.tau if training.skips else None
    every = math.ceil(training.samples / (training.batch_size or training.samples))
    sources = [keyed.numpy_generator(seed=ensemble.seed, network=k) for k in block]
    index = np.arange(len(runs.starts))  # of the runs that go on
    steps, found = np.full(len(index), limit + 1), np.zeros((4, len(index)))
    first = np.zeros(0)
    for step in range(limit + 1):
        if step % every == 0 or step == limit:
            hidden = forward(runs.weights, runs.starts, tau)
            residuals = residuals_of(hidden, runs.readouts, runs.targets)
            loss = _losses(residuals)
            first = first if step else loss
            events = _events(loss, first, hidden, training)
            found[:, index] = *events, loss
            steps[index[events[0]]] = step
            left = np.flatnonzero(~events.any(axis=0))
            if step == limit or not len(left):
                break
            if len(left) < len(index):
                index, first, runs = index[left], first[left], runs.select(left)
                hidden, residuals = (selected(one, left) for one in (hidden, residuals))
        if training.batch_size is not None:
            drawn = [one.choice(training.samples, training.batch_size, False) for one in sources]
            batch = runs.batch(np.stack(drawn)[index // count])
            hidden = forward(batch.weights, batch.starts, tau)
            residuals = residuals_of(hidden, batch.readouts, batch.targets)
        descend(runs, hidden, residuals, tau)
    values = {"steps": steps, **dict(zip((*_EVENTS, "final_loss"), found, strict=True))}
    return {name: torch.from_numpy(one.reshape(-1, count)) for name, one in values.items()}


def _losses(residuals: torch.Tensor) -> np.ndarray:
    """Return F of each run; what overflowed and became no number on its way is infinite."""
    loss = squared_norms(residuals.double().flatten(start_dim=1)) / (2 * residuals.shape[1])
    return np.nan_to_num(loss.cpu().numpy(), nan=np.inf, posinf=np.inf)


def _events(
    loss: np.ndarray, first: np.ndarray, hidden: torch.Tensor, training: Training
) -> np.ndarray:
    """Return which runs stop, for each of the reasons at most one, shape (3, runs)."""
    silent = (hidden[-1].flatten(start_dim=1) == 0).all(dim=1).cpu().numpy()
    reached = loss <= training.loss
    diverged = np.isinf(loss) | (loss > _BLOWN_UP * first)
    return np.stack([reached, diverged & ~reached, silent & ~reached & ~diverged])
