"""What batch norm adds to the loss of a unit, against normalising by the population.

The loss of a unit with output h and label y is A(h) - y h (a generalised linear model). With the
hidden value z standardised, mean m and standard deviation s of a batch, and labels whose mean
given z is A'(t), t the teacher's output,

    h_B = gamma (z - m)/s + beta,   h_P = gamma z + beta,   t = gamma* z + beta*,
    E_y[loss(h_B) - loss(h_P)] = D(h_P, h_B) + (A'(h_P) - A'(t)) (h_B - h_P),

D >= 0 the Bregman divergence A(h_B) - A(h_P) - A'(h_P)(h_B - h_P). Labels are calibrated where
the teacher is the unit itself, normalised by the population; the second term is then absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import roots_jacobi

from numerics.batch_norm.hidden_values import (
    LAWS,
    Array,
    check_batches,
    check_law,
    draw_statistics,
    gaussian_statistics,
    measured_by_network,
    statistics,
)
from numerics.measurement import Measurement
from numerics.simulation import arguments

SAMPLES = 16
"""Samples normalised by each batch's statistics, or as many members as a smaller batch has."""

BATCHES = ("independent", "own")
"""Whose statistics normalise a sample: another batch's, or those of the batch that it is in."""

LARGEST = 100.0
"""Of scale and shift."""


def _softplus(h: Array) -> Array:
    return np.maximum(h, 0) + np.log1p(np.exp(-np.abs(h)))


def _sigmoid(h: Array) -> Array:
    return 1 / (1 + np.exp(-h))


def _bell(h: Array) -> Array:
    """Derivative of the sigmoid."""
    return _sigmoid(h) * _sigmoid(-h)


@dataclass(frozen=True)
class Loss:
    """A(h) - y h by the derivatives A' (the mean of a calibrated label) and A''."""

    slope: Callable[[Array], Array]
    curvature: Callable[[Array], Array]


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        # A' = softplus, the smooth ReLU.
        "relu": Loss(slope=_softplus, curvature=_sigmoid),
        "logistic": Loss(slope=_sigmoid, curvature=_bell),
        # (y - h)^2 up to y^2, with labels written as 2 y.
        "squares": Loss(slope=lambda h: 2 * h, curvature=lambda h: np.full_like(h, 2)),
    }
)

_NODES, _WEIGHTS = roots_jacobi(6, 1, 0)
_NODES, _WEIGHTS = (1 + _NODES) / 2, _WEIGHTS / 4


def divergence(loss: str, start: Array, step: Array) -> Array:
    """Return A(start + step) - A(start) - A'(start) step, without cancellation.

    It is step^2 times the integral of (1 - t) A''(start + t step) over t from 0 to 1, by Gauss and
    Jacobi's rule of 6 nodes: exact for "squares"; for the others the poles of A'' at i pi bound the
    relative error by 1e-9 for steps up to 1 and by 1e-5 up to 4.
    """
    curvature = LOSSES[loss].curvature
    whole = np.zeros_like(step)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        whole += weight * curvature(start + node * step)
    return np.square(step) * whole


def measure_loss_excess(
    *,
    loss: str,
    law: str,
    batch_size: int,
    batch: str,
    batches: int,
    scale: float,
    shift: float,
    teacher_scale: float,
    teacher_shift: float,
    networks: int,
    seed: int,
    method: str = "batches",
    first_network: int = 0,
) -> Measurement:
    """Measure (E loss(h_B) - E loss(h_P)) / gamma^2, averaged over labels exactly.

    Of the second term only what fluctuates to second order is measured: E[m | z] and E[s^2 | z]
    are known exactly for every law, and the deviations of m and s^2 from them, which average to
    zero, are taken off it.

    Args:
        loss: "relu" (A' = softplus), "logistic" (A = softplus) or "squares" (A = h^2).
        law: "gaussian", "uniform", "laplace", "half_normal" or "exponential".
        batch_size: M >= 3, at most 1e9 by the method "exact" and 1e8 / batches by the other.
        batch: whose statistics normalise a sample: those of an "independent" batch, or of its
            "own".
        batches: batches of a network, from 1 to 1e6.
        scale: gamma, in [0.01, 100].
        shift: beta, in [-100, 100].
        teacher_scale: gamma*, in [-100, 100].
        teacher_shift: beta*, in [-100, 100].
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2^64); network k depends on (seed, k) alone.
        method: "batches", or "exact" for Gaussian values: the statistics from their exact law.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("loss", loss, LOSSES)
    check_law(law, method)
    arguments.choice("batch", batch, BATCHES)
    check_batches(batch_size, batches, method=method, smallest=3)
    arguments.real("scale", scale, minimum=1 / LARGEST, maximum=LARGEST)
    others = {"shift": shift, "teacher_scale": teacher_scale, "teacher_shift": teacher_shift}
    for name, value in others.items():
        arguments.real(name, value, minimum=-LARGEST, maximum=LARGEST)

    def draw(generator: np.random.Generator) -> dict[str, float]:
        z, mean, std = _draw(generator, law, method, batch, batch_size, batches)
        slope = LOSSES[loss].slope
        start, error = scale * z + shift, (z * (1 - std) - mean) / std
        residual = slope(start) - slope(teacher_scale * z + teacher_shift)
        expected_mean, expected_square = _expected(z, batch, batch_size)
        fluctuation = (mean - expected_mean) + z * (np.square(std) - expected_square) / 2
        excess = divergence(loss, start, scale * error) / scale**2
        return {"excess": (excess + residual / scale * (error + fluctuation)).mean()}

    return measured_by_network(
        draw,
        {"excess": f"excess {loss} loss over gamma^2"},
        loss=loss, law=law, batch_size=batch_size, batch=batch, batches=batches, scale=scale,
        **others, method=method, networks=networks, seed=seed, first_network=first_network,
    )["excess"]  # fmt: skip


def _draw(
    generator: np.random.Generator,
    law: str,
    method: str,
    batch: str,
    batch_size: int,
    batches: int,
) -> tuple[Array, Array, Array]:
    """Return samples z, shape (batches, samples), and m and s of the batches, (batches, 1)."""
    if batch == "independent":
        mean, std = draw_statistics(generator, law, method, batch_size, batches)
        return LAWS[law](generator, (batches, SAMPLES)), mean, std
    if method == "exact":
        return _one_member(generator, batch_size, batches)
    z = LAWS[law](generator, (batches, batch_size))
    return z[:, :SAMPLES], *statistics(z)


def _one_member(
    generator: np.random.Generator, batch_size: int, batches: int
) -> tuple[Array, Array, Array]:
    """Return one member of each Gaussian batch, with the statistics that it and the rest give."""
    z = generator.standard_normal((batches, 1))
    rest = batch_size - 1
    mean, std = gaussian_statistics(generator, rest, batches)
    variance = (rest * np.square(std) + rest / batch_size * np.square(z - mean)) / batch_size
    return z, (z + rest * mean) / batch_size, np.sqrt(variance)


def _expected(z: Array, batch: str, batch_size: int) -> tuple[Array | float, Array | float]:
    """Return E[m | z] and E[s^2 | z], exact for every standardised law."""
    rest = batch_size - 1
    if batch == "independent":
        return 0.0, rest / batch_size
    return z / batch_size, (np.square(z) + rest) * rest / batch_size**2
