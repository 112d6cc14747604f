"""Bounds on trained weights and the powers of their changes, against networks of linear units."""

import math
from itertools import pairwise, product

import numpy as np
import pytest

from theory.weight_paths import (
    alternating_variation,
    decaying_variation_bound,
    decaying_variation_bound_printed,
    movement_bound,
    movement_bound_printed,
    norm_variation_bound_printed,
    one_step_variation_bound,
    one_step_variation_bound_printed,
    training_exponent,
    variation_bound,
    variation_bound_printed,
    variation_exponent,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def of_one_step(depth, alpha, rate, scaled):
    """Movement and change of the loss of linear units that are alike, of x = 1, y = -1."""
    delta, weight = depth**-alpha, scaled * depth ** (alpha - 1)
    output = (1 + delta * weight) ** depth
    step = rate * delta * (output + 1) * output / (1 + delta * weight)
    after = (1 + delta * (weight - step)) ** depth
    return depth ** (1 - alpha) * step, abs((after + 1) ** 2 - (output + 1) ** 2) / 2


@pytest.mark.parametrize(("alpha", "power"), [(0.6, 0.0), (0.75, 0.25), (0.95, 0.5)])
def test_what_a_step_changes_goes_as_its_power_of_the_depth(alpha, power):
    found = np.log([of_one_step(n, alpha, 0.01 * n**power, 0.5) for n in (10**6, 10**8)])
    for exponent in (found[1] - found[0]) / math.log(100):
        assert exponent == pytest.approx(training_exponent(alpha=alpha, rate_power=power), abs=5e-3)


def test_of_rates_beyond_its_assumption_the_loss_goes_by_another_power():
    assert training_exponent.assumptions == ("1 - 2 alpha + rho <= 0",)
    alpha, power = 0.9, 1.5
    falls = [of_one_step(n, alpha, 0.01 * n**power, 0.5)[1] for n in (10**6, 10**8)]
    found = math.log(falls[1] / falls[0]) / math.log(100)
    assert abs(found - training_exponent(alpha=alpha, rate_power=power)) > 0.1


def test_linear_units_come_near_the_bound_on_the_movement():
    for depth in (10, 1000, 10**6):
        moved, _ = of_one_step(depth, 0.75, 0.01, 0.5)
        bound = movement_bound(depth=depth, alpha=0.75, dim=1, total=0.01)
        assert moved <= bound
        assert bound < movement_bound_printed(depth=depth, alpha=0.75, dim=1, total=0.01) / 3
    assert moved / bound == pytest.approx(1, abs=1e-3)


def test_the_norms_that_the_movement_is_worked_out_with_are_never_exceeded():
    # Step by step: no weight is beyond L^-beta, nor beyond what the bound has.
    depth, alpha, rate, steps = 20, 0.6, 0.01, 4
    scaled, total = 0.5, 0.0
    for _ in range(steps):
        moved, _ = of_one_step(depth, alpha, rate, scaled)
        scaled, total = scaled - moved, total + rate
        assert abs(scaled - 0.5) <= movement_bound(depth=depth, alpha=alpha, dim=1, total=total)


@pytest.mark.parametrize("gamma", [0.6, 1.0, 1.5])
def test_the_bound_on_the_variation_is_that_of_the_recursion_it_is_derived_from(gamma):
    depth, alpha, rate, steps = 200, 0.8, 0.005, 8
    beta, g = 1 - alpha, 1 + math.e
    increment = depth ** (-1 / gamma - beta) / (2 * math.e)
    for step in range(steps):
        grown = increment * (1 + rate * depth**-alpha * g * math.e**2)
        added = depth ** (-2 * alpha - beta) * g * math.e * (math.e * depth**-beta + 2)
        increment = grown + rate * added
        if step == 0:
            at = {"depth": depth, "alpha": alpha, "gamma": gamma, "rate": rate}
            found = (depth - 1) * depth**beta * increment
            assert found == pytest.approx(one_step_variation_bound(**at), rel=1e-12)
    at = {"depth": depth, "alpha": alpha, "gamma": gamma, "total": rate * steps}
    found = (depth - 1) * depth**beta * increment
    assert found <= variation_bound(**at)
    assert found == pytest.approx(variation_bound(**at), rel=0.01)


@pytest.mark.parametrize("gamma", [0.3, 0.7, 1.0, 2.0])
def test_in_the_limit_it_is_the_variation_that_the_start_may_have(gamma):
    at = {"alpha": 1.0, "gamma": gamma, "total": 0.01}
    found = [variation_bound(depth=depth, **at) for depth in (10**5, 10**6)]
    power = math.log(found[1] / found[0]) / math.log(10)
    assert power == pytest.approx(variation_exponent(gamma=gamma, alpha=1.0), abs=0.02)
    if gamma == 1:
        assert found[1] == pytest.approx(1 / (2 * math.e), rel=1e-3)
        assert found[1] < variation_bound_printed(depth=10**6, **at) == 1


def test_a_step_of_a_great_rate_is_allowed_more_than_the_proofs_have():
    at = {"depth": 64, "alpha": 0.75, "gamma": 1.0, "rate": 1000.0}
    assert one_step_variation_bound(**at) > one_step_variation_bound_printed(**at) == 1


@pytest.mark.parametrize("p", [1.0, 1.5, 3.0])
def test_no_partition_of_a_path_that_goes_up_and_down_is_finer_than_all_of_it(p):
    depth, gamma = 6, 0.8
    size = depth ** (-1 / gamma) / (2 * math.e)
    path = [size * (k % 2) for k in range(depth)]
    greatest = 0.0
    for kept in product((False, True), repeat=depth):
        points = [x for x, one in zip(path, kept, strict=True) if one]
        greatest = max(greatest, sum(abs(b - a) ** p for a, b in pairwise(points)))
    found = alternating_variation(depth=depth, gamma=gamma, p=p)
    assert greatest ** (1 / p) == pytest.approx(found, rel=1e-12)


def test_the_bound_where_gradients_decay_is_that_of_the_recursion_at_the_greatest_rates():
    depth, alpha, steps = 400, 0.5, 50
    increment = depth**-1.5 / (10 * math.e)
    for _ in range(steps):  # lambda is 1/10 at the end
        increment *= 1 + depth**-alpha * math.e**2 / (10 * steps)
        increment += depth**-1.5 * math.e * (math.e * depth**-0.5 + 2) / (10 * steps)
    found = (depth - 1) * depth**0.5 * increment
    bound = decaying_variation_bound(depth=depth, alpha=alpha, gamma=1.0)
    assert found <= bound
    assert found == pytest.approx(bound, rel=0.02)
    deep = {"depth": 10**6, "alpha": 0.5, "gamma": 1.0}
    less = 1 / (10 * math.e) + math.e / 5
    assert decaying_variation_bound(**deep) == pytest.approx(less, rel=3e-3)
    assert decaying_variation_bound_printed(**deep) == pytest.approx(47 * less, rel=0.01)


def test_norms_that_rise_reach_the_bound_on_those_of_paths():
    # Without steps, at gamma = 1: L - 1 increments of 1/(2 e L), whatever the cells.
    for depth in (4, 400):
        at = {"depth": depth, "alpha": 0.9, "gamma": 1.0, "total": 0.0}
        rise = (depth - 1) / (2 * math.e * depth)
        assert variation_bound(**at) == pytest.approx(rise, rel=1e-12)
        assert rise < norm_variation_bound_printed(**at)
