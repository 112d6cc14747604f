"""Worst perturbations and gradients against drawn matrices, finite differences and an ODE."""

import math

import numpy as np
import pytest
import sympy
import torch

from theory.residual_scaling import (
    change_energy_bound,
    gradient_energy_bound,
    greatest_change_depth_limit,
    kernel_trace_bound,
    least_gradient_bound,
    tangent_depth_limit,
    wide_energy,
    wide_gradient_energy,
    wide_tangent_energy,
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


def gradients(numbers, inputs, *, width, residuals, tau):
    """Gradients of an output v . h_L by W_1..W_L at inputs, from drawn matrices, v ~ N(0, 1)."""
    embedding = numbers.standard_normal((width, inputs.shape[1])) * math.sqrt(2 / width)
    hidden = np.maximum(inputs @ embedding.T, 0)
    scales = [1.0] * residuals + [2.0]
    weights = [
        torch.tensor(
            numbers.standard_normal((width, width)) * math.sqrt(one / width), requires_grad=True
        )
        for one in scales
    ]
    readout = torch.tensor(numbers.standard_normal(width))
    found = []
    for start in torch.tensor(hidden):
        layer = start
        for weight in weights[:-1]:
            layer = torch.relu(layer + tau * weight @ layer)
        output = readout @ torch.relu(weights[-1] @ layer)
        found.append([one.numpy() for one in torch.autograd.grad(output, weights)])
    return found


@pytest.mark.parametrize(("tau", "residuals"), [(0.1, 1), (0.5, 3)])
def test_the_trace_of_the_kernel_is_near_its_bound(tau, residuals):
    numbers, width = np.random.default_rng(9), 12
    one = np.array([[1.0]])
    traces = [
        sum(
            (of_weights**2).sum()
            for of_weights in gradients(numbers, one, width=width, residuals=residuals, tau=tau)[0]
        )
        / width
        for _ in range(800)
    ]
    bound = kernel_trace_bound(tau=tau, residuals=residuals)
    error = np.std(traces) / math.sqrt(len(traces))
    assert 0.6 * bound < np.mean(traces) + 4 * error
    assert np.mean(traces) - 4 * error < bound


def of_angle(angle):
    """The least eigenvalue of W_L's part over m, of two unit vectors below it at infinite width.

    Of two units are active alike (1 - a/pi)/2, and each alone half.
    """
    return (1 - (1 - angle / math.pi) * math.cos(angle)) / 2


def test_the_least_gradient_at_the_start_is_above_its_bound():
    for distance in np.linspace(1e-3, 2, 200):
        angle = 2 * math.asin(distance / 2)
        cosine = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi
        assert of_angle(math.acos(cosine)) > least_gradient_bound(separation=distance)
    # Near to each other it is delta/(2 pi), of which the bound has 0.98.
    assert of_angle(1e-3) == pytest.approx(1e-3 / (2 * math.pi), rel=2e-3)
    assert least_gradient_bound(separation=1e-3) == pytest.approx(0.98e-3 / (2 * math.pi))


def test_of_near_inputs_the_least_gradient_is_that_of_tangents_and_is_above_its_bound():
    # |v| |h| delta/(2 pi) of the tangent v and the layer h, by the recursions at infinite width.
    def share(kappa, layers):
        at = {"tau": kappa / math.sqrt(layers), "layer": layers}
        return math.sqrt(wide_tangent_energy(**at) * wide_energy(**at))

    for kappa in (0.05, 0.1, 0.15, 0.3, 1.0):
        for layers in (1, 4, 64):
            assert share(kappa, layers) > 0.98
        limit = tangent_depth_limit(kappa=kappa, fraction=1.0) * math.exp(kappa**2)
        assert math.sqrt(limit) > 0.984
    # So 0.99 would be too much.
    assert share(0.14, 64) < 0.988


def test_the_angle_of_near_inputs_at_the_first_layer_is_that_of_the_tangent():
    tau = 0.1
    b = math.atan(tau / math.sqrt(2))
    tangent = (1 - b / math.pi) * (2 + tau**2) / 2 + tau**2 / 4
    energy = (2 + tau**2) * (1 - (b - math.sin(b) * math.cos(b)) / math.pi) / 2 + tau**2 / 4
    at = {"tau": tau, "layer": 1}
    assert wide_tangent_energy(**at) * wide_energy(**at) == pytest.approx(tangent * energy)


def test_the_least_gradient_of_drawn_networks_is_that_of_their_angle():
    numbers, width, distance = np.random.default_rng(10), 400, 1.0
    inputs = np.array([[1.0, 0.0], [0.5, math.sqrt(0.75)]])
    least, apart = [], []
    for _ in range(40):
        both = gradients(numbers, inputs, width=width, residuals=1, tau=1e-6)
        last = np.stack([of_weights[-1].ravel() for of_weights in both])
        least.append(np.linalg.eigvalsh(last @ last.T)[0] / width)
        apart.append(np.sum((last[0] - last[1]) ** 2) / 2 / width)  # of v = (1, -1)/sqrt(2)
    angle = math.pi / 3
    cosine = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi
    error = np.std(apart) / math.sqrt(len(apart))
    assert abs(np.mean(apart) - of_angle(math.acos(cosine))) < 4 * error < 0.04
    assert np.mean(least) > least_gradient_bound(separation=distance)
