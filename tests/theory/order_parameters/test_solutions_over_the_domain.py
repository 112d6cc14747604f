"""Order parameters over time at starts and rates of many sizes, against an integrator of its own.

The field of the printed averages is integrated in 40 digits by the modified midpoint rule, whose
error has even powers of the step alone and is extrapolated (Gragg, Bulirsch, Stoer). The time is
drawn in units of that in which the fastest of the order parameters moves by itself, so that every
course is curved and none too stiff for it.
"""

import math
import random
from functools import cache

import mpmath
import pytest
import sympy

from theory import order_parameters
from theory.order_parameters import vector_field
from theory.order_parameters.parameters import LEARNING_RATE, NORM, OVERLAP, STUDENT_LENGTH
from theory.parameters import REGULARISATION

SYMBOLS = {
    "learning_rate": LEARNING_RATE.symbol,
    "regularisation": REGULARISATION.symbol,
    "Q": STUDENT_LENGTH.symbol,
    "R": OVERLAP.symbol,
    "norm": NORM.symbol,
}
STEPS = (2, 4, 6, 8, 12, 16, 24, 32)
PARTS = (1, 4, 16)
"""The time is cut into so many, until two cuts agree."""

STUDENTS = {
    "relu": ("bn", "relu", "{}_over_time"),
    "erf": ("bn", "erf", "{}_over_time_erf"),
    "sgd": ("sgd", "relu", "sgd_{}_over_time"),
}
NAMES = {"Q": "scale", "R": "overlap", "norm": "norm"}
POINTS = 10


@cache
def velocities(student):
    """The printed field as a function of rates and state, by sympy's own code for mpmath."""
    method, activation, _ = STUDENTS[student]
    field = vector_field(method, activation)
    code = sympy.lambdify(list(SYMBOLS.values()), list(field.values()), "mpmath", cse=True)

    def moved(rates, state):
        return code(*rates, *([mpmath.mpf(1)] if "Q" not in field else []), *state)

    return list(field), moved


def midpoint(field, state, time, steps):
    h = time / steps
    before, now = state, [x + h * v for x, v in zip(state, field(state), strict=True)]
    for _ in range(steps - 1):
        ahead = [x + 2 * h * v for x, v in zip(before, field(now), strict=True)]
        before, now = now, ahead
    slopes = field(now)
    return [(x + y + h * v) / 2 for x, y, v in zip(before, now, slopes, strict=True)]


def extrapolated(field, state, time):
    table = []
    for row, steps in enumerate(STEPS):
        entries = [midpoint(field, state, time, steps)]
        for column in range(1, row + 1):
            ratio = (mpmath.mpf(steps) / STEPS[row - column]) ** 2 - 1
            pairs = zip(entries[-1], table[-1][column - 1], strict=True)
            entries.append([a + (a - b) / ratio for a, b in pairs])
        table.append(entries)
    return table[-1][-1]


def course(student, rates, start, time):
    """The state at that time to 12 digits and more, or None where the cuts do not agree."""
    _, moved = velocities(student)
    found = []
    for parts in PARTS:
        state = start
        for _ in range(parts):
            state = extrapolated(lambda x: moved(rates, x), state, time / parts)
        if found and all(
            abs(a - b) <= 1e-13 * max(abs(a), 1e-2) for a, b in zip(state, found[-1], strict=True)
        ):
            return state
        found.append(state)
    return None


def drawn(numbers):
    """A rate, a penalty and a start: every size of some decades, R next to 0 and 1 too."""
    rate, Q, norm = (10 ** numbers.uniform(-low, low) for low in (6, 3, 6))
    penalty = numbers.choice((0.0, 10 ** numbers.uniform(-6, 3)))
    near = 10 ** numbers.uniform(-12, 0)
    R = numbers.choice((numbers.uniform(-1, 1), near, -near, 1 - near / 2, near / 2 - 1))
    return (rate, penalty), {"Q": Q, "R": R, "norm": norm}


