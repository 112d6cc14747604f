import numpy as np
import pytest
import torch

from numerics import fisher
from numerics.fisher.single_input import transposed_product

WIDTH = 4


def single(network, *, seed=0, samples=1, **sizes):
    drawn = fisher.Ensemble(network=network, samples=samples, seed=seed, **sizes)
    return fisher.measure_single_input(drawn)


def conditional_law(signal, error):
    """Mean (a function of g = W u) and covariance of W^T delta given W u, by Gaussian algebra."""
    width = len(signal)
    variance = 2 / width
    # Vectorised W (rows first): W u = A w and W^T delta = B w with w ~ N(0, variance I).
    image = np.kron(np.eye(width), signal)
    transposed = np.kron(error, np.eye(width))
    gain = transposed @ image.T @ np.linalg.pinv(image @ image.T)
    covariance = variance * (transposed @ transposed.T - gain @ image @ transposed.T)
    return gain, covariance


@pytest.mark.parametrize("dead", [False, True])
def test_the_construction_has_the_conditional_law_of_real_matrices(dead):
    rng = np.random.default_rng(0)
    signal = np.zeros(WIDTH) if dead else np.maximum(rng.standard_normal(WIDTH) + 0.5, 0)
    error, image = rng.standard_normal(WIDTH), rng.standard_normal(WIDTH)
    if dead:
        image = np.zeros(WIDTH)
    gain, covariance = conditional_law(signal, error)

    def product(noise):
        rows = [np.broadcast_to(one, noise.shape) for one in (signal, image, error)]
        return transposed_product(*(torch.tensor(one) for one in (*rows, noise))).numpy()

    # The map from the noise is affine: its constant is the mean, its matrix gives the covariance.
    mean = product(np.zeros((1, WIDTH)))[0]
    linear = product(np.eye(WIDTH)) - mean
    noise_variance = 2 / WIDTH * error @ error
    np.testing.assert_allclose(mean, gain @ image, atol=1e-14)
    np.testing.assert_allclose(noise_variance * linear.T @ linear, covariance, atol=1e-14)


def test_the_transposed_product_agrees_with_what_is_known_of_the_matrix():
    # delta . (W u) = (W^T delta) . u, whatever the noise.
    rng = np.random.default_rng(1)
    signal, image, error, noise = (torch.tensor(rng.standard_normal((20, 6))) for _ in range(4))
    product = transposed_product(signal, image, error, noise)
    torch.testing.assert_close(
        (product * signal).sum(1), (image * error).sum(1), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(
    "kind",
    [
        {"network": "resnet"},
        {"network": "stochastic_depth", "survival": 0.5},
        {"network": "stochastic_depth", "survivors": 1},
    ],
)
def test_means_agree_with_those_of_real_matrices(kind):
    run = {**kind, "depth": 3, "width": 6, "samples": 1, "networks": 20_000, "seed": 1}
    short = fisher.measure_single_input(fisher.Ensemble(**run))
    # Other inputs and other weights: independent, whatever the seeds.
    run = {**run, "seed": 2}
    real = fisher.measure_spectrum(**run, top=False)
    moments = fisher.measure_moments(fisher.Ensemble(**run))
    assert_agree(short.mean_eigenvalue, real.mean_eigenvalue)
    for name in ("forward", "backward", "product", "activation_rate"):
        assert_agree(getattr(short, name), getattr(moments, name))


def assert_agree(one, other):
    error = np.hypot(one.standard_error, other.standard_error)
    # Exactly equal values (delta^L = 1) have no error; six deviations for the others.
    assert np.all(np.abs(one.estimate - other.estimate) <= 6 * error + 1e-12)


def test_the_mean_eigenvalue_is_made_of_the_moments():
    result = single("resnet", depth=4, width=5, networks=10)
    layers = result.backward.per_network[:, 0] + result.product.per_network.sum(axis=1)
    np.testing.assert_allclose(result.mean_eigenvalue.per_network, layers / 5, rtol=1e-15)


def test_at_depth_one_the_means_are_known_at_every_width():
    # h^0 is Gaussian and W^1 independent of it: E u^2 = 1/2, E (delta^0)^2 = 1 + 2/2.
    result = single("resnet", depth=1, width=3, networks=50_000)
    for measured, exact in (
        (result.forward, [0.5]),
        (result.backward, [2, 1]),
        (result.product, [0.5]),
        (result.activation_rate, [0.5]),
        (result.mean_eigenvalue, 1.25),
    ):
        assert np.all(np.abs(measured.estimate - exact) <= 6 * measured.standard_error)


def test_without_survivors_every_layer_is_idle():
    result = single("stochastic_depth", depth=4, width=5, networks=10, survivors=0)
    np.testing.assert_array_equal(result.forward.per_network, 0)
    np.testing.assert_array_equal(result.backward.per_network, 1)
    np.testing.assert_allclose(result.mean_eigenvalue.per_network, 1 / 5, rtol=1e-15)


def test_batch_norm_has_no_single_input():
    with pytest.raises(ValueError, match=r"^network = 'batch_norm': must be one of 'resnet', "):
        single("batch_norm", depth=1, width=2, samples=2, networks=2)


def test_the_projection_has_the_mean_of_that_of_real_matrices():
    # v . grad f is homogeneous in x, and ||x||^2 has the mean D in both.
    sizes = {"network": "resnet", "depth": 2, "width": 12, "networks": 10_000, "device": "cpu"}
    ours = single(**sizes, seed=1).projected.per_network
    theirs = fisher.measure_expected_spectrum(fisher.Ensemble(**sizes, samples=1, seed=2), draws=1)
    theirs = theirs.projected.per_network
    error = np.sqrt((ours.var() + theirs.var()) / 10_000)
    assert abs(ours.mean() - theirs.mean()) <= 5 * error
