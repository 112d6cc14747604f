"""The Lipschitz constant of networks of one input at He's initialisation, drawn by its law."""

from __future__ import annotations

import numpy as np

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_CHUNK = 2**21  # normal numbers at a time; 16 MiB


def measure_wide_constant(
    *, depth: int, width: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the Lipschitz constant of networks of one input at He's initialisation.

    f is linear on either side of 0, and its constant the larger of |f(1)| and |f(-1)|. W h at two
    inputs is normal of the covariance of the two h, so that no matrix is drawn, and over the output
    layer the mean is taken: max(|a|, |b|) is (|a + b| + |a - b|)/2. It takes no device: a layer is
    two columns of numbers.

    Args:
        depth: L >= 1 weight matrices.
        width: D >= 1 units of each hidden layer.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    depth = arguments.integer("depth", depth, minimum=1)
    width = arguments.integer("width", width, minimum=1)
    block = arguments.network_range(first_network, networks)
    drawn = 2 * width * (depth - 1)
    chunk = max(1, _CHUNK // max(drawn, 1))
    values = []
    for first in range(0, len(block), chunk):
        some = block[first : first + chunk]
        normals = np.empty((len(some), depth - 1, 2, width))
        for row, network in zip(normals, some, strict=True):
            keyed.numpy_generator(seed=seed, network=network).standard_normal(out=row)
        # Second moments of the layer at the two inputs, over its units.
        here, there = np.ones(len(some)), np.ones(len(some))
        product = -np.ones(len(some))
        for layer in range(depth - 1):
            along = np.divide(product, here, where=here > 0, out=0 * product)
            across = np.sqrt(2 * np.maximum(there - along * product, 0))
            near = np.sqrt(2 * here)[:, None] * normals[:, layer, 0]
            far = along[:, None] * near + across[:, None] * normals[:, layer, 1]
            near, far = np.maximum(near, 0), np.maximum(far, 0)
            here, there = (near**2).mean(axis=1), (far**2).mean(axis=1)
            product = (near * far).mean(axis=1)
        apart = np.maximum(here + there - 2 * product, 0)
        values.append((np.sqrt(here + there + 2 * product) + np.sqrt(apart)) / np.sqrt(np.pi))
    return Measurement(
        quantity="Lipschitz constant, its mean over the output layer",
        per_network=np.concatenate(values),
        settings={
            "depth": depth, "width": width, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip
