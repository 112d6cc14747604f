"""Training of several networks under several regularisers, against autograd and torch's Adam."""

import numpy as np
import pytest
import torch

from numerics.regularisation import path_norm
from numerics.regularisation.training.descent import REGULARISERS, Adam, Runs
from numerics.simulation.products import aligned_copy

COEFFICIENTS = (0.0, 0.03, 0.02, 0.01)
SIZES = (2, 5, 4, 1)
LIKE = torch.empty(0, dtype=torch.float64)
SAMPLES = 7


@pytest.fixture
def runs():
    found = Runs(SIZES, range(3), 1, COEFFICIENTS, LIKE)
    found.spread_biases([np.random.default_rng(k) for k in range(3)])
    return found


@pytest.fixture
def inputs(runs):
    drawn = np.random.default_rng(5).standard_normal((runs.networks, SAMPLES, SIZES[0]))
    return runs.of_all(drawn)


@pytest.fixture
def targets(runs):
    return runs.of_all(np.random.default_rng(6).standard_normal((runs.networks, SAMPLES, 1)))


def parameters_of(runs, place):
    """Copies for autograd: weights, then biases."""
    copied = [[one[place].clone().requires_grad_() for one in ones] for ones in
              (runs.weights, runs.biases)]  # fmt: skip
    return copied[0], copied[1]


def penalty(weights, name):
    if name == "weight decay":
        return sum(weight.norm() for weight in weights)
    if name == "L1":
        return sum(weight.abs().sum() for weight in weights)
    ones = torch.ones(1, SIZES[0], dtype=torch.float64)
    for weight in weights:
        ones = ones @ weight.abs().T
    return ones.sum()


def objective(weights, biases, x, y, name):
    hidden = x
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        hidden = torch.relu(hidden @ weight.T + bias)
    outputs = hidden @ weights[-1].T + biases[-1]
    loss = ((outputs - y) ** 2).mean() / 2
    if name == "none":
        return loss
    return loss + COEFFICIENTS[REGULARISERS.index(name)] * penalty(weights, name)


def gradients(runs, inputs, targets):
    values = runs.forward(inputs)
    return runs.gradients(values, aligned_copy((values[-1] - targets) / SAMPLES))


@pytest.mark.parametrize("name", REGULARISERS)
def test_gradients_are_those_of_autograd(runs, inputs, targets, name):
    found = gradients(runs, inputs, targets)
    for place in range(runs.of(name).start, runs.of(name).stop):
        weights, biases = parameters_of(runs, place)
        objective(weights, biases, inputs[place], targets[place], name).backward()
        for (by_weight, by_bias), weight, bias in zip(found, weights, biases, strict=True):
            torch.testing.assert_close(by_weight[place], weight.grad, rtol=1e-10, atol=1e-12)
            torch.testing.assert_close(by_bias[place], bias.grad, rtol=1e-10, atol=1e-12)


def test_a_step_is_that_of_torch(runs, inputs, targets):
    place = runs.of("L1").start
    weights, biases = parameters_of(runs, place)
    theirs = torch.optim.Adam([*weights, *biases], lr=0.01)
    ours = Adam(runs, 0.01)
    for _ in range(20):
        theirs.zero_grad()
        objective(weights, biases, inputs[place], targets[place], "L1").backward()
        theirs.step()
        ours.step(gradients(runs, inputs, targets))
    for weight, bias, mine, its in zip(weights, biases, runs.weights, runs.biases, strict=True):
        torch.testing.assert_close(mine[place], weight.detach(), rtol=1e-8, atol=1e-9)
        torch.testing.assert_close(its[place], bias.detach(), rtol=1e-8, atol=1e-9)


def test_norms_are_those_of_the_weights(runs):
    frobenius, entries, paths = runs.norms()
    for place in range(len(frobenius)):
        weights = [weight[place].numpy() for weight in runs.weights]
        assert frobenius[place] == pytest.approx(sum(map(np.linalg.norm, weights)))
        assert entries[place] == pytest.approx(sum(np.abs(weight).sum() for weight in weights))
        assert paths[place] == pytest.approx(path_norm(weights=weights))


def test_all_regularisers_start_from_the_same_networks(runs):
    for tensor in (*runs.weights, *runs.biases):
        together = runs.by_network(tensor)
        assert together.shape[:2] == (3, len(REGULARISERS))
        assert torch.equal(together, together[:, :1].expand_as(together))
        assert not torch.equal(together[0], together[1])


def test_weights_start_by_the_rule_of_he():
    (first, second) = Runs((3, 200, 300), range(2), 0, (0.0,), LIKE).weights
    assert first.square().mean().item() == pytest.approx(2 / 3, rel=0.15)
    assert second.square().mean().item() == pytest.approx(2 / 200, rel=0.03)
