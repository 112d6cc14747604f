"""A new subject is three files: nothing else has to be edited for it to be found everywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import theory
import verify

THEORY = '''
"""How long a part lasts that fails at its twentieth fault."""

from functools import partial

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.papers import Paper
from theory.parameters import Parameter
from theory.reading import Reading

NOTES = Paper("toy2026", ("A. Reader",), "How long things last", 2026, "notes")
RATE = Parameter("rate", "r", Reals(0, low_open=True), "failures in a unit of time", (0.5, 4.0))

_form = partial(
    ClosedForm, subject="toy", paper=NOTES, parameters=(RATE,),
    assumptions=("faults come at a constant rate",),
)

mean_lifetime_printed = _form(
    name="mean_lifetime_printed", expr=2 / RATE.symbol, where="eq 1", status="printed",
    superseded_by="mean_lifetime",
    reading=Reading(
        says="parts last two over the rate in the mean",
        kind="lost factor or term",
        consequence="nothing beyond the line",
    ),
)
mean_lifetime = _form(
    name="mean_lifetime", expr=1 / RATE.symbol, where="eq 1 corrected", status="corrected",
)
'''

NUMERICS = '''
"""Lifetimes of simulated parts."""

import numpy as np

from numerics.measurement import Measurement
from numerics.simulation.keyed import numpy_generator

FAULTS = 20


def measure_lifetimes(*, rate, networks, seed, first_network=0):
    """Sum the waits for the faults of each part, of one length in the mean."""
    numbers = range(first_network, first_network + networks)
    waits = [numpy_generator(seed=seed, network=k).exponential(size=FAULTS) for k in numbers]
    per_network = np.sum(waits, axis=1) / (FAULTS * rate)
    return Measurement(quantity="lifetime", per_network=per_network, settings={"rate": rate})
'''

CLAIMS = '''
"""Claims on the lifetimes of parts."""

from numerics import toy
from theory import toy as forms
from verify.model import Claim, Experiment
from verify.relations import Equal


def measure(values, *, seed, first_network, networks, device):
    measured = toy.measure_lifetimes(
        rate=values["rate"], networks=networks, seed=seed, first_network=first_network
    )
    return {"lifetime": measured.per_network}


CLAIMS = (
    Claim(
        id="toy2026/mean-lifetime",
        statement="Parts last one over the rate in the mean.",
        says=Equal.each(
            "lifetime",
            forms.mean_lifetime_printed,
            forms.mean_lifetime,
            relative_variance=lambda values: 1 / toy.FAULTS,
        ),
        by=Experiment(
            "parts",
            measure,
            meets={"faults come at a constant rate": "waits are drawn from one exponential law"},
        ),
        examples=[{"rate": 0.5}, {"rate": 2.0}],
        within=0.1,
    ),
)
'''

SUBJECT = {
    "theory/toy.py": THEORY,
    "numerics/toy.py": NUMERICS,
    "verify/claims/toy.py": CLAIMS,
}
CLAIM = "toy2026/mean-lifetime"
FORMS = ["toy.mean_lifetime_printed", "toy.mean_lifetime"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory, copy_packages):
    """A copy of Touchstone with the three files of a further subject."""
    folder = tmp_path_factory.mktemp("tree")
    copy_packages(folder)
    for name, text in SUBJECT.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def run(tree):
    """What Python prints when it is run on the tree; a process that fails fails the test."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}

    def run(*words):
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=tree, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def lines(printed):
    return [json.loads(line) for line in printed.splitlines()]


def test_the_catalogue_holds_its_forms(run, tree):
    code = """
import json, theory
found = [form.id for form in theory.catalogue() if theory.find(form.id) is form]
print(json.dumps([found, theory.toy.mean_lifetime(rate=4), dir(theory), theory.__file__]))
"""
    ids, value, shown, file = json.loads(run("-c", code))
    assert Path(file) == tree / "theory" / "__init__.py"
    assert [name for name in ids if name.startswith("toy.")] == FORMS
    subjects = [name.split(".")[0] for name in ids]
    assert subjects == sorted(subjects)
    assert value == 0.25
    assert "toy" in shown


def test_it_is_added_to_the_claims_and_forms_that_there_are(run):
    code = """
import json, theory, verify
print(json.dumps([list(verify.claims), len(theory.catalogue())]))
"""
    ids, forms = json.loads(run("-c", code))
    assert set(ids) == {*verify.claims, CLAIM}
    assert forms == len(theory.catalogue()) + len(FORMS)


def test_the_command_line_lists_shows_and_evaluates_it(run):
    listed = lines(run("-m", "verify", "list", "--paper", "toy2026", "--json"))
    assert [(one["id"], f"toy.{one['form']}") for one in listed] == [(CLAIM, f) for f in FORMS]
    shown = run("-m", "verify", "show", CLAIM)
    assert "Parts last one over the rate in the mean." in shown
    assert "faults come at a constant rate" in shown
    evaluated = run("-m", "verify", "eval", CLAIM, "rate=4", "--form", "mean_lifetime")
    assert evaluated == "mean_lifetime(rate=4) = 0.25\n"


def test_it_is_checked_and_reported(run, tmp_path):
    ledger, out = tmp_path / "ledger.sqlite", tmp_path / "report.html"
    with_ledger = ("--ledger", ledger, "--workers", 1)
    verdicts = lines(run("-m", "verify", "check", CLAIM, "--json", *with_ledger))
    assert {one["form"]: one["verdict"] for one in verdicts} == {
        "mean_lifetime_printed": "REFUTED",
        "mean_lifetime": "CONFIRMED",
    }
    run("-m", "verify", "report", "--paper", "toy2026", "--out", out, *with_ledger)
    assert CLAIM in out.read_text()
    (claim,) = json.loads(out.with_suffix(".json").read_text())["claims"]
    assert (claim["id"], claim["subject"]) == (CLAIM, "toy")
    assert claim["source"]["title"] == "How long things last"
    for form in claim["forms"]:
        (assumption,) = form["assumptions"]
        assert assumption["met"] == "waits are drawn from one exponential law"


def test_the_battery_of_every_form_runs_over_it(run, tree):
    battery = Path(__file__).parent / "theory" / "test_every_form.py"
    (tree / battery.name).write_text(battery.read_text())
    words = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "-W", "error", "-k", "toy.")
    told = run(*words, "--import-mode=importlib", battery.name)
    for name in ("test_it_cites_a_place_in_a_paper", "test_symbols_give_the_expression"):
        for form in FORMS:
            assert f"::{name}[{form}] PASSED" in told
