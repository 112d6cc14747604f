"""Steps of the proof that path norms bound slopes, on small networks without biases.

Networks have three matrices of weights and few units, so that nothing takes a device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.regularisation.regions import Numbers, linear_pieces
from numerics.simulation import arguments, keyed

_TRIES = 16  # inputs of a network, and pairs of them
_ROUNDING = 1e-10
_TOGETHER = 64


@dataclass(frozen=True, kw_only=True)
class ProofSteps:
    """What steps of the proof of Theorem 5 of Furusho (2020) come to, one value a network.

    Attributes:
        gate_shift: s with which f(x) is the sum over paths a of W^1 W^2 W^3 times the slopes of
            units a_(l + s) of layers l, a_1 being the input; NaN where no s or both of 0 and 1 do.
        sign: s of points z = t x + s (1 - t) x', t in [0, 1], one of which always has
            f(x) - f(x') <= <grad f(z), x - x'>; NaN where no s or both of -1 and 1 do.
        quotient: greatest |f(x) - f(x')| over |x - x'|_2 and the greatest |grad f|_1 between them.
        gradient_error: of the sum over paths for |grad f|_1, s = 1, against differentiation.
    """

    gate_shift: Measurement
    sign: Measurement
    quotient: Measurement
    gradient_error: Measurement


def measure_proof_steps(
    *, width: int, networks: int, seed: int, first_network: int = 0
) -> ProofSteps:
    """Measure what the proof of Theorem 5 says of random networks, at some inputs of each.

    Two fixed networks are beside each: max(0, x_1) by way of a second unit, at e_1, for paths, as a
    random one may be 0 everywhere; and min(0, x_1) between e_1 and -e_1 for mean values. It takes
    no device: networks of a few units are small calls.

    Args:
        width: units of each hidden layer, and inputs, in [2, 16].
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    width = arguments.integer("width", width, minimum=2, maximum=16)
    found = []
    numbers = width * (2 * width + 1)
    for part in _parts(arguments.network_range(first_network, networks)):
        drawn = np.stack(
            [
                keyed.numpy_generator(seed=seed, network=one).standard_normal(
                    numbers + 2 * _TRIES * width
                )
                for one in part
            ]
        )
        square = width * width
        weights = [
            drawn[:, :square].reshape(-1, width, width),
            drawn[:, square : 2 * square].reshape(-1, width, width),
            drawn[:, 2 * square : numbers].reshape(-1, 1, width),
        ]
        ends = drawn[:, numbers:].reshape(len(part), 2, _TRIES, width)
        fits, error = _path_sums(weights, ends[:, 0])
        unit = np.zeros((1, 1, width))
        unit[..., 0] = 1
        turned, bent = _fixed(width)
        of_turned, _ = _path_sums(turned, unit)
        fits = fits & of_turned
        shift = np.where(fits[0] ^ fits[1], 1.0 * fits[1], np.nan)
        gaps, quotients = _mean_values(weights, ends[:, 0], ends[:, 1])
        of_bent, _ = _mean_values(bent, unit, -unit)
        fails = (np.maximum(gaps, of_bent) > _ROUNDING).T
        sign = np.where(fails[0] & ~fails[1], 1.0, np.where(fails[1] & ~fails[0], -1.0, np.nan))
        found.append(np.stack([shift, sign, quotients, error]))
    settings = {
        "width": width, "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = (
        "shift of the units whose slopes a path has",
        "sign of the second input in a mean value",
        "difference over the steepest gradient between two inputs",
        "error of a gradient as a sum over paths",
    )
    return ProofSteps(
        **dict(
            zip(
                ("gate_shift", "sign", "quotient", "gradient_error"),
                measurements(words, np.concatenate(found, axis=1), settings),
                strict=True,
            )
        )
    )


def measure_steepest_share(
    *, width: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the steepest slope over the path norm: one input and hidden layer, weights +-1.

    It takes no device: networks of a few units are small calls.

    Args:
        width: D in [1, 1000] hidden units.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    width = arguments.integer("width", width, minimum=1, maximum=1000)
    found = []
    for part in _parts(arguments.network_range(first_network, networks)):
        drawn = np.stack(
            [keyed.numpy_generator(seed=seed, network=one).random((2, width)) for one in part]
        )
        first, last = np.where(drawn < 0.5, -1.0, 1.0).transpose(1, 0, 2)
        slopes = linear_pieces([first[:, :, None], last[:, None, :]]).slopes
        found.append(np.abs(slopes[:, 0]).max(axis=1) / width)
    return Measurement(
        quantity="steepest slope over the path norm",
        per_network=np.concatenate(found),
        settings={
            "width": width, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _parts(run: range) -> Iterator[range]:
    for start in range(0, len(run), _TOGETHER):
        yield run[start : start + _TOGETHER]


def _fixed(width: int) -> tuple[list[Numbers], list[Numbers]]:
    """Return networks that are max(0, x_1), by a second unit, and min(0, x_1)."""
    to, back, last = np.zeros((3, 1, width, width))
    to[0, 1, 0] = back[0, 0, 1] = last[0, 0, 0] = 1
    return [to, back, last[:, :1]], [-back @ to, np.eye(width)[None], -last[:, :1]]


def _slopes(weights: list[Numbers], x: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return which units are active, twice, and the outputs at inputs (networks, tries, inputs)."""
    u = x @ weights[0].transpose(0, 2, 1)
    v = np.maximum(u, 0) @ weights[1].transpose(0, 2, 1)
    f: Numbers = (np.maximum(v, 0) @ weights[2].transpose(0, 2, 1))[..., 0]
    return np.where(u > 0, 1.0, 0.0), np.where(v > 0, 1.0, 0.0), f


def _path_sums(weights: list[Numbers], x: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Return whether shifts 0 and 1 fit, and the error of the gradient with 1, of each network."""
    paths = np.einsum("nba,ncb,nc->nabc", weights[0], weights[1], weights[2][:, 0])
    first, second, f = _slopes(weights, x)
    scale = np.einsum("nabc,nta->nt", np.abs(paths), np.abs(x))
    sums = [
        np.einsum("nabc,nta,ntb,nta->nt", paths, first, second, x),
        np.einsum("nabc,ntb,ntc,nta->nt", paths, first, second, x),
    ]
    fits = [(np.abs(one - f) <= _ROUNDING * scale).all(axis=1) for one in sums]
    by_paths = np.abs(np.einsum("nabc,ntb,ntc->nta", paths, first, second)).sum(axis=2)
    gradient = np.abs(_gradient(weights, x)).sum(axis=2)
    error = np.abs(by_paths - gradient).max(axis=1) / np.abs(paths).sum(axis=(1, 2, 3))
    return np.stack(fits), error


@torch.inference_mode(False)
@torch.enable_grad()
def _gradient(weights: list[Numbers], x: Numbers) -> Numbers:
    """Return the gradients of outputs in inputs, by automatic differentiation."""
    inputs = torch.tensor(x, requires_grad=True)
    h = inputs
    for layer, weight in enumerate(weights):
        h = (torch.relu(h) if layer else h) @ torch.tensor(weight).transpose(1, 2)
    (gradient,) = torch.autograd.grad(h.sum(), inputs)
    return gradient.numpy()


def _mean_values(weights: list[Numbers], x: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Return by how much no point of (33) does, of either sign, and the quotient of (34).

    Every piece of f on the segment of z is tried, at its middle. Of shape (networks, 2), the sign
    of the paper first, and (networks,).
    """
    networks, tries, inputs = x.shape
    size = np.linalg.norm(x - other, axis=2)
    rise = _slopes(weights, x)[2] - _slopes(weights, other)[2]
    flat = [np.repeat(one, tries, axis=0) for one in weights]
    scale = np.abs(np.einsum("nc,ncb,nba->nabc", weights[2][:, 0], *weights[1::-1])).sum((1, 2, 3))
    gaps = []
    quotient = np.zeros(networks)
    for sign in (-1, 1):
        start, along = sign * other, x - sign * other
        first = flat[0] @ along.reshape(-1, inputs, 1)
        shift = (flat[0] @ start.reshape(-1, inputs, 1))[..., 0]
        nothing = np.zeros_like(shift)
        points = linear_pieces([first, *flat[1:]], [shift, nothing, nothing[:, :1]]).points.clip(
            0, 1
        )
        edges = np.concatenate([0 * points[:, :1], points, 0 * points[:, :1] + 1], axis=1)
        middle = ((edges[:, 1:] + edges[:, :-1]) / 2).reshape(networks, tries, -1, 1)
        long = np.diff(edges).reshape(networks, tries, -1) > _ROUNDING
        z = start[:, :, None] + middle * along[:, :, None]
        one, two, _ = _slopes(weights, z.reshape(networks, -1, inputs))
        back = ((weights[2] * two) @ weights[1] * one) @ weights[0]
        gradient = back.reshape(*z.shape)
        slopes = np.einsum("ntzi,nti->ntz", gradient, x - other)
        best = np.where(long, slopes, -np.inf).max(axis=2)
        gaps.append(((rise - best) / (scale[:, None] * size)).max(axis=1))
        if sign == 1:
            steepest = np.where(long, np.abs(gradient).sum(axis=3), 0).max(axis=2) * size
            quotient = np.divide(
                np.abs(rise), steepest, where=steepest > 0, out=np.zeros_like(rise)
            ).max(axis=1)
    return np.stack(gaps, axis=1), quotient
