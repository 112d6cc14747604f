"""Descent on quadratics: f(theta) = sum_i h_i theta_i^2 / 2, by gradients and by the heavy ball.

It takes no device: points have a few coordinates.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.trajectories.regularity import largest_parameters

_TRIES = 8  # of a search
_CHUNK = 64  # long runs at a time
_STEPS = 40  # at most, where it is no parameter

Numbers = NDArray[np.float64]


def regularity_of_descent(
    start: Numbers, curvatures: Numbers, rates: Numbers, steps: int, momentum: float = 0.0
) -> Numbers:
    """Return gamma of runs, shape (runs,), of starts and curvatures of shape (runs, directions).

    `rates` are learning rates, shape (runs,).
    """
    points = np.empty((len(start), steps + 1, start.shape[1]))
    units = np.zeros((len(start), steps + 1), dtype=np.int64)
    now, velocity = start, np.zeros_like(start)
    for k in range(steps + 1):
        # Runs shrink beyond all floats: each point is kept in a unit of its own, a power of 2.
        size = np.maximum(np.abs(now), np.abs(rates[:, None] * velocity)).max(axis=1)
        unit = np.frexp(size)[1]
        now, velocity = np.ldexp(now, -unit[:, None]), np.ldexp(velocity, -unit[:, None])
        points[:, k] = now
        units[:, k] = unit + (units[:, k - 1] if k else 0)
        velocity = momentum * velocity + curvatures * now
        now = now - rates[:, None] * velocity

    def in_units_before(later: Numbers, of: NDArray[np.int64]) -> Numbers:
        return np.ldexp(later, (of - units[:, :-1])[:, :, None])

    before = points[:, :-1]
    after = in_units_before(points[:, 1:], units[:, 1:])
    last = in_units_before(points[:, -1:], units[:, -1:])
    ahead = 0.5 * ((before - last) + (after - last))
    coherence = (ahead * (before - after)).sum(axis=2) / rates[:, None]
    gaps = 0.5 * (curvatures[:, None] * before**2).sum(axis=2)
    least: Numbers = largest_parameters(coherence, gaps).min(axis=1)
    return least


def measure_descent(
    *,
    scaled_rate: float,
    momentum: float = 0.0,
    steps: int | None = None,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure gamma of descent on a quadratic of one dimension, started anywhere.

    It takes no device: points have a few coordinates.

    Args:
        scaled_rate: learning rate times curvature, in (0, 4]; both are drawn.
        momentum: of the heavy ball, in [0, 1).
        steps: in [1, 100000]; None draws 2 to 40.
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    scaled_rate = arguments.real("scaled_rate", scaled_rate, minimum=1e-6, maximum=4)
    momentum = arguments.real("momentum", momentum, minimum=0, maximum=1 - 1e-9)
    if steps is not None:
        steps = arguments.integer("steps", steps, minimum=1, maximum=100_000)
    starts, curvatures, lengths = [], [], []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        starts.append(random.normal(size=1))
        curvatures.append(np.exp(random.normal(size=1)))
        lengths.append(int(random.integers(2, _STEPS + 1)) if steps is None else steps)
    found = np.empty(len(starts))
    for length in sorted(set(lengths)):
        for alike in _chunks(np.flatnonzero(np.array(lengths) == length)):
            start, curvature = np.array(starts)[alike], np.array(curvatures)[alike]
            rate = scaled_rate / curvature[:, 0]
            found[alike] = regularity_of_descent(start, curvature, rate, length, momentum)
    return Measurement(
        quantity="gamma of descent on a quadratic of one dimension",
        per_network=found,
        settings={
            "scaled_rate": scaled_rate, "momentum": momentum, "steps": steps,
            "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SearchedDescent:
    """The extremes of gamma that searches over starts, directions and lengths of runs found."""

    least: Measurement
    greatest: Measurement


def measure_searched_descent(
    *,
    least_rate: float,
    greatest_rate: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> SearchedDescent:
    """Search gradient descent on quadratics of up to six directions for extremes of gamma.

    A search tries a few runs of 2 to 40 steps: loads of directions over many decades, among them a
    start in the flattest, one in the steepest and one in both. It takes no device: points have a
    few coordinates.

    Args:
        least_rate: learning rate times the least curvature, in (0, 2).
        greatest_rate: the same of the greatest, in [least_rate, 2).
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    least_rate, greatest_rate = _rates(least_rate, greatest_rate)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        directions, steps = int(random.integers(2, 7)), int(random.integers(2, _STEPS + 1))
        curvatures = random.uniform(least_rate, greatest_rate, (_TRIES, directions))
        curvatures[:, 0], curvatures[:, 1] = least_rate, greatest_rate
        start = np.exp(3 * random.normal(size=(_TRIES, directions)))
        start[0], start[1], start[2, 2:] = 0, 0, 0
        start[0, 0] = start[1, 1] = 1
        tried = regularity_of_descent(start, curvatures, np.ones(_TRIES), steps)
        found.append((tried.min(), tried.max()))
    settings = {
        "least_rate": least_rate, "greatest_rate": greatest_rate, "networks": networks,
        "seed": seed, "first_network": first_network,
    }  # fmt: skip
    least, greatest = measurements(
        ("least gamma of a search", "greatest gamma of a search"), np.array(found).T, settings
    )
    return SearchedDescent(least=least, greatest=greatest)


