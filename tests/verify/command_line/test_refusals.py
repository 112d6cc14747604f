"""A claim that cannot be judged is told behind the verdicts of all others."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("own_catalogue")

CLAIMS = '''
from theory.domains import Integers
from verify import claim


def level(name, measured, **terms):
    return claim(
        f"notes2026/{name}", lambda depth: 1.0 * depth, depth=Integers(1, 3),
        examples=[{"depth": 2}], within=0.1, **terms,
    )(measured)


def sound(generator, depth):
    """A level."""
    return depth * (0.9 + 0.2 * generator.random())


def raising(generator, depth):
    """A level."""
    raise RuntimeError("boom")


def negative(generator, depth):
    """A level."""
    return -1.0


fine = level("fine", sound)
worse = level("worse", raising)
wrong = level("wrong", negative)
CLAIMS = (worse, fine, wrong)
'''


@pytest.fixture
def words(tmp_path):
    (tmp_path / "levels_of_mine.py").write_text(CLAIMS)
    return ("--claims", "levels_of_mine.py", "--paper", "notes2026", "--workers", "1")


def test_other_claims_are_judged_and_each_refusal_is_a_line(words, touchstone):
    status, out, err = touchstone("check", *words, "--json")
    assert status == 2
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["notes2026/fine"]
    told = [line for line in err.splitlines() if line.startswith("touchstone: ")]
    assert len(told) == 2
    assert told[0].startswith("touchstone: measuring notes2026/worse at depth=")
    assert "RuntimeError: boom" in told[0]
    assert "notes2026/wrong at depth=" in told[1]
    assert "draws: -1.0 is negative; this procedure needs X >= 0; use SignedEqual" in told[1]


def test_a_report_is_written_of_the_others(words, touchstone, tmp_path):
    status, out, _ = touchstone("report", "--out", "levels.html", *words)
    assert status == 2
    assert out.startswith("levels.html: 1 CONFIRMED; all as expected")
    (listed,) = json.loads((tmp_path / "levels.json").read_text())["claims"]
    assert listed["id"] == "notes2026/fine"
