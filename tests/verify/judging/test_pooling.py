"""Evidence of many points together."""

import functools
import math

import numpy as np
import pytest

import verify
from toy_claims import L, claim, judged, measure, trial
from verify.judging.pooling import ALPHA_POOLED, pooled


def only(form, **terms):
    (judgement,) = verify.check(claim(form, **terms)).judgements
    return judgement


MANY = tuple(range(1, 31))
SLIGHTLY_OFF = functools.partial(measure, truth=lambda depth: 1.005 * depth)
"""Draws whose mean is half a percent above the depth."""
SLIGHTLY_OFF.__module__ = __name__


def test_a_systematic_error_that_no_point_shows_is_refuted_by_the_pool():
    judgement = only(judged(L), depths=MANY, margin=0.02, measure=SLIGHTLY_OFF)
    assert {one.verdict for one in judgement.trials} == {"CONFIRMED"}
    assert judgement.pool.points == len(MANY)
    assert judgement.pool.above >= judgement.pool.threshold
    assert judgement.verdict == "REFUTED"
    assert judgement.counterexample is None
    assert judgement.epsilon is None
    assert "30 points together do: measured means lie above it" in judgement.sentence


def test_a_true_form_is_not_refuted_by_the_pool():
    judgement = only(judged(L), depths=MANY, margin=0.02)
    assert judgement.verdict == "CONFIRMED"
    assert max(judgement.pool.above, judgement.pool.below) < judgement.pool.threshold


def test_the_pool_adds_the_evidence_of_points_bet_by_bet():
    form = judged(L)
    one, two = trial(form, [2.0, 2.1, 1.7]), trial(form, [3.1, 3.4], depth=3)
    together = [
        np.exp(one.evidence.wealth[name] + two.evidence.wealth[name]).mean()
        for name in ("refute_above", "refute_above_varied")
    ]
    found = pooled([one, two], forms=4)
    assert found.above == pytest.approx(math.log(np.mean(together)))
    assert found.threshold == math.log(2 * 4 / ALPHA_POOLED)


def test_a_point_that_is_judged_twice_joins_the_pool_once():
    form = judged(L)
    first, second = [2.0, 2.1, 1.7], [3.1, 3.4]
    one, two = trial(form, first), trial(form, second, depth=3)
    again = trial(form, first, margin=0.05)
    assert pooled([one, again, two, two], forms=1) == pooled([one, two], forms=1)
    assert pooled([one, again, one], forms=1) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_grid_that_repeats_itself_refutes_no_true_form(seed):
    repeated = claim(judged(L), depths=(1,) * 20)
    judgement = verify.check(repeated, seed=seed).judgements[0]
    assert judgement.verdict == "CONFIRMED"
    assert judgement.pool is None


def test_one_point_and_points_out_of_reach_pool_nothing():
    near = judged(L)
    far = judged(L, remainder=lambda values: 0.3)
    assert pooled([trial(near, [2.0])], forms=1) is None
    assert pooled([trial(near, [2.0]), trial(far, [9.0], verdict="REFUTED")], forms=1) is None
    assert verify.check(claim(judged(L)), depth=2).judgements[0].pool is None


def test_a_side_that_some_point_cannot_test_is_not_pooled():
    form = judged(L, relative_variance=None)
    found = pooled([trial(form, [2.0]), trial(form, [3.0], depth=3)], forms=1)
    assert found.below is None
    assert not found.refuted
