"""Networks on paths against scipy's solvers, and against networks and paths written out."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from numerics import weight_paths
from numerics.weight_paths import depth_limit

DEPTHS = (4, 32)
RUN = {"networks": 6, "seed": 1}


def test_a_network_is_that_of_its_path_and_the_solver_agrees_with_another():
    paths, inputs = depth_limit._smooth(2, 1, range(1))
    assert np.linalg.norm(inputs, axis=1) == pytest.approx(1)
    norms = np.linalg.norm(paths, axis=(2, 3))
    np.testing.assert_allclose(norms, [[1] * 8, [0.25] * 8, [0.25] * 8], rtol=1e-12)
    apart = []
    for x, *path in zip(inputs, *paths, strict=True):

        def weights(time, path=path):
            return path[0] + path[1] * time + path[2] * math.sin(2 * math.pi * time)

        solved = solve_ivp(
            lambda t, h, weights=weights: np.tanh(weights(t) @ h), (0, 1), x, "LSODA",
            rtol=1e-10, atol=1e-12,
        ).y[:, -1]  # fmt: skip
        h = x
        for k in range(32):
            h = h + np.tanh(weights(k / 32) @ h) / 32
        apart.append(np.linalg.norm(h - solved))
    found = weight_paths.measure_ode_errors(dim=2, depths=DEPTHS, networks=1, seed=1)
    assert found.per_network.shape == (1, 2)
    assert found.per_network[0, 1] == pytest.approx(np.mean(apart), rel=1e-6)


def test_a_network_of_small_weights_is_compared_with_the_linear_one():
    paths, inputs = depth_limit._smooth(3, 1, range(1))
    alpha, size, depth, apart = 0.7, 0.5, 4, []
    for x, *path in zip(inputs, *paths, strict=True):
        h, linear = size * x, size * x
        for k in range(depth):
            time = k / depth
            weight = path[0] + path[1] * time + path[2] * math.sin(2 * math.pi * time)
            h = h + depth**-alpha * np.tanh(depth ** (alpha - 1) * weight @ h)
            linear = linear + weight @ linear / depth
        apart.append(np.linalg.norm(h - linear) / size)
    found = weight_paths.measure_nonlinearity(
        dim=3, alpha=alpha, input_norm=size, depths=DEPTHS, networks=1, seed=1
    )
    assert found.per_network[0, 0] == pytest.approx(np.mean(apart), rel=1e-9)


def test_the_limit_of_a_rough_path_is_that_of_a_solver_on_its_first_octaves():
    a, c = 0.9, depth_limit._ROUGH_SIZE
    octaves = np.arange(10)

    def velocity(time, h):
        shares = (1 - np.cos(2 * np.pi * time * 2.0**octaves)) * 2 ** (-a * octaves)
        return np.tanh(c * shares.sum() * h)

    x = np.array([1e-3])
    solved = solve_ivp(velocity, (0, 1), x, rtol=1e-8, atol=1e-14, max_step=2e-4).y[0, -1]
    first = c * (2 ** (-a * octaves)).sum()
    assert solved / x[0] == pytest.approx(math.exp(first), rel=1e-6)
    found = weight_paths.measure_rough_errors(hoelder=a, depths=(64,), **RUN).per_network
    assert np.all(np.abs(found / (c * 64**-a / (1 - 2**-a)) - 1) < 0.12)
    with pytest.raises(ValueError, match="powers of 2"):
        weight_paths.measure_rough_errors(hoelder=a, depths=(48,), **RUN)


def test_the_solution_of_the_young_equation_is_that_along_the_polygon_of_its_path():
    settings = {"pieces": 4, "net": 2, "first_level": 1, "last_level": 3, "size": 0.5, "start": 0.5}
    found = weight_paths.measure_young_errors(**settings, **RUN).per_network
    assert found.shape == (6, 3)
    # Whatever polygon leads from 0 to 0.5, the equation takes 0.5 to the same point.
    corners = [0, 0.25, 0.5, 0.25, 0.5]
    h = np.array([0.5])
    for low, high in pairwise(corners):
        rise = high - low
        h = solve_ivp(
            lambda t, h, rise=rise: np.tanh(h) * rise, (0, 1), h, rtol=1e-11, atol=1e-13
        ).y[:, -1]
    assert h[0] == pytest.approx(math.asinh(math.sinh(0.5) * math.exp(0.5)), rel=1e-8)
    # Of three steps up and one down, in some order.
    errors = set()
    for place in range(4):
        y = 0.5
        for k in range(4):
            y += math.tanh(y) * (-0.25 if k == place else 0.25)
        errors.add(round(abs(y - h[0]), 9))
    assert set(np.round(found[:, 0], 9)) <= errors
    later = weight_paths.measure_young_errors(**{**settings, "first_level": 2}, **RUN)
    np.testing.assert_array_equal(later.per_network, found[:, 1:])
    for changes in ({"net": 3}, {"net": 5}, {"first_level": 4}):
        with pytest.raises(ValueError, match=r"net|last_level"):
            weight_paths.measure_young_errors(**{**settings, **changes}, **RUN)
