"""The p-variation of a path, exactly.

With f_j the greatest sum of |x_k - x_i|^p over partitions of the points 0..j, f_n is sought, and

    f_j = max over i < j of f_i + |x_j - x_i|^p,

which never falls with j. On a line only points between which the path neither rises above x_j nor
falls below x_i, or the mirror image, can be best: two monotone stacks hold them. Where they are
many, and in more dimensions, points are taken by tiles, and a tile of i is left out where its
bounding ball shows that it cannot be best for a tile of j.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.simulation import arguments

TILE = 32
"""Points of a tile: more, and their balls are too large to leave much out where p is large."""

CANDIDATES = 32
"""A path on a line of more candidates a point, on average, is taken by tiles: a rising staircase
has as many as points."""

LARGEST = 1e3
"""Of p: beyond, the sum is the greatest of its terms to 1e-15 for millions of points."""


def p_variation(path: ArrayLike, p: float) -> float:
    """Return the p-th root of the supremum of sums of |x_{t_(k+1)} - x_{t_k}|^p over partitions.

    Args:
        path: points, shape (points,) or (points, dimension), finite; the norm is Euclidean.
        p: in [1, 1000].

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    p = arguments.real("p", p, minimum=1, maximum=LARGEST)
    points = np.asarray(path, dtype=np.float64)
    if points.ndim not in (1, 2) or 0 in points.shape:
        many = points.ndim > 2 and points.size  # such as matrices across depth
        flat = "; of matrices pass path.reshape(len(path), -1)" if many else ""
        raise ValueError(
            f"path of shape {points.shape}: must be (points,) or (points, dimension), not empty"
            f"{flat}"
        )
    if not np.isfinite(points).all():
        raise ValueError("path: must be finite")
    exponent = math.frexp(np.abs(points).max())[1]
    # By a power of 2, of which small moves far from 0 lose nothing.
    points = np.ldexp(points.reshape(len(points), -1), -exponent)
    points = points - points[0]
    reach = float(np.sqrt((points * points).sum(axis=1).max()))
    if reach == 0:
        return 0.0
    points /= reach  # of size 1, no power overflows, and what underflows does not count
    found = None
    if points.shape[1] == 1:
        line = _turning_points(points[:, 0])
        found, points = _on_a_line(line.tolist(), p), line[:, None]
    total = _by_tiles(points, p) if found is None else found
    return math.ldexp(total ** (1 / p) * reach, exponent)


def _turning_points(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ends, and the points at which the path turns: no other is in a best partition."""
    x = x[np.concatenate([[True], np.diff(x) != 0])]
    turns = np.sign(np.diff(x))
    return x[np.concatenate([[True], turns[1:] != turns[:-1], [True]])] if len(x) > 2 else x


def _on_a_line(x: list[float], p: float) -> float | None:
    """Return f of the last of points that turn at each; None where candidates are many.

    A rise to x_j begins at a point that is the least from there on, since the path was last above
    x_j; a fall the other way round. `lows` are the points that no later one is below or level with,
    `highs` those that none is above, each with its place and f.
    """
    lows, highs = [(x[0], 0, 0.0)], [(x[0], 0, 0.0)]
    best, left = 0.0, CANDIDATES * len(x)
    for place in range(1, len(x)):
        at = x[place]
        if at > x[place - 1]:
            while highs and highs[-1][0] <= at:
                highs.pop()
            passed, begins = highs, lows
        else:
            while lows and lows[-1][0] >= at:
                lows.pop()
            passed, begins = lows, highs
        since = passed[-1][1] if passed else -1
        for height, begun, before in reversed(begins):
            if begun < since:
                break
            left -= 1
            if (total := before + abs(at - height) ** p) > best:
                best = total
        passed.append((at, place, best))
        if left < 0:
            return None
    return best


def _by_tiles(points: NDArray[np.float64], p: float) -> float:
    """Return f of the last of some points, shape (points, dimension)."""
    from scipy.spatial.distance import cdist  # half a second to import

    count = len(points)
    tiles = [points[first : first + TILE] for first in range(0, count, TILE)]
    centres = np.array([tile.mean(axis=0) for tile in tiles])
    radii = np.array(
        [cdist(tile, centre[None]).max() for tile, centre in zip(tiles, centres, strict=True)]
    )
    known: list[NDArray[np.float64]] = []  # f of the tiles before
    ends = np.zeros(len(tiles))  # the greatest f of each of them
    for now, tile in enumerate(tiles):
        best = np.full(len(tile), ends[now - 1] if now else 0.0)
        apart = cdist(centres[:now], centres[now : now + 1])[:, 0] + radii[:now] + radii[now]
        most = ends[:now] + apart**p
        for other in np.argsort(-most):
            if most[other] <= best.min():
                break
            sums = cdist(tile, tiles[other]) ** p + known[other]
            np.maximum(best, sums.max(axis=1), out=best)
        within = cdist(tile, tile) ** p
        for place in range(1, len(tile)):
            found = (within[place, :place] + best[:place]).max()
            if found > best[place]:
                best[place] = found
        known.append(best)
        ends[now] = best[-1]
    return float(ends[-1])
