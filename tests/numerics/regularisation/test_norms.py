"""Norms of weights, one network at a time and in batches."""

from itertools import product

import numpy as np
import pytest

from numerics import regularisation
from numerics.measurement import Measurement
from numerics.regularisation.norms import Start, path_norm_by_paths

START = {"depth": 3, "width": 4, "inputs": 2, "networks": 6, "seed": 3}


@pytest.mark.parametrize("sizes", [(1, 1), (3, 2), (2, 3, 1), (3, 2, 4, 2)])
def test_one_pass_is_the_sum_over_paths(sizes):
    random = np.random.default_rng(0)
    weights = [random.normal(size=shape) for shape in zip(sizes[1:], sizes, strict=False)]
    found = regularisation.path_norm(weights=weights)
    assert found == pytest.approx(path_norm_by_paths(weights=weights), rel=1e-14)


def test_path_norms_of_small_networks():
    assert regularisation.path_norm(weights=[[[1, -2]]]) == 3
    assert regularisation.path_norm(weights=[[[1], [-2]], [[3, 4]]]) == 11
    assert regularisation.path_norm(weights=[[[1], [-2]], [[3, 4], [0, 1]]]) == 13


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([], "at least one matrix"),
        ([[1.0, 2.0]], r"weights\[0\] of shape \(2,\): must be a matrix of finite numbers"),
        ([[[1.0]], [[1.0, 2.0]]], r"weights\[1\] of shape \(1, 2\): .* D_2 x 1"),
        ([[[np.nan]]], r"weights\[0\]"),
    ],
)
def test_weights_that_are_none_are_named(weights, words):
    with pytest.raises(ValueError, match=words):
        regularisation.path_norm(weights=weights)


def test_weights_whose_paths_overflow_and_complex_ones_are_refused():
    with pytest.raises(ValueError, match=r"weights\[1\]: units of up to inf: must be 1e\+150"):
        regularisation.path_norm(weights=[np.full((3, 1), 1e149), np.full((1, 3), 1e200)])
    with pytest.raises(TypeError, match=r"weights\[0\] of complex128: must be an array of real"):
        regularisation.path_norm(weights=[np.full((1, 1), 1j)])


def test_too_many_paths_are_not_counted_out():
    with pytest.raises(ValueError, match="at most 16777216"):
        path_norm_by_paths(weights=[np.ones((300, 300)), np.ones((300, 300))])


def test_widths_go_in_equal_steps():
    at = {"networks": 1, "seed": 0, "inputs": 2}
    assert Start(depth=1, width=9, **at).sizes == (2, 1)
    assert Start(depth=2, width=9, last_width=3, **at).sizes == (2, 9, 1)
    assert Start(depth=5, width=9, last_width=3, **at).sizes == (2, 9, 7, 5, 3, 1)
    assert Start(depth=4, width=2, **at).sizes == (2, 2, 2, 2, 1)


MEASURES = (
    regularisation.measure_path_norms,
    regularisation.measure_norm_products,
    regularisation.measure_path_sums,
    regularisation.measure_spectral_product,
    regularisation.measure_squared_gradient,
)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_network_depends_on_seed_and_index_alone(measure, monkeypatch):
    whole = measure(Start(**START))
    monkeypatch.setattr("numerics.regularisation.norms._CHUNK", 1)
    part = measure(Start(**{**START, "networks": 2, "first_network": 3}))
    for name, found in parts_of(part).items():
        assert np.array_equal(found.per_network, parts_of(whole)[name].per_network[3:5])


