"""How many linear regions networks of one input have, drawn at random and built to have many.

Pieces are sorted in numpy, all networks of a block side by side; nothing takes a device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from numerics.measurement import Measurement
from numerics.regularisation.regions import Numbers, linear_pieces
from numerics.simulation import arguments, keyed

BIASES = ("none", "first layer", "every layer")
_TOGETHER = 256  # networks, which bounds the memory


def measure_regions_at_start(
    *, hidden: int, width: int, biases: str, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Count the linear regions on the whole line of networks at He's start, one input and output.

    Weights are N(0, 2/fan-in), and biases, where there are any, N(0, 1). It takes no device: pieces
    of small networks are found one after the other.

    Args:
        hidden: H in [1, 100] layers of hidden units.
        width: D in [1, 100] units of each.
        biases: "none", of the "first layer" alone, or of "every layer".
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    hidden = arguments.integer("hidden", hidden, minimum=1, maximum=100)
    width = arguments.integer("width", width, minimum=1, maximum=100)
    kind = arguments.choice("biases", biases, BIASES)
    shapes = [(width, 1), *[(width, width)] * (hidden - 1), (1, width)]
    biased = {"none": 0, "first layer": 1, "every layer": hidden}[kind]
    numbers = sum(rows * columns for rows, columns in shapes) + biased * width
    found = []
    for part in _parts(arguments.network_range(first_network, networks)):
        drawn = np.stack(
            [keyed.numpy_generator(seed=seed, network=one).standard_normal(numbers) for one in part]
        )
        weights, at = [], biased * width
        for rows, columns in shapes:
            matrix = drawn[:, at : at + rows * columns].reshape(-1, rows, columns)
            weights.append(matrix * math.sqrt(2 / columns))
            at += rows * columns
        shifts = np.zeros((len(part), hidden, width))
        shifts[:, :biased] = drawn[:, : biased * width].reshape(len(part), biased, width)
        ends: list[Numbers] = [*shifts.transpose(1, 0, 2), np.zeros((len(part), 1))]
        found.append(1 + linear_pieces(weights, ends).are_kinks[:, 0].sum(axis=1))
    return Measurement(
        quantity="linear regions at the start",
        per_network=np.concatenate(found),
        settings={
            "hidden": hidden, "width": width, "biases": biases, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def measure_folded_regions(
    *, hidden: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Count the linear regions within [0, 1] of networks that fold it in two, layer by layer.

    Each hidden layer has two units, 2 max(0, x) - 4 max(0, x - 1/2) of which is a tent. Units are
    scaled by powers of two that the next layer takes back. It takes no device: pieces of small
    networks are found one after the other.

    Args:
        hidden: H in [1, 16] layers of hidden units.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    hidden = arguments.integer("hidden", hidden, minimum=1, maximum=16)
    found = []
    for part in _parts(arguments.network_range(first_network, networks)):
        drawn = [
            keyed.numpy_generator(seed=seed, network=one).integers(-3, 4, (hidden, 2))
            for one in part
        ]
        scales = 2.0 ** np.stack(drawn, axis=1)[:, :, :, None]
        tent = np.array([[2.0, -4.0]])
        folding = np.ones((2, 1)) @ tent
        inputs = (1 / scales).transpose(0, 1, 3, 2)
        weights = [
            scales[0] * np.ones((2, 1)),
            *(scales[1:] * folding * inputs[:-1]),
            tent * inputs[-1],
        ]
        shifts = [*(scales[:, :, :, 0] * [0, -0.5]), np.zeros((len(part), 1))]
        pieces = linear_pieces(weights, shifts)
        inside = (pieces.points > 0) & (pieces.points < 1)
        found.append(1 + (pieces.are_kinks[:, 0] & inside).sum(axis=1))
    return Measurement(
        quantity="linear regions of a folded interval",
        per_network=np.concatenate(found),
        settings={
            "hidden": hidden, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _parts(run: range) -> Iterator[range]:
    for start in range(0, len(run), _TOGETHER):
        yield run[start : start + _TOGETHER]
