"""The depths of Theorem 3.3.3 against its inequalities, depth by depth."""

import math

import pytest

from theory.weight_paths import decay_threshold, increments_threshold, weights_threshold


def weights_hold(depth, alpha, dim, epochs, gradient):
    """Whether (3.24) holds."""
    allowed = 1 / (2 * epochs) / (2 * dim * math.sqrt(gradient) * math.exp(2))
    return depth ** (1 - 2 * alpha) * math.log(depth) <= allowed


def increments_hold(depth, alpha, dim, epochs, gradient):
    """Whether (3.25) holds at gamma = 1, and the condition before it."""
    factor = 2 * dim * math.sqrt(2 * gradient) * math.exp(3) * epochs
    bracket = 3 * math.e * depth ** (alpha - 1) + math.sqrt(2)
    before = depth**-alpha * math.log(depth) <= 1 / factor
    return before and depth ** (1 - 2 * alpha) * math.log(depth) <= 1 / (factor * bracket)


@pytest.mark.parametrize("alpha", [0.75, 0.975, 1.0])
@pytest.mark.parametrize("dim", [1, 15])
@pytest.mark.parametrize(
    ("threshold", "hold"),
    [(weights_threshold, weights_hold), (increments_threshold, increments_hold)],
)
def test_a_condition_holds_from_its_depth_on_and_not_before(threshold, hold, alpha, dim):
    at = {"alpha": alpha, "dim": dim, "epochs": 5.0, "gradient": 2.0}
    depth = threshold(**at)
    assert not hold(depth * (1 - 1e-6), **at)
    assert all(hold(depth * more, **at) for more in (1 + 1e-6, 2, 1e3, 1e9))


def test_where_a_condition_always_holds_the_depth_is_1():
    at = {"alpha": 1.0, "dim": 1, "epochs": 0.1, "gradient": 1e-3}
    assert weights_threshold(**at) == 1
    assert all(weights_hold(depth, **at) for depth in range(2, 100))


def test_the_depths_of_the_paper_are_those_of_the_lesser_condition():
    at = {"alpha": 0.975, "epochs": 5.0}
    assert round(weights_threshold(dim=1, gradient=2.0, **at)) == 2401
    assert round(increments_threshold(dim=1, gradient=2.0, **at)) == 58_056
    assert round(weights_threshold(dim=15, gradient=0.4, **at)) == 23_312
    assert round(increments_threshold(dim=15, gradient=0.4, **at)) == 496_327


def test_a_condition_that_fails_at_middling_depths_alone_is_found_to():
    # The bracket falls with the depth as fast as the rest rises.
    at = {"alpha": 0.6, "dim": 1, "epochs": 0.1, "gradient": 1e-3}
    fails = [depth for depth in range(2, 2000) if not increments_hold(depth, **at)]
    assert fails == list(range(fails[0], fails[-1] + 1))
    assert fails[-1] <= increments_threshold(**at) <= fails[-1] + 1


def test_from_its_depth_on_the_exponential_of_the_second_theorem_is_below_e():
    for alpha, layers in ((0.5, 33), (0.75, 11), (1.0, 6)):
        depth = decay_threshold(alpha=alpha)
        assert math.ceil(depth) == layers
        for more, holds in ((1 + 1e-9, True), (1 - 1e-9, False)):
            exponent = 2 * math.sqrt(2) * math.e**3 * (depth * more) ** -alpha / 10
            assert (exponent <= 1) == holds
