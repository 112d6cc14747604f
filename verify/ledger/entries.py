"""What a ledger holds, trial by trial, read without the catalogue."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from sqlite3 import Row

from verify.errors import DamagedError
from verify.evidence import Evidence
from verify.evidence.pilot import Pilot
from verify.ledger.store import Ledger, at_its_share
from verify.relations import Target
from verify.relations.words import Simulated


@dataclass(frozen=True)
class Entry:
    """One trial as it stands in the file: its row, target (at its alpha) and blocks of evidence.

    `numbers` are those of its blocks, `seconds` the worker time that they took.
    """

    row: Row
    target: Target
    numbers: tuple[int, ...]
    blocks: tuple[Evidence, ...]
    seconds: float

    @property
    def evidence(self) -> Evidence | None:
        """All blocks together, or None before the first."""
        return reduce(operator.add, self.blocks) if self.blocks else None

    def limit_of(self, experiments: Iterable[Simulated]) -> tuple[str, ...]:
        """The sizes to whose limit its number is extrapolated, by experiments that may be its."""
        if not self.target.extrapolates:
            return ()
        told = json.loads(self.row["measured"])  # the sizes that are doubled among it
        sizes = dict.fromkeys(name for one in experiments for name in one.doubled)
        return tuple(name for name in sizes if name in told)

    @property
    def name(self) -> str:
        """The trial in words."""
        row = self.row
        return f"trial {row['id']} ({row['claim']} {row['form']} at {row['point']})"


def entries(ledger: Ledger, **which: str) -> Iterator[Entry]:
    """Every trial of the ledger in order of entry, or those that have these values in columns.

    Raises DamagedError at one that cannot be read.
    """
    some = " AND ".join(["TRUE", *(f"{column} = ?" for column in which)])
    for row in ledger.rows(f"SELECT * FROM trials WHERE {some} ORDER BY id", *which.values()):
        # Trial by trial: all blocks of a ledger are more than one wants to hold.
        blocks = ledger.rows("SELECT * FROM blocks WHERE trial = ? ORDER BY block", row["id"])
        try:
            yield Entry(
                row=row,
                target=_target(row),
                numbers=tuple(one["block"] for one in blocks),
                blocks=tuple(
                    ledger.evidence(
                        row["id"],
                        row["fingerprint"],
                        row["pilot"],
                        one["block"],
                        one["evidence"],
                        one["digest"],
                    )
                    for one in blocks
                ),
                seconds=sum(one["seconds"] for one in blocks),
            )
        except DamagedError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedError(
                f"ledger {ledger.path}: trial {row['id']} is damaged ({error})"
            ) from error


def _target(row: Row) -> Target:
    pilot = None if row["pilot"] is None else Pilot(**json.loads(row["pilot"]))
    return at_its_share(Target.from_dict(json.loads(row["target"])), row["position"], pilot)
