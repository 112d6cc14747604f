"""Searches for gradients of losses, and of networks of one unit, against networks written out."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths import losses


def test_searches_of_outputs_find_the_suprema():
    found = weight_paths.measure_loss_gradients(classes=4, networks=30, seed=1)
    cross_entropy, p_loss = found.cross_entropy.per_network, found.p_loss.per_network
    assert cross_entropy.max() == pytest.approx(2 / 16, rel=1e-6)
    assert np.all(cross_entropy <= 2 / 16 * (1 + 1e-12))
    assert p_loss.max() == pytest.approx(1, rel=1e-2)
    assert np.all(p_loss <= 1 + 1e-12)
    np.testing.assert_allclose(found.p_loss_split.per_network, 1, rtol=1e-12)


def lines(**changes):
    sizes = {"depth": 5, "alpha": 0.6, "label_ratio": 3.0, "rate": 7.0, "networks": 20, "seed": 1}
    found = weight_paths.measure_line_networks(**{**sizes, **changes})
    return found.squared_quotient.per_network, found.first_step.per_network


def test_the_quotient_is_greatest_of_weights_that_all_shrink():
    quotient, _ = lines()
    assert quotient.max() == pytest.approx(9 * (1 - 1 / 5) ** -10, rel=1e-4)


def test_larger_weights_shrink_layers_as_far_as_linear_ones():
    quotient, step = lines(nu=4.0, networks=60)
    assert quotient.max() == pytest.approx(9 * (1 - 2 / 5) ** -10, rel=1e-3)
    np.testing.assert_array_equal(step, lines(networks=60)[1])


def squares(**changes):
    sizes = {"depth": 6, "alpha": 0.8, "target": 0.3, "networks": 5, "seed": 1}
    found = weight_paths.measure_mean_squares(**{**sizes, **changes})
    return found.mean_squares.per_network, found.mean_squared_gradient.per_network


def test_mean_squares_are_greatest_of_weights_that_all_grow():
    found, gradient = squares()
    x = (np.arange(20_000) + 0.5) / 10_000 - 1
    for _ in range(6):
        x = x + 6**-0.8 * np.tanh(6**-0.2 * x)
    np.testing.assert_allclose(found, 2 * (np.mean(x**2) + 0.09), rtol=1e-7)
    np.testing.assert_allclose(gradient, np.mean((x - 0.3) ** 2), rtol=1e-7)


def test_a_pass_is_that_of_automatic_differentiation():
    weights = torch.tensor([[0.3, -0.7, 0.2]], dtype=torch.float64, requires_grad=True)
    h = torch.tensor([0.8], dtype=torch.float64)
    for weight in weights.T:
        h = h + 0.4 * torch.tanh(weight * h)
    hidden, slopes = losses._pass(weights.detach().numpy(), np.array([0.8]), 0.4)
    assert hidden[0, -1] == pytest.approx(float(h.detach()), rel=1e-14)
    (gradient,) = torch.autograd.grad(h.sum(), weights)
    above = np.cumprod((1 + 0.4 * slopes[0] * weights.detach().numpy()[0])[::-1])[::-1]
    ours = 0.4 * slopes[0] * hidden[0, :-1] * np.append(above[1:], 1)
    np.testing.assert_allclose(ours, gradient[0], rtol=1e-13)


def test_the_first_step_is_that_of_gradient_descent():
    depth, alpha, rate = 5, 0.6, 7.0
    norm, delta = depth ** (alpha - 1) / 10, depth**-alpha
    # The first try: all weights negative, x = 1, y = -1.
    weights = torch.full((depth,), -norm, dtype=torch.float64, requires_grad=True)
    h = torch.ones((), dtype=torch.float64)
    for weight in weights:
        h = h + delta * torch.tanh(weight * h)
    (gradient,) = torch.autograd.grad((h + 1) ** 2 / 2, weights)
    after = float((weights - rate * gradient).detach().abs().max())
    _, step = lines()
    assert np.all(step >= after * (1 - 1e-12))
    assert step.max() < norm + rate * delta * math.e * (1 + math.e)
    _, still = lines(rate=0.0)
    assert np.all(still <= norm * (1 + 1e-12))


def test_search_k_depends_on_seed_and_k_alone():
    for one, part in zip(lines(), lines(first_network=18, networks=2), strict=True):
        np.testing.assert_array_equal(part, one[18:])
    whole = weight_paths.measure_loss_gradients(classes=3, networks=6, seed=1)
    part = weight_paths.measure_loss_gradients(classes=3, networks=2, seed=1, first_network=4)
    np.testing.assert_array_equal(part.p_loss.per_network, whole.p_loss.per_network[4:])
    for one, part in zip(squares(), squares(first_network=3, networks=2), strict=True):
        np.testing.assert_array_equal(part, one[3:])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 0}, "depth = 0: must be an integer"),
        ({"alpha": -0.1}, "alpha = -0.1: must be a number in "),
        ({"label_ratio": 0}, "label_ratio = 0: must be a number in "),
        ({"rate": -1}, "rate = -1: must be a number in "),
        ({"nu": 0}, "nu = 0: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        lines(**options)
    with pytest.raises(ValueError, match=r"^target = 1001: must be a number in "):
        squares(target=1001)
    with pytest.raises(ValueError, match=r"^classes = 1: must be an integer"):
        weight_paths.measure_loss_gradients(classes=1, networks=1, seed=1)
