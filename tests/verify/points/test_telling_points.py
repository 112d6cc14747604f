"""Forms that contradict others: by what they are refuted, and where draws are sent to tell."""

import json
from dataclasses import replace

import pytest

import toy_claims
import verify
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.parameters import DEPTH
from verify.command_line.check import in_words
from verify.evidence.accounting import budget_named
from verify.ledger.store import Ledger
from verify.points import laid_out
from verify.points.contradictions import refuting, telling
from verify.relations import AtMost
from verify.relations.said import spoken
from verify.report.document import build

QUICK = budget_named("quick")
LEVEL = toy_claims.judged()
CEILING = toy_claims.judged(4, "ceiling", "at most")
"""A bound on the level, the depth, that holds at the depths of the author's points."""

SHALLOW = replace(toy_claims.EXPERIMENT, over={"depth": Integers(1, 3)})


def further(claim, points):
    with Ledger() as ledger:
        asked, found = spoken(claim.says, points), refuting(claim, QUICK, ledger)
        return [point.parameters for point in telling(claim, asked, found, QUICK, ledger)]


def test_draws_are_sent_where_a_bound_contradicts_a_form():
    claim = toy_claims.claim(LEVEL, CEILING)
    assert further(claim, laid_out(claim, QUICK).points) == [{"depth": 5}]
    verdict = verify.check(claim)
    assert verdict["level"].verdict == "CONFIRMED"
    ceiling = verdict["ceiling"]
    assert ceiling.verdict == "REFUTED"
    assert ceiling.counterexample.parameters == ceiling.contradiction.parameters == {"depth": 5}


@pytest.mark.parametrize("first", [True, False])
def test_each_experiment_is_asked_for_its_own_names(first):
    wide = replace(
        SHALLOW, label="wide", setting={}, over={**SHALLOW.over, "width": Integers(2, 9)}
    )
    deep = replace(toy_claims.EXPERIMENT, over={"depth": Integers(1, 6)})
    by = (deep, wide) if first else (wide, deep)
    claim = toy_claims.claim(LEVEL, CEILING, rows=(), by=by)
    assert further(claim, ()) == [{"depth": 5}]


def test_where_no_experiment_can_run_a_bound_is_refuted_by_the_confirmed_form_and_called_so():
    claim = toy_claims.claim(LEVEL, CEILING, by=SHALLOW)
    verdict = verify.check(claim, examples=0)
    ceiling = verdict["ceiling"]
    assert {trial.verdict for trial in ceiling.trials} == {"CONFIRMED"}
    assert (ceiling.verdict, ceiling.expected) == ("REFUTED", "CONFIRMED")
    assert ceiling.counterexample is None
    told = (
        "by a form that the catalogue holds to be right, without a draw: at depth=5 it is 4.0,"
        " and has to be at least level"
    )
    assert told in in_words(ceiling)
    summary = ceiling.summary()
    assert summary["contradiction"]["parameters"] == {"depth": 5}
    assert json.loads(json.dumps(summary)) == summary
    (card,) = build([verdict], (), "quick", 0)["claims"]
    said = {form["form"]: form["sentence"] for form in card["forms"]}
    assert said["ceiling"].startswith(f"B{told[1:]}")


def test_a_number_bounds_where_the_experiment_runs_and_is_held_against_the_form_there():
    level = toy_claims.judged(name="depth_of_it")
    for bound, verdict, at in ((2, "REFUTED", {"depth": 3}), (4, "CONFIRMED", None)):
        said = AtMost("level", bound, relative_variance=lambda values: toy_claims.VARIANCE)
        found = verify.check(toy_claims.claim(level, said, depths=(1, 2), by=SHALLOW))[said.name]
        assert found.verdict == verdict
        assert (found.contradiction and found.contradiction.parameters) == at


def counted(*, depth):
    """The depth, counted."""
    return float(len(range(depth)))


def test_what_is_computed_is_not_searched_and_told_so(caplog):
    made = computed(
        subject="toy", paper="furusho2020", where="no equation", status="derived",
        parameters=(DEPTH,), symbol=DEPTH.symbol,
    )  # fmt: skip
    said = replace(LEVEL, claimed=made(counted))
    claim = toy_claims.claim(said, CEILING, by=SHALLOW)
    verdict = verify.check(claim, examples=0)
    assert {one.verdict for one in verdict.judgements} == {"CONFIRMED"}  # none is contradicted
    assert caplog.messages == [
        "furusho2020/toy: points where counted is not at least 0 were not searched for, as"
        " counted is computed and no formula",
        "furusho2020/toy: points where ceiling is not at least counted were not searched for, as"
        " counted is computed and no formula",
    ]


def test_a_form_that_is_not_confirmed_refutes_no_other():
    wrong = toy_claims.judged(3 * toy_claims.L, "thrice")
    verdict = verify.check(toy_claims.claim(wrong, CEILING, by=SHALLOW), examples=0)
    assert verdict["thrice"].verdict == "REFUTED"
    assert verdict["ceiling"].contradiction is None
    assert verdict["ceiling"].verdict == "CONFIRMED"


def test_a_form_is_refuted_by_the_range_of_its_quantity():
    falling = toy_claims.judged(3 - toy_claims.L, "falling", "signed")
    ranged = replace(falling, claimed=replace(falling.form, lies_in=Reals(0)))
    claim = toy_claims.claim(ranged, depths=(1, 2), by=SHALLOW)
    found = verify.check(claim, examples=0)["falling"].contradiction
    assert (found.by, found.parameters) == ("the range of its quantity", {"depth": 4})
    assert str(found) == "at depth=4 it is -1.0, and has to be at least 0"


def test_points_lie_where_a_printed_form_differs_from_its_successor():
    claim = verify.claims["luo2018/generalisation-ols"]
    everywhere = laid_out(claim, QUICK).points
    alike = [point for point in everywhere if point.parameters["load"] < 1]
    assert {point["load"] > 1 for point in further(claim, alike)} == {True}
    # of the points that are drawn enough lie there already; this is where the risk is negative
    assert further(claim, everywhere) == [{"load": 2.0, "noise_variance": 1.0}]


@pytest.fixture(scope="module")
def ledger():
    with Ledger() as kept:
        yield kept


@pytest.mark.parametrize("budget", ["quick", "standard"])
def test_every_refuted_equality_has_a_point_that_tells_it_from_its_successor(budget, ledger):
    def apart(said, right, point):
        one, other = (each.form.value(**each.arguments(point.values)) for each in (said, right))
        least = point.margin if said.relative else 0
        unit = getattr(said, "unit", None)
        size = (abs(one) + abs(other)) / 2 if unit is None else unit(point.values)
        return abs(one - other) > least * size

    level = budget_named(budget)
    for claim in verify.claims.values():
        refuted = {
            said.name: (said, claim.successors[said.name])
            for said in claim.says
            if said.side == "both" and said.name in claim.successors
        }
        if not refuted:
            continue
        asked = spoken(claim.says, laid_out(claim, level).points)
        further = telling(claim, asked, refuting(claim, level, ledger), level, ledger)
        points = [*(one.point for one in asked), *further]
        for said, right in refuted.values():
            assert any(
                apart(said, right, point)
                for point in points
                if said.applies(point) and right.applies(point)
            ), (claim.id, said.name)
