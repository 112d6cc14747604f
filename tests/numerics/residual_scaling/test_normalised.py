"""Residual networks whose branches are normalised over a batch."""

import numpy as np
import pytest
from scipy.stats import norm

from numerics import residual_scaling


def test_one_layer_at_two_inputs_moves_each_unit_by_tau_or_minus_tau(ensemble, assert_mean):
    drawn = ensemble(tau=0.4, width=6, networks=4000, depth=2)
    found = residual_scaling.measure_normalised_energy(drawn, samples=2, layer=1)
    # (h + tau)^2/2 + relu(h - tau)^2/2, h = relu(z), z ~ N(0, 2/m); mean of the sign is 0.
    z, weights = np.polynomial.legendre.leggauss(400)
    scale = (2 / 6) ** 0.5
    z, weights = 5 * scale * (z + 1), 5 * scale * weights
    density = weights * norm.pdf(z / scale) / scale
    moved = density @ ((z + 0.4) ** 2 + np.maximum(z - 0.4, 0) ** 2) / 2
    assert_mean(found, moved + 0.4**2 / 4)


def test_layers_are_those_of_batch_norm_written_after_the_paper(ensemble, assert_same_means):
    drawn = ensemble(tau=0.7, width=5, networks=3000, depth=4)
    ours = residual_scaling.measure_normalised_energy(drawn, samples=3).per_network
    rng = np.random.default_rng(4)
    hidden = np.maximum(rng.standard_normal((3000, 5, 3)) * (2 / 5) ** 0.5, 0)
    squares = [np.square(hidden).mean(axis=(1, 2))]
    for _ in range(3):
        image = (rng.standard_normal((3000, 5, 5)) / 5**0.5) @ hidden
        branch = image - image.mean(axis=2, keepdims=True)
        branch /= np.maximum(branch.std(axis=2, keepdims=True), 1e-300)
        hidden = np.maximum(hidden + 0.7 * branch, 0)
        squares.append(np.square(hidden).mean(axis=(1, 2)))
    assert_same_means(ours, np.stack(squares, axis=1))


def test_network_k_depends_on_seed_and_k_alone(ensemble):
    whole = residual_scaling.measure_normalised_energy(ensemble(), samples=3).per_network
    part = residual_scaling.measure_normalised_energy(
        ensemble(first_network=1, networks=3), samples=3, chunk=2
    )
    np.testing.assert_array_equal(part.per_network, whole[1:4])


def test_one_input_and_a_given_start_are_refused(ensemble):
    with pytest.raises(ValueError, match=r"^samples = 1: must be"):
        residual_scaling.measure_normalised_energy(ensemble(), samples=1)
    with pytest.raises(ValueError, match=r"^start = 'dense': must be"):
        residual_scaling.measure_normalised_energy(ensemble(start="dense"), samples=2)
