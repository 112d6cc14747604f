"""Lipschitz constants of perceptrons of one or two inputs, exactly: over their linear regions.

A region is a convex cone of (x, t), t >= 0, where biases stand beside t: regions without end are
cones like others, some of whose edges have t = 0. A unit whose preactivation changes sign on the
edges of a cone cuts it in two, layer by layer, so that only regions that exist are met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.measurement import Measurement
from numerics.regularisation.norms import (
    Start,
    checked_weights,
    path_sums,
    require_small,
    spectral_product,
)
from numerics.simulation import arguments

Numbers = NDArray[np.float64]

_SAMPLED = 64  # inputs at which gradients are held to the constant
_ROUNDING = 1e-12  # a preactivation below so many of its terms is 0


def lipschitz_constant(
    *, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike] | None = None
) -> float:
    """Return the Lipschitz constant in the Euclidean norms of inputs and outputs.

    It is the greatest spectral norm of the Jacobian over the linear regions, to rounding; a region
    that is narrower than rounding may be missed.

    Args:
        weights: of each layer, shape (D_l, D_(l-1)), input side first; D_0 is 1 or 2.
        biases: of each layer, shape (D_l,), the output layer's too; none if they are not given.

    Raises:
        TypeError, ValueError: the weights are no real matrices of consecutive layers, there are
            more than two inputs, the biases are no vectors of their layers, or either are so large
            that units of inputs of 1 may exceed 1e150.
    """
    matrices = checked_weights(weights)
    if matrices[0].shape[1] > 2:
        raise ValueError(f"weights[0] of shape {matrices[0].shape}: must have 1 or 2 columns")
    vectors = _checked_biases(biases, matrices)
    require_small(matrices, vectors)
    jacobians = list(_jacobians(matrices, vectors))
    return float(np.linalg.norm(np.stack(jacobians), ord=2, axis=(1, 2)).max())


def _checked_biases(
    biases: Sequence[ArrayLike] | None, matrices: Sequence[Numbers]
) -> list[Numbers]:
    if biases is None:
        return [np.zeros(len(matrix)) for matrix in matrices]
    vectors = arguments.real_arrays("biases", biases)
    if len(vectors) != len(matrices):
        raise ValueError(f"biases of {len(vectors)} layers: must be of {len(matrices)}")
    for place, (vector, matrix) in enumerate(zip(vectors, matrices, strict=True)):
        if vector.shape != (len(matrix),) or not np.isfinite(vector).all():
            raise ValueError(
                f"biases[{place}] of shape {vector.shape}: must be {len(matrix)} finite numbers"
            )
    return vectors


def _jacobians(matrices: Sequence[Numbers], biases: Sequence[Numbers]) -> Iterator[Numbers]:
    """Yield the Jacobian of the outputs on each linear region."""
    inputs = matrices[0].shape[1]
    identity = np.eye(inputs + 1)
    pending = [(0, edges, identity) for edges in _quadrants(inputs)]
    while pending:
        layer, edges, hidden = pending.pop()
        # The last row carries t on.
        rows = np.vstack([matrices[layer] @ hidden[:-1], hidden[-1:]])
        rows[:-1, -1] += biases[layer]
        if layer == len(matrices) - 1:
            yield rows[:-1, :-1]
            continue
        terms = np.abs(matrices[layer]) @ np.abs(hidden[:-1]).sum(axis=1) + np.abs(biases[layer])
        for part in _cut(edges, rows[:-1], _ROUNDING * terms):
            active = (rows[:-1] @ part.T).sum(axis=1) > 0
            gated = np.vstack([rows[:-1] * active[:, None], rows[-1:]])
            pending.append((layer + 1, part, gated))


def _quadrants(inputs: int) -> list[Numbers]:
    """Return edges of cones that share out t >= 0, in order around each."""
    top = np.eye(inputs + 1)[-1]
    if inputs == 1:
        sides = [np.array([side, 0.0]) for side in (-1.0, 1.0)]
        return [np.stack([side, top]) for side in sides]
    around = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]], dtype=np.float64)
    return [np.stack([around[k], around[(k + 1) % 4], top]) for k in range(4)]


def _cut(edges: Numbers, units: Numbers, rounding: Numbers) -> list[Numbers]:
    """Return the parts of a cone on which no unit changes sign."""
    parts = [edges]
    for unit, least in zip(units, rounding, strict=True):
        cut = []
        for part in parts:
            values = part @ unit
            values[np.abs(values) <= least] = 0
            if values.min() < 0 < values.max():
                cut += [_side(part, values), _side(part, -values)]
            else:
                cut.append(part)
        parts = cut
    return parts


def _side(edges: Numbers, values: Numbers) -> Numbers:
    """Return the edges of the part of a cone where values >= 0."""
    kept = []
    count = len(edges)
    for k in range(count):
        after = (k + 1) % count
        if values[k] >= 0:
            kept.append(edges[k])
        # A cone in the plane has two edges and one face.
        if values[k] * values[after] < 0 and (count > 2 or k == 0):
            crossing = values[k] * edges[after] - values[after] * edges[k]
            kept.append(crossing / np.linalg.norm(crossing) * np.sign(values[k]))
    return np.stack(kept)


@dataclass(frozen=True, kw_only=True)
class ExactConstants:
    """Ratios of the exact Lipschitz constant, one value a network.

    Attributes:
        sampled_over_constant: the greatest |grad f| at normal inputs, over the constant.
        over_spectral_norms: the constant over the product of spectral norms.
        over_path_norm: over the path norm.
        over_signed_paths: over the norm of the sums over positive or negative paths of each input,
            the larger of the two.
        signed_over_path_norm: that bound over the path norm.
    """

    sampled_over_constant: Measurement
    over_spectral_norms: Measurement
    over_path_norm: Measurement
    over_signed_paths: Measurement
    signed_over_path_norm: Measurement


def measure_exact_constants(start: Start) -> ExactConstants:
    """Measure how loose bounds are of networks of normal biases and He's weights.

    It takes no device: regions of small networks are found one after the other.

    Raises:
        ValueError: there are more than two inputs.
    """
    if start.inputs > 2:
        raise ValueError(f"inputs = {start.inputs}: must be an integer in [1, 2]")

    units = sum(start.sizes[1:])

    def found(weights: list[Numbers], normals: Numbers) -> dict[str, Numbers]:
        ends = np.cumsum(start.sizes[1:])[:-1]
        biases = np.split(normals[:, :units], ends, axis=1)
        inputs = normals[:, units:].reshape(len(normals), start.inputs, -1)
        constants = np.array(
            [
                lipschitz_constant(weights=one[: start.depth], biases=one[start.depth :])
                for one in zip(*weights, *biases, strict=True)
            ]
        )
        paths, signed = path_sums(weights), _signed_paths(weights)
        return {
            "sampled_over_constant": np.divide(
                _greatest_gradients(weights, biases, inputs),
                constants,
                where=constants > 0,  # else no gradient is
                out=np.zeros_like(constants),
            ),
            "over_spectral_norms": constants / spectral_product(weights),
            "over_path_norm": constants / paths,
            "over_signed_paths": constants / signed,
            "signed_over_path_norm": signed / paths,
        }

    return ExactConstants(**start.measured(found, more=units + (_SAMPLED - 1) * start.inputs))


def _signed_paths(weights: Sequence[Numbers]) -> Numbers:
    """Return the norm over inputs of the larger of the sums over paths of either sign.

    The gradient by an input lies between minus one and the other: gates open paths or close them.
    """
    positive, negative = np.maximum(weights[-1], 0), np.maximum(-weights[-1], 0)
    for weight in reversed(weights[:-1]):
        up, down = np.maximum(weight, 0), np.maximum(-weight, 0)
        positive, negative = positive @ up + negative @ down, positive @ down + negative @ up
    return np.linalg.norm(np.maximum(positive, negative)[:, 0], axis=1)


def _greatest_gradients(
    weights: Sequence[Numbers], biases: Sequence[Numbers], inputs: Numbers
) -> Numbers:
    """Return the greatest |grad f| over some inputs, shape (networks, D_0, inputs)."""
    networks, count, points = inputs.shape
    hidden = inputs
    slopes = np.broadcast_to(np.eye(count)[:, :, None], (networks, count, count, points))
    for weight, bias in zip(weights[:-1], biases, strict=False):
        hidden = weight @ hidden + bias[:, :, None]
        slopes = np.einsum("nij,njkp->nikp", weight, slopes) * (hidden > 0)[:, :, None]
        hidden = np.maximum(hidden, 0)
    gradients = np.einsum("nij,njkp->nikp", weights[-1], slopes)[:, 0]
    return np.linalg.norm(gradients, axis=1).max(axis=1)
