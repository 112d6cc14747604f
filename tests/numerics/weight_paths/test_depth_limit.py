"""Networks on paths against scipy's solvers, and against networks and paths written out."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from numerics import weight_paths
from numerics.weight_paths import depth_limit

RUN = {"networks": 6, "seed": 1}


def test_a_network_is_that_of_its_path_and_the_solver_agrees_with_another():
    paths, inputs = depth_limit._smooth(2, 1, range(1))
    assert np.linalg.norm(inputs, axis=1) == pytest.approx(1)
    norms = np.linalg.norm(paths, axis=(2, 3))
    np.testing.assert_allclose(norms, [[1] * 4, [0.25] * 4, [0.25] * 4], rtol=1e-12)
    apart = []
    for x, *path in zip(inputs, *paths, strict=True):

        def weights(time, path=path):
            return path[0] + path[1] * time + path[2] * math.sin(2 * math.pi * time)

        solved = solve_ivp(
            lambda t, h, weights=weights: np.tanh(weights(t) @ h), (0, 1), x, "DOP853",
            rtol=1e-11, atol=1e-13,
        ).y[:, -1]  # fmt: skip
        errors = []
        for depth in (16, 32):
            h = x
            for k in range(depth):
                h = h + np.tanh(weights(k / depth) @ h) / depth
            errors.append(np.linalg.norm(h - solved))
        apart.append(errors)
    np.testing.assert_allclose(depth_limit._solved(paths, inputs)[-1], solved, atol=1e-7)
    found = weight_paths.measure_ode_exponent(dim=2, depth=16, networks=1, seed=1)
    shallow, deep = np.mean(apart, axis=0)
    assert found.per_network == pytest.approx([math.log2(deep / shallow)], rel=1e-5)


def test_a_network_of_small_weights_is_compared_with_the_linear_one():
    paths, inputs = depth_limit._smooth(3, 1, range(1))
    alpha, size, distances = 0.7, 0.5, []
    for depth in (4, 8):
        apart = []
        for x, *path in zip(inputs, *paths, strict=True):
            h, linear = size * x, size * x
            for k in range(depth):
                time = k / depth
                weight = path[0] + path[1] * time + path[2] * math.sin(2 * math.pi * time)
                h = h + depth**-alpha * np.tanh(depth ** (alpha - 1) * weight @ h)
                linear = linear + weight @ linear / depth
            apart.append(np.linalg.norm(h - linear) / size)
        distances.append(np.mean(apart))
    found = weight_paths.measure_nonlinearity_exponent(
        dim=3, alpha=alpha, input_norm=size, depth=4, networks=1, seed=1
    )
    assert found.per_network == pytest.approx([math.log2(distances[1] / distances[0])], rel=1e-9)


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
    sizes = np.array([0.9, 1.1]) * c
    errors = depth_limit._rough_error(sizes, a, 64)
    assert errors == pytest.approx(sizes * 64**-a / (1 - 2**-a), rel=0.01)
    found = weight_paths.measure_rough_exponent(hoelder=a, depth=64, **RUN).per_network
    assert found == pytest.approx(-a, abs=1e-3)
    with pytest.raises(ValueError, match="power of 2"):
        weight_paths.measure_rough_exponent(hoelder=a, depth=48, **RUN)


def test_the_solution_of_the_young_equation_is_that_along_the_polygon_of_its_path():
    settings = {"pieces": 4, "net": 2, "first_level": 1, "last_level": 2, "size": 0.5, "start": 0.5}
    found = weight_paths.measure_young_exponent(**settings, **RUN).per_network
    assert found.shape == (6,)
    # Whatever polygon leads from 0 to 0.5, the equation takes 0.5 to the same point.
    corners = [0, 0.25, 0.5, 0.25, 0.5]
    h = np.array([0.5])
    for low, high in pairwise(corners):
        rise = high - low
        h = solve_ivp(
            lambda t, h, rise=rise: np.tanh(h) * rise, (0, 1), h, rtol=1e-11, atol=1e-13
        ).y[:, -1]
    assert h[0] == pytest.approx(math.asinh(math.sinh(0.5) * math.exp(0.5)), rel=1e-8)
    # Of three steps up and one down, in some order, each of them cut likewise.
    exponents = []
    for order in product(range(4), repeat=5):
        errors = []
        for level in (1, 2):
            signs = [-1 if k == order[0] else 1 for k in range(4)]
            if level == 2:
                cuts = [[-1 if k == place else 1 for k in range(4)] for place in order[1:]]
                signs = [sign * cut for sign, one in zip(signs, cuts, strict=True) for cut in one]
            y = 0.5
            for sign in signs:
                y += math.tanh(y) * sign * 0.5 / 2**level
            errors.append(abs(y - h[0]))
        exponents.append(math.log(errors[1] / errors[0]) / math.log(4))
    assert np.abs(np.subtract.outer(found, exponents)).min(axis=1).max() < 1e-9
    for changes in ({"net": 3}, {"net": 5}, {"first_level": 2}):
        with pytest.raises(ValueError, match=r"net|last_level"):
            weight_paths.measure_young_exponent(**{**settings, **changes}, **RUN)
