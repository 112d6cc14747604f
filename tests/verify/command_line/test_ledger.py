"""`touchstone ledger` and `touchstone plan`: what is there, is it sound, and what is to come."""

import csv
import dataclasses
import json
import re
import shutil
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

import toy_claims as toys
import verify
import verify.engine.sizes
from verify.engine.trial import entered
from verify.errors import UsageError
from verify.evidence.accounting import Account, share_of_alpha
from verify.judging.judge import check_all
from verify.ledger.export import export
from verify.ledger.store import Ledger
from verify.relations import Agree
from verify.relations.said import spoken

TOYS = Path(toys.__file__)
TOY = "furusho2020/toy"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A ledger with the toy claim judged in it, and the trials of its grid."""
    path = tmp_path_factory.mktemp("judged") / "ledger"
    with Ledger(path) as ledger:
        (verdict,) = check_all([toys.TOY], "quick", 0, 1, "cpu", ledger)
    return path, [trial for judgement in verdict.judgements for trial in judgement.trials]


@pytest.fixture
def ledger(judged, tmp_path):
    """A copy that a test may spoil."""
    return Path(shutil.copy(judged[0], tmp_path / "ledger"))


def spoil(path, *statements):
    """What only another program could do to a ledger."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def the_only_line(text):
    (line,) = text.splitlines()
    return line


# info -------------------------------------------------------------------------------------------


def test_info_counts_what_the_ledger_holds(touchstone, judged):
    path, _ = judged
    status, out, _ = touchstone("ledger", "info", "--ledger", path, "--json")
    found = json.loads(the_only_line(out))
    with Ledger(path, read_only=True) as kept:
        trials = kept.rows("SELECT verdict FROM trials")
        (blocks,) = kept.rows("SELECT count(*) FROM blocks")[0]
    assert status == 0
    assert found["trials"] == len(trials) == sum(found["verdicts"].values())
    assert found["verdicts"]["REFUTED"] == [row["verdict"] for row in trials].count("REFUTED")
    assert found["blocks"] == blocks
    assert found["claims"] == 1
    assert found["runs"] == ["quick with seed 0 on cpu", "quick with seed 1000003 on cpu"]
    assert found["bytes"] == path.stat().st_size


def test_info_reads_no_evidence(touchstone, judged, monkeypatch):
    asked, rows = [], Ledger.rows
    monkeypatch.setattr(
        Ledger, "rows", lambda kept, *words: asked.append(words) or rows(kept, *words)
    )
    assert touchstone("ledger", "info", "--ledger", judged[0])[0] == 0
    assert 0 < len(asked) < 10  # however many trials there are
    assert not any("evidence" in words or "*  FROM" in words for words, *_ in asked)


def test_networks_that_two_forms_share_count_once(touchstone, tmp_path):
    right = toys.TOY.says[0]
    twins = dataclasses.replace(toys.TOY, says=(right, toys.judged(right.form.expr, "twin")))
    with Ledger(tmp_path / "ledger") as kept:
        (verdict,) = check_all([twins], "quick", 0, 1, "cpu", kept, only={"depth": 2})
    _, out, _ = touchstone("ledger", "info", "--ledger", tmp_path / "ledger", "--json")
    assert json.loads(out)["networks"] == max(j.networks for j in verdict.judgements) > 0


def test_info_in_words_names_the_same_figures(touchstone, judged):
    _, out, _ = touchstone("ledger", "info", "--ledger", judged[0])
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert lines["claims"] == "1"
    assert "REFUTED" in lines["verdicts"]


