import numpy as np
import pytest
import torch
from scipy.stats import chi2, kstest

from numerics import residual_scaling
from numerics.residual_scaling import gaussian_norm, matrices

FORWARD = ("energy", "mean_squared_distance")
PRODUCTS = ("whole", "greatest", "greatest_weight")


@pytest.mark.parametrize("start", ["own", "normalised", "dense", "one_hot"])
def test_one_input_has_the_law_of_the_pass_without_matrices(start, ensemble, assert_same_means):
    drawn = ensemble(start=start, tau=0.8, depth=4, width=5, networks=5_000)
    ours = residual_scaling.measure_matrix_forward(drawn)
    theirs = residual_scaling.measure_forward(ensemble(**{**vars(drawn), "seed": 2}))
    one, other = ours.energy.per_network, theirs.energy.per_network
    assert_same_means(one, other)
    assert_same_means(np.sqrt(one), np.sqrt(other))
    assert_same_means(np.sqrt(one * one[:, :1]), np.sqrt(other * other[:, :1]))
    np.testing.assert_array_equal(ours.mean_squared_distance.per_network, 0)


@pytest.mark.parametrize("samples", [2, 3])
def test_several_inputs_have_the_law_of_the_pass_without_matrices(
    samples, ensemble, assert_same_means
):
    drawn = ensemble(tau=0.8, depth=3, width=5, networks=3_000)
    sizes = {"samples": samples, "distance": 0.9}
    ours = residual_scaling.measure_matrix_forward(drawn, **sizes).mean_squared_distance
    other = ensemble(**{**vars(drawn), "seed": 2})
    theirs = residual_scaling.measure_separation(other, **sizes).mean_squared_distance
    assert_same_means(ours.per_network, theirs.per_network)
    assert_same_means(np.sqrt(ours.per_network), np.sqrt(theirs.per_network))


def test_there_may_be_more_inputs_than_units(ensemble, assert_mean):
    drawn = ensemble(depth=1, width=4, networks=4_000)
    found = residual_scaling.measure_matrix_forward(drawn, samples=9, distance=2**0.5, layer=0)
    assert_mean(found.energy, 1)
    assert_mean(found.mean_squared_distance, 2 - 2 / np.pi)  # of independent units relu(z)
    with pytest.raises(ValueError, match=r"^samples = 2: must be an integer in .1, 1."):
        residual_scaling.measure_matrix_forward(ensemble(start="dense"), samples=2)


def test_near_inputs_keep_their_distance_in_digits(ensemble):
    drawn = ensemble(depth=1, width=30, networks=30)
    near, nearer = (
        residual_scaling.measure_matrix_forward(drawn, samples=3, distance=one, layer=0)
        for one in (2e-6, 1e-6)
    )
    ratio = near.mean_squared_distance.per_network / nearer.mean_squared_distance.per_network
    assert np.median(np.abs(ratio / 4 - 1)) < 1e-6


def real_products(drawn, network):
    """Norms of all products of one network, by numpy's singular values, from its own layers."""
    layers = matrices._pass_forward(
        drawn, range(network, network + 1), torch.eye(1, dtype=torch.float64)
    )
    found = {"active": [], "weights": []}
    for layer in layers:
        if 0 < layer.index < drawn.depth:
            found["active"].append((layer.hidden[0] > 0).double().numpy())
            found["weights"].append(layer.weights[0].clone().numpy())
    blocks = [
        active * (np.eye(drawn.width) + drawn.tau * weight)
        for active, weight in zip(found["active"], found["weights"], strict=True)
    ]
    norms = {}
    for first in range(len(blocks)):
        product = np.eye(drawn.width)
        for last in range(first, len(blocks)):
            product = blocks[last] @ product
            norms[first, last] = np.linalg.norm(product, ord=2)
    weights = [np.linalg.norm(one, ord=2) for one in found["weights"]]
    return norms[0, len(blocks) - 1], max(norms.values()), max(weights)


@pytest.mark.parametrize("start", ["own", "dense"])
def test_products_have_the_norms_of_their_singular_values(start, ensemble):
    drawn = ensemble(start=start, tau=0.6, depth=6, width=5, networks=4)
    found = residual_scaling.measure_product_norms(drawn)
    expected = [real_products(drawn, network) for network in range(4)]
    for name, column in zip(PRODUCTS, np.transpose(expected), strict=True):
        np.testing.assert_allclose(getattr(found, name).per_network, column, rtol=1e-10)


def test_without_branches_a_product_keeps_the_active_units(ensemble):
    found = residual_scaling.measure_product_norms(ensemble(tau=0, depth=5, width=9))
    np.testing.assert_allclose(found.whole.per_network, 1, rtol=1e-12)
    np.testing.assert_allclose(found.greatest.per_network, 1, rtol=1e-12)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 3), (2, 6), (9, 4)])
def test_gaussian_matrices_have_the_law_of_real_ones(rows, columns):
    found = residual_scaling.measure_gaussian_norm(
        rows=rows, columns=columns, networks=4_000, seed=1
    ).per_network
    drawn = np.random.default_rng(2).standard_normal((4_000, rows, columns))
    assert kstest(found, np.linalg.norm(drawn, ord=2, axis=(1, 2))).pvalue > 1e-3
    vector = residual_scaling.measure_gaussian_norm(rows=5, columns=1, networks=4_000, seed=3)
    assert kstest(vector.per_network**2, chi2(5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_norm_is_that_of_the_bidiagonal_matrix(n):
    diagonal, beside = np.split(np.random.default_rng(4).uniform(0.5, 2, 2 * n - 1), [n])
    matrix = np.diag(diagonal) + np.diag(beside, 1)
    squares = np.concatenate([diagonal, beside]) ** 2
    expected = np.linalg.norm(matrix, ord=2)
    assert gaussian_norm._greatest(squares, n) == pytest.approx(expected, rel=1e-13)


def test_weights_have_the_norm_of_gaussian_matrices(ensemble, assert_same_means):
    drawn = ensemble(depth=2, width=6, networks=2_000)
    ours = residual_scaling.measure_product_norms(drawn).greatest_weight.per_network
    theirs = residual_scaling.measure_gaussian_norm(rows=6, columns=6, networks=2_000, seed=9)
    assert_same_means(ours, theirs.per_network / 6**0.5)


@pytest.mark.parametrize(("depth", "width", "samples"), [(3, 5, 3), (2, 33, 7)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, samples, ensemble):
    whole = residual_scaling.measure_matrix_forward(
        ensemble(depth=depth, width=width), samples=samples
    )
    norms = residual_scaling.measure_product_norms(ensemble(depth=depth, width=width))
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
        part = residual_scaling.measure_matrix_forward(drawn, samples=samples, chunk=chunk)
        alone = residual_scaling.measure_product_norms(drawn)
        for names, of, those in ((FORWARD, part, whole), (PRODUCTS, alone, norms)):
            for name in names:
                np.testing.assert_array_equal(
                    getattr(of, name).per_network,
                    getattr(those, name).per_network[first : first + networks],
                )


def test_matrix_k_depends_on_seed_and_k_alone():
    sizes = {"rows": 4, "columns": 3, "seed": 1}
    whole = residual_scaling.measure_gaussian_norm(**sizes, networks=5).per_network
    part = residual_scaling.measure_gaussian_norm(**sizes, networks=2, first_network=3)
    np.testing.assert_array_equal(part.per_network, whole[3:])
    with pytest.raises(ValueError, match=r"^rows = 0: must be an integer >= 1"):
        residual_scaling.measure_gaussian_norm(**{**sizes, "rows": 0}, networks=1)
