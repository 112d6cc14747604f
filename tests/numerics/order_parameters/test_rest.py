"""Where slow students come to rest."""

import numpy as np
import pytest

from numerics.order_parameters import measure_resting_scale


def resting(**given):
    run = {"dimension": 20, "steps": 1000, "networks": 400, "seed": 1}
    return measure_resting_scale(**{**run, **given})


@pytest.mark.parametrize("penalty", [0.25, 1.0])
def test_a_slow_student_rests_where_its_penalty_balances_its_error(penalty):
    # For ReLU at R = 1 the pull on gamma is (1 - gamma)/2.
    fast, slow = (resting(regularisation=penalty, steps=steps) for steps in (1000, 4000))
    balanced = 1 / (1 + 2 * penalty)
    error = 4 * slow.standard_error
    assert error < 0.02 * balanced
    assert abs(slow.estimate - balanced) < error + 0.02 * balanced
    assert fast.estimate < slow.estimate


def test_a_student_without_a_penalty_becomes_its_teacher():
    np.testing.assert_allclose(resting(regularisation=0.0).per_network, 1, atol=1e-3)


def test_students_depend_on_seed_and_number_alone():
    whole = resting(regularisation=0.5, networks=4).per_network
    part = resting(regularisation=0.5, networks=2, first_network=2).per_network
    np.testing.assert_array_equal(whole[2:], part)


def test_steps_that_no_quarter_divides_are_refused():
    with pytest.raises(ValueError, match="steps = 6: must be a multiple of 4"):
        resting(regularisation=0.5, steps=6)
