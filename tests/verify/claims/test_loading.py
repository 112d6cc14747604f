"""Claims of others: from a file, from an installed package, and what may be wrong with either."""

import importlib
import json
import os
import pickle
import shlex
import subprocess
import sys

import pytest

import verify
from verify.claims import load
from verify.command_line import main
from verify.errors import UsageError
from verify.ledger.store import Ledger

CLAIM = '''
from theory import ClosedForm, Paper
from theory.parameters import Parameter
from theory.domains import Integers
from verify import Claim, Equal, Experiment, one_network

NOTES = Paper("notes2026", ("A. Reader",), "Maxima", 2026, "notes")
COUNT = Parameter("count", "n", Integers(1), "variables", (1, 9))
MEAN = ClosedForm(
    name="mean_maximum", expr=COUNT.symbol / (COUNT.symbol + 1), paper=NOTES, where="eq 1",
    status="derived", parameters=(COUNT,), assumptions=("uniform", "independent"),
)


@one_network
def maximum(generator, count):
    """Largest of `count` uniform numbers."""
    return generator.random(count).max()


CLAIMS = (
    Claim(
        id="notes2026/maximum",
        statement="The largest of n uniform numbers has the mean n/(n+1).",
        says=(Equal("value", MEAN, relative_variance=lambda values: 1 / 3),),
        by=Experiment("maxima", maximum, meets={"uniform": "drawn so"}),
        examples=[{"count": 1}, {"count": 3}],
        within=0.1,
    ),
)
'''


pytestmark = pytest.mark.usefixtures("own_catalogue")


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def refused(path):
    """The one line with which a file is turned away; the catalogue is as before."""
    before = list(verify.claims)
    with pytest.raises(UsageError) as caught:
        load(path)
    assert list(verify.claims) == before
    (line,) = str(caught.value).splitlines()
    return line


# A file -----------------------------------------------------------------------------------------


def test_the_claims_of_a_file_join_the_catalogue_at_its_end(write):
    before = list(verify.claims)
    load(write("maxima.py", CLAIM))
    assert list(verify.claims) == [*before, "notes2026/maximum"]
    assert verify.claims["notes2026/maximum"].paper == "notes2026"


def test_a_claim_of_a_file_is_judged_like_any_other(write):
    load(write("maxima.py", CLAIM))
    assert verify.check("notes2026/maximum").verdict == "CONFIRMED"
    assert verify.check("notes2026/maximum", count=2).verdict == "CONFIRMED"


def test_worker_processes_import_the_file_and_find_the_same(write):
    load(write("maxima.py", CLAIM))
    alone, shared = (
        verify.check("notes2026/maximum", workers=workers).judgements[0] for workers in (1, 2)
    )
    assert [t.evidence.mean for t in alone.trials] == [t.evidence.mean for t in shared.trials]


def test_a_file_is_loaded_once(write):
    path = write("maxima.py", CLAIM)
    load(path)
    held = verify.claims["notes2026/maximum"]
    load(str(path))
    assert verify.claims["notes2026/maximum"] is held


def test_a_file_may_import_its_neighbours(write):
    write("neighbour_of_maxima.py", CLAIM)
    load(write("maxima.py", "from neighbour_of_maxima import CLAIMS"))
    assert "notes2026/maximum" in verify.claims


def test_a_simulation_that_was_edited_is_measured_anew_once_it_is_loaded(write, tmp_path):
    path = write("maxima.py", CLAIM)
    load(path)
    claim = verify.claims["notes2026/maximum"]
    with Ledger(tmp_path / "kept") as kept:
        first = verify.check(claim, ledger=kept).judgements[0]
        again = verify.check(claim, ledger=kept).judgements[0]
        path.write_text(CLAIM.replace("random(count)", "random(count + 1)"))
        with pytest.raises(UsageError, match=r"maxima: .* has changed since it was imported"):
            verify.check(claim, ledger=kept)
        claim = importlib.reload(sys.modules["maxima"]).CLAIMS[0]
        edited = verify.check(claim, ledger=kept).judgements[0]
    assert [t.row for t in again.trials] == [t.row for t in first.trials]
    assert not {t.row for t in edited.trials} & {t.row for t in first.trials}


@pytest.mark.parametrize("name", ["mean_minimum", "mean_maximum"])
def test_a_form_that_is_superseded_by_none_there_is_or_by_itself_is_one_line(write, name):
    text = CLAIM.replace('status="derived"', f'status="printed", superseded_by="{name}"')
    told = refused(write("maxima.py", text))
    assert told.endswith(
        f"maxima.py: notes2026/maximum: mean_maximum: superseded_by = {name!r}: must be another"
        " form of the claim (it has none), or one of theory's on the same subject"
    )


