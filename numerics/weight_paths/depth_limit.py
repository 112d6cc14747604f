"""How fast networks whose weights are points of a path come near their limits of infinite depth.

What is told of a network is its own exponent, log(X'/X) / log(L'/L) of its distances X and X' at
the depths L and L': the constant before the power of the depth cancels, whatever it is.

The networks are h_(k+1) = h_k + L^-alpha tanh(L^-beta W(k/L) h_k), alpha + beta = 1, of a path W of
d x d matrices over [0, 1]; in a group of `_GROUP` each has a path and an input of its own.
"""

import math

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_GROUP = 4  # networks that a draw is the mean of
_WAVES = 0.25  # norm of what a path varies by
_STEPS = 64  # of the solver: it is off by 1e-8, and errors of networks of 256 layers are 1e-4
_SHORT = 1e-3  # inputs of which tanh is linear to six digits
_ROUGH_SIZE, _ROUGH_SPREAD, _OCTAVES = 1e-3, 0.1, 50  # of rough paths, which are small and linear

Numbers = NDArray[np.float64]


def measure_ode_exponent(
    *, dim: int, depth: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the exponent of |h_L - H(1)| from L = depth to twice that, at alpha = 1.

    H' = tanh(W H), for W = I/sqrt(d) + A t + B sin(2 pi t); A and B are random of norm 1/4, the
    input of norm 1. The equation is solved by the method of Runge and Kutta, by steps
    that are the same for whatever networks are drawn together. It takes no device: layers are of a
    few units.

    Args:
        dim: d >= 1.
        depth: number of layers L >= 1.
        networks: number of draws >= 1, each of the mean distance of a group.
        seed: integer in [0, 2**64); draw k depends on (seed, k) alone.
        first_network: index of the first draw.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, depths = arguments.integer("dim", dim, minimum=1), _depths(depth)
    block = arguments.network_range(first_network, networks)
    paths, inputs = _smooth(dim, seed, block)
    limits = _solved(paths, inputs)
    columns = [_of_groups(_forward(paths, inputs, one, 1.0) - limits) for one in depths]
    return _exponent(
        "exponent of the mean distance of h_L from the ODE", depths, columns, dim=dim,
        depth=depths[0], networks=networks, seed=seed, first_network=first_network,
    )  # fmt: skip


def measure_nonlinearity_exponent(
    *,
    dim: int,
    alpha: float,
    input_norm: float,
    depth: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the exponent of how far h_L is from the linear network of the same weights.

    From L = depth to twice that; paths are those of `measure_ode_exponent`. It takes no device:
    layers are of a few units.

    Args:
        dim: d >= 1.
        alpha: in [0, 1].
        input_norm: |x| in [1e-6, 10].
        depth: as there.
        networks: as there.
        seed: as there.
        first_network: as there.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim, depths = arguments.integer("dim", dim, minimum=1), _depths(depth)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    size = arguments.real("input_norm", input_norm, minimum=1e-6, maximum=10)
    paths, inputs = _smooth(dim, seed, arguments.network_range(first_network, networks))
    columns = [_of_groups(_apart(paths, inputs, one, alpha, size)) for one in depths]
    return _exponent(
        "exponent of the mean distance of h_L from a linear network", depths, columns, dim=dim,
        alpha=alpha, input_norm=size, depth=depths[0], networks=networks, seed=seed,
        first_network=first_network,
    )  # fmt: skip


def measure_rough_exponent(
    *, hoelder: float, depth: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the exponent of |h_L - H(1)| of one unit on a path of unbounded variation.

    From L = depth to twice that, at alpha = 1. The path c sum_n 2^(-a n) (1 - cos(2 pi 2^n t)) is
    Hoelder continuous of exponent a, and nowhere differentiable. Inputs are short: H(1) is x exp of
    the integral of W, c/(1 - 2^-a). It takes no device: a layer is one number.

    Args:
        hoelder: a in [0.05, 0.99].
        depth: a power of 2.
        networks: number of networks >= 1, whose sizes c differ by 10 % at most.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    a, depths = arguments.real("hoelder", hoelder, minimum=0.05, maximum=0.99), _depths(depth)
    if depth & (depth - 1):
        raise ValueError(f"depth = {depth}: must be a power of 2")
    block = arguments.network_range(first_network, networks)
    spread = np.array(
        [keyed.numpy_generator(seed=seed, network=k).uniform(-1, 1) for k in block]
    )  # fmt: skip
    sizes = _ROUGH_SIZE * (1 + _ROUGH_SPREAD * spread)
    return _exponent(
        "exponent of the distance of h_L from the ODE", depths,
        [_rough_error(sizes, a, one) for one in depths], hoelder=a, depth=depth, networks=networks,
        seed=seed, first_network=first_network,
    )  # fmt: skip


def measure_young_exponent(
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
    """Measure the exponent of |h_L - H(1)| of Euler's method for dH = tanh(H) dW.

    On a path of Hoelder exponent a. Each increment of the path is cut into `pieces` of 1/`net` of
    its size, `net` more of its own sign than of the other, in random order: at L = pieces^n all
    increments have the size c L^-a, a = log(net)/log(pieces). H(1) is arsinh(sinh(x) exp(c)). It
    takes no device: a layer is one number.

    Args:
        pieces: r >= 2.
        net: q >= 1, at most r, even where r is even and odd where it is odd.
        first_level: m >= 1.
        last_level: n > m; the exponent is that from L = r^m to r^n.
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
    last = arguments.integer("last_level", last_level, minimum=first + 1)
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
        if level not in (first, last):
            continue
        h = np.full(len(block), x)
        for step in np.ascontiguousarray(steps.T):
            h += np.tanh(h) * step
        columns.append(np.abs(h - limit))
    return _exponent(
        "exponent of the distance of Euler's method from the Young equation",
        (r**first, r**last), columns, pieces=r, net=q, first_level=first, last_level=last, size=c,
        start=x, networks=networks, seed=seed, first_network=first_network,
    )  # fmt: skip


def _depths(depth: int) -> tuple[int, int]:
    """Return a depth and twice that."""
    depth = arguments.integer("depth", depth, minimum=1)
    return depth, 2 * depth


def _exponent(
    quantity: str, depths: tuple[int, int], columns: list[Numbers], **settings: object
) -> Measurement:
    """Return the exponents that lead from the first column to the other."""
    first, last = columns
    exponents = np.log(last / first) / math.log(depths[1] / depths[0])
    return Measurement(quantity=quantity, per_network=exponents, settings=settings)


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


def _apart(paths: Numbers, inputs: Numbers, depth: int, alpha: float, size: float) -> Numbers:
    """Return h_L less that of the linear network, over |x| = size, shape (networks, d)."""
    apart = _forward(paths, size * inputs, depth, alpha) / size
    return apart - _forward(paths, inputs, depth, None)


def _rough_error(sizes: Numbers, a: float, depth: int) -> Numbers:
    """Return |h_L - H(1)| / |x| on rough paths of those sizes, shape (networks,)."""
    # The octaves that are periods of 1/L add nothing at the points of the path.
    octaves = np.arange(min(depth.bit_length() - 1, _OCTAVES))
    times = np.arange(depth)[:, None] / depth
    path = ((1 - np.cos(2 * np.pi * times * 2.0**octaves)) * 2 ** (-a * octaves)).sum(axis=1)
    h = np.full(len(sizes), _SHORT)
    for weight in path:
        h += np.tanh(sizes * weight * h) / depth
    return np.abs(h / _SHORT - np.exp(sizes / (1 - 2**-a)))


def _solved(paths: Numbers, inputs: Numbers) -> Numbers:
    """Return H(1), shape (networks, d), by the classical method of Runge and Kutta."""

    def velocity(time: float, h: Numbers) -> Numbers:
        return np.asarray(np.tanh(np.einsum("nij,nj->ni", _at(paths, time), h)))

    h, step = inputs, 1 / _STEPS
    for start in np.arange(_STEPS) / _STEPS:
        first = velocity(start, h)
        second = velocity(start + step / 2, h + step / 2 * first)
        third = velocity(start + step / 2, h + step / 2 * second)
        last = velocity(start + step, h + step * third)
        h = h + step / 6 * (first + 2 * second + 2 * third + last)
    return h
