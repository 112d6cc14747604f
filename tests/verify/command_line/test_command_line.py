"""The command line: what it prints, and one line and an exit status for whatever goes wrong."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

import verify
from verify.command_line import main
from verify.command_line.check import what_next
from verify.command_line.progress import PlainLines
from verify.engine.progress import Progress
from verify.judging import judge

CHEAP = "furusho2020/mean-eig-resnet"
PRINTED = "furusho2020/fastest-learning-rate"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """The default ledger and report belong to the folder one is in."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tiny(monkeypatch):
    """The cheap claim on a grid of one small point, known to the catalogue by its usual id."""
    claim = verify.claims[CHEAP]

    def narrow(wrong=False):
        small = dataclasses.replace(
            claim.by[0], over={}, doubled=(),
            sizes=lambda at, within: {"width": 50, "units": 50},
        )  # fmt: skip
        wide = dataclasses.replace(
            claim.says[0], relative_variance=lambda values: 0.15, remainder=lambda values: 0.02
        )
        for name, value in (
            ("by", (small,)), ("says", (wide,)), ("examples", ({"depth": 1},)), ("within", 0.06),
        ):  # fmt: skip
            monkeypatch.setitem(vars(claim), name, value)
        if wrong:
            monkeypatch.setitem(vars(claim.says[0]), "holds", False)

    return narrow


def the_only_line(text):
    (line,) = text.splitlines()
    return line


def refused(touchstone, *words):
    """The one line with which a request is turned away."""
    status, out, err = touchstone(*words)
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    return the_only_line(err)


# list, show, eval -------------------------------------------------------------------------------


def test_list_names_every_form_once(touchstone):
    status, out, _ = touchstone("list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(row["id"], row["form"]) for row in rows] == [
        (claim.id, judged.name) for claim in verify.claims.values() for judged in claim.says
    ]
    assert set(rows[0]) == {"id", "form", "status", "relation", "expected", "statement"}


@pytest.mark.parametrize("status", ["printed", "corrected", "derived"])
def test_list_can_be_narrowed_to_a_status(touchstone, status):
    _, out, _ = touchstone("list", "--json", "--status", status)
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows
    assert {row["status"] for row in rows} == {status}


def test_list_as_a_table_holds_every_claim(touchstone):
    status, out, _ = touchstone("list", "--paper", "furusho2020")
    assert status == 0
    assert all(claim in out for claim in verify.claims if claim.startswith("furusho2020/"))


@pytest.mark.parametrize(
    "claim_id", ["furusho2020/mean-eig-sd", "furusho2020/growth-bn", "luo2018/generalisation-bn"]
)
def test_show_tells_what_a_claim_says_and_where_it_comes_from(touchstone, claim_id):
    status, out, _ = touchstone("show", claim_id)
    claim = verify.claims[claim_id]
    assert status == 0
    assert claim.statement in " ".join(out.split())
    for judged in claim.says:
        for text in (judged.name, judged.form.latex, str(judged.form.source), judged.form.python):
            assert text in out
        assert all(assumption in out for assumption in judged.form.assumptions)
    assert "None" not in out
    assert "none yet (no ledger touchstone.sqlite)" in out


def test_check_ends_with_the_commands_for_a_sharper_budget_and_for_the_report(touchstone, tiny):
    tiny()
    _, _, err = touchstone("check", CHEAP, "--workers", 1, "--ledger", "my ledger")
    assert err.splitlines()[-2:] == [
        f"sharper: touchstone check {CHEAP} --budget standard --ledger 'my ledger'",
        "report:  touchstone report --paper furusho2020 --ledger 'my ledger'",
    ]
    _, _, err = touchstone("check", CHEAP, "--workers", 1, "--ledger", "my ledger", "--json")
    assert "touchstone" not in err


@pytest.mark.parametrize(("budget", "lines"), [("standard", 2), ("thorough", 1)])
def test_nothing_is_sharper_than_the_largest_budget(budget, lines):
    told = list(what_next(["--paper", "a"], {"a"}, budget, []))
    assert len(told) == lines
    assert told[-1] == f"report:  touchstone report --paper a --budget {budget}"


