"""A table of a paper's own numbers, column by column: compared within rounding and a tolerance."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import verify
from opened_pages import opened
from theory.domains import OneOf
from theory.parameters import DEPTH, Parameter
from theory.tables import Table
from toy_claims import form, point
from verify import Claim, Experiment, Tabulated, UsageError
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.relations import Target
from verify.relations.tables import TabulatedTarget
from verify.report.document import build
from verify.report.page import render_html

START = Parameter(
    "start", "s", OneOf("constant", "random"), "start of the weights", ("constant", "random")
)
TABLE = Table.read(
    "tables/toy.csv", name="variation_printed", paper="susanna2024", where="Table 0.1",
    keys=(DEPTH, START), statistic="largest of 3 runs",
)  # fmt: skip


def variations(values, *, seed, first_network, networks, device):
    """The largest of three variations: about 1/depth from a constant start, else about 2."""
    mean = {"constant": 1 / values["depth"], "random": 2.0}[values["start"]]
    drawn = [
        np.random.default_rng([seed, network]).uniform(0.9, 1.0, size=3).max() * mean / 0.975
        for network in range(first_network, first_network + networks)
    ]
    return {"largest of 3": np.array(drawn)}


def tabulated(table=TABLE, within=0.05, **terms):
    return Claim(
        "susanna2024/toy-variation",
        "Table 0.1: the variation falls from a constant start and stays from a random one.",
        says=Tabulated.each("largest of 3", *table.by(START), within=within, **terms),
        by=Experiment("three runs", variations, over=table.domain),
        examples=table.cells,
    )


def misprinted(**cells):
    """The table with other numbers at the cells that are called start_depth."""
    changed = {(int(name[-1]), name[:-2]): printed for name, printed in cells.items()}
    entries = tuple((place, changed.get(place, text)) for place, text in TABLE.entries)
    return replace(TABLE, entries=entries)


@pytest.fixture(scope="module")
def right():
    return verify.check(tabulated())


@pytest.fixture(scope="module")
def wrong():
    return verify.check(tabulated(misprinted(random_4="2.501", constant_8="0")))


def test_every_column_has_a_verdict_of_its_own(right):
    assert {j.statement.name: j.verdict for j in right.judgements} == {
        "variation_printed_constant": "CONFIRMED", "variation_printed_random": "CONFIRMED",
    }  # fmt: skip
    assert [len(j.trials) for j in right.judgements] == [3, 3]
    assert {t.evidence.draws for j in right.judgements for t in j.trials} == {10}


def test_a_wrong_number_is_refuted_with_its_cell_and_leaves_the_other_columns(wrong):
    constant, random = wrong.judgements
    assert (constant.verdict, random.verdict) == ("CONFIRMED", "REFUTED")
    assert random.counterexample.parameters == {"depth": 4, "start": "random"}
    assert random.counterexample.repeat_verdict == "REFUTED"


def test_the_verdict_says_that_it_is_a_comparison_within_rounding_and_a_tolerance(wrong):
    document = build([wrong], [], "quick", 0)
    constant, random = document["claims"][0]["forms"]
    assert constant["sentence"].startswith(
        "2 numbers of Table 0.1 agree with our mean of the same statistic (largest of 3 runs), over"
        " up to 10 draws, within its rounding and a stated tolerance of 5 %; the farthest is "
    )
    assert " Not compared: 1 cell of 0 or ∞. " in constant["sentence"]
    assert random["sentence"].startswith(
        "At depth = 4, start = random, Table 0.1 prints 2.501, and our mean of the same"
    )
    for one in (constant, random):
        assert "A printed number is one draw: this is a comparison" in one["sentence"]
        assert one["alpha"] is None
        assert {point["alpha"] for point in one["points"]} == {None}


def test_it_is_reported_in_json_and_html(wrong):
    document = build([wrong], [], "quick", 0)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    page = opened(render_html(document))
    assert "largest of 3 runs as in Table 0.1, start = random" in page
    assert "--at depth=4 --at start=random" in page
    assert "none: a comparison" in page
    assert json.loads(json.dumps(wrong.judgements[1].summary()))["alpha"] is None


def test_a_cell_can_be_asked_for_by_its_heads():
    verdict = verify.check(tabulated(), depth=4, start="random")
    assert [j.statement.name for j in verdict.judgements] == ["variation_printed_random"]
    assert verdict.verdict == "CONFIRMED"
    with pytest.raises(ValueError, match="depth = 3 is not one of 2, 4 or 8, which Table"):
        verify.check(tabulated(), depth=3, start="random")
    with pytest.raises(UsageError, match="start = 1: must be a name, such as constant"):
        verify.check(tabulated(), depth=4, start=1)


def test_a_resumed_claim_finds_its_verdicts(tmp_path, right):
    path = str(tmp_path / "ledger")
    first, again = (verify.check(tabulated(), ledger=path) for _ in range(2))
    for one in (first, again):
        assert [j.verdict for j in one.judgements] == [j.verdict for j in right.judgements]
    with Ledger(path, read_only=True) as kept:
        assert audit(kept) == []


TARGET = TabulatedTarget(value=2.0, finite_size=0.01, epsilon=0.06, alpha=1e-6, draws=4)


@pytest.mark.parametrize(
    ("draws", "verdict"),
    [
        ([2.1, 2.1, 2.1, 2.1], "CONFIRMED"),
        ([2.13, 2.13, 2.13, 2.13], "REFUTED"),
        ([1.89, 1.89, 1.89, 1.89], "CONFIRMED"),
        ([1.87, 1.87, 1.87, 1.87], "REFUTED"),
        ([2.0, 2.0, 2.2, 2.2], "INCONCLUSIVE"),
        ([1.6, 2.4, 1.6, 2.4], "INCONCLUSIVE"),
        ([1.6, 2.4, 1.6], None),
    ],
)
def test_two_standard_errors_of_ours_must_lie_on_one_side_of_the_edge(draws, verdict):
    assert TARGET.decide(TARGET.weigh(np.array(draws))) == verdict


def test_what_would_have_been_told_is_beyond_tolerance_and_our_spread():
    left = TARGET.left(TARGET.weigh(np.full(4, 2.0)))
    size = TARGET.detectable(left)
    assert size == pytest.approx(0.06 / 0.94)
    for printed in (2.0 * (1 - 1.01 * size), 2.0 * (1 + 1.01 * size)):
        assert TARGET.allowed(printed).misses(left)
    assert TARGET.detectable(TARGET.left(TARGET.weigh(np.array([2.0])))) is None


def test_a_target_is_read_back():
    assert Target.from_dict(json.loads(json.dumps(TARGET.as_dict()))) == TARGET


def test_coarse_rounding_counts_beside_the_tolerance():
    (constant, _) = Tabulated.each("largest of 3", *TABLE.by(START), within=0.1)
    target = constant.target(point({"depth": 8, "start": "constant"}), 1e-6)
    assert target.finite_size == pytest.approx(0.005 / 0.13)
    assert target.epsilon == pytest.approx(0.005 / 0.13 + 0.1)


def test_a_number_of_one_digit_is_compared_within_its_rounding():
    found = verify.check(tabulated(misprinted(random_4="2")))["variation_printed_random"]
    assert found.verdict == "CONFIRMED"
    assert found.decided == len(found.trials)
    assert {trial.verdict for trial in found.trials} == {"CONFIRMED"}


def test_what_is_no_table_or_tolerance_is_refused():
    with pytest.raises(ValueError, match="must be a table"):
        Tabulated("largest of 3", form(), within=0.1)
    for within in (0, 1, math.nan):
        with pytest.raises(ValueError, match=r"within = .*: must be in \(0, 1\)"):
            Tabulated("largest of 3", TABLE, within=within)
    for draws in (math.nan, math.inf, 2.5):
        said = Tabulated("largest of 3", TABLE, within=0.1, draws=draws)
        with pytest.raises(UsageError, match=rf"draws = {draws}: must be a whole number$"):
            said.target(point({"depth": 8, "start": "constant"}), 1e-6)
    said = Tabulated("largest of 3", TABLE, within=0.1, draws=lambda values: 1)
    with pytest.raises(UsageError, match="draws = 1: must be at least 2, to see a spread"):
        said.target(point({"depth": 8, "start": "constant"}), 1e-6)


CLAIMS = """
import numpy as np
from theory.domains import OneOf
from theory.papers import Paper
from theory.parameters import DEPTH, Parameter
from theory.tables import Table
from verify import Claim, Experiment, Tabulated

NAMES = ("constant", "random")
START = Parameter("start", "s", OneOf(*NAMES), "start of the weights", NAMES)
TABLE = Table.read(
    "numbers/1.csv", name="variation", where="Table 1", keys=(DEPTH, START), statistic="mean",
    paper=Paper("own", ("A. Person",), "Numbers of one's own", 2026, "note"),
)


def measure(values, *, seed, first_network, networks, device):
    drawn = [
        np.random.default_rng([seed, network]).normal(2, 0.01)
        for network in range(first_network, first_network + networks)
    ]
    return {"mean": np.array(drawn)}


CLAIMS = (
    Claim(
        "own/table", "The variation is 2.",
        says=Tabulated.each("mean", *TABLE.by(START), within=0.1),
        by=Experiment("runs", measure, over=TABLE.domain), examples=TABLE.cells,
    ),
)
"""


def test_a_table_beside_a_file_of_claims_is_checked_and_evaluated(
    tmp_path, touchstone, own_catalogue
):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "1.csv").write_text("depth,constant,random\n2,2.0,2.01\n4,1.98,3\n")
    (tmp_path / "tables_of_ones_own.py").write_text(CLAIMS)
    here = ("--claims", "tables_of_ones_own.py")
    status, out, _ = touchstone("check", "own/table", *here, "--ledger", "kept", "--workers", 1)
    assert status == 1
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["CONFIRMED", "own/table", "variation_constant"],
        ["REFUTED", "own/table", "variation_random"],
    ]
    status, out, _ = touchstone("eval", "own/table", "depth=2,4", "start=random", *here)
    assert (status, out.splitlines()) == (0, [
        "variation_random(depth=2, start=random) = 2.01",
        "variation_random(depth=4, start=random) = 3",
    ])  # fmt: skip
    status, _, err = touchstone("eval", "own/table", "depth=3", "start=random", *here)
    assert status == 2
    assert "depth = 3 is not one of 2 or 4, which Table 1 has" in err
    place = ("--at", "depth=2", "--at", "start=random")
    status, out, _ = touchstone("check", "own/table", *here, *place, "--ledger", "kept")
    assert status == 0


def test_eval_lists_the_parameters_of_many_columns_once(touchstone):
    status, out, err = touchstone("eval", "susanna2024/variation-tables", "depth=128")
    assert (status, out) == (2, "")
    assert err.count("depth (") == 1
