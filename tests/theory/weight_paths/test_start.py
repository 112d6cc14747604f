"""The variation at the start against other quadratures, draws and the tables of the paper."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import erf
from scipy.stats import truncnorm

from theory.weight_paths import (
    expected_initial_variation,
    start_increment,
    start_increment_of_tables,
    start_increment_of_tables_printed,
    start_increment_printed,
)
from theory.weight_paths.start import _mean_norm


def by_panels(count):
    """E |D| by Gauss's rule on panels of the root x of the Laplace variable.

    It is the integral of (1 - E exp(-x^2 S)) / x^2 over x > 0, over sqrt(pi).
    """
    inside = math.erf(math.sqrt(0.5))
    nodes, weights = np.polynomial.legendre.leggauss(120)
    second = 2 * (1 - math.sqrt(2 / (math.pi * math.e)) / inside)  # of an entry of D
    ends = np.concatenate([[1e-7], np.geomspace(1e-3, 1e4, 30)])
    total = count * second * ends[0] + 1 / ends[-1]
    for low, high in pairwise(ends):
        for node, weight in zip(nodes, weights, strict=True):
            x = low + (high - low) * (node + 1) / 2
            end = min(2.0, 9 / x)
            u = end * (nodes + 1) / 2
            density = np.exp(-u * u / 4) * erf(1 - u / 2) / (math.sqrt(math.pi) * inside**2)
            if end == 2.0:  # to its last digits
                lost = weights @ (-np.expm1(-((x * u) ** 2)) * density) * end / 2
            else:
                lost = 1 - weights @ (np.exp(-((x * u) ** 2)) * density) * end / 2
            total += weight * (high - low) / 2 * -math.expm1(count * math.log1p(-lost)) / x**2
    return total / math.sqrt(math.pi)


@pytest.mark.parametrize("count", [4, 9, 225])
def test_the_mean_norm_is_right_to_twelve_digits(count):
    assert _mean_norm(count) == pytest.approx(by_panels(count), rel=1e-12)


def test_on_a_line_it_is_the_mean_distance_of_two_truncated_normals():
    def apart(y, x):
        return abs(x - y) * math.exp(-(x * x + y * y) / 2)

    halves = (dblquad(apart, -1, 1, lambda x: -1, lambda x: x, epsabs=1e-13)[0] * 2) / (2 * math.pi)
    inside = math.erf(math.sqrt(0.5))
    assert _mean_norm(1) == pytest.approx(halves / inside**2, rel=1e-11)


def test_it_is_the_mean_of_drawn_paths():
    depth, dim, gamma = 40, 3, 1.5
    path = truncnorm.rvs(-1, 1, size=(400, depth, dim, dim), random_state=3)
    norms = np.linalg.norm(np.diff(path, axis=1).reshape(400, depth - 1, -1), axis=2)
    drawn = norms.sum(axis=1) * depth ** (-1 / gamma) / 2
    error = drawn.std() / math.sqrt(len(drawn))
    expected = expected_initial_variation(depth=depth, dim=dim, gamma=gamma)
    assert abs(drawn.mean() - expected) < 4 * error


def test_the_tables_of_fifteen_dimensions_are_of_this_start_and_not_of_the_printed_one():
    # Table B.3, B11t at L = 10,000, where training moves 0.02; Table 4.6, C22t at L = 8000.
    for printed, depth, gamma in ((5.715, 10_000, 1.0), (511.5, 8000, 2.0)):
        expected = expected_initial_variation(depth=depth, dim=15, gamma=gamma)
        assert printed == pytest.approx(expected, rel=1e-3)
        assert printed > 100 * expected * 2 / 15**2


@pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
@pytest.mark.parametrize("dim", [1, 4, 10, 11, 15])
def test_increments_at_the_start_are_greatest_from_one_corner_to_the_other(dim):
    corner = np.ones((dim, dim))
    printed, tables = corner / dim**2, corner / 2
    assert np.linalg.norm(2 * printed) == pytest.approx(start_increment(dim=dim), rel=1e-14)
    assert np.linalg.norm(2 * tables) == pytest.approx(start_increment_of_tables(dim=dim))
    asked = start_increment_printed(dim=dim)
    assert asked == start_increment_of_tables_printed(dim=dim) == 1 / (2 * math.e)
    assert (start_increment(dim=dim) <= asked) == (dim >= 11)
    assert start_increment_of_tables(dim=dim) > 5 * asked
    # Cut off where the readings say, they have what is asked for.
    assert np.linalg.norm(2 * corner / (4 * math.e * dim)) == pytest.approx(asked, rel=1e-14)
