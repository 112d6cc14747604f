"""Online students over time: free of batching, and at rest where they should be."""

import numpy as np
import pytest

from numerics.order_parameters import measure_online_learning, measure_online_learning_of_weights
from numerics.order_parameters.students import State

QUANTITIES = ("scale", "overlap", "norm")


@pytest.mark.parametrize("measure", [measure_online_learning, measure_online_learning_of_weights])
def test_a_student_depends_on_seed_and_number_alone(measure, learned):
    whole = learned(measure, networks=5)
    part = learned(measure, networks=2, first_network=3)
    other = learned(measure, networks=5, seed=4)
    for name in QUANTITIES:
        rows = getattr(whole, name).per_network
        np.testing.assert_array_equal(rows[3:], getattr(part, name).per_network)
        assert np.all(rows != getattr(other, name).per_network)
        assert len(np.unique(rows)) == rows.size


def test_a_student_passes_through_earlier_times_whatever_is_recorded(learned):
    often, once = learned(times=(0.5, 1.0, 2.0)), learned(times=(2.0,))
    for name in QUANTITIES:
        np.testing.assert_array_equal(
            getattr(often, name).per_network[:, 2:], getattr(once, name).per_network
        )


def test_times_are_read_in_any_order_and_one_alone_as_a_number(learned):
    listed, alone = learned(times=(2.0, 0.5, 2.0)), learned(times=0.5)
    for name in QUANTITIES:
        rows, row = (getattr(one, name).per_network for one in (listed, alone))
        np.testing.assert_array_equal(rows[:, 0], rows[:, 2])
        assert np.all(rows[:, 0] != rows[:, 1])
        np.testing.assert_array_equal(rows[:, 1], row)


def test_at_time_zero_a_student_is_as_prepared(learned, start):
    prepared = learned(times=(0.0,))
    for name in QUANTITIES:
        np.testing.assert_allclose(getattr(prepared, name).per_network, start[name], rtol=1e-14)


def test_a_student_that_is_its_teacher_stays_so(learned):
    same = learned(scale=1.0, overlap=1.0, norm=1.0)
    for name in QUANTITIES:
        np.testing.assert_array_equal(getattr(same, name).per_network, 1.0)


def test_without_a_learning_rate_nothing_moves(learned, start):
    still = learned(learning_rate=0.0, regularisation=0.5)
    for name in QUANTITIES:
        np.testing.assert_allclose(getattr(still, name).per_network, start[name], rtol=1e-14)


def test_normalised_weights_only_grow(learned, start):
    grown = learned(times=(0.5, 1.0, 2.0), networks=50).norm.per_network
    assert np.all(grown >= start["norm"])
    assert np.all(np.diff(grown, axis=1) >= 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "batch"}, "method = 'batch': must be one of 'bn', 'wn', 'sgd'"),
        ({"activation": "tanh"}, "activation = 'tanh': must be one of 'relu', 'erf'"),
        ({"overlap": 1.5}, r"overlap = 1.5: must be a number in \[-1, 1\]"),
        ({"dimension": 2}, "dimension = 2: must be an integer >= 3"),
        ({"norm": 0}, "norm = 0: must be a number in"),
        ({"scale": -1.0}, "scale = -1.0: must be a number in"),
        ({"learning_rate": -0.5}, "learning_rate = -0.5: must be a number in"),
        ({"times": ()}, r"times = \(\): must be a sequence of at least one"),
        ({"times": "1"}, "times = '1': must be a sequence of at least one"),
        ({"learning_rate": np.array([1.0, 2.0])}, r"learning_rate = array.*: must be a number in"),
        ({"first_network": 2**70}, f"first_network = {2**70}: must be an integer in"),
        ({"seed": 2**70}, f"seed = {2**70}: must be an integer in"),
        ({"method": "wn", "regularisation": 0.5}, "regularisation = 0.5: must be a number in"),
    ],
)
@pytest.mark.parametrize("measure", [measure_online_learning, measure_online_learning_of_weights])
def test_a_wrong_argument_is_named(measure, given, message, learned):
    with pytest.raises((TypeError, ValueError), match=message):
        learned(measure, **given)


def test_the_deviation_is_one_less_the_cosine_at_every_angle():
    angles = np.array([1e-8, 0.5, 1.5, np.pi / 2, 2.0, 3.0, np.pi])
    state = State(scale=np.ones(7), along=2 * np.cos(angles), across=2 * np.sin(angles))
    np.testing.assert_allclose(state.deviation, 2 * np.sin(angles / 2) ** 2, rtol=1e-12)
    np.testing.assert_allclose(state.overlap, np.cos(angles), atol=1e-15)
    np.testing.assert_allclose(state.norm, 2, rtol=1e-15)
