"""Online learning with real weight vectors: slow, and free of the reduction to three numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch

from numerics.measurement import Measurement
from numerics.order_parameters.students import (
    OnlineLearning,
    State,
    Student,
    recorded,
    recorded_steps,
)
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import measuring
from numerics.simulation.device import resolved_device

_BLOCK_NUMBERS = 2**20  # of the inputs that are drawn at once
_PARALLEL = 1e-8  # share of a step that rounding may turn away from another

Function = Callable[[torch.Tensor], torch.Tensor]

ACTIVATIONS: Mapping[str, tuple[Function, Function]] = MappingProxyType(
    {
        "relu": (torch.relu, lambda x: (x > 0).to(x)),
        "erf": (
            lambda x: torch.erf(x / 2**0.5),
            lambda x: (2 / np.pi) ** 0.5 * torch.exp(-x.square() / 2),
        ),
    }
)
"""Each activation g, and its derivative."""


def measure_online_learning_of_weights(
    student: Student,
    *,
    times: float | tuple[float, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> OnlineLearning:
    """Measure the order parameters of students that hold N weights each, in float64.

    The law is that of ``measure_online_learning``, whose arguments these are; the random numbers
    are others. They are drawn on the CPU, so that every device sees the same inputs.

    Args:
        student: how each learns, and where it starts.
        times: times t >= 0 to record at, after round(N t) steps, in any order: a column each; of
            one number alone each student has one value.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    device = resolved_device(device)
    ends = recorded_steps(times, student.dimension)
    block = arguments.network_range(first_network, networks)
    sources = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    most = max(1, _BLOCK_NUMBERS // (len(block) * student.dimension))
    found, done = {}, 0
    with measuring():
        teacher, weights, scales = _prepared(student, len(block), device)
        for end in sorted(set(ends)):
            while done < end:
                steps = min(most, end - done)
                shape = (steps, student.dimension)
                drawn = np.stack([source.standard_normal(shape) for source in sources], axis=1)
                for x in torch.from_numpy(drawn).to(device) / student.dimension**0.5:
                    weights, scales = weight_step(student, weights, scales, teacher, x)
                done += steps
            along = weights @ teacher / student.dimension
            rest = weights - along[:, None] * teacher
            across = torch.linalg.vector_norm(rest, dim=1) / student.dimension**0.5
            found[end] = State(*(one.cpu().numpy() for one in (scales, along, across)))
    run = {"times": times, "networks": networks, "seed": seed, "first_network": first_network}
    return recorded([found[end] for end in ends], student, {**run, "device": device})


def _prepared(
    student: Student, students: int, device: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the teacher, shape (N,), and the students at their start: (students, N), (students,).

    The teacher lies along the first axis, and the students in the plane of the first two.
    """
    size = student.dimension**0.5
    scale, along, across = (
        torch.from_numpy(one).to(device) for one in vars(student.start(students)).values()
    )
    teacher = torch.zeros(student.dimension).to(scale)
    teacher[0] = size
    weights = torch.zeros(students, student.dimension).to(scale)
    weights[:, 0], weights[:, 1] = size * along, size * across
    return teacher, weights, scale


def weight_step(
    student: Student,
    weights: torch.Tensor,
    scales: torch.Tensor,
    teacher: torch.Tensor,
    x: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights and scales after one step (eqs 6 and 7, the latter with its 1/N).

    Args:
        student: how to learn.
        weights: w, shape (students, N).
        scales: gamma, shape (students,).
        teacher: w*, shape (N,), or one for each student.
        x: an input for each student, shape (students, N).
    """
    rate, size = student.learning_rate, student.dimension
    if student.method == "sgd":
        output = (weights * x).sum(dim=1)
        delta = _error_behind(student, (teacher * x).sum(dim=1), output)
        return weights + rate * delta[:, None] * x, scales
    of_weights, of_scales = _directions(student, weights, scales, teacher, x)
    return weights + rate * of_weights, scales + rate * of_scales / size


def _error_behind(student: Student, field: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """Return delta of eqs 6 and 7: g'(output) (g(field) - g(output))."""
    value, slope = ACTIVATIONS[student.activation]
    return slope(output) * (value(field) - value(output))


def _preactivation(weights: torch.Tensor, nu: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return nu w . x / ||w||, shape (students,)."""
    return nu * (weights * x).sum(dim=1) / torch.linalg.vector_norm(weights, dim=1)


def _directions(
    student: Student,
    weights: torch.Tensor,
    scales: torch.Tensor,
    teacher: torch.Tensor,
    x: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what eqs 6 and 7 have behind their eta, as printed: shapes (students, N), (students,).

    The arguments are those of ``weight_step``.
    """
    length = torch.linalg.vector_norm(weights, dim=1)
    nu = student.dimension**0.5 * scales
    output = _preactivation(weights, nu, x)
    delta = _error_behind(student, (x * teacher).sum(dim=1), output)
    pulled = (nu / length)[:, None] * x - (output / length.square())[:, None] * weights
    pull = delta * student.dimension**0.5 * (weights * x).sum(dim=1) / length
    return delta[:, None] * pulled, pull - student.regularisation * scales


@dataclass(frozen=True, kw_only=True)
class Descent:
    """Eqs 6 and 7 beside gradient descent of the loss at one input, by student.

    Attributes:
        factor: the step of gradient descent in w and gamma over what eqs 6 and 7 have behind their
            eta; NaN where the two are not parallel.
        scale: the step of gamma by eq 7 over its step in gradient descent of half the loss in w and
            sqrt(N) gamma; NaN where neither moves it.
    """

    factor: Measurement
    scale: Measurement


def measure_descent(
    student: Student, *, networks: int, seed: int, first_network: int = 0
) -> Descent:
    """Measure the steps of eqs 6 and 7 against gradient descent by autograd.

    The loss is (g(w* . x) - g(sqrt(N) gamma w . x / ||w||))^2 + zeta gamma^2 at one input
    x ~ N(0, I/N), teacher and student in random directions. It takes no device: each student has
    one step.

    Args:
        student: of a normalised method; its rate, scale, norm, dimension and regularisation count.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("method", student.method, ("bn", "wn"))
    arguments.real("learning_rate", student.learning_rate, minimum=1e-6, maximum=1e6)
    size, root = student.dimension, student.dimension**0.5
    block = arguments.network_range(first_network, networks)
    sources = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    drawn = np.stack([source.standard_normal((3, size)) for source in sources], axis=1)
    teacher, direction, x = torch.from_numpy(drawn).unbind()
    teacher, direction = (
        root * one / torch.linalg.vector_norm(one, dim=1, keepdim=True)
        for one in (teacher, direction)
    )
    weights, x = student.norm * direction, x / root
    scales = torch.full_like(weights[:, 0], student.scale)
    value, _ = ACTIVATIONS[student.activation]

    # Field and output are worked out as in the printed steps: where both saturate, their rounding
    # is much of what is left of the error.
    def error(weights: torch.Tensor, nu: torch.Tensor) -> torch.Tensor:
        field = (x * teacher).sum(dim=1)
        return (value(field) - value(_preactivation(weights, nu, x))).square()

    def loss(weights: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        penalty = student.regularisation * scales.square()
        return (error(weights, root * scales) + penalty).sum()

    def half_in_nu(nu: torch.Tensor) -> torch.Tensor:
        return (error(weights, nu) + student.regularisation * nu.square() / size).sum() / 2

    rate = student.learning_rate
    slopes = torch.func.grad(loss, argnums=(0, 1))(weights, scales)
    descent = -rate * torch.cat([slopes[0], slopes[1][:, None]], dim=1)
    of_weights, of_scales = _directions(student, weights, scales, teacher, x)
    printed = torch.cat([of_weights, of_scales[:, None]], dim=1)
    ratio = (descent * printed).sum(dim=1) / printed.square().sum(dim=1)
    off = torch.linalg.vector_norm(descent - ratio[:, None] * printed, dim=1)
    parallel = off < _PARALLEL * torch.linalg.vector_norm(descent, dim=1)
    moved = -torch.func.grad(half_in_nu)(root * scales) / root
    run = {"networks": networks, "seed": seed, "first_network": first_network}
    factor, scale = (
        Measurement(
            quantity=quantity, per_network=values.numpy(), settings={**vars(student), **run}
        )
        for quantity, values in (
            (
                "factor of the direction of eqs 6 and 7 in gradient descent",
                torch.where(parallel, ratio, torch.nan),
            ),
            (
                "step of gamma by eq 7 over that in descent of w and sqrt(N) gamma",
                of_scales / moved,
            ),
        )
    )
    return Descent(factor=factor, scale=scale)
