"""Mean energies, from networks drawn in proportion to what their branches add."""

import numpy as np
import pytest
from scipy.stats import norm

from numerics import residual_scaling


def rectified(tau):
    """E relu(1 + tau xi)^2."""
    return (1 + tau**2) * norm.cdf(1 / tau) + tau * norm.pdf(1 / tau)


@pytest.mark.parametrize(("depth", "width"), [(4, 3), (2, 700), (40, 65)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, ensemble):
    whole = residual_scaling.measure_mean_energy(ensemble(depth=depth, width=width)).per_network
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
        part = residual_scaling.measure_mean_energy(drawn, chunk=chunk).per_network
        np.testing.assert_array_equal(part, whole[first : first + networks])


@pytest.mark.parametrize(
    ("start", "tau"), [("own", 0.3), ("normalised", 0.6), ("dense", 1.0), ("one_hot", 0.5)]
)
def test_the_mean_energy_is_that_of_the_layers(start, tau, ensemble, assert_same_means):
    drawn = ensemble(start=start, tau=tau, depth=4, width=5, networks=20_000)
    ours = residual_scaling.measure_mean_energy(drawn).per_network
    other = ensemble(**{**vars(drawn), "seed": 2})
    assert_same_means(ours, residual_scaling.measure_forward(other).energy.per_network)
    np.testing.assert_array_equal(ours[:, 4], ours[:, 3])
    assert np.all((ours >= 0) & (ours <= (1 + tau**2) ** np.array([0, 1, 2, 3, 3])))
    if start != "normalised":  # which is 0 where no unit is active
        np.testing.assert_array_equal(ours[:, 0], 1)


def test_the_mean_energy_has_closed_values(ensemble, assert_mean):
    drawn = ensemble(tau=0.4, width=30, start="dense", networks=2_000)
    found = residual_scaling.measure_mean_energy(drawn, layer=[0, 1])
    assert_mean(found, [1, rectified(0.4)])
    one = ensemble(tau=0.6, width=1, depth=5, start="dense", networks=30_000)
    found = residual_scaling.measure_mean_energy(one, layer=[2, 5])
    assert_mean(found, [rectified(0.6) ** 2, rectified(0.6) ** 4])


@pytest.mark.parametrize(("kappa", "gain"), [(0.5, 4000), (1.0, 1000), (2.0, 100)])
def test_the_mean_energy_varies_far_less_than_the_energy(kappa, gain, ensemble):
    drawn = ensemble(tau=kappa / 8, depth=64, width=64, networks=200)
    mean = residual_scaling.measure_mean_energy(drawn, layer=63).per_network
    energy = residual_scaling.measure_forward(drawn, layer=63).energy.per_network
    assert gain * mean.var() < energy.var()


def test_a_mean_energy_beyond_floats_is_refused(ensemble):
    # 2^996 < 1e300 < 2^997.
    residual_scaling.measure_mean_energy(ensemble(tau=1.0, depth=997), layer=3)
    with pytest.raises(ValueError, match=r"^tau = 1.0, depth = 998: .* at most 1e300"):
        residual_scaling.measure_mean_energy(ensemble(tau=1.0, depth=998), layer=3)
