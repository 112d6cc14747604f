"""The engine: evidence and verdicts do not know how, where or in how many goes they came about."""

import dataclasses
import sqlite3
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import sympy

import verify
from toy_claims import EXPERIMENT, VARIANCE, L, claim, form, judged, measure
from verify.engine.executors import InProcess
from verify.engine.independence import FEW
from verify.engine.measured import Measured, noise_seed
from verify.engine.run import Run
from verify.engine.schedule import run
from verify.engine.sizes import BLOCKS_PLANNED, DRAWS_FOR_SHOW, LEAST_BLOCK, OVERDRAW
from verify.evidence.accounting import ALPHA, BUDGETS
from verify.judging.audit import audit
from verify.judging.judge import check_all
from verify.ledger.identity import Identities
from verify.ledger.store import Ledger
from verify.points import at
from verify.relations.said import spoken
from verify.relations.target import WIDEST_REMAINDER

QUICK = BUDGETS["quick"]
RIGHT, WRONG = judged(L, "right"), judged(L + 1, "wrong")
FAR_OFF = judged(9 * L, "far_off")
DOUBLE = judged(2 * L, "double", quantity="double")


TOY = claim(RIGHT, WRONG, DOUBLE, depths=(1, 2, 60))


def toy(*forms, margin=0.1, **changes):
    experiment = dataclasses.replace(EXPERIMENT, **changes)
    return dataclasses.replace(TOY, says=forms or TOY.says, by=(experiment,), within=margin)


def started(claim, ledger, budget=QUICK, depth=1, seed=0, proven=False):
    asked = spoken(claim.says, at(claim, {"depth": depth}, budget))
    measured = Measured(claim, claim.by[0], Identities())
    measured.proof.begun = measured.proof.done = proven
    return Run(claim, asked, budget, seed, "cpu", ledger, measured=measured)


def judge(claim, ledger, workers=None, executor=None):
    """All that a run finds out, to the bit, less the time it took."""
    (verdict,) = check_all([claim], "quick", 0, workers, "cpu", ledger, executor=executor)
    return [
        (trial.statement.name, trial.point.key, trial.position, trial.verdict, found(trial))
        for judgement in verdict.judgements
        for trial in judgement.trials
    ]


def found(trial):
    return [block.as_dict() for block in trial.blocks]


def test_the_toy_claim_is_judged_as_it_was_made():
    with Ledger() as ledger:
        outcome = judge(TOY, ledger)
    assert [(name, verdict) for name, _, _, verdict, _ in outcome] == [
        *[("right", "CONFIRMED")] * 3,
        *[("wrong", "REFUTED")] * 2,
        ("wrong", "CONFIRMED"),  # 61 is within 6 % of 60
        *[("double", "CONFIRMED")] * 3,
    ]


class OutOfOrder(Executor):
    """Holds back what it is given and hands the results out last in, first out."""

    in_flight = 3

    def __init__(self):
        self._held = []

    def submit(self, call, /, *arguments):
        future = Future()
        self._held.append((future, call, arguments))
        if len(self._held) == self.in_flight:
            for held, call, arguments in reversed(self._held):
                held.set_result(call(*arguments))
            self._held.clear()
        return future


class Interrupted(Exception):
    """Stands for a power cut."""


class Interrupting(InProcess):
    """Draws so many blocks."""

    def __init__(self, blocks):
        self._left = iter(range(blocks))

    def submit(self, work):
        if next(self._left, None) is None:
            raise Interrupted
        return super().submit(work)


@pytest.mark.parametrize("blocks", [1, 4, 9])
def test_an_interrupted_run_goes_on_to_the_same_evidence(tmp_path, blocks):
    with Ledger() as ledger:
        whole = judge(TOY, ledger)
    with Ledger(tmp_path / "ledger") as ledger, pytest.raises(Interrupted):
        judge(TOY, ledger, executor=Interrupting(blocks))
    with Ledger(tmp_path / "ledger") as ledger:
        resumed = judge(TOY, ledger)
    assert resumed == whole


def noted(values, *, seed, first_network, networks, device):
    """Measure, and note which networks of which seed, in the file that the point names."""
    with Path(values["notes"]).open("a") as notes:
        for network in range(first_network, first_network + networks):
            print(seed, network, file=notes)
    return measure(values, seed=seed, first_network=first_network, networks=networks, device=device)


def test_an_interrupted_run_draws_nothing_twice(tmp_path):
    notes = tmp_path / "notes"
    claim = toy(
        measure=noted,
        setting={"notes": str(notes)},
    )
    counted = []
    for executor in map(Interrupting, (3, 2, 1000)):
        with Ledger(tmp_path / "ledger") as ledger, suppress(Interrupted):
            judge(claim, ledger, executor=executor)
        counted.append(len(notes.read_text().splitlines()))
    drawn = notes.read_text().splitlines()
    assert 0 < counted[0] < counted[1] < counted[2]
    in_parts = FEW * len(counted)  # each goes on with a block that is held against a part of it
    assert len(drawn) - len(set(drawn)) == in_parts


def test_a_finished_run_is_not_measured_again(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger:
        first = judge(TOY, ledger)
        assert judge(TOY, ledger, executor=Interrupting(0)) == first


OF_THE_GRID = "trial IN (SELECT id FROM trials WHERE seed = '0')"


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE trials SET verdict = 'REFUTED' WHERE seed = '0'",
        "UPDATE trials SET verdict = 'INFEASIBLE' WHERE seed = '0'",
        "UPDATE trials SET verdict = 'INCONCLUSIVE' WHERE seed = '0'",
        f"DELETE FROM blocks WHERE block > 0 AND {OF_THE_GRID}",
        f"DELETE FROM blocks WHERE block = 1 AND {OF_THE_GRID}",
        f"DELETE FROM blocks WHERE {OF_THE_GRID}",
    ],
)
def test_a_stored_verdict_counts_only_as_it_follows_from_the_stored_evidence(tmp_path, forgery):
    with Ledger(tmp_path / "ledger") as ledger:
        first = judge(TOY, ledger)
    connection = sqlite3.connect(tmp_path / "ledger")
    with connection:
        connection.execute(forgery)
    connection.close()
    with Ledger(tmp_path / "ledger") as ledger:
        assert judge(TOY, ledger) == first
        assert audit(ledger) == []


def test_a_form_that_joins_later_is_fed_from_the_first_block_on():
    # The newcomer is refuted before it has caught up with the form that was there.
    with Ledger() as ledger:
        first = started(toy(RIGHT), ledger)
        for _ in range(3):
            number, work = first.next_block()
            first.merge(number, work())
        assert first.open
        second = started(toy(RIGHT, FAR_OFF), ledger)
        run([second], InProcess(), lambda _: None)
    assert [trial.verdict for trial in second.trials] == ["CONFIRMED", "REFUTED"]
    right, far_off = second.trials
    assert len(far_off.blocks) < 3 < len(right.blocks)


def test_two_worker_processes_find_what_one_process_finds(tmp_path):
    # A spawned worker imports what it runs: a claim of the catalogue, on tiny networks.
    known = verify.claims["furusho2020/mean-eig-resnet"]
    sizes = {"width": 40, "units": 40}
    tiny = dataclasses.replace(known.by[0], sizes=lambda at, within: sizes, doubled=())
    claim = dataclasses.replace(
        known, by=(tiny,), examples=[{"depth": 1}, {"depth": 2}], within=0.3,
        says=(dataclasses.replace(known.says[0], relative_variance=lambda values: 0.2),),
    )  # fmt: skip
    with Ledger(tmp_path / "one") as one, Ledger(tmp_path / "two") as two:
        assert judge(claim, one, workers=1) == judge(claim, two, workers=2)


def test_blocks_may_arrive_in_any_order():
    with Ledger() as ledger, Ledger() as other:
        serial = started(TOY, ledger)
        scattered = started(TOY, other, proven=True)  # or one block alone would be held back
        run([serial], InProcess(), lambda _: None)
        run([scattered], OutOfOrder(), lambda _: None)
    assert [found(trial) for trial in scattered.trials] == [found(trial) for trial in serial.trials]
    assert [trial.verdict for trial in scattered.trials] == ["CONFIRMED", "REFUTED", "CONFIRMED"]


def test_a_block_waits_for_those_before_it():
    with Ledger() as ledger:
        point_run = started(TOY, ledger)
        blocks = [point_run.next_block() for _ in range(3)]
        for number, work in reversed(blocks):
            assert all(trial.blocks == [] for trial in point_run.trials)
            assert point_run.in_flight == 3
            point_run.merge(number, work())
        assert point_run.in_flight == 0
        assert all(trial.blocks for trial in point_run.trials)


def test_blocks_hold_consecutive_networks_of_one_noise_seed():
    drawn = []

    def recorded(values, *, seed, first_network, networks, device):
        drawn.append((seed, first_network, networks))
        return measure(
            values, seed=seed, first_network=first_network, networks=networks, device=device
        )

    with Ledger() as ledger:
        point_run = started(toy(measure=recorded), ledger, proven=True)
        run([point_run], InProcess(), lambda _: None)
    size, seed = point_run.block_size, noise_seed(0, TOY.id, point_run.points[0].run)
    assert len(drawn) > 1
    assert drawn == [(seed, block * size, size) for block in range(len(drawn))]


@pytest.mark.parametrize("change", [(1, TOY.id, "a"), (0, "x/y", "a"), (0, TOY.id, "b")], ids=str)
def test_noise_belongs_to_master_seed_claim_and_point(change):
    assert noise_seed(0, TOY.id, "a") == noise_seed(0, TOY.id, "a") != noise_seed(*change)