@pytest.mark.parametrize("command", ["info", "verify"])
def test_the_ledger_is_the_default_one_unless_named_as_everywhere(
    touchstone, judged, tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    _, named, _ = touchstone("ledger", command, "--ledger", judged[0])
    shutil.copy(judged[0], "touchstone.sqlite")
    status, unnamed, _ = touchstone("ledger", command)
    assert status == 0
    assert unnamed == named.replace(str(judged[0]), "touchstone.sqlite")


# verify -----------------------------------------------------------------------------------------


def test_a_ledger_that_a_run_wrote_is_sound(touchstone, judged):
    status, out, _ = touchstone("ledger", "verify", "--ledger", judged[0])
    assert status == 0
    assert "sound" in the_only_line(out)


def test_verify_writes_nothing(touchstone, ledger):
    before = ledger.read_bytes()
    touchstone("ledger", "verify", "--ledger", ledger)
    assert ledger.read_bytes() == before


FIRST = "(SELECT min(id) FROM trials WHERE verdict = 'CONFIRMED')"


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (f"UPDATE trials SET verdict = 'REFUTED' WHERE id = {FIRST}", "evidence says CONFIRMED"),
        (f"UPDATE trials SET verdict = 'INFEASIBLE' WHERE id = {FIRST}", "says CONFIRMED"),
        (f"UPDATE trials SET verdict = 'INCONCLUSIVE' WHERE id = {FIRST}", "says CONFIRMED"),
        (f"DELETE FROM blocks WHERE block = 1 AND trial = {FIRST}", "one is missing"),
        (f"DELETE FROM blocks WHERE trial = {FIRST}", "its evidence says nothing yet"),
        (f"UPDATE trials SET seed = '1' WHERE id = {FIRST}", "fingerprint"),
        (f"UPDATE trials SET point = '{{}}' WHERE id = {FIRST}", "fingerprint"),
        (f"UPDATE trials SET position = 99 WHERE id = {FIRST}", "not given in order"),
        ("INSERT INTO blocks VALUES (999, 0, '{}', 0.0, '')", "belongs to no row of trials"),
        (f"UPDATE blocks SET evidence = '{{}}' WHERE trial = {FIRST}", "is damaged"),
        (f"UPDATE blocks SET block = -block - 1 WHERE trial = {FIRST}", "is damaged"),
        ("UPDATE records SET content = replace(content, 'refuted', 'survived')", "is damaged"),
    ],
)  # fmt: skip
def test_damage_is_found_and_named(touchstone, ledger, damage, fault):
    spoil(ledger, damage)
    status, out, err = touchstone("ledger", "verify", "--ledger", ledger)
    assert (status, err) == (1, "")
    assert fault in out


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE blocks SET evidence = replace(evidence, '\"mean\": ', '\"mean\": 1')",
        "UPDATE blocks SET evidence = replace(evidence, '\"refute_above\"', '\"refute_abowe\"')",
    ],
    ids=["a digit", "a name"],
)
def test_a_block_of_which_one_sign_was_changed_is_damaged_to_all_that_read_it(
    touchstone, ledger, tmp_path, change
):
    before = ledger.read_bytes()
    spoil(ledger, change)
    assert ledger.read_bytes() != before
    damaged = f"ledger {ledger}: block 0 of trial 1 is damaged; name another file"
    status, out, err = touchstone("ledger", "verify", "--ledger", ledger)
    assert (status, the_only_line(out), err) == (1, damaged, "")
    out = tmp_path / "trials.csv"
    status, _, err = touchstone("ledger", "export", "--out", out, "--ledger", ledger)
    assert status == 2
    assert the_only_line(err).startswith(f"touchstone: {damaged}")
    with Ledger(ledger) as kept, pytest.raises(UsageError, match="is damaged; name another file"):
        check_all([toys.TOY], "quick", 0, 1, "cpu", kept)


def test_a_changed_pilot_is_told_beside_the_block_that_was_weighed_by_it(touchstone, tmp_path):
    unknown = toys.claim(toys.judged(relative_variance=None), id="furusho2020/piloted")
    with Ledger(tmp_path / "ledger") as kept:
        check_all([unknown], "quick", 0, 1, "cpu", kept, only={"depth": 2})
    spoil(tmp_path / "ledger", "UPDATE trials SET pilot = replace(pilot, ': ', ': 1')")
    status, out, _ = touchstone("ledger", "verify", "--ledger", tmp_path / "ledger")
    assert status == 1
    assert "block 0 of trial 1, or its pilot, is damaged" in the_only_line(out)


def test_a_verdict_that_its_evidence_does_not_reach_yet_is_found(touchstone, ledger):
    spoil(ledger, f"DELETE FROM blocks WHERE block > 0 AND trial = {FIRST}")
    status, out, _ = touchstone("ledger", "verify", "--ledger", ledger)
    assert status == 1
    assert "is CONFIRMED, but its evidence says nothing yet" in the_only_line(out)


