"""Searches for the greatest distances from a limit, against solvers and paths that attain them."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from numerics import weight_paths
from numerics.simulation import keyed
from numerics.weight_paths import depth_extremes


@pytest.mark.parametrize("weight", [-1.3, 0.0, 1e-9, 0.7])
def test_the_flow_of_a_constant_weight_is_what_a_solver_finds(weight):
    flow = depth_extremes._flow(np.array([0.4]), np.array([weight]), 2, 1.5)
    solved = solve_ivp(
        lambda t, h: 1.5 * np.tanh(weight * h / 1.5), (0, 0.5), [0.4], rtol=1e-11, atol=1e-12
    )
    assert flow[0] == pytest.approx(solved.y[0, -1], rel=1e-9)


@pytest.mark.parametrize("variation", [0.0, 0.5, 5.0])
def test_paths_are_of_the_size_and_the_variation_that_is_asked_for(variation):
    paths = depth_extremes._paths(keyed.numpy_generator(seed=1, network=0), 7, 0.8, variation)
    found = np.abs(np.diff(paths, axis=0)).sum(axis=0)
    assert paths.shape == (14, 64)
    assert np.abs(paths).max() <= 0.8 * (1 + 1e-12)
    assert found.max() <= variation * (1 + 1e-12)
    if variation == 0.5:
        assert found.min() == pytest.approx(0.5)


def test_the_search_comes_near_the_path_that_jumps_at_once():
    depth, norm, variation = 20, 0.5, 0.3
    found = weight_paths.measure_extreme_errors(
        depth=depth, alpha=1.0, norm=norm, variation=variation, input_norm=1e-3, networks=40, seed=1
    )
    jumps = (1 + (norm - variation) / depth) * (1 + norm / depth) ** (depth - 1)
    most = math.exp(norm) - jumps
    for one in (found.from_ode, found.from_linear_ode):
        assert 0.97 < one.per_network.max() / most <= 1 + 1e-5
    with pytest.raises(ValueError, match="norm"):
        weight_paths.measure_extreme_errors(
            depth=2, alpha=1.0, norm=0.0, variation=0.1, input_norm=0.1, networks=1, seed=1
        )
