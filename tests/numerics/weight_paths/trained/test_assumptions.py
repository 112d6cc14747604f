"""Sizes at the start against scipy's truncated normals, and in training against its own steps."""

import math

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from numerics import weight_paths
from numerics.simulation import keyed
from numerics.weight_paths.trained import assumptions, c10k, training


def starts(**changes):
    sizes = {
        "depth": 30, "dim": 2, "alpha": 0.75, "gamma": 1.5, "start": "tables", "networks": 5,
        "seed": 1,
    }  # fmt: skip
    found = weight_paths.measure_start_sizes(**{**sizes, **changes})
    return found.weight.per_network, found.increment.per_network


def trained(networks=2, first_network=0, **changes):
    cell = {"model": "C10k-B33t", "depth": 6, "nodes": 6, **changes}
    found = weight_paths.measure_training_sizes(
        weight_paths.C10k(**cell), networks=networks, seed=1, first_network=first_network
    )
    return {name: one.per_network for name, one in vars(found).items()}


@pytest.mark.parametrize("start", ["printed", "tables"])
def test_entries_have_the_law_of_the_start(start):
    # Of two layers of one unit the increment is that of two entries.
    depth, alpha, gamma = 2, 0.75, 1.5
    cut = depth ** (-1 / gamma + alpha - 1)
    of_entries, size = (math.sqrt(cut), 1.0) if start == "printed" else (1.0, 0.5)
    pairs = truncnorm.rvs(-of_entries, of_entries, size=(4000, 2), random_state=1) / of_entries
    _, increment = starts(depth=depth, dim=1, alpha=alpha, gamma=gamma, start=start, networks=4000)
    expected = size * np.abs(np.diff(pairs)[:, 0])
    assert kstest(increment, expected).pvalue > 1e-3
    assert np.all(increment <= 2 * size)


def test_weights_are_told_in_their_own_unit_and_the_greatest_of_all_layers():
    depth, gamma = 30, 1.5
    weight, increment = starts()
    random = keyed.numpy_generator(seed=1, network=0)
    entries = truncnorm.ppf(random.random((depth, 4)), -1, 1) / 2
    norms = np.linalg.norm(entries, axis=1)
    assert weight[0] == pytest.approx(norms.max() * depth ** (-1 / gamma), rel=1e-12)
    moved = np.linalg.norm(np.diff(entries, axis=0), axis=1)
    assert increment[0] == pytest.approx(moved.max(), rel=1e-12)


def test_sizes_in_training_are_those_of_steps_taken_one_by_one():
    found = trained(networks=1)
    depth, delta = 6, 6**-0.5
    descent = weight_paths.C10k(model="C10k-B33t", depth=depth, nodes=6).descent
    nodes, shares, _ = training.draw(descent, keyed.numpy_generator(seed=1, network=0))
    largest = np.zeros(4)
    for number in assumptions.SEEDS:
        (into, out), weights = c10k.seeded(descent, number)
        weight = increment = 0.0
        gradients = []
        for _ in range(int(5 * math.log(depth)) + 2):
            weight = max(weight, np.abs(weights).max() * 6**0.5)
            increment = max(increment, np.abs(np.diff(weights)).max() * 6**1.5)
            h = [into * nodes]
            for one in weights:
                h.append(h[-1] + delta * np.tanh(one * h[-1]))
            slope = 2 * (out * h[-1] - 0.01)  # of (y' - y)^2 by y'
            gradients.append(shares @ slope**2)
            back, step = out * slope, np.empty(depth)
            for k in range(depth - 1, -1, -1):
                through = delta * (1 - np.tanh(weights[k] * h[k]) ** 2) * back
                step[k] = shares @ (through * h[k])
                back = back + through * weights[k]
            weights = weights - step
        sizes = [weight, increment, max(gradients), 10 * np.sqrt(gradients[1:]).sum()]
        largest = np.maximum(largest, sizes)
    ours = [found[name][0] for name in ("weight", "increment", "gradient", "rate_sum")]
    np.testing.assert_allclose(ours, largest, rtol=1e-9)


def test_a_run_that_blows_up_is_told():
    lost = trained(model="C10k-C11c", depth=1024)
    assert np.all(lost["weight"] > 1e3)


def test_networks_that_are_trained_side_by_side_are_those_of_one_by_one(monkeypatch):
    whole = trained(networks=5)
    monkeypatch.setattr(training, "AT_ONCE", 1)
    for name, values in trained(networks=5).items():
        np.testing.assert_array_equal(values, whole[name])


def test_network_k_depends_on_seed_and_k_alone():
    for whole, part in zip(starts(), starts(first_network=3, networks=2), strict=True):
        np.testing.assert_array_equal(part, whole[3:])
    whole, part = trained(networks=3), trained(first_network=2, networks=1)
    for name, values in whole.items():
        np.testing.assert_array_equal(part[name], values[2:])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 1}, "depth = 1: must be an integer"),
        ({"dim": 0}, "dim = 0: must be an integer"),
        ({"alpha": 2}, "alpha = 2: must be a number in "),
        ({"gamma": 0}, "gamma = 0: must be a number in "),
        ({"start": "constant"}, "start = 'constant': must be one of 'printed', 'tables'"),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        starts(**options)
