"""Searches for large Fourier transforms of networks of one input, beside what bounds them.

A search climbs from random weights, all searches of a run side by side in numpy, so that no
measurement takes a device: networks are of a few units, and their pieces are sorted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.regularisation.fourier import on_a_window, on_the_line, own_frequency
from numerics.regularisation.regions import LinearPieces, Numbers, linear_pieces
from numerics.simulation import arguments, keyed

_STEPS = 47  # of a search
_STRIDE = 0.4  # of a step, in standard deviations of what a search starts from
_TOGETHER = 512  # searches, which bounds the memory


@dataclass(frozen=True, kw_only=True)
class PathNormSpectra:
    """The greatest of networks over their L1 path norm, biases left out of it; one a search.

    Attributes:
        slopes: TV(f') + |f'(-oo)| + |f'(oo)|.
        kinks: TV(f').
        spectrum: k^2 |F(k)|, of the transform on the whole line.
    """

    slopes: Measurement
    kinks: Measurement
    spectrum: Measurement


def measure_path_norm_spectra(
    *, layers: int, width: int, networks: int, seed: int, first_network: int = 0
) -> PathNormSpectra:
    """Search for large slopes, kinks and transforms of networks of a given path norm.

    A third of the searches climbs each of the three. Every other one tries max(0, 1 - max(0, x)),
    or max(0, x) of two layers, at k = pi. It takes no device: networks of a few units are small
    calls.

    Args:
        layers: L in [2, 6] matrices of weights, L - 1 of hidden units.
        width: D in [1, 8] units of each hidden layer.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("layers", layers, minimum=2, maximum=6)
    width = arguments.integer("width", width, minimum=1, maximum=8)
    widths = [1, *[width] * (layers - 1), 1]
    sizes = [(rows + 1) * columns for rows, columns in pairwise(widths)]

    def found(states: Numbers) -> Numbers:
        """Slopes, kinks and spectrum of each network, shape (3, networks)."""
        weights, biases, at = [], [], 0
        for inputs, size in zip(widths, sizes, strict=False):
            layer = states[:, at : at + size].reshape(len(states), -1, inputs + 1)
            weights.append(layer[:, :, 1:])
            biases.append(layer[:, :, 0])
            at += size
        pieces = linear_pieces(weights, biases)
        frequency = 3 * np.exp(states[:, -1:])
        paths = np.ones((len(states), 1, 1))
        for weight in weights:
            paths = np.abs(weight) @ paths
        kinks = np.abs(pieces.jumps).sum(axis=2)
        ends = np.abs(pieces.slopes[:, :, 0]) + np.abs(pieces.slopes[:, :, -1])
        spectrum = frequency**2 * np.abs(on_the_line(pieces, frequency)[:, 0])
        largest = np.stack([kinks + ends, kinks, spectrum])[:, :, 0]
        return np.divide(largest, paths[:, 0, 0], where=paths[:, 0, 0] > 0, out=0 * largest)

    sharpest = np.zeros(sum(sizes) + 1)
    sharpest[1] = 1
    for layer in range(1, layers):
        at = sum(sizes[:layer])
        sharpest[at : at + 2] = (1, -1) if layer == 1 and layers > 2 else (0, 1)
    sharpest[-1] = math.log(math.pi / 3)
    greatest = _climbed(found, sharpest, seed, arguments.network_range(first_network, networks))
    settings = {
        "layers": layers, "width": width, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = (
        "slopes at the ends and kinks over the path norm",
        "kinks over the path norm",
        "transform times its squared frequency over the path norm",
    )
    slopes, kinks, spectrum = measurements(words, greatest, settings)
    return PathNormSpectra(slopes=slopes, kinks=kinks, spectrum=spectrum)


@dataclass(frozen=True, kw_only=True)
class PieceSpectra:
    """The greatest of functions of K pieces over their Lipschitz constant, one value a search.

    Attributes:
        line: k^2 |F(k)|, of the transform on the whole line.
        window: |F(2 pi n / T)|, of the transform over a window of length T.
    """

    line: Measurement
    window: Measurement


def measure_piece_spectra(
    *,
    regions: int,
    periods: int,
    length: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> PieceSpectra:
    """Search for large transforms of networks of K linear regions and a given Lipschitz constant.

    They have one hidden layer of K - 1 units with a kink each, and two that add up to a line. Half
    of the searches climb each of the two. Every other one tries a zigzag and a straight line. It
    takes no device: networks of a few units are small calls.

    Args:
        regions: K in [2, 64].
        periods: n >= 1, of the window's frequency 2 pi n / T.
        length: T in [1e-6, 1e6], of the window.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    regions = arguments.integer("regions", regions, minimum=2, maximum=64)
    periods = arguments.integer("periods", periods, minimum=1)
    length = arguments.real("length", length, minimum=1e-6, maximum=1e6)
    kinks = regions - 1

    def found(states: Numbers) -> Numbers:
        """Both of each network, shape (2, networks)."""
        pieces = _one_layer(
            places=length * states[:, :kinks],
            jumps=states[:, kinks : 2 * kinks],
            slope=states[:, 2 * kinks],
            shift=states[:, 2 * kinks + 1],
        )
        lipschitz = np.abs(pieces.slopes).max(axis=2)
        frequency = 3 / length * np.exp(states[:, -1:])
        line = frequency**2 * np.abs(on_the_line(pieces, frequency)[:, 0])
        own = np.full_like(frequency, own_frequency(periods, length))
        start = np.zeros(len(states))
        window = np.abs(on_a_window(pieces, own, start, start + length)[:, 0])
        largest = np.stack([line, window])
        return np.divide(largest, lipschitz, where=lipschitz > 0, out=0 * largest)[:, :, 0]

    zigzag = np.zeros(2 * kinks + 3)
    zigzag[:kinks] = np.arange(1, regions) / regions
    zigzag[kinks : 2 * kinks] = 2 * (-1.0) ** np.arange(1, regions)
    zigzag[2 * kinks] = 1
    zigzag[-1] = math.log(math.pi * regions / 3)
    straight = np.where(np.arange(len(zigzag)) == 2 * kinks, 1.0, 0.0)
    run = arguments.network_range(first_network, networks)
    greatest = _climbed(found, zigzag, seed, run, straight)
    settings = {
        "regions": regions, "periods": periods, "length": length, "networks": networks,
        "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = (
        "transform on the line times its squared frequency over the Lipschitz constant",
        "transform over a window over the Lipschitz constant",
    )
    line, window = measurements(words, greatest, settings)
    return PieceSpectra(line=line, window=window)


@dataclass(frozen=True, kw_only=True)
class SpectralPowers:
    """|F(2 pi n / T)|^2 of networks whose kinks lie anywhere in [0, T], a column a frequency.

    Attributes:
        line: of the transform on the whole line.
        window: of that over [0, T].
    """

    line: Measurement
    window: Measurement


def measure_spectral_powers(
    *,
    units: int,
    periods: tuple[int, ...],
    length: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> SpectralPowers:
    """Measure spectra of sum_j c_j max(0, x - t_j), signs c_j and uniform t_j drawn.

    It takes no device: transforms are closed forms.

    Args:
        units: D in [1, 1000].
        periods: n >= 1 of each frequency 2 pi n / T.
        length: T in [1e-6, 1e6].
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    units = arguments.integer("units", units, minimum=1, maximum=1000)
    several = arguments.integers("periods", periods, minimum=1)
    length = arguments.real("length", length, minimum=1e-6, maximum=1e6)
    found = []
    for part in _parts(arguments.network_range(first_network, networks)):
        drawn = np.stack(
            [keyed.numpy_generator(seed=seed, network=one).random((2, units)) for one in part]
        )
        nothing = np.zeros(len(part))
        pieces = _one_layer(
            places=length * drawn[:, 0],
            jumps=np.where(drawn[:, 1] < 0.5, -1.0, 1.0),
            slope=nothing,
            shift=nothing,
        )
        own = np.array([[own_frequency(one, length) for one in several]] * len(part))
        both = on_the_line(pieces, own), on_a_window(pieces, own, nothing, nothing + length)
        found.append(np.abs(np.stack(both)[:, :, 0]) ** 2)
    settings = {
        "units": units, "periods": several, "length": length, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = "power on the line", "power over a window"
    line, window = measurements(words, np.concatenate(found, axis=1), settings)
    return SpectralPowers(line=line, window=window)


def _one_layer(*, places: Numbers, jumps: Numbers, slope: Numbers, shift: Numbers) -> LinearPieces:
    """Return sum_j jumps_j max(0, x - places_j) + slope x + shift, of one hidden layer."""
    networks, kinks = places.shape
    first = np.ones((networks, kinks + 2, 1))
    first[:, -1] = -1
    below = np.concatenate([-places, np.zeros((networks, 2))], axis=1)
    last = np.concatenate([jumps, slope[:, None], -slope[:, None]], axis=1)
    return linear_pieces([first, last[:, None]], [below, shift[:, None]])


def _climbed(
    found: Callable[[Numbers], Numbers],
    sharpest: Numbers,
    seed: int,
    run: range,
    other: NDArray[np.float64] | None = None,
) -> Numbers:
    """Return the greatest of each quantity that each search meets, shape (quantities, networks).

    A search climbs one of the quantities by steps that are kept where it grows; which one follows
    from its index. Every other one tries what is known to be sharpest besides, so that what random
    weights lead to is seen as well.
    """
    known = found(np.stack([sharpest] if other is None else [sharpest, other])).max(axis=1)
    parts = []
    for part in _parts(run):
        drawn = np.stack(
            [
                keyed.numpy_generator(seed=seed, network=one).standard_normal(
                    (_STEPS + 1, len(sharpest))
                )
                for one in part
            ],
            axis=1,
        )
        kept = drawn[0]
        values = found(kept)
        climbs = np.array(part) // 2 % len(values), np.arange(len(part))
        greatest, best = values, values[climbs]
        for step in drawn[1:]:
            tried = kept + _STRIDE * step
            values = found(tried)
            better = values[climbs] > best
            kept = np.where(better[:, None], tried, kept)
            best = np.where(better, values[climbs], best)
            greatest = np.maximum(greatest, values)
        tries = np.array(part) % 2 == 0
        parts.append(np.where(tries, np.maximum(greatest, known[:, None]), greatest))
    return np.concatenate(parts, axis=1)


def _parts(run: range) -> Iterator[range]:
    for start in range(0, len(run), _TOGETHER):
        yield run[start : start + _TOGETHER]
