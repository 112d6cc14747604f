"""Gradient descent against automatic differentiation, and Gauss's rule against the inputs."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.simulation import keyed
from numerics.weight_paths.trained import training


def descent(**changes):
    sizes = {
        "depth": 8, "alpha": 0.75, "gamma": 1.0, "rate": 5.0, "steps": 6, "start": "constant",
        "samples": 200, "nodes": None,
    }  # fmt: skip
    return weight_paths.Descent(**{**sizes, **changes})


def measured(of, **changes):
    found = weight_paths.measure_descent(of, **{"networks": 4, "seed": 1, **changes})
    return found.variation.per_network, found.loss.per_network


def by_autograd(of, network, dtype=torch.float64, into=1.0, out=1.0):
    """Variation and loss of a network, trained by torch."""
    random = keyed.numpy_generator(seed=1, network=network)
    x = torch.tensor(random.uniform(-1, 1, of.samples), dtype=dtype)
    below = torch.distributions.Normal(0, 1).cdf(torch.tensor(-1.0, dtype=torch.float64))
    uniform = torch.tensor(random.random(of.depth))
    start = torch.ones(of.depth, dtype=torch.float64)
    if of.start == "truncated":
        start = math.sqrt(2) * torch.erfinv(2 * (below + (1 - 2 * below) * uniform) - 1)
    weights = (of.size * start).to(dtype).requires_grad_()
    for _ in range(of.steps):
        h = into * x
        for weight in weights:
            h = h + of.depth**-of.alpha * torch.tanh(weight * h)
        loss = ((out * h - of.target) ** 2).mean() / 2
        (slope,) = torch.autograd.grad(loss, weights)
        weights = (weights - of.rate * slope).detach().requires_grad_()
    path = of.depth ** (1 - of.alpha) * weights.detach().double()
    return float(path.diff().abs().sum()), float(loss.detach())


@pytest.mark.parametrize("start", ["constant", "truncated"])
@pytest.mark.parametrize("alpha", [0.25, 0.975])
def test_weights_are_those_of_automatic_differentiation(start, alpha):
    of = descent(start=start, alpha=alpha, target=0.3)
    variation, loss = measured(of)
    for network in range(4):
        expected = by_autograd(of, network)
        assert (variation[network], loss[network]) == pytest.approx(expected, rel=1e-9)


def test_embeddings_scale_inputs_and_output():
    of = descent(start="truncated", target=0.3)
    drawn = [training.draw(of, keyed.numpy_generator(seed=1, network=k)) for k in range(3)]
    variation, loss = training.train(
        of, *(np.array(one) for one in zip(*drawn, strict=True)), np.array([[0.5, -0.75]] * 3)
    )
    for network in range(3):
        expected = by_autograd(of, network, into=0.5, out=-0.75)
        assert (variation[network], loss[network]) == pytest.approx(expected, rel=1e-9)


def test_inputs_may_be_taken_in_parts(monkeypatch):
    of = descent(start="truncated")
    whole = measured(of)
    monkeypatch.setattr(training, "PART", 66)
    for parts, all_at_once in zip(measured(of), whole, strict=True):
        assert parts == pytest.approx(all_at_once, rel=1e-12)


def test_single_precision_is_that_of_all_numbers():
    of = descent(start="truncated", dtype="float32")
    variation, _ = measured(of)
    exact, _ = measured(descent(start="truncated"))
    assert variation == pytest.approx(exact, rel=1e-5)
    assert np.all(variation != exact)
    assert variation[0] == pytest.approx(by_autograd(of, 0, torch.float32)[0], rel=1e-5)


@pytest.mark.parametrize("nodes", [1, 2, 5, 12])
def test_gauss_rule_is_exact_for_polynomials_of_its_degree(nodes):
    inputs = np.random.default_rng(2).uniform(-1, 1, 500)
    places, shares = weight_paths.gauss_rule(inputs, nodes)
    for degree in range(2 * nodes):
        mean = np.mean(inputs**degree)
        assert shares @ places**degree == pytest.approx(mean, rel=1e-12, abs=1e-15)
    beyond = np.mean(inputs ** (2 * nodes))
    assert abs(shares @ places ** (2 * nodes) / beyond - 1) > 1e-9
    assert np.all(np.abs(places) < 1)


def test_gauss_rule_of_a_few_inputs_is_these():
    inputs = np.array([0.5, -0.25, 0.75])
    places, shares = weight_paths.gauss_rule(inputs, 3)
    assert places == pytest.approx(np.sort(inputs), rel=1e-14)
    assert shares == pytest.approx([1 / 3] * 3, rel=1e-14)


@pytest.mark.parametrize("start", ["constant", "truncated"])
def test_a_few_nodes_train_as_all_inputs_do(start):
    sizes = {"depth": 32, "rate": 20.0, "steps": 15, "start": start, "samples": 2000}
    every, loss = measured(descent(**sizes))
    for nodes, error in ((8, 1e-5), (16, 1e-10)):
        variation, other = measured(descent(**sizes, nodes=nodes))
        assert variation == pytest.approx(every, rel=error)
        assert other == pytest.approx(loss, rel=error)


def test_a_constant_start_has_no_variation_and_a_truncated_one_that_of_its_path():
    assert np.all(measured(descent(steps=0))[0] == 0)
    of = descent(steps=0, start="truncated", depth=400)
    variation, loss = measured(of, networks=40)
    error = np.std(variation) / math.sqrt(40)
    expected = weight_paths.measure_initial_variation(
        depth=400, dim=1, gamma=1.0, networks=200, seed=5
    )
    gap = abs(np.mean(variation) - expected.per_network.mean())
    assert gap < 4 * math.hypot(error, expected.per_network.std() / math.sqrt(200))
    assert np.all(loss > 0)


def test_network_k_depends_on_seed_and_k_alone():
    for whole, part in zip(
        measured(descent()), measured(descent(), first_network=2, networks=2), strict=True
    ):
        np.testing.assert_array_equal(part, whole[2:])


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_weights_that_overflow_are_told_as_infinite(lost, monkeypatch):
    def overflown(of, weights, inputs, shares, out):
        weights[3] = lost
        return np.full(len(inputs), np.nan)

    monkeypatch.setattr(training, "_descend", overflown)
    for found in measured(descent()):
        np.testing.assert_array_equal(found, np.inf)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 0}, "depth = 0: must be an integer"),
        ({"alpha": 2.0}, "alpha = 2.0: must be a number in "),
        ({"gamma": 0.0}, "gamma = 0.0: must be a number in "),
        ({"rate": -1.0}, "rate = -1.0: must be a number in "),
        ({"steps": -1}, "steps = -1: must be an integer"),
        ({"start": "zero"}, "start = 'zero': must be one of 'constant', 'truncated'"),
        ({"target": 1e7}, "target = 10000000.0: must be a number in "),
        ({"samples": 0}, "samples = 0: must be an integer"),
        ({"nodes": 201}, r"nodes = 201: must be an integer in \[1, 200\]"),
        ({"dtype": "float16"}, "dtype = 'float16': must be one of 'float64', 'float32'"),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        descent(**options)
