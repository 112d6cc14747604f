"""Online learning of a teacher by a student of the same kind, exact in law at any size.

The teacher is g(w* . x) with ||w*||^2 = N. The student of the normalised methods is
g(sqrt(N) gamma w . x / ||w||), that of vanilla SGD is g(w . x). Every step takes a fresh input
x ~ N(0, I / N) and moves the parameters by eta times

    delta (dw~ . x / dw)                       for w, delta = g'(w~ . x) (g(w* . x) - g(w~ . x)),
    (1/N) (delta sqrt(N) w . x / ||w|| - zeta gamma)             for gamma,

where w~ is the student's vector, sqrt(N) gamma w / ||w|| or w. This is gradient descent in w and
nu = sqrt(N) gamma; a step of gamma without 1/N would be N times faster than those of w.

No weights are held. With e = w / ||w|| at an angle theta to the teacher, x . e = a / sqrt(N),
x along the teacher's part orthogonal to e is b / sqrt(N), and the rest of ||x||^2 is c / N, with
a, b standard normal and c chi-square of N - 2 degrees, all independent: gamma and the parts of w
along and across the teacher are a Markov chain of three numbers with exactly the law that they
have under real weights. Its steps follow one another and hold nothing that a device could share
out; ``measure_online_learning_of_weights`` takes one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

Array = NDArray[np.float64]

METHODS = ("bn", "wn", "sgd")
_BLOCK = 2**10  # steps whose random numbers are drawn at once


@dataclass(frozen=True)
class Activation:
    """An activation g and its derivative."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "relu": Activation(
            value=lambda x: np.maximum(x, 0), slope=lambda x: (x > 0).astype(np.float64)
        ),
        "erf": Activation(
            value=lambda x: erf(x / np.sqrt(2)),
            slope=lambda x: np.sqrt(2 / np.pi) * np.exp(-(x**2) / 2),
        ),
    }
)


@dataclass(frozen=True)
class State:
    """Order parameters of students, arrays of one shape.

    Attributes:
        scale: gamma; for vanilla SGD it is not used.
        along: component of w / sqrt(N) along the teacher, L cos(theta).
        across: what is orthogonal to the teacher, L sin(theta) >= 0.
    """

    scale: Array
    along: Array
    across: Array

    @property
    def norm(self) -> Array:
        """L = ||w|| / sqrt(N)."""
        return np.sqrt(self.along**2 + self.across**2)

    @property
    def overlap(self) -> Array:
        """R = cos(theta)."""
        return self.along / self.norm

    @property
    def deviation(self) -> Array:
        """1 - R, without cancellation."""
        ahead, norm = np.abs(self.along), self.norm
        within = self.across**2 / (norm * (norm + ahead))  # 1 - |R|
        return np.where(self.along > 0, within, 1 + ahead / norm)


