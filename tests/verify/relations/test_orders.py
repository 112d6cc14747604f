"""Rankings by paired comparison under common random numbers."""

from functools import partial

import numpy as np
import pytest

import toy_claims
from verify.evidence.evidence import DIGITS

target = partial(toy_claims.target, relation="order", value=1.0, epsilon=0.2)


def rows(*means, runs=1, draws=2000, noise=1.0):
    """Rows of k values with a common part that swamps their differences."""
    rng = np.random.default_rng(0)
    common = 100 * rng.normal(size=(runs, draws, 1))
    return common + np.array(means) + noise * rng.normal(size=(runs, draws, len(means)))


def test_an_increasing_row_is_confirmed_and_a_decreasing_one_refuted():
    judged = target()
    (rising,) = rows(0, 1, 2, 3)
    assert judged.decide(judged.weigh(rising)) == "CONFIRMED"
    assert judged.decide(judged.weigh(rising[:, ::-1])) == "REFUTED"


def test_one_reversed_pair_refutes_the_whole_ranking():
    judged = target()
    (row,) = rows(0, 1, 2, 1.5, 3)
    assert judged.decide(judged.weigh(row)) == "REFUTED"


def test_one_tied_pair_leaves_it_open():
    (row,) = rows(0, 1, 2)
    row[:, 2] = row[:, 1]
    judged = target()
    assert judged.decide(judged.weigh(row)) is None


def test_an_outlier_counts_as_one_draw():
    judged = target()
    (row,) = rows(0, 3, draws=100)
    row[0] = 1e12, -1e12
    assert judged.decide(judged.weigh(row)) == "CONFIRMED"


def test_a_draw_reads_the_share_of_pairs_in_order():
    found = target().weigh(np.array([[0.0, 1.0, 0.5], [0.0, 1.0, 1.0], [0.0, 1.0, 2.0]]))
    assert found.mean == pytest.approx((0.5 + 0.75 + 1) / 3)
    assert (found.least, found.greatest) == (0.5, 1.0)


def test_evidence_of_blocks_adds_up_to_that_of_the_whole():
    (row,) = rows(0, 1, 2, draws=50)
    whole, *parts = (target().weigh(some) for some in (row, row[:7], row[7:]))
    for direction in ("increasing", "decreasing"):
        one, first, second = (weighed.wealth[direction] for weighed in (whole, *parts))
        kept = np.isfinite(one)
        assert np.array_equal(kept, np.isfinite(first + second))
        one, first, second = one[kept], first[kept], second[kept]
        # Each is rounded down to so many binary digits.
        rounding = 2.0 ** (1 - DIGITS) * (abs(one) + abs(first) + abs(second))
        assert (abs(first + second - one) <= rounding).all()


def test_the_planned_excess_is_confirmed_within_the_plan():
    judged = target(epsilon=0.1)
    rng = np.random.default_rng(0)
    later = rng.random((40, judged.plan())) < 0.6
    found = [
        judged.decide(judged.weigh(np.column_stack([np.full(run.size, 0.5), run]))) for run in later
    ]
    assert found.count("CONFIRMED") >= 38


def test_the_smallest_detectable_excess_is_detected():
    judged = target()
    excess = judged.detect(1000)
    later = np.random.default_rng(0).random((40, 1000)) < 0.5 - excess
    found = [
        judged.decide(judged.weigh(np.column_stack([np.full(run.size, 0.5), run]))) for run in later
    ]
    assert found.count("REFUTED") > 24


@pytest.mark.parametrize("draws", [np.ones(3), np.ones((3, 1)), np.ones((3, 2, 2))])
def test_draws_that_rank_nothing_are_named(draws):
    with pytest.raises(ValueError, match="two or more numbers"):
        target().weigh(draws)


@pytest.mark.parametrize("terms", [{"value": 2.0}, {"epsilon": 0.0}, {"epsilon": 0.6}])
def test_a_ranking_that_cannot_be_judged_is_named(terms):
    (name,) = terms
    with pytest.raises(ValueError, match=rf"{name} = .*must"):
        target(**terms)
