"""How long runs on quadratics are at which limits in T are judged."""

from itertools import product

import numpy as np

from numerics.trajectories import measure_heavy_ball
from verify.claims.trajectories.quadratic import _rounding_of, heavy_ball_limit, long_heavy_ball

FORM = heavy_ball_limit.says[0].form


def test_the_heavy_ball_is_at_its_limit_wherever_it_is_judged():
    for root, ratio in product(np.linspace(-0.95, 0.95, 20), np.linspace(0, 0.9, 10)):
        at = {"root": float(root), "root_ratio": float(ratio)}
        steps = long_heavy_ball.sizes(at, 0.05)["steps"]
        (found,) = measure_heavy_ball(**at, steps=steps, networks=1, seed=0).per_network
        form = FORM(**at)
        assert abs(found - form) <= _rounding_of(FORM)(at) * abs(form), at
