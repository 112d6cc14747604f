"""The law of the own start, and the bound from it, against exact laws and drawn networks."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom, chi, chi2, ncx2

from theory.residual_scaling import (
    dead_start,
    forward_lower_bound,
    forward_lower_bound_own,
    forward_lower_bound_printed,
    forward_upper_bound_own,
    forward_upper_bound_own_printed,
    forward_upper_bound_printed,
    start_energy_variance,
    start_lower,
    start_upper,
)


@pytest.mark.parametrize("width", [1, 2, 9, 400])
def test_the_norm_of_the_start_is_that_of_as_many_normal_values_as_are_alive(width):
    alive = np.arange(1, width + 1)
    for c in (0.05, 0.5):
        above = binom.pmf(alive, width, 0.5) @ chi2.sf(width * (1 + c) ** 2 / 2, alive)
        assert start_upper(width=width, excess=c) == pytest.approx(above, rel=1e-9)
        below = binom.pmf(alive, width, 0.5) @ chi2.cdf(width * (1 - c) ** 2 / 2, alive)
        found = start_lower(width=width, shortfall=c)
        assert found == pytest.approx(below + dead_start(width=width), rel=1e-9)


def test_the_norm_of_drawn_starts_has_that_law_and_variance():
    width, draws = 10, 100_000
    numbers = np.random.default_rng(11).standard_normal((draws, width))
    squares = 2 / width * np.sum(np.maximum(numbers, 0) ** 2, axis=1)
    assert squares.var() == pytest.approx(start_energy_variance(width=width), rel=0.05)
    assert np.mean(squares >= 1.2**2) == pytest.approx(
        start_upper(width=width, excess=0.2), abs=6e-3
    )
    share = start_lower(width=width, shortfall=0.2)
    assert np.mean(squares < 0.8**2) == pytest.approx(share, abs=6e-3)


@pytest.mark.parametrize(("width", "shortfall"), [(100_000, 0.001), (10_000, 0.02)])
def test_the_start_of_the_network_breaks_the_lower_bound_at_small_falls(width, shortfall):
    tau = math.sqrt(-math.log1p(-shortfall) / 8)  # and any below it
    printed = forward_lower_bound_printed.value(width=width, depth=2, tau=tau, shortfall=shortfall)
    assert start_lower(width=width, shortfall=shortfall) > 2 * printed


def test_the_start_of_the_network_breaks_the_upper_bound_at_small_tau():
    point = {"width": 10, "depth": 2, "tau": 0.05, "excess": 0.5}
    assert start_upper(width=10, excess=0.5) > 100 * forward_upper_bound_printed(**point)


def test_the_start_is_dead_with_all_of_its_units():
    assert dead_start(width=3) == 0.125


@pytest.mark.parametrize(("width", "depth", "tau", "excess"), [(2, 3, 0.3, 1.0), (5, 2, 0.01, 0.8)])
def test_the_upper_bound_from_the_own_start_is_the_best_of_markovs(width, depth, tau, excess):
    scale, shift = tau**2 / width, width / tau**2
    alive = np.arange(1, width + 1)

    def log_bound(rate):
        start = [chi(k).expect(lambda x: (x**2 * 2 / width) ** rate) for k in alive]
        layer = ncx2(width, shift)
        middle, spread = layer.mean(), layer.std()
        ends = max(middle - 9 * spread, 0), middle + 25 * spread
        mean = layer.expect(lambda x: np.exp(rate * (scale * x - 1)), *ends, epsrel=1e-10)
        log = math.log(binom.pmf(alive, width, 0.5) @ start) + depth * math.log(mean)
        return log - 2 * rate * math.log1p(excess)

    best = minimize_scalar(log_bound, bounds=(0.1, 8), method="bounded", options={"xatol": 1e-4})
    found = forward_upper_bound_own(width=width, depth=depth, tau=tau, excess=excess)
    assert found == pytest.approx(math.exp(best.fun), rel=1e-4)


def test_the_upper_bound_from_the_own_start_is_above_what_the_start_does():
    for tau in (1e-6, 0.05):
        point = {"width": 10, "depth": 2, "tau": tau, "excess": 0.5}
        assert start_upper(width=10, excess=0.5) < forward_upper_bound_own(**point) < 0.3
        assert forward_upper_bound_own_printed.value(**point) < 1e-7
        printed = forward_upper_bound_printed(**point)
        assert forward_upper_bound_own_printed.value(**point) == printed
    # No bound is above the chance to be alive, and a norm far out is out of reach.
    most = forward_upper_bound_own(width=10, depth=2, tau=1.0, excess=0.01)
    assert most == pytest.approx(1 - dead_start(width=10), rel=1e-12)
    assert forward_upper_bound_own(width=4096, depth=2, tau=1e-6, excess=5.0) < 1e-300


def test_the_lower_bound_from_the_own_start_is_the_least_of_a_scan():
    width, depth, tau, shortfall = 30, 6, 0.1, 0.6
    best = min(
        start_lower(width=width, shortfall=1 - r)
        + forward_lower_bound(width=width, depth=depth, tau=tau, shortfall=1 - (1 - shortfall) / r)
        for r in np.linspace(1 - shortfall + 1e-3, 1, 400, endpoint=False)
    )
    found = forward_lower_bound_own(width=width, depth=depth, tau=tau, shortfall=shortfall)
    assert found == pytest.approx(best, rel=0.02)
    assert start_lower(width=width, shortfall=shortfall) < found < 1


def test_drawn_networks_fall_below_less_often_than_the_lower_bound_says():
    numbers, width, depth, tau, shortfall = np.random.default_rng(3), 4, 5, 0.1, 0.7
    h = np.maximum(numbers.standard_normal((20_000, width)) * math.sqrt(2 / width), 0)
    below = np.zeros(len(h), dtype=bool)
    for _ in range(depth - 1):
        norms = np.linalg.norm(h, axis=1, keepdims=True)
        h = np.maximum(h + tau * norms * numbers.standard_normal(h.shape) / math.sqrt(width), 0)
        below |= np.linalg.norm(h, axis=1) < 1 - shortfall
    bound = forward_lower_bound_own(width=width, depth=depth, tau=tau, shortfall=shortfall)
    assert 0.4 * bound < below.mean() < bound
