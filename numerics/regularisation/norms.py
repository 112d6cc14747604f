"""Norms of the weights of perceptrons, and how large they are at He's initialisation.

A perceptron is h^l = max(0, W^l h^(l-1)), h^0 = x, of the output W^L h^(L-1): no biases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

Numbers = NDArray[np.float64]

_CHUNK = 2**21  # entries of weights at a time; 16 MiB
_LARGEST = 2**24  # paths that are summed one by one
_GREATEST = 1e150  # of what layers may put out, whose squares are numbers


def checked_weights(weights: Sequence[ArrayLike]) -> list[Numbers]:
    """Return weights of consecutive layers as arrays.

    Raises:
        TypeError, ValueError: they are no matrices of finite real numbers whose sizes fit, or the
            sum over their paths exceeds 1e150; the message names the first.
    """
    matrices = arguments.real_arrays("weights", weights)
    if not matrices:
        raise ValueError("weights = (): must hold at least one matrix")
    for place, matrix in enumerate(matrices):
        below = matrices[place - 1].shape[0] if place else None
        fits = matrix.ndim == 2 and matrix.size and below in (None, matrix.shape[1])
        if not (fits and np.isfinite(matrix).all()):
            columns = "D_0" if below is None else below
            raise ValueError(
                f"weights[{place}] of shape {matrix.shape}: must be a matrix of finite numbers,"
                f" D_{place + 1} x {columns}"
            )
    require_small(matrices, [np.zeros(len(matrix)) for matrix in matrices])
    return matrices


def require_small(matrices: Sequence[Numbers], biases: Sequence[Numbers]) -> None:
    """Refuse layers whose sizes, of inputs of 1 through absolute weights, may exceed 1e150."""
    sizes = np.ones(matrices[0].shape[1])
    for place, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
        with np.errstate(over="ignore"):
            sizes = np.abs(matrix) @ sizes + np.abs(bias)
        if not (sizes <= _GREATEST).all():
            raise ValueError(
                f"weights[{place}]: units of up to {sizes.max():.3g}: must be {_GREATEST:g} at most"
            )


def path_norm(*, weights: Sequence[ArrayLike]) -> float:
    """Return the sum of |product of weights| over all paths from an input to an output, eq 7.

    It is one forward pass of the absolute weights from an input of ones.

    Args:
        weights: of each layer, shape (D_l, D_(l-1)), input side first; biases lie on no path.

    Raises:
        TypeError, ValueError: the weights are no real matrices of consecutive layers, or too large.
    """
    return float(path_sums([matrix[None] for matrix in checked_weights(weights)])[0])


def path_norm_by_paths(*, weights: Sequence[ArrayLike]) -> float:
    """Return the same as the sum over paths itself, each taken by itself.

    Raises:
        ValueError: the weights are no matrices of consecutive layers, or have over 2^24 paths.
    """
    matrices = checked_weights(weights)
    sizes = (matrices[0].shape[1], *(len(matrix) for matrix in matrices))
    paths = int(np.prod(sizes, dtype=object))
    if paths > _LARGEST:
        raise ValueError(f"weights of {paths} paths: must have at most {_LARGEST}")
    nodes = np.unravel_index(np.arange(paths), sizes)
    products = np.ones(paths)
    for matrix, below, above in zip(matrices, nodes, nodes[1:], strict=False):
        products *= matrix[above, below]
    return float(np.abs(products).sum())


@dataclass(frozen=True, kw_only=True)
class Start:
    """Perceptrons at He's initialisation: entries N(0, 2/fan-in), the output layer's too.

    Attributes:
        depth: L >= 1 weight matrices.
        width: D >= 1 units of each hidden layer, or of the first.
        inputs: D_0 >= 1.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        last_width: units >= 1 of the last hidden layer, those between in equal steps, rounded;
            all alike if it is not given.
        group: networks >= 1 that are drawn together: what is told of one is their mean.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    depth: int
    width: int
    inputs: int
    networks: int
    seed: int
    first_network: int = 0
    last_width: int | None = None
    group: int = 1

    def __post_init__(self) -> None:
        for name in ("depth", "width", "inputs", "group"):
            arguments.integer(name, getattr(self, name), minimum=1)
        if self.last_width is not None:
            arguments.integer("last_width", self.last_width, minimum=1)
        arguments.seed(self.seed)
        arguments.network_range(self.first_network, self.networks)

    @property
    def sizes(self) -> tuple[int, ...]:
        """D_0, the hidden widths and 1."""
        last = self.width if self.last_width is None else self.last_width
        steps = max(self.depth - 2, 1)
        hidden = [
            self.width + ((last - self.width) * k + steps // 2) // steps
            for k in range(self.depth - 1)
        ]
        return (self.inputs, *hidden, 1)

    def measured(
        self, found: Callable[[list[Numbers], Numbers], dict[str, Numbers]], more: int = 0
    ) -> dict[str, Measurement]:
        """Return what is found of weights and of normals.

        Weights have the shapes (networks, D_l, D_(l-1)), and of a network there are D_0 normals,
        an input, and so many more.
        """
        block = arguments.network_range(self.first_network, self.networks)
        shapes = [(above, below) for below, above in zip(self.sizes, self.sizes[1:], strict=False)]
        counts = [above * below for above, below in shapes]
        normals = self.inputs + more
        chunk = max(1, _CHUNK // (self.group * (sum(counts) + normals)))
        parts = []
        for first in range(0, len(block), chunk):
            some = block[first : first + chunk]
            drawn = np.empty((len(some), self.group, sum(counts) + normals))
            for rows, network in zip(drawn, some, strict=True):
                keyed.numpy_generator(seed=self.seed, network=network).standard_normal(out=rows)
            *flat, others = np.split(drawn.reshape(-1, drawn.shape[2]), np.cumsum(counts), axis=1)
            weights = [
                one.reshape(-1, *shape) * np.sqrt(2 / shape[1])
                for one, shape in zip(flat, shapes, strict=True)
            ]
            values = found(weights, others)
            parts.append(
                {
                    name: each.reshape(len(some), self.group, *each.shape[1:]).mean(axis=1)
                    for name, each in values.items()
                }
            )
        return {
            name: Measurement(
                quantity=name.replace("_", " "),
                per_network=np.concatenate([part[name] for part in parts]),
                settings=vars(self),
            )
            for name in parts[0]
        }


@dataclass(frozen=True, kw_only=True)
class PathNorms:
    """Path norms, one value a network.

    Attributes:
        path_norm: sum of |product of weights| over all paths.
        squared_path_norm: its square.
    """

    path_norm: Measurement
    squared_path_norm: Measurement


def measure_path_norms(start: Start) -> PathNorms:
    """Measure the path norm of eq 7 at He's initialisation.

    It takes no device: one pass of few sizes.
    """

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        norms = path_sums(weights)
        return {"path_norm": norms, "squared_path_norm": norms**2}

    return PathNorms(**start.measured(found))


@dataclass(frozen=True, kw_only=True)
class NormProducts:
    """Products of norms over the layers, one value a network.

    Attributes:
        frobenius_product: of the norms of Frobenius.
        entrywise_product: of the sums of absolute entries.
    """

    frobenius_product: Measurement
    entrywise_product: Measurement


def measure_norm_products(start: Start) -> NormProducts:
    """Measure what Theorem 4 of Furusho (2020) multiplies, at He's initialisation.

    It takes no device: sums over small matrices.
    """

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        return {
            "frobenius_product": frobenius_product(weights),
            "entrywise_product": entrywise_product(weights),
        }

    return NormProducts(**start.measured(found))


def measure_spectral_product(start: Start) -> Measurement:
    """Measure the product of the greatest singular values, at He's initialisation.

    It takes no device: the singular values of small matrices.
    """

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        return {"spectral_product": spectral_product(weights)}

    return start.measured(found)["spectral_product"]


def measure_squared_gradient(start: Start) -> Measurement:
    """Measure |grad f|^2 at a normal input, at He's initialisation.

    It is the mean over the output layer and over the signs of all hidden weight matrices: of
    matrices W^l those of -W^l are as likely. It takes no device: products of small matrices.
    """

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        return {"squared_gradient": _mean_squared_gradient(weights, inputs)}

    return start.measured(found)["squared_gradient"]


@dataclass(frozen=True, kw_only=True)
class StartBounds:
    """The Lipschitz constant of each network and bounds on it, a row a network.

    Attributes:
        spectral_first: the constant, product of spectral norms, path norm, product of norms of
            Frobenius, product of sums of absolute entries.
        paths_first: the constant, path norm, product of spectral norms.
    """

    spectral_first: Measurement
    paths_first: Measurement


def measure_start_bounds(start: Start) -> StartBounds:
    """Measure bounds on the Lipschitz constant of networks of one input at He's initialisation.

    It takes no device: the singular values of small matrices.

    Raises:
        ValueError: there are more inputs.
    """
    arguments.integer("inputs", start.inputs, minimum=1, maximum=1)

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        sides = [np.abs(_gradient(weights, np.full_like(inputs, side))) for side in (-1.0, 1.0)]
        constant = np.maximum(*sides)[:, 0]
        paths, spectral = path_sums(weights), spectral_product(weights)
        others = frobenius_product(weights), entrywise_product(weights)
        return {
            "spectral_first": np.stack([constant, spectral, paths, *others], axis=1),
            "paths_first": np.stack([constant, paths, spectral], axis=1),
        }

    return StartBounds(**start.measured(found))


@dataclass(frozen=True, kw_only=True)
class PathSums:
    """The path norm by one pass over the sum over all paths, one value a network.

    Attributes:
        pass_over_paths: their ratio.
    """

    pass_over_paths: Measurement


def measure_path_sums(start: Start) -> PathSums:
    """Hold one forward pass of absolute weights to the explicit sum over paths, eq 7.

    It takes no device: paths of small networks are counted out.
    """

    def found(weights: list[Numbers], inputs: Numbers) -> dict[str, Numbers]:
        by_paths = [path_norm_by_paths(weights=one) for one in zip(*weights, strict=True)]
        return {"pass_over_paths": path_sums(weights) / np.array(by_paths)}

    return PathSums(**start.measured(found))


# Of networks in batches: weights of shape (networks, D_l, D_(l-1)) ------------------------------


def path_sums(weights: Sequence[Numbers]) -> Numbers:
    """Return sums over all paths, one of each network."""
    reached = np.ones((len(weights[0]), weights[0].shape[2], 1))
    for weight in weights:
        reached = np.abs(weight) @ reached
    return reached.sum(axis=(1, 2))


def spectral_product(weights: Sequence[Numbers]) -> Numbers:
    """Return products of greatest singular values."""
    product = np.ones(len(weights[0]))
    for weight in weights:
        product *= np.linalg.norm(weight, ord=2, axis=(1, 2))
    return product


def frobenius_product(weights: Sequence[Numbers]) -> Numbers:
    """Return products of norms of Frobenius."""
    product = np.ones(len(weights[0]))
    for weight in weights:
        product *= np.sqrt((weight**2).sum(axis=(1, 2)))
    return product


def entrywise_product(weights: Sequence[Numbers]) -> Numbers:
    """Return products of sums of absolute entries."""
    product = np.ones(len(weights[0]))
    for weight in weights:
        product *= np.abs(weight).sum(axis=(1, 2))
    return product


def _slopes(weights: Sequence[Numbers], inputs: Numbers) -> Numbers:
    """Return Jacobians of the last hidden layer, or of x itself, by the inputs."""
    networks, count = inputs.shape
    hidden = inputs[:, :, None]
    slopes = np.broadcast_to(np.eye(count), (networks, count, count))
    for weight in weights[:-1]:
        hidden = weight @ hidden
        slopes = (weight @ slopes) * (hidden > 0)
        hidden = np.maximum(hidden, 0)
    return slopes


def _gradient(weights: Sequence[Numbers], inputs: Numbers) -> Numbers:
    """Return gradients of the output by the inputs, shape (networks, D_0)."""
    return (weights[-1] @ _slopes(weights, inputs))[:, 0]


def _mean_squared_gradient(weights: Sequence[Numbers], inputs: Numbers) -> Numbers:
    """Return means of |grad f|^2 over signs of the layers and output layers of N(0, 2/D)."""
    *hidden, last = weights
    signed = product((-1, 1), repeat=len(hidden))
    found = [
        _slopes([*(sign * one for sign, one in zip(signs, hidden, strict=True)), last], inputs)
        for signs in signed
    ]
    squares = np.mean([(slopes**2).sum(axis=(1, 2)) for slopes in found], axis=0)
    return np.asarray(2 * squares / found[0].shape[1])
