import numpy as np
import pytest
import torch

from numerics import residual_scaling

SEPARATION = ("least_distance", "mean_squared_distance", "mean_cosine")
KERNEL = (
    "trace", "top_eigenvalue", "least_eigenvalue", "last_layer_trace", "last_layer_least_eigenvalue"
)  # fmt: skip


def inputs(samples, distance):
    """Unit vectors at one distance of each other, by a factor of their inner products."""
    cosine = 1 - distance**2 / 2
    products = np.full((samples, samples), cosine) + (1 - cosine) * np.eye(samples)
    return np.linalg.cholesky(products)


def real_separation(layers):
    """Least and mean squared distance and mean cosine, shape (networks, L + 1, 3)."""
    hidden = torch.stack(layers, dim=1).detach().numpy()
    first, second = np.triu_indices(hidden.shape[2], 1)
    one, other = hidden[:, :, first], hidden[:, :, second]
    squares = ((one - other) ** 2).sum(axis=3)
    norms = np.linalg.norm(one, axis=3) * np.linalg.norm(other, axis=3)
    cosines = (one * other).sum(axis=3) / np.where(norms > 0, norms, np.nan)
    return np.stack(
        [np.sqrt(squares.min(axis=2)), squares.mean(axis=2), cosines.mean(axis=2)], axis=2
    )


def real_kernels(layers, weights):
    """What is measured of the kernels of real networks, by autograd: (networks, 5)."""
    networks, _, width = layers[0].shape
    readout = torch.tensor(np.random.default_rng(3).standard_normal((networks, 1, width)))
    values = (layers[-1] * readout).sum(dim=(0, 2))
    rows = [torch.autograd.grad(value, weights, retain_graph=True) for value in values]
    by_layer = [torch.stack(one, dim=1).flatten(start_dim=2) for one in zip(*rows, strict=True)]
    parts = [one @ one.mT for one in by_layer]
    whole, last = torch.linalg.eigvalsh(sum(parts)), torch.linalg.eigvalsh(parts[-1])
    return torch.stack(
        [whole.sum(dim=1), whole[:, -1], whole[:, 0], last.sum(dim=1), last[:, 0]], dim=1
    ).numpy()


@pytest.mark.parametrize(("samples", "distance"), [(2, 0.3), (3, 1.5)])
def test_it_has_the_law_of_real_matrices(
    samples, distance, ensemble, real_networks, assert_same_means
):
    # So great a tau tells I + tau W from the sqrt(2) W of the last layer: 1 + tau^2 is far from 2.
    drawn = ensemble(tau=2.0, depth=3, width=8, networks=4_000)
    sizes = {"samples": samples, "distance": distance}
    layers, weights = real_networks(drawn, inputs(samples, distance), networks=4_000)
    found = residual_scaling.measure_separation(drawn, **sizes)
    expected = real_separation(layers)
    # The last layer is dead in one network of 256, which has no cosine.
    for column, name in enumerate(SEPARATION):
        ours, theirs = getattr(found, name).per_network, expected[..., column]
        alive = [~np.isnan(one).any(axis=1) for one in (ours, theirs)]
        assert min(one.mean() for one in alive) > 0.95
        assert_same_means(ours[alive[0]], theirs[alive[1]])
    kernels = residual_scaling.measure_tangent_kernel(drawn, **sizes)
    expected = real_kernels(layers, weights)
    for column, name in enumerate(KERNEL):
        ours, theirs = getattr(kernels, name).per_network, expected[:, column]
        # Heavy tails: roots are compared as well.
        assert_same_means(ours, theirs)
        assert_same_means(np.sqrt(np.maximum(ours, 0)), np.sqrt(np.maximum(theirs, 0)))


def test_the_start_has_known_distances_and_kernel(ensemble, assert_mean):
    # Units of h_0 are relu of normals of variance 2/m and covariance 2/m cos(theta): the arc-cosine
    # kernel of degree 1 (Cho and Saul 2009).
    drawn = ensemble(depth=1, width=8, networks=20_000)
    distance, cosine = 0.8, 1 - 0.8**2 / 2
    theta = np.arccos(cosine)
    product = (np.sin(theta) + (np.pi - theta) * cosine) / np.pi
    found = residual_scaling.measure_separation(drawn, samples=3, distance=distance, layer=0)
    assert_mean(found.mean_squared_distance, 2 - 2 * product)
    # Of one layer: ||D v||^2 ||h_0||^2, where half of the m units are active.
    kernel = residual_scaling.measure_tangent_kernel(drawn, samples=3, distance=distance)
    assert_mean(kernel.trace, 3 * 8 / 2)
    for name in ("trace", "least_eigenvalue"):
        np.testing.assert_allclose(
            getattr(kernel, name).per_network,
            getattr(kernel, f"last_layer_{name}").per_network,
            rtol=1e-12,
            atol=1e-12,
        )


