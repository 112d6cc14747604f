"""Training of weights across depth against automatic differentiation, and its starts."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths.trained import moved


def trained_by_autograd(weights, x, y, delta, rates):
    """Weights after gradient descent on one network, and the losses."""
    weights = torch.tensor(weights, requires_grad=True)
    losses = []
    for rate in (*rates, None):
        h = torch.tensor(x)
        for weight in weights:
            h = h + delta * torch.tanh(weight @ h)
        loss = ((h - torch.tensor(y)) ** 2).sum() / 2
        losses.append(loss.item())
        if rate is not None:
            (gradient,) = torch.autograd.grad(loss, weights)
            weights = (weights - rate * gradient).detach().requires_grad_()
    return weights.detach().numpy(), losses


def test_a_step_is_that_of_automatic_differentiation():
    random = np.random.default_rng(1)
    weights, x, y = random.normal(size=(4, 3, 2, 2)), *random.normal(size=(2, 3, 2))
    after, losses = moved._descend(weights, x, y, 0.4, [0.3, 0.1])
    for network in range(3):
        expected, lost = trained_by_autograd(
            weights[:, network], x[network], y[network], 0.4, [0.3, 0.1]
        )
        np.testing.assert_allclose(after[:, network], expected, rtol=1e-12)
        np.testing.assert_allclose([one[network] for one in losses], lost, rtol=1e-12)


def test_what_is_told_of_a_network_is_of_its_scaled_weights():
    start = moved.Start(*(np.random.default_rng(2).normal(size=(5, 2, 2)) for _ in range(2)),
                        *np.random.default_rng(3).normal(size=(2, 5, 2)))  # fmt: skip
    depth, alpha, gamma = 6, 0.7, 0.8
    found = moved._trained(start, depth, alpha, gamma, [0.5])
    beta = 1 - alpha
    size = depth ** (-1 / gamma) / (4 * math.e)
    before = np.array([
        depth**-beta * (start.base[1] + (-1) ** k * size * start.jump[1]) for k in range(depth)
    ])  # fmt: skip
    after, losses = trained_by_autograd(
        before, start.inputs[1], start.labels[1], depth**-alpha, [0.5]
    )
    paths = depth**beta * after
    expected = (
        np.linalg.norm(paths - depth**beta * before, axis=(1, 2)).max(),
        np.linalg.norm(np.diff(paths, axis=0), axis=(1, 2)).sum(),
        abs(losses[1] - losses[0]),
    )
    for values, one in zip(found, expected, strict=True):
        assert values[1] == pytest.approx(one, rel=1e-10)


def test_starts_meet_the_assumption():
    # Without steps the variation is that of L - 1 increments of the greatest norm.
    start = moved._turning(1, range(4))
    assert np.linalg.norm(start.inputs, axis=1) == pytest.approx(moved._INPUT)
    most = [(depth - 1) * depth ** (-1 / 0.9) / (2 * math.e) for depth in (5, 9)]
    for depth, greatest in zip((5, 9), most, strict=True):
        movement, variation, change = moved._trained(start, depth, 0.7, 0.9, [])
        np.testing.assert_allclose(variation, greatest, rtol=1e-12)
        assert np.all(movement == 0)
        assert np.all(change == 0)
    searched = weight_paths.measure_extreme_moves(
        depth=9, alpha=0.7, gamma=0.9, total=0.0, steps=1, dim=2, networks=4, seed=1
    )
    np.testing.assert_allclose(searched.variation.per_network, most[1], rtol=1e-12)
    smaller = weight_paths.measure_extreme_moves(
        depth=9, alpha=0.7, gamma=0.9, total=0.0, steps=1, dim=2, nu=0.2, networks=4, seed=1
    )
    np.testing.assert_allclose(smaller.variation.per_network, most[1] / 5, rtol=1e-12)
    assert moved._TURN + moved._OTHER + moved._jump(1, 1.0) < 0.5


def test_exponents_lead_from_a_depth_to_twice_that():
    found = weight_paths.measure_moved_exponents(
        alpha=0.7, gamma=0.9, rate=0.5, rate_power=0.4, steps=2, depth=5, networks=4, seed=1
    )
    start = moved._turning(1, range(4))
    shallow, deep = (
        moved._trained(start, depth, 0.7, 0.9, [0.5 * depth**0.4] * 2) for depth in (5, 10)
    )
    for one, less, more in zip(vars(found).values(), shallow, deep, strict=True):
        np.testing.assert_allclose(less * 2**one.per_network, more, rtol=1e-12)


def test_networks_of_a_search_are_those_of_their_index():
    settings = {"depth": 5, "alpha": 0.7, "gamma": 1.0, "total": 0.5, "steps": 2, "dim": 2}
    whole = weight_paths.measure_extreme_moves(**settings, networks=4, seed=1)
    part = weight_paths.measure_extreme_moves(**settings, networks=2, seed=1, first_network=2)
    for name in ("movement", "variation"):
        many, few = (getattr(one, name).per_network for one in (whole, part))
        np.testing.assert_allclose(many[2:], few, rtol=1e-13)
    with pytest.raises(ValueError, match="total"):
        weight_paths.measure_extreme_moves(**{**settings, "total": -1.0}, networks=2, seed=1)


def test_norms_rise_by_what_the_assumption_allows():
    settings = {"depth": 9, "alpha": 0.7, "gamma": 0.9, "steps": 1, "networks": 3, "seed": 1}
    rise = 8 * 9 ** (-1 / 0.9) / (2 * math.e)
    for cells in (1, 4, 30):
        start = weight_paths.measure_norm_variation(**settings, total=0.0, cells=cells)
        np.testing.assert_allclose(start.per_network, rise, rtol=1e-12)
    trained = weight_paths.measure_norm_variation(**settings, total=0.5, cells=8).per_network
    random = moved.keyed.numpy_generator(seed=1, network=0)
    found = []
    for network, (row, x, y) in enumerate(random.standard_normal((moved._RISING, 3, 2))):
        row, x, y = (one / np.linalg.norm(one) for one in (row, x, y))
        if network % 2 == 0:
            row, y = x, -x
        norms = 0.5 - rise * (8 - np.arange(9)) / 8
        before = norms[:, None, None] * np.outer(row, x) / 9**0.3
        after, _ = trained_by_autograd(before, x, y, 9**-0.7, [0.5])
        found.append(np.abs(np.diff(9**0.3 * np.linalg.norm(after, axis=(1, 2)))).sum())
    assert trained[0] == pytest.approx(max(found), rel=1e-10)
    part = weight_paths.measure_norm_variation(
        **{**settings, "networks": 1}, total=0.5, cells=8, first_network=2
    )
    np.testing.assert_allclose(part.per_network, trained[2:], rtol=1e-12)
    with pytest.raises(ValueError, match=r"^cells = 0"):
        weight_paths.measure_norm_variation(**settings, total=0.0, cells=0)
