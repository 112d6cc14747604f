"""Closed forms of gamma on quadratics, against points that are worked out in exact numbers."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from theory import trajectories as forms
from verify import strategies


def gamma(points, curvatures, rate):
    """The least gamma_k of points, tuples of numbers, with (2) as it is printed."""
    last, found = points[-1], []
    for now, then in pairwise(points):
        update = [(p - q) / rate for p, q in zip(now, then, strict=True)]
        ahead = sum((p - e) * u for p, e, u in zip(now, last, update, strict=True))
        gap = sum(h * p * p for h, p in zip(curvatures, now, strict=True)) / 2
        numerator = ahead - rate * sum(u * u for u in update) / 2
        if gap:
            found.append(numerator / gap)
        elif numerator < 0:
            return -math.inf
    return min(found)


def descent(start, curvatures, rate, steps, momentum=0):
    points, velocity = [tuple(start)], [0] * len(start)
    for _ in range(steps):
        pairs = zip(velocity, curvatures, points[-1], strict=True)
        velocity = [momentum * v + h * p for v, h, p in pairs]
        points.append(tuple(p - rate * v for p, v in zip(points[-1], velocity, strict=True)))
    return points


@pytest.mark.parametrize("x", [Fraction(1, 10), Fraction(1), Fraction(13, 10), Fraction(19, 10)])
@pytest.mark.parametrize("steps", [2, 3, 8])
def test_one_direction_in_exact_numbers(x, steps):
    found = gamma(descent([Fraction(3)], [x], Fraction(1), steps), [x], Fraction(1))
    assert found == (x if x <= 1 else x * (3 - 2 * x))
    assert float(found) == pytest.approx(forms.quadratic_regularity(scaled_rate=float(x)))


def test_one_step_has_the_gamma_of_the_last_whatever_the_rate():
    for x in (Fraction(1, 2), Fraction(17, 10)):
        assert gamma(descent([Fraction(1)], [x], Fraction(1), 1), [x], Fraction(1)) == x


def test_every_gamma_is_a_mean_of_those_of_the_directions():
    h, p, r = (sympy.symbols(f"{letter}:2", real=True) for letter in "hpr")
    m = sympy.Symbol("m", integer=True, positive=True)
    numerator = (
        sum((p[i] - r[i] * p[i]) * (p[i] + r[i] * p[i] - 2 * p[i] * r[i] ** m) for i in range(2))
        / 2
    )
    # eta h_i = 1 - r_i, at eta = 1
    weighted = sum(h[i] * p[i] ** 2 / 2 * (1 + r[i] - 2 * r[i] ** m) for i in range(2))
    at = {r[i]: 1 - h[i] for i in range(2)}
    assert sympy.simplify((numerator - weighted).subs(at)) == 0


@strategies.SETTINGS
@given(
    rates=st.lists(st.fractions(Fraction(1, 50), Fraction(99, 50), max_denominator=50), min_size=2,
                   max_size=4),
    start=st.lists(st.integers(-20, 20), min_size=4, max_size=4),
    steps=st.integers(1, 7),
)  # fmt: skip
def test_the_bounds_hold_at_every_rate_start_and_length(rates, start, steps):
    start = [Fraction(one) for one in start[: len(rates)]]
    if not any(start):
        return
    found = gamma(descent(start, rates, Fraction(1), steps), rates, Fraction(1))
    ends = {"least_rate": float(min(rates)), "greatest_rate": float(max(rates))}
    assert float(found) <= forms.smooth_upper_bound(**ends) * (1 + 1e-12)
    assert float(found) >= forms.quadratic_lower_bound(**ends) - 1e-12


@strategies.SETTINGS
@given(
    rho=st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20),
    s=st.fractions(-1, 1, max_denominator=10),
    steps=st.integers(2, 9),
)
def test_the_fastest_rate_in_exact_shares(rho, s, steps):
    # w_i (1 + r_i - 2 r_i^m) with shares that do not change.
    flat, steep = (1 + s) / 2, (1 - s) / 2
    found = min(
        flat * (1 + rho - 2 * rho**m) + steep * (1 - rho - 2 * (-rho) ** m)
        for m in range(1, steps + 1)
    )
    form = forms.fastest_rate_regularity(contraction=float(rho), balance=float(s))
    assert float(found) == pytest.approx(form, abs=1e-12)


def test_equal_coordinates_at_the_fastest_rate_break_it_from_a_condition_number_of_3_73_on():
    kappa, rho = sympy.symbols("kappa rho", positive=True)
    (balance,) = sympy.solve(
        sympy.Eq(sympy.Symbol("s"), ((1 - rho) - (1 + rho)) / 2), sympy.Symbol("s")
    )
    gamma_there = sympy.expand(1 + rho * balance - 2 * rho**2)
    assert gamma_there == 1 - 3 * rho**2
    roots = sympy.solve(gamma_there.subs(rho, (kappa - 1) / (kappa + 1)), kappa)
    assert sympy.simplify(max(roots, key=float) - (2 + sympy.sqrt(3))) == 0


@pytest.mark.parametrize(("low", "high"), [(0.2, 1.3), (0.5, 1.7), (0.1, 1.95), (0.3, 0.8)])
def test_long_descent_has_the_gamma_of_its_slowest_direction(low, high):
    with mpmath.workdps(60):
        rates = [mpmath.mpf(low), mpmath.mpf(high), mpmath.mpf("0.9")]
        found = gamma(descent([mpmath.mpf(1)] * 3, rates, mpmath.mpf(1), 400), rates, 1)
    form = forms.quadratic_limit(least_rate=low, greatest_rate=high)
    assert float(found) == pytest.approx(form, rel=1e-9)


@pytest.mark.parametrize("momentum", [0, Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)])
@pytest.mark.parametrize(
    "x", [Fraction(1, 25), Fraction(1, 4), Fraction(2, 5), Fraction(1), Fraction(9, 4), Fraction(3)]
)
@pytest.mark.parametrize("steps", [1, 2, 12])
def test_the_heavy_ball_in_exact_numbers(momentum, x, steps):
    points = descent([Fraction(1)], [x], Fraction(1), steps, momentum)
    with mpmath.workdps(60):
        exact = [mpmath.mpf(one.numerator) / one.denominator for one in (x, Fraction(momentum))]
        form = forms.heavy_ball_regularity(
            scaled_rate=exact[0], momentum=exact[1], steps=mpmath.mpf(steps)
        )
    assert float(form) == pytest.approx(float(gamma(points, [x], Fraction(1))), rel=1e-9)


@pytest.mark.parametrize("root", [Fraction(9, 10), Fraction(2, 5), Fraction(-3, 10)])
@pytest.mark.parametrize("ratio", [0, Fraction(3, 10), Fraction(7, 10)])
def test_the_heavy_ball_with_real_roots_has_its_limit(root, ratio):
    x, momentum = (1 - root) * (1 - ratio * root), ratio * root**2
    with mpmath.workdps(60):
        rate, beta = (mpmath.mpf(o.numerator) / o.denominator for o in map(Fraction, (x, momentum)))
        found = gamma(descent([mpmath.mpf(1)], [rate], mpmath.mpf(1), 200, beta), [rate], 1)
    form = forms.heavy_ball_limit(root=float(root), root_ratio=float(ratio))
    assert float(found) == pytest.approx(form, rel=1e-9)


@pytest.mark.parametrize(("x", "first"), [(0.087, 77), (0.09, 42), (0.1, 23), (0.11, 18)])
def test_with_the_momentum_of_section_iv_it_is_first_broken_after_half_a_turn(x, first):
    turns = math.pi / math.acos((1.5 - x) / math.sqrt(2))
    assert turns < first < turns + 2
    found = [
        forms.heavy_ball_regularity(scaled_rate=x, momentum=0.5, steps=steps)
        for steps in (first - 2, first - 1, first)
    ]
    assert [one > 0 for one in found] == [True, True, False]


def test_a_run_that_is_one_step_longer_may_obey_it_again():
    for steps, sign in ((3, -1), (4, 1)):
        points = descent([Fraction(1)], [Fraction(31, 20)], Fraction(1), steps, Fraction(1, 2))
        assert gamma(points, [Fraction(31, 20)], Fraction(1)) * sign > 0
        assert forms.heavy_ball_regularity(scaled_rate=1.55, momentum=0.5, steps=steps) * sign > 0


def test_with_the_momentum_of_section_iv_complex_roots_break_it_in_20_steps():
    least = (1 - math.sqrt(0.5)) ** 2
    assert least == pytest.approx(0.0858, abs=1e-4)
    for x in np.linspace(0.11, 2, 60):
        assert forms.heavy_ball_regularity(scaled_rate=x, momentum=0.5, steps=20) < 0
    for x in (0.02, 0.08):
        assert forms.heavy_ball_regularity(scaled_rate=x, momentum=0.5, steps=20) > 0


def test_at_a_rational_share_of_a_turn_it_may_never_be_broken():
    # A quarter of a turn a step, by a factor of rho: two coordinates of four have one size.
    for rho in (0.25, 0.5):
        found = forms.heavy_ball_regularity(scaled_rate=1 + rho**2, momentum=rho**2, steps=40)
        assert found == pytest.approx(0.0, abs=1e-12)


def test_the_heavy_ball_without_momentum_is_gradient_descent():
    for x in (0.3, 1.2):
        form = forms.heavy_ball_regularity(scaled_rate=x, momentum=0.0, steps=9)
        assert form == pytest.approx(forms.quadratic_regularity(scaled_rate=x))
        limit = forms.heavy_ball_limit(root=1 - x, root_ratio=0.0)
        assert limit == pytest.approx(forms.quadratic_regularity(scaled_rate=x))
