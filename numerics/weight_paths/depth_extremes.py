"""The greatest distances of networks of one unit from their limits of infinite depth, by search.

The networks are h_(k+1) = h_k + L^-alpha tanh(L^-beta W(k/L) h_k), alpha + beta = 1. A path W that
is constant within each layer, and jumps where layers meet as well as right after it was sampled,
is a limit of continuous ones of its variation, and both limiting equations have closed solutions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_TRIES = 64  # of a search
_SPARSE = 12.0  # power of an exponential variate, at most, that the size of a jump goes as

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ExtremeErrors:
    """Distances over |x| of the last layer from what the equations have at time 1, one a search.

    Attributes:
        from_ode: the greatest from H' = L^beta tanh(L^-beta W H).
        from_linear_ode: the greatest from H' = W H.
    """

    from_ode: Measurement
    from_linear_ode: Measurement


def measure_extreme_errors(
    *,
    depth: int,
    alpha: float,
    norm: float,
    variation: float,
    input_norm: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> ExtremeErrors:
    """Search paths of a size and a variation for those whose networks are farthest from a limit.

    It takes no device: a layer is one number.

    Args:
        depth: L >= 1.
        alpha: in [0, 1].
        norm: b in [1e-6, 10], the greatest |W|.
        variation: v in [0, 100], the greatest 1-variation of W.
        input_norm: |x| in [1e-6, 10].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    unit = layers ** (1 - arguments.real("alpha", alpha, minimum=0, maximum=1))  # L^beta
    b = arguments.real("norm", norm, minimum=1e-6, maximum=10)
    v = arguments.real("variation", variation, minimum=0, maximum=100)
    x = arguments.real("input_norm", input_norm, minimum=1e-6, maximum=10)
    found = []
    for network in arguments.network_range(first_network, networks):
        paths = _paths(keyed.numpy_generator(seed=seed, network=network), layers, b, v)
        sampled, between = paths[::2], paths[1::2]
        h, limit = np.full(_TRIES, x), np.full(_TRIES, x)
        for weight, other in zip(sampled, between, strict=True):
            h = h + unit / layers * np.tanh(weight * h / unit)
            limit = _flow(limit, other, layers, unit)
        linear = x * np.exp(between.sum(axis=0) / layers)
        found.append((np.abs(h - limit).max() / x, np.abs(h - linear).max() / x))
    settings = {
        "depth": layers, "alpha": alpha, "norm": b, "variation": v, "input_norm": x,
        "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "greatest distance from the ODE", "greatest distance from the linear ODE"
    from_ode, from_linear_ode = measurements(words, np.array(found).T, settings)
    return ExtremeErrors(from_ode=from_ode, from_linear_ode=from_linear_ode)


def _paths(random: np.random.Generator, layers: int, b: float, v: float) -> Numbers:
    """Draw paths, shape (2 L, tries): rows are what is sampled at a layer, and what follows it."""
    jumps = random.standard_exponential((2 * layers - 1, _TRIES))
    jumps **= random.uniform(0, _SPARSE, _TRIES)
    half = _TRIES // 2
    jumps[:, :half] = -np.sort(-jumps[:, :half], axis=0)  # the greatest first
    jumps *= v / jumps.sum(axis=0)
    kind = np.arange(_TRIES) % 4  # of signs: all the same, changing, random
    signs = np.where(random.random(jumps.shape) < 0.5, -1.0, 1.0)
    signs[:, kind < 2] = 1.0
    signs[1::2, kind == 1] = -1.0
    signs *= np.where(random.random(_TRIES) < 0.25, -1.0, 1.0)
    path = np.vstack([np.zeros(_TRIES), np.cumsum(signs * jumps, axis=0)])
    low, high = path.min(axis=0), path.max(axis=0)
    path *= np.minimum(1, 2 * b / np.maximum(high - low, 1e-300))
    # At the upper end of what is allowed, where layers grow most, or anywhere.
    room = 2 * b - np.ptp(path, axis=0)
    down = np.where(random.random(_TRIES) < 0.75, 0, random.random(_TRIES))
    return np.asarray(path + b - path.max(axis=0) - down * room)


def _flow(h: Numbers, weight: Numbers, layers: int, unit: float) -> Numbers:
    """Return what H' = u tanh(w H/u) makes of h in a time 1/L: sinh(w H/u) grows as exp(w t)."""
    grown = np.arcsinh(np.sinh(weight * h / unit) * np.exp(weight / layers))
    return np.where(weight == 0, h, unit * grown / np.where(weight == 0, 1, weight))