@dataclass(frozen=True, kw_only=True)
class Student:
    """A student: how it learns online, and where it starts.

    Attributes:
        method: "bn", the paper's model of batch normalisation: weight normalisation with the
            penalty zeta gamma^2; "wn", the same without it; "sgd", which trains w itself.
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        learning_rate: eta, in [0, 1e6].
        scale: gamma at the start, in [0, 1e6]; vanilla SGD does not use it.
        overlap: R at the start, in [-1, 1].
        norm: L at the start, in [1e-6, 1e6].
        dimension: N >= 3, of the inputs.
        regularisation: zeta, in [0, 1e6]; 0 but for "bn".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    method: str
    activation: str
    learning_rate: float
    scale: float
    overlap: float
    norm: float
    dimension: int
    regularisation: float = 0.0

    def __post_init__(self) -> None:
        arguments.choice("method", self.method, METHODS)
        arguments.choice("activation", self.activation, ACTIVATIONS)
        arguments.real("learning_rate", self.learning_rate, minimum=0, maximum=1e6)
        arguments.real("scale", self.scale, minimum=0, maximum=1e6)
        arguments.real("overlap", self.overlap, minimum=-1, maximum=1)
        arguments.real("norm", self.norm, minimum=1e-6, maximum=1e6)
        arguments.integer("dimension", self.dimension, minimum=3)
        largest = 1e6 if self.method == "bn" else 0
        arguments.real("regularisation", self.regularisation, minimum=0, maximum=largest)

    def start(self, students: int) -> State:
        """Return so many students at the start."""
        sine = np.sqrt((1 - self.overlap) * (1 + self.overlap))
        values = (self.scale, self.norm * self.overlap, self.norm * sine)
        return State(*(np.full(students, x) for x in values))

    def step(
        self, state: State, a: Array, b: Array, c: Array, *, rates: Array | None = None
    ) -> State:
        """Return the students after one step with x as at the head of this module.

        `rates` are learning rates of the students' own, where they differ.
        """
        return self._moved(state, a, b, c, rates)[0]

    def grown(self, state: State, a: Array, b: Array, c: Array) -> tuple[State, Array]:
        """Return the students after one step, and what their norms gained, without cancellation."""
        end, (along, across, beyond) = self._moved(state, a, b, c)
        gained = 2 * (state.along * along + state.across * across) + along**2 + across**2 + beyond
        return end, gained / (end.norm + state.norm)

    def _moved(
        self, state: State, a: Array, b: Array, c: Array, rates: Array | None = None
    ) -> tuple[State, tuple[Array, Array, Array]]:
        """Students after a step, and the step along, across, and squared out of their plane."""
        g = ACTIVATIONS[self.activation]
        norm = state.norm
        cosine, sine = state.along / norm, state.across / norm
        teacher = cosine * a + sine * b
        rate = (self.learning_rate if rates is None else rates) / self.dimension
        trains_scale = self.method != "sgd"
        student = (state.scale if trains_scale else norm) * a
        delta = g.slope(student) * (g.value(teacher) - g.value(student))
        if trains_scale:
            pull = delta * a - self.regularisation * state.scale
            scale = state.scale + rate * pull
            # The step of w is orthogonal to w.
            move = rate * delta * state.scale / norm
            along, across = move * b * sine, -move * b * cosine
        else:
            move = rate * delta
            scale = state.scale
            along, across = move * teacher, move * (sine * a - cosine * b)
        beyond = move**2 * c
        end = State(
            scale=scale,
            along=state.along + along,
            across=np.sqrt((state.across + across) ** 2 + beyond),
        )
        return end, (along, across, beyond)


class Inputs:
    """The inputs of each student, one after the other, whatever number is drawn at once."""

    def __init__(self, seed: int, students: range, dimension: int) -> None:
        self._plane = [keyed.numpy_generator(seed=seed, network=k) for k in students]
        # Streams of their own: how many numbers a chi-square takes is random.
        self._rest = [
            np.random.Generator(source.bit_generator.jumped())  # type: ignore[attr-defined]
            for source in self._plane
        ]
        self._freedom = dimension - 2

    def draw(self, steps: int) -> Array:
        """Return a, b and c of the next steps, shape (steps, 3, students)."""
        drawn = np.empty((steps, 3, len(self._plane)))
        for k, (plane, rest) in enumerate(zip(self._plane, self._rest, strict=True)):
            drawn[:, :2, k] = plane.standard_normal((steps, 2))
            drawn[:, 2, k] = rest.chisquare(self._freedom, steps)
        return drawn


@dataclass(frozen=True, kw_only=True)
class OnlineLearning:
    """Order parameters over time, a row for each student and a column for each time.

    Attributes:
        scale: gamma, or L for vanilla SGD.
        overlap: R, the cosine of the angle to the teacher.
        norm: L = ||w|| / sqrt(N).
    """

    scale: Measurement
    overlap: Measurement
    norm: Measurement


def measure_online_learning(
    student: Student,
    *,
    times: float | tuple[float, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> OnlineLearning:
    """Measure the order parameters of online students over time, exactly in law.

    It takes no device: a student is a Markov chain of three numbers.

    Args:
        student: how each learns, and where it starts.
        times: times t >= 0 to record at, after round(N t) steps, in any order: a column each; of
            one number alone each student has one value.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    ends = recorded_steps(times, student.dimension)
    block = arguments.network_range(first_network, networks)
    source = Inputs(seed, block, student.dimension)
    state = student.start(len(block))
    found, done = {}, 0
    for end in sorted(set(ends)):
        while done < end:
            steps = min(_BLOCK, end - done)
            for a, b, c in source.draw(steps):
                state = student.step(state, a, b, c)
            done += steps
        found[end] = state
    run = {"times": times, "networks": networks, "seed": seed, "first_network": first_network}
    return recorded([found[end] for end in ends], student, run)


def recorded_steps(times: float | tuple[float, ...], dimension: int) -> list[int]:
    """Return the numbers of steps after which to record."""
    listed = (times,) if isinstance(times, int | float) else arguments.sequence("times", times)
    valid = [arguments.real("times", one, minimum=0, maximum=1e6) for one in listed]
    return [round(dimension * one) for one in valid]


def recorded(states: list[State], student: Student, run: Mapping[str, object]) -> OnlineLearning:
    """Return the states at the recorded times as measurements."""
    norms = np.stack([one.norm for one in states], axis=1)
    scales = np.stack([one.scale for one in states], axis=1)
    overlaps = np.stack([one.overlap for one in states], axis=1)
    settings = {**vars(student), **run}

    def measured(quantity: str, per_network: Array) -> Measurement:
        columns = per_network[:, 0] if isinstance(run["times"], int | float) else per_network
        return Measurement(quantity=quantity, per_network=columns, settings=settings)

    return OnlineLearning(
        scale=measured("scale gamma", norms if student.method == "sgd" else scales),
        overlap=measured("overlap R", overlaps),
        norm=measured("norm L", norms),
    )
