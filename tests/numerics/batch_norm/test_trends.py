import numpy as np
import pytest
import torch
from torch import nn

from numerics.batch_norm.convolutional import KINDS, LAYERS, ConvolutionalNetwork
from numerics.batch_norm.training import Normalisation
from numerics.batch_norm.trends import _at, _Curves, measure_dynamics, measure_trends
from numerics.simulation import keyed

IMAGES = torch.randn(6, 2, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def network(*kinds, images=IMAGES):
    model = ConvolutionalNetwork(2, channels=1, pixels=8, width=2, outputs=10).double()
    model.begin([keyed.generator(seed=1, network=k) for k in range(2)], images, kinds)
    return model


def measured(*arms, **changes):
    given = {
        "width": 1, "samples": 32, "batch_size": 8, "updates": 6, "learning_rate": 0.05,
        "networks": 2, "seed": 3, "device": "cpu",
    }  # fmt: skip
    return measure_trends(Normalisation(**{**given, **changes}), arms=arms)


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_begin_as_the_same_function(kind):
    torch.testing.assert_close(network(*[kind] * LAYERS)(IMAGES), network(*["bn"] * LAYERS)(IMAGES))
    one = ["wn"] * LAYERS
    one[2] = kind
    torch.testing.assert_close(network(*one)(IMAGES), network(*["bn"] * LAYERS)(IMAGES))


def test_batch_norm_is_that_of_torch():
    layer = network(*["bn"] * LAYERS).convolutions[0]
    with torch.no_grad():
        layer.gamma.uniform_(0.5, 2)
    plain = nn.functional.conv2d(IMAGES, layer.linear.weight, padding=1, groups=2)
    expected = nn.BatchNorm2d(4).double()(plain) * layer.gamma[:, None, None]
    torch.testing.assert_close(layer(IMAGES), expected)


@pytest.mark.parametrize(
    ("kind", "mean", "deviation"),
    [("bn", True, True), ("mean", True, False), ("variance", False, True), ("wn", False, False)],
)
def test_a_kind_takes_of_a_batch_what_its_name_says(kind, mean, deviation):
    layer = network(*[kind] * LAYERS).convolutions[0]
    first = layer(IMAGES[:3])
    with torch.no_grad():
        layer.linear.bias.zero_()
    h = layer(IMAGES[:3])
    assert torch.allclose(h.mean((0, 2, 3)), torch.zeros(4).double(), atol=1e-9) == mean
    scaled = h.std((0, 2, 3), correction=0) / layer.gamma.abs()
    assert torch.allclose(scaled, torch.ones(4).double(), atol=1e-3) == deviation
    assert not torch.equal(first, h) or kind in ("mean", "bn")


def test_the_kernel_of_weight_normalisation_has_norm_gamma():
    layer = network(*["wn"] * LAYERS).hidden
    torch.testing.assert_close(layer.kernel.flatten(1).norm(dim=1), layer.gamma.abs())


def test_evaluation_takes_the_statistics_of_the_training_set_alone():
    model = network(*["bn"] * LAYERS)
    for layer in model.layers:
        layer.dropout = 0.5
    both = model.evaluated(IMAGES, IMAGES[:1])
    torch.testing.assert_close(both[0][:1], both[1])
    assert model.training
    assert all(layer.taken is None for layer in model.layers)


def test_dropout_acts_in_training_alone():
    plain, dropped = (measured({"dropout": share}, updates=1) for share in (0.0, 0.5))
    assert (plain.training_loss.per_network != dropped.training_loss.per_network).all()


def test_a_network_hangs_on_its_number_alone():
    arms = ({"kind": "bn", "dropout": 0.2}, {"kind": "variance"})
    whole, part = measured(*arms, networks=5), measured(*arms, first_network=3)
    for name, one in vars(whole).items():
        np.testing.assert_array_equal(one.per_network[3:], vars(part)[name].per_network)


def test_gamma_is_that_of_the_one_layer_that_is_normalised():
    found = measured({"kind": "plain", "layer": 0}, {"kind": "plain"}).squared_gamma.per_network
    np.testing.assert_array_equal(found, 1)  # no step moves a gamma that is not there
    one = measured({"kind": "bn", "layer": 0}).squared_gamma.per_network
    assert (abs(one - 1) > 1e-6).all()


def test_dynamics_end_as_the_trends_do():
    given = {
        "kind": "bn", "layer": 1, "width": 1, "samples": 32, "batch_size": 8, "updates": 6,
        "looks": 3, "learning_rate": 0.05, "networks": 3, "seed": 3, "first_network": 6,
        "device": "cpu",
    }  # fmt: skip
    network = Normalisation(**given)
    found, ends = measure_dynamics(network, look=(1, 3)), measure_trends(network, arms=({},))
    for name, one in vars(found).items():
        assert one.per_network.shape == (3, 2)
        np.testing.assert_array_equal(one.per_network[:, 1:], vars(ends)[name].per_network)
    with pytest.raises(ValueError, match=r"look = 4: must be an integer in \[1, 3\]"):
        measure_dynamics(network, look=(4,))


def test_arms_are_compared_where_the_training_loss_first_falls_to_a_level():
    training, validation = np.array([[4.0], [2.0], [1.0]]), np.array([[1.0], [3.0], [7.0]])
    curves = _Curves(training, validation, np.zeros((3, 1)), np.zeros((3, 1)))
    for level, expected in ((4.0, 1.0), (3.0, 2.0), (1.0, 7.0), (1.5, 5.0)):
        assert _at(curves, np.array([level])) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "layer"}, "kind = 'layer': must be one of 'plain'"),
        ({"layer": 5}, r"layer = 5: must be an integer in \[0, 4\]"),
        ({"batch_size": 33}, "batch_size = 33: must be an integer in"),
        ({"dropout": 1.0}, "dropout = 1.0: must be a number in"),
        ({"wrong": -0.1}, "wrong = -0.1: must be a number in"),
    ],
)
def test_what_cannot_be_trained_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        measured({}, **changed)
