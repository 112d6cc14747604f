"""Extremes of the gradients of losses and of a first step, by random search."""

from dataclasses import dataclass

import numpy as np

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_TRIES, _MEANS = 64, 2  # of a search, and of one that takes means


@dataclass(frozen=True, kw_only=True)
class LossGradients:
    """The greatest gradients of losses by what a network says, one value a search.

    Attributes:
        cross_entropy: ||grad||^2 of -log(softmax)/C.
        p_loss: ||grad|| of ||y - y'||_p^p / p over (p loss)^((p - 1)/p), p drawn from [2, 10].
        p_loss_split: ||y - y'||_p^p over 2^(p - 1) (||y||_p^p + ||y'||_p^p).
    """

    cross_entropy: Measurement
    p_loss: Measurement
    p_loss_split: Measurement


def measure_loss_gradients(
    *, classes: int, networks: int, seed: int, first_network: int = 0
) -> LossGradients:
    """Search for the greatest gradients of two losses.

    It takes no device: an output is a few numbers.

    Args:
        classes: C >= 2, the entries of what a network says.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    classes = arguments.integer("classes", classes, minimum=2)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        scales = 10 ** random.uniform(-2, 3, (_TRIES, 1))
        logits = scales * random.standard_normal((_TRIES, classes))
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[:, 0] -= 1  # of the class that is right
        p = random.uniform(2, 10, (_TRIES, 1))
        apart = np.abs(random.standard_normal((_TRIES, classes))) ** random.uniform(
            0, 4, (_TRIES, 1)
        )
        norm = np.sqrt((apart ** (2 * (p - 1))).sum(axis=1))
        power = (apart**p).sum(axis=1) ** ((p[:, 0] - 1) / p[:, 0])
        labels, outputs = random.standard_normal((2, _TRIES, classes))
        outputs[0] = -labels[0]
        sums = (np.abs(labels) ** p + np.abs(outputs) ** p).sum(axis=1) * 2 ** (p[:, 0] - 1)
        split = (np.abs(labels - outputs) ** p).sum(axis=1) / sums
        gradient = (shares**2).sum(axis=1).max() / classes**2
        found.append((gradient, (norm / power).max(), split.max()))
    settings = {
        "classes": classes, "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = (
        "greatest ||grad||^2 of the cross-entropy", "greatest ||grad|| of a p-loss, relative",
        "greatest p-loss, over those of its parts",
    )  # fmt: skip
    cross_entropy, p_loss, p_loss_split = measurements(words, np.array(found).T, settings)
    return LossGradients(cross_entropy=cross_entropy, p_loss=p_loss, p_loss_split=p_loss_split)


@dataclass(frozen=True, kw_only=True)
class LineNetworks:
    """Extremes of networks of one unit, one value a search.

    Attributes:
        squared_quotient: the greatest (y / h_L)^2, |y| = K |x|, of weights of norm nu L^-beta / 2.
        first_step: the greatest |W_k| after one step on (h_L - y)^2 / 2, |y| <= 1, from weights of
            norm L^-beta / 10.
    """

    squared_quotient: Measurement
    first_step: Measurement


def measure_line_networks(
    *,
    depth: int,
    alpha: float,
    label_ratio: float,
    rate: float,
    networks: int,
    seed: int,
    first_network: int = 0,
    nu: float = 2.0,
) -> LineNetworks:
    """Search networks h_(k+1) = h_k + L^-alpha tanh(W_k h_k) of one unit for their extremes.

    It takes no device: a layer is one number.

    Args:
        depth: L >= 1.
        alpha: in [0, 1]; beta = 1 - alpha.
        label_ratio: K = |y| / |x| in [1e-6, 1e6].
        rate: learning rate of the first step in [0, 1e6].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.
        nu: in [1e-6, 1e3], of the weights of squared_quotient.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    nu = arguments.real("nu", nu, minimum=1e-6, maximum=1e3)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    ratio = arguments.real("label_ratio", label_ratio, minimum=1e-6, maximum=1e6)
    rate = arguments.real("rate", rate, minimum=0, maximum=1e6)
    delta, norm = layers**-alpha, layers ** (alpha - 1.0)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        inputs = 10 ** random.uniform(-3, 0, _TRIES)
        share = random.uniform(0, 1, (_TRIES, 1))  # of weights that grow the layer
        signs = np.where(random.random((_TRIES, layers)) < share, 1.0, -1.0)
        signs[0] = -1
        small, _ = _pass(nu / 2 * norm * signs, inputs, delta)
        quotient = (ratio * inputs / small[:, -1]) ** 2
        inputs[0] = 1
        signs[1:] *= random.random((_TRIES - 1, 1))
        start = norm / 10 * signs
        hidden, slopes = _pass(start, inputs, delta)
        labels = random.uniform(-1, 1, _TRIES)
        labels[0] = -1
        above = np.cumprod((1 + delta * slopes * start)[:, ::-1], axis=1)[:, ::-1]
        above = np.concatenate([above[:, 1:], np.ones((_TRIES, 1))], axis=1)
        error = hidden[:, -1] - labels
        gradient = delta * error[:, None] * above * slopes * hidden[:, :-1]
        found.append((quotient.max(), np.abs(start - rate * gradient).max()))
    settings = {
        "depth": depth, "alpha": alpha, "label_ratio": label_ratio, "rate": rate,
        "networks": networks, "seed": seed, "first_network": first_network,
        "nu": nu,
    }  # fmt: skip
    words = "greatest (y / h_L)^2 of a search", "greatest |W_k| of a search after one step"
    quotient, step = measurements(words, np.array(found).T, settings)
    return LineNetworks(squared_quotient=quotient, first_step=step)