def test_a_form_may_be_superseded_by_one_of_theory_that_the_claim_does_not_judge(write):
    of_theory = "from theory.fisher import mean_eigenvalue_bn_printed as MEAN\n"
    text = CLAIM.replace("\n\n@one_network", f"\n{of_theory}\n\n@one_network")
    text = text.replace("(generator, count)", "(generator, depth)").replace('"count"', '"depth"')
    load(write("maxima.py", text.replace("count", "depth")))
    (said,) = verify.claims["notes2026/maximum"].says
    assert said.form.superseded_by == "mean_eigenvalue_bn"


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    assert refused(tmp_path / "none.py").endswith("none.py: no such Python file")
    assert refused(tmp_path).endswith("no such Python file")


def test_a_file_without_claims_is_one_line(write):
    assert "no_claims.py: has no CLAIMS" in refused(write("no_claims.py", ""))
    assert "empty_claims.py: has no CLAIMS" in refused(write("empty_claims.py", "CLAIMS = ()"))


def test_an_entry_that_is_no_claim_is_named(write):
    line = refused(write("other_claims.py", "CLAIMS = ('notes2026/maximum',)"))
    assert "CLAIMS holds 'notes2026/maximum', which is no Claim" in line


def test_an_id_that_is_taken_is_named(write):
    load(write("maxima.py", CLAIM))
    taken = write("maxima_again.py", CLAIM)
    assert "maxima_again.py: the id notes2026/maximum is taken" in refused(taken)
    ours = CLAIM.replace("notes2026/maximum", "furusho2020/mean-eig-resnet")
    assert "furusho2020/mean-eig-resnet is taken" in refused(write("theirs.py", ours))


def test_an_id_given_twice_in_a_file_is_named(write):
    twice = f"{CLAIM}\nCLAIMS = CLAIMS * 2\n"
    assert "notes2026/maximum is taken" in refused(write("twice.py", twice))


def test_an_id_that_is_none_is_named_with_its_line(write):
    line = refused(write("odd.py", CLAIM.replace("notes2026/maximum", "maximum")))
    assert "ValueError: id = 'maximum': must read paper/claim (line " in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\nx / 0\n", "ZeroDivisionError: division by zero (line 2)"),
        ("import none_such_module\n", "No module named 'none_such_module' (line 1)"),
        ("x = 1\ny = (\n", "SyntaxError: '(' was never closed (line 2)"),
        ("raise SystemExit(3)\n", "SystemExit: 3 (line 1)"),
    ],
    ids=["arithmetic", "import", "syntax", "exit"],
)
def test_a_file_that_fails_is_one_line_with_the_number_of_its_line(write, text, words):
    assert words in refused(write("failing.py", text))


@pytest.mark.parametrize("name", ["numpy.py", "verify.py", "sys.py", "json.py"])
def test_a_name_that_another_module_has_is_refused(write, name):
    assert f"another module is called '{name[:-3]}'" in refused(write(name, CLAIM))


def test_a_name_that_no_module_can_have_is_refused(write):
    assert "'my-claims' is no name of a module" in refused(write("my-claims.py", CLAIM))


def test_two_files_of_one_name_are_told_apart_by_their_folders(write):
    load(write("maxima.py", CLAIM))
    other = write("elsewhere/maxima.py", CLAIM.replace("2026/maximum", "2026/other"))
    load(other)
    load(other)
    assert verify.claims["notes2026/maximum"].by[0].measure.__module__ == "maxima"
    measure = verify.claims["notes2026/other"].by[0].measure
    assert measure.__module__ == "elsewhere.maxima"
    assert pickle.loads(pickle.dumps(measure)) is measure
    namesake = write("further/elsewhere/maxima.py", CLAIM.replace("2026/maximum", "2026/third"))
    assert "another module is called 'maxima'" in refused(namesake)


# The command line -------------------------------------------------------------------------------


def test_the_commands_take_the_file(write, touchstone):
    write("maxima.py", CLAIM)
    theirs = ("--claims", "maxima.py")
    _, listed, _ = touchstone("list", "--json", "--paper", "notes2026", *theirs)
    assert json.loads(listed)["id"] == "notes2026/maximum"
    _, alone, _ = touchstone("list", "--json", *theirs)
    assert alone == listed  # and none of the catalogue
    _, shown, _ = touchstone("show", "notes2026/maximum", *theirs)
    assert "mean_maximum(count=1)" in shown
    assert "Reader (2026), eq 1" in shown
    _, value, _ = touchstone("eval", "notes2026/maximum", "count=3", *theirs)
    assert value == "mean_maximum(count=3) = 0.75\n"


