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
    GAUSSIAN,
    HiddenValues,
    Source,
    mean_of_each,
    measured_by_network,
    statistics,
    three_values,
)
from numerics.measurement import Measurement
from numerics.simulation import arguments

SAMPLES = 16
"""Samples normalised by each batch's statistics, or as many members as a smaller batch has."""

BATCHES = ("independent", "own")
"""Whose statistics normalise a sample: another batch's, or those of the batch that it is in."""

LARGEST = 100.0
"""Of scale and shift."""

_VECTOR = 16  # float64 numbers that torch computes with at once on a CPU, at most


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
    mean = torch.zeros_like(step)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        mean += weight * curvature(start + node * step)
    return step.square() * mean


def measure_loss_excess(
    hidden: HiddenValues,
    unit: GeneralisedLinearUnit,
    *,
    batch: str,
    told_at: int | None = None,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure (E loss(h_B) - E loss(h_P)) / gamma^2, averaged over labels exactly.

    E[m | z], E[m^2 | z] and E[s^2 | z] are known exactly for every distribution. The deviations of
    m, m^2 and s^2 from them, which average to zero, are taken off to second order.

    Args:
        hidden: what each network draws, at a batch size M >= 3.
        unit: what the hidden values feed, its loss and its teacher.
        batch: whose statistics normalise a sample: those of an "independent" batch, or of its
            "own".
        told_at: the excess, of the order of 1/M, is told times M over this batch size; as it is
            unless given.
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("batch", batch, BATCHES)
    arguments.integer("batch_size", hidden.batch_size, minimum=3)

    told = 1.0 if told_at is None else hidden.batch_size / told_at
    # What does not fill a vector torch leaves to other functions, whose last bits may differ.
    at_once = hidden.networks_at_once if hidden.batches % _VECTOR == 0 else 1

    def draw(source: Source) -> dict[str, torch.Tensor]:
        z, shares, mean, std = _draw(source, hidden, batch)
        loss = LOSSES[unit.loss]
        start, error = unit.scale * z + unit.shift, (z * (1 - std) - mean) / std
        residual = loss.slope(start) - loss.slope(unit.teacher_scale * z + unit.teacher_shift)
        expected = _expected(z, batch, hidden.batch_size)
        fluctuation = (mean - expected.mean) + z * (std.square() - expected.square) / 2
        excess = divergence(unit.loss, start, unit.scale * error) / unit.scale**2
        excess -= loss.curvature(start) * (mean.square() - expected.squared_mean) / 2
        excess += residual / unit.scale * (error + fluctuation)
        return {"excess": told * z.shape[-1] * mean_of_each(shares * excess)}

    return measured_by_network(
        draw,
        {"excess": f"excess {unit.loss} loss over gamma^2"},
        at_once=at_once, **vars(hidden), **vars(unit), batch=batch, told_at=told_at,
        networks=networks, seed=seed, first_network=first_network, device=device,
    )["excess"]  # fmt: skip


Draw = tuple[torch.Tensor, torch.Tensor | float, torch.Tensor, torch.Tensor]


def _draw(source: Source, hidden: HiddenValues, batch: str) -> Draw:
    """Return samples z, their shares, and mean m and standard deviation s of the batches.

    Each has shape (networks or 1, batches or 1, samples or 1). By the exact law of three values, z
    is each of them.
    """
    if hidden.method == "batches":
        if batch == "own":
            z = hidden.draw(source)
            mean, std = statistics(z)
            z = z[..., :SAMPLES]
        else:
            mean, std = hidden.draw_statistics(source)
            z = hidden.draw(source, SAMPLES)
        return z, 1 / z.shape[-1], mean, std
    size = hidden.batch_size - (batch == "own")
    mean, std = hidden.statistics_by_law(source, size)
    if hidden.distribution == GAUSSIAN:
        z = hidden.draw(source, 1 if batch == "own" else SAMPLES)
        shares: torch.Tensor | float = 1 / z.shape[-1]
    else:
        z, shares = map(source.moved, three_values(hidden.skewness, hidden.kurtosis))
        z = z[None, None]
    return z, shares, *(_with_member(z, mean, std, size) if batch == "own" else (mean, std))


def _with_member(
    z: torch.Tensor, mean: torch.Tensor, std: torch.Tensor, rest: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of batches of a member z and so many others."""
    size = rest + 1
    variance = (rest * std.square() + rest / size * (z - mean).square()) / size
    return (z + rest * mean) / size, variance.sqrt()


@dataclass(frozen=True)
class _Expected:
    """E[m | z], E[m^2 | z] and E[s^2 | z], exact for every standardised distribution."""

    mean: torch.Tensor | float
    squared_mean: torch.Tensor | float
    square: torch.Tensor | float


def _expected(z: torch.Tensor, batch: str, batch_size: int) -> _Expected:
    rest = batch_size - 1
    if batch == "independent":
        return _Expected(0.0, 1 / batch_size, rest / batch_size)
    squares = (z.square() + rest) / batch_size**2
    return _Expected(z / batch_size, squares, squares * rest)
