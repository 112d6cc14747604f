"""Searches for what steps of proofs compare, against networks written out."""

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths import proofs


def columns(**changes):
    sizes = {"depth": 4, "strength": 0.6, "alpha": 0.75, "networks": 6, "seed": 1}
    return weight_paths.measure_columns(**{**sizes, **changes}).per_network


def splits(**changes):
    return weight_paths.measure_splits(
        **{"scale": 0.4, "networks": 6, "seed": 1, **changes}
    ).per_network


def derivatives(**changes):
    sizes = {"dim": 2, "scale": 0.4, "input_norm": 0.5, "networks": 6, "seed": 1}
    return weight_paths.measure_layer_derivatives(**{**sizes, **changes}).per_network


def test_a_search_of_columns_turns_the_vector_in_the_first_layer(monkeypatch):
    depth, y = 4, 0.6 / 4
    assert np.all(columns(networks=40) <= ((1 + y) / (1 - y)) ** (depth - 1))
    assert columns(depth=2, strength=1e-9) == pytest.approx(1, rel=1e-8)
    monkeypatch.setattr(proofs, "_TRIES", 1)
    # Of small inputs, where layers are linear: 1 + (L - 1) y^2 along e, y beside it.
    straight = np.hypot(1 + (depth - 1) * y**2, y) / np.hypot(1, y)
    assert columns(networks=40).max() == pytest.approx(straight, rel=1e-4)


def test_the_parts_of_a_difference_are_those_of_automatic_differentiation(monkeypatch):
    monkeypatch.setattr(proofs, "_TRIES", 1)
    (found,) = splits(networks=1)
    random = proofs.keyed.numpy_generator(seed=1, network=0)
    random.uniform(-1, 1, (2, 1))
    below = torch.tensor(10 ** random.uniform(-2, 0))
    weights = torch.tensor([0.0, 0.5], dtype=torch.float64, requires_grad=True)
    h = below + 0.4 * torch.tanh(weights[0] * below)
    out = h + 0.4 * torch.tanh(weights[1] * h)
    first, second = torch.autograd.grad(out, weights, retain_graph=True)[0]
    (of_first,) = torch.autograd.grad(h, weights)
    straight, through = second - of_first[0], first - of_first[0]
    ours = (straight - through) ** 2 / (straight**2 + through**2)
    assert found == pytest.approx(float(ours), rel=1e-9)
    assert straight - through == pytest.approx(float(second - first), rel=1e-12)


def test_splits_come_near_to_two_and_no_further():
    found = splits(networks=200)
    assert found.max() == pytest.approx(2, rel=1e-3)
    assert np.all(found <= 2)


def test_a_layer_without_weights_has_the_greatest_derivative():
    for dim in (1, 3):
        assert derivatives(dim=dim) == pytest.approx(dim**0.5 * 0.4 * 0.5, rel=1e-12)


def test_search_k_depends_on_seed_and_k_alone():
    for drawn in (columns, splits, derivatives):
        np.testing.assert_array_equal(drawn(first_network=4, networks=2), drawn()[4:])


@pytest.mark.parametrize(
    ("drawn", "options", "complaint"),
    [
        (columns, {"depth": 1}, "depth = 1: must be an integer"),
        (columns, {"strength": 2}, "strength = 2: must be a number in "),
        (columns, {"alpha": 2}, "alpha = 2: must be a number in "),
        (splits, {"scale": 0}, "scale = 0: must be a number in "),
        (derivatives, {"dim": 0}, "dim = 0: must be an integer"),
        (derivatives, {"scale": 2}, "scale = 2: must be a number in "),
        (derivatives, {"input_norm": 0}, "input_norm = 0: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(drawn, options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        drawn(**options)
