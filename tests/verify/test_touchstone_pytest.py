"""`pytest --touchstone`: one item a claim, passed as its verdicts say, and nothing otherwise."""

import subprocess
import sys

import pytest

import touchstone_pytest
import verify
import verify.report.document
from verify.ledger.store import Ledger

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("own_catalogue")

CHEAP = "furusho2020/fastest-learning-rate"
CHEAP_ITEM = f"touchstone::{CHEAP}"
ONE_TEST = "def test_one(): pass"
COINS = """
from theory import ClosedForm, Paper
from theory.domains import Reals
from theory.parameters import Parameter
from verify import Claim, Equal, Experiment, one_network

NOTES = Paper("coins2026", ("A. Reader",), "Coins", 2026, "notes")
HEADS = Parameter("heads", "p", Reals(0, 1), "chance", (0, 1))


@one_network
def coin(generator, heads):
    return generator.random() < heads


def claim(name, factor):
    form = ClosedForm(
        name=name, expr=factor * HEADS.symbol, paper=NOTES, where=name, status="derived",
        parameters=(HEADS,),
    )
    return Claim(
        id=f"coins2026/{name}", statement=name, by=Experiment("coins", coin), within=0.2,
        says=(Equal("value", form, relative_variance=lambda values: 1.0),),
        examples=[{"heads": 0.5}],
    )


CLAIMS = (claim("twice", 2), claim("thrice", 3))
"""


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Load what judging takes: runs of pytest inside this one forget what they import.

    torch cannot be loaded twice, and a claim that is loaded again is another claim.
    """
    assert list(verify.claims.values())
    verify.check(CHEAP)


@pytest.fixture
def run(pytester):
    """Runs pytest in this process in a folder with one test of its own."""
    pytester.makepyfile(ONE_TEST)
    return lambda *words: pytester.runpytest_inprocess("-p", "no:cacheprovider", *words)


@pytest.fixture
def expecting(monkeypatch):
    """Makes the catalogue expect one verdict on every form of the cheap claim."""

    def expecting(verdict):
        for judged in verify.claims[CHEAP].says:
            monkeypatch.setitem(vars(judged), "holds", verdict == "CONFIRMED")

    return expecting


def file_of(pytester):
    (file,) = pytester.path.glob("test_*.py")
    return file.name


def items(result):
    return [line for line in result.outlines if "::" in line]


def test_without_the_option_there_are_no_items(run):
    assert items(run("--collect-only", "-q")) == [
        "test_without_the_option_there_are_no_items.py::test_one"
    ]


def test_with_it_there_is_one_item_a_claim_behind_the_other_tests(run):
    result = run("--touchstone", "--collect-only", "-q")
    assert items(result)[1:] == [f"touchstone::{name}" for name in verify.claims]
    assert result.parseoutcomes() == {"tests": 1 + len(verify.claims)}


def test_a_keyword_selects_claims(run):
    assert items(run("--touchstone", "--collect-only", "-q", "-k", "fastest-learning")) == [
        CHEAP_ITEM
    ]
    only_ours = items(run("--touchstone", "--collect-only", "-q", "-k", "touchstone"))
    assert len(only_ours) == len(verify.claims)


def test_a_marker_selects_claims(run):
    words = ("--touchstone", "--collect-only", "-q", "--strict-markers", "-m")
    assert len(items(run(*words, "touchstone"))) == len(verify.claims)
    assert len(items(run(*words, "not touchstone"))) == 1


@pytest.mark.parametrize("option", [["--touchstone"], []], ids=["asked", "implied"])
def test_the_id_of_an_item_can_be_given_back(run, option):
    assert items(run(*option, "--collect-only", "-q", CHEAP_ITEM)) == [CHEAP_ITEM]


def test_claims_that_are_named_are_collected_alone_behind_what_else_is(run, pytester):
    other, test = "touchstone::furusho2020/mean-eig-bn", f"{file_of(pytester)}::test_one"
    words = ("--touchstone", "--collect-only", "-q")
    assert items(run(*words, other, test, CHEAP_ITEM, other)) == [test, other, CHEAP_ITEM]


def test_a_claim_that_is_unknown_is_an_error_of_collection(run):
    result = run("touchstone::luo2018/nothing")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown claim 'luo2018/nothing'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_root_of_their_ids_names_all_claims_beside_a_test(run, pytester):
    words = ("--touchstone", "--collect-only", "-q", f"{file_of(pytester)}::test_one")
    assert len(items(run(*words, "touchstone"))) == 1 + len(verify.claims)
    assert len(items(run(*words))) == 1


def test_files_that_are_named_are_run_alone_where_the_option_is_always_given(run, pytester):
    pytester.makeini("[pytest]\naddopts = --touchstone")
    words = ("--collect-only", "-q")
    assert len(items(run(*words))) == 1 + len(verify.claims)
    for named in (file_of(pytester), f"{file_of(pytester)}::test_one", "."):
        assert len(items(run(*words, named))) == 1
    assert len(items(run(*words, "--touchstone", "."))) == 1 + len(verify.claims)


def test_a_folder_called_as_they_are_is_a_folder(run, pytester):
    pytester.mkpydir("touchstone").joinpath("test_two.py").write_text(ONE_TEST)
    assert items(run("--touchstone", "--collect-only", "-q", "touchstone"))[0].endswith(
        "::test_one"
    )


def test_a_paper_selects_its_claims(run):
    selected = items(run("--touchstone", "--paper", "furusho2020", "--collect-only", "-q"))
    papers = [claim.paper for claim in verify.claims.values()]
    assert len(selected) == 1 + papers.count("furusho2020")


def test_a_claim_passes_where_every_verdict_is_as_expected(run):
    result = run("--touchstone", "-k", "fastest-learning", "-v")
    result.assert_outcomes(passed=1, deselected=len(verify.claims))
    result.stdout.fnmatch_lines([f"{CHEAP_ITEM} PASSED*"])


def test_a_claim_fails_with_a_sentence_on_each_form_that_is_not(run, expecting):
    expecting("CONFIRMED")
    result = run("--touchstone", "-k", "fastest-learning")
    result.assert_outcomes(failed=1, deselected=len(verify.claims))
    result.stdout.fnmatch_lines(
        [
            f"{CHEAP}, fastest_learning_rate_printed: REFUTED, expected CONFIRMED",
            "*the form says*the measurement*",
            f"*touchstone check {CHEAP} --at * --seed *",
        ]
    )
    result.stdout.no_fnmatch_line("*fastest_learning_rate: *")
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("verdict", ["INCONCLUSIVE", "INFEASIBLE", "OBSERVED"])
def test_what_decides_nothing_never_passes(verdict):
    judgement = verify.check(CHEAP)["fastest_learning_rate"]
    assert touchstone_pytest.passed(judgement)
    for name in ("verdict", "expected"):
        object.__setattr__(judgement, name, verdict)
    assert judgement.as_expected
    assert not touchstone_pytest.passed(judgement)


def test_the_claims_of_a_file_are_items_and_the_first_failure_can_end_the_run(run, pytester):
    pytester.makepyfile(coins=COINS)
    words = ("--touchstone", "--touchstone-claims", "coins.py", "--paper", "coins2026")
    result = run(*words, "-x")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["collected 3 items", "coins2026/twice, twice: REFUTED*"])


def test_a_ledger_keeps_what_was_measured(run, pytester):
    words = ("--touchstone", "-k", "fastest-learning", "--touchstone-ledger", "kept.sqlite")
    run("--touchstone", "-k", "fastest-learning")
    assert not list(pytester.path.glob("*.sqlite"))
    run(*words).assert_outcomes(passed=1, deselected=len(verify.claims))
    assert (pytester.path / "kept.sqlite").exists()


def test_budget_and_seed_reach_the_check(run):
    words = ("--touchstone", "-k", "fastest-learning", "--touchstone-ledger", "kept.sqlite")
    run(*words, "--touchstone-budget", "standard", "--touchstone-seed", "5")
    with Ledger("kept.sqlite", read_only=True) as kept:
        first = kept.rows("SELECT budget, seed FROM trials ORDER BY id")[0]
    assert tuple(first) == ("standard", "5")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--paper", "nobody1900"], "*nobody1900: must be one of*"),
        (["--touchstone-claims", "none.py"], "*none.py: no such Python file*"),
        (["--touchstone-budget", "huge"], "*budget = 'huge': must be one of*"),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)
def test_an_option_that_cannot_be_met_is_an_error_of_collection(run, words, complaint):
    result = run("--touchstone", *words)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([complaint])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_plugin_costs_nothing_until_it_is_asked_for():
    heavy = {"torch", "sympy", "hypothesis", "numpy", "verify.claims", "theory", "numerics"}
    program = f"import sys, touchstone_pytest; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_a_claim_of_which_all_is_only_shown_is_skipped(run, pytester):
    pytester.makepyfile(
        coins=COINS
        + """
