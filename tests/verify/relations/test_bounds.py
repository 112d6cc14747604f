"""Bounds on the variable itself: one violation refutes a sure one, many refute another."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

import toy_claims
from verify.command_line.check import in_words
from verify.command_line.recalled import last_verdicts
from verify.judging.judge import check_all
from verify.ledger.store import Ledger
from verify.report.document import panels
from verify.report.plot import figure_svg

both = pytest.mark.parametrize(
    ("relation", "held", "broken"),
    [("always at most", 2.1, 3.9), ("always at least", 3.9, 2.1)],
)


def target(relation="always at most", **terms):
    return toy_claims.target(relation, **{"finite_size": 1e-9, **terms})


@both
def test_one_violation_refutes_a_sure_bound_however_often_it_held(relation, held, broken):
    judged = target(relation)
    holds, fails = judged.weigh(np.full(10_000, held)), judged.weigh(np.array([broken]))
    assert judged.decide(fails) == judged.decide(fails + holds) == "REFUTED"
    assert judged.decide_in_order([holds, fails])[0] == "CONFIRMED"  # by then it was settled


@both
def test_a_sure_bound_is_confirmed_after_exactly_the_planned_searches(relation, held, broken):
    judged = target(relation)
    planned = judged.plan()
    assert planned == math.ceil(math.log(2e6) / -math.log(0.9))
    assert judged.decide(judged.weigh(np.full(planned, held))) == "CONFIRMED"
    assert judged.decide(judged.weigh(np.full(planned - 1, held))) is None


def test_a_violation_within_rounding_is_none():
    judged = target()
    assert judged.decide(judged.weigh(np.array([3 * (1 + 0.9e-9)]))) is None
    assert judged.decide(judged.weigh(np.array([3 * (1 + 1.1e-9)]))) == "REFUTED"


def test_the_tightest_ratio_found_is_kept():
    judged = target()
    found = judged.weigh(np.array([1.0, 2.9])) + judged.weigh(np.array([-6.0, 2.0]))
    assert (found.least, found.greatest) == pytest.approx((-2, 2.9 / 3), rel=1e-15)
    left = judged.seen_within(found)
    assert left.low == judged.seen(found) == pytest.approx(2.9, rel=1e-15)
    assert left.high == math.inf


@both
@pytest.mark.parametrize("violation", [0.02, 0.2])
def test_a_bound_that_fails_as_often_as_stated_is_confirmed(relation, held, broken, violation):
    judged = target(relation, but_for=violation)
    rng = np.random.default_rng(0)
    draws = np.where(rng.random((20, judged.plan())) < violation, broken, held)
    assert {judged.decide(judged.weigh(run)) for run in draws} == {"CONFIRMED"}


@both
def test_of_a_bound_that_may_fail_the_extreme_and_what_is_left_of_the_quantile_are_kept(
    relation, held, broken
):
    upper = relation == "always at most"
    judged = target(relation, but_for=0.1, epsilon=0.05)
    x = 3 * np.exp2(np.random.default_rng(0).normal(-2 if upper else 2, 1, 4000))
    found = judged.weigh(x[:1500]) + judged.weigh(x[1500:])
    assert judged.nearest(found) == (x.max() if upper else x.min())
    left = judged.left(found)
    # One end is that of delta, the other that of delta + epsilon.
    quantile, outer = np.quantile(x, (0.9, 0.85) if upper else (0.1, 0.15))
    low, high = (quantile, outer) if upper else (outer, quantile)
    assert left.low < low
    assert left.high > high
    assert left.high / left.low < 2**0.75  # rungs lie 19 % apart
    inner, outer_end = (left.low, left.high) if upper else (left.high, left.low)
    tighter, looser = (1 - 1e-8, 1 + 1e-8) if upper else (1 + 1e-8, 1 - 1e-8)
    assert judged.allowed(tighter * inner).misses(left)
    assert not judged.allowed(looser * inner).misses(left)
    assert judged.confirms(looser * outer_end, left)
    assert not judged.confirms(tighter * outer_end, left)


@both
def test_ends_of_a_quantile_miss_it_no_more_often_than_alpha(relation, held, broken):
    judged = target(relation, but_for=0.1, epsilon=0.05, alpha=0.2)
    rng = np.random.default_rng(1)
    shares = rng.random((500, 1000))
    # Of a quantile that is a rung, so that the null next to it is true by a hair.
    x = 3 * np.where(shares < 0.1, 2.0**-1.0 * 1.01, 0.01)
    if relation == "always at least":
        x = 9 / x
    quantile = 3 * 2 ** (-1.0 if relation == "always at most" else 1.0)
    missed = 0
    for run in x:
        left = judged.left(judged.weigh(run))
        missed += left.low >= quantile if relation == "always at most" else left.high <= quantile
    assert missed / len(x) < judged.alpha / 2


@both
def test_a_bound_that_fails_more_often_than_stated_is_refuted(relation, held, broken):
    judged = target(relation, but_for=0.1)
    excessive = judged.detect(2000)
    assert 0.1 < excessive < 0.2
    draws = np.where(np.random.default_rng(0).random((40, 2000)) < excessive, broken, held)
    found = [judged.decide(judged.weigh(run)) for run in draws]
    assert found.count("REFUTED") > 24


def test_the_violations_that_a_search_would_have_met_are_detectable():
    # A violation this frequent stays unseen in 300 searches with probability alpha / 2.
    judged = target()
    rate = judged.detect(300)
    assert (1 - rate) ** 300 == pytest.approx(judged.alpha / 2, rel=1e-9)


@pytest.mark.parametrize(
    "terms", [{"but_for": -0.1}, {"but_for": 0.95}, {"epsilon": 0.0}, {"value": 0.0}]
)
def test_a_bound_that_cannot_be_judged_is_named(terms):
    (name,) = terms
    with pytest.raises(ValueError, match=rf"{name} = .*must"):
        target(**terms)


def test_of_a_bound_that_may_fail_the_mean_is_shown_and_not_the_extreme():
    x = np.linspace(0.0, 6.0, 301)
    evidence = target("always at most", but_for=0.5).weigh(x)
    assert target("always at most", but_for=0.5).seen(evidence) == pytest.approx(3.0)
    assert target("always at most").seen(evidence) == pytest.approx(6.0)


def test_a_refuted_bound_that_may_fail_says_how_often_it_might():
    bound = toy_claims.judged(toy_claims.L, relation="always at most", but_for=lambda values: 0.5)
    trial = toy_claims.trial(bound, 2.0 + np.arange(400) / 100, verdict="REFUTED")
    found = SimpleNamespace(
        parameters={"depth": 2}, kind="", theory=2.0, estimate=4.0, repeat_verdict="REFUTED"
    )
    said = bound.refuted(found, [trial])
    assert "to fail with a probability of at most 50 %" in said
    assert "their mean is 4." in said


@pytest.mark.parametrize("relation", ["always at most", "always at least", "exact"])
def test_what_one_draw_refutes_is_shown_without_the_standard_error_of_a_mean(relation):
    judged = toy_claims.target(relation, finite_size=1e-9)
    assert judged.standard_error(judged.weigh(np.array([2.0, 4.0]))) is None


def test_a_mean_is_shown_with_its_standard_error_also_of_a_bound_that_may_fail():
    x = np.linspace(0.0, 6.0, 301)
    for judged in (toy_claims.target("equal"), target("always at most", but_for=0.5)):
        assert judged.standard_error(judged.weigh(x)) == pytest.approx(
            np.std(x, ddof=1) / np.sqrt(301)
        )
        assert judged.standard_error(judged.weigh(x[:1])) is None


def test_a_violation_of_a_sure_bound_is_told_without_an_error_wherever_it_is_told(tmp_path):
    bound = toy_claims.judged(toy_claims.L / 2, relation="always at most")
    claim = toy_claims.claim(bound, depths=(2, 4, 8))
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as ledger:
        (verdict,) = check_all([claim], "quick", 0, 1, "cpu", ledger)
    (judgement,) = verdict.judgements
    assert judgement.verdict == "REFUTED"
    assert "±" not in in_words(judgement)
    assert judgement.summary()["standard_error"] is None
    assert {point.standard_error for point in judgement.points} == {None}
    for panel in panels(verdict):
        assert {str(one["standard_error"]) for one in panel["series"]} == {"None"}
        assert "s.e." not in figure_svg([panel])
    told = list(last_verdicts(path, claim, bound))
    assert len(told) == 1
    assert "±" not in told[0]