@cache
def cases(student):
    """The same points in every run: values by name, and the state at their time.

    Left out are courses with a turn too sharp for midpoints, where the cuts do not agree.
    """
    numbers = random.Random(student)
    names, moved = velocities(student)
    found = []
    with mpmath.workdps(40):
        while len(found) < POINTS:
            rates, values = drawn(numbers)
            start = [mpmath.mpf(values[name]) for name in names]
            held = [mpmath.mpf(one) for one in rates]
            sizes = [
                mpmath.mpf(1) if name == "R" else x for name, x in zip(names, start, strict=True)
            ]
            fastest = max(abs(v) / x for v, x in zip(moved(held, start), sizes, strict=True))
            time = float(numbers.uniform(0, 1) / fastest)
            end = course(student, held, start, mpmath.mpf(time))
            if end is not None:
                given = dict(zip(("learning_rate", "regularisation"), rates, strict=True))
                given |= {name: values[name] for name in names} | {"time": time}
                found.append((given, dict(zip(names, end, strict=True))))
    return found


@pytest.mark.parametrize("student", STUDENTS)
def test_the_course_is_right_to_the_stated_precision(student):
    _, _, pattern = STUDENTS[student]
    for values, end in cases(student):
        for name, exact in end.items():
            form = getattr(order_parameters, pattern.format(NAMES[name]))
            value = form.value(**{key: values[key] for key in form.domain})
            # Where R passes 0 it is right to so much of 1.
            scale = max(abs(exact), 1e-2) if name == "R" else abs(exact)
            assert abs(value - exact) <= form.precision * scale, (form.id, values, value, exact)


@pytest.mark.parametrize("student", STUDENTS)
def test_the_courses_are_curved_and_of_many_sizes(student):
    moved = [
        max(abs(math.log(end[name] / values[name])) for name in end if name != "R")
        for values, end in cases(student)
    ]
    assert max(moved) > 0.2
    rates = [values["learning_rate"] for values, _ in cases(student)]
    assert max(rates) > 1e6 * min(rates)


def test_the_scale_of_long_weights_relaxes_exponentially_whatever_the_rates():
    """They keep their direction: eq 9 is linear in Q, and rests at kappa1(R)/(1 + 2 zeta)."""
    numbers = random.Random("long weights")
    for _ in range(200):
        rate, start = 10 ** numbers.uniform(-50, 50), 10 ** numbers.uniform(-12, 12)
        penalty = numbers.choice((0.0, 10 ** numbers.uniform(-20, 20)))
        near = 10 ** numbers.uniform(-16, 0)
        overlap = numbers.choice((0.0, 1.0, numbers.uniform(-1, 1), 1 - near, near - 1))
        with mpmath.workdps(50):
            cosine, speed = mpmath.mpf(overlap), rate * (mpmath.mpf(penalty) + 0.5)
            sine = mpmath.sqrt(1 - cosine**2)
            kappa1 = (sine + cosine * (mpmath.pi - mpmath.acos(cosine))) / mpmath.pi
            time = float(numbers.choice((1e-6, 0.1, 1, 5, 40)) / speed)
            rest = kappa1 / (1 + 2 * mpmath.mpf(penalty))
            expected = rest + (start - rest) * mpmath.exp(-speed * time)
        point = {"learning_rate": rate, "regularisation": penalty, "R": overlap, "time": time}
        value = order_parameters.scale_over_time(**point, Q=start, norm=1e66)
        assert abs(value - expected) <= 1e-9 * expected, (point, start)


@pytest.mark.parametrize("ending", ["", "_erf"])
def test_at_time_0_every_start_is_where_it_was(ending):
    for tiny in (5e-324, 2.0**-1022, 1e-160, 1e300):
        start = {"Q": tiny, "R": -5e-324, "norm": tiny}
        for name, word in NAMES.items():
            form = getattr(order_parameters, f"{word}_over_time{ending}")
            value = form.value(**start, learning_rate=1.0, regularisation=0.5, time=0.0)
            assert value == start[name]


def test_a_course_too_fast_for_floats_is_said_to_be():
    given = {"learning_rate": 1.0, "regularisation": 1.0, "Q": 1.0, "R": 0.25, "time": 1.0}
    with pytest.raises(ValueError, match="not solved: it moves too fast for floats"):
        order_parameters.scale_over_time(**given, norm=1e-100)


def test_a_start_too_small_for_floats_is_said_to_be():
    given = {"learning_rate": 1.0, "regularisation": 1.0, "R": 0.25, "norm": 1.0, "time": 1.0}
    with pytest.raises(ValueError, match="scale_over_time: has no value there: not solved"):
        order_parameters.scale_over_time(**given, Q=5e-324)
