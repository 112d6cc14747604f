"""Worst perturbations and gradients against drawn matrices, finite differences and an ODE."""

import math

import numpy as np
import pytest
import sympy

from theory.residual_scaling import (
    change_energy_bound,
    gradient_energy_bound,
    greatest_change_depth_limit,
    wide_gradient_energy,
)


def relative_and_squared_change(numbers, *, width, layers, tau, direction, omega=1e-6):
    """|h'|/(omega |h|) and |h'|^2/omega^2 at the last layer, by networks with matrices."""
    h = math.sqrt(2 / width) * np.maximum(numbers.standard_normal(width), 0)
    moved = h
    signs = numbers.choice([-1.0, 1.0], width) / math.sqrt(width)
    for _ in range(layers):
        weights = numbers.standard_normal((width, width)) / math.sqrt(width)
        u = h / np.linalg.norm(h)
        added = np.outer(u if direction == "radial" else signs, u)
        moved = np.maximum(moved + tau * (weights + tau * omega * added) @ moved, 0)
        h = np.maximum(h + tau * weights @ h, 0)
    change = np.linalg.norm(moved - h) / omega
    return change / np.linalg.norm(h), change**2


def test_radial_changes_solve_the_equations_of_the_limit():
    time, kappa = sympy.symbols("t kappa", positive=True)
    c = sympy.Function("c")
    energy = sympy.exp(kappa**2 * time)
    solved = sympy.dsolve(
        sympy.Eq(c(time).diff(time), kappa**2 * c(time) + energy), c(time), ics={c(0): 0}
    ).rhs
    square = solved**2 / energy  # of v = (c/q) x, from which nothing is lost
    assert sympy.simplify(square.diff(time) - kappa**2 * square - 2 * solved) == 0
    # tau^2 omega L of the change is kappa^2 omega.
    of_limit, fraction = (one.symbol for one in greatest_change_depth_limit.parameters)
    limit = greatest_change_depth_limit.expr.subs({of_limit: kappa, fraction: time})
    assert sympy.simplify(solved / energy * kappa**2 - limit) == 0


def test_radial_changes_of_drawn_networks_come_near_the_limit():
    numbers, layers, kappa = np.random.default_rng(4), 144, 0.5
    found = [
        relative_and_squared_change(
            numbers, width=48, layers=layers, tau=kappa / math.sqrt(layers), direction="radial"
        )[0]
        for _ in range(3)
    ]
    limit = greatest_change_depth_limit(kappa=kappa, fraction=1.0)
    assert np.mean(found) == pytest.approx(limit, rel=0.01)


@pytest.mark.parametrize("direction", ["radial", "signs"])
def test_changes_of_drawn_networks_stay_below_the_bound(direction):
    numbers, tau, layers = np.random.default_rng(5), 0.4, 6
    squares = [
        relative_and_squared_change(numbers, width=24, layers=layers, tau=tau, direction=direction)[
            1
        ]
        for _ in range(200)
    ]
    error = np.std(squares) / math.sqrt(len(squares))
    assert np.mean(squares) - 4 * error < change_energy_bound(tau=tau, layer=layers)
    assert np.mean(squares) > 0.25 * change_energy_bound(tau=tau, layer=layers)


def test_the_bound_on_gradients_is_above_what_they_are_at_infinite_width():
    for tau in (0.01, 0.3, 2.0):
        for residuals in (1, 7, 40):
            bound = gradient_energy_bound.log(tau=tau, residuals=residuals)
            for layer in {1, residuals // 2 + 1, residuals}:
                found = wide_gradient_energy.log(tau=tau, residuals=residuals, layer=layer)
                assert found < bound
    # Loose by the units that are dead at the start alone, where branches are small.
    assert wide_gradient_energy(tau=0.01, residuals=1, layer=1) > 0.5 * 0.01**2
