"""Full-batch gradient descent on weights across depth, one unit a layer (Susanna 2024, section 4).

The networks are h_0 = U x, h_(k+1) = h_k + delta tanh(W_k h_k), delta = L^-alpha, with an output
V h_L, and learn a number y at inputs uniform in [-1, 1], by the loss 1/(2N) sum (V h_L - y)^2.
The embeddings U and V are not trained; they are 1 unless others are given.

The inputs enter by means of smooth functions of them. Gauss's rule for the empirical measure of the
N inputs has n nodes and gives the means of polynomials of degree 2n - 1 exactly, so that a step
costs n numbers a layer in place of N. tanh(W h) is nearly a polynomial while |W| is at most about
1; where weights grow far beyond, all N inputs are to be taken.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.weight_paths.start import truncated_normals

Numbers = NDArray[np.floating]

AT_ONCE = 2**24
"""Numbers of all layers that networks trained at once may have, unless one alone has more."""

PART = 1024
"""Inputs of a run that are worked on at a time: a layer's stay in a core's own cache, and those of
32,768 layers take 270 MB in place of 2.6 GB."""


@dataclass(frozen=True, kw_only=True)
class Descent:
    """What is trained, and how.

    Attributes:
        depth: L >= 1.
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.01, 1000], of the start.
        rate: learning rate in [0, 1e9].
        steps: of gradient descent >= 0.
        start: "constant" (all weights a = L^(-1/gamma - beta)/2) or "truncated" (normal of the
            deviation a, cut off at -a and a).
        target: y in [-1e6, 1e6]; that of C10k is 0.01.
        samples: N >= 1 inputs.
        nodes: n of Gauss's rule >= 1, at most N; None for all N inputs.
        dtype: "float64" or "float32", of all that is computed.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    depth: int
    alpha: float
    gamma: float
    rate: float
    steps: int
    start: str
    target: float = 0.01
    samples: int = 10_000
    nodes: int | None = 24
    dtype: str = "float64"

    def __post_init__(self) -> None:
        arguments.integer("depth", self.depth, minimum=1)
        arguments.real("alpha", self.alpha, minimum=0, maximum=1)
        arguments.real("gamma", self.gamma, minimum=0.01, maximum=1000)
        arguments.real("rate", self.rate, minimum=0, maximum=1e9)
        arguments.integer("steps", self.steps, minimum=0)
        arguments.choice("start", self.start, ("constant", "truncated"))
        arguments.real("target", self.target, minimum=-1e6, maximum=1e6)
        arguments.integer("samples", self.samples, minimum=1)
        if self.nodes is not None:
            arguments.integer("nodes", self.nodes, minimum=1, maximum=self.samples)
        arguments.choice("dtype", self.dtype, ("float64", "float32"))

    @property
    def size(self) -> float:
        """The size a of weights at the start."""
        return float(self.depth ** (self.alpha - 1 - 1 / self.gamma)) / 2


@dataclass(frozen=True, kw_only=True)
class Descended:
    """What became of the weights, one value a network.

    Attributes:
        variation: the 1-variation of L^beta W_k over the layers; infinite where weights overflowed.
        loss: 1/(2N) sum (V h_L - y)^2 before the last step, or without steps.
    """

    variation: Measurement
    loss: Measurement


def measure_descent(
    descent: Descent, *, networks: int, seed: int, first_network: int = 0
) -> Descended:
    """Train networks and measure the variation of their weights across depth.

    It takes no device: a layer has one unit. A network that blows up is measured all the same.

    Args:
        descent: what is trained, and how.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    block = arguments.network_range(first_network, networks)
    found = np.concatenate([_of_networks(descent, seed, part) for part in in_parts(descent, block)])
    settings = {
        **vars(descent), "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    variation, loss = measurements(("1-variation of the weights", "loss"), found.T, settings)
    return Descended(variation=variation, loss=loss)


def gauss_rule(inputs: Numbers, nodes: int) -> tuple[Numbers, Numbers]:
    """Return nodes and weights of Gauss's rule for the mean of a function over some inputs.

    By Lanczos' recursion, every vector made orthogonal to all before it once more.

    Args:
        inputs: x_1..x_N, shape (N,).
        nodes: n, at most the number of different inputs.

    Returns:
        Arrays of shape (nodes,): the mean of a polynomial f of degree 2n - 1 over the inputs is
        sum_j weights_j f(nodes_j).
    """
    basis = np.zeros((nodes, len(inputs)))
    basis[0] = len(inputs) ** -0.5
    diagonal, beside = np.zeros(nodes), np.zeros(max(nodes - 1, 0))
    for j in range(nodes):
        vector = inputs * basis[j]
        diagonal[j] = vector @ basis[j]
        for _ in range(2):
            vector = vector - basis[: j + 1].T @ (basis[: j + 1] @ vector)
        if j + 1 < nodes:
            beside[j] = np.linalg.norm(vector)
            basis[j + 1] = vector / beside[j]
    places, vectors = eigh_tridiagonal(diagonal, beside)
    return places, vectors[0] ** 2


def in_parts(descent: Descent, block: range, runs: int = 1) -> list[range]:
    """Split networks of so many runs into as many as are to be trained at once."""
    inputs = descent.samples if descent.nodes is None else descent.nodes
    size = max(1, AT_ONCE // (descent.depth * min(inputs, PART) * runs))
    return [block[i : i + size] for i in range(0, len(block), size)]


def _of_networks(descent: Descent, seed: int, block: range) -> Numbers:
    """Return variation and loss of each network, shape (k, 2)."""
    drawn = [draw(descent, keyed.numpy_generator(seed=seed, network=k)) for k in block]
    inputs, shares, weights = (np.array(one) for one in zip(*drawn, strict=True))
    return train(descent, inputs, shares, weights, np.ones((len(block), 2))).T


def train(
    descent: Descent, inputs: Numbers, shares: Numbers, weights: Numbers, embeddings: Numbers
) -> Numbers:
    """Return variation and loss of runs, shape (2, runs), in the precision that was asked for.

    Args:
        descent: what is trained, and how.
        inputs: of each run, shape (runs, n).
        shares: of the inputs in the mean, shape (runs, n).
        weights: at the start, shape (runs, L).
        embeddings: U and V, shape (runs, 2).
    """
    kind = np.dtype(descent.dtype)
    into, out = embeddings.T[:, :, None].astype(kind)
    path = np.ascontiguousarray(weights.T, dtype=kind)
    with np.errstate(over="ignore", invalid="ignore"):
        loss = _descend(descent, path, into * inputs.astype(kind), shares.astype(kind), out)
        scaled = descent.depth ** (1 - descent.alpha) * path.astype(np.float64)
        found = np.array([np.abs(np.diff(scaled, axis=0)).sum(axis=0), loss])
    found[:, ~np.isfinite(found[0])] = np.inf
    return found


def draw(descent: Descent, random: np.random.Generator) -> tuple[Numbers, Numbers, Numbers]:
    """Draw a run: inputs, or nodes in their place, their shares in a mean, and weights."""
    inputs: Numbers = random.uniform(-1, 1, descent.samples)
    shares: Numbers = np.full(descent.samples, 1 / descent.samples)
    if descent.nodes is not None:
        inputs, shares = gauss_rule(inputs, descent.nodes)
    start = truncated_normals(random.random(descent.depth))
    if descent.start == "constant":
        start = np.ones(descent.depth)
    return inputs, shares, descent.size * start


def _descend(
    descent: Descent, weights: Numbers, inputs: Numbers, shares: Numbers, out: Numbers
) -> Numbers:
    """Train weights in place, and return the loss before the last step, shape (runs,).

    Args:
        descent: what is trained, and how.
        weights: at the start, shape (L, runs).
        inputs: h_0 of each run, shape (runs, n).
        shares: of the inputs in the mean, shape (runs, n).
        out: V of each run, shape (runs, 1).
    """
    kind = weights.dtype.type
    rate = kind(descent.rate)
    parts = [slice(i, i + PART) for i in range(0, inputs.shape[1], PART)]
    hidden = np.empty((descent.depth + 1, len(inputs), min(PART, inputs.shape[1])), dtype=kind)
    loss = np.zeros(len(inputs))
    for step in range(max(descent.steps, 1)):
        gradient = np.zeros_like(weights)
        loss[:] = 0
        for part in parts:
            inside = hidden[:, :, : inputs[:, part].shape[1]]
            inside[0] = inputs[:, part]
            _forward(descent, weights, inside)
            error = out * inside[-1] - kind(descent.target)
            loss += (shares[:, part] * error * error).sum(axis=1).astype(np.float64) / 2
            if step < descent.steps:
                gradient += _backward(descent, weights, inside, out * error * shares[:, part])
        weights -= rate * gradient
    return loss


def _forward(descent: Descent, weights: Numbers, hidden: Numbers) -> None:
    """Fill in the layers, shape (L + 1, runs, n), behind the first."""
    delta = weights.dtype.type(descent.depth**-descent.alpha)
    branch = np.empty_like(hidden[0])
    for k in range(descent.depth):
        np.multiply(weights[k, :, None], hidden[k], out=branch)
        np.tanh(branch, out=branch)
        np.multiply(branch, delta, out=branch)
        np.add(hidden[k], branch, out=hidden[k + 1])


def _backward(descent: Descent, weights: Numbers, hidden: Numbers, error: Numbers) -> Numbers:
    """Return the gradient of the weights, shape (L, runs), of that of the last layer."""
    delta = weights.dtype.type(descent.depth**-descent.alpha)
    gradient = np.empty_like(weights)
    branch, slope = np.empty_like(error), np.empty_like(error)
    for k in range(descent.depth - 1, -1, -1):
        # tanh once more: of the difference of two layers float32 has a few digits left.
        np.multiply(weights[k, :, None], hidden[k], out=branch)
        np.tanh(branch, out=branch)
        np.multiply(branch, branch, out=slope)
        np.subtract(1, slope, out=slope)
        np.multiply(slope, delta, out=slope)
        np.multiply(slope, error, out=slope)
        np.multiply(slope, hidden[k], out=branch)
        gradient[k] = branch.sum(axis=1)
        np.multiply(slope, weights[k, :, None], out=slope)
        np.add(error, slope, out=error)
    return gradient
