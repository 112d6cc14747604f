"""The reasons that commands give for a verdict that no single point tells."""

import functools
import json
from dataclasses import replace
from pathlib import Path

import pytest

import verify
from toy_claims import L, claim, judged, measure
from verify import report
from verify.command_line.check import in_words
from verify.command_line.recalled import last_verdicts
from verify.evidence.accounting import BUDGETS
from verify.numbers import number

SLIGHTLY_OFF = functools.partial(measure, truth=lambda depth: 1.005 * depth)
"""Draws whose mean is half a percent above the depth."""
SLIGHTLY_OFF.__module__ = __name__

MANY = tuple(range(1, 31))


@pytest.fixture
def refuted_together():
    """A form that each of its points confirms, and that all of them refute."""
    (judgement,) = verify.check(
        claim(judged(L), depths=MANY, margin=0.02, measure=SLIGHTLY_OFF)
    ).judgements
    return judgement


def test_check_tells_what_the_points_together_refute(refuted_together):
    line, pool = in_words(refuted_together), refuted_together.pool
    assert "  no single point refutes the form, but 30 points together do" in line
    assert f"log e-value of {number(pool.above)}, where {number(pool.threshold)} refutes" in line
    assert str(pool)[1:] in refuted_together.sentence


def test_json_has_the_pool_and_the_sentence(refuted_together):
    found = json.loads(json.dumps(refuted_together.summary()))
    assert found["counterexample"] is None
    assert found["pool"]["points"] == len(MANY)
    assert found["pool"]["above"] >= found["pool"]["threshold"] > found["pool"]["below"]
    assert found["sentence"] == refuted_together.sentence


def test_show_recalls_what_the_points_together_refute(tmp_path):
    path = tmp_path / "ledger.sqlite"
    together = claim(judged(L), depths=MANY, margin=0.02, measure=SLIGHTLY_OFF)
    (judgement,) = verify.check(together, ledger=path).judgements
    told = list(last_verdicts(path, together, together.says[0]))
    assert told == [f"REFUTED (quick, seed 0): {judgement.pool} (30 points CONFIRMED)"]


def test_check_says_that_a_remainder_is_too_large_to_be_confirmed():
    wide = claim(judged(L, remainder=lambda values: 0.15))
    (judgement,) = verify.check(wide, depth=3).judgements
    (trial,) = judgement.trials
    trial.point = replace(trial.point, drawn=True)  # which counts, within reach or not
    line = in_words(replace(judgement))
    assert "0 of 1 point decided: undecided at depth = 3, as the stated remainder is 0.15" in line
    assert f"none above 0.1 is confirmed: draws stopped after {trial.evidence.draws}" in line


def test_check_says_what_confirming_would_take():
    far = claim(judged(L, relative_variance=lambda values: 1e9))
    (judgement,) = verify.check(far, depth=3).judgements
    assert judgement.verdict == "INFEASIBLE"
    allowed = f"draws, and quick allows {BUDGETS['quick'].draws:,}"
    assert "undecided at depth = 3, as CONFIRMED takes about" in in_words(judgement)
    assert allowed in in_words(judgement)


def test_the_legend_does_not_say_that_what_is_infeasible_was_not_drawn():
    legend = (Path(report.__file__).parent / "templates" / "verdicts.html").read_text()
    assert "before anything was drawn" not in legend
