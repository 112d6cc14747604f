"""`touchstone errata`: where the sheet goes, what it tells of the ledger, and what is refused."""

import json
import re
import sqlite3

import pytest

from theory.papers import PAPERS

SD = "furusho2020/mean-eig-sd"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """The default ledger belongs to the folder one is in."""
    monkeypatch.chdir(tmp_path)


def test_markdown_is_printed_and_nothing_is_written(touchstone, tmp_path):
    status, out, err = touchstone("errata", "furusho2020")
    assert (status, err) == (0, "")
    assert out.startswith("# Errata of Furusho (2020)\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["md", "tex", "json"])
def test_the_suffix_says_how_it_is_written(touchstone, tmp_path, suffix):
    status, out, _ = touchstone("errata", "furusho2020", "--out", f"sheet.{suffix}")
    assert status == 0
    assert re.fullmatch(rf"sheet\.{suffix}: lines that are wrong: \d+, matters of .*: \d+\n", out)
    begins = {"md": "# Errata", "tex": "\\documentclass", "json": "{"}
    assert (tmp_path / f"sheet.{suffix}").read_text(encoding="utf-8").startswith(begins[suffix])
    assert [file.name for file in tmp_path.iterdir()] == [f"sheet.{suffix}"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nobody1900"], "PAPER nobody1900: must be one of chen2020, furusho2020, luo2018"),
        (["zhang2022", "--out", "sheet.pdf"], "--out sheet.pdf: must end in .md, .tex, .json"),
        (["zhang2022", "--out", "none/sheet.md"], "must be a file in a folder that exists"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_written_is_one_line(touchstone, tmp_path, words, complaint):
    status, out, err = touchstone("errata", *words)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert complaint in line
    assert list(tmp_path.iterdir()) == []


def test_a_paper_without_a_printed_formula_is_told_apart(touchstone, monkeypatch):
    monkeypatch.setitem(PAPERS, "reader2026", PAPERS["luo2018"])
    status, out, err = touchstone("errata", "reader2026")
    assert (status, out) == (2, "")
    assert "PAPER reader2026: Touchstone holds no printed formula of it yet; must be" in err


def test_a_folder_is_no_sheet(touchstone, tmp_path):
    (tmp_path / "sheet.md").mkdir()
    status, _, err = touchstone("errata", "zhang2022", "--out", "sheet.md")
    assert status == 2
    assert "--out sheet.md: must be a file" in err


def entry(touchstone, form):
    touchstone("errata", "furusho2020", "--out", "sheet.json", "--ledger", "mine.sqlite")
    with open("sheet.json", encoding="utf-8") as file:
        return next(one for one in json.load(file)["errors"] if one["form"] == form)


def test_it_tells_what_the_ledger_holds(touchstone):
    form = "fisher.mean_eigenvalue_stochastic_depth_printed"
    before = entry(touchstone, form)
    assert before["evidence"] == "by formulas alone: the ledger has measured neither yet"
    assert before["check"] == f"touchstone check {SD}"
    at = ("--at", "depth=2", "--at", "survival=0.5")
    touchstone("check", SD, *at, "--workers", "1", "--seed", "3", "--ledger", "mine.sqlite")
    after = entry(touchstone, form)
    assert after["evidence"].startswith("simulation refutes it at ")
    told = "such as depth=2, survival=0.5, 0.8333 claimed and (.*) ± (.*) extrapolated to the limit"
    (estimate, error) = re.search(told, after["evidence"]).groups()
    assert float(estimate) == pytest.approx(1, abs=8 * float(error))
    assert 0 < float(error) < 0.02
    _, out, _ = touchstone("errata", "furusho2020", "--ledger", "mine.sqlite")
    assert "Of them 1 is refuted by networks in this ledger, and 0 by derivations" in out
    assert after["check"] == f"touchstone check {SD} --budget quick --seed 3"
    assert after["counterexample"] == before["counterexample"]
    with sqlite3.connect("mine.sqlite") as connection:
        connection.execute("UPDATE trials SET verdict = 'CONFIRMED' WHERE verdict = 'REFUTED'")
    connection.close()
    status, _, err = touchstone("errata", "furusho2020", "--ledger", "mine.sqlite")
    assert status == 2
    assert "is CONFIRMED, but its evidence says REFUTED; `touchstone ledger verify`" in err


def test_the_point_that_is_told_is_one_where_the_two_differ_to_the_eye(touchstone):
    claim = "luo2018/eigenvalues"
    at = ("--at", "learning_rate=0.1", "--at", "regularisation=0.1", "--at", "norm=1")
    touchstone("check", claim, *at, "--workers", "1", "--ledger", "mine.sqlite")
    touchstone("errata", "luo2018", "--out", "luo.json", "--ledger", "mine.sqlite")
    with open("luo.json", encoding="utf-8") as file:
        errors = {one["form"]: one["evidence"] for one in json.load(file)["errors"]}
    words = errors["order_parameters.overlap_eigenvalue_printed"]
    assert words.startswith("an independent derivation refutes it at ")
    claimed, found = re.search(r"norm=[\d.]+, (.*) claimed and (.*) found", words).groups()
    # of the points of the descent, which begins where the two lie within 1 in 1000
    assert abs(float(claimed) / float(found) - 1) > 0.01


def test_claims_without_a_paper_of_their_own_are_told_why_there_is_no_sheet(
    touchstone, own_catalogue, tmp_path
):
    (tmp_path / "sheetless.py").write_text(
        "from verify import Integers, claim\n\n\n"
        '@claim("mine2026/level", "depth", depth=Integers(1, 4))\n'
        "def level(generator, depth):\n"
        '    """A level has the mean of its depth."""\n'
        "    return 2 * depth * generator.random()\n"
    )
    status, out, err = touchstone("errata", "mine2026", "--claims", "sheetless.py")
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert "PAPER mine2026: none of its formulas is printed in a paper" in line
