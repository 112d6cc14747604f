"""A stranger's claim: a formula with the domains of its parameters, and one simulated network."""

import html
import subprocess
import sys

import pytest

import verify
from verify.report.document import build
from verify.report.page import render_html

CLAIMS = '''
import numpy as np
from theory.domains import Integers
from verify import claim


@claim(
    "notes2026/fourth-moment",
    lambda depth, width: (1 + 5 / width) ** depth,
    depth=Integers(1, 1), width=Integers(24, 48),
    relative_variance=lambda values: 21.5 / values["width"],
)
def fourth_moment(generator, depth, width):
    """At the initialisation of He the mean of |h_L|^4 is (1 + 5/D)^L."""
    h = np.full(width, width**-0.5)
    for _ in range(depth):
        h = np.maximum(generator.normal(scale=(2 / width) ** 0.5, size=(width, width)) @ h, 0)
    return (h @ h) ** 2


CLAIMS = (fourth_moment,)
'''


@pytest.fixture
def loaded(tmp_path, own_catalogue):
    path = tmp_path / "stranger.py"
    path.write_text(CLAIMS)
    verify.claims.load(path)
    return path


def test_it_is_a_claim_like_any_other(loaded):
    made = verify.claims["notes2026/fourth-moment"]
    assert made.statement == "At the initialisation of He the mean of |h_L|^4 is (1 + 5/D)^L."
    assert made.says[0].form(depth=1, width=25) == 1.2
    assert str(made.source.cited) == "notes (2026)"
    verdict = verify.check(made)
    assert verdict.verdict == "CONFIRMED"
    (judgement,) = verdict.judgements
    assert all(trial.point.drawn for trial in judgement.trials)
    assert {type(trial.point.parameters["width"]) for trial in judgement.trials} == {int}


def test_a_wrong_formula_is_refuted_at_a_point_that_is_reported(tmp_path, own_catalogue):
    path = tmp_path / "wrong.py"
    path.write_text(CLAIMS.replace("1 + 5 / width", "1 + 2 / width"))
    verify.claims.load(path)
    verdict = verify.check("notes2026/fourth-moment")
    assert verdict.verdict == "REFUTED"
    example = verdict.judgements[0].counterexample
    assert set(example.parameters) == {"depth", "width"}
    assert example.estimate > 1.1 * example.theory
    assert example.repeat_verdict == "REFUTED"
    document = build([verdict], [], "quick", 0)
    told = document["claims"][0]["forms"][0]["counterexample"]
    assert told["parameters"] == dict(example.parameters)
    assert told["command"] in html.unescape(render_html(document))


def test_worker_processes_find_its_simulation(loaded):
    words = ["check", "notes2026/fourth-moment", "--claims", str(loaded), "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "verify", *words, "--ledger", ":memory:"],
        capture_output=True, text=True, check=False, timeout=120, cwd=loaded.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("CONFIRMED    notes2026/fourth-moment  fourth_moment")
