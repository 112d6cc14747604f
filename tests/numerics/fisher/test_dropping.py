"""Means over which blocks survive, against sums over them and draws of them."""

from itertools import permutations, product

import numpy as np
import pytest
import torch

from numerics import fisher
from numerics.fisher.networks import Draw, draw, forward
from numerics.measurement import Measurement

DROPPED = {"network": "stochastic_depth", "depth": 3, "width": 6, "samples": 1}


def test_forward_moments_with_dropping_are_binomial_sums_of_those_without():
    # The matrices of the layers are exchangeable: the average over all their orders is exact.
    survival, depth = 0.3, 3
    sizes = {"depth": depth, "width": 4, "samples": 5, "networks": 1, "seed": 0, "device": "cpu"}
    plain = fisher.Ensemble(network="resnet", **sizes)
    drawn = draw(plain, range(1))
    orders = [
        Draw(drawn.inputs, drawn.weights[[0, *order]], drawn.survival)
        for order in permutations(range(1, depth + 1))
    ]
    without = np.mean([layers(forward(plain, one)) for one in orders], axis=0)
    dropping = fisher.Ensemble(network="stochastic_depth", survival=survival, **sizes)
    exact = np.zeros((2, depth))
    for pattern in product((0, 1), repeat=depth):
        chance = survival ** sum(pattern) * (1 - survival) ** (depth - sum(pattern))
        mask = torch.tensor(pattern, dtype=torch.float64).view(-1, 1, 1, 1)
        passes = [forward(dropping, Draw(one.inputs, one.weights, mask)) for one in orders]
        exact += chance * np.mean([layers(one) for one in passes], axis=0)
    of_each = [
        Measurement(quantity="moment", per_network=one[None], settings=vars(plain))
        for one in without
    ]
    moments, rates = (
        fisher.averaged_over_survivors(one, survival=survival).estimate for one in of_each
    )
    np.testing.assert_allclose(survival * moments, exact[0], rtol=1e-12)
    np.testing.assert_allclose(rates, exact[1], rtol=1e-12)


def layers(passed):
    """Forward moments and activation rates of layers 1..L."""
    signals = passed.signals[1:].square().mean(dim=(1, 2, 3))
    return torch.stack([signals, (passed.hidden[:-1] > 0).double().mean(dim=(1, 2, 3))]).numpy()


def test_only_moments_without_dropping_are_averaged_over_survivors():
    dropped = fisher.Ensemble(**DROPPED, survival=0.5, networks=2, seed=0)
    moments = fisher.measure_single_input(dropped).forward
    with pytest.raises(ValueError, match=r"^network = 'stochastic_depth': must be one of 'resnet"):
        fisher.averaged_over_survivors(moments, survival=0.5)


def test_moments_with_dropping_have_the_means_of_networks_that_are_dropped():
    run = {**DROPPED, "survival": 0.3, "networks": 20_000}
    drawn = fisher.measure_single_input(fisher.Ensemble(**run, seed=1), tilted_above=3)
    for layer in range(4):
        ours = fisher.measure_dropped_moments(fisher.Ensemble(**run, seed=2), layer=layer)
        for name, column in (("forward", layer - 1), ("backward", layer)):
            one, other = getattr(ours, name), getattr(drawn, name)
            if column < 0:
                assert np.isnan(one.per_network).all()
                continue
            error = np.hypot(one.standard_error, other.standard_error[column])
            assert abs(one.estimate - other.estimate[column]) <= 5 * error + 1e-12


def test_moments_with_dropping_vary_less_than_those_of_dropped_networks():
    run = {**DROPPED, "survival": 0.3, "networks": 2_000}
    drawn = fisher.measure_single_moments(fisher.Ensemble(**run, seed=1), layer=2)
    ours = fisher.measure_dropped_moments(fisher.Ensemble(**run, seed=1), layer=2)
    assert ours.forward.per_network.var() < 0.7 * drawn.forward.per_network.var()


def test_only_dropped_networks_have_moments_with_dropping():
    plain = fisher.Ensemble(**{**DROPPED, "network": "resnet"}, networks=2, seed=0)
    with pytest.raises(ValueError, match=r"^network = 'resnet': must be one of 'stochastic_depth'"):
        fisher.measure_dropped_moments(plain, layer=1)


SHARES = {"depth": 2, "width": 12, "samples": 3, "networks": 4, "seed": 1, "device": "cpu"}


def test_the_share_under_dropping_is_averaged_over_the_number_of_survivors():
    by_survivors = [
        fisher.measure_few_inputs(
            fisher.Ensemble(network="stochastic_depth", **SHARES, survivors=k), orthogonal=True
        ).share_between_inputs.per_network
        for k in range(3)
    ]
    np.testing.assert_allclose(by_survivors[0], 0, atol=1e-12)

    def averaged(survival):
        run = {**SHARES, "survival": survival}
        return fisher.measure_share_by_survival(**run, orthogonal=True).per_network

    expected = np.array([9 / 16, 6 / 16, 1 / 16]) @ by_survivors
    several = averaged((0.25, 1.0))
    np.testing.assert_allclose(several[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(several[:, 1], by_survivors[2], rtol=1e-12)
    assert averaged(0.25) == pytest.approx(expected, rel=1e-12)


def test_inputs_are_orthogonal_only_where_it_says_so():
    gaussian = fisher.measure_share_by_survival(**SHARES, survival=0.0)
    assert gaussian.per_network.min() > 0.05


def test_a_survival_that_is_no_probability_is_named():
    with pytest.raises(ValueError, match=r"^survival = 2: must be a number in \[0, 1\]"):
        fisher.measure_share_by_survival(**SHARES, survival=(0.5, 2))
