"""The judge: one verdict a form, and the smallest place where a wrong one fails."""

import dataclasses
import json
from types import SimpleNamespace

import pytest
import torch
from sympy import Piecewise

import toy_claims
import verify
from theory.domains import DomainError, Integers
from theory.parameters import DEPTH
from toy_levels import WRONG_FROM, Idle, measure, only, toy
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS, share_of_alpha
from verify.judging.judge import check_all
from verify.judging.verdict import ClaimVerdict, verdict_by_draws
from verify.ledger.store import Ledger
from verify.model import Claim
from verify.points import at, points, rows

SUMMARY = (
    "id", "form", "relation", "verdict", "expected", "eps", "alpha", "tightest", "region", "data",
    "points", "drawn", "decided", "doubt", "rarest", "counterexample", "claimed", "measured",
    "standard_error", "limit_of", "repeated", "contradiction", "pool", "sentence",
    "smallest_detectable_error", "mutation_score", "seconds",
)  # fmt: skip

QUICK = BUDGETS["quick"]


def test_a_true_theorem_is_confirmed_at_one_point():
    verdict = verify.check("furusho2020/mean-eig-resnet", depth=2)
    assert verdict.verdict == "CONFIRMED"
    assert verdict.as_expected
    judgement = verdict["mean_eigenvalue_resnet"]
    assert judgement.epsilon == max(trial.target.epsilon for trial in judgement.counted)
    assert judgement.networks == sum(block.draws for t in judgement.trials for block in t.blocks)
    assert judgement.counterexample is None


def test_a_theorem_that_is_wrong_as_printed_is_refuted_beside_its_correction():
    verdict = verify.check("furusho2020/mean-eig-sd", depth=2, survival=0.5)
    assert {j.statement.name: j.verdict for j in verdict.judgements} == {
        "mean_eigenvalue_stochastic_depth_printed": "REFUTED",
        "mean_eigenvalue_stochastic_depth": "CONFIRMED",
    }
    assert verdict.as_expected
    assert verdict.verdict == "CONFIRMED"  # of the forms that stand
    found = verdict["mean_eigenvalue_stochastic_depth_printed"].counterexample
    assert found.parameters == {"depth": 1, "survival": 0.5}


