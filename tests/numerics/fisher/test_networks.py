import numpy as np
import pytest
import torch

from numerics.fisher.networks import draw, forward
from numerics.simulation import keyed

SIZES = {"depth": 5, "width": 30, "samples": 20, "seed": 3}


def test_weights_have_the_variances_of_equation_26(ensemble):
    weights = draw(ensemble(network="resnet", **SIZES), range(20)).weights
    variances = weights.square().mean(dim=(1, 2, 3)) * SIZES["width"]
    # 18000 squared normals: relative standard deviation (2 / 18000)^(1/2) = 0.011.
    np.testing.assert_allclose(variances, [1, 2, 2, 2, 2, 2], rtol=0.05)
    assert abs(weights.mean()) < 5 * (2 / 30 / weights.numel()) ** 0.5


def test_gaussian_inputs_are_fresh_in_every_network(ensemble):
    inputs = draw(ensemble(network="resnet", **SIZES), range(20)).inputs
    correlation = torch.corrcoef(inputs.flatten(start_dim=1))
    # Correlations of 600 independent pairs: standard deviation 0.041.
    assert torch.all((correlation - torch.eye(20)).abs() < 0.25)


def test_batch_norm_standardises_every_unit_before_the_relu(ensemble):
    networks = ensemble(network="batch_norm", **SIZES)
    passed = forward(networks, draw(networks, range(2)))
    for hidden, scale in zip(passed.hidden, passed.inverse_std, strict=False):
        normalised = (hidden - hidden.mean(dim=1, keepdim=True)) * scale
        torch.testing.assert_close(normalised.std(dim=1, correction=0), torch.ones(2, 30).double())


@pytest.mark.parametrize("survivors", range(6))
def test_exactly_the_given_number_of_layers_survives(ensemble, survivors):
    networks = ensemble(network="stochastic_depth", **SIZES, survivors=survivors)
    survival = draw(networks, range(50)).survival.flatten(start_dim=1)
    assert survival.sum(dim=0).tolist() == [survivors] * 50
    assert set(survival.flatten().tolist()) <= {0, 1}


def test_every_set_of_survivors_is_as_likely(ensemble):
    sizes = {"depth": 4, "width": 1, "samples": 1, "seed": 0}
    networks = ensemble(network="stochastic_depth", **sizes, survivors=2)
    masks, _ = networks.draw_survival([keyed.generator(seed=0, network=k) for k in range(6000)])
    counts = np.unique(masks.numpy(), axis=0, return_counts=True)[1]
    # Six sets; each count is binomial with deviation (6000 * 1/6 * 5/6)^(1/2) = 29.
    assert len(counts) == 6
    assert np.all(np.abs(counts - 1000) < 150)


def test_layers_survive_with_the_given_probability(ensemble):
    networks = ensemble(network="stochastic_depth", **SIZES, survival=0.3)
    survival = draw(networks, range(400)).survival.flatten(start_dim=1).mean(dim=1)
    # 400 coins: standard deviation 0.023.
    np.testing.assert_allclose(survival, 0.3, atol=0.12)


def test_a_dropped_layer_passes_its_input_on(ensemble):
    networks = ensemble(network="stochastic_depth", **SIZES, survivors=0)
    passed = forward(networks, draw(networks, range(3)))
    assert torch.equal(passed.hidden[-1], passed.hidden[0])
