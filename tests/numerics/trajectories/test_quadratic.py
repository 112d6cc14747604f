"""Descent on quadratics as it is simulated, whose coordinates shrink beyond all floats."""

import numpy as np
import pytest

from numerics.trajectories import measure_descent, measure_heavy_ball, measure_long_descent
from theory import trajectories as forms


@pytest.mark.parametrize("x", [0.9999591607981512, 0.999999, 1 - 1e-9, 1.0, 1.00004])
def test_next_to_the_rate_that_ends_at_once_gamma_is_still_right(x):
    # 40 steps by a factor of 4e-5 or less end below 1e-176, whose square is no float.
    found = measure_descent(scaled_rate=x, networks=200, seed=0)
    form = forms.quadratic_regularity(scaled_rate=x)
    np.testing.assert_allclose(found.per_network, form, rtol=1e-12)


def test_long_runs_end_below_every_float_and_have_their_limits():
    rates = {"least_rate": 0.7, "greatest_rate": 0.75}
    found = measure_long_descent(**rates, steps=2000, networks=5, seed=0)
    np.testing.assert_allclose(found.per_network, forms.quadratic_limit(**rates), rtol=1e-12)
    for root in (0.01, -0.01):
        ball = {"root": root, "root_ratio": 0.9}
        found = measure_heavy_ball(**ball, steps=400, networks=5, seed=0)
        np.testing.assert_allclose(found.per_network, forms.heavy_ball_limit(**ball), rtol=1e-10)
