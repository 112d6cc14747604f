"""Networks of rectified linear units and one input as what they are: piecewise linear functions.

Pieces are found exactly, layer by layer: every zero of a preactivation is a new breakpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

NO_KINK = 1e-10
"""Jumps of the slope below so many of the steepest slope are rounding."""


@dataclass(frozen=True, eq=False)
class LinearPieces:
    """Piecewise linear functions on the line, several of each of several networks.

    Attributes:
        points: where pieces meet, shape (networks, m), m >= 1, in order; some may be equal, and
            some no kinks.
        values: at the points, shape (networks, functions, m).
        slopes: of the pieces, the two rays included, shape (networks, functions, m + 1); one of no
            length has the slope of the next.
    """

    points: Numbers
    values: Numbers
    slopes: Numbers

    @property
    def jumps(self) -> Numbers:
        """Jumps of the slopes at the points, shape (networks, functions, m)."""
        return np.diff(self.slopes, axis=2)

    @property
    def are_kinks(self) -> NDArray[np.bool_]:
        """Which points are kinks: jumps beyond rounding, shape (networks, functions, m)."""
        steepest = np.abs(self.slopes).max(axis=2, keepdims=True)
        return np.abs(self.jumps) > NO_KINK * steepest

    def at(self, x: Numbers) -> Numbers:
        """Values at inputs of shape (networks, k), as (networks, functions, k)."""
        piece = (self.points[:, :, None] <= x[:, None, :]).sum(axis=1)
        return _on(self, piece, x)


def linear_pieces(
    weights: Sequence[Numbers], biases: Sequence[Numbers] | None = None
) -> LinearPieces:
    """Return the outputs of networks of one input as functions of it.

    Each hidden layer is max(0, W h + b), the last W h + b.

    Args:
        weights: of each layer, shape (networks, D_l, D_(l-1)), D_0 = 1.
        biases: of each layer, shape (networks, D_l), or none.
    """
    networks = len(weights[0])
    pieces = LinearPieces(
        np.zeros((networks, 1)), np.zeros((networks, 1, 1)), np.ones((networks, 1, 2))
    )
    for layer, weight in enumerate(weights):
        if layer:
            pieces = _rectified(pieces)
        values = weight @ pieces.values
        if biases is not None:
            values = values + biases[layer][:, :, None]
        pieces = LinearPieces(pieces.points, values, weight @ pieces.slopes)
    return pieces


def _rectified(pieces: LinearPieces) -> LinearPieces:
    """Return max(0, u) of each function u, whose zeros join the points."""
    points, old = pieces.points, pieces.points.shape[1]
    zeros = _zeros(pieces).reshape(len(points), -1)
    joined = np.concatenate([points, zeros], axis=1)
    order = np.argsort(joined, axis=1, kind="stable")  # where there is no zero: NaN, at the end
    joined = np.take_along_axis(joined, order, axis=1)
    behind = np.cumsum(order < old, axis=1)
    most = np.isfinite(joined).sum(axis=1).max()
    joined, behind = joined[:, :most], behind[:, :most]
    last = np.nanmax(joined, axis=1, keepdims=True)
    joined = np.where(np.isnan(joined), last, joined)
    piece = np.concatenate([np.zeros_like(behind[:, :1]), behind], axis=1)
    # A piece of no length is taken for the next that has some, or jumps would not add up.
    long = np.concatenate([np.full_like(last, True, dtype=bool), np.diff(joined) > 0], axis=1)
    long = np.concatenate([long, np.full_like(last, True, dtype=bool)], axis=1)
    place = np.where(long, np.arange(most + 1), most)
    place = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    piece = np.take_along_axis(piece, place, axis=1)
    inside = np.concatenate(
        [
            joined[:, :1] - 1 - np.abs(joined[:, :1]),
            (joined[:, 1:] + joined[:, :-1]) / 2,
            joined[:, -1:] + 1 + np.abs(joined[:, -1:]),
        ],
        axis=1,
    )
    inside = np.take_along_axis(inside, place, axis=1)
    active = _on(pieces, piece, inside) > 0
    slopes = np.take_along_axis(pieces.slopes, piece[:, None, :], axis=2) * active
    return LinearPieces(joined, np.maximum(_on(pieces, behind, joined), 0), slopes)


def _zeros(pieces: LinearPieces) -> Numbers:
    """Return where each function changes sign within each of its pieces, NaN where it does not."""
    points, values, slopes = pieces.points[:, None, :], pieces.values, pieces.slopes
    with np.errstate(divide="ignore", invalid="ignore"):
        left = points[:, :, :1] - values[:, :, :1] / slopes[:, :, :1]
        right = points - values / slopes[:, :, 1:]
    found = np.concatenate([left, right], axis=2)
    changes = np.concatenate(
        [
            values[:, :, :1] * slopes[:, :, :1] > 0,
            values[:, :, :-1] * values[:, :, 1:] < 0,
            values[:, :, -1:] * slopes[:, :, -1:] < 0,
        ],
        axis=2,
    )
    found = np.where(changes & np.isfinite(found), found, np.nan)
    found[:, :, 1:-1] = np.clip(found[:, :, 1:-1], points[:, :, :-1], points[:, :, 1:])
    return found


def _on(pieces: LinearPieces, piece: NDArray[np.int64], x: Numbers) -> Numbers:
    """Return the functions at x, each of the piece that it is said to lie in."""
    start = np.maximum(piece - 1, 0)
    from_start = (x - np.take_along_axis(pieces.points, start, axis=1))[:, None, :]
    values = np.take_along_axis(pieces.values, start[:, None, :], axis=2)
    return values + np.take_along_axis(pieces.slopes, piece[:, None, :], axis=2) * from_start
