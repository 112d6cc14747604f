"""Errors in law: those of drawn inputs, without drawing them."""

import numpy as np
import pytest

from numerics.generalisation import Task, measure_average_errors, measure_wishart_errors
from numerics.generalisation.wishart import resolvent_sums

WIDE = Task(dimension=12, samples=5, noise_variance=0.5)
LONG = Task(dimension=5, samples=12, noise_variance=0.5)
tasks = pytest.mark.parametrize("task", [WIDE, LONG], ids=["wide", "long"])


@pytest.mark.parametrize("zeta", [0.0, 1e-6, 0.3, 1e6])
def test_the_sums_are_those_of_the_matrix(zeta):
    chance = np.random.default_rng(0)
    x, y = chance.chisquare(3, size=(2, 6))
    y[-1] = 0
    b = np.diag(x**0.5) + np.diag(y[:-1] ** 0.5, -1)
    inverse = np.linalg.inv(b @ b.T + zeta * np.eye(6))
    found = resolvent_sums(x[:, None], y[:, None], zeta)
    np.testing.assert_allclose(
        np.ravel(found), [np.trace(inverse), np.trace(inverse @ inverse)], rtol=1e-9
    )


@tasks
@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_errors_have_the_law_of_those_of_drawn_inputs(task, ridge):
    draws = 4000
    in_law = measure_wishart_errors(task, ridge=ridge, networks=draws, seed=1)
    of_inputs = measure_average_errors(task, ridges=[ridge], networks=draws, seed=2)
    for name in ("excess_risk", "generalisation_gap"):
        one, other = (vars(found)[name].per_network.ravel() for found in (in_law, of_inputs))
        # Quantiles, as the variance of least squares has a heavy tail: five standard errors.
        for share in (0.1, 0.5, 0.9):
            below = np.mean(one <= np.quantile(other, share))
            assert below == pytest.approx(share, abs=5 * (2 * share * (1 - share) / draws) ** 0.5)


def test_without_noise_and_ridge_a_student_of_enough_samples_is_its_teacher():
    exact = Task(dimension=5, samples=12, noise_variance=0.0)
    found = measure_wishart_errors(exact, ridge=0.0, networks=3, seed=1)
    assert not found.excess_risk.per_network.any()
    assert not found.training_error.per_network.any()


def test_the_trace_of_least_squares_is_that_of_an_inverse_wishart_matrix():
    task = Task(dimension=40, samples=80, noise_variance=1.0)
    trace = measure_wishart_errors(task, ridge=0.0, networks=4000, seed=3).resolvent_trace
    assert trace.estimate == pytest.approx(40 / 39, abs=5 * trace.standard_error)


def test_inputs_that_no_sample_sees_weigh_one_over_the_ridge():
    found = measure_wishart_errors(WIDE, ridge=1e-9, networks=3, seed=1).resolvent_trace
    np.testing.assert_allclose(found.per_network, 7 / 12 * 1e9, rtol=1e-6)
    none = measure_wishart_errors(WIDE, ridge=0.0, networks=3, seed=1).resolvent_trace
    assert np.isinf(none.per_network).all()


@tasks
def test_a_data_set_depends_on_seed_and_number_alone(task):
    whole = measure_wishart_errors(task, ridge=0.3, networks=5, seed=1).excess_risk
    part = measure_wishart_errors(task, ridge=0.3, networks=2, seed=1, first_network=3).excess_risk
    np.testing.assert_array_equal(whole.per_network[3:], part.per_network)


def test_a_ridge_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"ridge = -1: must be a number in \[0, 1e\+12\]"):
        measure_wishart_errors(WIDE, ridge=-1, networks=1, seed=1)
