"""The learning rate at which a student near its teacher stops converging to it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.order_parameters.drift import POINTS, lattice
from numerics.order_parameters.students import Array, Inputs, Rule, State
from numerics.order_parameters.weights import weight_step
from numerics.simulation import arguments, keyed

_SINE = 1e-6  # of the angle to the teacher of a student beside it
_LEAST, _MOST = 0.5, 8.0  # bracket of the sought learning rate
_BISECTIONS = 16


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
    inputs: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the effective learning rate at which a small deviation from R = 1 stays as it is.

    Students at R = 1 and just beside it, at 1 - R = 5e-13, take the same step, once with eta and
    once with -eta. Of the difference between the changes of 1 - R at the two, the part odd in eta
    pulls back and the even part pushes away; as one grows like eta and the other like eta^2, they
    balance at an effective learning rate eta gamma / L^2 of pull / push times the one at hand.

    Its limit as N -> oo and R -> 1 is approached as (1 + rate^2 (1 - gamma)^2)/N, where the rate
    is the effective one at hand, and as sqrt(1 - R).

    Args:
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        learning_rate: eta, in [1e-3, 1e3].
        scale: gamma of weight normalisation, with whatever penalty; in [1e-3, 1e3].
        norm: L, in [1e-3, 1e3].
        inputs: N >= 3; rounding costs about 1e-18 N / rate^2.
        networks: number of independent lattices of inputs >= 1.
        seed: integer >= 0; lattice k depends on (seed, k) alone.
        first_network: index of the first lattice.

    Returns:
        For each lattice the ratio of its two averages, which is not the ratio of the means: it is
        off by about its own relative variance.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    for name, value in (("learning_rate", learning_rate), ("scale", scale), ("norm", norm)):
        arguments.real(name, value, minimum=1e-3, maximum=1e3)
    rule = Rule(
        method="wn",
        activation=activation,
        learning_rate=learning_rate,
        regularisation=0.0,
        inputs=inputs,
    )
    ratios = [
        _pull_over_push(rule, scale, norm, keyed.numpy_generator(seed=seed, network=k))
        for k in arguments.network_range(first_network, networks)
    ]
    return Measurement(
        quantity="effective learning rate at the boundary of stability",
        per_network=learning_rate * scale / norm**2 * np.array(ratios),
        settings=settings,
    )


def _pull_over_push(rule: Rule, scale: float, norm: float, source: np.random.Generator) -> float:
    a, b = lattice(source)
    rest = source.chisquare(rule.inputs - 2, POINTS)
    # With the mirror image of each input the mean of what is odd in b is 0 exactly.
    a, b, rest = np.tile(a, 2), np.concatenate([b, -b]), np.tile(rest, 2)

    def growth(sign: int, sine: float) -> float:
        start = _beside(sine, scale, norm, len(a))
        signed = replace(rule, rates=np.full(len(a), sign * rule.learning_rate))
        return float((signed.step(start, a, b, rest).deviation - start.deviation).mean())

    forward, backward = (growth(sign, _SINE) - growth(sign, 0.0) for sign in (1, -1))
    return -(forward - backward) / (forward + backward)


def measure_stability_limit(
    *,
    method: str,
    activation: str,
    inputs: int,
    time: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure the learning rate at which runs turn from approaching the teacher to leaving it.

    Students start beside their teacher, at sin(theta) = 1e-6 and gamma = L = 1, where the
    learning rate is the effective one, and take N t steps. Below the sought learning rate 1 - R
    has shrunk by then, above it has grown; it is found by bisection in [0.5, 8], with the same
    inputs each time. Its limit as N -> oo is approached as 1/N.

    Args:
        method: "wn" or "sgd", whose fixed point is at R = 1 whatever the learning rate.
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        inputs: N >= 3.
        time: t, in [1e-3, 1e3]; at least one step is taken.
        networks: number of independent students >= 1.
        seed: integer >= 0; student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    arguments.choice("method", method, ("wn", "sgd"))
    rule = Rule(
        method=method, activation=activation, learning_rate=0.0, regularisation=0.0, inputs=inputs
    )
    steps = max(1, round(inputs * arguments.real("time", time, minimum=1e-3, maximum=1e3)))
    block = arguments.network_range(first_network, networks)
    drawn = Inputs(seed, block, inputs).draw(steps)
    start = _beside(_SINE, 1.0, 1.0, len(block))

    def grows(rates: Array) -> NDArray[np.bool_]:
        state, tested = start, replace(rule, rates=rates)
        for a, b, c in drawn:
            state = tested.step(state, a, b, c)
        return state.deviation > start.deviation

    shrinking, growing = np.full(networks, _LEAST), np.full(networks, _MOST)
    for _ in range(_BISECTIONS):
        middle = (shrinking + growing) / 2
        grown = grows(middle)
        growing = np.where(grown, middle, growing)
        shrinking = np.where(grown, shrinking, middle)
    return Measurement(
        quantity="learning rate at the boundary of stability",
        per_network=(shrinking + growing) / 2,
        settings=settings,
    )


def measure_effective_rate(
    *,
    learning_rate: float,
    scale: float,
    norm: float,
    inputs: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure how far one step turns the weights, in units of what turns them.

    A ReLU student with N real weights sees one input x, on which it is active. With u the part of
    delta sqrt(N) x orthogonal to w, what is measured is the tangent of the angle between w before
    and after, over ||u|| / N: the learning rate that a student of unit scale and norm would need.

    Args:
        learning_rate: eta, in [1e-3, 1e3].
        scale: gamma, in [1e-3, 1e3].
        norm: L, in [1e-3, 1e3].
        inputs: N >= 3.
        networks: number of independent students >= 1.
        seed: integer >= 0; student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    for name, value in (("learning_rate", learning_rate), ("scale", scale), ("norm", norm)):
        arguments.real(name, value, minimum=1e-3, maximum=1e3)
    rule = Rule(
        method="wn",
        activation="relu",
        learning_rate=learning_rate,
        regularisation=0.0,
        inputs=inputs,
    )
    sources = [
        keyed.numpy_generator(seed=seed, network=k)
        for k in arguments.network_range(first_network, networks)
    ]
    drawn = np.stack([source.standard_normal((3, inputs)) for source in sources], axis=1)
    teacher, direction, x = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    along = (direction * x).sum(axis=1, keepdims=True)
    x, along = x * np.sign(along), np.abs(along)
    size = np.sqrt(inputs)
    weights, _ = weight_step(
        rule, norm * size * direction, np.full(networks, scale), size * teacher, x
    )
    delta = np.maximum(size * (teacher * x).sum(axis=1), 0) - size * scale * along[:, 0]
    kept = (weights * direction).sum(axis=1, keepdims=True)
    tangent = np.linalg.norm(weights - kept * direction, axis=1) / kept[:, 0]
    turned = np.abs(delta) * np.linalg.norm(x - along * direction, axis=1) / size
    return Measurement(
        quantity="effective learning rate", per_network=tangent / turned, settings=settings
    )
