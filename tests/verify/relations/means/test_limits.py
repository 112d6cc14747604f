"""Equalities in a limit whose remainder is known by its order only."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import sympy
from scipy.special import gammaincinv

import verify
from toy_claims import L, claim, judged
from verify.command_line.check import in_words
from verify.command_line.recalled import last_verdicts
from verify.evidence.accounting import BUDGETS
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.relations import Range
from verify.relations.means.limits import CONTRACTIONS, STEPS, LimitTarget
from verify.relations.planning import price
from verify.report.document import panels

SPREAD = 0.05


def limited(remainder, spread):
    """Levels of mean depth (1 + remainder(width)), gamma variables of that relative variance.

    Network k has the k-th number of the stream of its seed and width.
    """

    def measure(values, *, seed, first_network, networks, device):
        mean = values["depth"] * (1 + remainder(values["width"]))
        stream = np.random.PCG64([seed, values["width"]]).advance(first_network)
        uniform = np.random.Generator(stream).random(networks)
        return {"level": mean * spread * gammaincinv(1 / spread, uniform)}

    return measure


def toy(remainder, *forms, width=40, margin=0.06, depths=(2,), spread=SPREAD):
    return claim(
        *(forms or (judged(L, "right", relative_variance=None),)),
        measure=limited(remainder, spread), sizes=lambda at, within: {"width": width}, setting={},
        doubled=("width",), depths=depths, margin=margin,
    )  # fmt: skip


def first_order(share):
    """A remainder of the order 1/D, 20 % of it at D = 40, whose next order is a share of it."""
    return lambda width: 0.2 * (40 / width) * (1 + share * 40 / width)


def test_that_the_number_shown_is_of_a_limit_is_said_wherever_it_is_shown(tmp_path):
    wrong = judged(1.3 * L, "wrong", relative_variance=None, holds=False)
    path = tmp_path / "ledger"
    claimed = toy(first_order(0), wrong)
    (judgement,) = verify.check(claimed, ledger=str(path)).judgements
    found = judgement.counterexample
    assert found.estimate == pytest.approx(found.theory / 1.3, rel=0.06)  # the limit, not D = 40
    words = "extrapolated to the limit of width"
    assert f"± {found.standard_error:.2g} {words}" in in_words(judgement)
    assert "measured" not in in_words(judgement)
    assert f"give {found.estimate:.4g}, {words}, a ratio" in judgement.sentence
    assert judgement.summary()["limit_of"] == ["width"]
    assert all(point.limit_of == ["width"] for point in judgement.points)
    assert all(f" {words}" in line for line in last_verdicts(path, claimed, wrong))


def test_points_of_a_plot_are_called_extrapolated():
    *_, panel = panels(verify.check(toy(first_order(0))))
    assert [one["label"] for one in panel["series"]] == ["the claim", "extrapolated"]


def test_the_steps_and_contractions_are_those_of_the_next_order():
    c, size, r = sympy.symbols("c D r")

    def mean(factor):
        return c / (size * factor) * (1 + r / factor)

    half, once, twice = (mean(sympy.Rational(n, 2)) for n in (1, 2, 4))
    step = sympy.simplify(-twice / (twice - once))
    contraction = sympy.simplify((twice - once) / (once - half))
    for found, derived in ((STEPS, step), (CONTRACTIONS, contraction)):
        ends = sorted(derived.subs(r, sympy.Rational(sign, 8)) for sign in (-1, 1))
        assert found == pytest.approx([float(end) for end in ends], rel=1e-12)


@pytest.mark.parametrize("share", [-0.1, 0.0, 0.1])
def test_a_true_limit_is_confirmed_though_every_size_is_far_from_it(share):
    found = verify.check(toy(first_order(share)))
    (trial,) = found.judgements[0].trials
    assert trial.verdict == "CONFIRMED"
    contraction = trial.target.contraction(trial.evidence)
    assert abs(contraction.estimate - 0.5) < 0.2
    assert "in the limit, extrapolated" in found.judgements[0].statement.confirmed((trial,))


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_a_wrong_limit_is_refuted(factor):
    wrong = judged(factor * L, "wrong", relative_variance=None)
    assert verify.check(toy(first_order(0.0), wrong)).verdict == "REFUTED"


def test_limits_of_several_points_pool_what_each_shows_at_the_end_that_shows_less():
    right, low = (
        verify.check(toy(first_order(0.0), form, depths=(2, 3, 5))).judgements[0]
        for form in (
            judged(L, "right", relative_variance=None),
            judged(0.9 * L, "low", relative_variance=None),
        )
    )
    assert right.pool.points == low.pool.points == 3
    assert not right.pool.refuted
    assert low.pool.above > low.pool.threshold
    for trial in low.trials:
        ends = trial.evidence.wealth["refute_above_varied"]
        np.testing.assert_array_equal(
            trial.target.varied(trial.evidence, "refute_above"), ends.min(axis=0)
        )


def test_a_step_below_epsilon_decides_nothing_where_it_is_measured_to_be_of_another_order():
    # Of the order D^-1/4 within 4 % of the limit: extrapolated it is 2 % off, which is no proof.
    slow = toy(lambda width: 0.04 * (40 / width) ** 0.25, spread=1e-6)
    (trial,) = verify.check(slow).judgements[0].trials
    assert abs(trial.evidence.mean / trial.target.value - 1) > 0.02
    assert trial.verdict == "INCONCLUSIVE"


def test_a_wrong_limit_is_not_confirmed_by_steps_that_hardly_shrink():
    # A step is below epsilon, and yet what is extrapolated is 13 % off the limit.
    wrong = judged(1.13 * L, "wrong", relative_variance=None)
    slow = toy(lambda width: 0.55 * width**-0.25, wrong, width=64, margin=0.04, spread=1e-4)
    assert verify.check(slow).verdict == "INCONCLUSIVE"


def test_a_true_limit_is_not_refuted_by_points_that_are_all_of_another_order():
    # Each extrapolation lies a few per cent above the limit: together they would refute it.
    slow = toy(lambda width: 0.8 * width**-0.5, width=64, depths=(2, 3), spread=1e-5)
    judgement = verify.check(slow).judgements[0]
    assert (judgement.verdict, judgement.pool.points) == ("INCONCLUSIVE", 2)
    assert judgement.pool.above is None
    assert "0.71 of a step" in judgement.doubt
    assert "larger sizes are needed" in judgement.doubt
    assert not judgement.errors_shown
    for trial in judgement.trials:
        assert trial.target.left(trial.evidence) == Range()


def test_steps_of_rounding_have_no_order_and_need_none():
    # They grow with the size, as rounding does, and are measured to.
    rounded = toy(lambda width: 1e-7 * width, spread=1e-14)
    (trial,) = verify.check(rounded).judgements[0].trials
    assert trial.target.contraction(trial.evidence).excluded
    assert trial.verdict == "CONFIRMED"


def test_another_order_decides_nothing():
    # Of the order D^-1/2 a doubling leaves 0.71 of a step: the extrapolation would be 11 % off.
    slow = toy(lambda width: 0.4 * math.sqrt(40 / width))
    (trial,) = verify.check(slow).judgements[0].trials
    assert trial.verdict == "INCONCLUSIVE"
    assert not trial.target.is_as_assumed(trial.evidence, "confirm_above")
    assert trial.target.left(trial.evidence) == Range()


def test_a_remainder_below_epsilon_needs_no_order():
    tiny = toy(lambda width: 0.005 * math.sqrt(40 / width))
    assert verify.check(tiny).judgements[0].trials[0].verdict == "CONFIRMED"


def test_evidence_in_a_limit_survives_the_ledger_and_adds_up():
    with Ledger() as ledger:
        verify.check(toy(first_order(0.0)), ledger=ledger)
        assert audit(ledger) == []


def test_an_odd_size_cannot_be_halved():
    with pytest.raises(verify.UsageError, match="width = 41: must be even"):
        verify.check(toy(first_order(0.0), width=41))


def test_a_bound_has_no_limit():
    bound = judged(2 * L, "bound", relation="at most", relative_variance=None)
    with pytest.raises(verify.UsageError, match="a bound has no limit"):
        verify.check(toy(first_order(0.0), bound))


def test_a_limit_off_by_epsilon_is_not_confirmed():
    alpha, epsilon, runs = 0.05, 0.06, 100
    judged_at = LimitTarget(value=2.0, epsilon=epsilon, finite_size=0.0, alpha=alpha)
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(runs):
        means = 2.0 * (1 + epsilon) * np.array([1.2, 1.1, 1.05])
        draws = means * rng.gamma(1 / SPREAD, SPREAD, size=(6000, 3))
        piloted = judged_at.with_pilot(judged_at.piloted(draws[:128]))
        blocks = [piloted.weigh(block) for block in np.array_split(draws[128:], 4)]
        wrong += piloted.decide_in_order(blocks)[0] == "CONFIRMED"
    assert wrong <= alpha * runs
    assert BUDGETS["quick"].rarest == judged_at.rarest


def share(values, *, seed, first_network, networks, device):
    """A variable in [0, 1] of mean 0.4 (1 + 0.1/width), nearly constant."""
    mean = 0.4 * (1 + 0.1 * 40 / values["width"])
    return {
        "level": np.array(
            [
                mean * (1 + 0.01 * np.random.default_rng([seed, network]).standard_normal())
                for network in range(first_network, first_network + networks)
            ]
        ).clip(0, 1)
    }


def of_shares(form, largest=1.0):
    return claim(
        verify.Equal("level", form.claimed, largest=lambda values: largest),
        measure=share, sizes=lambda at, within: {"width": 40}, setting={}, doubled=("width",),
        depths=(2,), margin=0.06,
    )  # fmt: skip


def test_a_sure_upper_end_needs_no_floor_of_draws():
    found = verify.check(of_shares(judged(0.2 * L, "right")), budget="standard")
    (trial,) = found.judgements[0].trials
    assert trial.verdict == "CONFIRMED"
    floor = dataclasses.replace(trial.target, largest=None).least_draws
    assert trial.evidence.draws < floor / 4
    assert trial.target.unless(trial.evidence) is None
    assert set(trial.evidence.wealth) >= {"refute_above", "confirm_below"}


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_a_wrong_limit_of_a_bounded_variable_is_refuted(factor):
    wrong = of_shares(judged(factor * 0.2 * L, "wrong"))
    assert verify.check(wrong).verdict == "REFUTED"


def test_a_variable_beyond_its_upper_end_is_an_error():
    with pytest.raises(ValueError, match=r"above the stated largest value, 0\.43"):
        verify.check(of_shares(judged(0.2 * L, "right"), largest=0.43))


def test_a_limit_near_its_upper_end_is_judged():
    target = LimitTarget(value=0.98, epsilon=0.06, finite_size=0.0, alpha=1e-6, largest=1.0)
    alike = np.random.default_rng(0).random((8000, 1)) < np.array([[0.97, 0.975, 0.9775]])
    assert target.decide(target.weigh(alike.astype(float))) == "CONFIRMED"
    low = np.random.default_rng(0).random((8000, 1)) < np.array([[0.80, 0.80, 0.80]])
    assert target.decide(target.weigh(low.astype(float))) == "REFUTED"


def test_an_upper_end_that_extrapolations_do_not_take_to_the_value_is_an_error():
    with pytest.raises(ValueError, match=r"largest = 0\.4: must be finite, and 1\.89 of it exceed"):
        LimitTarget(value=0.8, epsilon=0.06, finite_size=0.0, alpha=1e-6, largest=0.4)


@pytest.mark.parametrize(("off", "false"), [(0.06, "CONFIRMED"), (0.0, "REFUTED")])
def test_false_verdicts_on_bounded_draws_are_rare(off, false):
    # Rare ones carry the mean, in columns that are independent and hence spread most.
    alpha, runs, value = 0.05, 100, 0.01
    target = LimitTarget(value=value, epsilon=0.06, finite_size=0.0, alpha=alpha, largest=1.0)
    rng = np.random.default_rng(2)
    wrong = 0

    def won(evidence, side):
        """Whether it has wealth enough, whatever the contraction."""
        return target.standing(evidence, side) >= price(alpha)

    for _ in range(runs):
        means = value * (1 + off) * np.array([1.2, 1.1, 1.05])
        draws = (rng.random((6000, 3)) < means).astype(float)
        blocks = [target.weigh(block) for block in np.array_split(draws, 4)]
        wrong += any(
            any(won(sum_, side) for side in ("refute_above", "refute_below"))
            if false == "REFUTED"
            else all(won(sum_, side) for side in ("confirm_above", "confirm_below"))
            for sum_ in itertools.accumulate(blocks)
        )
    assert wrong <= alpha * runs
