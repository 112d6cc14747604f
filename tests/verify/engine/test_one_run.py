"""One run is judged in many places: what is read off it, and whether its assumptions are met."""

import json
import math

import numpy as np
import pytest

import verify
from opened_pages import opened
from theory.domains import Integers
from theory.parameters import DEPTH, Parameter
from toy_claims import claim, form
from verify import AlwaysAtMost, Checked, Equal, Experiment, Ranking
from verify.engine.run import grouped
from verify.evidence.accounting import BUDGETS
from verify.judging.judge import check_all
from verify.judging.verdict import ClaimVerdict
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations.observed import SHOWN
from verify.relations.said import spoken
from verify.report.document import build
from verify.report.page import render_html

QUICK = BUDGETS["quick"]
EPOCHS = Parameter("epochs", "t", Integers(1), "epochs of training", (1, 10))
L, t = DEPTH.symbol, EPOCHS.symbol


def walks(values, *, seed, first_network, networks, device):
    """Random walks with a drift, a step an epoch, read off at several epochs.

    Every fourth network does not interpolate.
    """
    drawn = {"distance": [], "interpolates": []}
    for network in range(first_network, first_network + networks):
        rng = np.random.default_rng([seed, network])
        path = values["depth"] * np.cumsum(rng.gamma(20, 1 / 20, size=max(values["epochs"])))
        met = network % 4 != 3
        distance = [path[epochs - 1] if met else 1e9 for epochs in values["epochs"]]
        drawn["distance"].append(distance)
        drawn["interpolates"].append([met] * len(distance))
    return {name: np.array(rows, dtype=float) for name, rows in drawn.items()}


INTERPOLATES = "trained to interpolation"
TRAINING = Experiment(
    "walks", walks, reads=("epochs",), meets={INTERPOLATES: Checked("interpolates")}
)
DISTANCE = form(t * L, "distance", (EPOCHS, DEPTH), assumptions=(INTERPOLATES,))
ROWS = [{"depth": depth, "epochs": epochs} for depth in (1, 2) for epochs in (1, 2, 5)]


def walk(*says, by=TRAINING, **terms):
    said = says or (Equal("distance", DISTANCE, relative_variance=lambda values: 0.05),)
    return claim(*said, by=by, rows=ROWS, **terms)


def judged(claim, ledger=":memory:", **terms) -> ClaimVerdict:
    return verify.check(claim, ledger=ledger, **terms)


def test_points_that_differ_in_what_is_read_off_are_one_run():
    runs = grouped(spoken((), points(walk(), QUICK)))
    assert [[one.point.parameters["epochs"] for one in run] for run in runs] == [[1, 2, 5]] * 2


def test_a_run_is_drawn_once_for_all_that_is_read_off_it():
    drawn = []

    def counted(values, **run):
        drawn.append((values["depth"], values["epochs"], run["networks"]))
        return walks(values, **run)

    judgement = judged(
        walk(by=Experiment("walks", counted, reads=("epochs",), meets=TRAINING.meets))
    )
    (judgement,) = judgement.judgements
    assert judgement.verdict == "CONFIRMED"
    assert len(judgement.trials) == 6
    assert {epochs for _, epochs, _ in drawn} == {(1, 2, 5)}
    most = {
        depth: max(
            sum(block.draws + block.excluded for block in trial.blocks)
            for trial in judgement.trials
            if trial.point.parameters["depth"] == depth
        )
        for depth in (1, 2)
    }
    in_parts = 32 // 2 - 1  # of the first block, to see that they are what they were in it
    assert sum(networks for *_, networks in drawn) == sum(most.values()) + in_parts


def test_what_is_read_off_does_not_depend_on_what_else_is():
    alone = judged(walk(), depth=2, epochs=2)
    (trial,) = alone.judgements[0].trials
    beside = [t for t in judged(walk()).judgements[0].trials if t.point.key == trial.point.key]
    shared = min(trial.evidence.draws, beside[0].evidence.draws)
    assert shared > 0
    assert trial.evidence.mean == pytest.approx(beside[0].evidence.mean, rel=0.05)


def test_a_draw_that_breaks_an_assumption_counts_neither_for_nor_against():
    (judgement,) = judged(walk()).judgements
    for trial in judgement.trials:
        assert trial.excluded > 0
        assert trial.evidence.greatest < 10
        assert trial.excluded == pytest.approx(trial.evidence.draws / 3, rel=0.1, abs=2)
    unchecked = Experiment("walks", walks, reads=("epochs",))
    assert judged(walk(by=unchecked)).judgements[0].verdict == "REFUTED"


@pytest.mark.parametrize("unmet", [0.0, math.nan, 0.3])
def test_a_run_whose_draws_all_break_an_assumption_decides_nothing(unmet):
    def never(values, **run):
        drawn = walks(values, **run)
        return {**drawn, "interpolates": np.full_like(drawn["interpolates"], unmet)}

    broken = Experiment("walks", never, reads=("epochs",), meets=TRAINING.meets)
    (judgement,) = judged(walk(by=broken)).judgements
    assert judgement.verdict == "INCONCLUSIVE"
    assert all(trial.evidence is None and trial.excluded > 0 for trial in judgement.trials)


def test_a_pool_averages_within_a_run_and_multiplies_over_runs():
    judgement = judged(walk()).judgements[0]
    mixtures = []
    for kind in ("refute_above", "refute_above_varied"):
        sides = {depth: [] for depth in (1, 2)}
        for trial in judgement.trials:
            depth = trial.point.parameters["depth"]
            sides[depth].append(np.exp(trial.evidence.wealth[kind]))
        mixtures.append((np.mean(sides[1], axis=0) * np.mean(sides[2], axis=0)).mean())
    assert judgement.pool.points == 6
    assert judgement.pool.above == pytest.approx(np.log(np.mean(mixtures)))


def test_an_assumption_that_is_checked_is_said_to_be(tmp_path):
    document = build([judged(walk())], [], "quick", 0)
    (text,) = document["claims"][0]["forms"][0]["assumptions"]
    assert text == {"text": INTERPOLATES, "met": "checked on each run"}
    assert all(point["excluded"] > 0 for point in document["claims"][0]["forms"][0]["points"])


def test_excluded_draws_survive_the_ledger(tmp_path):
    path = str(tmp_path / "ledger")
    first, again = judged(walk(), path), judged(walk(), path)
    assert [t.excluded for t in again.judgements[0].trials] == [
        t.excluded for t in first.judgements[0].trials
    ]
    from verify.judging.audit import audit

    with Ledger(path, read_only=True) as ledger:
        assert audit(ledger) == []


def test_an_observational_experiment_is_shown_and_decides_nothing():
    known = Experiment("walks", walks, reads=("epochs",), meets=TRAINING.meets, observational=True)
    wrong = form(9 * t * L, "wrong", (EPOCHS, DEPTH))
    said = Equal("distance", wrong, relative_variance=lambda values: 0.05)
    (judgement,) = judged(walk(said, by=known)).judgements
    assert {trial.verdict for trial in judgement.trials} == {"OBSERVED"}
    drawn = {trial.evidence.draws + trial.excluded for trial in judgement.trials}
    assert drawn == {SHOWN}
    assert all(trial.target.value > 8 * trial.estimate for trial in judgement.trials)
    assert judgement.counted == ()
    assert judgement.verdict == "OBSERVED"
    assert judgement.as_expected
    assert all("observational" in trial.remark for trial in judgement.trials)


def test_runs_are_the_same_for_any_number_of_workers(tmp_path):
    with Ledger(tmp_path / "one") as one, Ledger(tmp_path / "two") as two:
        found = [
            check_all([walk()], "quick", 0, workers, "cpu", ledger)[0].judgements[0]
            for workers, ledger in ((1, one), (2, two))
        ]
    serial, pooled = (
        [json.dumps(block.as_dict()) for trial in judgement.trials for block in trial.blocks]
        for judgement in found
    )
    assert serial == pooled


# The kinds of claims to come --------------------------------------------------------------------


def path_lengths(values, **run):
    """Along each run: the length of the path over that of its chord, and its energy."""
    drawn = walks(values, **run)
    length = drawn["distance"]
    # As it was drawn: by the run and the network alone.
    bent = 1 + 0.5 * np.modf(1000 * length)[0]
    return {
        "chord over path": 1 / bent,
        "looks": np.stack([drawn["distance"], 2 * drawn["distance"]], axis=-1),
        "interpolates": drawn["interpolates"],
    }


def test_a_sure_inequality_along_a_trajectory_whose_assumptions_are_checked():
    trajectories = Experiment("paths", path_lengths, reads=("epochs",), meets=TRAINING.meets)
    verdict = judged(
        walk(
            AlwaysAtMost("chord over path", 1, remainder=lambda values: 1e-12),
            Ranking("looks"),
            by=trajectories,
            within=0.3,
        )
    )
    assert {j.statement.name: j.verdict for j in verdict.judgements} == {
        "chord over path": "CONFIRMED", "looks": "CONFIRMED",
    }  # fmt: skip


def test_a_wrong_inequality_is_refuted_where_on_the_trajectory_it_first_fails():
    too_low = form(L * t / 2, "too_low", (EPOCHS, DEPTH), assumptions=(INTERPOLATES,))
    says = (AlwaysAtMost("distance", too_low), AlwaysAtMost("chord over path", 1))
    trajectories = Experiment("paths", both, reads=("epochs",), meets=TRAINING.meets)
    verdict = judged(walk(*says, by=trajectories, within=0.3))
    wrong, right = verdict.judgements
    assert (wrong.verdict, right.verdict) == ("REFUTED", "CONFIRMED")
    assert wrong.counterexample.parameters == {"depth": 1, "epochs": 1}
    assert wrong.counterexample.repeat_verdict == "REFUTED"
    assert all(trial.excluded > 0 for trial in right.trials)
    document = build([verdict], [], "quick", 0)
    told = document["claims"][0]["forms"][0]
    assert told["counterexample"]["parameters"] == {"depth": 1, "epochs": 1}
    assert told["assumptions"] == [{"text": INTERPOLATES, "met": "checked on each run"}]
    assert "checked on each run" in opened(render_html(document))


def both(values, **run):
    return {**path_lengths(values, **run), "distance": walks(values, **run)["distance"]}
