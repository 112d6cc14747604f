"""Whether a ledger is sound: every verdict must follow again from the evidence beside it.

Trials are checked, and by what is stored of them: evidence that was made up with care, or the last
trial of a run taken out, cannot be seen.  Of records (counterexamples, outcomes of mutants), which
are derived from trials, only damage is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from sqlite3 import Row

from verify.engine.sizes import blocks_for_show, blocks_to_decide
from verify.errors import DamagedError, UsageError
from verify.evidence import Verdict
from verify.evidence.accounting import BUDGETS, Budget
from verify.ledger.entries import Entry, entries
from verify.ledger.identity import digest, trial_mark
from verify.ledger.store import Ledger


def audit(ledger: Ledger) -> list[str]:
    """What is wrong with a ledger, a line each; it is sound where there is nothing."""
    file_faults = [*_file_faults(ledger), *_record_faults(ledger)]
    if file_faults:
        return file_faults
    trial_faults: list[str] = []
    rows: list[Row] = []
    try:
        for entry in entries(ledger):  # one of which is held at a time
            trial_faults += _trial_faults([entry])
            rows.append(entry.row)
    except DamagedError as error:
        return [str(error)]
    return [*trial_faults, *_position_faults(rows)]


def require_sound(ledger: Ledger) -> None:
    """Refuse a ledger that is not sound, in one line."""
    for fault in audit(ledger):
        raise UsageError(_refused(ledger, fault))


def sound_entries(ledger: Ledger, **which: str) -> list[Entry]:
    """The trials that have these values in columns; UsageError where one does not follow."""
    listed = list(entries(ledger, **which))
    for fault in _trial_faults(listed):
        raise UsageError(_refused(ledger, fault))
    return listed


def _refused(ledger: Ledger, fault: str) -> str:
    words = fault.removeprefix(f"ledger {ledger.path}: ")
    return f"ledger {ledger.path}: {words}; `touchstone ledger verify` lists what is wrong"


def _trial_faults(listed: Iterable[Entry]) -> Iterator[str]:
    for entry in listed:
        for fault in (_fingerprint_fault(entry), _block_fault(entry), _verdict_fault(entry)):
            if fault is not None:
                yield f"{entry.name}: {fault}"


def _file_faults(ledger: Ledger) -> Iterator[str]:
    for (line,) in ledger.rows("PRAGMA integrity_check"):
        if line != "ok":
            yield f"file: {line}"
    for table, row, parent, _ in ledger.rows("PRAGMA foreign_key_check"):
        yield f"file: row {row} of {table} belongs to no row of {parent}"


def _record_faults(ledger: Ledger) -> Iterator[str]:
    for kind, mark, content, written in ledger.rows(
        "SELECT kind, fingerprint, content, digest FROM records"
    ):
        if written != digest(kind, mark, content):
            yield f"record {mark} ({kind}): is damaged"


def _fingerprint_fault(entry: Entry) -> str | None:
    row = entry.row
    unit = json.loads(row["target"])
    run = (int(row["seed"]), row["budget"], row["device"])
    found = trial_mark(
        row["claim"], row["form"], json.loads(row["measured"]), row["point"], run,
        row["block_size"], unit, touchstone=row["touchstone"],
    )  # fmt: skip
    return None if found == row["fingerprint"] else "its fingerprint is that of another trial"


def _block_fault(entry: Entry) -> str | None:
    if entry.numbers != tuple(range(len(entry.numbers))):
        return f"its blocks are {', '.join(map(str, entry.numbers))}: one is missing"
    size = entry.row["block_size"]
    if any(block.draws + block.excluded != size for block in entry.blocks):
        return f"a block does not hold {size} draws"
    return None


def _verdict_fault(entry: Entry) -> str | None:
    stored = entry.row["verdict"]
    if stored is None:
        return None
    follows = _replayed(entry)
    if stored == follows:
        return None
    return f"is {stored}, but its evidence says {follows or 'nothing yet'}"


def _replayed(entry: Entry) -> Verdict | None:
    """The verdict that follows from the blocks, taken in order."""
    target, budget = entry.target, BUDGETS[entry.row["budget"]]
    verdict = target.decide_in_order(entry.blocks)[0]
    if verdict is not None:
        return verdict
    if len(entry.blocks) < _blocks_to_the_end(entry, budget):
        return None
    return target.at_the_end(entry.evidence, budget.draws)


def _blocks_to_the_end(entry: Entry, budget: Budget) -> int:
    """Blocks without which a trial was not at its end: those stored, and the least it can have."""
    target, size = entry.target, entry.row["block_size"]
    stored = (entry.row["allowed_draws"] or 0) // size
    if not target.within_reach:
        return max(stored, blocks_for_show(size))
    return max(1, stored, blocks_to_decide(target, target.plan(entry.evidence), budget, size))


def _position_faults(rows: Iterable[Row]) -> Iterator[str]:
    """Each claim and run shares alpha over the positions 1, 2, ... in order of entry."""
    given = defaultdict(list)
    for row in rows:
        given[row["claim"], row["seed"], row["budget"]].append(row["position"])
    for (claim, seed, budget), positions in given.items():
        if positions != list(range(1, len(positions) + 1)):
            yield f"{claim} (seed {seed}, {budget}): its shares of alpha are not given in order"
