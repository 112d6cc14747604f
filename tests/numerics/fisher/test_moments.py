import numpy as np
import pytest
import torch

from numerics import fisher
from numerics.fisher.networks import draw

SIZES = {"depth": 4, "width": 3, "samples": 6, "seed": 11}
NETWORKS = 3


def reference(kind, drawn, k):
    """Moments of network k, with delta^l by autograd from a perturbation added to h^l."""
    rows, width = drawn.inputs[k].shape
    bumps = torch.zeros(SIZES["depth"] + 1, rows, width, dtype=torch.float64, requires_grad=True)
    hidden = drawn.inputs[k] @ drawn.weights[0, k].T + bumps[0]
    h, u, active = [hidden], [], []
    for layer in range(1, SIZES["depth"] + 1):
        z = hidden
        if kind["network"] == "batch_norm":
            z = (z - z.mean(0).detach()) / z.std(0, correction=0).detach()
        active.append(z > 0)
        u.append(drawn.survival[layer - 1, k] * torch.relu(z))
        hidden = hidden + u[-1] @ drawn.weights[layer, k].T + bumps[layer]
        h.append(hidden)
    (delta,) = torch.autograd.grad((hidden * drawn.readout[k]).sum(), bumps)
    h, u = [one.detach() for one in h], [one.detach() for one in u]
    product = [
        ((one**2).mean(1) * (two**2).mean(1)).mean() for one, two in zip(u, delta[1:], strict=True)
    ]
    return {
        "forward": [float((one**2).mean()) for one in u],
        "variance": [float(one.var(0, correction=0).mean()) for one in h],
        "backward": [float((one**2).mean()) for one in delta],
        "product": [float(one) for one in product],
        "activation_rate": [float(one.double().mean()) for one in active],
    }


@pytest.mark.parametrize("name", ["forward", "variance", "backward", "product", "activation_rate"])
def test_moments_are_those_that_autograd_finds(kind, ensemble, name):
    moments = fisher.measure_moments(fisher.Ensemble(**kind, **SIZES, networks=NETWORKS))
    drawn = draw(ensemble(**kind, **SIZES), range(NETWORKS), signs=True)
    expected = [reference(kind, drawn, k)[name] for k in range(NETWORKS)]
    np.testing.assert_allclose(getattr(moments, name).per_network, expected, rtol=1e-11)


@pytest.mark.parametrize(
    "kind", [{"network": "resnet"}, {"network": "stochastic_depth", "survivors": 2}]
)
def test_at_one_sample_the_layers_products_make_up_the_trace(kind, ensemble):
    sizes = {**kind, **SIZES, "samples": 1}
    moments = fisher.measure_moments(fisher.Ensemble(**sizes, networks=NETWORKS))
    trace = fisher.measure_mean_eigenvalue(fisher.Ensemble(**sizes, networks=NETWORKS))
    inputs = draw(ensemble(**sizes), range(NETWORKS)).inputs.square().sum(dim=(1, 2)).numpy()
    first = inputs * 3 * moments.backward.per_network[:, 0]
    above = 3**2 * moments.product.per_network.sum(axis=1)
    np.testing.assert_allclose(trace.per_network, (first + above) / (5 * 3**2), rtol=1e-13)


def test_one_sample_has_one_eigenvalue(kind):
    if kind["network"] == "batch_norm":
        pytest.skip("batch norm has no single sample")
    spectrum = fisher.measure_spectrum(**kind, **{**SIZES, "samples": 1}, networks=NETWORKS)
    np.testing.assert_allclose(spectrum.top_share.per_network, 1, rtol=1e-13)


def test_half_of_a_normalised_signals_second_moment_passes_the_relu():
    run = {"network": "batch_norm", "depth": 1, "width": 200, "samples": 200, "seed": 0}
    forward = fisher.measure_moments(fisher.Ensemble(**run, networks=1)).forward.estimate
    # mean z^2 = 1 in every unit, so mean relu(z)^2 = (1 + mean z|z|) / 2, whose mean over the
    # 200 units has the standard deviation (3 / 200 / 200)^(1/2) / 2 = 0.0043.
    assert forward == pytest.approx([0.5], abs=0.025)


def test_the_last_error_signal_is_one(kind):
    moments = fisher.measure_moments(fisher.Ensemble(**kind, **SIZES, networks=NETWORKS))
    assert np.all(moments.backward.per_network[:, -1] == 1)


def test_a_layer_has_a_number_a_network_and_several_a_column_each():
    drawn = fisher.Ensemble(network="batch_norm", **SIZES, networks=NETWORKS)
    whole = fisher.measure_moments(drawn)
    one, several = (fisher.measure_moments(drawn, layer=layer) for layer in (3, (3, 0)))
    np.testing.assert_array_equal(one.forward.per_network, whole.forward.per_network[:, 2])
    np.testing.assert_array_equal(one.variance.per_network, whole.variance.per_network[:, 3])
    np.testing.assert_array_equal(several.forward.per_network[:, 0], one.forward.per_network)
    np.testing.assert_array_equal(
        several.backward.per_network, whole.backward.per_network[:, [3, 0]]
    )


def test_a_moment_that_a_layer_lacks_is_not_a_number():
    drawn = fisher.Ensemble(network="resnet", **SIZES, networks=NETWORKS)
    first = fisher.measure_moments(drawn, layer=0)
    assert np.isnan([first.forward.per_network, first.activation_rate.per_network]).all()
    assert np.isfinite([first.backward.per_network, first.variance.per_network]).all()


@pytest.mark.parametrize("layer", [-1, 5, (1, 5)])
def test_a_layer_that_is_not_there_is_named(layer):
    drawn = fisher.Ensemble(network="resnet", **SIZES, networks=NETWORKS)
    with pytest.raises(ValueError, match=r"^layer = -?\d: must be an integer in \[0, 4\]"):
        fisher.measure_moments(drawn, layer=layer)
