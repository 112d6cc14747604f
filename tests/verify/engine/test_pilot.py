"""Claims without a stated variance: a pilot measures it, and a verdict waits until it may stand."""

import dataclasses
import json

import numpy as np
import pytest

import verify
from toy_claims import EXPERIMENT, L, claim, judged, measure
from verify.command_line.check import in_words
from verify.engine.executors import InProcess
from verify.engine.run import Run
from verify.engine.schedule import run
from verify.evidence.accounting import ALPHA, BUDGETS
from verify.evidence.pilot import LEVELS, PILOT_DRAWS, Pilot, least_draws
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.numbers import percent
from verify.points import points
from verify.relations import SignedEqual
from verify.relations.said import spoken

QUICK = BUDGETS["quick"]


def unstated(expression=L, name="unstated", **terms):
    return judged(expression, name, relative_variance=None, **terms)


def centred(values, **run):
    """A quantity of either sign about the depth."""
    level = measure(values, **run)["level"]
    return {"level": 3 * (level - values["depth"]) + values["depth"]}


def signed(expression=L, name="signed"):
    return SignedEqual("level", judged(expression, name).form)


@pytest.mark.parametrize(
    ("statement", "terms"), [(unstated(), {}), (signed(), {"measure": centred})]
)
def test_a_true_mean_is_confirmed_once_rare_events_had_their_chance(statement, terms):
    verdict = verify.check(claim(statement, **terms))
    for trial in verdict.judgements[0].trials:
        assert trial.verdict == "CONFIRMED"
        assert trial.evidence.draws >= least_draws(trial.target.alpha, QUICK.rarest)
        assert trial.target.pilot.draws == PILOT_DRAWS


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize(("made", "terms"), [(unstated, {}), (signed, {"measure": centred})])
def test_a_mean_that_is_off_either_way_is_refuted(made, terms, factor):
    verdict = verify.check(claim(made(factor * L), margin=0.05, **terms))
    assert verdict.verdict == "REFUTED"


def test_a_gross_excess_needs_no_variance_and_does_not_wait():
    verdict = verify.check(claim(unstated(L / 10), depths=(2,)), depth=2)
    (trial,) = verdict.judgements[0].trials
    assert trial.verdict == "REFUTED"
    assert trial.evidence.draws < least_draws(trial.target.alpha, QUICK.rarest)


def rare(values, *, seed, first_network, networks, device):
    """Depth in the mean, half of it carried by one network in 500."""
    stream = np.random.PCG64(seed).advance(first_network)  # a number a network
    every = np.random.Generator(stream).random(networks)
    return {"level": values["depth"] * np.where(every < 1 / 500, 250.5, 0.5)}


def test_a_true_mean_that_rare_networks_carry_is_not_refuted():
    for seed in range(5):
        found = verify.check(claim(unstated(), depths=(2,), measure=rare), seed=seed)
        assert found.verdict in ("CONFIRMED", "INCONCLUSIVE", "INFEASIBLE")


def test_a_level_decides_only_well_above_the_variance_that_the_draws_show():
    target = unstated().target(points(claim(unstated()), QUICK)[0], ALPHA)
    piloted = target.with_pilot(Pilot(PILOT_DRAWS, 2.0, 4 * 0.05 * (PILOT_DRAWS - 1)))
    draws = 2.0 * (1 + np.sqrt(0.05) * (-1.0) ** np.arange(4000))
    evidence = piloted.weigh(draws)
    expected = 4 * piloted.measured_spread(evidence) <= LEVELS * 0.05
    assert list(piloted.usable(evidence)) == list(expected)
    assert not expected[0]
    assert expected[-1]
    assert not piloted.usable(piloted.weigh(draws[:100])).any()


def evidence(claim, ledger, **terms):
    verdict = verify.check(claim, ledger=ledger, **terms)
    return [
        (trial.target, trial.verdict, [block.as_dict() for block in trial.blocks])
        for judgement in verdict.judgements
        for trial in judgement.trials
    ]


def test_pilots_and_verdicts_are_the_same_however_they_are_drawn(tmp_path):
    toy = claim(unstated(), unstated(L + 1, "off"), depths=(1, 2, 5))
    with Ledger() as one, Ledger(tmp_path / "two.sqlite") as two:
        serial, pool = evidence(toy, one), evidence(toy, two, workers=2)
        assert serial == pool
        assert audit(one) == audit(two) == []


def test_a_run_that_ends_behind_its_pilot_goes_on_with_it():
    toy = claim(unstated(), depths=(2,))
    with Ledger() as whole:
        expected = evidence(toy, whole)
    with Ledger() as ledger:
        begun = Run(toy, spoken(toy.says, points(toy, QUICK)), QUICK, 0, "cpu", ledger)
        _, work = begun.next_block()
        begun.take_pilot(work())
        _, work = begun.next_block()
        begun.merge(0, work())
        assert evidence(toy, ledger) == expected


def test_a_pilot_is_drawn_from_networks_of_its_own():
    seeds = []

    def told(values, **terms):
        seeds.append(terms["seed"])
        return measure(values, **terms)

    toy = claim(unstated(), depths=(2,), measure=told)
    with Ledger() as ledger:
        asked = spoken(toy.says, points(toy, QUICK))
        run([Run(toy, asked, QUICK, 0, "cpu", ledger)], InProcess(), lambda _: None)
    assert seeds[0] not in seeds[1:]
    assert len(set(seeds)) == 2


def test_the_verdict_says_what_a_pilot_takes_for_granted():
    judgement = verify.check(claim(unstated())).judgements[0]
    words = judgement.statement.confirmed(judgement.trials)
    assert "unless a variance exceeds 4 times the measured one" in words
    assert "events rarer than" in words
    said = judgement.trials[0].target.unless(judgement.trials[0].evidence)
    assert said["measured"] == pytest.approx(0.05, rel=0.2)
    assert said["rarest"] <= QUICK.rarest
    rarest = max(one.target.unless(one.evidence)["rarest"] for one in judgement.trials)
    line = in_words(judgement)
    assert f"nothing is said beyond, nor of events rarer than {percent(rarest)}  " in line


def test_an_experiment_without_a_variance_shares_its_run_with_one_that_has():
    mixed = claim(unstated(), judged(2 * L, "double", quantity="double"))
    judgements = verify.check(dataclasses.replace(mixed, by=(EXPERIMENT,))).judgements
    assert [one.verdict for one in judgements] == ["CONFIRMED", "CONFIRMED"]


def test_a_pilot_is_kept_in_the_ledger():
    toy = claim(unstated(), depths=(2,))
    with Ledger() as ledger:
        verify.check(toy, ledger=ledger)
        (row,) = ledger.rows("SELECT pilot FROM trials")
    assert json.loads(row["pilot"])["draws"] == PILOT_DRAWS
