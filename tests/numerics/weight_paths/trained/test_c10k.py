"""The runs of the tables of C10k against PyTorch's own modules, seeds and automatic derivatives."""

import math

import numpy as np
import pytest
import torch

from numerics.simulation import keyed
from numerics.weight_paths.trained import c10k, training
from numerics.weight_paths.trained.c10k import MODELS, RATES, SEEDS, C10k, measure_c10k


def modules(of, number):
    """Embeddings and layers of a network, made one after another as a program of PyTorch would."""
    torch.manual_seed(number)
    into, out = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    layers = []
    for _ in range(of.depth):
        layer = torch.nn.Linear(1, 1, bias=False)
        if of.start == "truncated":
            _cut_off_normal(layer.weight.data, of.size)
        else:
            torch.nn.init.constant_(layer.weight, of.size)
        layers.append(layer)
    return into, layers, out


def _cut_off_normal(weight, size):
    """PyTorch's trunc_normal_ at the time of the thesis, by inversion; it draws otherwise today."""
    inside = math.erf(math.sqrt(0.5))
    weight.uniform_(-inside, inside).erfinv_().mul_(size * math.sqrt(2)).clamp_(-size, size)


def trained(of, number, inputs):
    """The 1-variation of a run that torch trains by the mean square, in double precision."""
    into, layers, out = modules(of, number)
    weights = torch.cat([layer.weight.detach().double().ravel() for layer in layers])
    for _ in range(of.steps):
        weights.requires_grad_()
        h = into.weight.item() * torch.tensor(inputs)
        for weight in weights:
            h = h + of.depth**-of.alpha * torch.tanh(weight * h)
        loss = torch.mean((out.weight.item() * h - of.target) ** 2)
        (slope,) = torch.autograd.grad(loss, weights)
        weights = (weights - of.rate / 2 * slope).detach()
    path = of.depth ** (1 - of.alpha) * weights
    return float(path.diff().abs().sum())


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("model", ["C10k-B12c", "C10k-C21t"])
def test_embeddings_and_starts_are_those_of_the_seeds_in_pytorch(number, model):
    of = C10k(model=model, depth=40).descent
    embeddings, weights = c10k.seeded(of, number)
    into, layers, out = modules(of, number)
    assert embeddings == pytest.approx([into.weight.item(), out.weight.item()], rel=1e-6)
    expected = [layer.weight.item() for layer in layers]
    assert weights == pytest.approx(expected, rel=1e-5, abs=1e-7 * of.size)


@pytest.mark.parametrize("model", ["C10k-B12c", "C10k-B13t", "C10k-C11t"])
def test_the_largest_of_three_runs_is_that_of_automatic_differentiation(model):
    cell = C10k(model=model, depth=12, nodes=None)
    found = measure_c10k(cell, networks=2, seed=4).per_network
    for network in range(2):
        random = keyed.numpy_generator(seed=4, network=network)
        inputs = random.uniform(-1, 1, 9000)
        runs = [trained(cell.descent, number, inputs) for number in SEEDS]
        assert found[network] == pytest.approx(max(runs), rel=1e-5)


def test_settings_are_those_of_the_tables():
    of = {model: C10k(model=model, depth=1024).descent for model in MODELS}
    assert len(of) == 2 * len(RATES) == 30
    assert of["C10k-B12c"].rate == pytest.approx(200 * 1024**0.025)
    assert of["C10k-B13t"].rate == pytest.approx(2 * 1024**0.95)
    assert of["C10k-C22t"].size == pytest.approx(1024 ** (-0.5 - 0.51) / 2)
    assert {one.steps for one in of.values()} == {34}
    assert C10k(model="C10k-B12c", depth=128).descent.steps == 25


def test_a_few_nodes_do_for_all_inputs_where_learning_is_greatest():
    for model in ("C10k-B12c", "C10k-B13t", "C10k-C11t"):
        every, few = (
            measure_c10k(C10k(model=model, depth=128, nodes=nodes), networks=1, seed=0)
            for nodes in (None, 24)
        )
        assert few.per_network == pytest.approx(every.per_network, rel=1e-6)


def test_single_precision_ends_where_weights_cannot_fall_any_further():
    cell = {"model": "C10k-B11c", "depth": 512}
    double, single = (
        measure_c10k(C10k(**cell, dtype=dtype), networks=1, seed=0).per_network[0]
        for dtype in ("float64", "float32")
    )
    assert single > 1.5 * double


def test_network_k_depends_on_seed_and_k_alone(monkeypatch):
    cell = C10k(model="C10k-B23t", depth=16)
    whole = measure_c10k(cell, networks=5, seed=2).per_network
    part = measure_c10k(cell, networks=2, seed=2, first_network=3).per_network
    np.testing.assert_array_equal(part, whole[3:])
    monkeypatch.setattr(training, "AT_ONCE", 1)
    np.testing.assert_array_equal(measure_c10k(cell, networks=5, seed=2).per_network, whole)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"model": "C10k-B11"}, "model = 'C10k-B11': must be one of 'C10k-B11c', "),
        ({"depth": 1}, "depth = 1: must be an integer"),
        ({"dtype": "float16"}, "dtype = 'float16': must be one of 'float64', 'float32'"),
        ({"nodes": 9001}, r"nodes = 9001: must be an integer in \[1, 9000\]"),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measure_c10k(C10k(**{"model": "C10k-B11c", "depth": 8, **options}), networks=1, seed=0)
