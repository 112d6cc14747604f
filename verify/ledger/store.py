"""The ledger: one SQLite file with every trial, block of evidence, verdict, version and machine.

A trial is one form at one point under one seed.  Its evidence is stored block by block, each block
in one transaction, so a run that is killed resumes where it stopped.  What a block holds depends on
the trial alone, so two runs on one file write the same rows and the second copy is ignored.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.errors import DamagedError, UsageError
from verify.evidence import Evidence, Verdict
from verify.evidence.accounting import Account, share_of_alpha
from verify.evidence.pilot import Pilot
from verify.ledger.identity import digest, machine, trial_mark
from verify.relations import Target

APPLICATION = 0x546F7563
VERSION = 7
OLDEST = 6
"""A ledger of it holds all numbers written out, which are read as well as packed ones."""

PATIENCE_SECONDS = 10.0
"""How long to wait for another run's write before the ledger is called locked."""


SCHEMA = """
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    claim TEXT NOT NULL, form TEXT NOT NULL, point TEXT NOT NULL,
    seed TEXT NOT NULL, budget TEXT NOT NULL, device TEXT NOT NULL,
    position INTEGER NOT NULL,
    measured TEXT NOT NULL, target TEXT NOT NULL, block_size INTEGER NOT NULL,
    pilot TEXT, verdict TEXT, allowed_draws INTEGER,
    touchstone TEXT NOT NULL, machine TEXT NOT NULL,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (claim, seed, budget, position)
);
CREATE TABLE blocks (
    trial INTEGER NOT NULL REFERENCES trials (id), block INTEGER NOT NULL,
    evidence TEXT NOT NULL, seconds REAL NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (trial, block)
);
CREATE TABLE records (
    kind TEXT NOT NULL, fingerprint TEXT NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (kind, fingerprint)
);
"""


@dataclass(frozen=True)
class Stored:
    """A trial as the file holds it: its fingerprint, and the blocks of evidence so far.

    The i-th trial of a claim and account stands in `position` i, and is judged by its `target` at
    that share of alpha; `costs` are the seconds that each block took.
    """

    row: int
    mark: str
    position: int
    target: Target
    verdict: Verdict | None
    pilot: Pilot | None
    blocks: list[Evidence]
    costs: list[float]


@dataclass(frozen=True)
class News:
    """What the file lacks of the trial in a row; None of what it has, or of what is not final.

    A block is its number, its evidence and the seconds that it took.
    """

    row: int
    mark: str
    verdict: Verdict | None
    allowed_draws: int | None
    pilot: Mapping[str, Any] | None
    blocks: Sequence[tuple[int, Mapping[str, Any], float]]


def at_its_share(target: Target, position: int, pilot: Pilot | None) -> Target:
    """The target of the trial in a position, with what its pilot says, if there is one."""
    target = dataclasses.replace(target, alpha=share_of_alpha(position))
    return target if pilot is None else target.with_pilot(pilot)


def _read_only_address(path: Path) -> str:
    """Where SQLite finds a file that is not to be changed.

    Readers of a WAL file make files beside it, which the last to close one that it could write
    removes.  In a folder where they cannot, the ledger must be declared unchanging, as it is there.
    """
    file = path.resolve()
    if os.access(file.parent, os.W_OK):
        mode = "mode=rw" if os.access(file, os.W_OK) else "mode=ro"
    else:
        mode = "mode=ro" if file.with_name(f"{file.name}-wal").exists() else "immutable=1"
    return f"{file.as_uri()}?{mode}"


