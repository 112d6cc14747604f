"""The recursions at infinite width against closed forms of the first layers and another method.

The other method keeps the density at Gauss-Legendre nodes of equal panels and forms it anew at the
nodes of the next layer as the plain sum over the old nodes: no interpolation, no rescaled units in
the kernel, no integrals of polynomials.
"""

import math
from functools import cache

import mpmath
import numpy as np
import pytest
from scipy.special import ndtr

from theory.domains import DomainError
from theory.residual_scaling import (
    growth_prefactor,
    growth_rate,
    wide_backward_energy,
    wide_energy,
    wide_relative_change,
    wide_tangent_energy,
)

BETA = -float(mpmath.zeta(0.5)) / math.sqrt(2 * math.pi)


def bell(z):
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def first_energy(tau):
    """E max(h + tau g, 0)^2 of h = sqrt(2) max(g', 0): from 0, and on the wedge g' > 0."""
    angle = math.atan(tau / math.sqrt(2))
    wedge = math.pi - angle + math.sin(angle) * math.cos(angle)
    return tau**2 / 4 + (2 + tau**2) * wedge / (2 * math.pi)


class Walk:
    """The walk by plain sums: `squares[l]` is the mean square at layer l, `laws[l]` the law."""

    def __init__(self, tau, layers, reach=11.5, nodes=12):
        points, weights = np.polynomial.legendre.leggauss(nodes)
        width = min(tau, 0.5)
        self.half = width / 2
        self.unit = (np.arange(0, reach, width)[:, None] + self.half * (1 + points)).ravel()
        self.weights = np.tile(self.half * weights, len(self.unit) // nodes)
        self.tau = tau
        x, w = self.unit, self.weights
        self.squares = [1.0]
        self.laws = [(x, w * bell(x / math.sqrt(2)) / math.sqrt(2), 0.5)]  # nodes, masses, atom
        for _ in range(layers):
            self.step()

    def step(self):
        x, masses, atom = self.laws[-1]
        sigma = self.tau * math.sqrt(self.squares[-1])
        z = x / sigma
        kept = masses @ ((1 + z * z) * ndtr(z) + z * bell(z)) + atom / 2
        self.squares.append(sigma**2 * kept)
        root = math.sqrt(self.squares[-1])
        y = root * self.unit
        density = bell((y[:, None] - x) / sigma) / sigma @ masses + atom * bell(y / sigma) / sigma
        self.laws.append((y, root * self.weights * density, masses @ ndtr(-z) + atom / 2))

    def survivors(self, first, last):
        """P(h_first > 0, ..., h_last > 0)."""
        x, masses, _ = self.laws[first]
        for layer in range(first, last):
            sigma = self.tau * math.sqrt(self.squares[layer])
            y = math.sqrt(self.squares[layer + 1]) * self.unit
            weights = math.sqrt(self.squares[layer + 1]) * self.weights
            masses = weights * (bell((y[:, None] - x) / sigma) / sigma @ masses)
            x = y
        return masses.sum()


@cache
def walk(tau, layers):
    return Walk(tau, layers)


# Forward --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", [0.002, 0.01, 0.125, 0.5, 1.0, 2.0, 7.0, 100.0])
def test_the_first_layer_has_the_closed_form_of_two_gaussians(tau):
    assert wide_energy(tau=tau, layer=0) == 1
    assert wide_energy.log(tau=tau, layer=1) == pytest.approx(
        math.log(first_energy(tau)), abs=1e-11
    )


@pytest.mark.parametrize(
    ("tau", "layers"), [(0.06, 8), (0.125, 64), (0.5, 64), (1.0, 64), (2.0, 300), (20.0, 40)]
)
def test_the_energy_is_that_of_plain_sums_at_every_layer(tau, layers):
    logs = np.log(walk(tau, layers).squares)
    found = wide_energy.log(tau=tau, layer=np.arange(layers + 1))
    assert np.abs(found - logs).max() < 1e-10


def test_the_longest_walk_of_small_steps_has_the_energy_of_the_expansion_in_tau():
    # log E = y + tau a_1 + tau^2 a_2 + O(tau^3) at y = tau^2 l, which the depth limit derives.
    from theory.residual_scaling import depth_limit_energy_second_order

    tau, layers = 0.01, 4096
    expected = depth_limit_energy_second_order.log(
        kappa=tau * math.sqrt(layers), depth=layers, layer=layers
    )
    assert wide_energy.log(tau=tau, layer=layers) == pytest.approx(expected, abs=0.2 * tau**3)


def test_the_walk_itself_drawn_many_times_has_its_energy():
    numbers = np.random.default_rng(1)
    h = math.sqrt(2) * np.maximum(numbers.standard_normal(400_000), 0)
    for layer in range(1, 17):
        q = wide_energy(tau=0.25, layer=layer - 1)
        h = np.maximum(h + 0.25 * math.sqrt(q) * numbers.standard_normal(h.size), 0)
    error = np.std(h**2) / math.sqrt(h.size)
    assert abs(np.mean(h**2) - wide_energy(tau=0.25, layer=16)) < 4 * error
    assert error < 0.01


def test_layers_asked_in_any_order_have_the_same_energies():
    upwards = [wide_energy(tau=0.37, layer=layer) for layer in (1, 5, 20)]
    assert [wide_energy(tau=0.37, layer=layer) for layer in (20, 5, 1)] == upwards[::-1]


def test_the_logarithm_is_finite_where_the_energy_is_no_float():
    log = wide_energy.log(tau=2.0, layer=4096)
    assert wide_energy(tau=2.0, layer=4096) == math.inf
    rate, prefactor = growth_rate.log(tau=2.0), growth_prefactor.log(tau=2.0)
    assert log == pytest.approx(4096 * rate + prefactor, abs=1e-8)
    assert float(mpmath.log(wide_energy(tau=mpmath.mpf(2), layer=mpmath.mpf(4096)))) == log


# Growth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0, 20.0])
def test_the_growth_rate_is_what_plain_sums_settle_at(tau):
    layers = {0.5: 160, 1.0: 64, 2.0: 300, 20.0: 40}[tau]
    squares = walk(tau, layers).squares
    assert growth_rate.log(tau=tau) == pytest.approx(math.log(squares[-1] / squares[-2]), abs=1e-9)
    assert growth_prefactor.log(tau=tau) == pytest.approx(
        math.log(squares[-1]) - layers * growth_rate.log(tau=tau), abs=1e-8
    )


def test_the_growth_rate_at_small_tau_has_the_expansion_of_a_walk_that_overshoots():
    # tau^2 - beta sqrt(2/pi) tau^3 + (3 beta^2/pi - 1/2) tau^4 + O(tau^5): what is left over falls
    # by 2^5 as tau is halved, and is small.
    def left(tau):
        third, fourth = -BETA * math.sqrt(2 / math.pi), 3 * BETA**2 / math.pi - 0.5
        return growth_rate.log(tau=tau) - tau**2 - third * tau**3 - fourth * tau**4

    assert left(0.1) / left(0.05) == pytest.approx(32, rel=0.02)
    assert 0.2 < left(0.05) / 0.05**5 < 0.4


def test_the_growth_rate_lies_below_that_of_the_paper_and_above_half_of_it():
    for tau in (0.002, 0.03, 0.3, 3.0, 100.0):
        assert tau**2 / 2 < growth_rate(tau=tau) - 1 < tau**2
    # For tau -> oo the past is lost at every layer: max(tau g, 0) has half the square.
    assert growth_rate(tau=100.0) / 100**2 == pytest.approx(0.5, rel=0.02)


# Backward -------------------------------------------------------------------------------------


def orthant(*covariance):
    """P(a > 0, b > 0, c > 0) of three Gaussians, by their three correlations."""
    return 1 / 8 + sum(math.asin(one) for one in covariance) / (4 * math.pi)


@pytest.mark.parametrize("tau", [0.002, 0.1, 1.0, 3.0])
def test_one_layer_back_has_the_closed_form_of_two_gaussians(tau):
    alive = 1 / 4 + (math.pi - math.atan(tau / math.sqrt(2))) / (2 * math.pi)
    assert wide_backward_energy(tau=tau, residuals=1, layer=1) == 1
    assert wide_backward_energy(tau=tau, residuals=1, layer=0) == pytest.approx(
        (1 + tau**2) * alive, rel=1e-10
    )


@pytest.mark.parametrize("tau", [0.1, 1.0, 3.0])
def test_two_layers_back_has_the_closed_form_of_three_gaussians(tau):
    # h_1 > 0 and h_2 > 0 from alive units: Z_0, Z_0 + Z_1, Z_0 + Z_1 + Z_2 of variances 2, tau^2,
    # tau^2 q_1; from dead ones without Z_0.
    v0, v1 = 2.0, 2.0 + tau**2
    v2 = v1 + tau**2 * first_energy(tau)
    both = orthant(math.sqrt(v0 / v1), math.sqrt(v0 / v2), math.sqrt(v1 / v2))
    both += (1 / 4 + math.asin(math.sqrt((v1 - v0) / (v2 - v0))) / (2 * math.pi)) / 2
    first = 1 / 4 + (math.pi - math.atan(tau / math.sqrt(2))) / (2 * math.pi)
    second = walk(tau, 2).survivors(2, 2)
    expected = (1 + tau**2) * (tau**2 * second * first + both)
    assert wide_backward_energy(tau=tau, residuals=2, layer=0) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("tau", [0.25, 1.0])
def test_the_backward_energy_obeys_the_renewal_equation_of_survivors(tau):
    # N_l = P(alive from l to D) + tau^2 sum_j N_{j+1} P(alive from l to j).
    depth, one = 9, walk(tau, 64)
    passed = {}
    for layer in range(depth, 0, -1):
        passed[layer] = one.survivors(layer, depth) + tau**2 * sum(
            passed[j + 1] * one.survivors(layer, j) for j in range(layer, depth)
        )
        found = wide_backward_energy(tau=tau, residuals=depth, layer=layer - 1)
        assert found == pytest.approx((1 + tau**2) * passed[layer], rel=1e-9)


@pytest.mark.parametrize("tau", [0.25, 1.0])
def test_the_tangent_energy_obeys_the_renewal_equation_of_survivors(tau):
    # T_l = P(alive from 0 to l | alive at 0) + tau^2 sum_j T_j P(alive from j + 1 to l).
    one, energies = walk(tau, 64), [1.0]
    for layer in range(1, 9):
        energies.append(
            2 * one.survivors(0, layer)
            + tau**2 * sum(energies[j] * one.survivors(j + 1, layer) for j in range(layer))
        )
        found = wide_tangent_energy(tau=tau, layer=layer)
        assert found == pytest.approx(energies[layer], rel=1e-9)
    assert wide_tangent_energy(tau=tau, layer=0) == 1


@pytest.mark.parametrize("tau", [0.25, 1.0])
def test_the_relative_change_obeys_the_renewal_equation_of_survivors(tau):
    one, changes = walk(tau, 64), [0.0]
    for layer in range(1, 9):
        changes.append(
            tau**2
            * sum((changes[j] + one.squares[j]) * one.survivors(j + 1, layer) for j in range(layer))
        )
        found = wide_relative_change(tau=tau, layer=layer)
        assert found == pytest.approx(changes[layer] / one.squares[layer], rel=1e-9)


def test_normal_perturbations_of_a_drawn_network_change_it_by_as_much():
    numbers, tau, width, size = np.random.default_rng(13), 0.5, 400, 1e-4
    changes = np.zeros(5)
    for _ in range(20):
        h = math.sqrt(2 / width) * np.maximum(numbers.standard_normal(width), 0)
        moved = h
        for layer in range(1, 5):
            weights, shift = numbers.standard_normal((2, width, width)) / math.sqrt(width)
            h = np.maximum(h + tau * weights @ h, 0)
            moved = np.maximum(moved + tau * (weights + size * shift) @ moved, 0)
            changes[layer] += np.sum((moved - h) ** 2) / (size**2 * (h @ h)) / 20
    for layer in range(1, 5):
        expected = wide_relative_change(tau=tau, layer=layer)
        assert changes[layer] == pytest.approx(expected, rel=0.06)


def test_the_distance_of_two_near_inputs_of_a_drawn_network_is_the_tangent():
    numbers, tau, width = np.random.default_rng(9), 0.5, 400_000
    near = 1e-3
    first = math.sqrt(2 / width) * numbers.standard_normal(width)
    other = math.sqrt(2 / width) * numbers.standard_normal(width)
    pair = np.maximum([first, math.cos(near) * first + math.sin(near) * other], 0)
    start = np.sum((pair[1] - pair[0]) ** 2)
    for layer in range(1, 7):
        # W times two vectors is normal with their Gram matrix over m.
        fresh = numbers.standard_normal((2, width)) / math.sqrt(width)
        along = np.linalg.norm(pair[0])
        share = pair[0] @ pair[1] / along
        rest = math.sqrt(max(pair[1] @ pair[1] - share**2, 0))
        moved = np.array([along * fresh[0], share * fresh[0] + rest * fresh[1]])
        pair = np.maximum(pair + tau * moved, 0)
        found = np.sum((pair[1] - pair[0]) ** 2) / start
        assert found == pytest.approx(wide_tangent_energy(tau=tau, layer=layer), rel=0.02)


def test_the_backward_energy_of_a_drawn_network_is_that_of_infinite_width():
    # Exactly in law, without matrices: given W h the rest of W^T c is fresh.
    numbers, tau, depth, width = np.random.default_rng(2), 0.5, 6, 200_000
    h = math.sqrt(2 / width) * np.maximum(numbers.standard_normal(width), 0)
    passed = [(None, h, None)]
    for _ in range(depth):
        product = np.linalg.norm(h) / math.sqrt(width) * numbers.standard_normal(width)
        before, h = h, np.maximum(h + tau * product, 0)
        passed.append((before, h, product))
    b = numbers.standard_normal(width) / math.sqrt(width)
    for layer in range(depth, 0, -1):
        before, after, product = passed[layer]
        c = np.where(after > 0, b, 0)
        along = before / (before @ before)
        fresh = np.linalg.norm(c) / math.sqrt(width) * numbers.standard_normal(width)
        transposed = along * (product @ c) + fresh - along * (before @ fresh)
        b = c + tau * transposed
        expected = wide_backward_energy(tau=tau, residuals=depth, layer=layer - 1)
        assert b @ b == pytest.approx(expected, rel=0.02)


def test_a_layer_above_the_last_residual_one_is_none():
    with pytest.raises(DomainError, match="layer = 3 is not an integer in"):
        wide_backward_energy(tau=1.0, residuals=2, layer=3)
