"""The mean square of a rectified signal behind one block, by other integrals."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.stats import norm

from theory import fisher
from theory.fisher import rectified


def rectified_square(z, variance):
    """E relu(h)^2 of a normal h of mean z."""
    deviation = math.sqrt(variance)
    if not deviation:
        return max(z, 0) ** 2
    ratio = z / deviation
    return (z**2 + variance) * norm.cdf(ratio) + z * deviation * norm.pdf(ratio)


def test_of_one_unit_it_is_half_of_a_normal_of_variance_two():
    # h^1 = z (1 + sqrt(2) g) where z > 0, and z else.
    expected = quad(lambda g: (1 + math.sqrt(2) * g) ** 2 * norm.pdf(g), -math.sqrt(0.5), 12)[0] / 2
    assert fisher.rectified_square(width=1) == pytest.approx(expected, rel=1e-9)


def test_of_two_units_it_is_an_integral_over_both():
    def integrand(other, z):
        variance = max(z, 0) ** 2 + max(other, 0) ** 2
        return rectified_square(z, variance) * norm.pdf(z) * norm.pdf(other)

    parts = [(-9, 0, -9, 0), (-9, 0, 0, 9), (0, 9, -9, 0), (0, 9, 0, 9)]
    expected = sum(dblquad(integrand, *one, epsabs=1e-9)[0] for one in parts)
    assert fisher.rectified_square(width=2) == pytest.approx(expected, rel=1e-7)


def test_of_many_units_the_variance_is_one_and_grows_with_the_unit_itself():
    # (1/D) E z^2 erf(|z|/sqrt(2))/2: of the variance of h^1 the part 2 z^2/D is the unit's own.
    slope = quad(lambda z: z**2 * math.erf(z / math.sqrt(2)) * norm.pdf(z), 0, 12)[0]
    assert slope == pytest.approx(1 / 4 + 1 / (2 * math.pi), rel=1e-9)
    found = [width * (fisher.rectified_square(width=width) - 1) for width in (100, 200)]
    # What is left is of order 1/D.
    assert 2 * found[1] - found[0] == pytest.approx(slope, rel=1e-3)


def test_signals_behind_a_block_are_skewed():
    rng = np.random.default_rng(3)
    before = rng.standard_normal((400_000, 4))
    variance = 2 / 4 * (np.maximum(before, 0) ** 2).sum(axis=1)
    # E (z + sqrt(S) g)^3 = z^3 + 3 z S, of which the mean of z^3 is 0.
    cubes = 3 * before[:, 0] * variance
    expected = 12 / (math.sqrt(2 * math.pi) * 4)
    assert abs(cubes.mean() - expected) < 4 * cubes.std() / math.sqrt(len(cubes))


def test_more_nodes_change_no_digit(monkeypatch):
    few = [fisher.rectified_square(width=width) for width in (1, 2, 7, 200)]
    monkeypatch.setattr(rectified, "NODES", 120)
    more = [rectified.rectified_square.function(width) for width in (1, 2, 7, 200)]
    assert few == pytest.approx(more, rel=1e-13)
