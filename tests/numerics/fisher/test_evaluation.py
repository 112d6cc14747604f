import itertools

import numpy as np
import pytest

from numerics import fisher
from numerics.fisher.networks import Ensemble, draw

SIZES = {"depth": 3, "width": 5, "samples": 2, "networks": 3, "seed": 3, "device": "cpu"}
DROPPED = {"network": "stochastic_depth", "survival": 0.6}


def hidden(inputs, weights, factors):
    """h^L of one network, each branch multiplied by its factor."""
    passed = inputs @ weights[0].T
    for weight, factor in zip(weights[1:], factors, strict=True):
        passed = passed + factor * np.maximum(passed, 0) @ weight.T
    return passed


@pytest.mark.parametrize("depth", [1, 3])
def test_evaluated_and_averaged_are_those_of_all_masks(depth):
    asked = Ensemble(**{**SIZES, "depth": depth}, **DROPPED)
    found = fisher.measure_evaluated_and_averaged(asked).per_network
    drawn = draw(asked, range(3))
    for k in range(3):
        inputs, weights = drawn.inputs[k].numpy(), drawn.weights[:, k].numpy()
        averaged = sum(
            0.6 ** sum(mask) * 0.4 ** (depth - sum(mask)) * hidden(inputs, weights, mask)
            for mask in itertools.product((0, 1), repeat=depth)
        )
        evaluated = hidden(inputs, weights, [0.6] * depth)
        assert found[k] == pytest.approx([(evaluated**2).mean(), (averaged**2).mean()], rel=1e-12)
    if depth == 1:
        np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=1e-12)


def test_the_evaluated_are_the_same_alone():
    asked = Ensemble(**SIZES, **DROPPED)
    alone = fisher.measure_evaluated(asked).per_network
    np.testing.assert_array_equal(
        alone, fisher.measure_evaluated_and_averaged(asked).per_network[:, 0]
    )


@pytest.mark.parametrize(
    "measure", [fisher.measure_evaluated, fisher.measure_evaluated_and_averaged]
)
def test_networks_that_drop_no_blocks_by_chance_are_refused(measure):
    with pytest.raises(ValueError, match=r"^network = 'resnet': must be one of"):
        measure(Ensemble(network="resnet", **SIZES))
    with pytest.raises(TypeError, match=r"^survival = None: must be a number in \[0, 1\]"):
        measure(Ensemble(network="stochastic_depth", survivors=1, **SIZES))


def test_masks_of_more_blocks_than_can_be_enumerated_are_refused():
    deep = Ensemble(**{**SIZES, "depth": 11}, **DROPPED)
    with pytest.raises(ValueError, match=r"^depth = 11: must be an integer in \[1, 10\]"):
        fisher.measure_evaluated_and_averaged(deep)


def test_the_product_of_a_signal_and_its_gradient_is_that_of_differences():
    asked = Ensemble(network="resnet", **SIZES)
    found = fisher.measure_signal_gradient(asked, layer=2).per_network
    drawn = draw(asked, range(3))
    for k in range(3):
        inputs, weights = drawn.inputs[k].numpy(), drawn.weights[:, k].numpy()
        before = hidden(inputs, weights[:2], [1])
        signal, after = np.maximum(before, 0), hidden(inputs, weights[:3], [1, 1])

        def output(row, last=weights[3]):
            return (row + np.maximum(row, 0) @ last.T).sum()

        step = 1e-6
        gradient = [
            [
                (output(row + step * unit) - output(row - step * unit)) / (2 * step)
                for unit in np.eye(5)
            ]
            for row in after
        ]
        expected = [(signal * gradient).mean(), signal.mean()]
        assert found[k] == pytest.approx(expected, rel=1e-7)


def test_a_layer_without_a_signal_is_refused():
    with pytest.raises(ValueError, match=r"^layer = 0: must be an integer in \[1, 3\]"):
        fisher.measure_signal_gradient(Ensemble(network="resnet", **SIZES), layer=0)
