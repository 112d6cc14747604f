"""A session: what it tells of its progress, and what it leaves when its time is up."""

import itertools
from types import SimpleNamespace

from toy_claims import L, claim, judged
from verify.engine import blocks
from verify.engine.executors import InProcess
from verify.engine.progress import Progress, Tally
from verify.engine.run import Run
from verify.engine.schedule import run
from verify.evidence.accounting import BUDGETS
from verify.judging.judge import check_all
from verify.ledger.store import Ledger
from verify.points import at
from verify.relations.means.varied import VariedTarget
from verify.relations.said import spoken

QUICK = BUDGETS["quick"]
TOY = claim(judged(L, "right"), judged(L + 1, "wrong"), depths=(1, 2, 60))


def verdicts(ledger, **terms):
    (verdict,) = check_all([TOY], "quick", 0, None, "cpu", ledger, **terms)
    return verdict


def started(*forms, **terms):
    one = claim(*forms, **terms)
    return Run(one, spoken(forms, at(one, {"depth": 1}, QUICK)), QUICK, 0, "cpu", Ledger())


def test_when_time_is_up_what_is_open_is_left_undecided_and_a_later_run_goes_on():
    with Ledger() as ledger, Ledger() as other:
        stopped = verdicts(ledger, seconds=0.0)
        assert {j.verdict for j in stopped.judgements} == {"INCONCLUSIVE"}
        assert all(judgement.counterexample is None for judgement in stopped.judgements)
        assert not ledger.rows("SELECT * FROM trials WHERE verdict IS NOT NULL")
        later, whole = (
            [
                (trial.verdict, [block.as_dict() for block in trial.blocks])
                for judgement in verdicts(kept).judgements
                for trial in judgement.trials
            ]
            for kept in (ledger, other)
        )
    assert later == whole


def test_what_takes_least_is_decided_first_once_every_run_was_tried(monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(blocks, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    long, short = (started(judged(L), margin=margin) for margin in (0.01, 0.1))
    told = []
    run([long, short], InProcess(), told.append)
    assert told[:2] == [long, short]
    last = max(place for place, one in enumerate(told) if one is short)
    assert told[2 : last + 1] == [short] * (last - 1)
    assert last < len(told) - 1


def test_what_is_to_come_is_told_before_and_how_long_once_every_run_was_tried():
    told = []
    with Ledger() as ledger:
        verdicts(ledger, report=told.append)
    first, *later = [state for state in told if state.doing.startswith("judging")]
    assert (first.done, first.total, first.networks) == (0, 3, 0)
    assert first.left > 0
    assert first.seconds_left is None
    tried = [state.seconds_left is not None for state in later]
    assert tried == sorted(tried)
    assert tried[-1]
    assert later[-1].left == 0


def test_what_is_to_come_is_planned_by_the_forms_that_are_held_to_be_right():
    right = judged(L, "right")
    wrong = judged(2 * L, "wrong", superseded_by="right", relative_variance=lambda values: 5.0)
    alone, both, only = (
        started(*forms).networks_left for forms in ((right,), (right, wrong), (wrong,))
    )
    assert alone == both < only / 10


def test_what_is_to_come_is_the_share_of_plans_that_took_the_runs_that_ended():
    right, wrong = started(judged(L)), started(judged(2 * L, "wrong", superseded_by="right"))
    planned, told = (right.networks_left, wrong.networks_left), []
    tally = Tally([right, wrong])
    assert tally.progress("judging", 0) == Progress("judging", 0, 2, 0, sum(planned))
    run([wrong], InProcess(), told.append)
    drawn = len(told) * wrong.block_size
    assert wrong.drawn_and_planned == (drawn, planned[1])
    left = round(planned[0] * drawn / planned[1])
    assert left < planned[0] / 10
    assert tally.progress("judging", drawn, wrong) == Progress("judging", 1, 2, drawn, left)


def test_of_a_claim_that_is_given_up_nothing_is_to_come():
    one = started(judged(L))
    tally = Tally([one])
    tally.drop(one.claim.id)
    assert tally.progress("judging", 0) == Progress("judging", 1, 1, 0, 0, 0.0)


def test_a_block_asks_the_run_alone_of_which_it_is_how_much_is_left(monkeypatch):
    asked, told = [], []
    seconds_left = Run.seconds_left.fget
    monkeypatch.setattr(
        Run, "seconds_left", property(lambda one: asked.append(one) or seconds_left(one))
    )
    runs = [started(judged(L)) for _ in range(50)]
    tally = Tally(runs)
    asked.clear()
    run(runs[:1], InProcess(), lambda one: told.append(tally.progress("judging", 0, one)))
    assert len(asked) <= 4 * len(told)


def test_a_block_asks_no_more_runs_for_their_turn_where_there_are_more(monkeypatch):
    asked, told = [], []
    wants_block = Run.wants_block.fget
    monkeypatch.setattr(
        Run, "wants_block", property(lambda one: asked.append(one) or wants_block(one))
    )
    runs = [started(judged(L), id=f"furusho2020/toy-{number}") for number in range(50)]
    run(runs, InProcess(), told.append)
    assert len(told) >= len(runs)
    assert len(asked) <= 5 * len(told)


def test_a_block_costs_no_more_plans_where_there_are_more_points(monkeypatch):
    plan, plans, told = VariedTarget.plan, [], []

    def counted(target, evidence=None):
        plans.append(target)
        return plan(target, evidence)

    monkeypatch.setattr(VariedTarget, "plan", counted)

    def plans_a_block(points):
        plans.clear(), told.clear()
        many = claim(judged(L, "right"), depths=range(1, points + 1))
        with Ledger() as ledger:
            check_all([many], "quick", 0, None, "cpu", ledger, report=told.append)
        return len(plans) / len(told)

    assert plans_a_block(40) <= 1.5 * plans_a_block(4)
