import dataclasses

import numpy as np
import pytest

from numerics.measurement import Measurement


def measurement(values):
    return Measurement(quantity="weight of a stone", per_network=values, settings={"seed": 0})


def test_estimate_and_standard_error_are_those_of_the_sample_mean():
    stones = measurement([1.0, 2.0, 6.0])
    assert stones.networks == 3
    assert stones.estimate == 3
    # Unbiased variance 7 over 3 stones.
    assert stones.standard_error == pytest.approx((7 / 3) ** 0.5, rel=1e-15)


def test_the_leading_axis_runs_over_networks():
    layers = measurement(np.array([[1.0, 10.0], [3.0, 30.0]]))
    assert layers.estimate.tolist() == [2, 20]
    assert layers.standard_error == pytest.approx([1, 10], rel=1e-15)


def test_one_network_leaves_the_error_unknown_not_nan():
    assert measurement([5.0]).standard_error == np.inf
    assert measurement(np.ones((1, 3))).standard_error.tolist() == [np.inf] * 3


def test_a_measurement_is_frozen():
    stones = measurement([1.0, 2.0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        stones.quantity = "colour"
    with pytest.raises(ValueError, match="read-only"):
        stones.per_network[0] = 7


def test_a_measurement_keeps_its_own_copy():
    values = np.array([1.0, 2.0])
    stones = measurement(values)
    values[0] = 100
    assert stones.per_network.tolist() == [1, 2]


def test_no_network_is_no_measurement():
    with pytest.raises(ValueError, match=r"^per_network of shape \(0,\): must hold at least one"):
        measurement([])
