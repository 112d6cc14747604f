"""The ledger: one SQLite file with every trial, block of evidence, verdict, version and machine.

A trial is one form at one point under one seed.  Its evidence is stored block by block, each block
in one transaction, so a run that is killed resumes where it stopped.  What a block holds depends on
the trial alone, so two runs on one file write the same rows and the second copy is ignored.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from verify.claim import Claim, Judged, Point, name_of
from verify.errors import UsageError
from verify.statistics import (
    Evidence,
    Target,
    Verdict,
    decide_in_order,
    smallest_detectable_error,
)

APPLICATION = 0x546F7563
VERSION = 1
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
    seed TEXT NOT NULL, budget TEXT NOT NULL,
    position INTEGER NOT NULL,
    target TEXT NOT NULL,
    verdict TEXT,
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
        **{name: version(name) for name in ("numpy", "scipy", "sympy", "torch", "touchstone")},
    }


def fingerprint(*parts: object) -> str:
    """Digest of what identifies a row."""
    text = json.dumps([machine()["touchstone"], *parts], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Run:
    """What alpha is shared within: a master seed and a budget, on one type of device."""

    seed: int
    budget: str
    device: str


@dataclass
class Trial:
    """One form at one point under one seed: its target, and the blocks of evidence so far."""

    row: int
    judged: Judged
    point: Point
    position: int
    target: Target
    verdict: Verdict | None
    blocks: list[Evidence]
    seconds: float
    allowed_draws: int = 0

    @property
    def counted(self) -> bool:
        """Whether the trial decides: the form's limit is within reach, or it is refuted even so."""
        return self.target.finite_size <= WIDEST_REMAINDER or self.verdict == "REFUTED"

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

    @property
    def evidence(self) -> Evidence | None:
        """The evidence up to the verdict, or all there is."""
        return decide_in_order(self.blocks, self.target)[1]


class Ledger:
    """The ledger at `path`, made where there is none; ":memory:" for one that is not kept."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        if not isinstance(path, str | Path):
            raise UsageError(f"ledger = {path!r}: must be the path of a file")
        self.path = str(path)
        try:
            self._connection = sqlite3.connect(
                self.path, timeout=PATIENCE_SECONDS, isolation_level=None
            )
        except sqlite3.Error as error:
            raise UsageError(self._complaint(error)) from error
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        with self._transaction() as connection:
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
            if not tables:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            raise UsageError(self._complaint(error)) from error

    def _complaint(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return f"ledger {self.path}: locked by another program for {PATIENCE_SECONDS:g} seconds"
        if "not a database" in text:
            return f"ledger {self.path}: not a ledger; name another file with --ledger"
        return f"ledger {self.path}: {text}"

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise UsageError(self._complaint(error)) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def trial(self, claim: Claim, judged: Judged, point: Point, run: Run, block_size: int) -> Trial:
        """The trial of a form at a point in blocks of that size, entered at its first sight.

        The i-th trial of a claim and run is judged at ALPHA / (i (i + 1)), which sums to ALPHA
        over any number of trials.
        """
        unit = judged.target(point, 1.0)
        terms = [v for k, v in dataclasses.asdict(unit).items() if k != "alpha"]
        measured = (name_of(claim.measure), judged.quantity)
        seed = str(run.seed)
        mark = fingerprint(
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
                    "INSERT INTO trials (fingerprint, claim, form, point, seed, budget, position,"
                    " target, touchstone, machine) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        mark,
                        claim.id,
                        judged.name,
                        point.key,
                        seed,
                        run.budget,
                        last + 1,
                        json.dumps(dataclasses.asdict(unit)),
                        machine()["touchstone"],
                        json.dumps(machine()),
                    ),
                )
                row = (cursor.lastrowid, last + 1, None)
            stored = connection.execute(
                "SELECT evidence, seconds FROM blocks WHERE trial = ? ORDER BY block", (row[0],)
            ).fetchall()
        number, position, verdict = row
        return Trial(
            row=number,
            judged=judged,
            point=point,
            position=position,
            target=dataclasses.replace(unit, alpha=ALPHA / (position * (position + 1))),
            verdict=verdict,
            blocks=[self._evidence(text, number, block) for block, (text, _) in enumerate(stored)],
            seconds=sum(seconds for _, seconds in stored),
        )

    def _evidence(self, text: str, trial: int, block: int) -> Evidence:
        try:
            return Evidence(**{name: _restored(v) for name, v in json.loads(text).items()})
        except (AttributeError, TypeError, ValueError) as error:
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
                [(trial.row, block, _text(evidence), cost) for trial, evidence, cost in entries],
            )

    def settle(self, trial: Trial, verdict: Verdict) -> None:
        """Write a trial's verdict."""
        trial.verdict = verdict
        with self._transaction() as connection:
            connection.execute("UPDATE trials SET verdict = ? WHERE id = ?", (verdict, trial.row))

    def record(self, kind: str, mark: str) -> Any:
        """A stored record (a counterexample, an observation), or None."""
        row = self._connection.execute(
            "SELECT content FROM records WHERE kind = ? AND fingerprint = ?", (kind, mark)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def add_record(self, kind: str, mark: str, content: Mapping[str, Any]) -> None:
        """Store a record under its fingerprint."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO records (kind, fingerprint, content) VALUES (?, ?, ?)",
                (kind, mark, json.dumps(content)),
            )

    def last_verdicts(self, claim_id: str, form: str) -> list[tuple[str, Verdict, str, str, str]]:
        """Point, verdict, seed, budget and target of a form's decided trials, latest first."""
        return list(
            self._connection.execute(
                "SELECT point, verdict, seed, budget, target FROM trials"
                " WHERE claim = ? AND form = ? AND verdict IS NOT NULL ORDER BY id DESC",
                (claim_id, form),
            )
        )


def _text(evidence: Evidence) -> str:
    fields = dataclasses.asdict(evidence)
    return json.dumps(
        {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in fields.items()}
    )


def _restored(value: Any) -> Any:
    return np.array(value, dtype=np.float64) if isinstance(value, list) else value
