"""The p-variation of paths over all partitions, one by one."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.weight_paths.variation import p_variation


@dataclass(frozen=True, kw_only=True)
class Variations:
    """How p-variations compare, one value a path.

    Attributes:
        over_partitions: the p-variation over the greatest sum of all partitions.
        over_increments: the 1-variation over the sum of the path's increments.
        over_lower: the p-variation over the 1-variation.
    """

    over_partitions: Measurement
    over_increments: Measurement
    over_lower: Measurement


def measure_variations(
    *, points: int, dim: int, p: float, networks: int, seed: int, first_network: int = 0
) -> Variations:
    """Measure p-variations of random paths, of which a third walk, jump and stay in turn.

    It takes no device: a path is a few points.

    Args:
        points: of a path, in [2, 16]: there are 2^(points - 2) partitions.
        dim: of a point >= 1.
        p: in [1, 100].
        networks: number of paths >= 1.
        seed: integer in [0, 2**64); path k depends on (seed, k) alone.
        first_network: index of the first path.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    points = arguments.integer("points", points, minimum=2, maximum=16)
    dim = arguments.integer("dim", dim, minimum=1)
    p = arguments.real("p", p, minimum=1, maximum=100)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        path = random.standard_normal((points, dim))
        if network % 3:
            path = path.cumsum(axis=0)
        if network % 3 == 2:  # on a lattice, where many points and sums are alike
            path = np.round(path)
        path[-1] += 1e-3  # so that no path stays where it is
        increments = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        one, ours = p_variation(path, 1), p_variation(path, p)
        found.append((ours / _over_all_partitions(path, p), one / increments, ours / one))
    settings = {
        "points": points, "dim": dim, "p": p, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = (
        "p-variation over the greatest sum of all partitions",
        "1-variation over the sum of increments",
        "p-variation over the 1-variation",
    )
    over_partitions, over_increments, over_lower = measurements(words, np.array(found).T, settings)
    return Variations(
        over_partitions=over_partitions, over_increments=over_increments, over_lower=over_lower
    )


def _over_all_partitions(path: NDArray[np.float64], p: float) -> float:
    """Return the p-variation as Definition 2.1.3 has it, of a path of shape (points, dim)."""
    inner = range(1, len(path) - 1)
    apart = np.linalg.norm(path[:, None] - path, axis=2).tolist()
    greatest = 0.0
    for size in range(len(path) - 1):
        for chosen in itertools.combinations(inner, size):
            steps = [apart[i][j] for i, j in itertools.pairwise((0, *chosen, len(path) - 1))]
            greatest = max(greatest, sum(step**p for step in steps))
    return float(greatest ** (1 / p))
