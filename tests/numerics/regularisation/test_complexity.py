"""Suprema over perceptrons, against a fine grid, and exact complexities against all signs."""

from itertools import product

import numpy as np
import pytest

from numerics import regularisation
from numerics.regularisation.complexity import greatest_of_unit, mean_of_signs, spread_block
from numerics.simulation import keyed


@pytest.mark.parametrize("samples", [1, 2, 5, 12])
def test_the_supremum_over_arcs_is_that_over_a_fine_grid(samples):
    random = np.random.default_rng(samples)
    angles = np.linspace(0, 2 * np.pi, 40001)
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(10):
        inputs = random.normal(size=(samples, 2))
        signs = random.choice([-1.0, 1.0], samples)
        grid = np.abs(np.maximum(units @ inputs.T, 0) @ signs).max()
        found = greatest_of_unit(inputs, inputs * signs[:, None])
        # Half a step of the grid, along which the sum is as steep as its inputs are long.
        between = np.linalg.norm(inputs, axis=1).sum() * np.pi / 40000
        assert grid * (1 - 1e-12) <= found <= grid + between


@pytest.mark.parametrize("samples", [1, 2, 3, 6, 9])
def test_the_mean_of_signs_is_that_over_all_of_them(samples):
    every = np.array(list(product((-1, 1), repeat=samples)))
    assert mean_of_signs(samples) == pytest.approx(np.abs(every.mean(axis=1)).mean())


def test_one_sample_of_norm_one_is_fitted_as_far_as_norms_allow():
    at = {"samples": 1, "networks": 20, "seed": 0}
    for depth in (2, 3):
        for norms in (0.01, 1.0):
            found = regularisation.measure_complexity(depth=depth, product=norms, **at)
            assert found.per_network == pytest.approx(np.full(20, norms))
    with pytest.raises(ValueError, match="depth = 1: must be an integer >= 2"):
        regularisation.measure_complexity(depth=1, product=0.01, **at)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 21, 64])
def test_a_block_is_orthogonal_and_nearly_as_positive_as_a_regular_hadamard_matrix(count):
    block = spread_block(count)
    assert block.T @ block == pytest.approx(np.eye(count), abs=1e-12)
    assert 0.86 < np.maximum(block, 0).sum() / ((count**1.5 + count) / 2) <= 1


@pytest.mark.parametrize(("dim", "samples"), [(1, 1), (6, 4), (6, 6), (6, 40), (30, 30)])
def test_a_perceptron_of_spectral_norms_1_reaches_what_is_measured(dim, samples):
    at = {"dim": dim, "samples": samples, "seed": 5}
    measured = regularisation.measure_spectral_complexity(networks=3, **at).per_network
    for network, value in enumerate(measured):
        signs = keyed.numpy_generator(seed=5, network=network).choice([-1.0, 1.0], samples)
        inputs = np.eye(dim)[np.arange(samples) % dim]
        sums = signs @ inputs
        first, last = np.zeros((dim, dim)), np.zeros(dim)
        row = 0
        for sign in (1, -1):
            columns = np.flatnonzero(sign * sums > 0)
            columns = columns[np.argsort(-np.abs(sums[columns]))]
            rows = slice(row, row := row + len(columns))
            first[rows, columns] = spread_block(len(columns))
            last[rows] = np.maximum(first[rows], 0) @ sums
        assert np.linalg.norm(first, 2) <= 1 + 1e-12
        reached = np.mean(signs * (np.maximum(inputs @ first.T, 0) @ last))
        assert reached == pytest.approx(value * np.linalg.norm(last))


@pytest.mark.parametrize(
    ("dim", "samples", "above"),
    [(44, 44, False), (56, 56, True), (128, 64, True), (128, 10**4, True), (1000, 8, False)],
)
def test_from_some_50_inputs_units_and_samples_on_spectral_norms_break_the_bound(
    dim, samples, above
):
    at = {"dim": dim, "samples": samples, "networks": 40, "seed": 1}
    found = regularisation.measure_spectral_complexity(**at).per_network
    standard_error = found.std(ddof=1) / np.sqrt(40)
    excess = found.mean() - 2**1.5 / np.sqrt(samples)
    assert (excess > 4 * standard_error) if above else (excess < -4 * standard_error)


def test_deviations_are_those_of_binomial_numbers():
    at = {"loss": 2.0, "samples": 3, "networks": 4000, "seed": 1}
    found = regularisation.measure_deviations(functions=2, **at)
    below = 2.0 * mean_of_signs(3)
    assert np.unique(np.round(found.per_network + below, 12)) == pytest.approx([1 / 3, 1])
    # P(|mean of 3| = 1) = 1/4
    assert np.mean(found.per_network > 0.9 - below) == pytest.approx(0.25, abs=0.03)
    alone = regularisation.measure_deviations(functions=1, **at).per_network
    assert np.abs(alone) == pytest.approx(found.per_network + below, rel=1e-12)
    assert alone.mean() == pytest.approx(0, abs=4 * alone.std() / 4000**0.5)


def test_a_draw_depends_on_seed_and_index_alone():
    for measure, at in (
        (regularisation.measure_complexity, {"depth": 2, "product": 1.5, "samples": 7}),
        (regularisation.measure_spectral_complexity, {"dim": 5, "samples": 9}),
        (regularisation.measure_deviations, {"functions": 2, "loss": 1.0, "samples": 9}),
    ):
        whole = measure(networks=6, seed=4, **at)
        part = measure(networks=2, first_network=3, seed=4, **at)
        assert np.array_equal(part.per_network, whole.per_network[3:5])


@pytest.mark.parametrize(
    ("measure", "wrong", "message"),
    [
        (
            "complexity",
            {"samples": 2**64},
            rf"samples = {2**64}: .* integer in \[1, 10000\]",
        ),
        ("spectral_complexity", {"dim": 2**64}, rf"dim = {2**64}: .* in \[1, 10000\]"),
        ("spectral_complexity", {"samples": 2**64}, rf"samples = {2**64}: .* in \[1, 1000000\]"),
        ("complexity", {"networks": 2**64}, rf"networks = {2**64}: .* in \[1, 4294967296\]"),
    ],
)
def test_sizes_that_no_machine_holds_are_named(measure, wrong, message):
    sizes = {
        "complexity": {"depth": 2, "product": 1.0, "samples": 4},
        "spectral_complexity": {"dim": 4, "samples": 4},
    }
    run = {**sizes[measure], "networks": 1, "seed": 0}
    with pytest.raises(ValueError, match=message):
        getattr(regularisation, f"measure_{measure}")(**run | wrong)
