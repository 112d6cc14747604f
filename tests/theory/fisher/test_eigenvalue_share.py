import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from theory import fisher
from theory.fisher import eigenvalue_share


def rectified_moment(correlation, power):
    """E [z^power w^power; z, w > 0] for normal z, w of this correlation, by quadrature."""
    spread = mpmath.sqrt(1 - correlation**2)

    def integrand(z):
        ratio = correlation * z / spread
        inner = mpmath.ncdf(ratio)
        if power == 1:
            inner = z * (correlation * z * inner + spread * mpmath.npdf(ratio))
        return mpmath.npdf(z) * inner

    return mpmath.quad(integrand, [0, 2, 6, 15])


@pytest.mark.parametrize("correlation", [0, 0.3, 0.9])
def test_the_arc_cosine_kernels_are_rectified_moments(correlation):
    angle = math.pi - math.acos(correlation)
    kappa0 = angle / math.pi
    kappa1 = (math.sqrt(1 - correlation**2) + correlation * angle) / math.pi
    assert kappa0 == pytest.approx(float(2 * rectified_moment(correlation, 0)), rel=1e-13)
    assert kappa1 == pytest.approx(float(2 * rectified_moment(correlation, 1)), rel=1e-13)


def test_the_recursion_by_quadrature_gives_the_shares():
    k, q, between = mpmath.mpf(0), 1, mpmath.mpf(0)
    for depth in range(1, 5):
        correlation = k / q
        kappa0, kappa1 = (2 * rectified_moment(correlation, power) for power in (0, 1))
        between = between * (1 + kappa0) + q * kappa1 / 2
        k, q = k + q * kappa1, 2 * q
        expected = between / (q * (1 + mpmath.mpf(depth) / 4))
        assert fisher.top_eigenvalue_share(depth=depth) == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize("depth", [100, 10_000])
def test_the_table_keeps_its_digits_in_deep_networks(depth):
    with mpmath.workdps(30):
        exact = eigenvalue_share.table_mpf(depth)
    error = eigenvalue_share.table(depth)[1 : depth + 1] / np.array(exact[1:], dtype=float) - 1
    assert abs(error).max() < 1e-13


def test_the_share_falls_to_a_quarter_in_deep_networks():
    # theta_l ~ 6 pi/l, so t_l ~ (l/4)/(1 + 3), with corrections of order log(l)/l.
    assert fisher.top_eigenvalue_share(depth=10**5) == pytest.approx(1 / 4, abs=1e-4)


@pytest.mark.parametrize("survival", [0.0, 1e-9, 0.3, 1.0])
@pytest.mark.parametrize("depth", [1, 2, 17, 1000])
def test_the_mean_share_is_the_binomial_average(depth, survival):
    shares = eigenvalue_share.table(depth)[: depth + 1]
    weights = stats.binom.pmf(np.arange(depth + 1), depth, survival)
    mean = eigenvalue_share.binomial_mean(np.array(depth), np.array(survival), np)
    assert mean == pytest.approx(weights @ shares, rel=1e-12, abs=1e-300)


def test_the_share_of_a_finite_sample_is_that_of_its_kernel_matrix():
    samples, depth = 7, 4
    rho = fisher.top_eigenvalue_share(depth=depth)
    kernel = (1 - rho) * np.eye(samples) + rho
    share = np.linalg.eigvalsh(kernel)[-1] / np.trace(kernel)
    assert fisher.top_eigenvalue_share_finite(depth=depth, samples=samples) == pytest.approx(
        share, rel=1e-14
    )
