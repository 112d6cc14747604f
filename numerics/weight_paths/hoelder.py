"""Extremes of integrals and networks along paths of a given exponent of Hoelder (section 2.1.1).

Paths are polygons through their values at k/n.  A polygon's seminorm |u_s - u_t| / |s - t|^a, a in
(0, 1], is greatest at two of its corners: of s and t within one of its pieces each, the numerator
is convex and the denominator concave.  So what is found is of the whole path.
"""

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_POINTS, _TRIES = 32, 4  # pieces of a polygon, and polygons of a search
_LAYERS, _NETWORKS = 16, 2  # of a network, and networks of a search
_SATURATED = 20.0  # entries of which tanh is 1 to the last digit
_SIZE = 0.05  # seminorm of weights

Numbers = NDArray[np.float64]


def measure_young_quotient(
    *, hoelder: float, other: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the greatest |int Y dX - Y_0 X_{0,1}| over the seminorms of Y and X.

    The first try is X = t^a, Y = t^b; all others are sums of waves of all octaves, out of phase, of
    random sizes.  It takes no device: a path is a few numbers.

    Args:
        hoelder: a in [0.1, 1], the exponent of X.
        other: b in [0.1, 1], the exponent of Y.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    a = arguments.real("hoelder", hoelder, minimum=0.1, maximum=1)
    b = arguments.real("other", other, minimum=0.1, maximum=1)
    times = np.arange(_POINTS + 1) / _POINTS
    octaves = np.arange(int(np.log2(_POINTS)) - 1)
    angles = 2 * np.pi * times * 2.0 ** octaves[:, None]
    sizes = np.concatenate([
        keyed.numpy_generator(seed=seed, network=k).random((_TRIES, len(octaves)))
        for k in arguments.network_range(first_network, networks)
    ])  # fmt: skip
    x = (sizes * 2 ** (-a * octaves)) @ np.sin(angles)
    y = (sizes * 2 ** (-b * octaves)) @ np.cos(angles)
    x[::_TRIES], y[::_TRIES] = times**a, times**b
    integral = ((y[:, 1:] + y[:, :-1]) / 2 * np.diff(x)).sum(axis=1)
    apart = np.abs(integral - y[:, 0] * (x[:, -1] - x[:, 0]))
    quotients = apart / (_seminorm(x[..., None], a) * _seminorm(y[..., None], b))
    return Measurement(
        quantity="greatest distance of an integral from its first term, over seminorms",
        per_network=quotients.reshape(-1, _TRIES).max(axis=1),
        settings={
            "hoelder": a, "other": b, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def measure_hoelder_quotient(
    *, dim: int, alpha: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the greatest |h|_alpha / |W|_alpha of h_{k+1} = h_k + tanh(h_k)^T W_{k,k+1}.

    Networks of 16 layers on polygons of seminorm 0.05, h in between as in (2.23) of Susanna (2024).
    The first try has weights of rank one, all in proportion to t^alpha, and inputs so large that
    tanh is 1; all others random ones.  It takes no device: layers are of a few units.

    Args:
        dim: d >= 1.
        alpha: in [0.75, 1].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1)
    alpha = arguments.real("alpha", alpha, minimum=0.75, maximum=1)
    drawn = np.concatenate([
        keyed.numpy_generator(seed=seed, network=k).standard_normal(
            (_NETWORKS, _LAYERS * dim * dim + 2 * dim)
        )
        for k in arguments.network_range(first_network, networks)
    ])  # fmt: skip
    steps = drawn[:, : -2 * dim].reshape(-1, _LAYERS, dim, dim)
    h, directions = drawn[:, -2 * dim : -dim], drawn[::_NETWORKS, -dim:]
    powers = np.diff((np.arange(_LAYERS + 1) / _LAYERS) ** alpha)
    steps[::_NETWORKS] = powers[:, None, None] * directions[:, None, None]
    h[::_NETWORKS] = _SATURATED
    paths = np.zeros((len(drawn), _LAYERS + 1, dim * dim))
    paths[:, 1:] = steps.reshape(len(drawn), _LAYERS, -1).cumsum(axis=1)
    steps *= (_SIZE / _seminorm(paths, alpha))[:, None, None, None]
    layers = [h]
    for step in steps.transpose(1, 0, 2, 3):
        layers.append(layers[-1] + np.einsum("ni,nij->nj", np.tanh(layers[-1]), step))
    quotients = _seminorm(np.stack(layers, axis=1), alpha) / _SIZE
    return Measurement(
        quantity="greatest seminorm of layers over that of weights",
        per_network=quotients.reshape(-1, _NETWORKS).max(axis=1),
        settings={
            "dim": dim, "alpha": alpha, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def _seminorm(corners: Numbers, exponent: float) -> Numbers:
    """Return the seminorms of polygons of shape (paths, n + 1, dim), by all pairs of corners."""
    count = corners.shape[1] - 1
    greatest = np.zeros(len(corners))
    for apart in range(1, count + 1):
        rise = np.linalg.norm(corners[:, apart:] - corners[:, :-apart], axis=2).max(axis=1)
        greatest = np.maximum(greatest, rise / (apart / count) ** exponent)
    return greatest