def test_the_report_holds_claims_of_others_and_how_their_assumptions_were_met(
    write, touchstone, tmp_path
):
    write("maxima.py", CLAIM)
    status, _, complaint = touchstone(
        "report", "--claims", "maxima.py", "--paper", "notes2026", "--workers", "1"
    )
    assert status == 0, complaint
    report = json.loads((tmp_path / "report.json").read_text())
    (claim,) = report["claims"]
    assert claim["id"] == "notes2026/maximum"
    assert claim["forms"][0]["verdict"] == "CONFIRMED"
    met = {one["text"]: one["met"] for one in claim["forms"][0]["assumptions"]}
    assert met == {"uniform": "drawn so", "independent": None}
    assert report["figures"] == []
    assert "Reader (2026)" in (tmp_path / "report.html").read_text()


def test_a_counterexample_is_shown_with_the_command_that_loads_its_file(write, touchstone):
    write("maxima.py", CLAIM.replace("COUNT.symbol + 1)", "COUNT.symbol + 2)"))
    touchstone("report", "--claims", "maxima.py", "--paper", "notes2026", "--workers", "1")
    with open("report.json") as file:
        (form,) = json.load(file)["claims"][0]["forms"]
    words = shlex.split(form["counterexample"]["command"])
    assert words[:5] == ["touchstone", "check", "notes2026/maximum", "--claims", "maxima.py"]
    status, out, _ = touchstone(*words[1:], "--workers", "1")
    assert status == 1
    assert out.startswith("REFUTED")


def test_a_file_that_fails_is_one_line_and_debug_shows_its_traceback(write, touchstone):
    write("failing.py", "1 / 0")
    status, _, complaint = touchstone("list", "--claims", "failing.py")
    assert status == 2
    assert complaint == (
        "touchstone: claims failing.py: ZeroDivisionError: division by zero (line 1)\n"
    )
    with pytest.raises(UsageError) as caught:
        main(["list", "--claims", "failing.py", "--debug"])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_quantity_that_is_not_measured_is_named(write, touchstone):
    write("maxima.py", CLAIM.replace('"value", MEAN,', '"mean", MEAN,'))
    words = ("check", "notes2026/maximum", "--claims", "maxima.py", "--workers", "1")
    status, _, complaint = touchstone(*words)
    assert status == 2
    assert complaint.splitlines()[1:] == [  # behind a line of progress
        "touchstone: notes2026/maximum at count=1: mean_maximum: speaks of the quantity 'mean', and"
        " what is measured is 'value'"
    ]


def test_an_error_in_a_simulation_is_one_line(write, touchstone):
    write("maxima.py", CLAIM.replace("random(count)", "random(number)"))
    words = ("check", "notes2026/maximum", "--claims", "maxima.py", "--workers", "1")
    status, _, complaint = touchstone(*words)
    assert status == 2
    _, line = complaint.splitlines()  # the first is one of progress
    assert line == (
        "touchstone: measuring notes2026/maximum at count=1: "
        "NameError: name 'number' is not defined (--debug shows where)"
    )


# An installed package ---------------------------------------------------------------------------


def program(*words, cwd):
    """A command in a process of its own, which finds packages in the folder `site`."""
    return subprocess.run(
        [sys.executable, "-m", "verify", *words],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(cwd / "site")},
    )  # fmt: skip


def install(folder, name, value):
    """What an installer leaves of a package with one entry point."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[touchstone.claims]\n{name} = {value}\n")


def test_the_claims_of_an_installed_package_are_in_the_catalogue(write, tmp_path):
    write("site/maxima.py", CLAIM)
    install(tmp_path / "site", "maxima", "maxima")
    words = ("check", "notes2026/maximum", "--json", "--workers", "2")
    done = program(*words, cwd=tmp_path)
    assert json.loads(done.stdout)["verdict"] == "CONFIRMED"


def test_a_broken_package_is_one_warning_and_not_the_catalogues_end(write, tmp_path):
    write("site/broken_maxima.py", "1 / 0")
    install(tmp_path / "site", "broken", "broken_maxima")
    done = program("list", cwd=tmp_path)
    assert done.returncode == 0
    assert "furusho2020/mean-eig-resnet" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line == ("claims left out: broken = broken_maxima: ZeroDivisionError: division by zero")


class Skipping:
    """The entry point of a module that calls pytest.skip as it is imported."""

    name, value = "skipping", "skipping_maxima"

    def load(self):
        pytest.skip("no maxima here")


def test_a_package_that_skips_itself_is_left_out(monkeypatch, caplog):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [Skipping()])
    importlib.import_module("verify.claims")._add_packages()
    (left_out,) = caplog.messages
    assert left_out == "claims left out: skipping = skipping_maxima: Skipped: no maxima here"


def test_a_file_that_skips_itself_is_one_line(write):
    file = write("skipping.py", "import pytest\npytest.skip('not here', allow_module_level=True)\n")
    assert "Skipped: not here (line 2)" in refused(file)
