"""What one step makes of layers that are all alike, and in how few dimensions data separate."""

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_TRIES = 4  # of a search
_CHUNK = 1024  # searches at a time

Numbers = NDArray[np.float64]


def measure_first_increments(
    *,
    depth: int,
    alpha: float,
    margin: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Search for the greatest ||W_(k+1) - W_k|| after one step from layers that are all alike.

    Of networks of two units, weights of Frobenius norm L^-beta / 2 at most and one sample with
    |x|, |y| <= 1, by the loss |h_L - y|^2 / 2 and the rate L^(alpha - beta - margin). It takes no
    device: layers are of two units.

    Args:
        depth: L >= 2.
        alpha: in [0, 1]; beta = 1 - alpha.
        margin: in [-10, 10].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    margin = arguments.real("margin", margin, minimum=-10, maximum=10)
    block = arguments.network_range(first_network, networks)
    rate, norm = layers ** (2 * alpha - 1 - margin), layers ** (alpha - 1) / 2
    found = []
    for first in range(0, len(block), _CHUNK):
        drawn = [_drawn(seed, network, norm) for network in block[first : first + _CHUNK]]
        weights, inputs, labels = (np.concatenate(one) for one in zip(*drawn, strict=True))
        greatest = rate * _gradient_increments(weights, inputs, labels, layers, layers**-alpha)
        found.append(greatest.reshape(-1, _TRIES).max(axis=1))
    return Measurement(
        quantity="greatest ||W_(k+1) - W_k|| of a search after one step",
        per_network=np.concatenate(found),
        settings={
            "depth": depth, "alpha": alpha, "margin": margin, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def _drawn(seed: int, network: int, norm: float) -> tuple[Numbers, Numbers, Numbers]:
    """Draw weights, shape (tries, 2, 2), of that norm at most, inputs and labels (tries, 2).

    Of the first try the input and the error belong to eigenvalues of opposite signs, and so what
    reaches a layer from either side turns as fast as it can.
    """
    random = keyed.numpy_generator(seed=seed, network=network)
    weights, vectors = random.standard_normal((_TRIES, 4)), random.standard_normal((2, _TRIES, 2))
    weights *= norm * random.random((_TRIES, 1)) / np.linalg.norm(weights, axis=1, keepdims=True)
    vectors *= random.random((2, _TRIES, 1)) / np.linalg.norm(vectors, axis=2, keepdims=True)
    weights[0] = np.array([1, 0, 0, -1]) * norm / np.sqrt(2)
    vectors[:, 0] = [[0, 1], [-1, 0]]
    return weights.reshape(-1, 2, 2), vectors[0], vectors[1]


def _gradient_increments(
    weights: Numbers, inputs: Numbers, labels: Numbers, layers: int, delta: float
) -> Numbers:
    """Return the greatest ||grad_(k+1) J - grad_k J|| over k, shape (tries,)."""
    hidden, slopes = np.empty((layers + 1, *inputs.shape)), np.empty((layers, *inputs.shape))
    hidden[0] = inputs
    for k in range(layers):
        branch = np.tanh((weights * hidden[k][:, None]).sum(axis=2))
        hidden[k + 1] = hidden[k] + delta * branch
        slopes[k] = 1 - branch * branch
    back = hidden[layers] - labels
    above, greatest = None, np.zeros(len(inputs))
    for k in range(layers - 1, -1, -1):
        through = delta * slopes[k] * back
        gradient = through[:, :, None] * hidden[k][:, None]
        back = back + (through[:, :, None] * weights).sum(axis=1)
        if above is not None:
            apart = ((above - gradient) ** 2).sum(axis=(1, 2))
            np.maximum(greatest, apart, out=greatest)
        above = gradient
    return np.sqrt(greatest)


def measure_separated_dimension(
    *, samples: int, constant: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the least dimension that holds N unit vectors with small products.

    That is |<x_i, x_j>| <= exp(-4 c) / (8 N) for all i != j (Susanna 2024, (3.12)). In each
    dimension from 1 on a search tries the rows of a random matrix with orthonormal columns, made
    unit vectors. It takes no device: a search is a few small matrices.

    Args:
        samples: N in [2, 1000].
        constant: c in [0, 100].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    samples = arguments.integer("samples", samples, minimum=2, maximum=1000)
    constant = arguments.real("constant", constant, minimum=0, maximum=100)
    most = np.exp(-4 * constant) / (8 * samples)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        dim, separated = 0, False
        while not separated and dim < samples:
            dim += 1
            rows = np.linalg.qr(random.standard_normal((samples, dim)))[0]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            separated = np.abs(rows @ rows.T - np.eye(samples)).max() <= most
        found.append(float(dim) if separated else np.inf)
    return Measurement(
        quantity="least dimension in which a search separates the data",
        per_network=np.array(found),
        settings={
            "samples": samples, "constant": constant, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip
