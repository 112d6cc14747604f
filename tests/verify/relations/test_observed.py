"""What is observed is shown with its standard error, and decides nothing."""

import json

import numpy as np
import pytest

import verify
from toy_claims import EXPERIMENT, L, claim, form, measure
from verify import Checked, Equal, Experiment
from verify.engine.executors import InProcess
from verify.engine.plan import in_words, plan
from verify.engine.run import Run
from verify.engine.schedule import run
from verify.evidence.accounting import BUDGETS
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations import Observed, Target
from verify.relations.observed import ObservedTarget
from verify.relations.said import spoken
from verify.report.document import build
from verify.report.page import render_html

QUICK = BUDGETS["quick"]
LEVEL = Observed("level", networks=100)
HELD = Equal("level", form(name="depth"), relative_variance=lambda values: 0.05)


def ended(said, ledger, executor=None, **terms):
    the_claim = claim(said, **terms)
    asked = spoken(the_claim.says, points(the_claim, QUICK))
    runs = [Run(the_claim, [one], QUICK, 0, "cpu", ledger) for one in asked]
    run(runs, executor or InProcess(), lambda latest: None)
    return [trial for one in runs for trial in one.trials]


def planned(the_claim):
    """The lines on the plan of a claim."""
    asked = spoken(the_claim.says, points(the_claim, QUICK))
    return list(in_words(plan(the_claim, asked, QUICK)))


def target(draws):
    return ObservedTarget(value=np.nan, epsilon=0.0, finite_size=0.0, alpha=1.0, draws=draws)


def test_it_is_a_mean_with_its_standard_error():
    x = np.array([1.0, 2.0, 4.0, 9.0])
    whole = target(4).weigh(x)
    parts = target(4).weigh(x[:1]) + target(4).weigh(x[1:])
    for evidence in (whole, parts):
        assert evidence.mean == pytest.approx(x.mean())
        assert evidence.standard_error == pytest.approx(x.std(ddof=1) / 2)
        assert (evidence.least, evidence.greatest) == (1.0, 9.0)


def test_no_draw_decides_and_the_last_ends_it():
    assert target(4).decide(target(4).weigh(np.array([0.0, 0.0, 0.0]))) is None
    assert target(4).decide(target(4).weigh(np.array([0.0, 1e9, -1e9, 1.0]))) == "OBSERVED"
    assert target(4).detect(4) is None


def test_a_target_is_read_back():
    found = Target.from_dict(json.loads(json.dumps(target(7).as_dict())))
    assert (found.kind, found.draws) == ("observed", 7)
    assert np.isnan(found.value)


@pytest.mark.parametrize("networks", [0, -1, 2.5, True])
def test_the_number_of_networks_is_a_positive_integer(networks):
    with pytest.raises(ValueError, match=f"networks = {networks}: must be"):
        Observed("level", networks=networks)


@pytest.mark.parametrize(("networks", "blocks"), [(1, 1), (8, 1), (100, 2), (101, 1), (400, 10)])
def test_as_many_networks_are_drawn_as_are_stated_block_by_block(networks, blocks):
    with Ledger() as ledger:
        for trial in ended(Observed("level", networks=networks), ledger):
            assert trial.evidence.draws == networks
            assert len(trial.blocks) == blocks
            assert trial.verdict == "OBSERVED"


def test_an_interrupted_observation_goes_on_from_its_last_block(tmp_path):
    """One that was killed between two blocks ends with the numbers of one that was not."""
    said = Observed("level", networks=400)

    class Killed(Exception):
        pass

    def killed(latest):
        if len(latest.trials[0].blocks) == 4:
            raise Killed

    the_claim = claim(said, depths=(2,))
    (place,) = spoken(the_claim.says, points(the_claim, QUICK))
    with Ledger(tmp_path / "ledger") as ledger, pytest.raises(Killed):
        run([Run(the_claim, [place], QUICK, 0, "cpu", ledger)], InProcess(), killed)
    with Ledger(tmp_path / "ledger") as ledger, Ledger() as fresh:
        resumed = Run(claim(said, depths=(2,)), [place], QUICK, 0, "cpu", ledger)
        assert len(resumed.trials[0].blocks) == 4
        steps = []
        run([resumed], InProcess(), steps.append)
        assert len(steps) == 6
        (whole,) = ended(said, fresh, depths=(2,))
        assert resumed.trials[0].evidence.as_dict() == whole.evidence.as_dict()


