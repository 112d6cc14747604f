"""What perturbations switch, and sparse gradients, against draws, matrices and quadrature."""

import math

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from theory.residual_scaling import (
    greatest_switched_share,
    perturbed_energy_bound,
    sparse_gradient_bound,
    sparse_gradient_share,
    switched_share,
    switched_share_bound,
)


def preactivations(numbers, *, units, tau):
    """y of the first residual layer from the own start, in units of tau |h_0|/sqrt(m)."""
    h = math.sqrt(2) * np.maximum(numbers.standard_normal(units), 0)
    return h / tau + numbers.standard_normal(units)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def integral(of, low, high):
    """By Gauss-Legendre, of a function of many numbers."""
    half = (high - low) / 2
    return float(half * WEIGHTS @ of(low + half * (NODES + 1)))


def folded_density(y, tau):
    """The density of |y|, by an integral over the start, which is 0 or half a normal variable."""
    half = min(12 * math.sqrt(2), tau * (np.max(y) + 12)) / 2
    h = half * (NODES + 1)
    of_start = half * WEIGHTS * norm.pdf(h, scale=math.sqrt(2))
    return norm.pdf(y) + sum(norm.pdf(sign * y[:, None] - h / tau) @ of_start for sign in (1, -1))


@pytest.mark.parametrize("tau", [0.1, 0.5, 3.0])
def test_the_greatest_share_is_that_of_a_million_units(tau):
    y = preactivations(np.random.default_rng(1), units=10**6, tau=tau)
    squares = np.cumsum(np.sort(y**2)) / len(y)
    for change in (0.01, 0.1, 1.0):
        found = np.searchsorted(squares, change**2) / len(y)
        assert greatest_switched_share(tau=tau, change=change) == pytest.approx(found, abs=3e-3)


@pytest.mark.parametrize("tau", [0.3, 1.5])
def test_the_greatest_share_and_its_square_are_integrals_of_one_density(tau):
    share = greatest_switched_share(tau=tau, change=0.3)
    reach = brentq(lambda x: integral(lambda y: folded_density(y, tau), 0, x) - share, 0.1, 2)
    square = integral(lambda y: y**2 * folded_density(y, tau), 0, reach)
    assert square == pytest.approx(0.3**2, rel=1e-9)


def test_the_exponent_is_two_thirds_with_the_constant_of_the_density_at_0():
    for tau in (0.01, 1.0, 10.0):
        at_zero = (1 + tau / math.sqrt(2 + tau**2)) / math.sqrt(2 * math.pi)
        small = greatest_switched_share(tau=tau, change=1e-5)
        assert small == pytest.approx((3 * at_zero**2 * 1e-10) ** (1 / 3), rel=1e-3)
    # At great tau all units are about as near to 0 as those that were 0: the bound is attained.
    for change in (1e-5, 1e-3):
        greatest = greatest_switched_share(tau=10.0, change=change)
        bound = switched_share_bound(change=change)
        assert 0.99 * bound < greatest < bound


@pytest.mark.parametrize("start", ["own", "dense", "one hot"])
@pytest.mark.parametrize("units", [1, 2, 7])
def test_the_bound_holds_at_every_width(start, units):
    numbers = np.random.default_rng(2)
    for tau in (0.05, 1.0):
        for change in (0.05, 0.5):
            shares = []
            for _ in range(2000):
                h = {
                    "own": np.maximum(numbers.standard_normal(units), 0),
                    "dense": np.ones(units),
                    "one hot": np.eye(units)[0],
                }[start]
                length = np.linalg.norm(h)
                if not length:
                    shares.append(0.0)
                    continue
                g = h / length + tau * numbers.standard_normal(units) / math.sqrt(units)
                squares = np.cumsum(np.sort((g / tau) ** 2))
                shares.append(np.searchsorted(squares, change**2) / units)
            error = np.std(shares) / math.sqrt(len(shares))
            assert np.mean(shares) - 4 * error < switched_share_bound(change=change)


@pytest.mark.parametrize(("tau", "size"), [(0.2, 0.5), (1.0, 2.0)])
def test_the_share_that_normal_entries_switch_is_an_integral(tau, size):
    half = tau * size / 2
    exact = integral(lambda y: folded_density(y, tau) * norm.sf(y / half), 0, 40 * half)
    assert switched_share(tau=tau, size=size) == pytest.approx(exact, rel=1e-9)
    y = preactivations(np.random.default_rng(3), units=10**6, tau=tau)
    moved = y + half * np.random.default_rng(4).standard_normal(len(y))
    found = np.mean((y > 0) != (moved > 0))
    assert switched_share(tau=tau, size=size) == pytest.approx(found, abs=2e-3)


def perturbed_energy(numbers, *, width, layers, tau, size, radial):
    """|h_l|^2 with perturbed weights, by matrices, over E|h_0|^2."""
    h = math.sqrt(2 / width) * np.maximum(numbers.standard_normal(width), 0)
    moved = h
    for _ in range(layers):
        weights = numbers.standard_normal((width, width)) / math.sqrt(width)
        if radial:  # of the perturbed layer itself, which grows it by 1 + tau^2 omega
            u = moved / np.linalg.norm(moved)
            added = np.outer(u, u)
        else:
            added = np.linalg.qr(numbers.standard_normal((width, width)))[0]
        moved = np.maximum(moved + tau * (weights + tau * size * added) @ moved, 0)
    return moved @ moved


@pytest.mark.parametrize("radial", [True, False])
def test_perturbed_norms_stay_below_the_bound(radial):
    numbers = np.random.default_rng(5)
    at = {"tau": 0.25, "size": 0.8}
    found = [
        perturbed_energy(numbers, width=32, layers=8, radial=radial, **at) for _ in range(1500)
    ]
    bound = perturbed_energy_bound(layer=8, **at)
    error = np.std(found) / math.sqrt(len(found))
    assert np.mean(found) - 4 * error < bound
    if radial:  # nearly all of it: what the rectifiers take off is of the order tau^3
        assert np.mean(found) + 4 * error > 0.9 * bound


@pytest.mark.parametrize("share", [1e-6, 0.1, 0.5, 0.9, 1.0])
def test_the_share_of_sparse_gradients_is_an_integral(share):
    found = sparse_gradient_share(share=share)
    if share == 1:
        assert found == 1
        return
    with mpmath.workdps(25):
        reach = mpmath.findroot(lambda x: mpmath.erfc(x / mpmath.sqrt(2)) - share, 1.0)
        tail = mpmath.quad(
            lambda z: 2 * z**2 * mpmath.npdf(z), [reach, reach + 2, reach + 8, reach + 40]
        )
    assert found == pytest.approx(float(tail), rel=1e-10)


def test_the_greatest_entries_of_normal_vectors_have_that_share():
    squares = np.sort(np.random.default_rng(6).standard_normal((50, 20_000)) ** 2, axis=1)
    for share in (0.05, 0.5):
        greatest = squares[:, -round(share * 20_000) :].sum() / squares.sum()
        assert sparse_gradient_share(share=share) == pytest.approx(greatest, rel=5e-3)


def test_the_bound_on_sparse_gradients_is_above_their_share():
    for share in np.geomspace(1e-9, 0.999, 300):
        bound = sparse_gradient_bound(share=share, tau=0.002, residuals=1) / (1 + 0.002**2)
        assert sparse_gradient_share(share=share) < bound
        if share < 0.01:  # log(m/s) is what it takes
            assert sparse_gradient_share(share=share) > 0.75 * bound
