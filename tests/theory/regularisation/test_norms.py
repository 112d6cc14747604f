"""Means of norms at He's initialisation, derived a second way."""

from itertools import product
from math import prod

import mpmath
import numpy as np
import pytest
from scipy import integrate
from scipy.stats import multivariate_normal

from theory import regularisation


def paths(sizes):
    """Every path, as its edges (layer, unit above, unit below)."""
    for nodes in product(*map(range, sizes)):
        yield [(layer, nodes[layer + 1], nodes[layer]) for layer in range(len(sizes) - 1)]


def moments_by_paths(sizes):
    """E psi and E psi^2, edge by edge: independent normals of variance 2/n."""
    first = [mpmath.sqrt(4 / (mpmath.pi * n)) for n in sizes]
    second = [mpmath.mpf(2) / n for n in sizes]
    every = list(paths(sizes))
    mean = sum(prod(first[layer] for layer, *_ in path) for path in every)
    square = sum(
        prod(second[a[0]] if a == b else first[a[0]] ** 2 for a, b in zip(one, other, strict=True))
        for one in every
        for other in every
    )
    return mean, square


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (2, 1, 1), (1, 3, 1), (3, 2, 2, 1)])
def test_moments_of_the_path_norm_are_sums_over_paths(sizes):
    at = {"depth": len(sizes) - 1, "width": sizes[1], "inputs": sizes[0]}
    mean, square = moments_by_paths(sizes)
    assert regularisation.mean_path_norm(**at) == pytest.approx(float(mean), rel=1e-13)
    assert regularisation.mean_square_path_norm(**at) == pytest.approx(float(square), rel=1e-13)


@pytest.mark.parametrize("sizes", [(2, 3, 1), (2, 3, 1, 1), (1, 1, 2, 3, 1), (2, 3, 3, 2, 1)])
def test_the_mean_square_path_norm_of_unequal_widths_is_a_sum_over_paths(sizes):
    at = {"depth": len(sizes) - 1, "inputs": sizes[0], "width": sizes[1], "last_width": sizes[-2]}
    square = moments_by_paths(sizes)[1]
    found = regularisation.mean_square_path_norm_of_widths(**at)
    assert found == pytest.approx(float(square), rel=1e-13)


@pytest.mark.parametrize("depth", [2, 5])
def test_equal_widths_are_a_case_of_unequal_ones(depth):
    at = {"depth": depth, "width": 7, "inputs": 3}
    found = regularisation.mean_square_path_norm_of_widths(last_width=7, **at)
    assert found == pytest.approx(regularisation.mean_square_path_norm(**at), rel=1e-13)


def test_deep_and_wide_networks_have_a_finite_logarithm():
    at = {"depth": 1000, "width": 10**6, "inputs": 2}
    wide = 1000 * np.log(4 / np.pi) + 999 * np.log(10**6) + np.log(2)
    assert regularisation.mean_square_path_norm.log(**at) == pytest.approx(wide, rel=1e-4)


def test_the_mean_norm_of_frobenius_is_that_of_a_chi_variable():
    def mean_chi(k):
        density = lambda r: r**k * mpmath.exp(-(r**2) / 2)  # noqa: E731
        norm = mpmath.quad(lambda r: density(r) / r, [0, 1, 5, 20])
        return mpmath.quad(density, [0, 1, 5, 20]) / norm

    layers = [(3 * 2, 2), (3 * 3, 3), (1 * 3, 3)]
    mean = prod(mpmath.sqrt(mpmath.mpf(2) / n) * mean_chi(count) for count, n in layers)
    found = regularisation.mean_frobenius_product(depth=3, width=3, inputs=2)
    assert found == pytest.approx(float(mean), rel=1e-12)


@pytest.mark.parametrize(("depth", "correlation"), [(1, -1), (2, 0), (3, 1 / np.pi)])
def test_the_constant_of_one_input_is_a_mean_over_two_normal_outputs(depth, correlation):
    # P(max(|a|, |b|) > t), integrated over t, of a and b of variance 2.
    law = multivariate_normal(cov=[[2, 2 * correlation], [2 * correlation, 2]], allow_singular=True)

    def beyond(t):
        inside = law.cdf([t, t]) - law.cdf([-t, t]) - law.cdf([t, -t]) + law.cdf([-t, -t])
        return 1 - inside

    mean, _ = integrate.quad(beyond, 0, 12, epsabs=1e-6)
    found = regularisation.mean_lipschitz_constant(depth=depth)
    assert found == pytest.approx(mean, abs=1e-4)


def test_the_constant_of_a_deep_network_of_one_input_keeps_its_digits():
    # By the correlation rho itself, in 40 digits.
    with mpmath.workdps(40):
        correlation = mpmath.mpf(-1)
        for depth in range(2, 10**4 + 1):
            angle = mpmath.acos(correlation)
            correlation = (mpmath.sin(angle) + (mpmath.pi - angle) * correlation) / mpmath.pi
            if depth in (2, 3, 10, 10**3, 10**4):
                roots = mpmath.sqrt(1 + correlation) + mpmath.sqrt(1 - correlation)
                mean = mpmath.sqrt(2 / mpmath.pi) * roots
                found = regularisation.mean_lipschitz_constant(depth=depth)
                assert found == pytest.approx(float(mean), rel=1e-15)
    # 1 - rho tends to (3 pi)^2/(2 L^2), as 1 - rho falls by (2 (1 - rho))^(3/2)/(3 pi) a layer.
    deep = np.sqrt(2 / np.pi) * (np.sqrt(2) + 3 * np.pi / np.sqrt(2) / 10**6)
    assert regularisation.mean_lipschitz_constant(depth=10**6) == pytest.approx(deep, rel=1e-9)


def test_the_path_norm_is_the_tighter_bound_of_two_matrices_alone():
    means = regularisation.mean_path_norm, regularisation.mean_spectral_product_bound
    for width in (4, 100, 10**6):
        path, spectral = (mean(depth=2, width=width, inputs=1) for mean in means)
        assert path < 2 / np.pi * spectral
    path, spectral = (mean(depth=5, width=100, inputs=1) for mean in means)
    assert (round(path), round(spectral)) == (18293, 498)
