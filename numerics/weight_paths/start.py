"""Paths of weights at the start of training."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.weight_paths.variation import p_variation


def measure_initial_variation(
    *, depth: int, dim: int, gamma: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the 1-variation of the path L^beta W_k of truncated normal weights.

    Entries are normal of deviation a = L^(-1/gamma - beta)/2 before they are cut off at -a and a;
    the norm of an increment is that of Frobenius. It takes no device: a path is drawn and summed.

    Args:
        depth: L >= 2, of the path's points.
        dim: d >= 1, of the d x d weights.
        gamma: in [0.01, 1000].
        networks: number of independent paths >= 1.
        seed: integer in [0, 2**64); path k depends on (seed, k) alone.
        first_network: index of the first path.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    entries = arguments.integer("dim", dim, minimum=1) ** 2
    scale = layers ** (-1 / arguments.real("gamma", gamma, minimum=0.01, maximum=1000)) / 2
    values = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        path = truncated_normals(random.random((layers, entries)))
        values.append(scale * np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    return Measurement(
        quantity="1-variation of the weights at the start",
        per_network=np.array(values),
        settings={
            "depth": depth, "dim": dim, "gamma": gamma, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def measure_largest_initial_variation(
    *,
    depth: int,
    dim: int,
    gamma: float,
    runs: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the largest of so many variations, each as of ``measure_initial_variation``.

    It takes no device: paths are drawn and summed.

    Args:
        depth: L >= 2, of the path's points.
        dim: d >= 1, of the d x d weights.
        gamma: in [0.01, 1000].
        runs: independent paths >= 1 of which the largest variation is taken.
        networks: number of such largest >= 1.
        seed: integer in [0, 2**64); the k-th depends on (seed, k) alone.
        first_network: index of the first.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    runs = arguments.integer("runs", runs, minimum=1)
    block = arguments.network_range(first_network, networks)
    found = measure_initial_variation(
        depth=depth, dim=dim, gamma=gamma, networks=runs * len(block), seed=seed,
        first_network=runs * block.start,
    )  # fmt: skip
    return Measurement(
        quantity="largest 1-variation of the weights at the start",
        per_network=found.per_network.reshape(-1, runs).max(axis=1),
        settings={
            **found.settings, "runs": runs, "networks": networks, "first_network": first_network,
        },
    )  # fmt: skip


def measure_alternating_variation(
    *,
    depth: int,
    dim: int,
    gamma: float,
    p: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the p-variation of L^beta W_k = A +- B, the sign changing from layer to layer.

    Increments have the norm L^(-1/gamma - beta)/(2e), the largest that Assumption 3.1.1 (iii) of
    Susanna (2024) has at nu = 1. It takes no device: a path is drawn and cut.

    Args:
        depth: L >= 2, of the path's points.
        dim: d >= 1, of the d x d weights.
        gamma: in [0.01, 1000].
        p: in [1, 1000].
        networks: number of independent paths >= 1.
        seed: integer in [0, 2**64); path k depends on (seed, k) alone.
        first_network: index of the first path.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    entries = arguments.integer("dim", dim, minimum=1) ** 2
    gamma = arguments.real("gamma", gamma, minimum=0.01, maximum=1000)
    signs = np.where(np.arange(layers) % 2, -1.0, 1.0)[:, None]
    values = []
    for network in arguments.network_range(first_network, networks):
        base, jump = keyed.numpy_generator(seed=seed, network=network).standard_normal((2, entries))
        size = layers ** (-1 / gamma) / (4 * math.e) / np.linalg.norm(jump)
        values.append(p_variation(base / np.linalg.norm(base) / 4 + size * signs * jump, p))
    return Measurement(
        quantity="p-variation of weights that go up and down",
        per_network=np.array(values),
        settings={
            "depth": depth, "dim": dim, "gamma": gamma, "p": p, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def truncated_normals(uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard normals cut off at -1 and 1, of as many uniform numbers."""
    below = ndtr(-1)
    return np.asarray(ndtri(below + (1 - 2 * below) * uniform))