def test_positions_rise_in_order_of_entry(touchstone, ledger):
    spoil(
        ledger,
        "UPDATE trials SET position = -1 WHERE position = 1",
        "UPDATE trials SET position = 1 WHERE position = 2",
        "UPDATE trials SET position = 2 WHERE position = -1",
    )
    _, out, _ = touchstone("ledger", "verify", "--ledger", ledger)
    assert "shares of alpha are not given in order" in out


def level(values, *, networks, **_):
    return {"level": np.full(networks, 1.12 * values["depth"])}


@pytest.fixture
def undecided(tmp_path, monkeypatch):
    """A ledger with one trial that used all its draws up."""
    right, _ = toys.TOY.says
    # 1.12 of the value lies midway between the null (1.08) and epsilon (1.16): to tell it from
    # either takes more than half of the plan, which is for telling the two from each other.
    monkeypatch.setattr(verify.engine.sizes, "OVERDRAW", 0.5)
    vague = dataclasses.replace(
        right, remainder=lambda values: 0.08, relative_variance=lambda values: 1e-2
    )
    claim = dataclasses.replace(
        toys.TOY, says=(vague,), examples=[{"depth": 2}], within=0.02,
        by=(dataclasses.replace(toys.EXPERIMENT, measure=level),),
    )  # fmt: skip
    path = tmp_path / "undecided"
    with Ledger(path) as kept:
        (verdict,) = check_all([claim], "quick", 0, 1, "cpu", kept)
    assert [one.trials[0].verdict for one in verdict.judgements] == ["INCONCLUSIVE"]
    return path


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM blocks WHERE block > 0",
        "UPDATE trials SET allowed_draws = 1; DELETE FROM blocks WHERE block > 0",
    ],
)
def test_a_trial_ends_undecided_only_with_all_its_draws(touchstone, undecided, forgery):
    assert touchstone("ledger", "verify", "--ledger", undecided)[0] == 0
    spoil(undecided, *forgery.split(";"))
    status, out, _ = touchstone("ledger", "verify", "--ledger", undecided)
    (line,) = (line for line in out.splitlines() if " right at " in line)
    assert status == 1
    assert "but its evidence says nothing yet" in line


@pytest.fixture
def symbolic(own_catalogue):
    """A claim of formulas alone, in the catalogue."""
    form = toys.TOY.says[0].form
    agree = Agree("formula", form, witness=lambda values: values["depth"])
    claim = dataclasses.replace(toys.TOY, id="furusho2020/symbols", says=(agree,))
    verify.claims.add(claim)
    return claim


def test_a_symbolic_verdict_follows_again_whatever_the_catalogue_has(
    touchstone, symbolic, tmp_path
):
    path = tmp_path / "ledger"
    verify.check(symbolic, ledger=str(path))
    verify.claims.remove(symbolic.id)
    assert touchstone("ledger", "verify", "--ledger", path)[0] == 0
    spoil(path, "UPDATE trials SET verdict = 'REFUTED'")
    status, out, _ = touchstone("ledger", "verify", "--ledger", path)
    assert status == 1
    assert all("is REFUTED, but its evidence says CONFIRMED" in line for line in out.splitlines())
    assert verify.check(symbolic, ledger=str(path)).verdict == "CONFIRMED"
    assert touchstone("ledger", "verify", "--ledger", path)[0] == 0


def test_another_witness_is_another_trial(symbolic, tmp_path):
    path = str(tmp_path / "ledger")
    wrong = dataclasses.replace(symbolic.says[0], witness=lambda values: values["depth"] + 1)
    assert verify.check(symbolic, ledger=path).verdict == "CONFIRMED"
    changed = dataclasses.replace(symbolic, says=(wrong,))
    assert verify.check(changed, ledger=path).verdict == "REFUTED"


# export -----------------------------------------------------------------------------------------


