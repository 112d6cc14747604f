"""`touchstone ledger info|verify|export`: what a ledger holds, and whether it is sound."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verify.command_line.options import DEFAULT_LEDGER, LedgerFile
from verify.errors import UsageError
from verify.numbers import plural

if TYPE_CHECKING:
    from verify.ledger.store import Ledger

EXIT_UNSOUND = 1

commands = typer.Typer(
    name="ledger",
    help="Look into a ledger, check that it is sound, or export it. It is never written to.",
)


@commands.command()
def info(
    file: LedgerFile = DEFAULT_LEDGER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a ledger holds."""
    with _reading(file) as ledger:
        found = described(ledger, file)
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        shown = ", ".join(_shown(value)) if isinstance(value, dict | list) else f"{value}"
        print(f"{name.replace('_', ' '):18} {shown or 'none'}")


def _shown(value: dict[str, int] | list[str]) -> list[str]:
    return (
        [f"{count} {name}" for name, count in value.items()] if isinstance(value, dict) else value
    )


def described(ledger: Ledger, file: Path) -> dict[str, Any]:
    """What a ledger holds, in the order in which it is printed."""
    from verify.ledger.entries import entries
    from verify.ledger.store import VERSION

    listed = list(entries(ledger))
    # Forms judged at one point share its networks: they count once.
    points = {
        (row["claim"], row["point"], row["seed"], row["device"], row["block_size"]): 0
        for row in (entry.row for entry in listed)
    }
    for entry in listed:
        row = entry.row
        point = row["claim"], row["point"], row["seed"], row["device"], row["block_size"]
        points[point] = max(points[point], sum(block.draws for block in entry.blocks))
    return {
        "format": VERSION,
        "bytes": file.stat().st_size,
        "touchstone": sorted({entry.row["touchstone"] for entry in listed}),
        "claims": len({entry.row["claim"] for entry in listed}),
        "runs": sorted({_run(entry.row) for entry in listed}),
        "trials": len(listed),
        "verdicts": dict(Counter(entry.row["verdict"] or "undecided yet" for entry in listed)),
        "blocks": sum(len(entry.blocks) for entry in listed),
        "networks": sum(points.values()),
        "worker_seconds": round(sum(entry.seconds for entry in listed), 3),
    }


def _run(row: Any) -> str:
    return f"{row['budget']} with seed {row['seed']} on {row['device']}"


@commands.command()
def verify(file: LedgerFile = DEFAULT_LEDGER) -> None:
    """Check that the verdict of every trial follows again from the evidence stored with it.

    Prints one line a fault; exit status 1 if there is any. A trial that is missing at the end of a
    run, and evidence that was made up with care, cannot be seen, nor can another text of seconds,
    machine, date of entry or the number of draws that were allowed. Counterexamples and outcomes
    of mutants are derived from trials: a changed one is seen, a deleted one is not.
    """
    from verify.judging.audit import audit

    with _reading(file) as ledger:
        found = audit(ledger)
        (trials,) = ledger.rows("SELECT count(*) FROM trials")[0]
    for line in found:
        print(line)
    if found:
        raise typer.Exit(EXIT_UNSOUND)
    print(f"{file}: sound; the verdicts of {plural(trials, 'trial')} follow again")


@commands.command("export")
def export_trials(
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .csv or .parquet file.")],
    file: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Write one row a trial: what was claimed, at which error, verdict, measured mean and cost.

    A ledger of which a verdict does not follow from its evidence (see verify) is refused.
    """
    from verify.judging.audit import require_sound
    from verify.ledger.export import export

    with _reading(file) as ledger:
        require_sound(ledger)
        trials = export(ledger, out)
    print(f"{out}: {plural(trials, 'trial')}")


def _reading(file: Path) -> Ledger:
    if not file.exists():
        raise UsageError(f"ledger {file}: no such file; `touchstone check` makes one")
    from verify.ledger.store import Ledger

    return Ledger(file, read_only=True)