class Ledger:
    """The ledger at `path`, made where there is none; ":memory:" for one that is not kept."""

    def __init__(self, path: str | Path = ":memory:", *, read_only: bool = False) -> None:
        if not isinstance(path, str | Path):
            raise UsageError(f"ledger = {path!r}: must be the path of a file")
        self.path = str(path)
        if Path(path).is_dir():
            raise UsageError(f"ledger {path}: is a folder; must be the path of a file")
        # A whole path, as SQLite takes what begins with file: for an address.
        self._opened: int | None = None
        self._file = None if path == ":memory:" else Path(path).absolute()
        place = _read_only_address(Path(path)) if read_only else str(self._file or path)
        with self._complaining():
            self._connection = sqlite3.connect(
                place, timeout=PATIENCE_SECONDS, isolation_level=None, uri=read_only
            )
        try:
            if read_only:
                self._connection.execute("PRAGMA query_only = ON")
                self._require_tables()
                # A verdict and the blocks that it follows from are read as of one moment.
                self._connection.execute("BEGIN")
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
        self._opened = self._inode()

    def _inode(self) -> int | None:
        """What tells the file from another in its place; None where there is none."""
        try:
            return None if self._file is None else self._file.stat().st_ino
        except OSError:
            return None

    def _require_file(self) -> None:
        """Raise UsageError where the file that was opened is gone: SQLite would write on."""
        if self._opened is not None and self._inode() != self._opened:
            raise UsageError(
                f"ledger {self.path}: was deleted or replaced meanwhile; what was measured is lost"
            )

    def _require_tables(self) -> None:
        """Raise UsageError unless the file holds a ledger already."""
        with self._complaining():
            found = self._require_ledger(self._connection)
        if not found:
            raise UsageError(f"ledger {self.path}: is empty; name one that a check has written")

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
        if tables and found < OLDEST:
            raise UsageError(
                f"ledger {self.path}: version {found}, older than the {OLDEST} read here; "
                "its evidence cannot be read: delete the file, or name another"
            )
        return bool(tables)

    def _complaint(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return f"ledger {self.path}: locked by another program for {PATIENCE_SECONDS:g} seconds"
        if "unable to open" in text:
            return f"ledger {self.path}: cannot be opened; its folder must exist and be writable"
        if "not a database" in text:
            return f"ledger {self.path}: not a ledger; name another file"
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
                self._require_file()
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

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        try:
            if error is None:
                self._require_file()
        finally:
            self.close()

    def entered(
        self,
        claim: str,
        form: str,
        point: str,
        measured: Sequence[str],
        target: Target,
        account: Account,
        block_size: int,
    ) -> Stored:
        """What the file holds of a trial in blocks of that size, entered at its first sight.

        A form is judged at a point by its `target`, and `measured` is all that tells its draws and
        its value from others'.  Blocks behind one that is missing are left out, and
        so drawn again.
        """
        seed, terms = str(account.seed), target.as_dict()
        run = dataclasses.astuple(account)
        mark = trial_mark(claim, form, measured, point, run, block_size, terms)
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT id, position, verdict, pilot FROM trials WHERE fingerprint = ?", (mark,)
            ).fetchone()
            if row is None:
                (last,) = connection.execute(
                    "SELECT coalesce(max(position), 0) FROM trials"
                    " WHERE claim = ? AND seed = ? AND budget = ?",
                    (claim, seed, account.budget),
                ).fetchone()
                cursor = connection.execute(
                    "INSERT INTO trials (fingerprint, claim, form, point, seed, budget, device,"
                    " position, measured, target, block_size, touchstone, machine)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        mark,
                        claim,
                        form,
                        point,
                        seed,
                        account.budget,
                        account.device,
                        last + 1,
                        json.dumps(measured),
                        json.dumps(terms),
                        block_size,
                        machine()["touchstone"],
                        json.dumps(machine()),
                    ),
                )
                row = (cursor.lastrowid, last + 1, None, None)
            stored = connection.execute(
                "SELECT block, evidence, seconds, digest FROM blocks WHERE trial = ?"
                " ORDER BY block",
                (row[0],),
            ).fetchall()
        number, position, verdict, pilot = row
        kept = [one for place, one in enumerate(stored) if one[0] == place]
        said = None if pilot is None else self._pilot(number, pilot)
        return Stored(
            row=number,
            mark=mark,
            position=position,
            target=at_its_share(target, position, said),
            verdict=verdict,
            pilot=said,
            blocks=[
                self.evidence(number, mark, pilot, block, text, mark_of_block)
                for block, text, _, mark_of_block in kept
            ],
            costs=[cost for _, _, cost, _ in kept],
        )

    def _pilot(self, trial: int, text: str) -> Pilot:
        try:
            return Pilot(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise DamagedError(
                f"ledger {self.path}: the pilot of trial {trial} is damaged; name another file"
            ) from error

    def evidence(
        self, trial: int, mark: str, pilot: str | None, block: int, text: str, written: str
    ) -> Evidence:
        """A block of a trial, by its row, its mark and its pilot; DamagedError for a damaged one.

        The digest of a block covers the pilot, too.
        """
        if written != digest(mark, pilot, block, text):
            what = f"block {block} of trial {trial}" + (", or its pilot," if pilot else "")
            raise DamagedError(f"ledger {self.path}: {what} is damaged; name another file")
        return Evidence.from_dict(json.loads(text))

    def save(self, news: Iterable[News]) -> None:
        """Store what is new of some trials, all of it or, on a failure, none."""
        with self._transaction() as connection:
            for one in news:
                said = None if one.pilot is None else json.dumps(one.pilot)
                blocks = [(block, json.dumps(piece), cost) for block, piece, cost in one.blocks]
                connection.execute(
                    "UPDATE trials SET pilot = coalesce(?, pilot),"
                    " verdict = coalesce(?, verdict), allowed_draws = coalesce(?, allowed_draws)"
                    " WHERE id = ?",
                    (said, one.verdict, one.allowed_draws, one.row),
                )
                connection.executemany(
                    "INSERT INTO blocks (trial, block, evidence, seconds, digest)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (trial, block) DO NOTHING",
                    [
                        (one.row, block, text, cost, digest(one.mark, said, block, text))
                        for block, text, cost in blocks
                    ],
                )

    def kept(
        self,
        kind: str,
        mark: str,
        make: Callable[[], Mapping[str, Any] | None],
        lasting: Callable[[], bool] = lambda: True,
    ) -> Any:
        """A stored record; made where there is none, and stored if it then is `lasting`."""
        found = self.record(kind, mark)
        if found is None and (made := make()) is not None:
            if lasting():
                self.add_record(kind, mark, made)
            found = json.loads(json.dumps(made))
        return found

    def record(self, kind: str, mark: str) -> Any:
        """A stored record (a counterexample, the outcomes of mutants), or None."""
        found = self.rows(
            "SELECT content, digest FROM records WHERE kind = ? AND fingerprint = ?", kind, mark
        )
        if not found:
            return None
        content, written = found[0]
        if written != digest(kind, mark, content):
            raise DamagedError(
                f"ledger {self.path}: a record ({kind}) is damaged; name another file"
            )
        return json.loads(content)

    def add_record(self, kind: str, mark: str, content: Mapping[str, Any]) -> None:
        """Store a record under its fingerprint."""
        text = json.dumps(content)
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO records (kind, fingerprint, content, digest)"
                " VALUES (?, ?, ?, ?)",
                (kind, mark, text, digest(kind, mark, text)),
            )