def parts_of(found):
    return {"": found} if isinstance(found, Measurement) else vars(found)


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_told_of_a_group_is_the_mean_of_its_networks(measure, monkeypatch):
    def one_stream(*, seed, network):
        return streams[network]

    monkeypatch.setattr("numerics.simulation.keyed.numpy_generator", one_stream)
    streams = dict.fromkeys(range(6), np.random.default_rng(0))
    alone = parts_of(measure(Start(**START)))
    streams = dict.fromkeys(range(2), np.random.default_rng(0))
    grouped = parts_of(measure(Start(**{**START, "networks": 2, "group": 3})))
    for name, found in grouped.items():
        means = alone[name].per_network.reshape(2, 3).mean(axis=1)
        assert found.per_network == pytest.approx(means, rel=1e-14)


def test_a_wide_constant_depends_on_seed_and_index_alone(monkeypatch):
    at = {"depth": 3, "width": 4, "seed": 1}
    whole = regularisation.measure_wide_constant(networks=6, **at)
    monkeypatch.setattr("numerics.regularisation.wide_constant._CHUNK", 1)
    part = regularisation.measure_wide_constant(networks=2, first_network=3, **at)
    assert np.array_equal(part.per_network, whole.per_network[3:5])


def test_products_are_those_of_the_norms_of_each_matrix():
    start = Start(**{**START, "networks": 1})
    seen = {}
    start.measured(lambda weights, inputs: seen.update(weights=weights) or {"none": inputs})
    weights = [weight[0] for weight in seen["weights"]]
    found = regularisation.measure_norm_products(start)
    spectral = regularisation.measure_spectral_product(start)
    for one, order in ((spectral, 2), (found.frobenius_product, "fro")):
        product = np.prod([np.linalg.norm(weight, order) for weight in weights])
        assert one.per_network[0] == pytest.approx(product, rel=1e-13)
    product = np.prod([np.abs(weight).sum() for weight in weights])
    assert found.entrywise_product.per_network[0] == pytest.approx(product, rel=1e-13)


def test_entries_have_the_variance_two_over_the_fan_in():
    weights = {}
    Start(**{**START, "networks": 4000, "width": 5}).measured(
        lambda drawn, inputs: weights.update(enumerate(drawn)) or {"none": inputs}
    )
    for weight, fan_in in zip(weights.values(), (2, 5, 5), strict=True):
        assert weight.var() == pytest.approx(2 / fan_in, rel=0.05)


def test_the_squared_gradient_is_the_mean_over_output_layers_of_what_differences_show():
    start = Start(**{**START, "networks": 1})
    seen = {}
    start.measured(lambda *drawn: seen.update(drawn=drawn) or {"none": drawn[1]})
    first, second, _ = (weight[0] for weight in seen["drawn"][0])
    x = seen["drawn"][1][0]
    total = 0.0
    for one, other in product((-1, 1), repeat=2):

        def hidden(x, one=one, other=other):
            return np.maximum(other * second @ np.maximum(one * first @ x, 0), 0)

        for unit in np.eye(2):
            slope = (hidden(x + 1e-7 * unit) - hidden(x - 1e-7 * unit)) / 2e-7
            total += (slope**2).sum() * 2 / 4 / 4
    found = regularisation.measure_squared_gradient(start).per_network[0]
    assert found == pytest.approx(total, rel=1e-6)


def test_two_inputs_in_law_are_those_of_weight_matrices():
    at = {"depth": 3, "width": 6, "seed": 1}
    bounds = regularisation.measure_start_bounds(Start(inputs=1, networks=4000, **at))
    constants = bounds.spectral_first.per_network[:, 0]
    law = regularisation.measure_wide_constant(networks=4000, **at)
    error = np.hypot(constants.std() / 4000**0.5, law.standard_error)
    assert abs(constants.mean() - law.estimate) < 4 * error


def test_every_bound_is_above_the_constant():
    bounds = regularisation.measure_start_bounds(Start(**{**START, "inputs": 1}))
    for rows in (bounds.spectral_first.per_network, bounds.paths_first.per_network):
        assert (rows[:, 1:] >= rows[:, :1] * (1 - 1e-12)).all()
    with pytest.raises(ValueError, match="inputs = 2"):
        regularisation.measure_start_bounds(Start(**START))