@pytest.mark.parametrize("margin", [0.1, 0.01])
def test_the_largest_plan_sets_the_size_of_a_block(margin):
    with Ledger() as ledger:
        point_run = started(toy(margin=margin), ledger)
    whole = [dataclasses.replace(trial.target, alpha=ALPHA) for trial in point_run.trials]
    plan = max(target.plan() for target in whole)
    assert point_run.block_size == max(LEAST_BLOCK, -(-plan // BLOCKS_PLANNED))


def test_a_plan_beyond_the_budget_is_infeasible_after_all_that_it_allows():
    with Ledger() as ledger:
        point_run = started(toy(RIGHT), ledger, dataclasses.replace(QUICK, name="tiny", draws=64))
        run([point_run], InProcess(), lambda _: None)
    (trial,) = point_run.trials
    assert trial.verdict == "INFEASIBLE"
    assert trial.evidence.draws == 64


@pytest.mark.parametrize("factor", [sympy.Rational(1, 2), 2])
def test_a_form_off_by_two_is_refuted_whatever_confirming_would_take(factor):
    wrong = judged(factor * L, "wrong")
    with Ledger() as ledger:
        point_run = started(toy(wrong, margin=1e-4), ledger)
        run([point_run], InProcess(), lambda _: None)
    (trial,) = point_run.trials
    assert trial.target.plan() > BUDGETS["quick"].draws
    assert trial.verdict == "REFUTED"


def test_an_understated_variance_confirms_nothing_and_uses_its_plan_up():
    def spread(values, *, first_network, networks, **_):
        network = first_network + np.arange(networks)
        return {"level": values["depth"] * (1 + 0.3 * (-1.0) ** network)}

    vague = judged(L, "vague", relative_variance=lambda values: 1e-4)
    with Ledger() as ledger:
        point_run = started(toy(vague, measure=spread, margin=0.02), ledger)
        run([point_run], InProcess(), lambda _: None)
    (trial,) = point_run.trials
    assert trial.verdict == "INCONCLUSIVE"
    drawn, allowed = trial.evidence.draws, OVERDRAW * trial.target.plan()
    assert allowed - point_run.block_size < drawn <= allowed


def test_a_plan_is_overdrawn_only_as_far_as_the_budget_allows():
    with Ledger() as ledger:
        plan = (started(TOY, ledger).trials[-1].target).plan()
        point_run = started(TOY, ledger, dataclasses.replace(QUICK, name="short", draws=plan + 1))
    asked = point_run.blocks * point_run.block_size
    assert plan + 1 - point_run.block_size < asked <= plan + 1


def test_an_identity_that_held_on_every_draw_is_confirmed():
    def constant(values, *, networks, **_):
        return {"level": np.full(networks, float(values["depth"]))}

    exact = judged(L, "exact", relation="exact", remainder=lambda values: 1e-12)
    off = dataclasses.replace(exact, claimed=form(L * (1 + 10**-9), "off"))
    with Ledger() as ledger:
        point_run = started(toy(exact, off, measure=constant), ledger)
        run([point_run], InProcess(), lambda _: None)
    assert [trial.verdict for trial in point_run.trials] == ["CONFIRMED", "REFUTED"]


def test_an_error_of_the_measurement_reaches_the_caller():
    def broken(values, **_):
        raise ZeroDivisionError("in the measurement")

    with Ledger() as ledger, pytest.raises(ZeroDivisionError, match="in the measurement"):
        judge(toy(measure=broken), ledger)


def out_of_reach(name, expression, **terms):
    """A form whose remainder is too wide to confirm anything."""
    return judged(expression, name, remainder=lambda values: 2 * WIDEST_REMAINDER, **terms)


def drawn(trial):
    return sum(block.draws for block in trial.blocks)


def test_a_trial_out_of_reach_does_not_decide_how_long_a_point_runs():
    vague = out_of_reach("vague", L, relative_variance=lambda values: 50 * VARIANCE)
    with Ledger() as ledger, Ledger() as other:
        alone, beside = started(toy(RIGHT), ledger), started(toy(RIGHT, vague), other)
        for point_run in (alone, beside):
            run([point_run], InProcess(), lambda _: None)
    assert beside.block_size == alone.block_size
    assert found(beside.trials[0]) == found(alone.trials[0])
    assert drawn(beside.trials[1]) <= max(drawn(alone.trials[0]), DRAWS_FOR_SHOW)


def test_a_trial_out_of_reach_confirms_nothing_and_is_drawn_for_show():
    with Ledger() as ledger:
        point_run = started(toy(out_of_reach("vague", L)), ledger)
        run([point_run], InProcess(), lambda _: None)
    (trial,) = point_run.trials
    assert trial.verdict == "INCONCLUSIVE"
    assert not trial.counted
    assert drawn(trial) == DRAWS_FOR_SHOW


def test_a_trial_out_of_reach_can_be_refuted_and_counts_then():
    with Ledger() as ledger:
        point_run = started(toy(out_of_reach("far_off", 9 * L)), ledger)
        run([point_run], InProcess(), lambda _: None)
    (trial,) = point_run.trials
    assert trial.verdict == "REFUTED"
    assert trial.counted


def test_blocks_of_a_settled_point_are_taken_back():
    futures = []

    class Slow(InProcess):
        """Makes the first calls, and keeps all others waiting."""

        in_flight = 1000

        def submit(self, call, /, *arguments):
            future = super().submit(call, *arguments) if len(futures) < BLOCKS_PLANNED else Future()
            futures.append(future)
            return future

    with Ledger() as ledger:
        point_run = started(toy(RIGHT), ledger)
        run([point_run], Slow(), lambda _: None)
    assert [trial.verdict for trial in point_run.trials] == ["CONFIRMED"]
    assert any(future.cancelled() for future in futures)
    assert all(future.done() for future in futures)