def measure_long_descent(
    *,
    least_rate: float,
    greatest_rate: float,
    steps: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure gamma of long gradient descent on a quadratic of three directions, from anywhere.

    The third lies between the others. It takes no device: points have a few coordinates.

    Args:
        least_rate: learning rate times the least curvature, in (0, 2).
        greatest_rate: the same of the greatest, in [least_rate, 2).
        steps: in [2, 100000].
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.
    """
    least_rate, greatest_rate = _rates(least_rate, greatest_rate)
    steps = arguments.integer("steps", steps, minimum=2, maximum=100_000)
    curvatures = np.array([[least_rate, greatest_rate, (least_rate + greatest_rate) / 2]])
    block = arguments.network_range(first_network, networks)
    sources = (keyed.numpy_generator(seed=seed, network=network) for network in block)
    starts = np.array([np.exp(random.normal(size=3)) for random in sources])
    found = []
    for chosen in _chunks(np.arange(len(starts))):
        rates = np.ones(len(chosen))
        found.append(regularity_of_descent(starts[chosen], curvatures, rates, steps))
    return Measurement(
        quantity="gamma of long gradient descent on a quadratic of three directions",
        per_network=np.concatenate(found),
        settings={
            "least_rate": least_rate, "greatest_rate": greatest_rate, "steps": steps,
            "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_heavy_ball(
    *,
    root: float,
    root_ratio: float,
    steps: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure gamma of the heavy ball whose recursion has two given real roots.

    Its momentum is their product, and learning rate times curvature (1 - z)(1 - q z). It takes no
    device: points have a few coordinates.

    Args:
        root: z in (-1, 1).
        root_ratio: q in [0, 1), the other root over z.
        steps: in [1, 100000].
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.
    """
    root = arguments.real("root", root, minimum=-1, maximum=1)
    ratio = arguments.real("root_ratio", root_ratio, minimum=0, maximum=1)
    measured = measure_descent(
        scaled_rate=(1 - root) * (1 - ratio * root), momentum=ratio * root**2, steps=steps,
        networks=networks, seed=seed, first_network=first_network,
    )  # fmt: skip
    return Measurement(
        quantity="gamma of the heavy ball with real roots",
        per_network=measured.per_network,
        settings={**measured.settings, "root": root, "root_ratio": ratio},
    )


def measure_fastest_descent(
    *,
    contraction: float,
    balance: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure gamma at the rate at which both directions of a quadratic shrink alike.

    It takes no device: points have a few coordinates.

    Args:
        contraction: rho in (0, 1): learning rate times curvature is 1 - rho and 1 + rho.
        balance: in [-1, 1], the share of the loss in the flat direction less that in the other.
        networks: number of runs of 2 to 40 steps, >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    contraction = arguments.real("contraction", contraction, minimum=1e-6, maximum=1 - 1e-6)
    balance = arguments.real("balance", balance, minimum=-1, maximum=1)
    curvatures = np.array([[1 - contraction, 1 + contraction]])
    shares = np.array([[1 + balance, 1 - balance]])
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        start = np.sqrt(shares / curvatures) * np.exp(random.normal())
        steps = int(random.integers(2, _STEPS + 1))
        found.append(regularity_of_descent(start, curvatures, np.ones(1), steps)[0])
    return Measurement(
        quantity="gamma of gradient descent at the fastest rate",
        per_network=np.array(found),
        settings={
            "contraction": contraction, "balance": balance, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def _chunks(indices: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Cut indices into as many as are run at a time."""
    for first in range(0, len(indices), _CHUNK):
        yield indices[first : first + _CHUNK]


def _rates(least: float, greatest: float) -> tuple[float, float]:
    least = arguments.real("least_rate", least, minimum=1e-9, maximum=2)
    return least, arguments.real("greatest_rate", greatest, minimum=least, maximum=2)
