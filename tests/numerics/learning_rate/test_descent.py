import numpy as np
import pytest
import torch

from numerics.fisher import Ensemble, measure_spectrum
from numerics.fisher.networks import draw
from numerics.learning_rate.descent import losses_of_descent
from numerics.simulation import data, keyed

KINDS = {"resnet": {}, "batch_norm": {}, "stochastic_depth": {"survival": 0.6}}
every_kind = pytest.mark.parametrize("network", KINDS)
RATES = np.array([[0.002, 0.01, 0.05]])
STEPS = 6


def ensemble(network, **changes):
    sizes = {"depth": 3, "width": 7, "samples": 11, "networks": 1, "seed": 5, "device": "cpu"}
    return Ensemble(network=network, **{**sizes, **KINDS[network], **changes})


def output(weights, inputs, network, scales):
    """f of a residual network, as the paper writes it."""
    hidden = inputs @ weights[0].T
    for weight, scale in zip(weights[1:], scales, strict=True):
        signal = hidden
        if network == "batch_norm":
            signal = (hidden - hidden.mean(dim=0)) / hidden.var(dim=0, unbiased=False).sqrt()
        hidden = hidden + scale * signal.relu() @ weight.T
    return hidden.sum(dim=1)


def loop(asked, rate, steps=STEPS):
    """The losses of one network, by autograd and one step at a time."""
    drawn = draw(asked, range(1))
    weights = [one.clone().requires_grad_() for one in drawn.weights[:, 0]]
    inputs = drawn.inputs[0].clone()
    targets = (inputs[:, 0] > 0).to(inputs)
    if asked.inputs == "digits":
        targets = torch.tensor(data.digits(width=asked.width)[1])
    survival = 1.0 if asked.survival is None else asked.survival
    source = keyed.numpy_generator(seed=asked.seed, network=0)
    masks = source.random((steps + 1, asked.depth)) < survival

    def risk(scales):
        return (output(weights, inputs, asked.network, scales) - targets).square().mean() / 2

    losses = []
    for mask in masks:
        losses.append(risk([survival] * asked.depth).item())
        gradients = torch.autograd.grad(risk(mask.astype(float)), weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= rate * gradient
    return losses


@every_kind
@pytest.mark.parametrize("inputs", ["gaussian", "digits"])
def test_it_descends_as_autograd_does(network, inputs):
    changes = {"samples": None} if inputs == "digits" else {}
    asked = ensemble(network, inputs=inputs, **changes)
    (found,) = losses_of_descent(asked, RATES / 7, steps=STEPS)
    for rate, losses in zip(RATES[0] / 7, found, strict=True):
        np.testing.assert_allclose(losses, loop(asked, rate), rtol=1e-9)


@every_kind
def test_no_bit_depends_on_which_networks_and_rates_are_trained_together(network):
    whole = ensemble(network, networks=5, dtype="float32")
    rates = np.tile(np.geomspace(1e-3, 10, 6), (5, 1))  # some diverge on the way
    together = losses_of_descent(whole, rates, steps=20)
    assert np.isinf(together).any()
    assert np.isfinite(together[:, :, -1]).any()
    np.testing.assert_array_equal(losses_of_descent(whole, rates, steps=20, chunk=2), together)
    last = ensemble(network, networks=2, first_network=3, dtype="float32")
    some = losses_of_descent(last, rates[:2, 2:4], steps=20)
    np.testing.assert_array_equal(some, together[3:, 2:4])


@every_kind
def test_a_run_that_overflows_is_lost_from_there_on(network):
    losses = losses_of_descent(ensemble(network), np.array([[1e12]]), steps=200)[0, 0]
    lost = np.isinf(losses)
    assert not lost[0]
    assert lost[-1]
    assert (np.diff(lost.astype(int)) >= 0).all()


def test_a_run_far_above_its_start_goes_on_and_comes_back():
    # Beyond the limit of the start the loss peaks, the top eigenvalue falls, and it converges.
    asked = ensemble("resnet", depth=4, width=24, samples=96)
    top = measure_spectrum(**vars(asked)).top_eigenvalue.estimate
    rates = 2 / top * np.arange(1, 7)
    losses = losses_of_descent(asked, rates[None], steps=50)[0]
    back = losses[:, -1] < losses[:, 0] / 10
    assert losses[back].max() > 5 * losses[0, 0]


def test_without_steps_there_is_the_start():
    losses = losses_of_descent(ensemble("resnet"), RATES, steps=0)
    assert losses.shape == (1, 3, 1)
    np.testing.assert_allclose(losses[0, :, 0], loop(ensemble("resnet"), 0, 0)[0], rtol=1e-12)


def test_blocks_that_never_drop_anew_are_refused():
    asked = Ensemble(
        network="stochastic_depth", depth=2, width=3, samples=4, networks=1, seed=1, survivors=1
    )
    with pytest.raises(ValueError, match=r"^survivors = 1: must be None where blocks drop anew"):
        losses_of_descent(asked, RATES, steps=1)
