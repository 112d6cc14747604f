"""The ledger: one SQLite file with every trial, block of evidence, verdict, version and machine.

A trial is one form at one point under one seed.  Its evidence is stored block by block, each block
in one transaction, so a run that is killed resumes where it stopped.  What a block holds depends on
the trial alone, so two runs on one file write the same rows and the second copy is ignored.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import operator
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from verify.claim import Claim, Judged, Point
from verify.errors import UsageError
from verify.identity import name_of, own_code
from verify.statistics import (
    Evidence,
    Target,
    Verdict,
    decide,
    smallest_detectable_error,
)

DEFAULT_LEDGER = Path("touchstone.sqlite")
APPLICATION = 0x546F7563
VERSION = 3
ALPHA = 1e-6
"""False-alarm probability of one claim in one run, shared out over its trials."""

PATIENCE_SECONDS = 10.0
"""How long to wait for another run's write before the ledger is called locked."""

WIDEST_REMAINDER = 0.1
"""A trial whose stated finite-size remainder is wider than this is shown, but confirms nothing."""

SCHEMA = """
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    claim TEXT NOT NULL, form TEXT NOT NULL, point TEXT NOT NULL,
    seed TEXT NOT NULL, budget TEXT NOT NULL, device TEXT NOT NULL,
    position INTEGER NOT NULL,
    measured TEXT NOT NULL, target TEXT NOT NULL, block_size INTEGER NOT NULL,
    verdict TEXT, allowed_draws INTEGER,
    touchstone TEXT NOT NULL, machine TEXT NOT NULL,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (claim, seed, budget, position)
);
CREATE TABLE blocks (
    trial INTEGER NOT NULL REFERENCES trials (id), block INTEGER NOT NULL,
    evidence TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (trial, block)
);
CREATE TABLE records (
    kind TEXT NOT NULL, fingerprint TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (kind, fingerprint)
);
"""


@cache
def machine() -> dict[str, Any]:
    """What a figure depends on besides the seed."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        **{name: version(name) for name in ("numpy", "scipy", "sympy", "torch")},
        "touchstone": f"{version('touchstone')}+{own_code()}",
    }


def fingerprint(*parts: object, touchstone: str | None = None) -> str:
    """Digest of what identifies a row, and of the version that wrote it (this one if None)."""
    text = json.dumps([touchstone or machine()["touchstone"], *parts], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def trial_mark(
    claim: str,
    form: str,
    measured: Sequence[str],
    point: str,
    run: Sequence[Any],
    block_size: int,
    terms: Mapping[str, Any],
    touchstone: str | None = None,
) -> str:
    """Fingerprint of a trial: all that its evidence depends on, and the terms it is judged on."""
    judged_on = [value for name, value in terms.items() if name != "alpha"]
    return fingerprint(
        claim, form, measured, point, run, block_size, judged_on, touchstone=touchstone
    )


def share_of_alpha(position: int) -> float:
    """Alpha of the trial entered as number `position` >= 1; over all trials they sum to ALPHA."""
    return ALPHA / (position * (position + 1))


@dataclass(frozen=True)
class Run:
    """What alpha is shared within: a master seed and a budget, on one type of device."""

    seed: int
    budget: str
    device: str


def within_reach(target: Target) -> bool:
    """Whether the stated remainder is so small that the trial may confirm its form."""
    return target.finite_size <= WIDEST_REMAINDER


def reached(evidence: Evidence | None, target: Target) -> Verdict | None:
    """The verdict that the evidence reaches, if any; out of reach, only a refutation is one."""
    verdict = None if evidence is None else decide(evidence, target)
    return verdict if verdict == "REFUTED" or within_reach(target) else None


def at_the_end(target: Target) -> Verdict:
    """The verdict of a trial that reached none with all its draws."""
    held = target.relation == "exact" and within_reach(target)
    return "CONFIRMED" if held else "INCONCLUSIVE"


def followed(blocks: Iterable[Evidence], target: Target) -> Verdict | None:
    """The first verdict that the blocks reach, taken in order, if any."""
    for evidence in accumulate(blocks, operator.add):
        verdict = reached(evidence, target)
        if verdict is not None:
            return verdict
    return None


@dataclass
class Trial:
    """One form at one point under one seed: its target, and the blocks of evidence so far.

    `mark` is its fingerprint; `allowed_draws` is how many it may have before it is given up.
    """

    row: int
    mark: str
    judged: Judged
    point: Point
    position: int
    target: Target
    verdict: Verdict | None
    blocks: list[Evidence]
    seconds: float
    allowed_draws: int = 0
    evidence: Evidence | None = field(init=False)
    """All blocks together; there are none beyond the verdict."""

    def __post_init__(self) -> None:
        self.evidence = reduce(operator.add, self.blocks) if self.blocks else None

    def take(self, piece: Evidence, seconds: float) -> None:
        """Add a block of evidence and what it cost."""
        self.blocks.append(piece)
        self.seconds += seconds
        self.evidence = piece if self.evidence is None else self.evidence + piece

    @property
    def counted(self) -> bool:
        """Whether the trial decides: the form's limit is within reach, or it is refuted even so."""
        return within_reach(self.target) or self.verdict == "REFUTED"

    @property
    def remark(self) -> str | None:
        """Why a trial is not counted."""
        if self.counted:
            return None
        width, remainder = self.point.values.get("width"), self.target.finite_size
        return (
            f"out of reach of the limit: at width {width} the stated remainder is {remainder:.2g}"
        )

    @property
    def smallest_detectable_error(self) -> float | None:
        """The least relative error that would have been caught; None before any draw.

        A smaller one than epsilon could have been CONFIRMED, and a larger one must also be within
        the power of the draws that are allowed.
        """
        if not self.allowed_draws or not self.blocks:
            return None
        refutable = smallest_detectable_error(self.target, self.allowed_draws)
        return None if refutable is None else max(refutable, self.target.epsilon)


