"""Rademacher complexity of perceptrons, exactly or from below, and deviations of finite classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import one_thread

Numbers = NDArray[np.float64]

POLAR_STEPS = 5
"""After which the sum of positive entries grows by less than 1 %."""

ROUNDING = 1e-9
"""Of entries that are 0 but for rounding."""


def measure_complexity(
    *,
    depth: int,
    product: float,
    samples: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the supremum of mean sigma_n f(x_n) over perceptrons of bounded norms of Frobenius.

    The inputs are unit vectors of the plane, each draw's own, and so are the signs. Of two matrices
    the supremum is that of one unit, found exactly over the arcs on which it is active at the same
    inputs; of more it is no less, as a further layer can pass the unit on, and what is told is that
    of two. It takes no device: a draw is a sort of a few angles.

    Args:
        depth: L >= 2 weight matrices.
        product: K in [1e-3, 1e3], of the norms of all but the last, whose norm is 1.
        samples: N in [1, 10^4], of which the time and the memory grow with the square.
        networks: number of independent draws >= 1.
        seed: integer in [0, 2**64); draw k depends on (seed, k) alone.
        first_network: index of the first draw.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    depth = arguments.integer("depth", depth, minimum=2)
    scale = arguments.real("product", product, minimum=1e-3, maximum=1e3)
    samples = arguments.integer("samples", samples, minimum=1, maximum=10**4)

    def supremum(random: np.random.Generator) -> float:
        inputs = random.standard_normal((samples, 2))
        inputs /= np.linalg.norm(inputs, axis=1, keepdims=True)
        signed = inputs * random.choice([-1.0, 1.0], samples)[:, None]
        return scale * greatest_of_unit(inputs, signed) / samples

    settings = {"depth": depth, "product": product, "samples": samples}
    words = "mean sigma_n f(x_n), its supremum over perceptrons"
    return _drawn(supremum, words, settings, networks, seed, first_network)


def greatest_of_unit(inputs: Numbers, signed: Numbers) -> float:
    """Return the greatest |sum of sigma_n max(0, u.x_n)| over unit vectors u of the plane.

    Args:
        inputs: x_n, shape (N, 2).
        signed: sigma_n x_n.
    """
    angles = np.arctan2(inputs[:, 1], inputs[:, 0])
    ends = np.sort(np.concatenate([angles + np.pi / 2, angles - np.pi / 2]) % (2 * np.pi))
    after = np.roll(ends, -1)
    after[-1] += 2 * np.pi
    middle = (ends + after) / 2
    towards = np.stack([np.cos(middle), np.sin(middle)], axis=1)
    sums = (towards @ inputs.T > 0) @ signed
    # On an arc the sum is |s| cos(distance of u from s), of either sign.
    turn = (np.arctan2(sums[:, 1], sums[:, 0]) - middle + np.pi / 2) % np.pi - np.pi / 2
    off = np.maximum(np.abs(turn) - (after - ends) / 2, 0)
    return float((np.linalg.norm(sums, axis=1) * np.cos(off)).max())


def measure_spectral_complexity(
    *, dim: int, samples: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the same from below over two matrices of spectral norm 1, of d inputs and d units.

    The inputs are the d unit vectors of the axes in turn, so that each is free to go anywhere. Of
    the inputs whose signs add up to more than 0 an orthogonal block of W^1 makes units of its own,
    of those below 0 another, and W^2 goes along what the units add up to. It takes no device: the
    blocks are few and small.

    Args:
        dim: d in [1, 10^4], of which the time grows with the cube.
        samples: N in [1, 10^6].
        networks: number of independent draws of the signs >= 1.
        seed: integer in [0, 2**64); draw k depends on (seed, k) alone.
        first_network: index of the first draw.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1, maximum=10**4)
    samples = arguments.integer("samples", samples, minimum=1, maximum=10**6)

    def found(random: np.random.Generator) -> float:
        signs = random.choice([-1.0, 1.0], samples)
        sums = np.bincount(np.arange(samples) % dim, weights=signs)
        sides = [np.sort(side[side > 0])[::-1] for side in (sums, -sums)]
        units = [np.maximum(spread_block(len(side)), 0) @ side for side in sides]
        return float(np.linalg.norm(np.concatenate(units))) / samples

    settings = {"dim": dim, "samples": samples}
    words = "mean sigma_n f(x_n) of two matrices of spectral norm 1"
    return _drawn(found, words, settings, networks, seed, first_network)


@lru_cache(maxsize=1024)
def spread_block(count: int) -> Numbers:
    """Return an orthogonal matrix whose positive entries add up to much, n^1.5/2 or more.

    The sum is convex, so that it grows with each step to the orthogonal matrix that is best
    along its gradient, the polar factor. From the matrix of Hartley's transform the steps end
    4 to 14 % below a regular Hadamard matrix, (n^1.5 + n)/2, which few n have.

    Args:
        count: n >= 0, of rows and of columns, which are in the order of what their positive entries
            add up to, the greatest first.
    """
    angles = np.outer(np.arange(count), np.arange(count)) * (2 * np.pi / max(count, 1))
    matrix = (np.cos(angles) + np.sin(angles)) / math.sqrt(max(count, 1))
    for _ in range(POLAR_STEPS):
        # A share of the matrix, which adds a constant to the sum, leaves no direction undetermined.
        left, _, right = np.linalg.svd((matrix > ROUNDING) + matrix / 8)
        matrix = left @ right
    positive = np.maximum(matrix, 0).sum(axis=0)
    return matrix[:, np.argsort(-positive, kind="stable")]


def measure_deviations(
    *,
    functions: int,
    loss: float,
    samples: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the greatest R - R_S of a small class, less 2 alpha times its complexity.

    The class is f = 1, or f = 1 and f = -1, y = 1 or -1 with even odds, and the loss c |f - y|/2 is
    c/2-Lipschitz in f. The complexity, 0 of one function and E|sum of sigma_n|/N of two, is exact.
    It takes no device: a draw is a binomial number.

    Args:
        functions: 1 or 2 of the class.
        loss: c in [1e-3, 1e3].
        samples: N in [1, 10^6].
        networks: number of independent samples of N >= 1.
        seed: integer in [0, 2**64); sample k depends on (seed, k) alone.
        first_network: index of the first sample.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    loss = arguments.real("loss", loss, minimum=1e-3, maximum=1e3)
    samples = arguments.integer("samples", samples, minimum=1, maximum=10**6)
    functions = arguments.integer("functions", functions, minimum=1, maximum=2)
    complexity = mean_of_signs(samples) if functions == 2 else 0.0

    def deviation(random: np.random.Generator) -> float:
        mean = 2 * random.binomial(samples, 0.5) / samples - 1
        greatest = abs(mean) if functions == 2 else mean
        return float(loss * greatest / 2 - loss * complexity)

    settings = {"functions": functions, "loss": loss, "samples": samples}
    words = "greatest R - R_S, less 2 alpha times the complexity"
    return _drawn(deviation, words, settings, networks, seed, first_network)


def mean_of_signs(samples: int) -> float:
    """Return E|mean of N random signs|, the central binomial coefficient of N - 1 over 2^(N-1)."""
    half = (samples - 1) // 2
    log = math.lgamma(samples) - math.lgamma(half + 1) - math.lgamma(samples - half)
    return math.exp(log - (samples - 1) * math.log(2))


def _drawn(
    found: Callable[[np.random.Generator], float],
    quantity: str,
    settings: Mapping[str, object],
    networks: int,
    seed: int,
    first_network: int,
) -> Measurement:
    seed = arguments.seed(seed)
    with one_thread():
        values = [
            found(keyed.numpy_generator(seed=seed, network=k))
            for k in arguments.network_range(first_network, networks)
        ]
    run = {"networks": networks, "seed": seed, "first_network": first_network}
    return Measurement(
        quantity=quantity, per_network=np.array(values), settings={**settings, **run}
    )
