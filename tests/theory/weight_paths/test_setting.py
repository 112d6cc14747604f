"""Recursions, grids, steps and biases against sequences and layers written out."""

import math

import numpy as np
import pytest

from theory.weight_paths import (
    carried_one,
    carried_one_printed,
    grid_steps,
    grid_steps_printed,
    lipschitz_bound,
    lipschitz_bound_printed,
    recursion_bound,
    recursion_bound_printed,
    step_share,
    step_share_printed,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


@pytest.mark.parametrize("growth", [1e-6, 0.3, 1.0])
@pytest.mark.parametrize("count", [1, 2, 17])
def test_a_sequence_of_equalities_has_the_bound_from_its_second_term_on(growth, count):
    added, first, second = 0.2, 0.1, 1.5
    at = {"count": count, "growth": growth, "added": added, "first": first, "second": second}
    of_second = second
    for _ in range(count - 1):
        of_second = (1 + growth) * of_second + added
    assert of_second == pytest.approx(recursion_bound(**at), rel=1e-12)
    assert of_second > recursion_bound_printed(**at)
    # The printed one is that of a sequence that keeps to the recursion from 0 on.
    kept = {**at, "second": (1 + growth) * first + added}
    assert recursion_bound(**kept) == pytest.approx(recursion_bound_printed(**at), rel=1e-12)


@pytest.mark.parametrize(("depth", "length"), [(10, 0.05), (10, 0.12), (64, 0.71)])
def test_an_interval_from_just_before_a_point_of_the_grid_has_one_step_more(depth, length):
    begin = 1 / depth - 1e-9
    steps = math.floor(depth * (begin + length)) - math.floor(depth * begin)
    at = {"depth": depth, "length": length}
    assert grid_steps_printed(**at) < steps <= grid_steps(**at) < steps + 1
    assert steps - 1 <= grid_steps_printed(**at)


def test_the_gradient_of_a_mean_is_a_share_of_the_sum():
    x = np.array([0.3, -0.2, 0.7])

    def slope(function, at=0.4, step=1e-6):
        return (function(at + step) - function(at - step)) / (2 * step)

    of_mean = slope(lambda w: np.mean((w * x - 1) ** 2))
    of_sum = slope(lambda w: np.sum((w * x - 1) ** 2))
    assert of_mean / of_sum == pytest.approx(step_share(samples=3), rel=1e-8)
    assert of_mean / of_sum < step_share_printed(samples=3)


def test_a_carried_one_falls_like_the_root_of_the_depth():
    assert carried_one(depth=1) == pytest.approx(math.tanh(1), rel=1e-15)
    assert carried_one(depth=3) == pytest.approx(math.tanh(math.tanh(math.tanh(1))), rel=1e-15)
    assert carried_one(depth=10**4) == pytest.approx(math.sqrt(3 / 2e4), rel=1e-3)
    assert carried_one_printed(depth=3) == 1


@pytest.mark.parametrize("radius", [0.2, 3.0])
def test_the_field_is_lipschitz_with_the_radius_and_nears_it(radius):
    bound, short = lipschitz_bound(radius=radius), 1e-4
    assert math.tanh(radius * short) / short == pytest.approx(bound, rel=1e-6)
    assert bound < lipschitz_bound_printed(radius=radius)
    numbers = np.random.default_rng(1)
    pairs = numbers.standard_normal((2, 2000, 6))
    pairs *= radius / np.linalg.norm(pairs, axis=2, keepdims=True)
    h, weights = pairs[:, :, :2], pairs[:, :, 2:].reshape(2, 2000, 2, 2)
    images = np.tanh((weights @ h[..., None])[..., 0])
    apart = np.linalg.norm(pairs[0] - pairs[1], axis=1)
    assert np.all(np.linalg.norm(images[0] - images[1], axis=1) <= bound * apart)
