import numpy as np
import pytest
import torch
from scipy.stats import norm

from numerics import residual_scaling
from numerics.residual_scaling.backward import pass_backward

QUANTITIES = ("energy", "log_norm", "weight_gradient")


def real_gradients(layers, weights, readout, tau):
    """Energies of layers and weights of a random unit v on real networks, by autograd."""
    top = len(layers) - (2 if readout == "residual" else 1)
    rng = np.random.default_rng(11)
    v = rng.standard_normal(layers[top].shape)
    v /= np.linalg.norm(v, axis=2, keepdims=True)
    value = (layers[top] * torch.tensor(v)).sum()
    sources = [*layers[: top + 1], *weights[:top]]
    found = torch.autograd.grad(value, sources)
    squares = [one.square().flatten(start_dim=1).sum(dim=1).numpy() for one in found]
    return np.stack(squares[: top + 1], axis=1), np.stack(squares[top + 1 :], axis=1)


@pytest.mark.parametrize("readout", ["residual", "output"])
@pytest.mark.parametrize("start", ["own", "normalised", "dense", "one_hot"])
def test_it_has_the_law_of_real_matrices(
    start, readout, ensemble, real_networks, assert_same_means
):
    drawn = ensemble(start=start, depth=4, width=3, tau=0.8, networks=10_000)
    ours = residual_scaling.measure_backward(drawn, readout=readout)
    layers, weights = real_networks(drawn, networks=10_000)
    energy, gradient = real_gradients(layers, weights, readout, drawn.tau)
    assert_same_means(ours.energy.per_network, energy)
    assert_same_means(np.sqrt(ours.energy.per_network), np.sqrt(energy))
    assert_same_means(np.sqrt(ours.weight_gradient.per_network[:, 1:]), np.sqrt(gradient))
    # How the layers hang together.
    assert_same_means(
        np.sqrt(ours.energy.per_network[:, :1] * ours.energy.per_network),
        np.sqrt(energy[:, :1] * energy),
    )


