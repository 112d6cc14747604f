"""What a verdict says of its region."""

from dataclasses import replace

import pytest

import toy_claims as toys
import verify
from theory.domains import Integers
from verify.command_line.check import in_words
from verify.model import Claim
from verify.report.document import build

SHALLOW = replace(toys.EXPERIMENT, label="shallow", over={"depth": Integers(1, 50)})
LEVEL = toys.judged()
BEYOND = "nothing is said beyond"


def even(at, within):
    return {} if at["depth"] % 2 == 0 else None


def judgement(says=(LEVEL,), by=SHALLOW, budget="quick", **terms):
    claim = Claim("toys2026/level", "The level is the depth.", says, by)
    (found,) = verify.check(claim, budget=budget, **terms).judgements
    return found


@pytest.fixture(scope="module")
def drawn():
    return judgement()


def test_a_verdict_names_the_region_that_its_points_were_drawn_over(drawn):
    summary = drawn.summary()
    assert (summary["verdict"], summary["region"]) == ("CONFIRMED", "1 <= L <= 50")
    assert summary["points"] == summary["drawn"] == len(drawn.trials)
    assert str(drawn.coverage) == f"for 1 <= L <= 50; 8 points, 8 of them drawn; {BEYOND}"


def test_check_says_it_behind_the_error(drawn):
    assert f"within 0.06 for 1 <= L <= 50; 8 points, 8 of them drawn; {BEYOND}  " in in_words(drawn)


def test_report_says_it_on_the_card(drawn):
    document = build([verify.judging.verdict.ClaimVerdict(drawn.claim, (drawn,))], [], "quick", 0)
    (form,) = document["claims"][0]["forms"]
    assert (form["region"], form["coverage"]) == ("1 <= L <= 50", str(drawn.coverage))


def test_the_authors_points_are_told_apart():
    claim = replace(judgement().claim, examples=[{"depth": 3}, {"depth": 49}])
    (found,) = verify.check(claim).judgements
    assert str(found.coverage).startswith("for 1 <= L <= 50; 10 points, 8 of them drawn;")


def test_points_that_nobody_drew_cover_their_hull():
    (found,) = verify.check(toys.claim(LEVEL, depths=(2, 5))).judgements
    assert found.summary()["region"] == "2 <= L <= 5"
    assert str(found.coverage) == (
        f"at 2 points in 2 <= L <= 5, none of them drawn, as nothing bounds depth; {BEYOND}"
    )
    assert str(judgement(depth=4).coverage) == (
        f"at 1 point in L = 4, none of them drawn; {BEYOND}"
    )


def test_rows_that_the_experiment_cannot_run_at_are_told():
    found = judgement(by=replace(SHALLOW, sizes=even))
    refused = 8 - found.coverage.points
    assert f"; at {refused} more the experiment cannot run; {BEYOND}" in str(found.coverage)
    assert refused > 0


def test_two_experiments_of_different_regions_are_named():
    deeper = replace(SHALLOW, label="deeper", over={"depth": Integers(2, 60)})
    found = judgement(by=(SHALLOW, deeper), examples=4)
    assert found.coverage.region == "shallow: 1 <= L <= 50; deeper: 2 <= L <= 60"
    alike = judgement(by=(SHALLOW, SHALLOW.given(width=8)), examples=4)
    assert alike.coverage.region == "1 <= L <= 50"