from verify import Observed
CLAIMS += (
    Claim(
        "coins2026/tossed", "A coin.", Observed("value", networks=20), Experiment("coins", coin),
        examples=[{"heads": 0.5}], where="heads",
    ),
)
"""
    )
    words = ("--touchstone", "--touchstone-claims", "coins.py", "--paper", "coins2026")
    result = run(*words, "-k", "tossed")
    result.assert_outcomes(skipped=1, deselected=3)


ASSERTS = """
import verify


def test_whole():
    assert verify.check("{id}", budget="standard", seed=3, device="cpu", {at}).verdict == "REFUTED"


def test_short():
    assert verify.check("{id}", {at})


def test_of_a_form():
    found = verify.check("{id}", {at})
    assert not found["fastest_learning_rate_printed"]


def test_as_it_was():
    assert verify.check("{id}", {at}).as_expected
"""
AT = "top_eigenvalue=1.0, bottom_eigenvalue=0.1"


def test_an_assertion_reads_and_its_failure_shows_what_was_found(run, pytester, expecting):
    pytester.makepyfile(ASSERTS.format(id=CHEAP, at=AT))
    run("-k", "short or as_it_was").assert_outcomes(passed=2, deselected=2)
    expecting("CONFIRMED")
    result = run("-k", "short or as_it_was or form")
    result.assert_outcomes(failed=2, passed=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "*assert <furusho2020/fastest-learning-rate: fastest_learning_rate_printed: REFUTED*",
            f"{CHEAP}, fastest_learning_rate_printed: REFUTED, expected CONFIRMED",
            f"    {verify.claims[CHEAP].statement}",
            "    fastest_learning_rate_printed (exact), Furusho (2020), *",
            "    at top_eigenvalue=1.0, bottom_eigenvalue=0.1: 1 claimed, 1.81* measured",
            f"    again: touchstone check {CHEAP} --at * --budget quick --seed *",
        ]
    )
    result.stdout.no_fnmatch_line("*fastest_learning_rate: CONFIRMED, expected*")


def test_what_was_not_refuted_comes_with_the_command_that_finds_so_again(run, pytester, expecting):
    expecting("REFUTED")
    pytester.makepyfile(ASSERTS.format(id=CHEAP, at=AT))
    run("-k", "whole").stdout.fnmatch_lines(
        [
            f"{CHEAP}, fastest_learning_rate: CONFIRMED, expected REFUTED",
            "    at top_eigenvalue=1.0, bottom_eigenvalue=0.1: 1.818 claimed, 1.81* measured",
            f"    again: touchstone check {CHEAP} --at top_eigenvalue=1.0"
            " --at bottom_eigenvalue=0.1 --budget standard --seed 3",
        ]
    )


def test_a_claim_that_no_command_finds_is_repeated_by_its_test(run, pytester):
    pytester.makepyfile(
        COINS
        + "\n\ndef test_thrice():\n    assert check(CLAIMS[1])".replace(
            "check(", "__import__('verify').check("
        )
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*REFUTED, expected CONFIRMED", "    again: pytest '*::test_thrice'"]
    )


def test_workers_of_xdist_share_a_ledger_in_any_order_without_a_warning(pytester):
    pytest.importorskip("xdist")
    pytester.makepyfile(coins=COINS, test_one=ONE_TEST)
    pytester.makeconftest(
        """
        def pytest_collection_modifyitems(items):
            items.reverse()
        """
    )
    result = pytester.runpytest_subprocess(
        "-n", "2", "-v", "-W", "error", "-p", "no:cacheprovider", "--strict-markers",
        "--touchstone", "--touchstone-claims", "coins.py", "--paper", "coins2026",
        "--touchstone-ledger", "kept.sqlite",
    )  # fmt: skip
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(
        [f"    again: touchstone check coins2026/{name} *" for name in ("twice", "thrice")]
    )
    result.stdout.no_fnmatch_line("*locked*")
    with Ledger(pytester.path / "kept.sqlite", read_only=True) as kept:
        claims = kept.rows("SELECT DISTINCT claim FROM trials ORDER BY claim")
    assert [row[0] for row in claims] == ["coins2026/thrice", "coins2026/twice"]
