"""Suprema over perceptrons, against a fine grid, and exact complexities against all signs."""

from itertools import product

import numpy as np
import pytest

from numerics import regularisation
from numerics.regularisation.complexity import greatest_of_unit, mean_of_signs


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
    for depth in (1, 2, 3):
        found = regularisation.measure_complexity(depth=depth, product=1.0, **at)
        assert found.per_network == pytest.approx(np.ones(20))


def test_orthogonal_weights_are_above_the_bound_of_frobenius_in_many_dimensions():
    printed = 2**1.5
    at = {"networks": 3, "seed": 1}
    wide = regularisation.measure_spectral_complexity(dim=256, samples=256, **at)
    assert (wide.per_network * 16 > 1.05 * printed).all()
    narrow = regularisation.measure_spectral_complexity(dim=64, samples=256, **at)
    assert (narrow.per_network * 16 < printed).all()


def test_deviations_are_those_of_binomial_numbers():
    found = regularisation.measure_deviations(loss=2.0, samples=3, networks=4000, seed=1)
    below = 2.0 * mean_of_signs(3)
    assert np.unique(np.round(found.per_network + below, 12)) == pytest.approx([1 / 3, 1])
    # P(|mean of 3| = 1) = 1/4
    assert np.mean(found.per_network > 0.9 - below) == pytest.approx(0.25, abs=0.03)


def test_a_draw_depends_on_seed_and_index_alone():
    for measure, at in (
        (regularisation.measure_complexity, {"depth": 2, "product": 1.5, "samples": 7}),
        (regularisation.measure_spectral_complexity, {"dim": 5, "samples": 9}),
        (regularisation.measure_deviations, {"loss": 1.0, "samples": 9}),
    ):
        whole = measure(networks=6, seed=4, **at)
        part = measure(networks=2, first_network=3, seed=4, **at)
        assert np.array_equal(part.per_network, whole.per_network[3:5])
