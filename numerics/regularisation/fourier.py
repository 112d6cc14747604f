"""Fourier transforms of networks of one input, exact by their linear pieces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import spherical_jn

from numerics.regularisation.norms import require_small
from numerics.regularisation.regions import LinearPieces, Numbers, linear_pieces
from numerics.simulation import arguments

Complex = NDArray[np.complex128]


def fourier_transform(
    *,
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike] | None = None,
    frequency: ArrayLike,
    window: tuple[float, float] | None = None,
) -> Any:
    """Return the Fourier transform of a network of rectified linear units, one input and output.

    With a window it is the integral of f(x) exp(-i k x) over it. Without one it is that of f as a
    distribution at k != 0, where a linear function has none: -sum_j c_j exp(-i k t_j)/k^2, for
    jumps c_j of the slope at t_j.

    Args:
        weights: matrices D_l x D_(l-1), input side first; D_0 = D_L = 1.
        biases: vectors of D_l, or none at all.
        frequency: k, a number or an array; without a window |k| in [1e-100, 1e100].
        window: (a, b) with a < b, or the whole line.

    Returns:
        A complex number, or an array of the shape of `frequency`.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers, shifts = network(weights, biases)
    frequencies = arguments.real_array("frequency", frequency)
    sizes = np.abs(frequencies)
    if window is None and not ((sizes >= 1e-100) & (sizes <= 1e100)).all():
        raise ValueError(f"frequency = {frequency!r}: must be of size 1e-100 to 1e100")
    if not np.isfinite(frequencies).all():
        raise ValueError(f"frequency = {frequency!r}: must be finite numbers")
    pieces = linear_pieces([one[None] for one in layers], [one[None] for one in shifts])
    flat = frequencies.reshape(1, -1)
    if window is None:
        found = on_the_line(pieces, flat)
    else:
        ends = [
            arguments.real(f"window[{place}]", one, minimum=-1e100, maximum=1e100)
            for place, one in enumerate(arguments.sequence("window", window))
        ]
        start, end = ends[0], ends[-1]
        if len(ends) != 2 or not start < end:
            raise ValueError(f"window = {window!r}: must be (a, b) with a < b")
        found = on_a_window(pieces, flat, np.array([start]), np.array([end]))
    found = found[0, 0].reshape(frequencies.shape)
    return complex(found) if found.ndim == 0 else found


def network(
    weights: Sequence[ArrayLike], biases: Sequence[ArrayLike] | None
) -> tuple[list[Numbers], list[Numbers]]:
    """Return the matrices and vectors of a network of one input and one output, checked.

    Raises:
        ValueError: their shapes do not fit, or one holds a number that is not finite.
    """
    layers = arguments.real_arrays("weights", weights)
    widths = [1]
    for layer, one in enumerate(layers):
        last = layer == len(layers) - 1
        rows = "1" if last else "D"
        if one.ndim != 2 or one.shape[1] != widths[-1] or (last and len(one) != 1) or not one.size:
            raise ValueError(
                f"weights[{layer}] of shape {one.shape}: must be of shape ({rows}, {widths[-1]})"
            )
        widths.append(len(one))
    if not layers:
        raise ValueError("weights: must hold one matrix at least")
    if biases is None:
        shifts = [np.zeros(width) for width in widths[1:]]
    else:
        shifts = arguments.real_arrays("biases", biases)
        if [one.shape for one in shifts] != [(width,) for width in widths[1:]]:
            shapes = ", ".join(str(one.shape) for one in shifts)
            wanted = ", ".join(f"({width},)" for width in widths[1:])
            raise ValueError(f"biases of shapes {shapes}: must be of shapes {wanted}")
    for name, several in (("weights", layers), ("biases", shifts)):
        for layer, one in enumerate(several):
            if not np.isfinite(one).all():
                raise ValueError(f"{name}[{layer}] = {one!r}: must be finite")
    require_small(layers, shifts)
    return layers, shifts


def on_the_line(pieces: LinearPieces, frequencies: Numbers) -> Complex:
    """Return transforms at k != 0 as distributions, shape (networks, functions, k).

    Args:
        pieces: the functions.
        frequencies: shape (networks, k).
    """
    waves = np.exp(-1j * pieces.points[:, :, None] * frequencies[:, None, :])
    return -(pieces.jumps @ waves) / frequencies[:, None, :] ** 2


def on_a_window(
    pieces: LinearPieces, frequencies: Numbers, start: Numbers, end: Numbers
) -> Complex:
    """Return transforms over the windows [start, end], shape (networks, functions, k).

    On a piece of half length h about m, with value f and slope s there, it is
    2 h exp(-i k m) (f j_0(k h) - i s h j_1(k h)), whose Bessel functions lose no digits near 0.

    Args:
        pieces: the functions.
        frequencies: shape (networks, k).
        start: shape (networks,).
        end: shape (networks,).
    """
    inside = np.clip(pieces.points, start[:, None], end[:, None])
    edges = np.concatenate([start[:, None], inside, end[:, None]], axis=1)
    middle, half = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges) / 2
    anchors = np.concatenate([pieces.points[:, :1], pieces.points], axis=1)
    values = np.concatenate([pieces.values[:, :, :1], pieces.values], axis=2)
    values = values + pieces.slopes * (middle - anchors)[:, None, :]
    phase = frequencies[:, None, :] * half[:, :, None]
    waves = 2 * half[:, :, None] * np.exp(-1j * frequencies[:, None, :] * middle[:, :, None])
    even = waves * spherical_jn(0, phase)
    odd = -1j * waves * half[:, :, None] * spherical_jn(1, phase)
    return values @ even + pieces.slopes @ odd


def own_frequency(number: int, length: float) -> float:
    """Return 2 pi n / T, a frequency that a window of length T has n periods of."""
    return 2 * math.pi * number / length
