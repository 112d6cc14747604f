"""The smallest place where a wrong form fails: found by descent, and repeated."""

import dataclasses
import json
import math
import re

import numpy as np
import pytest
from sympy import Piecewise

import toy_claims
import verify
from theory.domains import Integers
from theory.fisher.parameters import BLOCK, SURVIVAL
from theory.parameters import DEPTH
from theory.reading import Reading
from toy_levels import WRONG_FROM, Idle, measure, only, toy
from verify.command_line.check import in_words
from verify.engine.sizes import OVERDRAW
from verify.evidence.accounting import BUDGETS
from verify.judging.counterexample import FRESH
from verify.judging.judge import check_all
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations import AlwaysAtMost


def test_the_smallest_counterexample_is_found_by_descent():
    found = only(verify.check(toy())).counterexample
    assert found.parameters == {"depth": WRONG_FROM}
    assert found.setting == {"width": 4}
    assert found.theory == WRONG_FROM
    assert found.ratio == pytest.approx(1.5, abs=8 * found.standard_error / found.theory)


def once(below):
    """A measure of levels half as much again; below that depth only under the first seed there."""
    seeds = {}

    def measured(values, *, seed, **run):
        depth = values["depth"]
        first = seeds.setdefault(depth, seed) == seed
        wrong = 1.5 if first or depth >= below else 1.0
        return toy_claims.measure(values, seed=seed, **run, truth=lambda depth: wrong * depth)

    return measured


def test_a_refutation_that_a_fresh_seed_contradicts_is_inconclusive_with_both_numbers():
    verdict = verify.check(toy(measure=once(math.inf), depths=(2, 3)))
    judgement = only(verdict)
    assert judgement.verdict == verdict.verdict == "INCONCLUSIVE"
    assert not verdict.as_expected
    found = judgement.counterexample
    assert found.repeat_verdict == "CONFIRMED"
    both = [f"{found.estimate:.4g}", f"{found.repeat_estimate:.4g}, CONFIRMED"]
    assert found.repeat_estimate < 1.2 < found.estimate
    for words in (in_words(judgement), judgement.sentence):
        assert all(number in words for number in both)


def test_a_small_counterexample_that_a_fresh_seed_contradicts_gives_way_to_one_that_it_repeats():
    judgement = only(verify.check(toy(measure=once(WRONG_FROM), depths=(6,))))
    assert judgement.verdict == judgement.counterexample.repeat_verdict == "REFUTED"
    assert judgement.counterexample.parameters == {"depth": WRONG_FROM}


def test_a_long_way_down_is_taken_in_leaps():
    verdict = verify.check(toy(rows=[{"depth": 10**9}]))
    assert only(verdict).counterexample.parameters == {"depth": WRONG_FROM}


def test_a_counterexample_is_repeated_under_a_fresh_seed():
    found = only(verify.check(toy(), seed=5)).counterexample
    assert found.repeat_seed == 5 + FRESH
    assert found.repeat_verdict == "REFUTED"
    assert found.repeat_estimate != found.estimate
    assert found.repeat_estimate == pytest.approx(1.5 * WRONG_FROM, rel=0.2)


def networks_of(one):
    return sum(block.draws + block.excluded for block in one.blocks)


def test_the_number_that_is_shown_is_the_mean_of_as_many_networks_as_refuted_the_form():
    drawn = []

    def watched(values, *, seed, first_network, networks, device):
        run = {"first_network": first_network, "networks": networks, "device": device}
        found = measure(values, seed=seed, **run)
        drawn.append((seed, first_network, found["level"]))
        return found

    judgement = only(verify.check(toy(measure=watched, depths=(WRONG_FROM,)), depth=WRONG_FROM))
    found, (trial,) = judgement.counterexample, judgement.trials
    assert found.mean_of == networks_of(trial) > 0
    seed, first, _ = drawn[-1]
    behind = [level for one, begins, level in drawn if one == seed and begins >= first]
    assert first > 0
    assert found.estimate == pytest.approx(np.concatenate(behind).mean(), rel=1e-12)
    assert found.estimate not in (trial.estimate, found.repeat_estimate)


