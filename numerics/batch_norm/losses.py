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

import torch
from scipy.special import roots_jacobi

from numerics.batch_norm.hidden_values import (
    HiddenValues,
    Source,
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


def _softplus(h: torch.Tensor) -> torch.Tensor:
    # torch's own is h itself above a threshold, and not exact there.
    return h.clamp(min=0) + torch.log1p(torch.exp(-h.abs()))


def _bell(h: torch.Tensor) -> torch.Tensor:
    """Derivative of the sigmoid."""
    return torch.sigmoid(h) * torch.sigmoid(-h)


@dataclass(frozen=True)
class Loss:
    """A(h) - y h by the derivatives A' (the mean of a calibrated label) and A''."""

    slope: Callable[[torch.Tensor], torch.Tensor]
    curvature: Callable[[torch.Tensor], torch.Tensor]


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        # A' = softplus, the smooth ReLU.
        "relu": Loss(slope=_softplus, curvature=torch.sigmoid),
        "logistic": Loss(slope=torch.sigmoid, curvature=_bell),
        # (y - h)^2 up to y^2, with labels written as 2 y.
        "squares": Loss(slope=lambda h: 2 * h, curvature=lambda h: torch.full_like(h, 2)),
    }
)


@dataclass(frozen=True, kw_only=True)
class GeneralisedLinearUnit:
    """A unit h = gamma z + beta of a hidden value z with loss A(h) - y h, and its teacher.

    Attributes:
        loss: "relu" (A' = softplus), "logistic" (A = softplus) or "squares" (A = h^2).
        scale: gamma, in [0.01, 100].
        shift: beta, in [-100, 100].
        teacher_scale: gamma*, in [-100, 100].
        teacher_shift: beta*, in [-100, 100].

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    loss: str
    scale: float
    shift: float
    teacher_scale: float
    teacher_shift: float

    def __post_init__(self) -> None:
        arguments.choice("loss", self.loss, LOSSES)
        arguments.real("scale", self.scale, minimum=1 / LARGEST, maximum=LARGEST)
        for name in ("shift", "teacher_scale", "teacher_shift"):
            arguments.real(name, getattr(self, name), minimum=-LARGEST, maximum=LARGEST)


_NODES, _WEIGHTS = roots_jacobi(6, 1, 0)
_NODES, _WEIGHTS = (1 + _NODES) / 2, _WEIGHTS / 4


def divergence(loss: str, start: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Return A(start + step) - A(start) - A'(start) step, without cancellation.

    It is step^2 times the integral of (1 - t) A''(start + t step) over t from 0 to 1, by Gauss and
    Jacobi's rule of 6 nodes: exact for "squares"; for the others the poles of A'' at i pi bound the
    relative error by 1e-9 for steps up to 1 and by 1e-5 up to 4.
    """
    curvature = LOSSES[loss].curvature
    whole = torch.zeros_like(step)
    for node, weight in zip(_NODES.tolist(), _WEIGHTS.tolist(), strict=True):
        whole += weight * curvature(start + node * step)
    return step.square() * whole


def measure_loss_excess(
    hidden: HiddenValues,
    unit: GeneralisedLinearUnit,
    *,
    batch: str,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure (E loss(h_B) - E loss(h_P)) / gamma^2, averaged over labels exactly.

    Of the second term only what fluctuates to second order is measured: E[m | z] and E[s^2 | z]
    are known exactly for every distribution, and the deviations of m and s^2 from them, which
    average to zero, are taken off it.

    Args:
        hidden: what each network draws, at a batch size M >= 3.
        unit: what the hidden values feed, its loss and its teacher.
        batch: whose statistics normalise a sample: those of an "independent" batch, or of its
            "own".
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("batch", batch, BATCHES)
    arguments.integer("batch_size", hidden.batch_size, minimum=3)

    def draw(source: Source) -> dict[str, torch.Tensor]:
        z, mean, std = _draw(source, hidden, batch)
        slope = LOSSES[unit.loss].slope
        start, error = unit.scale * z + unit.shift, (z * (1 - std) - mean) / std
        residual = slope(start) - slope(unit.teacher_scale * z + unit.teacher_shift)
        expected_mean, expected_square = _expected(z, batch, hidden.batch_size)
        fluctuation = (mean - expected_mean) + z * (std.square() - expected_square) / 2
        excess = divergence(unit.loss, start, unit.scale * error) / unit.scale**2
        return {"excess": (excess + residual / unit.scale * (error + fluctuation)).mean()}

    return measured_by_network(
        draw,
        {"excess": f"excess {unit.loss} loss over gamma^2"},
        **vars(hidden), **vars(unit), batch=batch, networks=networks, seed=seed,
        first_network=first_network, device=device,
    )["excess"]  # fmt: skip


def _draw(
    source: Source, hidden: HiddenValues, batch: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return samples z, shape (batches, samples), and m and s of the batches, (batches, 1)."""
    if batch == "independent":
        mean, std = hidden.draw_statistics(source)
        return hidden.draw(source, SAMPLES), mean, std
    if hidden.method == "exact":
        return _one_member(source, hidden)
    z = hidden.draw(source)
    return z[:, :SAMPLES], *statistics(z)


def _one_member(
    source: Source, hidden: HiddenValues
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return one member of each Gaussian batch, with the statistics that it and the rest give."""
    size, rest = hidden.batch_size, hidden.batch_size - 1
    z = hidden.draw(source, 1)
    mean, std = gaussian_statistics(source, rest, hidden.batches)
    variance = (rest * std.square() + rest / size * (z - mean).square()) / size
    return z, (z + rest * mean) / size, variance.sqrt()


def _expected(
    z: torch.Tensor, batch: str, batch_size: int
) -> tuple[torch.Tensor | float, torch.Tensor | float]:
    """Return E[m | z] and E[s^2 | z], exact for every standardised distribution."""
    rest = batch_size - 1
    if batch == "independent":
        return 0.0, rest / batch_size
    return z / batch_size, (z.square() + rest) * rest / batch_size**2
