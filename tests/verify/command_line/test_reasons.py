"""The reasons that commands give for a verdict that no single point tells."""

import functools
import json

import pytest

import verify
from toy_claims import L, claim, judged, measure
from verify.command_line.check import in_words
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
