"""The learning rate at which a student near its teacher stops converging to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from numerics.measurement import Measurement
from numerics.order_parameters.drift import lattices, lengths, of_each_lattice
from numerics.order_parameters.students import Array, Inputs, State, Student
from numerics.order_parameters.weights import weight_step
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import measuring
from numerics.simulation.device import resolved_device

_SINE = 1e-6  # of the angle to the teacher of a student beside it
_LEAST, _MOST = 0.5, 8.0  # bracket of the sought learning rate
_BISECTIONS = 8
_POINTS = 987  # of a lattice: the push comes from the few inputs that a student hardly sees


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What pulls students back to their teacher and what pushes them away, a lattice a network.

    Attributes:
        rate: the effective learning rate at which the two balance, of each lattice: a ratio of
            averages, whose mean is not the ratio of the means. The two differ by the standard
            deviation of the one times that of the push over its mean at most (Hartley and Ross).
        pull_and_push: columns; the first is in units in which the ratio of the means is that rate.
    """

    rate: Measurement
    pull_and_push: Measurement


def _beside(sine: float, scale: float, norm: float, students: int) -> State:
    """Return students at an angle of this sine to the teacher."""
    values = (scale, norm * np.sqrt(1 - sine**2), norm * sine)
    return State(*(np.full(students, x) for x in values))