def keyed(values, *, seed, first_network, networks, device):
    """Levels by a hash of seed and network (Steele et al. 2014): a thousand take no time."""
    network = np.arange(first_network + 1, first_network + networks + 1, dtype=np.uint64)
    x = np.array([seed], np.uint64) * np.uint64(0xD1342543DE82EF95)
    x = x + np.uint64(0x9E3779B97F4A7C15) * network
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    uniform = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)) / 2.0**53
    spread = math.sqrt(3 * toy_claims.VARIANCE)
    return {"level": values["depth"] * (1 + spread * (2 * uniform - 1))}


def test_the_number_that_is_shown_does_not_lie_on_the_side_of_the_refutation():
    # Off by so little that a run, and its repeat, refute the form where chance helps.
    at_the_edge = toy(1.03 * DEPTH.symbol, measure=keyed, depths=range(1, 9), margin=0.1)
    off, shown = [], 16
    for seed in range(3 * shown):
        found = only(verify.check(at_the_edge, seed=seed, examples=0)).counterexample
        if found is not None and found.mean_of:
            off.append((found.estimate - found.parameters["depth"]) / found.standard_error)
        if len(off) == shown:
            break
    assert len(off) == shown
    # Those of the refuted runs themselves lie 1.04 below the truth in the mean.
    assert abs(np.mean(off)) < 3 / math.sqrt(shown)


def extreme(values, **run):
    """Levels of which one network in twenty breaks the bound."""
    drawn = toy_claims.measure(values, **run)["level"] / values["depth"]
    return {"level": np.where(drawn > 1.3, 3.0, 1.0)}


def test_the_number_shown_beside_a_sure_bound_is_the_draw_that_broke_it():
    bound = AlwaysAtMost("level", 2)
    found = only(verify.check(toy_claims.claim(bound, measure=extreme, rows=[{"depth": 1}])))
    assert found.counterexample.estimate == 3.0
    assert found.counterexample.mean_of == 0


def test_a_counterexample_is_shown_with_its_smaller_neighbours():
    found = only(verify.check(toy())).counterexample
    assert found.neighbours == [{"parameters": {"depth": WRONG_FROM - 1}, "verdict": "CONFIRMED"}]


def test_descent_follows_every_integer_parameter_and_stays_in_the_domain():
    claim = toy(
        expression=2 * DEPTH.symbol + 0 * BLOCK.symbol,
        parameters=(BLOCK, DEPTH),
        rows=[{"layer": 3, "depth": 3}],
    )
    found = only(verify.check(claim)).counterexample
    assert found.parameters == {"layer": 1, "depth": 1}
    assert found.neighbours == []


def claimed_in(regime, rows):
    """A level that is wrong from WRONG_FROM on, and that its paper claims in a regime."""
    reading = Reading(says="so", kind="wrong regime", consequence="none", regime=regime)
    claim = toy(rows=rows)
    (statement,) = claim.says
    read = dataclasses.replace(statement.form, reading=reading)
    object.__setattr__(statement, "form", read)
    return claim


DEEP = {"depth": Integers(WRONG_FROM + 3)}


def test_a_counterexample_is_the_smallest_in_the_regime_that_the_paper_names():
    rows = [{"depth": WRONG_FROM}, {"depth": WRONG_FROM + 5}]
    found = only(verify.check(claimed_in(DEEP, rows))).counterexample
    assert found.parameters == {"depth": WRONG_FROM + 3}
    assert found.repeat_verdict == "REFUTED"


def test_where_none_is_refuted_in_that_regime_it_is_the_smallest_of_all():
    rows = [{"depth": WRONG_FROM + 1}]
    found = only(verify.check(claimed_in(DEEP, rows))).counterexample
    assert found.parameters == {"depth": WRONG_FROM}


@pytest.mark.parametrize(
    ("wrong_above", "start", "end"),
    [(-1.0, 6.8e-245, 0.0), (0.3, 0.9876, 0.5), (0.6, 0.9876, 0.8), (0.95, 0.9876, 0.96)],
)
def test_real_parameters_are_made_simple(wrong_above, start, end):
    wrong = Piecewise((0, SURVIVAL.symbol >= 1), (1, SURVIVAL.symbol > wrong_above), (0, True))
    form = DEPTH.symbol * (1 + wrong)
    claim = toy(
        expression=form,
        parameters=(DEPTH, SURVIVAL),
        rows=[{"depth": 1, "survival": start}],
    )
    found = only(verify.check(claim)).counterexample
    assert found.parameters == {"depth": 1, "survival": end}


