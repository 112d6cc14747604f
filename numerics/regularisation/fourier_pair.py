"""What an inverse Fourier transform has to be multiplied by, measured on networks."""

from __future__ import annotations

import numpy as np
from scipy.special import sici

from numerics.measurement import Measurement
from numerics.regularisation.fourier import on_a_window
from numerics.regularisation.regions import LinearPieces, Numbers, linear_pieces
from numerics.simulation import arguments, keyed

_LAST = 40.0  # frequency up to which is integrated; beyond it in closed form
_PANELS = 40
_NODES = 8  # of Gauss and Legendre, for less than a half of a wave's radians at each
_TOGETHER = 256


def measure_inversion_constant(
    *, dims: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure f(x) over the integral of F(k) exp(i k x) over all k, F of the integral exp(-i k x).

    f is a product of tents, one a coordinate, each max(0, 1 - a max(0, x - c) - b max(0, c - x)) of
    a network of one input, and x a point inside. Nothing takes a device: integrals are sums of
    numpy. It takes no device: integrals are of one function of one number.

    Args:
        dims: D in [1, 8].
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dims = arguments.integer("dims", dims, minimum=1, maximum=8)
    run = arguments.network_range(first_network, networks)
    found = []
    for start in range(0, len(run), _TOGETHER):
        part = run[start : start + _TOGETHER]
        drawn = np.stack(
            [keyed.numpy_generator(seed=seed, network=one).random((dims, 4)) for one in part]
        )
        constants = np.array([_of_tents(coordinate) for coordinate in drawn.transpose(1, 0, 2)])
        found.append(constants.prod(axis=0))
    return Measurement(
        quantity="function over the integral of its transform",
        per_network=np.concatenate(found),
        settings={
            "dims": dims, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _of_tents(drawn: Numbers) -> Numbers:
    """Return f(x) over the integral for tents of one input, drawn of shape (networks, 4)."""
    centre, rising, falling, share = (
        drawn[:, 0] - 0.5,
        0.7 + drawn[:, 1],
        0.7 + drawn[:, 2],
        0.2 + 0.6 * drawn[:, 3],
    )
    pieces = linear_pieces(
        [
            np.stack([falling, -rising], axis=1)[:, :, None],
            np.full((len(drawn), 1, 2), -1.0),
            np.ones((len(drawn), 1, 1)),
        ],
        [
            np.stack([-falling * centre, rising * centre], axis=1),
            np.ones((len(drawn), 1)),
            np.zeros((len(drawn), 1)),
        ],
    )
    start, end = centre - 1 / rising, centre + 1 / falling
    x = start + share * (end - start)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    width = _LAST / _PANELS
    k = (width * (np.arange(_PANELS)[:, None] + (nodes + 1) / 2)).ravel()
    each = np.tile(weights, _PANELS) * width / 2
    transform = on_a_window(pieces, np.broadcast_to(k, (len(drawn), len(k))), start, end)[:, 0]
    # Of a real function both signs of k add up to twice the real part.
    near = 2 * ((transform * np.exp(1j * x[:, None] * k)).real @ each)
    return pieces.at(x[:, None])[:, 0, 0] / (near + _far(pieces, x))


def _far(pieces: LinearPieces, x: Numbers) -> Numbers:
    """Return the integral over |k| > K of -sum_j c_j exp(i k (x - t_j))/k^2.

    That of cos(k u)/k^2 over k > K is cos(K u)/K - |u| (pi/2 - Si(K |u|)).
    """
    u = np.abs(x[:, None] - pieces.points)
    tails = np.cos(_LAST * u) / _LAST - u * (np.pi / 2 - sici(_LAST * u)[0])
    return -2 * (pieces.jumps[:, 0] * tails).sum(axis=1)
