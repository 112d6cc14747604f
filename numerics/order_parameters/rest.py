"""Where the scale of a student with batch normalisation comes to rest when it learns slowly."""

import numpy as np

from numerics.measurement import Measurement
from numerics.order_parameters.students import Inputs, Student
from numerics.simulation import arguments

_SPAN = 40.0  # eta t at the end
_BLOCK = 2**10  # steps whose random numbers are drawn at once


def measure_resting_scale(
    *,
    regularisation: float,
    dimension: int,
    steps: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Measure gamma of ReLU students of batch normalisation over the last quarter of a run.

    They start at gamma = L = 1 and R = 1/2 and learn at eta = 40 N / steps until eta t = 40. As
    eta goes to 0 what is second order in eta goes like eta, which is like 1/steps, whatever N. It
    takes no device: a student is a Markov chain of three numbers.

    Args:
        regularisation: zeta, in [0, 1e6]; R settles as exp(-eta t / (1 + 2 zeta)).
        dimension: N >= 3.
        steps: number of steps >= 4, in fours.
        networks: number of independent students >= 1.
        seed: integer in [0, 2**64); student k depends on (seed, k) alone.
        first_network: index of the first student.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    arguments.integer("steps", steps, minimum=4)
    if steps % 4:
        raise ValueError(f"steps = {steps}: must be a multiple of 4")
    arguments.integer("dimension", dimension, minimum=3)
    student = Student(
        method="bn",
        activation="relu",
        learning_rate=_SPAN * dimension / steps,
        scale=1.0,
        overlap=0.5,
        norm=1.0,
        dimension=dimension,
        regularisation=regularisation,
    )
    block = arguments.network_range(first_network, networks)
    source, state = Inputs(seed, block, dimension), student.start(len(block))
    total = np.zeros(len(block))
    for done in range(0, steps, _BLOCK):
        for step, (a, b, c) in enumerate(source.draw(min(_BLOCK, steps - done)), start=done):
            state = student.step(state, a, b, c)
            if 4 * step >= 3 * steps:
                total += state.scale
    return Measurement(
        quantity="scale gamma at rest", per_network=total / (steps / 4), settings=settings
    )