def test_one_input_has_the_kernel_of_its_gradients(ensemble, assert_same_means):
    drawn = ensemble(tau=0.6, depth=4, width=6, networks=10_000)
    kernel = residual_scaling.measure_tangent_kernel(drawn, samples=1, distance=1.0)
    alone = residual_scaling.measure_backward(
        ensemble(**{**vars(drawn), "seed": 2}), readout="output"
    )
    gradients = np.nansum(alone.weight_gradient.per_network, axis=1)
    # The readout there is a unit vector, and here of squared norm m on average, independent of it.
    assert_same_means(kernel.trace.per_network / 6, gradients)
    for name in ("top_eigenvalue", "least_eigenvalue"):
        np.testing.assert_allclose(
            getattr(kernel, name).per_network, kernel.trace.per_network, rtol=1e-12
        )


def test_opposite_inputs_are_as_far_apart_as_can_be(ensemble):
    # h_0 = relu(g) and relu(-g): their distance is ||g||, their cosine 0.
    found = residual_scaling.measure_separation(
        ensemble(width=50), samples=2, distance=2.0, layer=0
    )
    np.testing.assert_allclose(found.mean_cosine.per_network, 0, atol=1e-12)
    with pytest.raises(ValueError, match=r"^distance = 2.01: must be a number in .1e-06, 2."):
        residual_scaling.measure_separation(ensemble(), samples=2, distance=2.01)
    with pytest.raises(ValueError, match=r"^distance = 1.75: must be a number in .1e-06, 1.73205."):
        residual_scaling.measure_separation(ensemble(), samples=3, distance=1.75)


def test_near_inputs_keep_their_distance_in_digits(ensemble):
    # Distances grow in proportion: no pattern changes within 1e-6 of so few units, but for some.
    sizes = {"samples": 2, "layer": [0, 3]}
    drawn = ensemble(depth=4, width=30, tau=0.5, networks=30)
    near, nearer = (
        residual_scaling.measure_separation(drawn, distance=one, **sizes).least_distance.per_network
        for one in (2e-6, 1e-6)
    )
    assert np.median(np.abs(near / nearer / 2 - 1)) < 1e-5


def test_depths_beyond_floats_have_kernels(ensemble):
    drawn = ensemble(tau=1e6, depth=60, width=30)
    kernel = residual_scaling.measure_tangent_kernel(drawn, samples=2, distance=1.0)
    assert np.all(np.isinf(kernel.trace.per_network))
    apart = residual_scaling.measure_separation(drawn, samples=2, distance=1.0, layer=60)
    assert np.all(np.abs(apart.mean_cosine.per_network) <= 1)


@pytest.mark.parametrize(("depth", "width", "samples"), [(3, 5, 3), (2, 33, 7)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, samples, ensemble):
    sizes = {"samples": samples, "distance": 1.0}
    for measure, names in (
        (residual_scaling.measure_separation, SEPARATION),
        (residual_scaling.measure_tangent_kernel, KERNEL),
    ):
        whole = measure(ensemble(depth=depth, width=width), **sizes)
        for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
            drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
            part = measure(drawn, **sizes, chunk=chunk)
            for name in names:
                np.testing.assert_array_equal(
                    getattr(part, name).per_network,
                    getattr(whole, name).per_network[first : first + networks],
                )


def test_layers_are_told_as_they_are_asked_for(ensemble):
    sizes = {"samples": 3, "distance": 1.0}
    whole = residual_scaling.measure_separation(ensemble(), **sizes)
    some = residual_scaling.measure_separation(ensemble(), **sizes, layer=[3, 0])
    one = residual_scaling.measure_separation(ensemble(), **sizes, layer=2)
    for name in SEPARATION:
        columns = getattr(whole, name).per_network
        np.testing.assert_array_equal(getattr(some, name).per_network, columns[:, [3, 0]])
        np.testing.assert_array_equal(getattr(one, name).per_network, columns[:, 2])


@pytest.mark.parametrize(
    ("changes", "options", "complaint"),
    [
        ({"start": "dense"}, {}, r"start = 'dense': must be one of 'own'"),
        ({}, {"samples": 5}, r"samples = 5: must be an integer in .2, 4."),
        ({}, {"samples": 1}, r"samples = 1: must be an integer in .2, 4."),
        ({}, {"distance": 0}, r"distance = 0: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(changes, options, complaint, ensemble):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        residual_scaling.measure_separation(
            ensemble(**changes), **{"samples": 2, "distance": 1.0, **options}
        )
