"""Bounds on layers, gradients and steps against networks that attain them, and against each other.

The activation is the identity or tanh; all norms are those of Frobenius.
"""

import math

import numpy as np
import pytest
import sympy

from theory.form import RefutedFormWarning
from theory.weight_paths import (
    first_step_bound,
    first_step_bound_printed,
    gradient_factor,
    gradient_factor_printed,
    hidden_lower_bound,
    hidden_lower_bound_of_proof_printed,
    hidden_lower_bound_printed,
    hidden_upper_bound,
    hidden_upper_bound_printed,
    increment_bound,
    increment_bound_printed,
    jacobian_bound,
    jacobian_bound_printed,
    squared_change_bound,
    squared_change_bound_printed,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
SIZES = [(layers, strength) for layers in (3, 7, 64) for strength in (0.01, 0.5, 1.0)]


def of_linear_layers(layers, strength, sign):
    """|h_L|/|x| and the squared change of a layer where W_k = +-c u u^T and sigma is linear."""
    u = np.array([0.6, 0.8])
    h = u
    for _ in range(layers):
        before, h = h, h + sign * strength / layers * np.outer(u, u) @ h
    return np.linalg.norm(h), (np.dot(h, h) / np.dot(before, before) - 1) ** 2


@pytest.mark.parametrize(("layers", "strength"), SIZES)
def test_aligned_weights_attain_the_bounds_on_layers(layers, strength):
    at = {"depth": layers, "strength": strength}
    growth, change = of_linear_layers(layers, strength, 1)
    assert growth == pytest.approx(hidden_upper_bound(**at), rel=1e-12)
    assert change == pytest.approx(squared_change_bound(**at), rel=1e-10)
    assert change > squared_change_bound_printed(**at)
    shrinkage, _ = of_linear_layers(layers, strength, -1)
    assert shrinkage == pytest.approx(hidden_lower_bound(**at), rel=1e-12)
    assert shrinkage < hidden_lower_bound_printed(**at)
    # Nor would a minus sign before the sum alone do.
    y = strength / layers
    assert shrinkage < math.exp(-strength * (1 - 4 * y - 2 * y**3))


@pytest.mark.parametrize(("layers", "strength"), SIZES)
def test_printed_bounds_on_layers_lie_on_the_far_side_of_the_sharp_ones(layers, strength):
    at = {"depth": layers, "strength": strength}
    assert hidden_upper_bound(**at) < hidden_upper_bound_printed(**at)
    assert hidden_lower_bound_of_proof_printed(**at) < hidden_lower_bound(**at)
    for dim in (1, 4, 15):
        sharp = jacobian_bound(**at, dim=dim)
        assert sharp < jacobian_bound_printed(**at, dim=dim)
        assert sharp >= hidden_upper_bound(**at) * (1 - 1e-15)


def test_the_step_of_the_proof_leaves_out_the_mixed_term():
    y = sympy.Symbol("y", positive=True)
    left_out = sympy.expand((2 * y + y**2) ** 2 - (4 * y**2 + 2 * y**4))
    assert left_out == 4 * y**3 - y**4
    # What is needed: log(1 - y) >= -y - 4 y^2 - 2 y^4 for y <= 1/3, where the difference grows.
    slope = sympy.diff(sympy.log(1 - y) + y + 4 * y**2 + 2 * y**4, y)
    assert sympy.expand(sympy.simplify(slope * (1 - y))) == 7 * y - 8 * y**2 + 8 * y**3 - 8 * y**4
    assert all(slope.subs(y, third) > 0 for third in np.linspace(1e-6, 1 / 3, 50))


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_scaled_identities_attain_the_bound_on_jacobians_to_first_order(dim):
    strength = 1e-4
    of_identity = np.linalg.norm((1 + strength / 3 / math.sqrt(dim)) ** 3 * np.eye(dim))
    bound = jacobian_bound(depth=3, strength=strength, dim=dim)
    assert of_identity <= bound
    assert (of_identity - math.sqrt(dim)) / (bound - math.sqrt(dim)) == pytest.approx(1, abs=1e-3)


def test_of_rank_one_gradients_need_no_factor():
    numbers = np.random.default_rng(1)
    for dim in (1, 3):
        greatest = 0.0
        for _ in range(2000):
            above = np.outer(numbers.standard_normal(dim), numbers.standard_normal(dim))
            g, h = numbers.standard_normal((2, dim))
            slopes = numbers.uniform(0, 1, dim)
            norms = np.linalg.norm(above) * np.linalg.norm(g) * np.linalg.norm(h)
            greatest = max(greatest, np.linalg.norm(np.outer(slopes * (above.T @ g), h)) / norms)
        assert 0.9 < greatest <= gradient_factor(dim=dim) <= gradient_factor_printed(dim=dim)


def difference(w, h, delta):
    """|grad_1 J - grad_0 J|/|g| of one unit with tanh at W_0 = 0, by finite differences."""
    step = 1e-6

    def output(first, second):
        below = h + delta * math.tanh(first * h)
        return below + delta * math.tanh(second * below)

    of_first = (output(step, w) - output(-step, w)) / (2 * step)
    of_second = (output(0, w + step) - output(0, w - step)) / (2 * step)
    return abs(of_second - of_first)


def test_the_difference_of_two_layers_is_linear_in_the_second_ones_weights():
    for delta in (0.1, 1.0):
        for w in (0.01, 0.3, -2.0):
            for h in (0.003, 0.1, 1.0):
                found = difference(w, h, delta)
                at = {"scale": delta, "norm": abs(w), "input_norm": h}
                assert found < increment_bound(**at) * (1 + 1e-6)
                if h < delta / 4 and abs(w) < 0.5:
                    assert found > increment_bound_printed(**at)


def test_where_the_printed_bound_is_said_to_hold_it_lies_above_the_right_one():
    for delta in (0.1, 1.0):
        for b in (0.01, 1.0):
            at = {"scale": delta, "norm": b, "input_norm": 0.55 * delta}
            assert increment_bound(**at) < increment_bound_printed(**at)
    at = {"scale": 0.1, "norm": 0.01, "input_norm": 0.05}
    assert increment_bound(**at) > increment_bound_printed(**at)


def test_a_first_step_of_a_great_rate_leaves_the_bound():
    layers, alpha, rate = 4, 0.5, 20.0
    delta, start = layers**-alpha, layers ** (alpha - 1) / 10
    h = [1.0]
    for _ in range(layers):
        h.append(h[-1] + delta * math.tanh(start * h[-1]))
    back, weights = h[-1] + 1.0, []  # of the label -1
    for below in reversed(h[:-1]):
        slope = 1 - math.tanh(start * below) ** 2
        weights.append(start - rate * delta * slope * below * back)
        back *= 1 + delta * slope * start
    at = {"depth": layers, "alpha": alpha, "rate": rate}
    greatest = max(map(abs, weights))
    assert first_step_bound_printed(**at) < greatest < first_step_bound(**at)


def test_a_printed_bound_that_is_refuted_says_so():
    with pytest.warns(RefutedFormWarning, match="hidden_lower_bound"):
        hidden_lower_bound_printed(depth=3, strength=0.5)


def test_the_lower_bound_of_the_proof_holds_of_each_layer_that_keeps_a_thousandth():
    y = np.linspace(1e-4, 0.999, 2000)
    assert np.all(np.log1p(-y) >= -y - 4 * y**2 - 2 * y**4)
    assert math.log(1 - 0.9995) < -0.9995 - 4 * 0.9995**2 - 2 * 0.9995**4
