"""Verdicts on the mean of a variable, and on identities: rarely wrong, and quick where it counts.

Wherever draws are random the seed is fixed and the bound is a theorem (Ville's inequality) or far
from what is seen, so that the outcome is not a matter of luck.
"""

import dataclasses
import json
import math
from functools import partial

import numpy as np
import pytest

import toy_claims
from verify.evidence import Evidence
from verify.evidence.martingales import log_wealth
from verify.relations.means.non_negative import RUNGS
from verify.relations.means.varied import VARIED

target = partial(toy_claims.target, finite_size=0.02, relative_variance=0.05)


SPLITS = ([1, 899], [300, 300, 300], [899, 1], [1] * 900, [7, 893])


@pytest.mark.parametrize("relation", ["equal", "at most", "at least", "exact"])
@pytest.mark.parametrize(
    "sizes", SPLITS, ids=lambda sizes: f"{len(sizes)} blocks, first {sizes[0]}"
)
def test_evidence_of_blocks_adds_up_to_that_of_the_whole(relation, sizes):
    draws = np.random.default_rng(0).gamma(20, 3 / 20, size=900)
    judged = target(relation=relation)
    first, *others = (judged.weigh(x) for x in np.split(draws, np.cumsum(sizes)[:-1]))
    total, pieces = sum(others, start=first), [first, *others]
    whole = judged.weigh(draws)
    for name in ("draws", "mean", "squares", "least", "greatest"):
        np.testing.assert_allclose(getattr(total, name), getattr(whole, name), rtol=1e-10)
    assert total.wealth.keys() == whole.wealth.keys()
    for name, wealth in whole.wealth.items():
        # What each of them may have lost by rounding to 12 binary digits, where bets are many.
        each = np.abs([piece.wealth[name] for piece in (*pieces, whole)]).sum(axis=0)
        lost = 2.0**-11 * each if wealth.size > 16 else np.zeros_like(each)
        found, held = total.wealth[name], np.isfinite(wealth)
        assert (np.isfinite(found) == held).all()
        apart = np.abs(found[held] - wealth[held])
        assert (apart <= (lost + 1e-10 * (1 + each))[held]).all()
    assert total.standard_error == pytest.approx(np.std(draws, ddof=1) / 30, rel=1e-10)


def test_one_draw_has_no_standard_error():
    assert target().weigh(np.array([3.0])).standard_error == math.inf


# Laws of mean 1: name, sampler, relative variance -----------------------------------------------


def chi_square_products(rng, shape):
    return rng.chisquare(10, size=(5, *shape)).prod(axis=0) / 10**5


def lognormal(rng, shape):
    return np.exp(rng.normal(size=shape) - 0.5)


def bernoulli(rng, shape):
    return 10.0 * (rng.random(shape) < 0.1)


def rare_outlier(rng, shape):
    """Nearly always 0.9, once in a hundred draws 10.9."""
    return np.where(rng.random(shape) < 0.01, 10.9, 0.9)


ZOO = [
    pytest.param(chi_square_products, 1.2**5 - 1, id="chi-square products"),
    pytest.param(lognormal, math.e - 1, id="lognormal"),
    pytest.param(bernoulli, 9.0, id="Bernoulli"),
    pytest.param(rare_outlier, 0.99, id="two-point outlier"),
]


