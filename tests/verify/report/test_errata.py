"""The sheet of a paper's errors: complete, right to 50 digits, and fit to be sent."""

import json
import re
import shlex
import subprocess
import sys

import mpmath
import pytest

import theory
from theory.lowering import multiprecision
from verify.command_line import main
from verify.report import errata as module
from verify.report.errata import errata
from verify.report.errata_text import FORMATS, tally, written

PAPERS = ("chen2020", "furusho2020", "luo2018", "susanna2024", "zhang2022")


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    nowhere = tmp_path_factory.mktemp("empty") / "no.sqlite"
    return {paper: errata(paper, nowhere) for paper in PAPERS}


@pytest.fixture(params=PAPERS)
def sheet(request, sheets):
    return sheets[request.param]


def superseded(paper):
    every = theory.catalogue()
    return [form for form in every if form.superseded_by and form.source.cited.key == paper]


@pytest.mark.parametrize("paper", PAPERS)
def test_each_refuted_form_has_one_entry(sheets, paper):
    listed = [error["form"] for error in sheets[paper]["errors"]]
    assert sorted(listed) == sorted(form.id for form in superseded(paper))


def shown(sheet):
    """The errors of which formulas give a counterexample."""
    return [error for error in sheet["errors"] if error["counterexample"] is not None]


def value(form, parameters):
    """A value to 60 digits, of a form that takes such numbers."""
    if multiprecision.name in getattr(form, "kinds", (multiprecision.name,)):
        parameters = {
            name: one if isinstance(one, str) else mpmath.mpf(one)
            for name, one in parameters.items()
        }
    return mpmath.mpf(form.value(**parameters))


def test_both_values_are_those_of_the_formulas_and_differ(sheet):
    for error in shown(sheet):
        found = error["counterexample"]
        forms = (theory.find(error["form"]), theory.find(error["right"]["form"]))
        with mpmath.workdps(60):
            values = [value(form, found["parameters"]) for form in forms]
            for form, one, told in zip(
                forms, values, (found["printed"], found["right"]), strict=True
            ):
                # The last digit that is told is rounded.
                digits = 5 * getattr(form, "precision", mpmath.mpf(10) ** -49)
                assert mpmath.almosteq(one, mpmath.mpf(told), rel_eps=digits)
            assert abs(values[0] - values[1]) > abs(values[1]) / 1000


def test_a_counterexample_lies_in_the_regime_of_the_reading_or_is_said_not_to(sheet):
    for error in shown(sheet):
        found, reading = error["counterexample"], theory.find(error["form"]).reading
        at = found["parameters"]
        if reading is None or not reading.regime:
            assert found["inside"] is None
        else:
            assert found["inside"] == all(
                domain.contains(at[name], at) for name, domain in reading.regime.items()
            )


def values_told(error):
    """The values of a counterexample by the form's name, as the sheet has them, in its order."""
    found = error["counterexample"]
    of_forms = {error["form"]: found["printed"], error["right"]["form"]: found["right"]}
    beside = {name.replace(" ", "_"): one["value"] for name, one in found["against"].items()}
    return {form.rpartition(".")[2]: float(value) for form, value in (of_forms | beside).items()}


def test_each_command_prints_its_values(sheet, capsys):
    for error in shown(sheet):
        found = error["counterexample"]
        wanted = values_told(error)
        words = shlex.split(found["command"])
        if words[0] == "python":
            assert error["check"] is None
            continue
        with pytest.raises(SystemExit) as ended:
            main([*words[1:], "--json"])
        assert ended.value.code == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        told = {line["form"]: line["value"] for line in lines}
        assert told == pytest.approx(wanted, rel=1e-9)


def test_the_command_for_what_no_claim_judges_prints_its_values_too(monkeypatch, tmp_path):
    kept = [one for one in module.of_paper(None) if one.id != "furusho2020/mean-eig-sd"]
    monkeypatch.setattr(module, "of_paper", lambda _: kept)
    errors = errata("furusho2020", tmp_path / "no.sqlite")["errors"]
    (error,) = (one for one in errors if one["check"] is None)
    words = shlex.split(error["counterexample"]["command"])
    done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, check=True)
    expected = list(values_told(error).values())
    assert len(expected) == 2
    assert list(map(float, done.stdout.split())) == pytest.approx(expected, rel=1e-9)


def test_what_a_right_bound_cannot_show_is_told_beside_it(sheets):
    text = written(sheets["furusho2020"], ".md")
    (entry,) = [one for one in text.split("###") if ": top eigenvalue upper bound" in one]
    at = r"survival=0\.5 \(in that regime\): "
    values = r"implied (\S+), right \S+, top eigenvalue lower bound stochastic depth (\S+)\."
    ((bound, exceeds),) = re.findall(at + values, entry)
    assert float(exceeds) > 1.4 * float(bound)
    assert "- **Top eigenvalue lower bound stochastic depth:** v^T F v for the unit" in entry
    lower = theory.find("fisher.top_eigenvalue_lower_bound_stochastic_depth")
    assert f"$$ {lower.latex} $$" in entry


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_place_formulas_and_reading_of_each_error(sheet, suffix):
    text = written(sheet, suffix)
    plain = text.replace("\\", "")
    for error in sheet["errors"]:
        for formula in (error["printed"]["latex"], error["right"]["latex"]):
            assert (json.dumps(formula) if suffix == ".json" else formula) in text
        if suffix != ".tex":
            for words in (error["where"], *error["reading"].values()):
                assert words.replace("\\", "") in plain


def test_json_is_the_document(sheet):
    assert json.loads(written(sheet, ".json")) == sheet


