"""`touchstone ledger info|verify|export`: what a ledger holds, and whether it is sound."""

from __future__ import annotations

import json
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
    """Say what a ledger holds. Blocks of evidence are counted here, and read by `verify`."""
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
    from verify.ledger.store import VERSION

    # Of blocks, which are most of a ledger, only their number is read.
    ((trials, claims),) = ledger.rows("SELECT count(*), count(DISTINCT claim) FROM trials")
    ((blocks, seconds),) = ledger.rows("SELECT count(*), coalesce(sum(seconds), 0) FROM blocks")
    # Forms judged at one point share its networks: they count once.
    ((networks,),) = ledger.rows(
        "SELECT coalesce(sum(drawn), 0) FROM (SELECT max(block_size * blocks) AS drawn FROM trials"
        " JOIN (SELECT trial, count(*) AS blocks FROM blocks GROUP BY trial) ON trial = id"
        " GROUP BY claim, point, seed, device, block_size)"
    )
    versions = ledger.rows("SELECT DISTINCT touchstone FROM trials")
    runs = ledger.rows("SELECT DISTINCT budget, seed, device FROM trials")
    verdicts = ledger.rows(
        "SELECT coalesce(verdict, 'undecided yet'), count(*) FROM trials"
        " GROUP BY verdict ORDER BY min(id)"
    )
    return {
        "format": VERSION,
        "bytes": file.stat().st_size,
        "touchstone": sorted(one for (one,) in versions),
        "claims": claims,
        "runs": sorted(map(_run, runs)),
        "trials": trials,
        "verdicts": {row[0]: row[1] for row in verdicts},
        "blocks": blocks,
        "networks": networks,
        "worker_seconds": round(seconds, 3),
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
