import numpy as np
import pytest

from theory import learning_rate
from verify.claims.learning_rate import boundary, depth

RUN = {"seed": 1, "first_network": 0, "networks": 3, "device": "cpu"}
VALUES = {"network": "resnet", "inputs": "gaussian", "depth": 2, "width": 6, "steps": 50}


def line(blocks):
    return learning_rate.largest_learning_rate_resnet(depth=blocks, width=6)


def test_both_depths_are_sought_on_one_grid_that_steps_by_2():
    grid = depth.common_grid(VALUES, 0.2)
    assert grid["lowest"] == pytest.approx(2 * line(6))
    assert grid["highest"] >= 2**7 * line(2)
    assert grid["highest"] == pytest.approx(grid["lowest"] * 2 ** (grid["rates"] - 1))
    assert grid["samples"] == 24


def test_rows_hold_the_boundaries_of_both_depths():
    values = {**VALUES, **depth.common_grid(VALUES, 0.2)}
    found = depth.measure_boundaries_by_depth(values, **RUN)
    near, far = (
        boundary.BOUNDARIES({**values, "depth": blocks}, **RUN)[boundary.BOUNDARY]
        for blocks in (2, 6)
    )
    assert len({*near, *far}) > 1
    np.testing.assert_array_equal(found[depth.FALLS], np.stack([4 * far, near], 1))
    np.testing.assert_allclose(found[depth.SLOWER], np.stack([near / line(2), far / line(6)], 1))


def test_a_network_without_a_boundary_has_one_of_0():
    at = {**VALUES, "depth": 24, "width": 16}
    grid = depth.deep_grid(at, 0.2)
    printed = learning_rate.largest_learning_rate_resnet(depth=24, width=16)
    assert grid["lowest"] == pytest.approx(printed)
    found = depth.measure_boundary_and_limit({**at, **grid}, **RUN)[depth.BELOW_LIMIT]
    assert (found[:, 0] == 0).all()
    assert (found[:, 1] > printed).all()
