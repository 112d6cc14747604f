"""The converse: the theorem, the steps of its proof, and what is exact of a sum of two terms."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from theory.residual_scaling import (
    converse_energy_bound,
    converse_energy_bound_printed,
    first_layer_energy,
    first_layer_energy_flat,
    least_growth,
    least_growth_printed,
    normalised_energy_bound,
    partial_sum_bound,
    partial_sum_bound_printed,
    partial_sum_kurtosis,
    partial_sum_skewness,
    wide_energy,
)


def tau_of(depth, exponent):
    return depth ** (exponent - 0.5)


def rectified_square(x, s):
    """E max(x + s g, 0)^2, by quadrature."""
    low = -x / s
    return quad(lambda g: (x + s * g) ** 2 * norm.pdf(g), low, max(low, 0) + 40, epsabs=1e-14)[0]


# Theorem 4 ------------------------------------------------------------------------------------


def test_with_one_residual_layer_the_theorem_fails_from_a_c_on():
    def holds(exponent):
        claimed = converse_energy_bound_printed.value(depth=2, exponent=exponent)
        return wide_energy(tau=tau_of(2, exponent), layer=1) >= claimed

    assert holds(1.25)
    assert not holds(1.26)
    # From a unit start, the same in every unit, E|h_1|^2 has no width in it.
    for exponent, expected in ((1.58, True), (1.59, False)):
        tau = tau_of(2, exponent)
        energy = rectified_square(1, tau)
        assert (energy >= converse_energy_bound_printed.value(depth=2, exponent=exponent)) == (
            expected
        )


@pytest.mark.parametrize("tau", [0.002, 0.1, 1.0, 5.0, 100.0])
def test_the_first_layer_has_its_closed_forms_from_either_start(tau):
    # Of sqrt(2) max(g, 0) + tau g' the angle of (g, g') alone is integrated: E r^2 = 2.
    def square(angle):
        return max(math.sqrt(2) * max(math.cos(angle), 0) + tau * math.sin(angle), 0) ** 2

    ends = (-math.atan(math.sqrt(2) / tau), math.pi / 2, math.pi)
    wide = sum(quad(square, *part, epsabs=1e-13)[0] for part in itertools.pairwise(ends)) / math.pi
    assert first_layer_energy(tau=tau) == pytest.approx(wide, rel=1e-10)
    assert first_layer_energy(tau=tau) == pytest.approx(wide_energy(tau=tau, layer=1), rel=1e-11)
    assert first_layer_energy_flat(tau=tau) == pytest.approx(rectified_square(1, tau), rel=1e-10)


@pytest.mark.parametrize("depth", [2, 3, 4, 10, 40])
@pytest.mark.parametrize("exponent", [0.01, 0.25, 0.5, 0.8, 1.3])
def test_the_corrected_bound_holds_and_implies_the_theorem_from_three_layers_on(depth, exponent):
    energy = wide_energy.log(tau=tau_of(depth, exponent), layer=depth - 1)
    corrected = converse_energy_bound.log(depth=depth, exponent=exponent)
    assert energy > corrected
    if depth >= 3:
        assert corrected > converse_energy_bound_printed.log(depth=depth, exponent=exponent)


def test_the_sum_has_a_term_for_each_residual_layer():
    for depth, exponent in ((2, 0.5), (7, 0.3)):
        plain = sum(tau_of(depth, exponent) ** 2 for _ in range(1, depth)) / 2
        found = partial_sum_bound(depth=depth, exponent=exponent)
        assert found == pytest.approx(plain, rel=1e-13)
        printed = partial_sum_bound_printed.value(depth=depth, exponent=exponent)
        assert found / printed == pytest.approx(1 - 1 / depth, rel=1e-13)


def test_a_unit_gains_half_a_step_at_least_and_no_more_at_0():
    for x in (0.0, 1e-3, 0.1, 1.0, 5.0):
        for s in (0.01, 0.3, 1.0, 4.0):
            gain = rectified_square(x, s) - x * x
            assert gain >= s * s / 2 - 1e-12
    assert rectified_square(0, 2.0) == pytest.approx(2.0, rel=1e-12)
    assert least_growth(tau=2.0) == 3.0
    assert least_growth_printed(tau=2.0) == 1.0


def test_no_layer_of_the_wide_network_grows_by_less():
    for tau in (0.05, 0.5, 3.0):
        logs = wide_energy.log(tau=tau, layer=np.arange(40))
        assert np.diff(logs).min() >= math.log(least_growth(tau=tau))


# The sum of two terms -------------------------------------------------------------------------


def two_terms(tau, width):
    """E S^2, E S^3, E S^4 of the sum in units of s, by quadrature over the unit's own g."""
    a, share = 1 / tau, tau**2 / width
    second, fourth = rectified_square(a, 1), 0.0
    fourth = quad(lambda g: (a + g) ** 4 * norm.pdf(g), -a, 40, epsabs=1e-13, limit=200)[0]
    others = (width - 1) * second
    spread = (width - 1) * (fourth - second**2)

    def mean(weight):
        kink = max(-a, -12)
        parts = (-12, kink), (kink, 12)
        return sum(quad(weight, *part, epsabs=1e-14, limit=200)[0] for part in parts)

    def variance(g):
        return share * (others + max(a + g, 0) ** 2)

    return (
        mean(lambda g: (g**2 + variance(g)) * norm.pdf(g)),
        mean(lambda g: (g**3 + 3 * g * variance(g)) * norm.pdf(g)),
        mean(
            lambda g: (
                (g**4 + 6 * g**2 * variance(g) + 3 * (variance(g) ** 2 + share**2 * spread))
                * norm.pdf(g)
            )
        ),
    )