def test_export_writes_a_row_for_each_trial(touchstone, judged, tmp_path):
    path, trials = judged
    out = tmp_path / "trials.csv"
    status, _, _ = touchstone("ledger", "export", "--ledger", path, "--out", out)
    with out.open(newline="") as file:
        rows = {(row["form"], row["point"], row["seed"]): row for row in csv.DictReader(file)}
    assert status == 0
    for trial in trials:
        row = rows[trial.statement.name, trial.point.key, "0"]
        assert row["verdict"] == trial.verdict
        assert float(row["alpha"]) == share_of_alpha(int(row["position"])) == trial.target.alpha
        assert float(row["value"]) == trial.target.value
        assert float(row["mean"]) == trial.evidence.mean
        assert float(row["standard_error"]) == trial.evidence.standard_error
        assert int(row["networks"]) == trial.evidence.draws
        assert json.loads(row["machine"])["touchstone"] == row["touchstone"]


@pytest.fixture
def mixed(judged, tmp_path):
    """A ledger with statements of several kinds, and so of several terms."""
    says = [
        toys.judged(relation="ratio", scale=lambda values: 1.0),
        toys.judged(relation="exponent", sizes=lambda v: (1, 2), scale=lambda v: (1.0, 2.0),
                    relative_variance=lambda v: 1.0),
        toys.judged(relation="symbolic", witness=lambda values: values["depth"]),
    ]  # fmt: skip
    path = Path(shutil.copy(judged[0], tmp_path / "mixed"))
    with Ledger(path) as kept:
        for one in says:
            (asked,) = spoken([one], [toys.point({"depth": 2})])
            account = Account(0, "quick", "cpu")
            entered(kept, one.relation, asked.point, asked.said[0], (), account, 10)
    return path


