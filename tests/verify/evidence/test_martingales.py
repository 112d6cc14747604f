"""The test martingales: fair under every law of their null, and blind to none outside it."""

import math

import numpy as np
import pytest

from verify.evidence.martingales import BETS, above, above_bounded, below, falling, log_wealth

ROUNDING = 1e-11
FAR = (1.0, 1.01, 1.5, 3.0, 10.0, 1000.0)
"""True mean over the tested one, or its inverse: how deep in the null a law lies."""


def discrete_laws(atoms, laws=150):
    """Laws of mean 1 on so many atoms, the lowest one often 0, some with rare huge values."""
    rng = np.random.default_rng(atoms)
    for _ in range(laws):
        weights = rng.dirichlet(np.full(atoms, 0.4)) + 1e-9
        weights /= weights.sum()
        values = np.exp(rng.normal(scale=2, size=atoms))
        values[0] *= rng.integers(2)
        yield values / (weights @ values), weights


def relative_variance(values, weights):
    return weights @ (values - 1) ** 2


def expectation(log_factor, values, weights, *null):
    """Exact mean of a process's factor, one entry a bet."""
    factors = [np.exp(log_factor(np.array([value]), *null)) for value in values]
    return weights @ np.array(factors)


@pytest.mark.parametrize("atoms", [2, 3])
@pytest.mark.parametrize("beyond", FAR)
@pytest.mark.parametrize("slack", [1.0, 2.0])
def test_below_never_gains_from_a_mean_at_or_above_the_tested_one(atoms, beyond, slack):
    for values, weights in discrete_laws(atoms):
        w = slack * relative_variance(values, weights)
        mean = expectation(below, values * beyond, weights, 1.0, w)
        assert mean.max() <= 1 + ROUNDING


@pytest.mark.parametrize("atoms", [2, 3])
@pytest.mark.parametrize("beyond", FAR)
@pytest.mark.parametrize("slack", [1.0, 2.0])
def test_above_bounded_never_gains_from_a_mean_at_or_below_the_tested_one(atoms, beyond, slack):
    for values, weights in discrete_laws(atoms):
        w = slack * relative_variance(values, weights)
        mean = expectation(above_bounded, values / beyond, weights, 1.0, w)
        assert mean.max() <= 1 + ROUNDING


@pytest.mark.parametrize("atoms", [2, 3])
@pytest.mark.parametrize("beyond", FAR)
def test_above_never_gains_from_a_mean_at_or_below_the_tested_one(atoms, beyond):
    for values, weights in discrete_laws(atoms):
        mean = expectation(above, values / beyond, weights, 1.0)
        assert mean.max() <= 1 + ROUNDING


def test_nothing_is_lost_at_the_edge_of_the_null():
    # Mean and variance as tested, no value beyond the vertex: the factors average exactly 1.
    values, weights, w = np.array([0.5, 1.5]), np.array([0.5, 0.5]), 0.25
    for process, null in ((above, (1.0,)), (below, (1.0, w)), (above_bounded, (1.0, w))):
        np.testing.assert_allclose(expectation(process, values, weights, *null), 1, rtol=1e-14)


@pytest.mark.parametrize("w", [1e-4, 0.3, 10.0])
def test_factors_are_monotone_in_the_draw(w):
    draws = np.concatenate([np.linspace(0, 4, 200), np.geomspace(4, 1e6, 50)])
    falling = np.array([np.exp(below(draws[k : k + 1], 1.0, w)) for k in range(draws.size)])
    rising = np.array([np.exp(above_bounded(draws[k : k + 1], 1.0, w)) for k in range(draws.size)])
    assert np.diff(falling, axis=0).max() <= 1e-12
    # In units of the last, largest factors: those of distant draws are huge.
    assert (np.diff(rising, axis=0) / rising[-1]).min() >= -1e-12


@pytest.mark.parametrize("atoms", [2, 3])
@pytest.mark.parametrize("beyond", [0.0, 0.01, 0.5, 3.0, 100.0])
@pytest.mark.parametrize("slack", [1.0, 2.0])
def test_falling_never_gains_from_a_signed_mean_at_or_above_zero(atoms, beyond, slack):
    for values, weights in discrete_laws(atoms):
        w = slack * relative_variance(values, weights)
        mean = expectation(falling, values - 1 + beyond, weights, w)
        assert mean.max() <= 1 + ROUNDING


@pytest.mark.parametrize("atoms", [2, 3])
@pytest.mark.parametrize("share", [1.0, 0.99, 0.5, 0.1])
def test_betting_below_a_sure_upper_end_never_gains_from_a_mean_at_or_above_the_tested_one(
    atoms, share
):
    for values, weights in discrete_laws(atoms):
        largest = 1.5 * values.max()
        tested = share * (weights @ values)
        mean = expectation(above, largest - values, weights, largest - tested, BETS)
        assert mean.max() <= 1 + ROUNDING


def test_the_mixture_starts_at_one_and_an_absent_process_holds_nothing():
    assert log_wealth(np.zeros(7)) == pytest.approx(0, abs=1e-15)
    assert log_wealth(np.log([1.0, 3.0])) == pytest.approx(math.log(2), rel=1e-15)
    assert log_wealth(np.empty(0)) == -math.inf