def test_show_makes_no_ledger(touchstone, tmp_path):
    touchstone("show", CHEAP, "--ledger", tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_show_recalls_the_last_verdict(touchstone, tiny):
    tiny()
    touchstone("check", CHEAP, "--workers", 1, "--ledger", "mine")
    _, out, _ = touchstone("show", CHEAP, "--ledger", "mine")
    (line,) = (line for line in out.splitlines() if line.startswith("verdict"))
    assert "CONFIRMED (quick, seed 0): within 6 %, at 1 point of L = 1, with 1.25 claimed" in line
    assert re.search(r"1\.2\d+ ± 0\.0\d+ measured, where it would have caught [\d.]+ %$", line)
    assert "{" not in line


def test_show_tells_a_refutation_with_what_was_claimed_and_found(touchstone, tiny):
    tiny()
    touchstone("check", "furusho2020/mean-eig-sd", "--at", "depth=2", "--at", "survival=0.5",
               "--workers", 1, "--ledger", "mine")  # fmt: skip
    _, out, _ = touchstone("show", "furusho2020/mean-eig-sd", "--ledger", "mine")
    (line,) = (line for line in out.splitlines() if "REFUTED (quick, seed 0)" in line)
    assert re.search(r"such as depth=1, survival=0.5, with [\d.]+ claimed and [\d.]+ ± ", line)


def test_eval_prints_every_combination_of_the_values(touchstone):
    form = verify.claims["furusho2020/mean-eig-sd-fixed"].says[0].form
    words = ("eval", "furusho2020/mean-eig-sd-fixed", "depth=4,5", "survivors=1,2", "--json")
    status, out, _ = touchstone(*words)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(row["depth"], row["survivors"]) for row in rows] == [(4, 1), (4, 2), (5, 1), (5, 2)]
    assert [row["value"] for row in rows] == [
        form.value(depth=row["depth"], survivors=row["survivors"]) for row in rows
    ]


def test_eval_prints_digits_that_a_float_needs(touchstone):
    _, out, _ = touchstone("eval", CHEAP, "depth=3")
    assert out == "mean_eigenvalue_resnet(depth=3) = 3.5\n"
    _, out, _ = touchstone(
        "eval", "furusho2020/mean-eig-bn", "depth=7", "--form", "mean_eigenvalue_bn"
    )
    form = verify.claims["furusho2020/mean-eig-bn"].form("mean_eigenvalue_bn").form
    assert float(out.split(" = ")[1]) == pytest.approx(form.value(depth=7), rel=1e-14)


def test_eval_of_the_logarithm_is_finite_where_the_value_is_not(touchstone):
    _, out, _ = touchstone("eval", CHEAP, "depth=5000", "--log", "--json")
    form = verify.claims[CHEAP].says[0].form
    assert json.loads(out)["log"] == form.log(depth=5000)


def test_eval_prints_strict_json_where_the_value_overflows(touchstone):
    def not_json(constant):
        raise AssertionError(f"{constant} is no JSON")

    _, out, _ = touchstone("eval", CHEAP, "depth=5000", "--json")
    json.loads(out, parse_constant=not_json)


def test_eval_takes_each_form_with_its_own_parameters(touchstone):
    _, out, _ = touchstone("eval", "furusho2020/moments-resnet", "layer=2", "--json")
    assert [json.loads(line)["form"] for line in out.splitlines()] == ["forward_moment_resnet"]


# check ------------------------------------------------------------------------------------------


def test_check_prints_one_object_a_form(touchstone, tiny):
    tiny()
    status, out, _ = touchstone("check", CHEAP, "--json", "--workers", 1)
    found = json.loads(the_only_line(out))
    assert status == 0
    assert (found["id"], found["verdict"], found["points"]) == (CHEAP, "CONFIRMED", 1)
    assert found == verify.check(verify.claims[CHEAP]).judgements[0].summary() | {
        "seconds": found["seconds"]
    }


def test_check_says_it_in_words(touchstone, tiny):
    tiny()
    status, out, _ = touchstone("check", CHEAP, "--workers", 1)
    assert status == 0
    assert the_only_line(out).split()[:3] == ["CONFIRMED", CHEAP, "mean_eigenvalue_resnet"]
    assert "expected" not in out
    assert re.search(r"  \d+\.\d s$", the_only_line(out))


def test_check_counts_the_points_that_it_could_not_decide(touchstone, tiny, monkeypatch):
    tiny()
    varied = lambda values: 1e9  # noqa: E731 - confirming would take more than any budget draws
    monkeypatch.setitem(vars(verify.claims[CHEAP].says[0]), "relative_variance", varied)
    status, out, _ = touchstone("check", CHEAP, "--workers", 1)
    assert status == 1
    assert the_only_line(out).startswith("INFEASIBLE")
    assert "0 of 1 point decided" in out


def test_check_fails_where_a_verdict_is_not_the_expected_one(touchstone, tiny):
    tiny(wrong=True)
    status, out, _ = touchstone("check", CHEAP, "--workers", 1)
    assert status == 1
    assert the_only_line(out).endswith("(expected REFUTED)")


def test_a_printed_form_that_is_refuted_is_no_failure(touchstone):
    status, out, _ = touchstone("check", PRINTED, "--json", "--workers", 1)
    found = {row["form"]: row for row in map(json.loads, out.splitlines())}
    assert status == 0
    assert found["fastest_learning_rate_printed"]["verdict"] == "REFUTED"
    assert found["fastest_learning_rate_printed"]["counterexample"] is not None
    assert found["fastest_learning_rate"]["verdict"] == "CONFIRMED"
    _, out, _ = touchstone("check", PRINTED, "--workers", 1)
    assert all("(exact)  " in line for line in out.splitlines())


def test_a_claim_named_twice_is_judged_once(touchstone, tiny):
    tiny()
    _, out, _ = touchstone("check", CHEAP, CHEAP, "--json", "--workers", 1)
    assert json.loads(the_only_line(out))["points"] == 1


def test_a_claim_of_another_paper_is_not_left_out_in_silence(touchstone, own_catalogue):
    other = dataclasses.replace(verify.claims[CHEAP], id="notes2026/other")
    verify.claims.add(other)
    complaint = refused(touchstone, "check", CHEAP, "--paper", "notes2026")
    assert f"{CHEAP}: not of --paper notes2026" in complaint


def test_check_keeps_what_it_found_where_it_is_told_to(touchstone, tiny, tmp_path):
    tiny()
    words = ("check", CHEAP, "--json", "--workers", 1, "--ledger", tmp_path / "kept")
    (*first, told), (*again, nothing) = touchstone(*words), touchstone(*words)
    assert first == again  # the seconds too: nothing was measured twice
    assert "to come" in told
    assert nothing == ""
    assert (tmp_path / "kept").exists()
    assert not (tmp_path / "touchstone.sqlite").exists()