def test_trials_of_several_kinds_of_statement_share_one_header(touchstone, mixed, tmp_path):
    out = tmp_path / "trials.csv"
    status, _, err = touchstone("ledger", "export", "--ledger", mixed, "--out", out)
    assert (status, err) == (0, "")
    with out.open(newline="") as file:
        rows = {row["kind"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"mean", "ratio", "exponent", "agreement"}
    assert json.loads(rows["exponent"]["scale"]) == [1, 2]
    assert (rows["ratio"]["scale"], rows["mean"]["scale"]) == ("1.0", "")
    assert float(rows["agreement"]["witness"]) == float(rows["agreement"]["value"])


def test_so_they_do_in_parquet(touchstone, mixed, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "trials.parquet"
    assert touchstone("ledger", "export", "--ledger", mixed, "--out", out)[0] == 0
    rows = {row["kind"]: row for row in parquet.read_table(out).to_pylist()}
    assert json.loads(rows["exponent"]["scale"]) == [1, 2]
    assert rows["mean"]["scale"] is None


VERIFY = "`touchstone ledger verify`"


@pytest.mark.usefixtures("own_catalogue")
@pytest.mark.parametrize(
    ("forgery", "refusal"),
    [
        (f"UPDATE trials SET verdict = 'REFUTED' WHERE id = {FIRST}", VERIFY),
        (
            "UPDATE trials SET target = replace(target, ': 0.', ': 0.1')",
            "`touchstone ledger verify`",
        ),
        (f"UPDATE blocks SET evidence = '{{}}' WHERE trial = {FIRST}", "is damaged; name another"),
    ],
    ids=["a verdict", "a target", "a block"],
)
def test_what_does_not_follow_from_its_evidence_is_not_handed_on(
    touchstone, ledger, tmp_path, forgery, refusal
):
    spoil(ledger, forgery)
    verify.claims.add(toys.TOY)
    out = tmp_path / "trials.csv"
    for command in (("ledger", "export", "--out", out), ("show", TOY)):
        status, _, err = touchstone(*command, "--ledger", ledger)
        assert status == 2
        assert re.search(f"trial 1.*{refusal}", the_only_line(err))
    assert not out.exists()


@pytest.mark.parametrize("beginning", "=+-@")
def test_a_text_that_a_spreadsheet_would_compute_is_quoted(ledger, tmp_path, beginning):
    spoil(ledger, f"UPDATE trials SET form = '{beginning}1+1'")
    with Ledger(ledger, read_only=True) as kept:
        export(kept, tmp_path / "trials.csv")
    with (tmp_path / "trials.csv").open(newline="") as file:
        assert {row["form"] for row in csv.DictReader(file)} == {f"'{beginning}1+1"}


def test_parquet_holds_what_csv_holds(touchstone, judged, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "trials.parquet"
    touchstone("ledger", "export", "--ledger", judged[0], "--out", out)
    touchstone("ledger", "export", "--ledger", judged[0], "--out", tmp_path / "trials.csv")
    with (tmp_path / "trials.csv").open(newline="") as file:
        expected = [(row["form"], row["point"], float(row["mean"])) for row in csv.DictReader(file)]
    rows = parquet.read_table(out).to_pylist()
    assert [(row["form"], row["point"], row["mean"]) for row in rows] == expected


def test_parquet_without_pyarrow_names_what_to_install(touchstone, judged, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _, err = touchstone(
        "ledger", "export", "--ledger", judged[0], "--out", tmp_path / "t.parquet"
    )
    assert status == 2
    assert "pip install pyarrow" in the_only_line(err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "message"),
    [("trials.xls", "must end in .csv or .parquet"), ("missing/trials.csv", "cannot be written")],
)
def test_a_place_that_cannot_be_exported_to_is_named(touchstone, judged, tmp_path, out, message):
    status, _, err = touchstone("ledger", "export", "--ledger", judged[0], "--out", tmp_path / out)
    assert status == 2
    assert message in the_only_line(err)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_ledger_is_not_exported(touchstone, tmp_path):
    Ledger(tmp_path / "empty").close()
    out = tmp_path / "t.csv"
    status, _, err = touchstone("ledger", "export", "--ledger", tmp_path / "empty", "--out", out)
    assert (status, out.exists()) == (2, False)
    assert "holds no trials yet" in the_only_line(err)


@pytest.mark.parametrize("command", ["info", "verify", "export"])
def test_a_ledger_that_is_not_there_is_named_and_not_made(touchstone, tmp_path, command):
    words = ("--out", tmp_path / "t.csv") if command == "export" else ()
    status, _, err = touchstone("ledger", command, "--ledger", tmp_path / "none", *words)
    assert status == 2
    assert "no such file" in the_only_line(err)
    assert list(tmp_path.iterdir()) == []


# plan -------------------------------------------------------------------------------------------


def test_a_plan_tells_an_empty_ledger_and_writes_nothing_to_it(touchstone, tmp_path):
    (tmp_path / "empty").touch()
    status, _, complaint = touchstone("plan", "furusho2020/mean-eig-bn", "--ledger", "empty")
    told = "touchstone: ledger empty: is empty; name one that a check has written\n"
    assert (status, complaint) == (2, told)
    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.usefixtures("own_catalogue")
def test_a_plan_says_what_a_run_then_takes_at_most(touchstone, judged, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = touchstone("plan", TOY, "--claims", TOYS)
    claim, total, further = out.splitlines()
    assert status == 0
    assert claim.startswith(f"{TOY}  4 points in 4 runs, ")
    assert "at most about as many again" in further
    assert total.startswith("1 claim, 4 points, ")
    assert total.endswith(" draws")
    assert list(tmp_path.iterdir()) == []
    planned = int(total.split()[4].replace(",", ""))
    _, trials = judged
    drawn = sum(trial.evidence.draws for trial in trials if trial.statement.name == "right")
    assert drawn <= planned


@pytest.mark.usefixtures("own_catalogue")
def test_what_a_plan_calls_infeasible_is_named_with_the_reason(touchstone):
    wild = toys.judged(relative_variance=lambda values: 1e9)
    verify.claims.add(toys.claim(wild, id="furusho2020/wild"))
    _, out, _ = touchstone("plan", "furusho2020/wild")
    lines = [line for line in out.splitlines() if "INFEASIBLE" in line]
    assert any("draws, and quick allows 200,000" in line for line in lines)


@pytest.mark.usefixtures("own_catalogue")
def test_a_plan_counts_the_points_that_forms_call_for_as_a_check_does(touchstone):
    ceiling = toys.judged(4, "ceiling", "at most")  # the level, the depth, exceeds it from 5 on
    verify.claims.add(toys.claim(toys.judged(), ceiling, depths=(2, 3), id="furusho2020/low"))
    before = touchstone("plan", "furusho2020/low")[1]
    assert before.startswith("furusho2020/low  3 points in 3 runs, ")
    lines = touchstone("check", "furusho2020/low", "--json")[1].splitlines()
    assert [json.loads(line)["points"] for line in lines] == [3, 3]
    assert touchstone("plan", "furusho2020/low")[1] == before  # now from the ledger
