"""Results of papers that the catalogue does not hold, each stated in a file of twelve lines."""

from dataclasses import replace
from pathlib import Path

import pytest
import sympy

import verify
from theory import ClosedForm

FOLDER = Path(__file__).with_name("published")
RESULTS = {
    # The file, a point, the error to confirm within, and the one that must be refuted.
    "hastie2022_ridgeless": ({"n": 30, "p": 150}, 0.01, 0.03),
    "mp1967_edge": ({"n": 16000, "p": 4000}, 0.01, 0.03),
    "poole2016_length": ({"gain": 2.0}, 0.01, 0.03),
    # Of a variance 1 % takes minutes.
    "hanin2020_logarithm": ({"depth": 1, "width": 1000}, 0.06, 0.1),
}
every_result = pytest.mark.parametrize("name", RESULTS)


@pytest.fixture
def claim(name, own_catalogue):
    file = FOLDER / f"{name}.py"
    verify.claims.load(file)
    (loaded,) = (one for one in verify.claims.values() if one.file == file)
    return replace(loaded, within=RESULTS[name][1])


@every_result
def test_its_file_has_twelve_lines_at_most(name):
    lines = (FOLDER / f"{name}.py").read_text().splitlines()
    assert len([line for line in lines if line]) <= 12


@every_result
def test_it_is_confirmed(name, claim):
    point, _, _ = RESULTS[name]
    assert verify.check(claim, **point).verdict == "CONFIRMED"


@every_result
@pytest.mark.parametrize("sign", [-1, 1])
def test_it_is_refuted_where_it_is_a_little_off(name, claim, sign):
    point, _, error = RESULTS[name]
    (said,) = claim.says
    exact = getattr(said.form, "expr", None) or sympy.Float(said.form(**point))
    wrong = ClosedForm(
        name="wrong",
        expr=sympy.Float(1 + sign * error) * exact,
        parameters=said.form.parameters,
        paper=said.form.paper,
        where=said.form.where,
        status="derived",
    )
    claim = replace(claim, says=replace(said, claimed=wrong))
    assert verify.check(claim, **point).verdict == "REFUTED"
