"""How far networks whose weights are points of a path are from their limits of infinite depth.

The networks are h_(k+1) = h_k + L^-alpha tanh(L^-beta W(k/L) h_k), alpha + beta = 1, of a path W of
d x d matrices over [0, 1]; in a group of `_GROUP` each has a path and an input of its own.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_GROUP = 8  # networks that a draw is the mean of
_WAVES = 0.25  # norm of what a path varies by
_TOLERANCE = 1e-9  # of the solver: errors of the deepest networks are 1e-4
_SHORT = 1e-3  # inputs of which tanh is linear to six digits
_ROUGH_SIZE, _ROUGH_SPREAD, _OCTAVES = 0.01, 0.1, 50  # of rough paths, which are small and linear

Numbers = NDArray[np.float64]


def measure_ode_errors(
    *, dim: int, depths: Sequence[int], networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure |h_L - H(1)| at alpha = 1, H' = tanh(W H), for W = I/sqrt(d) + A t + B sin(2 pi t).

    A and B are random of norm 1/4, the input of norm 1. The equation is solved by scipy's DOP853.
    It takes no device: it is the solver that takes the time.

    Args:
        dim: d >= 1.
        depths: numbers of layers L >= 1, a column for each.
        networks: number of draws >= 1, each the mean of a group.
        seed: integer in [0, 2**64); draw k depends on (seed, k) alone.
        first_network: index of the first draw.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, layers = arguments.integer("dim", dim, minimum=1), _depths(depths)
    block = arguments.network_range(first_network, networks)
    paths, inputs = _smooth(dim, seed, block)
    groups = [slice(first, first + _GROUP) for first in range(0, len(inputs), _GROUP)]
    limits = np.concatenate([_solved(paths[:, one], inputs[one]) for one in groups])
    columns = [_of_groups(_forward(paths, inputs, depth, 1.0) - limits) for depth in layers]
    return _rows(
        "mean distance of h_L from the ODE", columns, dim=dim, depths=layers, networks=networks,
        seed=seed, first_network=first_network,
    )  # fmt: skip


def measure_nonlinearity(
    *,
    dim: int,
    alpha: float,
    input_norm: float,
    depths: Sequence[int],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure how far h_L is from the linear network of the same weights, over |x|.

    Paths are those of `measure_ode_errors`. It takes no device: layers are of a few units.

    Args:
        dim: d >= 1.
        alpha: in [0, 1].
        input_norm: |x| in [1e-6, 10].
        depths: as there.
        networks: as there.
        seed: as there.
        first_network: as there.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, layers = arguments.integer("dim", dim, minimum=1), _depths(depths)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    size = arguments.real("input_norm", input_norm, minimum=1e-6, maximum=10)
    paths, inputs = _smooth(dim, seed, arguments.network_range(first_network, networks))
    columns = []
    for depth in layers:
        apart = _forward(paths, size * inputs, depth, alpha) / size
        apart -= _forward(paths, inputs, depth, None)
        columns.append(_of_groups(apart))
    return _rows(
        "mean distance of h_L from a linear network", columns, dim=dim, alpha=alpha,
        input_norm=size, depths=layers, networks=networks, seed=seed, first_network=first_network,
    )  # fmt: skip


def measure_rough_errors(
    *, hoelder: float, depths: Sequence[int], networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure |h_L - H(1)| / |x| of one unit at alpha = 1 on a path of unbounded variation.

    The path c sum_n 2^(-a n) (1 - cos(2 pi 2^n t)) is Hoelder continuous of exponent a, and
    nowhere differentiable. Inputs are short: H(1) is x exp of the integral of W, c/(1 - 2^-a). It
    takes no device: a layer is one number.

    Args:
        hoelder: a in [0.05, 0.99].
        depths: powers of 2, a column for each.
        networks: number of networks >= 1, whose sizes c differ by 10 % at most.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    a, layers = arguments.real("hoelder", hoelder, minimum=0.05, maximum=0.99), _depths(depths)
    block = arguments.network_range(first_network, networks)
    spread = np.array(
        [keyed.numpy_generator(seed=seed, network=k).uniform(-1, 1) for k in block]
    )  # fmt: skip
    sizes = _ROUGH_SIZE * (1 + _ROUGH_SPREAD * spread)
    limit = np.exp(sizes / (1 - 2**-a))
    columns = []
    for depth in layers:
        if depth & (depth - 1):
            raise ValueError(f"depths = {depths}: must be powers of 2")
        # The octaves that are periods of 1/L add nothing at the points of the path.
        octaves = np.arange(min(depth.bit_length() - 1, _OCTAVES))
        times = np.arange(depth)[:, None] / depth
        path = ((1 - np.cos(2 * np.pi * times * 2.0**octaves)) * 2 ** (-a * octaves)).sum(axis=1)
        h = np.full(len(sizes), _SHORT)
        for weight in path:
            h += np.tanh(sizes * weight * h) / depth
        columns.append(np.abs(h / _SHORT - limit))
    return _rows(
        "distance of h_L from the ODE, relative", columns, hoelder=a, depths=layers,
        networks=networks, seed=seed, first_network=first_network,
    )  # fmt: skip


def measure_young_errors(
    *,
    pieces: int,
    net: int,
    first_level: int,
    last_level: int,
    size: float,
    start: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure |h_L - H(1)| of Euler's method for dH = tanh(H) dW on a path of Hoelder exponent a.

    Each increment of the path is cut into `pieces` of 1/`net` of its size, `net` more of its own
    sign than of the other, in random order: at L = pieces^n all increments have the size c L^-a,
    a = log(net)/log(pieces). H(1) is arsinh(sinh(x) exp(c)). It takes no device: a layer is one
    number.

    Args:
        pieces: r >= 2.
        net: q >= 1, at most r, even where r is even and odd where it is odd.
        first_level: m >= 1.
        last_level: n >= m; columns are those of L = r^m, .., r^n.
        size: c in [1e-3, 10], how far the path goes.
        start: x in [1e-3, 10].
        networks: number of paths >= 1.
        seed: integer in [0, 2**64); path k depends on (seed, k) alone.
        first_network: index of the first path.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    r = arguments.integer("pieces", pieces, minimum=2)
    q = arguments.integer("net", net, minimum=1, maximum=r)
    if (r - q) % 2:
        raise ValueError(f"net = {net}: must be even or odd as pieces = {pieces} is")
    first = arguments.integer("first_level", first_level, minimum=1)
    last = arguments.integer("last_level", last_level, minimum=first)
    c = arguments.real("size", size, minimum=1e-3, maximum=10)
    x = arguments.real("start", start, minimum=1e-3, maximum=10)
    signs = np.repeat([1.0, -1.0], [(r + q) // 2, (r - q) // 2]) / q
    limit = np.arcsinh(np.sinh(x) * np.exp(c))
    block = arguments.network_range(first_network, networks)
    randoms = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    steps = np.full((len(block), 1), c)
    columns = []
    for level in range(1, last + 1):
        cuts = np.array([
            one.permuted(np.broadcast_to(signs, (steps.shape[1], r)), axis=1) for one in randoms
        ])  # fmt: skip
        steps = (steps[:, :, None] * cuts).reshape(len(block), -1)
        if level < first:
            continue
        h = np.full(len(block), x)
        for step in np.ascontiguousarray(steps.T):
            h += np.tanh(h) * step
        columns.append(np.abs(h - limit))
    return _rows(
        "distance of Euler's method from the Young equation", columns, pieces=r, net=q,
        first_level=first, last_level=last, size=c, start=x, networks=networks, seed=seed,
        first_network=first_network,
    )  # fmt: skip


def _depths(depths: Sequence[int]) -> list[int]:
    return [
        arguments.integer("depths", one, minimum=1) for one in arguments.sequence("depths", depths)
    ]


def _rows(quantity: str, columns: list[Numbers], **settings: object) -> Measurement:
    """Return columns, one for each depth, as a measurement."""
    return Measurement(quantity=quantity, per_network=np.stack(columns, axis=1), settings=settings)


def _of_groups(apart: Numbers) -> Numbers:
    """Return the mean norm of each group, of vectors of shape (networks, d)."""
    return np.linalg.norm(apart, axis=1).reshape(-1, _GROUP).mean(axis=1)


def _smooth(dim: int, seed: int, block: range) -> tuple[Numbers, Numbers]:
    """Draw I/sqrt(d), A and B, shape (3, networks, d, d), and inputs, shape (networks, d)."""
    shape = (_GROUP, 2 * dim * dim + dim)
    drawn = np.concatenate(
        [keyed.numpy_generator(seed=seed, network=k).standard_normal(shape) for k in block]
    )  # fmt: skip
    random = np.moveaxis(drawn[:, :-dim].reshape(-1, 2, dim, dim), 1, 0)
    paths = np.empty((3, len(drawn), dim, dim))
    paths[0] = np.eye(dim) / np.sqrt(dim)
    paths[1:] = _WAVES * random / np.linalg.norm(random, axis=(-2, -1), keepdims=True)
    inputs = drawn[:, -dim:]
    return paths, inputs / np.linalg.norm(inputs, axis=-1, keepdims=True)


def _at(paths: Numbers, time: float) -> Numbers:
    """Return the matrices of paths at a time in [0, 1]."""
    shapes = np.array([1.0, time, np.sin(2 * np.pi * time)])
    return np.asarray((shapes @ paths.reshape(3, -1)).reshape(paths.shape[1:]))


def _forward(paths: Numbers, inputs: Numbers, depth: int, alpha: float | None) -> Numbers:
    """Return h_L of tanh at an alpha, or of the linear network, shape (networks, d)."""
    h = inputs.copy()
    for k in range(depth):
        branch = np.einsum("nij,nj->ni", _at(paths, k / depth), h)
        if alpha is not None:
            branch = depth ** (1 - alpha) * np.tanh(depth ** (alpha - 1) * branch)
        h += branch / depth
    return h


def _solved(paths: Numbers, inputs: Numbers) -> Numbers:
    """Return H(1) of a group, shape (group, d)."""

    def velocity(time: float, flat: Numbers) -> Numbers:
        return np.tanh(
            np.einsum("nij,nj->ni", _at(paths, time), flat.reshape(inputs.shape))
        ).ravel()

    solution = solve_ivp(
        velocity, (0, 1), inputs.ravel(), "DOP853", rtol=_TOLERANCE, atol=_TOLERANCE / 10
    )
    return np.asarray(solution.y[:, -1].reshape(inputs.shape))
