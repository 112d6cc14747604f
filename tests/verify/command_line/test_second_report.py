"""A report over a ledger that holds all it needs draws nothing and says the same."""

import json

import pytest

from verify.ledger.store import Ledger

COINS = """
from theory import ClosedForm, Paper
from theory.domains import Reals
from theory.parameters import Parameter
from verify import Claim, Equal, Experiment, one_network

NOTES = Paper("coins2026", ("A. Reader",), "Coins", 2026, "notes")
HEADS = Parameter("heads", "p", Reals(0.2, 0.8), "chance", (0.2, 0.8))


@one_network
def coin(generator, heads):
    return (generator.random(100) < heads).mean()


def form(name, factor, **terms):
    return ClosedForm(
        name=name, expr=factor * HEADS.symbol, paper=NOTES, where=name, status="derived",
        parameters=(HEADS,), **terms,
    )


CLAIMS = (
    Claim(
        id="coins2026/heads", statement="Heads come up as often as they should.",
        by=Experiment("coins", coin), within=0.2,
        says=Equal.each("value", form("twice", 2, superseded_by="once"), form("once", 1)),
    ),
)
"""


@pytest.mark.usefixtures("own_catalogue")
def test_a_second_report_draws_nothing_and_says_the_same(touchstone, tmp_path):
    file, ledger = tmp_path / "coins_of_a_reader.py", tmp_path / "ledger"
    file.write_text(COINS)

    def report(name):
        out = tmp_path / f"{name}.html"
        status, _, err = touchstone(
            "report", "--claims", file, "--paper", "coins2026", "--out", out,
            "--ledger", ledger, "--workers", 1,
        )  # fmt: skip
        assert status == 0, err
        with Ledger(ledger, read_only=True) as kept:
            held = [
                tuple(row) for row in kept.rows("SELECT trial, block, evidence FROM blocks")
            ] + [tuple(row) for row in kept.rows("SELECT * FROM records")]
        content = json.loads(out.with_suffix(".json").read_text())
        return held, {**content, "created": None}, err

    held, content, told = report("first")
    assert "draws this run" in told
    again, repeated, told = report("second")
    assert again == held
    assert repeated == content
    assert "draws this run" not in told
