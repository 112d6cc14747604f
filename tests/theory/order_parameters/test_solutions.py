"""Order parameters over time against independent integration, and where their course is known."""

import math
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy

from theory import order_parameters
from theory.order_parameters import vector_field
from theory.order_parameters.parameters import LEARNING_RATE, NORM, OVERLAP, STUDENT_LENGTH
from theory.parameters import REGULARISATION

eta, zeta = LEARNING_RATE.symbol, REGULARISATION.symbol
Q, R, L = STUDENT_LENGTH.symbol, OVERLAP.symbol, NORM.symbol

START = {"Q": 0.5, "R": 0.25, "norm": 0.8}
BATCH_NORM = {
    activation: {
        "Q": getattr(order_parameters, f"scale_over_time{ending}"),
        "R": getattr(order_parameters, f"overlap_over_time{ending}"),
        "norm": getattr(order_parameters, f"norm_over_time{ending}"),
    }
    for activation, ending in (("relu", ""), ("erf", "_erf"))
}
SGD = {"R": order_parameters.sgd_overlap_over_time, "norm": order_parameters.sgd_norm_over_time}
STUDENTS = [("bn", "relu"), ("bn", "erf"), ("sgd", "relu")]
each_student = pytest.mark.parametrize(("method", "activation"), STUDENTS)


def forms_of(method, activation):
    return SGD if method == "sgd" else BATCH_NORM[activation]


def runge_kutta(method, activation, rate, penalty, time, steps=400):
    """The printed field by the classical method of fourth order, in 30 digits, extrapolated."""
    field = vector_field(method, activation)
    names = list(field)
    letters = [{"Q": Q, "R": R, "norm": L}[name] for name in names]
    held = {eta: sympy.Rational(rate), zeta: sympy.Rational(penalty)}
    velocity = sympy.lambdify([letters], [field[name].subs(held) for name in names], "mpmath")

    def moved(state, slopes, by):
        return [x + by * slope for x, slope in zip(state, slopes, strict=True)]

    def run(steps):
        state, h = [mpmath.mpf(START[name]) for name in names], mpmath.mpf(time) / steps
        for _ in range(steps):
            k1 = velocity(state)
            k2 = velocity(moved(state, k1, h / 2))
            k3 = velocity(moved(state, k2, h / 2))
            k4 = velocity(moved(state, k3, h))
            mean = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True)]
            state = moved(state, mean, h)
        return state

    with mpmath.workdps(30):
        coarse, fine = run(steps // 2), run(steps)
        return {
            name: float(b + (b - a) / 15) for name, a, b in zip(names, coarse, fine, strict=True)
        }


@each_student
@pytest.mark.parametrize(("rate", "penalty", "time"), [(0.5, 0.25, 1.0), (1.0, 0.0, 2.0)])
def test_they_solve_the_differential_equations(method, activation, rate, penalty, time):
    expected = runge_kutta(method, activation, rate, penalty, time)
    given = START | {"learning_rate": rate, "regularisation": penalty, "time": time}
    for name, form in forms_of(method, activation).items():
        value = form(**{key: given[key] for key in form.domain})
        assert value == pytest.approx(expected[name], rel=form.precision), name


@each_student
def test_a_course_in_two_parts_is_the_whole_course(method, activation):
    forms = forms_of(method, activation)

    def run(start, time):
        given = start | {"learning_rate": 1.0, "regularisation": 0.125, "time": time}
        return {
            name: form.value(**{key: given[key] for key in form.domain})
            for name, form in forms.items()
        }

    start = {name: START[name] for name in forms}
    assert run(start, 0.0) == pytest.approx(start, rel=1e-15)
    assert run(run(start, 0.75), 2.5) == pytest.approx(run(start, 3.25), rel=2e-9)


def test_beside_the_teacher_nothing_moves_without_regularisation():
    at_teacher = {"Q": 1.0, "R": 1.0, "norm": 1.5}
    for form in BATCH_NORM["relu"].values():
        value = form.value(**at_teacher, learning_rate=1.0, regularisation=0.0, time=100.0)
        (start,) = {at_teacher[name] for name, one in BATCH_NORM["relu"].items() if one is form}
        assert value == pytest.approx(start, rel=1e-9)
    for form in SGD.values():
        assert form.value(R=1.0, norm=1.0, learning_rate=1.0, time=100.0) == pytest.approx(1.0)


def test_the_scale_of_a_relu_student_that_hardly_turns_relaxes_exponentially():
    # Long weights: R stays, and eq 9 is linear in Q, with the fixed point kappa1(R)/(1 + 2 zeta).
    for overlap, time in product((0.5, 1.0), (0.5, 4.0)):
        angle = math.pi - math.acos(overlap)
        kappa1 = (math.sqrt(1 - overlap**2) + overlap * angle) / math.pi
        end = kappa1 / (1 + 2 * 0.25)
        expected = end + (2.0 - end) * math.exp(-0.5 * (0.25 + 0.5) * time)
        value = order_parameters.scale_over_time(
            learning_rate=0.5, regularisation=0.25, Q=2.0, R=overlap, norm=1e8, time=time
        )
        assert value == pytest.approx(expected, rel=1e-9)


def test_long_runs_and_short_weights_are_solved_too():
    given = {"learning_rate": 1.0, "regularisation": 0.25, "Q": 0.5, "R": 0.25}
    late = order_parameters.scale_over_time(**given, norm=1.0, time=1e9)
    assert late == pytest.approx(order_parameters.fixed_point_scale(regularisation=0.25), rel=1e-4)
    assert 0.1 < order_parameters.norm_over_time(**given, norm=1e-6, time=4.0) < 10
    soon = order_parameters.scale_over_time(**given, norm=1.0, time=1e-300)
    assert soon == pytest.approx(0.5, rel=1e-15)


def test_a_student_that_loses_its_length_has_no_value_after_that():
    given = {"learning_rate": 1.0, "regularisation": 0.25, "Q": 0.5, "R": -1.0, "norm": 1.0}
    with pytest.raises(ValueError, match="scale_over_time_erf: has no value there: Q reaches 0"):
        order_parameters.scale_over_time_erf(**given, time=10.0)


def test_times_are_a_curve_and_its_logarithm():
    given = {"learning_rate": 1.0, "regularisation": 0.25, "Q": 0.5, "R": 0.25, "norm": 1.0}
    times = np.array([0.0, 1.0, 2.0])
    curve = order_parameters.norm_over_time(**given, time=times)
    assert curve[0] == 1.0
    assert (np.diff(curve) > 0).all()
    np.testing.assert_allclose(
        order_parameters.norm_over_time.log(**given, time=times), np.log(curve), atol=1e-12
    )


def test_a_mutant_of_a_velocity_is_another_course():
    given = {"learning_rate": 1.0, "regularisation": 0.25, **START, "time": 2.0}
    form, velocity = order_parameters.overlap_over_time, order_parameters.norm_velocity
    mutant = form.with_parts(norm_velocity=2 * velocity.expr)
    assert mutant.digest != form.digest
    assert abs(mutant.value(**given) / form.value(**given) - 1) > 1e-3
    same = form.with_parts(norm_velocity=velocity.expr)
    assert same.value(**given) == pytest.approx(form.value(**given), rel=1e-9)
