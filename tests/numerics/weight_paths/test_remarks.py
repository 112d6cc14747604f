"""First steps against automatic differentiation, and separated data against Welch's bound."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths import remarks


def test_increments_of_gradients_are_those_of_automatic_differentiation():
    numbers = np.random.default_rng(1)
    weights, layers, delta = numbers.normal(size=(3, 2, 2)), 5, 0.3
    inputs, labels = numbers.normal(size=(2, 3, 2))
    found = remarks._gradient_increments(weights, inputs, labels, layers, delta)
    for one, x, y, ours in zip(weights, inputs, labels, found, strict=True):
        every = torch.tensor(np.stack([one] * layers), requires_grad=True)
        h = torch.tensor(x)
        for weight in every:
            h = h + delta * torch.tanh(weight @ h)
        loss = ((h - torch.tensor(y)) ** 2).sum() / 2
        (gradient,) = torch.autograd.grad(loss, every)
        apart = torch.diff(gradient, dim=0).flatten(start_dim=1).norm(dim=1)
        assert ours == pytest.approx(float(apart.max()), rel=1e-12)


def steps(**changes):
    sizes = {"depth": 20, "alpha": 0.75, "margin": 0.1, "networks": 6, "seed": 1}
    return weight_paths.measure_first_increments(**{**sizes, **changes}).per_network


def dimensions(**changes):
    sizes = {"samples": 5, "constant": 0.2, "networks": 6, "seed": 1}
    return weight_paths.measure_separated_dimension(**{**sizes, **changes}).per_network


def test_weights_that_turn_the_input_one_way_and_the_error_the_other_make_increments_large():
    # Of linear layers the gradients of two neighbours differ by 2 delta^2 |g| |h| |W|/sqrt(2).
    depth, alpha = 200, 0.75
    found = steps(depth=depth, alpha=alpha, margin=0.0)
    linear = depth ** (2 * alpha - 1) * depth ** (-2 * alpha) * depth ** (alpha - 1) / math.sqrt(2)
    assert np.all(found > 0.95 * math.sqrt(2) * linear)
    assert np.all(found < 3 * math.sqrt(2) * linear)


def test_the_rate_is_a_power_of_the_depth():
    np.testing.assert_allclose(steps(margin=0.6), steps() * 20**-0.5, rtol=1e-12)


def test_the_least_dimension_is_not_below_that_of_welchs_bound():
    for samples in (2, 5, 9):
        below = math.sqrt((samples - (samples - 1)) / ((samples - 1) * (samples - 1)))
        assert below > 1 / (8 * samples)  # in one dimension less, or fewer
        assert np.all(dimensions(samples=samples) == samples)


def test_search_k_depends_on_seed_and_k_alone(monkeypatch):
    for drawn in (steps, dimensions):
        np.testing.assert_array_equal(drawn(first_network=4, networks=2), drawn()[4:])
    whole = steps()
    monkeypatch.setattr(remarks, "_CHUNK", 2)
    np.testing.assert_array_equal(steps(), whole)


@pytest.mark.parametrize(
    ("drawn", "options", "complaint"),
    [
        (steps, {"depth": 1}, "depth = 1: must be an integer"),
        (steps, {"alpha": 1.5}, "alpha = 1.5: must be a number in "),
        (steps, {"margin": 11}, "margin = 11: must be a number in "),
        (dimensions, {"samples": 1}, "samples = 1: must be an integer"),
        (dimensions, {"constant": -1}, "constant = -1: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(drawn, options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        drawn(**options)
