"""Trained networks of two units against automatic differentiation, and their starts."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths.trained.layers import _drawn, _trained


def measured(**changes):
    sizes = {"depth": 8, "alpha": 0.75, "gamma": 0.9, "epochs": 2.0, "networks": 5, "seed": 1}
    found = weight_paths.measure_trained_layers(**{**sizes, **changes})
    return found.weight.per_network, found.increment.per_network


def test_training_is_that_of_automatic_differentiation():
    layers, delta, steps = 4, 0.5, 3
    weights, inputs, labels = _drawn(1, range(2), layers, 1.2, 0.4)
    ours = _trained(weights.copy(), inputs, labels, delta, steps)
    for n in range(2):
        one = torch.tensor(weights[:, n])
        greatest = np.zeros(2)
        for step in range(steps + 1):
            norms = one.flatten(1).norm(dim=1).max(), one.diff(dim=0).flatten(1).norm(dim=1).max()
            greatest = np.maximum(greatest, [float(norm) for norm in norms])
            if step == steps:
                break
            leaf, h = one.requires_grad_(), torch.tensor(inputs[n])
            for weight in leaf:
                h = h + delta * torch.tanh(weight @ h)
            loss = ((h - torch.tensor(labels[n])) ** 2).sum() / 2
            one = (leaf - torch.autograd.grad(loss, leaf)[0]).detach()
        np.testing.assert_allclose(ours[n], greatest, rtol=1e-12)


def test_starts_are_as_large_as_the_assumption_allows():
    weights, inputs, labels = _drawn(1, range(20), 50, 1.2, 0.1)
    norms = np.linalg.norm(weights.reshape(50, 20, 4), axis=2)
    moved = np.linalg.norm(np.diff(weights, axis=0).reshape(49, 20, 4), axis=2)
    assert norms[0] == pytest.approx(0.6)
    assert norms.max() <= 0.6 * (1 + 1e-12)
    assert moved.max() <= 0.1 / (2 * math.e) * (1 + 1e-12)
    assert np.median(moved) > 0.9 * 0.1 / (2 * math.e)
    for unit in (inputs, labels):
        np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1)


def test_starts_are_of_the_sizes_of_the_theorem():
    weight, increment = measured(epochs=0.0, networks=20)
    np.testing.assert_allclose(weight, 8**-0.25 / 2, rtol=1e-12)
    greatest = 8 ** (-0.25 - 1 / 0.9) / (2 * math.e)
    assert np.all(increment <= greatest * (1 + 1e-12))
    assert increment.max() == pytest.approx(greatest, rel=1e-3)


def test_at_alpha_of_three_quarters_networks_leave_the_bounds():
    weight, increment = measured(depth=128, gamma=1.0, epochs=5.0, networks=20)
    assert weight.max() > 1.3 * 128**-0.25
    assert increment.max() > 1.3 * 128**-1.25


def test_network_k_depends_on_seed_and_k_alone(monkeypatch):
    whole = measured()
    for one, part in zip(whole, measured(first_network=3, networks=2), strict=True):
        np.testing.assert_array_equal(part, one[3:])
    monkeypatch.setattr("numerics.weight_paths.trained.layers._CHUNK", 2)
    for one, part in zip(whole, measured(), strict=True):
        np.testing.assert_array_equal(part, one)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 1}, "depth = 1: must be an integer"),
        ({"alpha": 2}, "alpha = 2: must be a number in "),
        ({"gamma": 0}, "gamma = 0: must be a number in "),
        ({"epochs": -1}, "epochs = -1: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measured(**options)
