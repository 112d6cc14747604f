from itertools import product

import numpy as np
import pytest
import torch

from numerics import learning_rate
from numerics.fisher import Ensemble
from numerics.fisher.networks import draw
from numerics.learning_rate.curves import start_rates
from numerics.learning_rate.descent import losses_of_descent
from numerics.simulation import data

KINDS = {"resnet": {}, "batch_norm": {}, "stochastic_depth": {"survival": 0.6}}
every_kind = pytest.mark.parametrize("network", KINDS)
STEPS = (0, 1, 4)


def ensemble(network, **changes):
    sizes = {"depth": 2, "width": 6, "samples": 9, "networks": 3, "seed": 4, "device": "cpu"}
    return Ensemble(network=network, **{**sizes, **KINDS[network], **changes})


def outputs(weights, inputs, network, scales, batch):
    """f of the paper, with the statistics of the first inputs where there is batch norm."""
    hidden = inputs @ weights[0].T
    for weight, scale in zip(weights[1:], scales, strict=True):
        signal = hidden
        if network == "batch_norm":
            some = hidden[:batch]
            signal = (hidden - some.mean(dim=0)) / some.var(dim=0, unbiased=False).sqrt()
        hidden = hidden + scale * signal.relu() @ weight.T
    return hidden.sum(dim=1)


def eigenvalues(asked, network):
    """Those of the mean of J^T J / N over masks, by autograd, P of them."""
    drawn = draw(asked, range(network, network + 1))
    weights, inputs = drawn.weights[:, 0].clone(), drawn.inputs[0].clone()
    total = torch.zeros(weights.numel(), weights.numel(), dtype=torch.float64)
    for mask in product((0.0, 1.0), repeat=asked.depth):
        chance = float(all(mask))
        if asked.survival is not None:
            chance = np.prod([asked.survival if one else 1 - asked.survival for one in mask])

        def shown(w, mask=mask):
            return outputs(w, inputs, asked.network, mask, asked.size)

        jacobian = torch.func.jacrev(shown)(weights).flatten(start_dim=1)
        total += chance * jacobian.T @ jacobian / asked.size
    return torch.linalg.eigvalsh(total).numpy()


# 108 weights and fewer gradients, and 27 weights and more.
@every_kind
@pytest.mark.parametrize("sizes", [{}, {"width": 3, "samples": 30}])
def test_rates_are_made_of_the_eigenvalues_that_descent_meets(network, sizes):
    asked = ensemble(network, networks=2, first_network=1, **sizes)
    spectra = [eigenvalues(asked, k) for k in asked.block]
    gradients = asked.size * (2**asked.depth if asked.survival else 1)
    tops = np.array([one[-1] for one in spectra])
    bottoms = np.array([one[-min(gradients, len(one))] for one in spectra])
    np.testing.assert_allclose(start_rates(asked, "1/top"), 1 / tops, rtol=1e-8)
    np.testing.assert_allclose(start_rates(asked, "2/(top + bottom)"), 2 / (tops + bottoms))


@every_kind
@pytest.mark.parametrize("rate", [0.003, "1/top", "2/(top + bottom)"])
def test_the_training_loss_is_that_of_descent(network, rate):
    asked = ensemble(network)
    found = learning_rate.measure_loss_curves(asked, learning_rate=rate, step=STEPS)
    rates = start_rates(asked, rate)
    losses = losses_of_descent(asked, rates[:, None], steps=max(STEPS))[:, 0]
    np.testing.assert_allclose(found.training_loss.per_network, losses[:, STEPS], rtol=1e-9)
    speed = learning_rate.measure_speed(asked, learning_rate=rate, steps=max(STEPS))
    np.testing.assert_array_equal(speed.final_loss.per_network, losses[:, -1])
    np.testing.assert_array_equal(speed.kept.per_network, losses[:, -1] / losses[:, 0])


@every_kind
def test_the_test_loss_is_that_of_the_test_images(network):
    asked = ensemble(network, inputs="digits", samples=None, networks=1)
    found = learning_rate.measure_loss_curves(asked, learning_rate=0.0, step=[0])
    drawn = draw(asked, range(1))
    images, labels = data.digits(width=6, part="test")
    both = torch.cat([drawn.inputs[0], torch.tensor(images)])
    scales = [asked.survival or 1.0] * asked.depth
    tested = outputs(drawn.weights[:, 0], both, network, scales, asked.size)[asked.size :]
    expected = (tested - torch.tensor(labels)).square().mean() / 2
    assert found.test_loss.per_network == pytest.approx(float(expected), rel=1e-10)


@every_kind
def test_gaussian_test_inputs_are_fresh_ones_of_the_same_law(network):
    asked = ensemble(network, networks=600, samples=8, width=4, depth=1, dtype="float32")
    found = learning_rate.measure_loss_curves(asked, learning_rate=0.0, step=[0])
    train, test = (one.per_network[:, 0] for one in vars(found).values())
    if network != "batch_norm":  # else training inputs are normalised by themselves
        gap = train - test
        assert abs(gap.mean()) < 5 * gap.std() / 600**0.5
    assert not np.isclose(train, test).any()


@every_kind
def test_a_network_is_the_same_among_others(network):
    whole = ensemble(network, networks=4, dtype="float32")
    last = ensemble(network, networks=1, first_network=3, dtype="float32")
    together, alone = (
        learning_rate.measure_loss_curves(one, learning_rate="1/top", step=STEPS)
        for one in (whole, last)
    )
    for name, losses in vars(together).items():
        np.testing.assert_array_equal(losses.per_network[3:], getattr(alone, name).per_network)


def test_a_run_that_overflows_is_as_bad_as_can_be():
    asked = ensemble("resnet")
    found = learning_rate.measure_loss_curves(asked, learning_rate=1e10, step=[0, 60])
    assert (found.training_loss.per_network[:, 1] == 1e30).all()
    assert (found.test_loss.per_network[:, 1] == 1e30).all()


@pytest.mark.parametrize(
    ("changes", "rate", "told"),
    [
        ({}, "fast", "learning_rate = 'fast': must be one of '1/top', '2/"),
        ({}, -1.0, r"learning_rate = -1.0: must be .* in \[0, 1e\+30\]"),
        ({"depth": 9}, "1/top", r"depth = 9: must be an integer in \[1, 8\]"),
    ],
)
def test_other_rates_are_refused(changes, rate, told):
    with pytest.raises(ValueError, match=f"^{told}"):
        learning_rate.measure_speed(
            ensemble("stochastic_depth", **changes), learning_rate=rate, steps=1
        )


@pytest.mark.parametrize("network", ["resnet", "batch_norm"])
def test_losses_start_at_what_blocks_add_to_the_variance_over_weights_and_inputs(network):
    depth, width = 3, 16
    asked = ensemble(network, depth=depth, width=width, samples=160, networks=300)
    found = learning_rate.measure_loss_curves(asked, learning_rate=0.0, step=[0])
    losses = found.training_loss.per_network
    # A block doubles it, or adds 1 with batch norm; labels are 0 or 1.
    variance = depth + 1 if network == "batch_norm" else 2**depth
    expected = width * variance / 2 + 1 / 4
    # Standard errors are 5 and 3 %.
    assert losses.mean() == pytest.approx(expected, rel=0.1)