def verdicts(sampler, judged, *, runs, draws, blocks, scale=1.0, seed=0):
    """The verdict of each run on draws of mean scale * judged.value, looked at after each block."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        x = judged.value * scale * sampler(rng, (blocks, math.ceil(draws / blocks)))
        found.append(judged.decide_in_order(judged.weigh(row) for row in x)[0])
    return found


@pytest.mark.parametrize(("sampler", "w"), ZOO)
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_formula_off_by_a_factor_of_two_is_refuted(sampler, w, scale):
    judged = target(finite_size=0.0, relative_variance=w)
    # The error is 1 or 1/2 of the value; six times the price of detecting it.
    draws = 6 * 3 * w * math.log(2 / judged.alpha) * 4
    found = verdicts(sampler, judged, runs=10, draws=draws, blocks=8, scale=scale)
    assert set(found) == {"REFUTED"}


def gamma(rng, shape):
    """Mean 1, relative variance 0.05: the variance of the usual target."""
    return rng.gamma(20, 1 / 20, size=shape)


@pytest.mark.parametrize("finite_size", [0.0, 0.02])
@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_true_formula_is_confirmed_within_the_plan(finite_size, side):
    judged = target(finite_size=finite_size)
    found = verdicts(
        gamma, judged, runs=60, draws=judged.plan(), blocks=4,
        scale=1 + side * judged.finite_size,
    )  # fmt: skip
    assert found.count("CONFIRMED") >= 57
    assert "REFUTED" not in found


@pytest.mark.parametrize("side", [-1, 1])
def test_a_formula_off_by_twice_the_gap_is_refuted_within_the_plan(side):
    judged = target()
    error = judged.finite_size + 2 * (judged.epsilon - judged.finite_size)
    found = verdicts(gamma, judged, runs=60, draws=judged.plan(), blocks=4, scale=1 + side * error)
    assert set(found) == {"REFUTED"}


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("draws", [300, 3000])
def test_the_refutable_error_is_refuted_more_often_than_not(side, draws):
    judged = target()
    error = judged.detect(draws)
    found = verdicts(gamma, judged, runs=100, draws=draws, blocks=1, scale=1 + side * error)
    assert found.count("REFUTED") > 60


def test_an_error_within_the_finite_size_term_is_never_detectable():
    errors = [target().detect(10**k) for k in range(1, 12)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] > target().finite_size


BELOW, ABOVE = 0.5, 1.5


@pytest.mark.parametrize(
    ("relation", "scale", "verdict"),
    [
        ("at most", BELOW, "CONFIRMED"),
        ("at most", ABOVE, "REFUTED"),
        ("at least", ABOVE, "CONFIRMED"),
        ("at least", BELOW, "REFUTED"),
    ],
)
def test_a_bound_speaks_of_one_side_only(relation, scale, verdict):
    judged = target(relation=relation)
    draws = judged.plan()
    assert set(verdicts(gamma, judged, runs=20, draws=draws, blocks=4, scale=scale)) == {verdict}


def test_without_a_stated_variance_the_lower_side_decides_nothing():
    # Bahadur and Savage (1956): no test of "the mean is at least m" has power without one.
    draws = np.full(5000, 1e-3)
    for relation in ("equal", "at least"):
        unbounded = target(relation=relation, relative_variance=None)
        assert unbounded.decide(unbounded.weigh(draws)) is None
    assert target().decide(target().weigh(draws)) == "REFUTED"


def test_without_a_stated_variance_an_excess_is_still_refuted():
    unbounded = target(relative_variance=None)
    assert unbounded.decide(unbounded.weigh(np.full(100, 6.0))) == "REFUTED"
    assert unbounded.detect(100) is None


def test_an_identity_is_refuted_by_one_draw_beyond_rounding():
    exact = target(relation="exact", finite_size=1e-6, relative_variance=None)
    held = exact.weigh(np.full(10, 3.0 * (1 + 0.9e-6)))
    broken = exact.weigh(np.array([3.0 * (1 - 1.1e-6)]))
    assert exact.decide(held) is None
    assert exact.decide(held + broken) == "REFUTED"
    assert exact.decide(exact.weigh(np.array([-3.0]))) == "REFUTED"


def test_an_identity_takes_so_many_draws_that_a_share_of_exceptions_would_be_met_but_for_alpha():
    identity = partial(target, relation="exact", relative_variance=None)
    exact, others = identity(), [identity(value=-50.0), identity(finite_size=1e-9)]
    draws = exact.plan()
    assert (1 - exact.exceptions) ** draws <= exact.alpha < (1 - exact.exceptions) ** (0.98 * draws)
    assert {other.plan() for other in others} == {draws}
    assert exact.decide(exact.weigh(np.full(draws, exact.value))) == "CONFIRMED"
    assert exact.decide(exact.weigh(np.full(draws - 1, exact.value))) is None
    assert exact.detect(5) == exact.finite_size


def test_the_plan_grows_with_the_variance_and_the_inverse_square_of_the_gap():
    def plan(**terms):
        return target(finite_size=0.0, **terms).plan()

    assert plan(relative_variance=0.2) == pytest.approx(4 * plan(), rel=1e-3)
    assert plan(epsilon=0.05) == pytest.approx(4 * plan(), rel=1e-3)
    assert plan(alpha=2e-12) == pytest.approx(2 * plan(alpha=2e-6), rel=1e-3)


def test_no_plan_confirms_without_a_gap():
    assert target(epsilon=0.02).plan() == math.inf


def test_lost_wealth_stays_lost_and_is_no_number_puzzle():
    ruined = target(relative_variance=0.01).weigh(np.array([3e9]))
    assert np.all(np.isneginf(ruined.wealth["refute_below"]))
    total = ruined + ruined + target(relative_variance=0.01).weigh(np.full(4, 1.0))
    assert np.all(np.isneginf(total.wealth["refute_below"]))
    assert log_wealth(total.wealth["refute_below"]) == -math.inf
    assert not any(np.isnan(wealth).any() for wealth in total.wealth.values())
    assert target().decide(total) == "REFUTED"  # from above


def holding(evidence, process, wealth):
    """The evidence with another wealth of one side, the same for each of its processes and bets."""
    names = (process, process + VARIED)
    log_bets = {name: np.full_like(evidence.wealth[name], math.log(wealth)) for name in names}
    return dataclasses.replace(evidence, wealth={**evidence.wealth, **log_bets})


@pytest.mark.parametrize("process", ["refute_above", "refute_below"])
def test_refuting_takes_a_wealth_of_two_over_alpha(process):
    # Two processes may refute; each is allowed half of alpha.
    judged = target(alpha=1e-3)
    draws = judged.weigh(np.array([3.0]))
    for wealth, verdict in ((1999.0, None), (2001.0, "REFUTED")):
        assert judged.decide(holding(draws, process, wealth)) == verdict


@pytest.mark.parametrize("process", ["confirm_above", "confirm_below"])
def test_confirming_takes_a_wealth_of_two_over_alpha_on_both_sides(process):
    judged = target(alpha=1e-3)
    draws = judged.weigh(np.full(5000, 3.0))
    assert judged.decide(draws) == "CONFIRMED"
    for wealth, verdict in ((1999.0, None), (2001.0, "CONFIRMED")):
        assert judged.decide(holding(draws, process, wealth)) == verdict


@pytest.mark.parametrize("relation", ["equal", "at most", "exact"])
def test_evidence_survives_the_ledger(relation):
    judged = target(relation=relation, relative_variance=0.01)
    evidence = judged.weigh(np.array([0.0, 3.0, 4000.0, 4000.0, 4000.0]))
    restored = Evidence.from_dict(json.loads(json.dumps(evidence.as_dict())))
    assert restored.as_dict() == evidence.as_dict()
    assert judged.decide(restored) == judged.decide(evidence) == "REFUTED"
    twice = (restored + restored).as_dict()
    assert twice == (evidence + evidence).as_dict()


@pytest.mark.parametrize("content", [{}, {"wealth": {}}, {"wealth": 1}, {"wealth": {"a": "b"}}])
def test_what_describes_no_evidence_is_refused(content):
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        Evidence.from_dict(content)


@pytest.mark.parametrize(
    ("relation", "factor", "beyond", "short"),
    [("at most", 2.0**-5.6, "slack_above", "slack_below"),
     ("at least", 2.0**5.6, "slack_below", "slack_above")],
)  # fmt: skip
def test_a_bound_says_where_the_mean_lies_to_a_quarter_octave(relation, factor, beyond, short):
    judged = target(relation=relation)
    wealth = judged.weigh(np.full(2000, 3.0 * factor)).wealth
    shown = {
        name: [log_wealth(rung) > math.log(2 / judged.alpha) for rung in wealth[name]]
        for name in (beyond, short)
    }
    quarters = range(1, RUNGS + 1)
    assert shown == {beyond: [k > 22 for k in quarters], short: [k <= 22 for k in quarters]}


# A sure upper end -------------------------------------------------------------------------------


def bounded(**terms):
    usual = {"value": 0.5, "largest": 1.0, "relative_variance": None, "finite_size": 0.0}
    return target(**{**usual, **terms})


@pytest.mark.parametrize("relation", ["equal", "at most", "at least"])
@pytest.mark.parametrize("w", [None, 0.05])
def test_a_true_mean_below_a_sure_upper_end_is_confirmed_within_the_plan(relation, w):
    judged = bounded(relation=relation, relative_variance=w)
    rng = np.random.default_rng(0)
    draws = math.ceil(judged.plan())
    share = rng.random((20, draws)) < 0.5 if w is None else rng.beta(9.5, 9.5, size=(20, draws))
    assert {judged.decide(judged.weigh(run)) for run in share} == {"CONFIRMED"}


@pytest.mark.parametrize(("relation", "mean"), [("equal", 0.3), ("at least", 0.3), ("equal", 0.7)])
def test_a_sure_upper_end_stands_in_for_a_variance(relation, mean):
    judged = bounded(relation=relation)
    draws = np.random.default_rng(0).random(2000) < mean
    assert judged.decide(judged.weigh(draws)) == "REFUTED"


def test_the_refutable_error_below_a_sure_upper_end_is_detected():
    judged = bounded(relative_variance=1.0)
    error = judged.detect(3000)
    for side in (-1, 1):
        draws = np.random.default_rng(0).random((60, 3000)) < 0.5 * (1 + side * error)
        found = [judged.decide(judged.weigh(run)) for run in draws]
        assert found.count("REFUTED") > 36


def test_a_draw_beyond_the_sure_upper_end_is_named():
    with pytest.raises(ValueError, match=r"1.5 is above the stated largest value, 1.0"):
        bounded().weigh(np.array([0.5, 1.5]))


def test_a_verdict_is_the_first_one_reached_and_later_blocks_do_not_change_it():
    judged = target()
    low, high = judged.weigh(np.full(400, 1.0)), judged.weigh(np.full(4000, 3.0))
    verdict, evidence = judged.decide_in_order([low, high])
    assert verdict == "REFUTED"
    assert evidence is low
    assert judged.decide_in_order([]) == (None, None)


@pytest.mark.parametrize(
    ("draws", "complaint"),
    [
        (np.empty(0), "non-empty"),
        (np.ones((2, 2)), "one non-empty row"),
        (np.array([1.0, math.nan]), "NaN"),
        (np.array([1.0, math.inf]), "1 of 2 are NaN or infinite"),
        (np.array([1.0, -1e-9]), "negative"),
    ],
)
def test_draws_that_cannot_be_weighed_are_named(draws, complaint):
    with pytest.raises(ValueError, match=complaint):
        target().weigh(draws)


@pytest.mark.parametrize(
    "terms",
    [{"value": value} for value in (0.0, -1.0, math.nan, math.inf)]
    + [{"finite_size": size} for size in (-0.1, 1.0, math.nan)]
    + [{"alpha": alpha} for alpha in (0.0, 1.1)]
    + [{"relative_variance": w} for w in (-0.1, math.inf, math.nan)]
    + [{"largest": end} for end in (2.9, math.inf, math.nan)],
)
def test_a_target_that_no_process_can_test_is_named(terms):
    (name,) = terms
    with pytest.raises(ValueError, match=rf"{name} = .*must"):
        target(**terms)
