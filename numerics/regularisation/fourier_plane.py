"""Fourier transforms of networks of two inputs that are pyramids, exact by their edges.

A pyramid is max(0, 1 - |<b_1, x>| - |<b_2, x>|), of five rectified units, over a parallelogram of
corners +-v_1, +-v_2 with creases along both. Nothing takes a device: it has twelve edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import spherical_jn

from numerics.measurement import Measurement, measurements
from numerics.regularisation.fourier import Complex, on_the_line
from numerics.regularisation.regions import Numbers, linear_pieces
from numerics.simulation import arguments, keyed

_FAR = 1e8  # radians of a wave over the support, where the kinks of one crease are all that is left
_DIRECTION = np.pi / 8  # half way from the normal of a crease of |x_1| + |x_2| to that of an edge


def of_pyramids(corners: Numbers, directions: Numbers, frequencies: Numbers) -> Complex:
    """Return transforms at k e of pyramids of height 1, shape (networks, k).

    i k times it is the transform of the slope along e, constant on each of four triangles, whose
    own transforms are sums over their edges by the theorem of Gauss.

    Args:
        corners: v_1 and v_2, counterclockwise, shape (networks, 2, 2).
        directions: e, of length 1, shape (networks, 2).
        frequencies: k != 0, shape (networks, k).
    """
    around = np.concatenate([corners, -corners, corners[:, :1]], axis=1)
    total = np.zeros(frequencies.shape, dtype=np.complex128)
    for start, end in zip(around.swapaxes(0, 1)[:-1], around.swapaxes(0, 1)[1:], strict=True):
        slope = -np.linalg.solve(np.stack([start, end], axis=1), np.ones((len(start), 2, 1)))
        along = (slope[..., 0] * directions).sum(axis=1)
        apex = np.zeros_like(start)
        for one, other in ((apex, start), (start, end), (end, apex)):
            edge, middle = other - one, (one + other) / 2
            outward = edge[:, 1] * directions[:, 0] - edge[:, 0] * directions[:, 1]
            half = (edge * directions).sum(axis=1) / 2
            phase = (middle * directions).sum(axis=1)
            wave = np.exp(-1j * frequencies * phase[:, None])
            total += (
                (along * outward)[:, None] * wave * spherical_jn(0, frequencies * half[:, None])
            )
    return total / frequencies**2


def measure_doubled_support(
    *, dims: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure by what k^2 |F(k)| grows where a support doubles, slopes and regions as they are.

    Of tents of one input and of pyramids of two, at large k across a crease. It takes no device: a
    function has few pieces.

    Args:
        dims: D, 1 or 2.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dims = arguments.integer("dims", dims, minimum=1, maximum=2)
    run = arguments.network_range(first_network, networks)
    drawn = np.stack([keyed.numpy_generator(seed=seed, network=one).random(3) for one in run])
    corners = _corners(drawn)
    across = np.stack([-corners[:, 0, 1], corners[:, 0, 0]], axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    k = _FAR / (corners[:, 1] * across).sum(axis=1)[:, None]
    if dims == 2:
        once = np.abs(of_pyramids(corners, across, k))
        twice = 2 * np.abs(of_pyramids(2 * corners, across, k))
    else:
        # max(0, 1 - |x|/w) of width w: at each of them the transform is at its greatest
        once, twice = (
            np.abs(_tent(drawn[:, 0], scale, np.pi * drawn[:, 1:2] / (scale * drawn[:, :1])))
            * (np.pi * drawn[:, 1:2] / (scale * drawn[:, :1])) ** 2
            for scale in (1, 2)
        )
    return Measurement(
        quantity="growth of a transform with its support",
        per_network=(twice / once)[:, 0],
        settings={
            "dims": dims, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _tent(width: Numbers, scale: int, k: Numbers) -> Complex:
    """Return the transform of scale max(0, 1 - |x|/(scale width)) at k."""
    ones = np.ones((len(width), 1, 1))
    pieces = linear_pieces(
        [
            np.concatenate([ones, -ones], axis=1),
            -np.concatenate([ones, ones], axis=2) / width[:, None, None],
            ones,
        ],
        [np.zeros((len(width), 2)), scale * ones[:, 0], np.zeros((len(width), 1))],
    )
    return on_the_line(pieces, k)[:, 0]


def _corners(drawn: Numbers) -> Numbers:
    """Return corners of parallelograms with angles between 0.4 and 2.7, shape (networks, 2, 2)."""
    angle = 2 * np.pi * drawn[:, 0]
    turned = angle + 0.4 + 2.3 * drawn[:, 1]
    first = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    second = (0.5 + drawn[:, 2:]) * np.stack([np.cos(turned), np.sin(turned)], axis=1)
    return np.stack([first, second], axis=1)


@dataclass(frozen=True, kw_only=True)
class PlanePowers:
    """|F(k e)|^2 of pyramids, a column a decade of k; k is drawn within it.

    Attributes:
        generic: e across no crease and no edge.
        across: e across a crease.
    """

    generic: Measurement
    across: Measurement


def measure_plane_powers(
    *, decades: tuple[int, ...], networks: int, seed: int, first_network: int = 0
) -> PlanePowers:
    """Measure spectra of max(0, 1 - |x_1| - |x_2|) along a generic direction and across a crease.

    It takes no device: transforms are closed forms.

    Args:
        decades: each n >= 0, of k = 10^n u with u uniform on [1, 1.1].
        networks: number of draws of u >= 1.
        seed: integer in [0, 2**64); draw k depends on (seed, k) alone.
        first_network: index of the first draw.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    several = arguments.integers("decades", decades, minimum=0, maximum=6)
    run = arguments.network_range(first_network, networks)
    drawn = np.stack(
        [keyed.numpy_generator(seed=seed, network=one).random(len(several)) for one in run]
    )
    k = 10.0 ** np.array(several) * (1 + drawn / 10)
    corners = np.broadcast_to(np.eye(2), (len(run), 2, 2))
    powers = []
    for angle in (_DIRECTION, np.pi / 2):
        direction = np.broadcast_to([np.cos(angle), np.sin(angle)], (len(run), 2))
        powers.append(np.abs(of_pyramids(corners, direction, k)) ** 2)
    settings = {
        "decades": several, "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "power along a generic direction", "power across a crease"
    generic, across = measurements(words, np.stack(powers), settings)
    return PlanePowers(generic=generic, across=across)
