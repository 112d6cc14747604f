"""Extremes of what steps of proofs compare, over small networks, by random search.

The networks are h_(k+1) = h_k + delta tanh(W_k h_k). They are of one or two units, so that no
measurement takes a device.
"""

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_TRIES = 16  # of a search

Numbers = NDArray[np.float64]


def measure_columns(
    *,
    depth: int,
    strength: float,
    alpha: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Search for the greatest ||A_L .. A_1 e|| / prod ||A_k e||, A_k = I + delta diag(tanh') W_k.

    Of networks of two units, e the first unit vector, all ||W_k|| = s / (L delta). The first try of
    a search turns e in its first layer and has all others turn it back. It takes no device: layers
    are of two units.

    Args:
        depth: L >= 2.
        strength: s in [1e-12, 1].
        alpha: in [0, 1]; delta = L^-alpha.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    norm = arguments.real("strength", strength, minimum=1e-12, maximum=1) / layers
    delta = layers ** -arguments.real("alpha", alpha, minimum=0, maximum=1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        weights = random.standard_normal((_TRIES, layers, 4))
        weights /= np.linalg.norm(weights, axis=2, keepdims=True)
        weights[0] = [0, 1, 0, 0]
        weights[0, 0] = [0, 0, 1, 0]
        weights = weights.reshape(_TRIES, layers, 2, 2) * norm / delta
        hidden = 10 ** random.uniform(-3, 0, (_TRIES, 1)) * [0.6, 0.8]
        column, columns = np.tile([1.0, 0.0], (_TRIES, 1)), np.ones(_TRIES)
        for weight in weights.transpose(1, 0, 2, 3):
            branch = np.tanh((weight * hidden[:, None]).sum(axis=2))
            block = np.eye(2) + delta * (1 - branch**2)[:, :, None] * weight
            hidden = hidden + delta * branch
            column = (block * column[:, None]).sum(axis=2)
            columns *= np.linalg.norm(block[:, :, 0], axis=1)
        found.append((np.linalg.norm(column, axis=1) / columns).max())
    return Measurement(
        quantity="greatest column of a product over the product of columns",
        per_network=np.array(found),
        settings={
            "depth": depth, "strength": strength, "alpha": alpha, "networks": networks,
            "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_splits(
    *, scale: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the greatest |D - C|^2 / (|D|^2 + |C|^2) of two layers of one unit.

    With D = dh_2/dW_1 - dh_1/dW_0 and C = dh_2/dh_1 dh_1/dW_0 - dh_1/dW_0, so that D - C is the
    difference of the gradients of h_2. It takes no device: a layer is one number.

    Args:
        scale: delta in (0, 1].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    delta = arguments.real("scale", scale, minimum=1e-12, maximum=1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        first, second = random.uniform(-1, 1, (2, _TRIES))
        below = 10 ** random.uniform(-2, 0, _TRIES)
        first[0], second[0] = 0, 0.5
        branch = np.tanh(first * below)
        h = below + delta * branch
        slope, above = 1 - branch**2, 1 - np.tanh(second * h) ** 2
        straight = delta * (above * h - slope * below)
        through = delta**2 * above * second * slope * below
        found.append(((straight - through) ** 2 / (straight**2 + through**2)).max())
    return Measurement(
        quantity="greatest squared difference of two gradients over the squares of its parts",
        per_network=np.array(found),
        settings={
            "scale": scale, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def measure_layer_derivatives(
    *,
    dim: int,
    scale: float,
    input_norm: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Search for the greatest ||d(h + delta tanh(W h))/dW||, a tensor of d^3 numbers.

    The weights of the first try are 0. It takes no device: a layer has a few units.

    Args:
        dim: d >= 1.
        scale: delta in (0, 1].
        input_norm: ||h|| in [1e-12, 1e3].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1)
    delta = arguments.real("scale", scale, minimum=1e-12, maximum=1)
    norm = arguments.real("input_norm", input_norm, minimum=1e-12, maximum=1e3)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        h = random.standard_normal((_TRIES, dim))
        h *= norm / np.linalg.norm(h, axis=1, keepdims=True)
        weights = random.standard_normal((_TRIES, dim, dim)) * random.random((_TRIES, 1, 1))
        weights[0] = 0
        slopes = 1 - np.tanh((weights * h[:, None]).sum(axis=2)) ** 2
        tensor = np.einsum("ti,ij,tl->tijl", delta * slopes, np.eye(dim), h)
        found.append(np.sqrt((tensor**2).sum(axis=(1, 2, 3))).max())
    return Measurement(
        quantity="greatest derivative of a layer by its weights",
        per_network=np.array(found),
        settings={
            "dim": dim, "scale": scale, "input_norm": input_norm, "networks": networks,
            "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip
