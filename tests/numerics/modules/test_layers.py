import numpy as np
import pytest
import torch

from numerics import fisher, modules
from numerics.fisher.networks import backward, draw, forward
from numerics.simulation import keyed

SIZES = {"depth": 2, "width": 3, "samples": 5}
RUN = {"networks": 3, "seed": 11, "device": "cpu"}


class Residual(torch.nn.Module):
    """A plain residual network whose hidden values and signals are layers."""

    def __init__(self, weights):
        super().__init__()
        self.weights = torch.nn.ParameterList([*weights])
        self.hidden, self.relu = torch.nn.Identity(), torch.nn.ReLU()

    def forward(self, inputs):
        hidden = self.hidden(inputs @ self.weights[0].T)
        for weight in [*self.weights][1:]:
            hidden = self.hidden(hidden + self.relu(hidden) @ weight.T)
        return hidden.sum(dim=1)


def build(generator):
    weights = keyed.standard_normals([generator], 27).double().view(3, 3, 3)
    weights[0] *= (1 / 3) ** 0.5
    weights[1:] *= (2 / 3) ** 0.5
    return Residual(weights)


def inputs(generator):
    return keyed.standard_normals([generator], 15).view(5, 3)


def test_moments_are_those_of_the_hand_batched_passes():
    found = modules.measure_layer_moments(modules.Ensemble(build=build, inputs=inputs, **RUN))
    assert found.layers == ("hidden", "relu", "hidden (2)", "relu (2)", "hidden (3)")
    ensemble = fisher.Ensemble(network="resnet", **SIZES, **RUN)
    drawn = draw(ensemble, ensemble.block)
    passed = forward(ensemble, drawn)
    errors = backward(ensemble, drawn, passed)

    def rows(layers, moment):
        return np.stack([moment(one).mean(dim=(1, 2)).numpy() for one in layers], axis=1)

    hidden, signals = [0, 2, 4], [1, 3]
    for measured, moment in (
        (found.mean, lambda one: one),
        (found.second_moment, torch.square),
    ):
        np.testing.assert_allclose(measured.per_network[:, hidden], rows(passed.hidden, moment))
        np.testing.assert_allclose(
            measured.per_network[:, signals], rows(passed.signals[1:], moment)
        )
    np.testing.assert_allclose(
        found.gradient.per_network[:, hidden], rows(errors, torch.square), rtol=1e-12
    )


def test_through_batch_statistics_the_gradients_of_all_samples_count():
    def normed(generator):
        return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2, eps=1e-12))

    found = modules.measure_layer_moments(
        modules.Ensemble(build=normed, inputs=inputs, **{**RUN, "networks": 1})
    )
    # Of a unit normed over N samples the derivatives square to N - 2 over N sigma^2 in the mean.
    ensemble = modules.Ensemble(build=normed, inputs=inputs, **{**RUN, "networks": 1})
    module, network = modules.ensemble.drawn(ensemble, 0, {})
    variance = module[0].double()(network.inputs).detach().var(dim=0, correction=0)
    expected = (3 / 5 / variance).mean() / 2  # half of the pairs of output and unit are apart
    assert found.gradient.estimate[0] == pytest.approx(float(expected))


def test_an_activation_that_is_changed_in_place_is_seen_before():
    def in_place(generator):
        return torch.nn.Sequential(
            torch.nn.Linear(3, 4), torch.nn.ReLU(inplace=True), torch.nn.Linear(4, 2)
        )

    def apart(generator):
        module = in_place(generator)
        module[1].inplace = False
        return module

    one, other = (
        modules.measure_layer_moments(modules.Ensemble(build=kind, inputs=inputs, **RUN))
        for kind in (in_place, apart)
    )
    assert one.layers == ("0", "1", "2")
    for name in ("mean", "second_moment", "gradient"):
        assert np.array_equal(getattr(one, name).per_network, getattr(other, name).per_network)
    assert np.any(one.mean.per_network[:, 0] < 0)


class Last(torch.nn.Module):
    def forward(self, sequences):
        return sequences[:, -1]


def test_attention_has_the_same_layers_in_both_modes():
    def encoder(generator):
        layer = torch.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
        return torch.nn.Sequential(torch.nn.Linear(3, 4), layer, Last())

    def evaluated(generator):
        return encoder(generator).eval()

    sequences = torch.linspace(-1, 1, 24).view(2, 4, 3).cos()
    before = torch.backends.mha.get_fastpath_enabled()
    one, other = (
        modules.measure_layer_moments(modules.Ensemble(build=kind, inputs=sequences, **RUN))
        for kind in (encoder, evaluated)
    )
    assert "1.linear2" in one.layers
    assert one.layers == other.layers
    np.testing.assert_allclose(one.gradient.per_network, other.gradient.per_network)
    assert torch.backends.mha.get_fastpath_enabled() == before


def test_a_module_without_layers_is_refused():
    class Bare(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3))
            self.inside = torch.nn.ModuleList([torch.nn.ReLU()])

        def forward(self, inputs):
            return inputs @ self.weight

    with pytest.raises(ValueError, match="no submodule that returns a real tensor"):
        modules.measure_layer_moments(
            modules.Ensemble(build=lambda generator: Bare(), inputs=inputs, **RUN)
        )
