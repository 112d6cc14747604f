import numpy as np
import pytest
import torch
from scipy.stats import binom

from numerics import fisher
from numerics.fisher.single_input import transposed_product

WIDTH = 4
DROPPED = {"network": "stochastic_depth", "survival": 0.5}


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

    def transposed(noise):
        rows = [np.broadcast_to(one, noise.shape) for one in (signal, image, error)]
        return transposed_product(*(torch.tensor(one) for one in (*rows, noise))).numpy()

    # The map from the noise is affine: its constant is the mean, its matrix gives the covariance.
    mean = transposed(np.zeros((1, WIDTH)))[0]
    linear = transposed(np.eye(WIDTH)) - mean
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


@pytest.mark.parametrize("kind", [{"network": "resnet"}, DROPPED])
def test_networks_together_have_the_mean_of_one_and_vary_with_a_wider_one(kind):
    def measured(width, units, seed):
        run = {**kind, "depth": 4, "samples": 1, "networks": 4000, "seed": seed}
        drawn = fisher.Ensemble(**run, width=width)
        return fisher.measure_single_input(drawn, units=units).mean_eigenvalue

    four, one, wide = measured(8, 32, 3), measured(8, 8, 4), measured(32, 32, 3)
    assert_agree(four, one)
    apart = np.var(four.per_network - measured(32, 32, 5).per_network)
    assert np.var(four.per_network - wide.per_network) < 0.5 * apart


def test_units_that_are_no_multiple_of_the_width_are_named():
    drawn = fisher.Ensemble(network="resnet", depth=1, width=4, samples=1, networks=2, seed=0)
    with pytest.raises(ValueError, match=r"^units = 10: must be a multiple of width = 4"):
        fisher.measure_single_input(drawn, units=10)


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
    ours = fisher.measure_single_projection(fisher.Ensemble(**sizes, samples=1, seed=1))
    ours = ours.per_network
    theirs = fisher.measure_expected_spectrum(fisher.Ensemble(**sizes, samples=1, seed=2), draws=1)
    theirs = theirs.projected.per_network
    error = np.sqrt((ours.var() + theirs.var()) / 10_000)
    assert abs(ours.mean() - theirs.mean()) <= 5 * error


DROPPING = {"network": "stochastic_depth", "width": 6, "samples": 1}


def test_at_depth_one_the_means_with_dropping_are_known_at_every_width():
    # As above: 1 without the block, E u^2 = 1/2 and E (delta^0)^2 = 2 with it.
    p = 0.3
    for tilted_above in (0, 1):
        networks = fisher.Ensemble(**DROPPING, depth=1, survival=p, networks=50_000, seed=0)
        result = fisher.measure_single_input(networks, tilted_above=tilted_above)
        for measured, exact in (
            (result.forward, [p / 2]),
            (result.backward, [1 + p, 1]),
            (result.product, [p / 2]),
            (result.activation_rate, [0.5]),
            (result.mean_eigenvalue, (1 + p) / 2 + p / 4),
        ):
            assert np.all(np.abs(measured.estimate - exact) <= 6 * measured.standard_error)


def test_tilted_dropping_has_the_mean_over_every_number_of_survivors():
    run = {**DROPPING, "depth": 4, "networks": 4000}
    tilted = fisher.measure_single_input(fisher.Ensemble(**run, survival=0.3, seed=1))
    given = [
        fisher.measure_single_input(fisher.Ensemble(**run, survivors=k, seed=2)).mean_eigenvalue
        for k in range(5)
    ]
    shares = binom(4, 0.3).pmf(range(5))
    expected = shares @ [one.estimate for one in given]
    error = np.hypot(
        tilted.mean_eigenvalue.standard_error,
        np.linalg.norm(shares * [one.standard_error for one in given]),
    )
    assert abs(tilted.mean_eigenvalue.estimate - expected) <= 6 * error