def measure_balancing_rate(
    *,
    activation: str,
    learning_rate: float,
    scale: float,
    norm: float,
    dimension: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Balance:
    """Measure the effective learning rate at which a small deviation from R = 1 stays as it is.

    Students at R = 1 and just beside it, at 1 - R = 5e-13, take the same step, once with eta and
    once with -eta. Of the difference between the changes of 1 - R at the two, the part odd in eta
    pulls back and the even part pushes away; as one grows like eta and the other like eta^2, they
    balance at an effective learning rate eta gamma / L^2 of pull / push times the one at hand.
    It takes no device: a lattice is a few thousand steps of three numbers.

    Its limit as N -> oo and R -> 1 is approached as (1 + rate^2 (1 - gamma)^2)/N, where the rate
    is the effective one at hand, and as sqrt(1 - R).

    Args:
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        learning_rate: eta, in [1e-3, 1e3].
        scale: gamma of weight normalisation, with whatever penalty; in [1e-3, 1e3].
        norm: L, in [1e-3, 1e3].
        dimension: N >= 3; rounding costs about 1e-18 N / rate^2.
        networks: number of independent lattices of inputs >= 1.
        seed: integer in [0, 2**64); lattice k depends on (seed, k) alone.
        first_network: index of the first lattice.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    for name, value in (("learning_rate", learning_rate), ("scale", scale), ("norm", norm)):
        arguments.real(name, value, minimum=1e-3, maximum=1e3)
    student = Student(
        method="wn",
        activation=activation,
        learning_rate=learning_rate,
        scale=scale,
        overlap=1.0,
        norm=norm,
        dimension=dimension,
    )
    pull, push = of_each_lattice(
        partial(_pull_and_push, student),
        seed=seed,
        lattices=arguments.network_range(first_network, networks),
    )
    pull *= learning_rate * scale / norm**2
    return Balance(
        rate=Measurement(
            quantity="effective learning rate at the boundary of stability",
            per_network=pull / push,
            settings=settings,
        ),
        pull_and_push=Measurement(
            quantity="pull and push",
            per_network=np.stack([pull, push], axis=1),
            settings=settings,
        ),
    )


def _pull_and_push(student: Student, sources: Sequence[np.random.Generator]) -> tuple[Array, Array]:
    """Return the rates, in t, at which a small 1 - R shrinks by the one and grows by the other."""
    a, b = lattices(sources, _POINTS)
    rest = lengths(sources, student.dimension, _POINTS)
    # With the mirror image of each input the mean of what is odd in b is 0 exactly. At R = 1 it
    # does the same.
    mirrored = (np.tile(a, 2), np.concatenate([b, -b], axis=1), np.tile(rest, 2))

    def growth(sign: int, sine: float) -> Array:
        inputs = mirrored if sine else (a, b, rest)
        start = _beside(sine, student.scale, student.norm, inputs[0].shape[1])
        rates = np.full(inputs[0].shape[1], sign * student.learning_rate)
        end = student.step(start, *inputs, rates=rates)
        mean: Array = (end.deviation - start.deviation).mean(axis=1)
        return mean

    forward, backward = (growth(sign, _SINE) - growth(sign, 0.0) for sign in (1, -1))
    unit = student.dimension / (_SINE**2 / 2)
    return unit * (backward - forward) / 2, unit * (forward + backward) / 2


def measure_stability_limit(
    *,
    method: str,
    activation: str,
    dimension: int,
    time: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the learning rate at which runs turn from approaching the teacher to leaving it.

    Students start beside their teacher, at sin(theta) = 1e-6 and gamma = L = 1, where the
    learning rate is the effective one, and take N t steps. Below the sought learning rate 1 - R
    has shrunk by then, above it has grown; it is found by bisection in [0.5, 8] and, between the
    last two rates, by interpolation, with the same inputs each time. Its limit as N -> oo is
    approached as 1/N. It takes no device: a student is a Markov chain of three numbers.

    Args:
        method: "wn" or "sgd", whose fixed point is at R = 1 whatever the learning rate.
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        dimension: N >= 3.
        time: t, in [1e-3, 1e3]; at least one step is taken.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    arguments.choice("method", method, ("wn", "sgd"))
    student = Student(
        method=method,
        activation=activation,
        learning_rate=0.0,
        scale=1.0,
        overlap=1.0,
        norm=1.0,
        dimension=dimension,
    )
    steps = max(1, round(dimension * arguments.real("time", time, minimum=1e-3, maximum=1e3)))
    block = arguments.network_range(first_network, networks)
    drawn = Inputs(seed, block, dimension).draw(steps)
    start = _beside(_SINE, 1.0, 1.0, len(block))

    def with_growth(rates: Array) -> Array:
        """Rates, and the logarithms of by how much 1 - R has grown, shape (2, students)."""
        state = start
        for a, b, c in drawn:
            state = student.step(state, a, b, c, rates=rates)
        return np.stack([rates, np.log(state.deviation / start.deviation)])

    below, above = (with_growth(np.full(networks, rate)) for rate in (_LEAST, _MOST))
    for _ in range(_BISECTIONS):
        middle = with_growth((below[0] + above[0]) / 2)
        grown = middle[1] > 0
        below, above = np.where(grown, below, middle), np.where(grown, middle, above)
    share = np.clip(below[1] / (below[1] - above[1]), 0, 1)
    return Measurement(
        quantity="learning rate at the boundary of stability",
        per_network=below[0] + share * (above[0] - below[0]),
        settings=settings,
    )


def measure_effective_rate(
    *,
    learning_rate: float,
    scale: float,
    norm: float,
    dimension: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure how far one step turns the weights, in units of what turns them.

    A ReLU student with N real weights sees one input x, on which it is active. With u the part of
    delta sqrt(N) x orthogonal to w, what is measured is the tangent of the angle between w before
    and after, over ||u|| / N: the learning rate that a student of unit scale and norm would need.

    Args:
        learning_rate: eta, in [1e-3, 1e3].
        scale: gamma, in [1e-3, 1e3].
        norm: L, in [1e-3, 1e3].
        dimension: N >= 3.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = {**locals(), "device": resolved_device(device)}
    for name, value in (("learning_rate", learning_rate), ("scale", scale), ("norm", norm)):
        arguments.real(name, value, minimum=1e-3, maximum=1e3)
    student = Student(
        method="wn",
        activation="relu",
        learning_rate=learning_rate,
        scale=scale,
        overlap=0.0,
        norm=norm,
        dimension=dimension,
    )
    block = arguments.network_range(first_network, networks)
    sources = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    drawn = np.stack([source.standard_normal((3, dimension)) for source in sources], axis=1)
    with measuring():
        rates = _effective_rates(student, torch.from_numpy(drawn).to(resolved_device(device)))
        per_network = rates.cpu().numpy()
    return Measurement(
        quantity="effective learning rate", per_network=per_network, settings=settings
    )


def _effective_rates(student: Student, normals: torch.Tensor) -> torch.Tensor:
    """Return the rates, shape (students,), of teachers, students and inputs along these normals."""
    directions = normals / torch.linalg.vector_norm(normals, dim=-1, keepdim=True)
    teacher, direction, x = directions.unbind()
    along = (direction * x).sum(dim=1, keepdim=True)
    x, along = x * along.sign(), along.abs()
    size = student.dimension**0.5
    scales = torch.full_like(along[:, 0], student.scale)
    weights, _ = weight_step(student, student.norm * size * direction, scales, size * teacher, x)
    delta = (size * (teacher * x).sum(dim=1)).clamp(min=0) - size * student.scale * along[:, 0]
    kept = (weights * direction).sum(dim=1, keepdim=True)
    tangent = torch.linalg.vector_norm(weights - kept * direction, dim=1) / kept[:, 0]
    turned = delta.abs() * torch.linalg.vector_norm(x - along * direction, dim=1) / size
    return tangent / turned