@pytest.mark.parametrize("claim", verify.claims.values(), ids=lambda claim: claim.id)
def test_a_point_can_be_asked_for_by_itself(claim):
    # What a counterexample's command does; of many points, at a dozen.
    every, listed = points(claim, QUICK), list(rows(claim, QUICK))
    for row in listed[:: max(1, len(listed) // 12)]:
        listed = {
            (point.experiment.label, point.key, point.margin)
            for point in every
            if point.parameters == row
            if any(statement.applies(point) for statement in claim.says)
        }
        asked = {(one.experiment.label, one.key, one.margin) for one in at(claim, row, QUICK)}
        assert listed <= asked
        assert listed


def test_a_verdict_does_not_depend_on_an_earlier_run_of_its_own_point(tmp_path):
    path = str(tmp_path / "ledger")
    first = only(verify.check(toy(), ledger=path, depth=2)).summary()
    again = only(verify.check(toy(), ledger=path, depth=2)).summary()
    assert first == again


def test_points_out_of_reach_of_the_limit_do_not_enter_the_verdict():
    claim = toy(
        expression=DEPTH.symbol * (1 + Piecewise((0, DEPTH.symbol < WRONG_FROM), (0.25, True))),
        remainder=lambda values: 0.0 if values["depth"] < WRONG_FROM else 0.3,
        rows=[{"depth": 2}, {"depth": 9}],
    )
    judgement = only(verify.check(claim))
    assert [trial.counted for trial in judgement.trials] == [True, False]
    assert [trial.remark is None for trial in judgement.trials] == [True, False]
    assert "remainder is 0.3" in judgement.trials[1].remark
    assert judgement.verdict == "CONFIRMED"
    assert judgement.summary()["points"] == judgement.decided == 1


def test_a_refutation_beyond_a_wide_remainder_counts():
    claim = toy(
        expression=DEPTH.symbol / 3,
        remainder=lambda values: 0.0 if values["depth"] == 1 else 0.2,
        rows=[{"depth": 1}, {"depth": 2}],
    )
    judgement = only(verify.check(claim))
    assert [trial.counted for trial in judgement.trials] == [True, True]
    assert judgement.verdict == "REFUTED"


@pytest.mark.parametrize(
    ("depths", "margin", "verdict", "decided"),
    [
        ([2, 9], 0.1, "REFUTED", 2),
        ([2, 3], 0.1, "CONFIRMED", 2),
        ([2, 3], 1e-4, "INFEASIBLE", 0),
    ],
)
def test_the_worst_point_decides_and_nothing_is_never_a_pass(depths, margin, verdict, decided):
    claim = toy(
        rows=[{"depth": depth} for depth in depths],
        margin=margin,
    )
    judgement = only(verify.check(claim))
    assert judgement.verdict == verdict
    assert judgement.decided == decided
    assert judgement.as_expected == (verdict == "CONFIRMED")
    assert (judgement.epsilon is None) == (verdict != "CONFIRMED")


@pytest.mark.parametrize(
    ("met", "verdict"),
    [
        (("CONFIRMED", "CONFIRMED"), "CONFIRMED"),
        (("CONFIRMED", "OBSERVED"), "OBSERVED"),
        (("CONFIRMED", "INFEASIBLE"), "INFEASIBLE"),
        (("CONFIRMED", "INCONCLUSIVE"), "INCONCLUSIVE"),
        (("INFEASIBLE", "INCONCLUSIVE"), "INCONCLUSIVE"),
        (("INCONCLUSIVE", "REFUTED"), "REFUTED"),
    ],
)
def test_one_undecided_point_leaves_a_form_and_its_claim_undecided(met, verdict):
    trials = [
        SimpleNamespace(
            verdict=one, counted=True, observational=False, target=SimpleNamespace(epsilon=0.05)
        )
        for one in met
    ]
    for order in (trials, trials[::-1]):
        assert verdict_by_draws(toy_claims.judged(), order, None, None, cap=0.06) == verdict
    stands = SimpleNamespace(stands=True)
    judgements = tuple(
        SimpleNamespace(verdict=one, statement=stands, observational=False) for one in met
    )
    assert ClaimVerdict(toy(), judgements).verdict == verdict


@pytest.mark.parametrize("change", [{"rows": []}, {"sizes": lambda at, within: None}], ids=str)
def test_a_claim_without_a_point_is_named(change):
    with pytest.raises(UsageError, match="furusho2020/toy: has no point to be judged at"):
        verify.check(toy(**change))


def test_what_nothing_can_be_said_of_is_never_a_pass():
    unsaid = toy_claims.judged(0 * DEPTH.symbol, "unbiased", "signed")
    judgement = only(verify.check(toy_claims.claim(unsaid, measure=measure, depths=(9,))))
    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.mutation_score is judgement.smallest_detectable_error is None


@pytest.mark.parametrize(
    ("remainder", "verdict", "epsilon"),
    [(0.0, "CONFIRMED", 0.06), (0.02, "CONFIRMED", 0.06), (0.035, "OBSERVED", None)],
)
def test_an_equality_passes_only_within_the_budgets_cap(remainder, verdict, epsilon):
    level = toy_claims.judged(remainder=lambda values: remainder)
    shallow = dataclasses.replace(toy_claims.EXPERIMENT, over={"depth": Integers(1, 5)})
    (found,) = verify.check(Claim("toys2026/level", "A level.", (level,), shallow)).judgements
    assert (found.verdict, found.epsilon) == (verdict, epsilon)
    assert max(trial.target.epsilon for trial in found.trials) == max(0.06, 2 * remainder)
    assert found.as_expected == (verdict == "CONFIRMED")
    if verdict == "OBSERVED":
        assert "within 7 % only, where the budget asks for 6 %" in found.sentence


def test_a_summary_has_the_keys_that_are_promised():
    refuted = only(verify.check(toy())).summary()
    assert tuple(refuted) == SUMMARY
    assert json.loads(json.dumps(refuted)) == refuted
    assert refuted["id"] == "furusho2020/toy"
    assert refuted["form"] == "level"
    assert (refuted["verdict"], refuted["expected"]) == ("REFUTED", "CONFIRMED")
    assert refuted["eps"] is None
    assert refuted["alpha"] == 1e-6
    assert refuted["points"] == refuted["decided"] == 1
    assert refuted["counterexample"] == {"depth": WRONG_FROM}
    assert refuted["claimed"] == WRONG_FROM
    assert abs(refuted["measured"] / refuted["claimed"] - 1.5) < 6 * refuted["standard_error"]
    assert (refuted["limit_of"], refuted["repeated"]) == ([], "REFUTED")
    assert 0 < refuted["smallest_detectable_error"] < 0.5
    assert refuted["seconds"] > 0


def positions(verdict):
    return [trial.position for judgement in verdict.judgements for trial in judgement.trials]


def test_all_checks_of_one_test_share_one_alpha_and_draw_nothing_twice(monkeypatch):
    claim = toy(depths=(1,))
    points = [verify.check(claim, depth=depth) for depth in (1, 2, 3)]
    assert [positions(verdict) for verdict in points] == [[1], [2], [3]]
    alphas = [only(verdict).trials[0].target.alpha for verdict in points]
    assert alphas == [share_of_alpha(position) for position in (1, 2, 3)]
    again = verify.check(claim, depth=2, executor=Idle())
    assert only(again).summary() == only(points[1]).summary()
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "another (call)")
    assert positions(verify.check(claim, depth=2)) == [1]
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert positions(verify.check(claim, depth=3)) == positions(verify.check(claim, depth=2)) == [1]


def test_verdicts_do_not_depend_on_what_else_is_judged():
    other = dataclasses.replace(toy(), id="furusho2020/other")
    with Ledger() as ledger:
        alone = check_all([toy()], "quick", 0, 1, "cpu", ledger)[0]
    with Ledger() as ledger:
        beside = check_all([other, toy()], "quick", 0, 1, "cpu", ledger)[1]
    timeless = {"seconds": None}
    assert only(alone).summary() | timeless == only(beside).summary() | timeless
    assert only(alone).counterexample == only(beside).counterexample


def test_progress_is_told_and_ends_with_every_point():
    told = []
    claim = toy(rows=[{"depth": 1}, {"depth": 2}])
    with Ledger() as ledger:
        check_all([claim], "quick", 0, 1, "cpu", ledger, report=told.append)
    assert (told[-1].done, told[-1].total) == (2, 2)
    assert told[-1].networks > told[0].networks == 0
    assert told[0].left >= told[-1].networks
    assert {state.doing for state in told} == {f"judging {claim.id}"}


def test_progress_says_why_points_are_judged_that_the_grid_has_not():
    told = []
    claim = toy()
    with Ledger() as ledger:
        check_all([claim], "quick", 0, 1, "cpu", ledger, report=told.append)
    assert list(dict.fromkeys(state.doing for state in told)) == [
        f"judging {claim.id}",
        f"seeking a smaller counterexample of {claim.id}",
        f"repeating the counterexample of {claim.id}",
    ]


@pytest.mark.parametrize("depth", [0, -1, 2.5, float("nan")])
def test_a_depth_outside_the_domain_is_named(depth):
    with pytest.raises(DomainError, match=r"depth = .* is not an integer >= 1"):
        verify.check("furusho2020/mean-eig-resnet", depth=depth)


@pytest.mark.parametrize(
    "parameters", [{"dept": 2}, {"depth": 2, "width": 4}, {"survival": 0.5}], ids=str
)
def test_wrong_parameter_names_are_answered_with_the_right_ones(parameters):
    with pytest.raises(UsageError, match="furusho2020/mean-eig-resnet: needs depth; got"):
        verify.check("furusho2020/mean-eig-resnet", **parameters)


@pytest.mark.parametrize("asked", ["furusho2020/mean-eig-resnt", "mean-eig-resnet", "mean-eig-res"])
def test_an_unknown_claim_is_answered_with_the_nearest(asked):
    with pytest.raises(UsageError, match=r"unknown claim .*nearest: .*furusho2020/mean-eig-resnet"):
        verify.check(asked, depth=2)


def test_an_unknown_form_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"form = 'levl': furusho2020/toy judges level"):
        verify.check(toy(), depth=2)["levl"]


