"""The trials of a ledger as one table, for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.errors import UsageError
from verify.ledger.entries import Entry, entries
from verify.ledger.store import Ledger
from verify.writing import in_one_step

ENDINGS = (".csv", ".parquet")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a formula by."""


def export(ledger: Ledger, out: Path) -> int:
    """Write one row a trial to a .csv or .parquet file, whole or not at all; how many rows.

    Raises UsageError for another ending, for Parquet without pyarrow, for a ledger without trials
    and for a file that cannot be written.
    """
    if out.suffix not in ENDINGS:
        raise UsageError(f"--out {out}: must end in {' or '.join(ENDINGS)}")
    rows = _rows(list(entries(ledger)))
    if not rows:
        raise UsageError(f"ledger {ledger.path}: holds no trials yet")
    try:
        with in_one_step(out) as (part,):
            (_write_csv if out.suffix == ".csv" else _write_parquet)(rows, part)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror or error})") from error
    return len(rows)


def _rows(listed: Sequence[Entry]) -> list[dict[str, Any]]:
    """One row a trial, all of the same columns: of what another kind says a trial's are empty."""
    said = [entry.target.as_dict() for entry in listed]
    nested = {name for terms in said for name, one in terms.items() if isinstance(one, NESTED)}
    columns = dict.fromkeys(name for terms in said for name in terms)
    return [
        _row(
            entry,
            {name: _cell(terms.get(name), is_text=name in nested) for name in columns},
        )
        for entry, terms in zip(listed, said, strict=True)
    ]


NESTED = list | tuple | dict
"""What is written as JSON, and so is all of its column."""


def _row(entry: Entry, terms: Mapping[str, Any]) -> dict[str, Any]:
    row, evidence = entry.row, entry.evidence
    stored = ("claim", "form", "point", "seed", "budget", "device", "position", "block_size")
    return {
        **{name: row[name] for name in stored},
        **terms,
        "verdict": row["verdict"],
        "networks": 0 if evidence is None else evidence.draws,
        "mean": None if evidence is None else evidence.mean,
        "standard_error": None if evidence is None else evidence.standard_error,
        "seconds": entry.seconds,
        "created": row["created"],
        "touchstone": row["touchstone"],
        "machine": row["machine"],
    }


def _cell(value: Any, *, is_text: bool) -> Any:
    return json.dumps(value) if is_text and value is not None else value


def _write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows({name: _safe(cell) for name, cell in row.items()} for row in rows)


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula, quoted; numbers as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _write_parquet(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            "--out: Parquet needs pyarrow; install it with pip install pyarrow, or name a .csv file"
        ) from error
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
