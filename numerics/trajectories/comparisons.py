"""How fast networks train beside the regularity of their paths, an arm a column.

Beside each run stand two surrogates of the same losses, whose points know nothing of them: the
run's own steps in another order, and a random walk of steps as long.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import one_thread
from numerics.trajectories.models import Architecture
from numerics.trajectories.runs import Run, Training, in_blocks, train


@dataclass(frozen=True, kw_only=True)
class Arms:
    """Of each network a row, of each arm a column.

    Speed is told in three ways, in which less is faster; the factor gamma/|theta_0 - theta_T|^2 of
    Theorem 1 by its least value of all steps, which gamma of Definition 2 has, and by its median,
    as the curves of the figures show it step by step.  The infimum of the loss is taken as 0.

    Attributes:
        mean_loss: of the T batches, as in Theorem 1.
        final_loss: of all samples at theta_T.
        steps_to_loss: steps until a batch has at most the loss; T + 1 where none has.
        least_factor, median_factor: of the run.
        shuffled_least_factor, shuffled_median_factor: with the run's steps in random order.
        walk_least_factor, walk_median_factor: with a random walk of steps as long.
        weighted_factor: 2 eta times the sum of losses times factors: 1 on any path.
        shuffled_weighted_factor, walk_weighted_factor: the same of the surrogates.
    """

    mean_loss: Measurement
    final_loss: Measurement
    steps_to_loss: Measurement
    least_factor: Measurement
    median_factor: Measurement
    shuffled_least_factor: Measurement
    shuffled_median_factor: Measurement
    walk_least_factor: Measurement
    walk_median_factor: Measurement
    weighted_factor: Measurement
    shuffled_weighted_factor: Measurement
    walk_weighted_factor: Measurement


def measure_arms(
    training: Training, *, model: str, width: int, arms: Sequence[Mapping[str, Any]]
) -> Arms:
    """Train the arms of each network, and measure how fast, and how regular, they are.

    Args:
        training: of all arms.
        model: see ``Architecture``.
        width: likewise.
        arms: for each what it has of its own: attributes of ``Architecture`` or of the training,
            such as ``{"activation": "tanh"}`` or ``{"optimiser": "adam"}``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arms = arguments.sequence("arms", arms)
    found: dict[str, list[NDArray[np.float64]]] = {}
    with one_thread():
        for block in in_blocks(training):
            columns: dict[str, list[NDArray[np.float64]]] = {}
            for arm in arms:
                own = {name: value for name, value in arm.items() if name in vars(training)}
                rest = {name: value for name, value in arm.items() if name not in own}
                architecture = Architecture(model=model, width=width, **rest)
                trained = replace(training, **own)
                for name, value in _told(train(architecture, trained, block), trained, block):
                    columns.setdefault(name, []).append(value)
            for name, values in columns.items():
                found.setdefault(name, []).append(np.stack(values, axis=1))
    skipped = training.first_network - next(iter(in_blocks(training))).start
    kept = slice(skipped, skipped + training.networks)
    settings = {**vars(training), "model": model, "width": width, "arms": tuple(map(dict, arms))}
    words = [f"{name.replace('_', ' ')}, a column for each arm" for name in found]
    whole = (np.concatenate(values)[kept] for values in found.values())
    return Arms(**dict(zip(found, measurements(words, whole, settings), strict=True)))


def _told(run: Run, training: Training, block: range) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield what is told of a run by its name, one number a network."""
    reached = run.losses <= training.loss
    never = training.steps + 1
    yield "mean_loss", run.losses.mean(axis=1)
    yield "final_loss", run.final
    yield "steps_to_loss", np.where(reached.any(axis=1), reached.argmax(axis=1), never)
    own = run.products
    # Keys beyond those of networks, so that no surrogate knows what its run drew.
    sources = [
        keyed.numpy_generator(seed=training.seed, network=network + 2**32) for network in block
    ]
    drawn = list(zip(own, sources, strict=True))
    paths = {
        "": own,
        "shuffled_": np.stack([shuffled(one, source) for one, source in drawn]),
        "walk_": np.stack([walk(one, run.points.shape[2], source) for one, source in drawn]),
    }
    for name, products in paths.items():
        found = factors(products, run.losses, training.learning_rate)
        yield f"{name}least_factor", found.min(axis=1)
        yield f"{name}median_factor", np.median(found, axis=1)
        weighted = (found * run.losses).sum(axis=1)
        yield f"{name}weighted_factor", 2 * training.learning_rate * weighted


def factors(
    products: NDArray[np.float64], losses: NDArray[np.float64], learning_rate: float
) -> NDArray[np.float64]:
    """Return gamma_k/|theta_0 - theta_T|^2 of each step, shape (networks, T).

    With s_k = theta_(k+1) - theta_k, <theta_k - theta_T, U_k> - eta |U_k|^2/2 is
    (sum_(j > k) <s_j, s_k> + |s_k|^2/2)/eta.

    Args:
        products: <s_j, s_k>, shape (networks, T, T).
        losses: less their infimum, shape (networks, T).
        learning_rate: eta.
    """
    squares = np.diagonal(products, axis1=1, axis2=2)
    numerators = np.triu(products, 1).sum(axis=2) + squares / 2
    distances = products.sum(axis=(1, 2))
    return numerators / (learning_rate * losses * distances[:, None])


def shuffled(products: NDArray[np.float64], source: np.random.Generator) -> NDArray[np.float64]:
    """Return the inner products of the same steps in random order, shape (T, T)."""
    order = source.permutation(len(products))
    return products[np.ix_(order, order)]


def walk(
    products: NDArray[np.float64], parameters: int, source: np.random.Generator
) -> NDArray[np.float64]:
    """Return the inner products of steps as long in random directions of as many dimensions.

    Those of normal vectors follow Wishart's law, which Bartlett's triangle draws.
    """
    count = len(products)
    triangle = np.tril(source.standard_normal((count, count)), -1)
    degrees = parameters - np.arange(count)
    triangle[np.diag_indices(count)] = np.sqrt(source.chisquare(degrees))
    drawn = triangle @ triangle.T
    lengths = np.sqrt(np.diagonal(products) / np.diagonal(drawn))
    return drawn * np.outer(lengths, lengths)
