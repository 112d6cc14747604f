"""Terms of claims on spectra against sums over signs and against integrals."""

import itertools
import math

import numpy as np
import pytest

from numerics.regularisation import measure_spectral_powers
from verify.claims.regularisation import fourier


def ratio(periods):
    """E|a|^4/E^2|a|^2 of a unit's share of a transform over a window, and E|a|^2, T = 1."""
    t = (np.arange(200_000) + 0.5) / 200_000
    k = 2 * math.pi * periods
    square = ((1 - np.cos(k * t)) / k**2) ** 2 + ((1 - t) / k + np.sin(k * t) / k**2) ** 2
    return (square**2).mean() / square.mean() ** 2, square.mean()


def test_the_mean_over_a_window_is_the_first_order_and_what_is_stated_behind_it():
    _, mean = ratio(min(fourier.PERIODS))
    first = 1 / (3 * (2 * math.pi * min(fourier.PERIODS)) ** 2)
    assert mean / first - 1 == pytest.approx(fourier.behind_the_ends({}), rel=1e-4)


@pytest.mark.parametrize("units", [2, 3, 24, 1000])
def test_the_stated_variances_are_not_exceeded(units):
    for periods in fourier.PERIODS:
        fourth, _ = ratio(periods)
        worst = fourth / units + 3 * (1 - 1 / units) - 1
        assert worst <= fourier.over_the_window({})
    assert 1 - 1 / units <= fourier.on_the_line({})


def test_a_sum_of_signs_has_the_variance_of_the_docstrings():
    # all signs of three numbers, and pairs of phases on a grid
    a = np.array([1 + 0.5j, -0.3 + 2j, 0.7])
    signs = np.array(list(itertools.product([1, -1], repeat=3)))
    power = np.abs(signs @ a) ** 2
    pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
    squares = np.abs(a) ** 2
    fourth = (squares**2).sum() + sum(
        2 * squares[i] * squares[j] + (a[i] ** 2 * np.conj(a[j]) ** 2).real for i, j in pairs
    )
    assert (power**2).mean() == pytest.approx(fourth)


def test_measured_powers_have_the_stated_scale():
    found = measure_spectral_powers(
        units=4, periods=fourier.PERIODS, length=0.5, networks=4000, seed=0
    )
    k = np.array(fourier._frequencies({"length": 0.5}))
    on_line = found.line.estimate * k**4 / 4
    assert np.all(np.abs(on_line - 1) < 5 / math.sqrt(4000))
    in_window = found.window.estimate * k**2 * 3 / (4 * 0.5**2)
    assert np.all(np.abs(in_window - 1) < 5 * math.sqrt(2.1 / 4000) + fourier.behind_the_ends({}))