def test_beside_a_claim_it_decides_nothing_and_is_no_pass():
    verdict = verify.check(claim(HELD, Observed("level", networks=50)))
    assert verdict.verdict == "CONFIRMED"
    shown = verdict["level"]
    assert (shown.verdict, shown.expected, shown.counted) == ("OBSERVED", "OBSERVED", ())
    assert all(trial.evidence.draws >= 50 for trial in shown.trials)
    assert verdict.as_expected


def test_alone_it_is_observed_and_never_confirmed():
    verdict = verify.check(claim(LEVEL))
    assert verdict.verdict == "OBSERVED"
    (judgement,) = verdict.judgements
    assert (judgement.epsilon, judgement.decided, judgement.mutants) == (None, 0, ())
    assert judgement.smallest_detectable_error is None
    assert judgement.pool is None


def test_it_does_not_hide_a_refutation():
    wrong = Equal("level", form(2 * L, "twice"), relative_variance=lambda values: 0.05)
    verdict = verify.check(claim(wrong, Observed("level", networks=50)))
    assert verdict.verdict == "REFUTED"
    assert not verdict.as_expected


def test_draws_that_break_an_assumption_are_told_and_not_shown():
    def half(values, **terms):
        level = measure(values, **terms)["level"]
        return {"level": level, "met": np.arange(len(level)) % 2}

    def never(values, **terms):
        return {**half(values, **terms), "met": np.zeros(terms["networks"])}

    meets = {"half of them": Checked("met")}
    with Ledger() as ledger:
        (trial, _) = ended(LEVEL, ledger, by=Experiment("half", half, meets=meets))
        assert (trial.evidence.draws, trial.excluded, trial.verdict) == (50, 50, "OBSERVED")
        (trial, _) = ended(LEVEL, ledger, by=Experiment("never", never, meets=meets))
        assert (trial.evidence, trial.excluded, trial.verdict) == (None, 100, "INCONCLUSIVE")


def test_names_tell_one_quantity_of_two_experiments_apart():
    other = EXPERIMENT.given("other")
    twice = [Observed("level", networks=n, by=(by,)) for n, by in ((3, EXPERIMENT), (4, other))]
    both = claim(*twice, by=(EXPERIMENT, other), depths=(2,))
    assert [one.name for one in both.says] == [f"level, {EXPERIMENT.label}", "level, other"]
    drawn = [
        [trial.evidence.draws for trial in judgement.trials]
        for judgement in verify.check(both).judgements
    ]
    assert drawn == [[3], [4]]


def test_it_is_planned():
    (line,) = planned(claim(LEVEL))
    assert "2 points in 2 runs, 200 draws" in line
    dear = claim(Observed("level", networks=QUICK.draws + 1))
    assert "INFEASIBLE" in planned(dear)[1]


def test_its_verdict_follows_again_from_the_ledger(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger:
        verify.check(claim(LEVEL, HELD), ledger=ledger)
        assert audit(ledger) == []
        ledger.rows("UPDATE trials SET verdict = 'CONFIRMED' WHERE form = 'level'")
        faults = audit(ledger)
    assert len(faults) == 2
    assert all("is CONFIRMED, but its evidence says OBSERVED" in fault for fault in faults)


def test_it_is_reported_without_a_formula_or_a_claimed_value():
    document = build([verify.check(claim(LEVEL))], [], "quick", 0)
    (found,) = document["claims"]
    (told,) = found["forms"]
    assert told["sentence"] == "Shown at 2 points; it decides nothing, and is not a pass."
    assert [one["theory"] for one in told["points"]] == [None, None]
    assert (told["latex"], told["python"]) == ("", "")
    assert document["counts"]["OBSERVED"] == 1
    assert document["unexpected"] == 0
    (panel,) = found["panels"]
    assert [series["kind"] for series in panel["series"]] == ["measured"]
    page = render_html(document)
    assert "observed" in page
    assert "not a number" not in page
    assert "Points decided" not in page