@pytest.mark.parametrize("readout", ["residual", "output"])
def test_every_layer_tells_the_same_value(readout, ensemble):
    # The network is homogeneous of degree 1 in each layer: h_l . d(v . h)/dh_l = v . h.
    drawn = ensemble(depth=6, width=20, tau=0.7, networks=4)
    values = [
        (one.unit * one.hidden).sum(dim=1) * ((one.log_energy + one.hidden_log_energy) / 2).exp()
        for one in pass_backward(drawn, range(4), drawn.depth - (readout == "residual"))
    ]
    for value in values[1:]:
        torch.testing.assert_close(value, values[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("tau", [0.3, 1.2])
def test_the_first_layer_back_has_a_closed_energy(tau, ensemble, assert_mean):
    # From the dense start with z = sqrt(m) u . w of a row w of W: the unit is active if 1 + tau z
    # > 0, and then ||e + tau w||^2 has the mean 1 + 2 tau z / m + tau^2 (z^2 + m - 1) / m.
    m, edge = 4, 1 / tau
    active, first = norm.cdf(edge), norm.pdf(edge)
    second = active - edge * first
    exact = active + 2 * tau * first / m + tau**2 * (second + (m - 1) * active) / m
    drawn = ensemble(tau=tau, width=m, depth=2, start="dense", networks=30_000)
    found = residual_scaling.measure_backward(drawn)
    assert_mean(found.energy, [exact, 1])
    # ||d(v . h)/dW||^2 = tau^2 ||D v||^2.
    gradient = found.weight_gradient.per_network[:, 1]
    error = gradient.std() / len(gradient) ** 0.5
    assert abs(gradient.mean() - tau**2 * active) <= 5 * error


def test_of_one_unit_the_gradient_is_the_slope(ensemble):
    # At m = 1 every layer is a multiple of the one below: |dh/dh_l| = h / h_l.
    drawn = ensemble(width=1, depth=5, tau=0.3, start="dense", networks=200)
    norms = np.sqrt(residual_scaling.measure_forward(drawn).energy.per_network)
    for readout, top in (("residual", 4), ("output", 5)):
        slopes = np.sqrt(
            residual_scaling.measure_backward(drawn, readout=readout).energy.per_network
        )
        alive = norms[:, top] > 0
        expected = norms[alive, top : top + 1] / norms[alive, : top + 1]
        np.testing.assert_allclose(slopes[alive], expected, rtol=1e-10)
        np.testing.assert_array_equal(slopes[~alive, 0], 0)


def test_sparse_gradients_are_those_of_the_greatest_entries(ensemble):
    drawn = ensemble(depth=4, width=9, tau=0.7, networks=6)
    for readout, top in (("output", 4), ("residual", 3)):
        whole = residual_scaling.measure_backward(drawn, readout=readout).energy.per_network
        gradients = [
            one.unit * (one.log_energy / 2).exp()[:, None]
            for one in pass_backward(drawn, range(6), top)
        ][::-1]
        entries = np.sort(torch.stack(gradients, dim=1).abs().numpy(), axis=2)
        for sparsity in (1, 3, 9):
            found = residual_scaling.measure_sparse_gradient(
                drawn, sparsity=sparsity, readout=readout
            ).per_network
            expected = np.linalg.norm(entries[..., -sparsity:], axis=2)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
        np.testing.assert_allclose(found**2, whole, rtol=1e-12)
    assert (
        residual_scaling.measure_sparse_gradient(drawn, sparsity=1).settings["readout"] == "output"
    )
    with pytest.raises(ValueError, match=r"^sparsity = 10: must be an integer in .1, 9."):
        residual_scaling.measure_sparse_gradient(drawn, sparsity=10)


def test_without_branches_only_silent_units_lose_their_gradient(ensemble):
    drawn = ensemble(tau=0, depth=9, width=50, networks=40)
    found = residual_scaling.measure_backward(drawn)
    energy = found.energy.per_network
    np.testing.assert_allclose(energy[:, :-1], energy[:, :1].repeat(8, axis=1), rtol=1e-13)
    np.testing.assert_array_equal(energy[:, -1], 1)
    assert 0.45 < energy[:, 0].mean() < 0.55
    np.testing.assert_array_equal(found.weight_gradient.per_network[:, 1:], 0)


def test_gradients_beyond_floats_keep_their_logarithm(ensemble):
    found = residual_scaling.measure_backward(ensemble(tau=1e6, depth=60, width=50), layer=0)
    assert np.all(np.isinf(found.energy.per_network))
    expected = 59 * np.log(1e6 / 2**0.5)
    np.testing.assert_allclose(found.log_norm.per_network, expected, rtol=0.01)


@pytest.mark.parametrize(("depth", "width"), [(4, 3), (2, 700), (40, 65)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, ensemble):
    whole = residual_scaling.measure_backward(ensemble(depth=depth, width=width))
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
        part = residual_scaling.measure_backward(drawn, chunk=chunk)
        for name in QUANTITIES:
            np.testing.assert_array_equal(
                getattr(part, name).per_network,
                getattr(whole, name).per_network[first : first + networks],
            )


def test_layers_are_told_as_they_are_asked_for(ensemble):
    whole = residual_scaling.measure_backward(ensemble())
    some = residual_scaling.measure_backward(ensemble(), layer=[2, 0])
    one = residual_scaling.measure_backward(ensemble(), layer=1)
    for name in QUANTITIES:
        columns = getattr(whole, name).per_network
        np.testing.assert_array_equal(getattr(some, name).per_network, columns[:, [2, 0]])
        np.testing.assert_array_equal(getattr(one, name).per_network, columns[:, 1])
    with pytest.raises(ValueError, match=r"^layer = 3: must be an integer in .0, 2."):
        residual_scaling.measure_backward(ensemble(), layer=3)
    with pytest.raises(
        ValueError, match=r"^readout = 'input': must be one of 'residual', 'output'"
    ):
        residual_scaling.measure_backward(ensemble(), readout="input")