@pytest.mark.parametrize(("depth", "survival"), [(20, 0.1), (50, 0.3), (98, 0.43)])
def test_tilting_leaves_little_of_the_variance_of_dropping(depth, survival):
    run = {**DROPPING, "width": 4 * depth, "depth": depth, "survival": survival}
    networks = fisher.Ensemble(**run, networks=200, seed=0)
    tilted = fisher.measure_single_input(networks).mean_eigenvalue
    variance = tilted.per_network.var() / tilted.estimate**2
    # (K + 4) / (4 L + 4) 2^K in the wide limit, K survivors (Theorem 8 at fixed K).
    survivors = np.arange(depth + 1)
    shares, values = binom(depth, survival).pmf(survivors), (survivors + 4) * 2.0**survivors
    plain = shares @ values**2 / (shares @ values) ** 2 - 1
    assert plain > 6
    assert variance < 0.8


@pytest.mark.parametrize("layer", [0, 5, 20])
def test_the_backward_moment_of_a_layer_varies_little_with_tilting_above_it(layer):
    run = {**DROPPING, "width": 200, "depth": 20, "survival": 0.1}
    networks = fisher.Ensemble(**run, networks=1000, seed=0)
    result = fisher.measure_single_input(networks, tilted_above=layer).backward
    moments = result.per_network[:, layer]
    error = result.standard_error[layer]
    # (1 + p)^(L - l) in the wide limit; the width changes it by a part of order L/D.
    assert abs(moments.mean() / 1.1 ** (20 - layer) - 1) <= 6 * error / moments.mean() + 0.02
    assert moments.var() < 0.1 * moments.mean() ** 2


@pytest.mark.parametrize("layer", [-1, 3])
def test_tilting_starts_at_a_layer(layer):
    networks = fisher.Ensemble(**DROPPING, depth=2, survival=0.5, networks=2, seed=0)
    with pytest.raises(ValueError, match=f"^tilted_above = {layer}: must be an integer in "):
        fisher.measure_single_input(networks, tilted_above=layer)


def test_widths_at_equal_units_project_to_means_that_vary_together():
    def projected(width, units):
        drawn = fisher.Ensemble(
            network="resnet", depth=2, width=width, samples=1, networks=2_000, seed=1, device="cpu"
        )
        return fisher.measure_single_projection(drawn, units=units).per_network / width**2

    wide, together, alone = projected(32, 32), projected(16, 32), projected(16, None)
    assert np.corrcoef(wide, together)[0, 1] > 0.9
    error = np.sqrt((together.var() + alone.var()) / 2_000)
    assert abs(together.mean() - alone.mean()) <= 5 * error
    assert together.var() < 0.7 * alone.var()


def test_a_projection_is_told_in_units_of_another_width():
    sizes = {"network": "resnet", "depth": 2, "width": 24, "samples": 1, "networks": 4, "seed": 1}
    own, of_half = (
        fisher.measure_single_projection(fisher.Ensemble(**sizes), reference=width).per_network
        for width in (None, 12)
    )
    np.testing.assert_allclose(of_half, own / 4, rtol=1e-12)


def test_projections_by_width_are_those_of_each_width():
    sizes = {"network": "resnet", "depth": 1, "samples": 1, "networks": 4, "seed": 1}
    drawn = fisher.measure_projection_by_width(fisher.Ensemble(**sizes, width=3), factors=(1, 4))
    for column, width in zip(drawn.per_network.T, (3, 12), strict=True):
        alone = fisher.measure_single_projection(fisher.Ensemble(**sizes, width=width))
        np.testing.assert_array_equal(column, alone.per_network)
    with pytest.raises(ValueError, match=r"^factor = 0: must be an integer >= 1"):
        fisher.measure_projection_by_width(fisher.Ensemble(**sizes, width=3), factors=(1, 0))


def test_moments_are_told_of_the_layers_that_are_asked_for():
    drawn = fisher.Ensemble(
        network="resnet", depth=3, width=5, samples=1, networks=4, seed=0, device="cpu"
    )
    whole = fisher.measure_single_input(drawn)
    some = fisher.measure_single_moments(drawn, layer=(2, 0))
    np.testing.assert_array_equal(some.backward.per_network, whole.backward.per_network[:, [2, 0]])
    np.testing.assert_array_equal(some.forward.per_network[:, 0], whole.forward.per_network[:, 1])
