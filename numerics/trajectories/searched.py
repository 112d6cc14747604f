"""Searches of trajectories, of any points and any losses, for violations of Theorem 1.

Inequality (2) is worked out as it is printed, from updates U; it takes no device: points have a few
coordinates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_TRIES = 4  # of a search

Numbers = NDArray[np.float64]


def coherence_as_printed(points: Numbers, learning_rate: float) -> Numbers:
    """Return <theta_k - theta_T, U_k> - eta |U_k|^2 / 2, (..., T), of points (..., T + 1, d)."""
    update = (points[..., :-1, :] - points[..., 1:, :]) / learning_rate
    ahead = points[..., :-1, :] - points[..., -1:, :]
    found: Numbers = (ahead * update).sum(axis=-1) - learning_rate / 2 * (update**2).sum(axis=-1)
    return found


def measure_steps(
    *,
    before: float,
    after: float,
    learning_rate: float,
    gap: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the largest gamma for which (2) holds at a step of two given distances to the end.

    It takes no device: points have a few coordinates.

    Args:
        before: |theta_k - theta_T| >= 0.
        after: |theta_(k+1) - theta_T| >= 0.
        learning_rate: > 0.
        gap: > 0.
        networks: number of steps >= 1, each in a space of 2 to 20 dimensions.
        seed: integer in [0, 2**64); step k depends on (seed, k) alone.
        first_network: index of the first step.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    before = arguments.real("before", before, minimum=0, maximum=1e9)
    after = arguments.real("after", after, minimum=0, maximum=1e9)
    rate, gap = _positive("learning_rate", learning_rate), _positive("gap", gap)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        last, *directions = random.normal(size=(3, int(random.integers(2, 21))))
        last = last * max(before, after)
        units = [one / np.linalg.norm(one) for one in directions]
        now, then = last + before * units[0], last + after * units[1]
        found.append(coherence_as_printed(np.array([now, then, last]), rate)[0] / gap)
    return Measurement(
        quantity="largest gamma of a step",
        per_network=np.array(found),
        settings={
            "before": before, "after": after, "learning_rate": rate, "gap": gap,
            "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_average_gaps(
    *,
    distance: float,
    learning_rate: float,
    steps: int,
    mean_regularity: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the average gap of random points and random gaps of a given mean gamma.

    It takes no device: points have a few coordinates.

    Args:
        distance: |theta_0 - theta_T| > 0.
        learning_rate: > 0.
        steps: T in [1, 10000].
        mean_regularity: mean of the largest gamma of each step, weighted by its gap; > 0. The gaps
            are given the scale at which it is that.
        networks: number of trajectories >= 1.
        seed: integer in [0, 2**64); trajectory k depends on (seed, k) alone.
        first_network: index of the first trajectory.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    distance, rate, steps = _run(distance, learning_rate, steps)
    mean = _positive("mean_regularity", mean_regularity)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        coherence = coherence_as_printed(_points(random, 1, steps, distance)[0], rate)
        gaps = random.exponential(size=steps)
        parameters = coherence / gaps
        scale = (parameters * gaps).sum() / gaps.sum() / mean
        found.append(scale * gaps.mean())
    return Measurement(
        quantity="average gap",
        per_network=np.array(found),
        settings={
            "distance": distance, "learning_rate": rate, "steps": steps, "mean_regularity": mean,
            "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_regular_gaps(
    *,
    distance: float,
    learning_rate: float,
    steps: int,
    regularity: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Search for the greatest average gap of trajectories that obey (2) with a given gamma.

    Of any points, and of losses less the infimum of the total loss, which those of a sample may lie
    under: nothing is interpolated, and no sample is drawn as often as another. The slack of (2) is
    drawn at each step, and 0 at each of one try. It takes no device: points have a few coordinates.

    Args:
        distance: |theta_0 - theta_T| > 0.
        learning_rate: > 0.
        steps: T in [1, 10000].
        regularity: gamma > 0.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.
    """
    distance, rate, steps = _run(distance, learning_rate, steps)
    gamma = _positive("regularity", regularity)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        coherence = coherence_as_printed(_points(random, _TRIES, steps, distance), rate)
        slack = random.exponential(size=coherence.shape) * random.integers(0, 2, coherence.shape)
        slack[0] = 0
        slack[1] = np.maximum(coherence[1], 0) * random.random()
        found.append(((coherence - slack) / gamma).mean(axis=1).max())
    return Measurement(
        quantity="greatest average gap of a search",
        per_network=np.array(found),
        settings={
            "distance": distance, "learning_rate": rate, "steps": steps, "regularity": gamma,
            "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_unequal_batches(
    *,
    distance: float,
    learning_rate: float,
    steps: int,
    regularity: float,
    shift: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the average of l - inf f over epochs of one batch of two samples and one of one.

    The samples' losses are h_i |theta - theta*|^2 / 2 + c_i, interpolated at theta*, with c_1 = c_2
    = 0 and c_3 six times the shift: sample 3, by itself in its batch, is half of the mean of the
    infima of batches and a third of inf f. A step is along the gradient, and losses are in the unit
    in which gamma, with the gaps of (4) to the infimum of the batch, is `regularity`. It takes no
    device: points have a few coordinates.

    Args:
        distance: |theta_0 - theta_T| > 0.
        learning_rate: > 0.
        steps: T, two an epoch: even, in [2, 100].
        regularity: gamma > 0.
        shift: mean of the infima of the batches less inf f, >= 0.
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.
    """
    distance, rate, steps = _run(distance, learning_rate, steps)
    if steps % 2 or steps > 100:
        raise ValueError(f"steps = {steps}: must be even, whole epochs, and at most 100")
    gamma = _positive("regularity", regularity)
    shift = arguments.real("shift", shift, minimum=0, maximum=1e9)
    infima = np.array([0.0, 0.0, 6 * shift])
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        curvatures = random.uniform(0.1, 0.6, 3) / rate
        points = [random.normal(size=2)]
        batches = [[0, 1], [2]]
        taken = []
        for _ in range(steps // 2):
            for chosen in random.permutation(2):
                batch = batches[chosen]
                taken.append(batch)
                points.append(points[-1] * (1 - rate * curvatures[batch].mean()))
        trajectory = np.array(points)
        trajectory *= distance / np.linalg.norm(trajectory[0] - trajectory[-1])
        squares = (trajectory[:-1] ** 2).sum(axis=1) / 2
        gaps = np.array([curvatures[one].mean() for one in taken]) * squares
        scale = (coherence_as_printed(trajectory, rate) / gaps).min() / gamma
        losses = scale * gaps + [infima[one].mean() for one in taken]
        found.append(losses.mean() - infima.mean())
    return Measurement(
        quantity="average of the loss less the infimum of the total loss",
        per_network=np.array(found),
        settings={
            "distance": distance, "learning_rate": rate, "steps": steps, "regularity": gamma,
            "shift": shift, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _points(random: np.random.Generator, runs: int, steps: int, distance: float) -> Numbers:
    """Draw points of runs, shape (runs, T + 1, d) for a d of up to 5, |theta_0 - theta_T| given.

    Those between lie about the two, in no order, or next to the straight way.
    """
    dim = int(random.integers(1, 6))
    start = random.normal(size=(runs, 1, dim))
    start *= distance / np.linalg.norm(start, axis=2, keepdims=True)
    way = np.linspace(1, 0, steps + 1)[:, None] * start
    strayed = distance * random.random((runs, 1, 1)) * random.normal(size=(runs, steps + 1, dim))
    strayed[:, [0, -1]] = 0
    points: Numbers = way * random.integers(0, 2, (runs, 1, 1)) + strayed
    points[:, :1] = start
    return points


def _run(distance: float, learning_rate: float, steps: int) -> tuple[float, float, int]:
    return (
        _positive("distance", distance),
        _positive("learning_rate", learning_rate),
        arguments.integer("steps", steps, minimum=1, maximum=10_000),
    )


def _positive(name: str, value: float) -> float:
    return arguments.real(name, value, minimum=1e-300, maximum=1e300)