def test_the_smallest_of_several_refuted_points_is_where_descent_starts():
    tried = []

    def watched(values, **terms):
        tried.append(values["depth"])
        return measure(values, **terms)

    claim = toy(rows=[{"depth": 50}, {"depth": 6}], measure=watched)
    assert only(verify.check(claim)).counterexample.parameters == {"depth": WRONG_FROM}
    assert set(tried) == {50, 6, 5, 4, 3}


def test_a_stored_counterexample_is_not_sought_again(tmp_path):
    first = verify.check(toy(), ledger=str(tmp_path / "ledger"))
    again = verify.check(toy(), ledger=str(tmp_path / "ledger"), executor=Idle())
    assert only(again).counterexample == only(first).counterexample
    assert only(again).summary() == only(first).summary()


def twice_off(values, **terms):
    return {"level": 3 * measure(values, **terms)["level"]}


@pytest.mark.parametrize(
    "change",
    [{"measure": twice_off}, {"says": toy(2 * DEPTH.symbol).says}],
    ids=["measure", "form"],
)
def test_a_counterexample_is_sought_anew_where_measure_or_form_has_changed(tmp_path, change):
    path = str(tmp_path / "ledger")
    stale = only(verify.check(toy(), ledger=path)).counterexample
    fresh = only(verify.check(toy(**change), ledger=path)).counterexample
    assert (fresh.theory, fresh.estimate) != (stale.theory, stale.estimate)
    assert fresh == only(verify.check(toy(**change))).counterexample


def test_an_experiment_that_moves_its_point_does_not_send_the_descent_in_circles():
    claim = toy(sizes=lambda at, within: {"depth": 9})
    assert only(verify.check(claim)).counterexample.parameters == {"depth": 9}


def descent(claim):
    """The draws of a verdict, and those of the search for its counterexample."""
    judgement = only(verify.check(claim))
    found = judgement.counterexample
    return sum(block.draws for trial in judgement.trials for block in trial.blocks), found


def test_a_descent_draws_no_more_than_the_verdict_was_planned_to_take():
    # Off by little more than the margin: each step down is as hard to decide as the first.
    claim = toy(expression=DEPTH.symbol * 1.12, depths=(60,), measure=toy_claims.measure)
    drawn, found = descent(claim)
    (point,) = points(claim, BUDGETS["quick"])
    plan = claim.says[0].target(point, 1e-6).plan()
    assert 0 < found.networks <= max(drawn, OVERDRAW * plan) + OVERDRAW * plan  # of the repeat
    assert found.parameters["depth"] < 60


def test_a_descent_judges_the_refuted_form_alone():
    right = toy_claims.judged(1.5 * DEPTH.symbol, "right")
    claim = toy_claims.claim(
        toy_claims.judged(DEPTH.symbol, "wrong"), right, measure=measure, depths=(9,)
    )
    with Ledger() as ledger:
        (verdict,) = check_all([claim], "quick", 0, 1, "cpu", ledger)
        judged = {
            (row["form"], json.loads(row["point"])["depth"])
            for row in ledger.rows("SELECT form, point FROM trials")
        }
    assert verdict["wrong"].counterexample.parameters == {"depth": WRONG_FROM}
    assert {form for form, depth in judged if depth < 9 and depth >= WRONG_FROM} == {"wrong"}


def test_what_a_descent_took_is_part_of_what_the_verdict_took():
    judgement = only(verify.check(toy()))
    found = judgement.counterexample
    assert found.networks > 0
    drawn = sum(block.draws for trial in judgement.trials for block in trial.blocks)
    assert judgement.networks == drawn + found.networks
    assert judgement.seconds > found.seconds > 0


def test_a_refutation_that_had_no_time_for_its_repeat_has_its_point_and_numbers_all_the_same():
    judgement = dataclasses.replace(only(verify.check(toy())), counterexample=None)
    line = in_words(judgement)
    assert re.search(r" at depth=9: 9 claimed, 1[34]\.\d+ ± 0\.\d+ measured", line)
    assert "measured, not repeated as time was up" in line
