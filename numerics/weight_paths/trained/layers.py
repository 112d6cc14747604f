"""How far training takes small networks from the bounds of Theorem 3.3.3 (Susanna 2024)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_CHUNK = 512  # networks trained side by side

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TrainedLayers:
    """The greatest norms over layers and steps of gradient descent, one value a network.

    Attributes:
        weight: ||W_k(t)||.
        increment: ||W_(k+1)(t) - W_k(t)||.
    """

    weight: Measurement
    increment: Measurement


def measure_trained_layers(
    *,
    depth: int,
    alpha: float,
    gamma: float,
    epochs: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> TrainedLayers:
    """Train networks of two units from starts that are as large as Assumption 3.1.1 (iii) allows.

    Weights start at L^-beta / 2 in Frobenius norm and walk over the layers by L^(-1/gamma - beta) /
    (2 e), within that norm. One sample of |x| = |y| = 1, the loss |h_L - y|^2 / 2, the rate 1. It
    takes no device: layers are of two units.

    Args:
        depth: L >= 2.
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.1, 1000].
        epochs: Q in [0, 1000]: the whole part of Q log L steps are taken.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    gamma = arguments.real("gamma", gamma, minimum=0.1, maximum=1000)
    steps = int(arguments.real("epochs", epochs, minimum=0, maximum=1000) * math.log(layers))
    block = arguments.network_range(first_network, networks)
    units = layers ** (alpha - 1), layers ** (alpha - 1 - 1 / gamma)
    found = []
    for first in range(0, len(block), _CHUNK):
        drawn = _drawn(seed, block[first : first + _CHUNK], layers, *units)
        found.append(_trained(*drawn, layers**-alpha, steps))
    settings = {
        "depth": depth, "alpha": alpha, "gamma": gamma, "epochs": epochs, "networks": networks,
        "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "greatest weight in training", "greatest increment in training"
    weight, increment = measurements(words, np.concatenate(found).T, settings)
    return TrainedLayers(weight=weight, increment=increment)


def _drawn(
    seed: int, block: range, layers: int, norm: float, increment: float
) -> tuple[Numbers, Numbers, Numbers]:
    """Draw weights, shape (L, networks, 2, 2), inputs and labels, shape (networks, 2)."""
    normals = np.empty((layers + 1, len(block), 4))
    for row, network in enumerate(block):
        random = keyed.numpy_generator(seed=seed, network=network)
        normals[:, row] = random.standard_normal((layers + 1, 4))
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    path = np.empty((layers, len(block), 4))
    path[0] = norm / 2 * normals[0]
    for k in range(1, layers):
        path[k] = path[k - 1] + increment / (2 * math.e) * normals[k]
        # Back to the ball takes no two points further apart.
        outside = np.linalg.norm(path[k], axis=1, keepdims=True) / (norm / 2)
        path[k] /= np.maximum(outside, 1)
    x, y = normals[layers].reshape(-1, 2, 2).swapaxes(0, 1)
    x, y = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (x, y))
    return path.reshape(layers, -1, 2, 2), x, y


def _trained(
    weights: Numbers, inputs: Numbers, labels: Numbers, delta: float, steps: int
) -> Numbers:
    """Return the greatest norms of weights and of increments, shape (networks, 2).

    Args:
        weights: at the start, shape (L, networks, 2, 2); they are trained in place.
        inputs: shape (networks, 2).
        labels: shape (networks, 2).
        delta: the scale of the residual branch.
        steps: of gradient descent of the rate 1.
    """
    layers, networks = weights.shape[:2]
    hidden, slopes = np.empty((layers + 1, networks, 2)), np.empty((layers, networks, 2))
    hidden[0] = inputs
    greatest = np.zeros((2, networks))
    for step in range(steps + 1):
        for row, values in enumerate((weights, np.diff(weights, axis=0))):
            squares = np.einsum("knij,knij->kn", values, values).max(axis=0)
            np.maximum(greatest[row], squares, out=greatest[row])
        if step == steps:
            break
        for k in range(layers):
            branch = np.tanh(np.einsum("nij,nj->ni", weights[k], hidden[k]))
            hidden[k + 1] = hidden[k] + delta * branch
            slopes[k] = 1 - branch * branch
        back = hidden[layers] - labels
        for k in range(layers - 1, -1, -1):
            through = delta * slopes[k] * back
            back = back + np.einsum("ni,nij->nj", through, weights[k])
            weights[k] -= through[:, :, None] * hidden[k][:, None]
    return np.sqrt(greatest.T)
