"""Whether a ledger is sound: every verdict must follow again from the evidence beside it."""

from __future__ import annotations

import json
import operator
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from verify.claim import BUDGETS
from verify.ledger import Ledger, at_the_end, reached, trial_mark, within_reach
from verify.ledger_entries import Entry, entries
from verify.statistics import Verdict, draws_to_confirm


def faults(ledger: Ledger) -> Iterator[str]:
    """What is wrong with the ledger, one line a fault; nothing where it is sound."""
    file_faults = [*_file_faults(ledger)]
    yield from file_faults
    if file_faults:
        return
    listed = list(entries(ledger))
    for entry in listed:
        for fault in (_fingerprint_fault(entry), _block_fault(entry), _verdict_fault(entry)):
            if fault is not None:
                yield f"{entry.name}: {fault}"
    yield from _position_faults(listed)


def _file_faults(ledger: Ledger) -> Iterator[str]:
    for (line,) in ledger.rows("PRAGMA integrity_check"):
        if line != "ok":
            yield f"file: {line}"
    for table, row, parent, _ in ledger.rows("PRAGMA foreign_key_check"):
        yield f"file: row {row} of {table} belongs to no row of {parent}"


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
    if any(block.draws != size for block in entry.blocks):
        return f"a block does not hold {size} draws"
    return None


def _verdict_fault(entry: Entry) -> str | None:
    stored = entry.row["verdict"]
    if stored is None or entry.target.relation == "symbolic":
        return None
    follows = _replayed(entry)
    if stored == follows:
        return None
    return f"is {stored}, but its evidence says {follows or 'nothing yet'}"


def _replayed(entry: Entry) -> Verdict | None:
    """The verdict that follows from the blocks, taken in order."""
    target = entry.target
    budget = BUDGETS.get(entry.row["budget"])
    if within_reach(target) and budget is not None and draws_to_confirm(target) > budget.draws:
        return "INFEASIBLE"
    for evidence in accumulate(entry.blocks, operator.add):
        verdict = reached(evidence, target)
        if verdict is not None:
            return verdict
    return at_the_end(target) if entry.row["verdict"] is not None else None


def _position_faults(listed: list[Entry]) -> Iterator[str]:
    """Each claim and run shares alpha over the positions 1, 2, ..., each of them given once."""
    given = defaultdict(list)
    for entry in listed:
        row = entry.row
        given[row["claim"], row["seed"], row["budget"]].append(row["position"])
    for (claim, seed, budget), positions in given.items():
        if sorted(positions) != list(range(1, len(positions) + 1)):
            yield f"{claim} (seed {seed}, {budget}): its shares of alpha are not given in order"