def test_an_unknown_budget_is_answered_with_those_there_are():
    with pytest.raises(
        UsageError, match="budget = 'huge': must be one of quick, standard, thorough"
    ):
        verify.check(toy(), budget="huge")


@pytest.mark.parametrize("seed", [-1, 0.5, True, "0", None])
def test_a_seed_that_is_none_is_named(seed):
    with pytest.raises(UsageError, match=r"seed = .*must be an integer >= 0"):
        verify.check(toy(), seed=seed)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_cuda_device_that_is_not_there_is_named():
    with pytest.raises(UsageError, match=r"device = 'cuda'.*no CUDA device"):
        verify.check(toy(), device="cuda")


@pytest.mark.parametrize("device", ["gpu", "", 0])
def test_an_unknown_device_is_named(device):
    with pytest.raises(UsageError, match="device = "):
        verify.check(toy(), device=device)


def test_a_point_that_cannot_be_measured_is_named():
    def nowhere_at_two(at, within):
        return None if at["depth"] == 2 else {}

    with pytest.raises(UsageError, match="cannot be measured at depth=2"):
        verify.check(toy(sizes=nowhere_at_two), depth=2)


def test_a_form_that_does_not_speak_of_the_point_asked_for_is_left_out():
    verdict = verify.check("furusho2020/moments-bn", layer=0, depth=1, budget="quick")
    assert {j.statement.name for j in verdict.judgements} == {
        "variance_bn_printed", "variance_bn", "backward_moment_bn_printed", "backward_moment_bn",
    }  # fmt: skip
    with pytest.raises(UsageError, match="does not speak of the point"):
        verdict["forward_moment_bn"]
