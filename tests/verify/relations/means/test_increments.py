"""A claim that factorises is judged by its factors: one test in place of a million networks."""

import math

import numpy as np
import pytest

from toy_claims import target

DEPTH, WIDTH, EPSILON = 50, 10, 0.1


def whole_product(factor_variance):
    """The product over layers to within EPSILON, from its own draws."""
    return target(value=1.0, epsilon=EPSILON, relative_variance=(1 + factor_variance) ** DEPTH - 1)


def by_layers(factor_variance):
    """The mean over layers of their ratios, at the margin that compounds to EPSILON."""
    margin = (1 + EPSILON) ** (1 / DEPTH) - 1
    return target(value=1.0, epsilon=margin, relative_variance=factor_variance / DEPTH)


@pytest.mark.parametrize(
    ("factor_variance", "networks_whole", "networks_by_layers"),
    [
        pytest.param(2 / WIDTH, 1.3e8, 1.6e5, id="linear layers: chi-squares"),
        pytest.param(5 / WIDTH, 9.2e12, 4.0e5, id="rectified layers"),
    ],
)
def test_layers_take_far_fewer_networks_than_their_product(
    factor_variance, networks_whole, networks_by_layers
):
    whole, layers = whole_product(factor_variance), by_layers(factor_variance)
    assert whole.plan() == pytest.approx(networks_whole, rel=0.03)
    assert layers.plan() == pytest.approx(networks_by_layers, rel=0.03)


def test_a_product_to_depth_50_is_confirmed_by_its_layers():
    judged = by_layers(2 / WIDTH)
    # The mean of 50 independent chi-squares of 10 degrees is one of 500.
    draws = np.random.default_rng(0).chisquare(WIDTH * DEPTH, size=200_000) / (WIDTH * DEPTH)
    assert judged.decide_in_order(judged.weigh(x) for x in np.split(draws, 16))[0] == "CONFIRMED"
    for side in (-1, 1):
        off = draws * (1 + side * EPSILON) ** (2 / DEPTH)
        assert judged.decide(judged.weigh(off)) == "REFUTED"


def test_the_mean_factor_bounds_the_product():
    # Whatever the layers: the geometric mean is at most the arithmetic one.
    factors = np.exp(np.random.default_rng(0).normal(scale=0.1, size=DEPTH))
    assert math.prod(factors) <= factors.mean() ** DEPTH
