"""Order parameters over time: the solutions of eqs 9-11, which have no closed form."""

from __future__ import annotations

import warnings
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sympy

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.order_parameters.dynamics import (
    norm_velocity,
    norm_velocity_erf,
    overlap_velocity,
    overlap_velocity_erf,
    scale_velocity,
    scale_velocity_erf,
    sgd_norm_velocity,
    sgd_overlap_velocity,
)
from theory.order_parameters.parameters import (
    LEARNING_RATE,
    LIMIT,
    NORM,
    ONLINE,
    OVERLAP,
    STUDENT_LENGTH,
    TIME,
)
from theory.parameters import REGULARISATION

TOLERANCE = 1e-12
"""Relative error of a step; the errors of all steps stay a hundred times below the precision."""

SHORTEST = 1e-60
"""A length that has shrunk to so much of what it was has vanished."""

MOST_EVALUATIONS = 10_000
"""Of the velocities, in one solution: a third of a second, and 30 times what judged points take."""

FAR = 1e70
"""Fourth powers of lengths beyond it, or below its inverse, are no floats: velocities are worked
out in many digits there, and one counts for FAR_COUNTS, as a solution else takes minutes."""

FAR_COUNTS = 50


def _solution(
    velocities: tuple[ClosedForm, ...], time: float, given: dict[str, float]
) -> dict[str, float]:
    """Return Q, R and L at a time, those of them that the student has, from the given start."""
    return _solved(velocities, time, tuple(given.items()))


@lru_cache(maxsize=2**15)
def _solved(
    velocities: tuple[ClosedForm, ...], time: float, start_and_rates: tuple[tuple[str, float], ...]
) -> dict[str, float]:
    """Return the same, once: three forms ask for one solution, also those of each mutant.

    The velocities stand in the order of what they move. The method changes between Adams's and
    backward differences, since long runs and short weights make the equations stiff.

    Raises ArithmeticError where a length vanishes on the way, and where the method ends early.
    """
    from scipy.integrate import solve_ivp  # 0.3 s to import, and no formula needs it

    given = dict(start_and_rates)
    start = {
        item.name: given[item.name]
        for item in (STUDENT_LENGTH, OVERLAP, NORM)
        if item.name in given
    }
    moving = [(one.in_floats, tuple(one.domain)) for one in velocities]
    evaluations = 0

    def inside(name: str, x: float) -> float:
        # Steps that are tried, and errors, may lead a length below 0 and R just beyond 1.
        return min(max(x, -1.0), 1.0) if name == OVERLAP.name else max(x, SHORTEST * start[name])

    def slopes(_: float, state: Any) -> list[float]:  # in units of the time: it may be tiny
        nonlocal evaluations
        if not np.isfinite(state).all():
            raise ArithmeticError("not solved: it moves too fast for floats")
        here = {name: inside(name, x) for name, x in zip(start, state.tolist(), strict=True)}
        far = any(not 1 / FAR < x < FAR for name, x in here.items() if name != OVERLAP.name)
        evaluations += FAR_COUNTS if far else 1
        if evaluations > MOST_EVALUATIONS:
            raise ArithmeticError(f"not solved with {MOST_EVALUATIONS} velocities")
        values = given | here
        return [time * velocity(*[values[name] for name in names]) for velocity, names in moving]

    if time == 0:  # also from starts too small to be moved
        return start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what LSODA complains of is raised below
        solved = solve_ivp(
            slopes,
            (0, 1),
            list(start.values()),
            method="LSODA",
            rtol=TOLERANCE,
            atol=[TOLERANCE if name == OVERLAP.name else 0.0 for name in start],
        )
    for name, course in zip(start, solved.y, strict=True):
        if name != OVERLAP.name and course.min() <= SHORTEST * start[name]:
            raise ArithmeticError(f"{name} reaches 0 by then")
    if not solved.success:
        raise ArithmeticError(f"not solved: {solved.message}")
    return {
        name: inside(name, float(course[-1])) for name, course in zip(start, solved.y, strict=True)
    }


def _scale(*velocities: ClosedForm, time: float, **given: float) -> float:
    """The length of the student's normalised weights at time t, from Q, R and L at time 0."""
    return _solution(velocities, time, given)[STUDENT_LENGTH.name]


def _overlap(*velocities: ClosedForm, time: float, **given: float) -> float:
    """The cosine between student and teacher at time t, from the order parameters at time 0."""
    return _solution(velocities, time, given)[OVERLAP.name]


def _norm(*velocities: ClosedForm, time: float, **given: float) -> float:
    """The length of the student's weights at time t, from the order parameters at time 0."""
    return _solution(velocities, time, given)[NORM.name]


def _symbol(letter: str) -> sympy.Expr:
    return sympy.Function(letter)(TIME.symbol)


_WEIGHT_NORM = "Weight normalisation is regularisation = 0."
_PASSING_0 = "Where R passes 0 it is right to so much of 1."
_over_time = partial(computed, subject="order_parameters", paper="luo2018", assumptions=ONLINE)
_normalised = partial(
    _over_time,
    where="eqs 9-11",
    parameters=(LEARNING_RATE, REGULARISATION, STUDENT_LENGTH, OVERLAP, NORM, TIME),
    **LIMIT,
)
_relu = partial(
    _normalised,
    status="printed",
    of=(scale_velocity, overlap_velocity, norm_velocity),
    derivation=(
        f"The solution of eqs 9-11 with I2 corrected (see i2_relu). {_WEIGHT_NORM} {_PASSING_0}"
    ),
)
_erf = partial(
    _normalised,
    status="derived",
    of=(scale_velocity_erf, overlap_velocity_erf, norm_velocity_erf),
    derivation=(
        f"The solution of eqs 9-11 with the averages of erf. {_WEIGHT_NORM} A student of R < 0 "
        f"may lose all its length Q in finite time, and has no value from then on. {_PASSING_0}"
    ),
)
_sgd = partial(
    _over_time,
    where="section 3.2, vanilla SGD",
    status="derived",
    parameters=(LEARNING_RATE, OVERLAP, NORM, TIME),
    of=(sgd_overlap_velocity, sgd_norm_velocity),
    derivation=(
        "The solution of sgd_overlap_velocity and sgd_norm_velocity, with Q = L throughout. "
        f"{_PASSING_0}"
    ),
    **LIMIT,
)

scale_over_time = _relu(name="scale_over_time", symbol=_symbol("Q"))(_scale)

overlap_over_time = _relu(name="overlap_over_time", symbol=_symbol("R"))(_overlap)

norm_over_time = _relu(name="norm_over_time", symbol=_symbol("L"))(_norm)

scale_over_time_erf = _erf(name="scale_over_time_erf", symbol=_symbol("Q"))(_scale)

overlap_over_time_erf = _erf(name="overlap_over_time_erf", symbol=_symbol("R"))(_overlap)

norm_over_time_erf = _erf(name="norm_over_time_erf", symbol=_symbol("L"))(_norm)

sgd_overlap_over_time = _sgd(name="sgd_overlap_over_time", symbol=_symbol("R"))(_overlap)

sgd_norm_over_time = _sgd(name="sgd_norm_over_time", symbol=_symbol("L"))(_norm)
