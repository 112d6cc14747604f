"""The norm of the network's own start h_0 = relu(A x), in groups of independent starts."""

from dataclasses import dataclass

import numpy as np

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed


@dataclass(frozen=True, kw_only=True)
class Start:
    """Starts in groups: one value a group.

    Attributes:
        above: share of starts with ||h_0|| >= 1 + c.
        below: share of starts with ||h_0|| < 1 - c.
        dead: share of starts no unit of which is active.
        squared_error: mean of (||h_0||^2 - 1)^2, whose mean is the variance of ||h_0||^2.
    """

    above: Measurement
    below: Measurement
    dead: Measurement
    squared_error: Measurement


def measure_start(
    *,
    width: int,
    margin: float = 0.0,
    group: int = 64,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Start:
    """Measure the norm of the own start; entries of A x are N(0, 2/m).

    It takes no device: a start is m numbers.

    Args:
        width: m >= 1.
        margin: c in [0, 1e6].
        group: starts of a group >= 1.
        networks: number of groups >= 1.
        seed: integer in [0, 2**64); group k depends on (seed, k) alone.
        first_network: index of the first group.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("width", width, minimum=1)
    arguments.integer("group", group, minimum=1)
    margin = arguments.real("margin", margin, minimum=0, maximum=1e6)
    words = {
        "above": "share of starts with ||h_0|| >= 1 + c",
        "below": "share of starts with ||h_0|| < 1 - c",
        "dead": "share of dead starts",
        "squared_error": "mean of (||h_0||^2 - 1)^2 in a group",
    }
    values = np.empty((len(words), networks))
    for row, network in enumerate(arguments.network_range(first_network, networks)):
        normals = keyed.numpy_generator(seed=seed, network=network).standard_normal((group, width))
        energy = 2 / width * np.square(np.maximum(normals, 0)).sum(axis=1)
        norm = np.sqrt(energy)
        values[:, row] = (
            np.mean(norm >= 1 + margin),
            np.mean(norm < 1 - margin),
            np.mean(energy == 0),
            np.mean(np.square(energy - 1)),
        )
    settings = {
        "width": width, "margin": margin, "group": group, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    return Start(
        **{
            name: Measurement(quantity=words[name], per_network=value, settings=settings)
            for name, value in zip(words, values, strict=True)
        }
    )