def _name_in(claim: Claim) -> str:
    """The claim's measurement, told apart by the file as well that the claim was loaded from."""
    from verify.claims import BY_ID, FILES

    known = BY_ID.get(claim.id) is claim
    return name_of(claim.measure, FILES.get(claim.id) if known else None)


def _read_only_address(path: Path) -> str:
    """Where SQLite finds a file that it is not to write.

    Readers of a WAL file make a file beside it.  In a folder where they cannot, the ledger must be
    declared unchanging, as it is there.
    """
    file = path.resolve()
    shared = os.access(file.parent, os.W_OK) or file.with_name(f"{file.name}-wal").exists()
    return f"{file.as_uri()}?{'mode=ro' if shared else 'immutable=1'}"


class Ledger:
    """The ledger at `path`, made where there is none; ":memory:" for one that is not kept."""

    def __init__(self, path: str | Path = ":memory:", *, read_only: bool = False) -> None:
        if not isinstance(path, str | Path):
            raise UsageError(f"ledger = {path!r}: must be the path of a file")
        self.path = str(path)
        place = _read_only_address(Path(path)) if read_only else self.path
        with self._complaining():
            self._connection = sqlite3.connect(
                place, timeout=PATIENCE_SECONDS, isolation_level=None, uri=read_only
            )
        try:
            if read_only:
                with self._complaining():
                    self._require_ledger(self._connection)
            else:
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        with self._transaction() as connection:
            if not self._require_ledger(connection):
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
        with self._complaining():
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A power cut may take the last blocks, which are drawn again; nothing else can.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")

    def _require_ledger(self, connection: sqlite3.Connection) -> bool:
        """Whether there are tables; UsageError if they are not those of this version's ledger."""
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION and tables:
            raise UsageError(f"ledger {self.path}: a database, but not a Touchstone ledger")
        if found > VERSION:
            raise UsageError(
                f"ledger {self.path}: version {found}, newer than the {VERSION} known here; "
                "upgrade touchstone"
            )
        if tables and found < VERSION:
            raise UsageError(
                f"ledger {self.path}: version {found}, older than the {VERSION} written here; "
                "its evidence cannot be read: delete the file, or name another with --ledger"
            )
        return bool(tables)

    def _complaint(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return f"ledger {self.path}: locked by another program for {PATIENCE_SECONDS:g} seconds"
        if "not a database" in text:
            return f"ledger {self.path}: not a ledger; name another file with --ledger"
        if "full" in text or "disk I/O" in text:
            return (
                f"ledger {self.path}: {text}; what was measured before is kept, "
                "run the command again when there is room"
            )
        return f"ledger {self.path}: {text}"

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        """Turn any failure of the file into one line."""
        try:
            yield
        except sqlite3.Error as error:
            raise UsageError(self._complaint(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._complaining():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """What a SELECT statement finds, by name of column."""
        with self._complaining():
            cursor = self._connection.execute(statement, values)
            cursor.row_factory = sqlite3.Row
            return cursor.fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def trial(self, claim: Claim, judged: Judged, point: Point, run: Run, block_size: int) -> Trial:
        """The trial of a form at a point in blocks of that size, entered at its first sight.

        The i-th trial of a claim and run is judged at `share_of_alpha(i)`.  Its verdict is the one
        in the file; blocks behind one that is missing are left out, and so drawn again.
        """
        unit = judged.target(point, 1.0)
        terms = dataclasses.asdict(unit)
        measured = (_name_in(claim), judged.quantity, judged.identity(point))
        seed = str(run.seed)
        mark = trial_mark(
            claim.id, judged.name, measured, point.key, dataclasses.astuple(run), block_size, terms
        )
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT id, position, verdict FROM trials WHERE fingerprint = ?", (mark,)
            ).fetchone()
            if row is None:
                (last,) = connection.execute(
                    "SELECT coalesce(max(position), 0) FROM trials"
                    " WHERE claim = ? AND seed = ? AND budget = ?",
                    (claim.id, seed, run.budget),
                ).fetchone()
                cursor = connection.execute(
                    "INSERT INTO trials (fingerprint, claim, form, point, seed, budget, device,"
                    " position, measured, target, block_size, touchstone, machine)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        mark,
                        claim.id,
                        judged.name,
                        point.key,
                        seed,
                        run.budget,
                        run.device,
                        last + 1,
                        json.dumps(measured),
                        json.dumps(terms),
                        block_size,
                        machine()["touchstone"],
                        json.dumps(machine()),
                    ),
                )
                row = (cursor.lastrowid, last + 1, None)
            stored = connection.execute(
                "SELECT block, evidence, seconds FROM blocks WHERE trial = ? ORDER BY block",
                (row[0],),
            ).fetchall()
        number, position, verdict = row
        kept = [(text, cost) for place, (block, text, cost) in enumerate(stored) if block == place]
        return Trial(
            row=number,
            mark=mark,
            judged=judged,
            point=point,
            position=position,
            target=dataclasses.replace(unit, alpha=share_of_alpha(position)),
            verdict=verdict,
            blocks=[self._evidence(text, number, block) for block, (text, _) in enumerate(kept)],
            seconds=sum(cost for _, cost in kept),
        )

    def _evidence(self, text: str, trial: int, block: int) -> Evidence:
        try:
            return Evidence.from_dict(json.loads(text))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"ledger {self.path}: block {block} of trial {trial} is damaged; "
                "name another file with --ledger"
            ) from error

    def add_blocks(self, block: int, entries: list[tuple[Trial, Evidence, float]]) -> None:
        """Store one block of several trials at once: all of them or, on a failure, none."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO blocks (trial, block, evidence, seconds) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (trial, block) DO NOTHING",
                [
                    (trial.row, block, json.dumps(evidence.as_dict()), cost)
                    for trial, evidence, cost in entries
                ],
            )

    def settle(self, trial: Trial, verdict: Verdict) -> None:
        """Write a trial's verdict, and how many draws it might have had."""
        trial.verdict = verdict
        with self._transaction() as connection:
            connection.execute(
                "UPDATE trials SET verdict = ?, allowed_draws = ? WHERE id = ?",
                (verdict, trial.allowed_draws, trial.row),
            )

    def record(self, kind: str, mark: str) -> Any:
        """A stored record (a counterexample, an observation), or None."""
        found = self.rows(
            "SELECT content FROM records WHERE kind = ? AND fingerprint = ?", kind, mark
        )
        return json.loads(found[0]["content"]) if found else None

    def add_record(self, kind: str, mark: str, content: Mapping[str, Any]) -> None:
        """Store a record under its fingerprint."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO records (kind, fingerprint, content) VALUES (?, ?, ?)",
                (kind, mark, json.dumps(content)),
            )

    def last_verdicts(self, claim_id: str, form: str) -> list[tuple[str, Verdict, str, str, str]]:
        """Point, verdict, seed, budget and target of a form's decided trials, latest first."""
        found = self.rows(
            "SELECT point, verdict, seed, budget, target FROM trials"
            " WHERE claim = ? AND form = ? AND verdict IS NOT NULL ORDER BY id DESC",
            claim_id,
            form,
        )
        return [tuple(row) for row in found]