@pytest.mark.parametrize("tau", [0.1, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("width", [1, 2, 30])
def test_skewness_and_kurtosis_are_those_of_a_quadrature(tau, width):
    second, third, fourth = two_terms(tau, width)
    assert partial_sum_skewness(tau=tau, width=width) == pytest.approx(
        third / second**1.5, rel=1e-8
    )
    assert partial_sum_kurtosis(tau=tau, width=width) == pytest.approx(fourth / second**2, rel=1e-8)


def test_drawn_sums_of_two_terms_have_that_skewness_and_kurtosis():
    numbers, tau, width, draws = np.random.default_rng(4), 1.0, 2, 1_000_000
    first = tau / math.sqrt(width) * numbers.standard_normal((draws, width))
    after = np.maximum(1 / math.sqrt(width) + first, 0)
    norms = np.linalg.norm(after, axis=1)
    sums = first[:, 0] + tau * norms / math.sqrt(width) * numbers.standard_normal(draws)
    z = sums / sums.std()
    skewness = partial_sum_skewness(tau=tau, width=width)
    kurtosis = partial_sum_kurtosis(tau=tau, width=width)
    assert np.mean(z**3) == pytest.approx(skewness, abs=0.02)
    assert np.mean(z**4) == pytest.approx(kurtosis, abs=0.1)
    assert skewness > 0.4
    assert kurtosis > 4
    # So the step of the proof is an inequality, to its gain.
    assert np.mean(np.maximum(sums, 0) ** 2) > 0.52 * np.mean(sums**2)


# Proposition 1 --------------------------------------------------------------------------------


def test_symmetric_branches_add_up_to_the_bound_of_the_proposition():
    # Every start and every pair of two-point branches, the second as wide as the first decides.
    for start, wide, narrow in itertools.product((0.0, 0.5, 3.0), (1.4, 1.0), (0.0, 1.0)):
        for first_wider in (True, False):
            energy = mean_square = 0.0
            for first in (1.0, -1.0):
                size = wide if (first > 0) == first_wider else narrow
                for second in (size, -size):
                    after = max(max(start + first, 0) + second, 0)
                    energy += after**2 / 4
                    mean_square += (first**2 + second**2) / 4
            assert energy >= start**2 + mean_square / 2 - 1e-12
    assert normalised_energy_bound(tau=0.5, layer=8) == 1.0


def test_symmetry_of_each_branch_alone_does_not_give_the_step_of_the_proof():
    # The second branch has a width after a fall alone: E phi(S)^2 < E S^2/2.
    sums = [1.0, 1.0, -1.0 + 2.0, -1.0 - 2.0]
    assert np.mean(np.maximum(sums, 0) ** 2) < np.mean(np.square(sums)) / 2
