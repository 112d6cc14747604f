import numpy as np
import pytest
import sympy

from theory import fisher


def test_the_excess_at_two_blocks_is_that_of_paired_masks_of_wide_layers():
    # Given x, z of a first block, h^1 = x + beta z, and h^2 adds a Gaussian of E relu relu'.
    x, z = np.random.default_rng(0).standard_normal((2, 10**6))
    p = 0.6
    mean = (1 - p) * np.maximum(x, 0) + p * np.maximum(x + z, 0)
    evaluated = np.maximum(x + p * z, 0)
    gap = 2 * p**2 * (mean**2 - evaluated**2)  # of the second branch; the first is linear
    found = fisher.excess_of_mean_over_masks(survival=p)
    assert gap.mean() == pytest.approx(found, abs=5 * gap.std() / 1000)
    assert gap.std() / 1000 < found / 20


def test_the_error_of_assumption_1_is_that_of_a_law_of_few_points():
    values = [(0, 2), (1, -1), (3, 1), (-2, 2), (1, 5)]  # of u and delta, equally likely

    def mean(function):
        return sympy.Rational(sum(function(u, d) for u, d in values), len(values))

    a, b = mean(lambda u, d: u), mean(lambda u, d: d)

    def central(i, j):
        return sum((u - a) ** i * (d - b) ** j for u, d in values) / len(values)

    # Beyond third order central moments and cumulants differ by products of those of second.
    fourth = central(2, 2) - central(2, 0) * central(0, 2) - 2 * central(1, 1) ** 2
    found = fisher.assumption_error(
        fourth=fourth, third_forward=central(2, 1), third_backward=central(1, 2),
        covariance=central(1, 1), mean_forward=a, mean_backward=b,
    )  # fmt: skip
    error = mean(lambda u, d: u**2 * d**2) - mean(lambda u, d: u**2) * mean(lambda u, d: d**2)
    assert sympy.nsimplify(found) == error


def test_the_excess_is_more_than_nothing_where_some_but_not_all_survive():
    p = sympy.Symbol("p", positive=True)
    excess = fisher.excess_of_mean_over_masks(survival=p)
    assert sympy.factor(excess / (p**3 * (1 - p))).is_positive