@dataclass(frozen=True, kw_only=True)
class MeanSquares:
    """Means over inputs uniform in [-1, 1], of weights of norm L^-beta, one value a search.

    Attributes:
        mean_squares: the greatest mean of 2 (y^2 + h_L^2).
        mean_squared_gradient: the greatest mean of (h_L - y)^2.
    """

    mean_squares: Measurement
    mean_squared_gradient: Measurement


def measure_mean_squares(
    *,
    depth: int,
    alpha: float,
    target: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> MeanSquares:
    """Search networks h_(k+1) = h_k + L^-alpha tanh(W_k h_k) of one unit for the largest outputs.

    Means are by Gauss's rule of 16 nodes, the networks being odd. It takes no device: a layer is
    one number.

    Args:
        depth: L >= 1.
        alpha: in [0, 1]; beta = 1 - alpha.
        target: y in [-1e3, 1e3].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    target = arguments.real("target", target, minimum=-1e3, maximum=1e3)
    nodes, shares = np.polynomial.legendre.leggauss(16)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        weights = layers ** (alpha - 1.0) * random.uniform(-1, 1, (_MEANS, layers))
        weights[0] = layers ** (alpha - 1.0)
        hidden = np.tile(nodes, (_MEANS, 1))
        for weight in weights.T:
            hidden = hidden + layers**-alpha * np.tanh(weight[:, None] * hidden)
        # The weights of the rule add up to 2.
        squares = (hidden**2 @ shares).max() + 2 * target**2
        found.append((squares, ((hidden - target) ** 2 @ shares).max() / 2))
    settings = {
        "depth": depth, "alpha": alpha, "target": target, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = "greatest mean of 2 (y^2 + h_L^2)", "greatest mean of (h_L - y)^2"
    squares, gradient = measurements(words, np.array(found).T, settings)
    return MeanSquares(mean_squares=squares, mean_squared_gradient=gradient)


def _pass(weights: np.ndarray, inputs: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return h_0..h_L and tanh'(W_k h_k), shape (tries, L + 1) and (tries, L)."""
    hidden, slopes = [inputs], []
    for weight in weights.T:
        branch = np.tanh(weight * hidden[-1])
        hidden.append(hidden[-1] + delta * branch)
        slopes.append(1 - branch**2)
    return np.stack(hidden, axis=1), np.stack(slopes, axis=1)
