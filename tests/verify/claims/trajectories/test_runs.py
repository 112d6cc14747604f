"""What is assumed of descent on |theta|^p/p: how far from their limits both sides of (3) are."""

import math

import numpy as np
import pytest

from numerics.trajectories import measure_flat_descent, measure_straightness, regularity
from verify.claims.trajectories import runs


@pytest.mark.parametrize("power", [2.4, 2.6, 2.8, 3.3])
def test_both_sides_are_as_near_to_their_limits_as_is_derived(power):
    steps, found = runs.LENGTHS[0], {"bound": [], "average gap": []}
    for start in runs.STARTS:
        points = [start]
        for _ in range(20 * steps):
            points.append(points[-1] - runs.RATE * points[-1] ** (power - 1))
        points = np.array(points)
        gaps = points**power / power
        run = points[: steps + 1]
        squares = (run - run[-1]) ** 2
        gammas = (squares[:-1] - squares[1:]) / (2 * runs.RATE) / gaps[:steps]
        assert gammas.argmin() == steps - 1
        bound = squares[0] / (2 * runs.RATE * steps * gammas[-1])
        limit = start**2 * (power - 2) / (power * runs.RATE)
        found["bound"].append(abs(math.log(bound / limit)))
        found["average gap"].append(1 - gaps[:steps].sum() / gaps.sum())
    for quantity, most in runs.not_a_rate.by[0].remainder.items():
        assert most({"power": power}) / 4 < max(found[quantity]) < most({"power": power})


def test_gamma_and_length_grow_with_the_rate_where_the_flat_direction_comes_last():
    for condition, gamma in ((25, 1.9 / 25), (10, 1.9 * (3 - 3.8))):
        found = measure_straightness(
            condition=condition, scaled_rates=runs.RATES, networks=5, seed=0
        )
        np.testing.assert_allclose(found.gamma.per_network[:, -1], gamma, rtol=0.1)
        assert (np.diff(found.gamma.per_network[:, :-1]) > 0).all()
        assert (found.gamma.per_network[:, -1] > found.gamma.per_network[:, -2]).all() == (
            condition > 19
        )
        assert (np.diff(found.length_over_distance.per_network) > 0).all()


def test_at_one_learning_rate_the_longer_path_may_have_the_larger_gamma():
    gamma, length = {}, {}
    for h in (1.4, 0.05):
        points = (1 - h) ** np.arange(40.0)[:, None]
        found = regularity(points=points, gaps=h * points[:-1, 0] ** 2 / 2, learning_rate=1)
        gamma[h] = found.parameter
        length[h] = np.abs(np.diff(points[:, 0])).sum() / found.distance
    assert gamma == pytest.approx({1.4: 0.28, 0.05: 0.05})
    assert length == pytest.approx({1.4: 7 / 3, 0.05: 1})


@pytest.mark.parametrize("power", [2.4, 3.3])
def test_draws_vary_no_more_than_is_derived(power):
    measured = measure_flat_descent(power=power, lengths=(600,), networks=4000, seed=1)
    for side in (measured.bound, measured.average_gap):
        draws = side.per_network[:, 0]
        share = draws.var() / draws.mean() ** 2 / runs._variance({"power": power})
        assert 0.2 < share < 1
