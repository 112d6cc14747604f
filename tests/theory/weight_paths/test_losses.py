"""Gradients of losses against differentiation, and against the outputs that make them greatest."""

import math

import numpy as np
import pytest
import sympy

from theory.weight_paths import (
    cross_entropy_gradient,
    cross_entropy_gradient_printed,
    kullback_leibler_gradient,
    kullback_leibler_gradient_printed,
    mean_squares_bound,
    mean_squares_bound_printed,
    odd_loss_floor,
    quotient_at_any_nu,
    quotient_at_any_nu_printed,
    rate_sum,
    rate_sum_printed,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def squared_gradient(logits):
    """|grad|^2 of -log(softmax)/C, the first class being right, by sympy."""
    z = sympy.symbols(f"z0:{len(logits)}")
    loss = -sympy.log(sympy.exp(z[0]) / sum(map(sympy.exp, z))) / len(z)
    at = dict(zip(z, logits, strict=True))
    return sum(float(loss.diff(one).subs(at)) ** 2 for one in z)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_one_wrong_class_makes_the_gradient_of_the_cross_entropy_greatest(classes):
    sharp = cross_entropy_gradient(classes=classes)
    assert squared_gradient([0.0, 30.0, *[0.0] * (classes - 2)]) == pytest.approx(sharp, rel=1e-9)
    for logits in np.random.default_rng(1).normal(0, 3, (20, classes)):
        assert squared_gradient(list(logits)) < sharp
    assert sharp < cross_entropy_gradient_printed(classes=classes)


@pytest.mark.parametrize("depth", [3, 20])
def test_the_square_of_a_label_ratio_is_what_the_quotient_has(depth):
    least = 1e-3  # where tanh is linear
    for _ in range(depth):
        least -= math.tanh(least) / depth
    for ratio in (1.0, 60.0):
        quotient = (ratio * 1e-3 / least) ** 2
        at = {"depth": depth, "label_ratio": ratio}
        assert quotient == pytest.approx(kullback_leibler_gradient(**at), rel=1e-5)
        assert (quotient > kullback_leibler_gradient_printed(**at)) == (ratio == 60.0)


def test_the_printed_quotient_holds_up_to_the_ratio_that_its_reading_gives():
    for depth in (3, 1000):
        most = math.exp(6) * (1 - 1 / depth) ** (2 * depth)
        assert round(most) == {3: 35, 1000: 55}[depth]
        for ratio, holds in ((0.999 * most, True), (1.001 * most, False)):
            at = {"depth": depth, "label_ratio": ratio}
            found = kullback_leibler_gradient(**at) <= kullback_leibler_gradient_printed(**at)
            assert found == holds


@pytest.mark.parametrize(("depth", "nu"), [(16, 7.0), (64, 3.0), (1000, 12.0)])
def test_of_larger_weights_layers_fall_below_the_printed_bound(depth, nu):
    at, least = {"depth": depth, "nu": nu}, 1e-3  # where tanh is linear
    for _ in range(depth):
        least -= 1e-3 * math.tanh(nu / 2 / depth * least / 1e-3)
    assert (1e-3 / least) ** 2 <= quotient_at_any_nu(**at) * (1 + 1e-12)
    least = math.exp(depth * math.log1p(-nu / 2 / depth))  # of linear layers
    assert least**-2 == pytest.approx(quotient_at_any_nu(**at), rel=1e-12)
    assert (least < math.exp(-3)) == (nu > 6)
    assert (quotient_at_any_nu(**at) > quotient_at_any_nu_printed(**at)) == (nu > 6)


def test_the_quotient_holds_up_to_the_nu_that_its_reading_gives():
    assert (1 - 3.79 / 6) ** 3 > math.exp(-3) > (1 - 3.80 / 6) ** 3  # of three layers
    for nu, holds in ((5.99, True), (6.01, False)):
        found = quotient_at_any_nu(depth=10**6, nu=nu) <= quotient_at_any_nu_printed(
            depth=10**6, nu=nu
        )
        assert found == holds


def mean_square(depth, alpha):
    """The mean of h_L^2 over x uniform in [-1, 1], W_k = L^-beta, by the midpoint rule."""
    h = (np.arange(1000) + 0.5) / 1000
    for _ in range(depth):
        h = h + depth**-alpha * np.tanh(depth ** (alpha - 1) * h)
    return np.mean(h**2)


def test_the_mean_of_squares_on_c10k_is_above_the_printed_bound_and_the_gradients_below():
    at = {"depth": 4000, "target": 0.01}
    found = mean_square(4000, 0.975)
    assert found == pytest.approx(1.61, abs=5e-3)
    assert mean_squares_bound_printed(**at) < 2 * (found + 1e-4) < mean_squares_bound(**at)
    assert found + 1e-4 < 2
    assert mean_square(4000, 0.9) > 2
    # At the start weights are half of that.
    assert 2 / 3 * math.e + 2e-4 < 2


def test_where_layers_are_linear_the_bound_on_squares_is_attained():
    linear = (1 + 1 / 64) ** 128 / 3
    bound = mean_squares_bound(depth=64, target=0.5)
    assert 2 * linear + 0.5 == pytest.approx(bound, rel=1e-14)
    assert 0.98 < (2 * mean_square(64, 0.25) + 0.5) / bound < 1


def test_no_odd_function_comes_nearer_to_a_constant_than_zero_does():
    y, inputs = 0.3, np.linspace(-1, 1, 201)
    floor = odd_loss_floor(target=y)
    for coefficients in np.random.default_rng(3).normal(0, 0.2, (50, 4)):
        odd = sum(c * inputs ** (2 * k + 1) for k, c in enumerate(coefficients))
        assert np.mean((odd - y) ** 2) / 2 >= floor
    assert np.mean((0 * inputs - y) ** 2) / 2 == pytest.approx(floor, rel=1e-15)
    # Layers with W_k = -1/delta take small inputs to 0.
    h = 0.1 * inputs
    for _ in range(5):
        h = h - 0.5 * np.tanh(2 * h)
    assert np.mean((h - y) ** 2) / 2 == pytest.approx(floor, rel=1e-6)


def trained_sum(depth, rate, steps, y=0.01):
    """The sum of (3.34) times 10 of one unit at alpha = 1/2, of the loss (h_L - y)^2."""
    x, delta, weights = np.linspace(-1, 1, 400), depth**-0.5, np.full(depth, depth**-1.5 / 2)
    total = 0.0
    for step in range(steps + 1):
        h = [x]
        for weight in weights:
            h.append(h[-1] + delta * np.tanh(weight * h[-1]))
        back = 2 * (h[-1] - y)
        total += 10 * rate * math.sqrt(np.mean(back**2)) if step else 0
        for k in range(depth - 1, -1, -1):
            through = delta * (1 - np.tanh(weights[k] * h[k]) ** 2) * back
            back = back + through * weights[k]
            weights[k] -= rate * np.mean(through * h[k])
    return total


@pytest.mark.parametrize("depth", [16, 128])
def test_the_sum_of_gradients_of_an_odd_network_has_a_floor_that_grows_with_the_depth(depth):
    steps = int(5 * math.log(depth))
    floor = rate_sum(depth=depth)
    assert floor > rate_sum_printed(depth=depth)
    assert floor <= 10 * steps * 2 * 0.01 < trained_sum(depth, 1.0, steps)
    # Without a bound on the steps, too.
    assert trained_sum(16, 1.0, 400) > 10 * 400 * 2 * 0.01


def test_of_lower_rates_the_floor_is_lower():
    for depth, above in ((256, False), (512, True), (32768, True)):  # of B32
        assert (0.01 * depth**0.5 * rate_sum(depth=depth) > 1) == above
    assert trained_sum(64, 0.08 / 20, 20) < 1 < trained_sum(64, 0.1 / 20, 20)
