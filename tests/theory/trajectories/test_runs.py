"""Walks without a loss, and how both sides of (3) depend on T, by other means than the forms."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi, norm

from theory.trajectories import bound_exponent, walk_violation, walk_violation_bound


@pytest.mark.parametrize(("dim", "steps"), [(1, 2), (3, 7), (12, 5), (400, 60)])
def test_a_step_turns_back_as_often_as_an_integral_over_its_length_says(dim, steps):
    law = chi(dim)
    low, high = law.ppf(1e-14), law.isf(1e-14)
    spread = 2 * math.sqrt(steps - 1)
    found, _ = quad(lambda r: law.pdf(r) * norm.cdf(-r / spread), low, high, epsabs=1e-13)
    assert walk_violation(dim=dim, steps=steps) == pytest.approx(found, rel=1e-6)


def test_the_bound_is_a_sum_over_the_steps_that_are_left():
    total = sum(walk_violation(dim=30, steps=left) for left in range(2, 10))
    assert walk_violation_bound(dim=30, steps=9) == pytest.approx(total)


def test_a_walk_in_the_dimensions_of_resnet_18_obeys_gamma_above_0():
    # 150 epochs of 391 batches, and the weights of the ResNet-18 for 32 x 32 images.
    assert walk_violation_bound(dim=11_173_962, steps=150 * 391) < 6e-9


def gradient_descent(slope, steps, rate, start):
    points = [start]
    for _ in range(steps):
        points.append(points[-1] - rate * slope(points[-1]))
    return np.array(points)


def right_side(points, gaps, rate):
    squares = (points - points[-1]) ** 2
    gammas = (squares[:-1] - squares[1:]) / (2 * rate) / gaps[:-1]
    return gammas, squares[0] / (2 * rate * len(gammas) * gammas.min())


@pytest.mark.parametrize("power", [3.0, 4.0])
def test_on_flat_losses_the_last_step_binds_and_the_right_side_tends_to_a_constant(power):
    rate, found = 0.1, []
    for steps in (1000, 4000, 16000):
        points = gradient_descent(lambda t: t ** (power - 1), steps, rate, 1.0)
        gammas, bound = right_side(points, points**power / power, rate)
        assert gammas.argmin() == steps - 1
        expected = power / (2 * (power - 2) * steps)
        assert gammas[-1] == pytest.approx(expected, rel=5 / steps**0.75)
        found.append(bound / (1 - points[-1]) ** 2)
    assert found[-1] == pytest.approx((power - 2) / (rate * power), rel=0.01)
    assert abs(found[2] - found[1]) < abs(found[1] - found[0])
    assert bound_exponent(power=power) == 0


def test_on_separable_data_the_right_side_of_cross_entropy_grows_without_bound():
    rate, steps, found = 0.5, (1000, 10_000, 100_000), []
    points = gradient_descent(lambda t: -1 / (1 + np.exp(t)), steps[-1], rate, 0.0)
    for one in steps:
        run = points[: one + 1]
        gammas, bound = right_side(run, np.log1p(np.exp(-run)), rate)
        assert gammas.min() * one == pytest.approx(0.5, rel=0.02)
        found.append(bound)
    # Like (log eta T)^2/eta.
    logs = np.log(rate * np.array(steps))
    np.testing.assert_allclose(found, logs**2 / rate, rtol=0.02)