def test_latex_is_well_formed(sheet):
    text = written(sheet, ".tex")
    for opened, closed in (("{", "}"), (r"\[", r"\]"), (r"\begin", r"\end")):
        escaped = text.replace(r"\{", "").replace(r"\}", "") if opened == "{" else text
        assert escaped.count(opened) == escaped.count(closed)
    body = text.split(r"\begin{document}")[1]
    outside = re.sub(r"\\\[.*?\\\]", "", body, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[_^&#$%]", outside)
    assert text.isascii()
    assert "--" not in outside
    assert "touchstone eval " in text


def evil(sheet):
    (first, *_) = sheet["errors"]
    words = "a*b*c `x` <b> [l](m) $y$ _z_ 50 % & # ~ ^ { } \\ |"
    return {**sheet, "errors": [{**first, "where": words, "reading": {"kind": words}}]}


def test_markup_in_words_is_shown_and_not_obeyed(sheets):
    sheet = evil(sheets["luo2018"])
    markdown = written(sheet, ".md")
    assert r"a\*b\*c \`x\` \<b\> \[l\](m) \$y\$ \_z\_ 50 % &" in markdown
    latex = written(sheet, ".tex")
    assert r"\$y\$ \_z\_ 50 \% \& \# \textasciitilde{} \textasciicircum{} \{ \}" in latex
    assert r"\textbackslash{} \textbar{}" in latex


# One that is no line of the paper's at all, and one of a line that is solved for a letter.
@pytest.mark.parametrize("name", ["optimal gamma penalised", "regularisation at fixed point erf"])
def test_what_is_printed_nowhere_is_not_called_printed(sheets, name):
    text = written(sheets["luo2018"], ".md")
    (heading,) = [line for line in text.splitlines() if name in line and line[0] == "#"]
    assert heading.endswith("(implied)")
    entry = text.split(heading)[1].split("###")[0]
    assert "Implied:" in entry
    assert "rinted:" not in entry
    assert ": implied " in entry


def test_a_bound_is_contradicted_by_what_it_bounds_and_by_no_other_bound(sheets):
    errors = sheets["zhang2022"]["errors"]
    found = {one["form"].split(".")[1]: one["counterexample"] for one in errors}
    for name in ("converse_energy_bound", "change_sum_tail", "forward_lower_bound"):
        assert found[f"{name}_printed"] is None
    for name in ("square_term_tail", "chi_square_generating_function", "norm_constant"):
        values = found[f"{name}_printed"]
        assert float(values["printed"]) < float(values["right"])
    (entry,) = [one for one in errors if one["form"].endswith(".change_sum_tail_printed")]
    assert entry["evidence"].startswith("by simulated networks alone")


def test_a_right_form_that_only_bounds_what_is_equated_is_called_a_bound(sheets):
    text = written(sheets["furusho2020"], ".md")
    (entry,) = [one for one in text.split("###") if "boundary resnet" in one.splitlines()[0]]
    assert "Right, a lower bound:" in entry
    assert re.search(r"implied \S+, right at least \S+\.", entry)
    assert "Right, a lower bound: \\[" in written(sheets["furusho2020"], ".tex")
    bounds = {one["form"]: one["right"]["bound"] for one in sheets["furusho2020"]["errors"]}
    # A bound in place of a bound is right as it stands.
    assert {form for form, bound in bounds.items() if bound} == {
        "learning_rate.boundary_resnet_printed"
    }


def test_a_column_that_parts_from_recorded_runs_is_not_said_to_be_refuted_by_formulas(sheets):
    errors = sheets["susanna2024"]["errors"]
    (entry,) = [one for one in errors if one["form"].endswith("table_4_3_C10k_B12c")]
    assert entry["counterexample"]["parameters"]["depth"] == 32768
    assert entry["evidence"].startswith("by the runs recorded in its successor, Table 4.3")
    assert entry["check"].endswith("--budget thorough")  # at less no cell as deep is trained


def test_matters_of_reading_stand_apart(sheets):
    lines, matters = written(sheets["luo2018"], ".md").split("## Matters of reading")
    assert "**Kind:** matter of reading" not in lines
    assert matters.count("**Kind:**") == matters.count("**Kind:** matter of reading") > 0
    counts = f"{lines.count('**Kind:**')}, matters of reading: {matters.count('**Kind:**')}"
    assert f"(lines that are wrong: {counts})" in lines


def test_what_a_copy_may_have_wrong_and_what_is_right_to_leading_order_are_matters(sheets):
    errors = sheets["luo2018"]["errors"]
    doubted = [one for one in errors if "our copy, which is a scan" in str(one["reading"])]
    leading = [one for one in errors if one["name"] == "zeta linear large batch"]
    kinds = [one["reading"]["kind"] for one in doubted + leading]
    assert kinds == 3 * ["matter of reading"]


def test_theorem_8_is_told_with_its_supposition(sheets):
    errors = sheets["furusho2020"]["errors"]
    (theorem,) = [one["reading"] for one in errors if one["where"] == "Theorem 8, eq 29"]
    assert "for simplicity" in theorem["the paper says"]
    assert "is right under its own supposition" in theorem["consequence"]


def test_without_a_ledger_nothing_is_said_to_be_refuted_by_networks(sheet):
    opening = written(sheet, ".md").split("##")[0]
    assert "printed or implied, that differ from ours" in opening
    assert "None of them is refuted by networks in a ledger here." in opening


def test_a_paper_of_which_nothing_differs_has_a_sheet_that_says_so(tmp_path, monkeypatch):
    right = [form for form in theory.catalogue() if not form.superseded_by]
    monkeypatch.setattr(theory, "catalogue", lambda: right)
    monkeypatch.setattr(module, "of_paper", lambda paper: [])
    document = errata("zhang2022", tmp_path / "no.sqlite")
    assert tally(document) == "no formula differs"
    assert "formulas of Zhang et al. (2022), and differs from none." in written(document, ".md")
