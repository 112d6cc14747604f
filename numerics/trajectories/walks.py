"""Walks that follow no loss, descent on flat losses, and paths that turn: what gamma says of them.

It takes no device: walks have few steps, and descent is in one or two numbers.
"""

from dataclasses import dataclass

import numpy as np

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.trajectories.regularity import coherences, largest_parameters

_GROUP = 32  # walks of a draw, of which the share is measured


def measure_walk_steps(
    *, dim: int, steps: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure which share of 32 Gaussian walks is no nearer to its end after its first step.

    It takes no device: walks have few steps.

    Args:
        dim: dimensions, in [1, 10000].
        steps: in [2, 10000].
        networks: number of groups of walks >= 1.
        seed: integer in [0, 2**64); group k depends on (seed, k) alone.
        first_network: index of the first group.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, steps = _walk(dim, steps)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        walks = random.standard_normal((_GROUP, steps, dim))
        squares = [(one.sum(axis=1) ** 2).sum(axis=1) for one in (walks, walks[:, 1:])]
        found.append(np.mean(squares[0] < squares[1]))
    return Measurement(
        quantity="share of walks no nearer to their end after the first step",
        per_network=np.array(found),
        settings={
            "dim": dim, "steps": steps, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def measure_walks(
    *, dim: int, steps: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure whether a Gaussian walk has a step that does not come nearer to its end.

    It takes no device: walks have few steps.

    Args:
        dim: dimensions, in [1, 10000].
        steps: in [2, 10000].
        networks: number of walks >= 1.
        seed: integer in [0, 2**64); walk k depends on (seed, k) alone.
        first_network: index of the first walk.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, steps = _walk(dim, steps)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        left = random.standard_normal((steps, dim)).cumsum(axis=0)  # backwards from the end
        squares = np.einsum("td,td->t", left, left)
        found.append(float((np.diff(squares) < 0).any()))
    return Measurement(
        quantity="whether a walk breaks (2)",
        per_network=np.array(found),
        settings={
            "dim": dim, "steps": steps, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def _walk(dim: int, steps: int) -> tuple[int, int]:
    return (
        arguments.integer("dim", dim, minimum=1, maximum=10_000),
        arguments.integer("steps", steps, minimum=2, maximum=10_000),
    )


@dataclass(frozen=True, kw_only=True)
class FlatDescent:
    """Both sides of (3), a column for each length of a run."""

    bound: Measurement
    average_gap: Measurement


def measure_flat_descent(
    *,
    power: float,
    lengths: tuple[int, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> FlatDescent:
    """Measure both sides of (3) for gradient descent on |theta|^p/p at the rate 1/4.

    It starts anywhere in [0.997, 1.003]. It takes no device: descent is in one number.

    Args:
        power: p in [2, 10].
        lengths: T of the columns, increasing, at most 100000.
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    power = arguments.real("power", power, minimum=2, maximum=10)
    lengths = tuple(
        arguments.integer("lengths", one, minimum=1, maximum=100_000)
        for one in arguments.sequence("lengths", lengths)
    )
    rate = 0.25
    block = arguments.network_range(first_network, networks)
    sources = (keyed.numpy_generator(seed=seed, network=network) for network in block)
    points = np.empty((max(lengths) + 1, networks))
    points[0] = [source.uniform(0.997, 1.003) for source in sources]
    for k in range(max(lengths)):
        points[k + 1] = points[k] - rate * points[k] ** (power - 1)
    gaps = points**power / power
    columns = []
    for steps in lengths:
        run = points[: steps + 1].T[:, :, None]
        gamma = largest_parameters(coherences(run, rate), gaps[:steps].T).min(axis=1)
        distance = points[0] - points[steps]
        bound = distance**2 / (2 * rate * steps * gamma)
        columns.append((bound, gaps[:steps].mean(axis=0)))
    settings = {
        "power": power, "lengths": lengths, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    names = ("right side of (3)", "left side of (3)")
    values = np.array(columns).transpose(1, 2, 0)
    bound, average = measurements(names, values, settings)
    return FlatDescent(bound=bound, average_gap=average)


@dataclass(frozen=True, kw_only=True)
class Straightness:
    """Gamma, and the length of the path over its distance, a column for each learning rate."""

    gamma: Measurement
    length_over_distance: Measurement


def measure_straightness(
    *,
    condition: float,
    scaled_rates: tuple[float, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Straightness:
    """Measure gamma and the length of gradient descent on one quadratic, at several rates.

    Of two directions, from one start for all rates, until the flat direction has shrunk by 1e-9. It
    takes no device: descent is in two numbers.

    Args:
        condition: the greater curvature over the lesser, in [2, 1000].
        scaled_rates: learning rates times the greater curvature, of the columns, in (0, 2).
        networks: number of starts >= 1.
        seed: integer in [0, 2**64); start k depends on (seed, k) alone.
        first_network: index of the first start.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    condition = arguments.real("condition", condition, minimum=2, maximum=1000)
    scaled = [
        arguments.real("scaled_rates", one, minimum=1e-3, maximum=2)
        for one in arguments.sequence("scaled_rates", scaled_rates)
    ]
    curvatures = np.array([1 / condition, 1.0])
    block = arguments.network_range(first_network, networks)
    sources = (keyed.numpy_generator(seed=seed, network=network) for network in block)
    starts = np.array([source.normal(size=2) for source in sources])
    columns = []
    for rate in scaled:
        factors = 1 - rate * curvatures
        steps = int(np.ceil(np.log(1e-9) / np.log(factors[0])))
        points = starts[:, None] * factors ** np.arange(steps + 1)[:, None]
        gaps = 0.5 * (curvatures * points[:, :-1] ** 2).sum(axis=2)
        gamma = largest_parameters(coherences(points, rate), gaps).min(axis=1)
        length = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
        columns.append((gamma, length / np.linalg.norm(points[:, 0] - points[:, -1], axis=1)))
    settings = {
        "condition": condition, "scaled_rates": tuple(scaled), "networks": networks,
        "seed": seed, "first_network": first_network,
    }  # fmt: skip
    values = np.array(columns).transpose(1, 2, 0)
    gamma, length = measurements(("gamma", "length over distance"), values, settings)
    return Straightness(gamma=gamma, length_over_distance=length)