def test_an_interrupted_check_says_how_to_go_on(touchstone, tiny, monkeypatch):
    tiny()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge, "check_all", interrupted)
    status, out, err = touchstone("check", CHEAP)
    assert status == 130
    assert out == ""
    assert "what was measured is kept" in the_only_line(err)


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["eval", CHEAP, "depth=0"], "depth = 0 is not an integer >= 1"),
        (["eval", CHEAP, "depth=2.5"], "depth = 2.5"),
        (["eval", CHEAP, "depth=nan"], "depth = nan"),
        (["eval", CHEAP, "depth=inf"], "depth = inf"),
        (["eval", "furusho2020/mean-eig-sd", "depth=2", "survival=1.5"], "survival = 1.5"),
        (["eval", "furusho2020/mean-eig-sd", "depth=2", "survival=nan"], "survival = nan"),
        (
            ["eval", "furusho2020/mean-eig-sd", "depth=2"],
            "mean-eig-sd: give depth (an integer >= 1), survival (a real number in [0, 1])",
        ),
        (["eval", CHEAP], f"{CHEAP}: give depth (an integer >= 1)"),
        (
            ["eval", "furusho2020/moments-resnet", "depth=2"],
            "give layer (an integer in [0, depth]), depth (an integer >= 1); or layer (an integer",
        ),
        (["eval", CHEAP, "depth"], "depth: must read NAME=NUMBER"),
        (["eval", CHEAP, "depth="], "depth=: must read NAME=NUMBER"),
        (["eval", CHEAP, "depth=two"], "depth=two: must read NAME=NUMBER"),
        (["eval", CHEAP, "depth=1,,2"], "depth=1,,2: must read NAME=NUMBER"),
        (["eval", CHEAP, "=2"], "=2: must read NAME=NUMBER"),
        (["eval", CHEAP, "depth=2", "depth=3"], "depth"),
        (["eval", CHEAP, "depth=2", "width=3"], f"unknown width: {CHEAP} has depth (an integer"),
        (["eval", CHEAP, "dpth=3"], f"unknown dpth: {CHEAP} has depth (an integer >= 1)"),
        (["check", CHEAP, "--at", "depth"], "--at depth: must read NAME=NUMBER, such as depth=2"),
        (["check", CHEAP, "--at", "depth=2,3"], "--at depth=2,3: must read NAME=NUMBER, once for"),
        (["eval", CHEAP, "depth=2", "--form", "mean"], "judges mean_eigenvalue_resnet"),
        (["eval", "furusho2020/mean-eig-resnt", "depth=2"], f"nearest: {CHEAP}"),
        (["show", "mean-eig-resnet"], f"nearest: {CHEAP}"),
        (
            ["show", "luo2018"],
            "'luo2018' is a paper, not a claim; `touchstone list --paper luo2018`",
        ),
        (["check", "furusho2020/mean-eig-resnt"], f"nearest: {CHEAP}"),
        (["check", CHEAP, "--budget", "huge"], "quick, standard, thorough"),
        (["check", CHEAP, "--seed", "-1"], "seed = -1"),
        (["check", CHEAP, "--workers", "0"], "workers = 0"),
        (["check", CHEAP, "--device", "abacus"], "device = 'abacus'"),
        (["check", CHEAP, "--ledger", "."], "ledger .: is a folder; must be the path of a file"),
        (["check", CHEAP, "--ledger", "none/ledger"], "none/ledger: cannot be opened; its folder"),
        (["check", "--paper", "furusho"], "nearest: furusho2020"),
        (["list", "--paper", "nobody1900"], "--paper nobody1900: must be one of"),
        (["list", "--status", "true"], "printed, corrected or derived"),
        (["report", "--out", "none/report.html"], "none"),
        (["report", "--out", "."], "--out .: must end in .html or .htm"),
        (["report", "--out", "report.pdf"], "--out report.pdf: must end in .html or .htm"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_request_that_cannot_be_met_is_one_line(touchstone, words, names):
    assert names in refused(touchstone, *words)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["chek"], "chek"),
        (["list", "--jsn"], "--jsn"),
        (["check", "--budget"], "--budget"),
        (["check", "--seed", "first"], "'--seed': 'first' is not an integer"),
        (["check", "--workers", "1.5"], "'--workers': '1.5' is not an integer"),
        (["check", "--examples", "few"], "'--examples': 'few' is not an integer"),
        (["check", "--examples", "0"], "'--examples': 0 must be an integer >= 1"),
        (["show"], "ID"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_command_that_cannot_be_read_is_one_line(touchstone, words, names):
    assert names in refused(touchstone, *words)


def test_no_command_at_all_prints_the_help(touchstone):
    _, out, err = touchstone()
    assert "Traceback" not in err
    assert "eval" in out + err


def test_a_ledger_that_is_none_is_one_line(touchstone, tmp_path):
    (tmp_path / "notes").write_text("not a database\n" * 100)
    assert "notes: not a ledger" in refused(touchstone, "check", CHEAP, "--ledger", "notes")
    status, _, err = touchstone("show", CHEAP, "--ledger", "notes")
    assert status == 2
    assert "notes: not a ledger" in the_only_line(err)


@pytest.mark.parametrize("words", [("show", CHEAP), ("ledger", "info"), ("ledger", "verify")])
def test_a_folder_is_no_ledger_for_those_who_only_read_it(touchstone, words):
    status, _, err = touchstone(*words, "--ledger", ".")
    assert status == 2
    assert "ledger .: is a folder; must be the path of a file" in the_only_line(err)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_cuda_device_that_is_not_there_is_one_line(touchstone):
    line = refused(touchstone, "check", CHEAP, "--device", "cuda")
    assert "device = 'cuda'" in line
    assert "no CUDA device" in line


def test_debug_shows_the_traceback():
    with pytest.raises(ValueError, match="depth = 0"):
        main(["--debug", "eval", CHEAP, "depth=0"])


# Progress ---------------------------------------------------------------------------------------


def test_progress_off_a_terminal_is_a_line_now_and_then(capsys):
    begun = Progress(doing="judging", done=0, total=2, networks=0, left=4000)
    state = Progress(
        doing=f"judging {CHEAP}", done=1, total=2, networks=1000, left=3000, seconds_left=240.0
    )
    patient = PlainLines(every_seconds=3600)
    patient(begun)
    patient(state)
    line = "judging: 0 of 2 points, 0 draws this run, about 4,000 to come\n"
    assert capsys.readouterr() == ("", line)
    PlainLines(every_seconds=0)(state)
    line = (
        f"judging {CHEAP}: 1 of 2 points, 1,000 draws this run, about 3,000 to come,"
        " about 4 min of drawing by one worker\n"
    )
    assert capsys.readouterr() == ("", line)


def test_a_run_ends_in_order_when_its_time_is_up(touchstone):
    status, out, _ = touchstone("check", CHEAP, "--time", "0s")
    assert status == 1
    assert "INCONCLUSIVE" in out
    line = refused(touchstone, "check", CHEAP, "--time", "soon")
    assert "'soon' is no duration such as 90s, 10m or 2h" in line


# As a program -----------------------------------------------------------------------------------


def program(*words):
    return subprocess.run(
        [sys.executable, "-m", "verify", *words],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_program_lists_its_commands():
    done = program("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("list", "show", "eval", "check", "report"))


def test_the_program_fails_with_one_line():
    done = program("eval", CHEAP, "depth=0")
    assert done.returncode == 2
    assert the_only_line(done.stderr).startswith("touchstone: ")


def test_the_version_is_told(touchstone):
    assert touchstone("--version") == (0, f"touchstone {version('touchstone')}\n", "")


def test_commands_are_completed_in_a_shell():
    asked = {
        "_TOUCHSTONE_COMPLETE": "complete_bash",
        "COMP_WORDS": "touchstone ch",
        "COMP_CWORD": "1",
    }
    found = subprocess.run(
        [Path(sys.executable).with_name("touchstone")],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["check"]


def test_a_name_is_printed_as_it_is(touchstone):
    assert refused(touchstone, "ledger", "info", "--ledger", "file:x:").startswith(
        "touchstone: ledger file:x:: no such file"
    )


def test_eval_tells_what_a_form_assumes_beside_its_value(touchstone):
    claim = verify.claims["susanna2024/moved-weights"]
    assumed = next(one for one in claim.says if one.form.assumptions)
    words = ("eval", claim.id, "alpha=0.6", "rate_power=2")
    status, out, err = touchstone(*words)
    assert status == 0
    for text in assumed.form.assumptions:
        assert text in err
    assert err.startswith("assumes: ")
    _, as_json, silent = touchstone(*words, "--json")
    assert silent == ""
    assert len(as_json.splitlines()) == len(out.splitlines())


@pytest.mark.parametrize(
    "claim_id", ["susanna2024/jacobian-bounds", "susanna2024/variation-tables"]
)
def test_show_names_what_is_judged_by_each_form_and_within_what(touchstone, claim_id):
    _, out, _ = touchstone("show", claim_id)
    claim = verify.claims[claim_id]
    quantities = re.findall(r"^quantity     (.*)$", out, re.MULTILINE)
    assert quantities == [one.quantity for one in claim.says]
    tolerances = re.findall(r"^tolerance    (.*)$", out, re.MULTILINE)
    assert tolerances == [one.tolerance for one in claim.says if one.tolerance]
    assert bool(tolerances) == ("tables" in claim_id)
    assert re.findall(r"^note         (.*)$", out, re.MULTILINE) == list(claim.notes)
