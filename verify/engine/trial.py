"""A trial: one form at one point under one seed, its evidence and its verdict."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from verify.evidence import Evidence, Verdict
from verify.evidence.accounting import Account
from verify.evidence.pilot import Pilot
from verify.ledger.store import Ledger, News
from verify.model import Point
from verify.relations import Statement, Target
from verify.relations.said import Said


@dataclass
class Trial:
    """One form at one point under one seed: its target, and the blocks of evidence so far.

    `mark` is its fingerprint, `costs` are the seconds that each block took.  `allowed_draws` is how
    many it may have before it is given up, known once its verdict is final: without it, a verdict
    of INCONCLUSIVE says that nothing more was drawn, and is not kept.
    """

    row: int
    mark: str
    statement: Statement
    point: Point
    position: int
    target: Target
    verdict: Verdict | None
    blocks: list[Evidence]
    costs: list[float]
    pilot: Pilot | None = None
    allowed_draws: int = 0
    kept: bool = True
    """Whether the ledger is told of it."""

    evidence: Evidence | None = field(init=False)
    """All blocks together, where a draw counts; there are none beyond the verdict."""

    reached: Verdict | None = field(init=False)
    """The first verdict that the blocks reach, taken in order."""

    @cached_property
    def plan(self) -> float:
        """Draws that CONFIRMED takes, as far as pilot and evidence tell.

        Asked for at every block of any run, to say what is left.
        """
        return self.target.plan(self.evidence)

    def _forget_plan(self) -> None:
        self.__dict__.pop("plan", None)

    def __post_init__(self) -> None:
        self._total: Evidence | None = None
        self.evidence = None
        self.reached = self.target.reached(None)
        for piece in self.blocks:
            self._count(piece)
        self._saved = self.verdict, self.pilot, len(self.blocks)

    @property
    def seconds(self) -> float:
        """Worker time that its blocks took."""
        return sum(self.costs)

    @property
    def _state(self) -> tuple[Verdict | None, Pilot | None, int]:
        """What a ledger is to hold of it: of a verdict that is not final, the one that it holds."""
        verdict = self.verdict if self.allowed_draws else self._saved[0]
        return verdict, self.pilot, len(self.blocks)

    def news(self) -> News | None:
        """What is new of it since the ledger was told last, if anything."""
        verdict, pilot, count = self._state
        if self._state == self._saved or not self.kept:
            return None
        return News(
            self.row,
            self.mark,
            verdict,
            self.allowed_draws or None,
            None if pilot is None else asdict(pilot),
            [(k, self.blocks[k].as_dict(), self.costs[k]) for k in range(self._saved[2], count)],
        )

    def count_once(self) -> None:
        """Keep it, and all that is derived from it, to this check alone."""
        if self.kept:
            self.kept, self.mark = False, uuid.uuid4().hex

    def is_saved(self) -> None:
        """Take note that the ledger holds all of it."""
        self._saved = self._state

    def take_pilot(self, pilot: Pilot) -> None:
        """Judge by what a pilot says from here on."""
        self.pilot, self.target = pilot, self.target.with_pilot(pilot)
        self._forget_plan()

    def take(self, piece: Evidence, seconds: float) -> None:
        """Add a block of evidence and what it cost."""
        self.blocks.append(piece)
        self.costs.append(seconds)
        self._count(piece)

    def _count(self, piece: Evidence) -> None:
        """Judge by one more block, stored or new."""
        self._total = piece if self._total is None else self._total + piece
        self.evidence = self._total if self._total.draws else None
        self._forget_plan()
        if self.reached is None:
            self.reached = self.target.reached(self.evidence)

    @property
    def excluded(self) -> int:
        """Draws that broke an assumption, and count neither for nor against."""
        return 0 if self._total is None else self._total.excluded

    @property
    def estimate(self) -> float:
        """The number to show beside the form's; it decides nothing, and is NaN before any draw."""
        return self.target.seen(self.evidence)

    @property
    def limit_of(self) -> tuple[str, ...]:
        """The sizes to whose limit that number is extrapolated."""
        return self.point.experiment.doubled if self.target.extrapolates else ()

    @property
    def observational(self) -> bool:
        """Whether the trial is shown and decides nothing, by its experiment or its statement."""
        return self.point.experiment.observational or not self.statement.decides

    @property
    def counted(self) -> bool:
        """Whether the trial decides: the form's limit is within reach, or it is refuted even so.

        A drawn point always counts: what is claimed of its region is claimed of all of it.
        """
        if self.observational:
            return False
        return self.point.drawn or self.target.within_reach or self.verdict == "REFUTED"

    @property
    def remark(self) -> str | None:
        """Why a trial is not counted."""
        if self.counted:
            return None
        if self.observational:
            return "observational: shown, and decides nothing"
        limit, remainder = self.statement.form.limit, self.target.finite_size
        reason = f"out of reach of the limit {limit}" if limit else "too large a remainder"
        return f"{reason}: at {self._sizes} the stated remainder is {remainder:.2g}"

    @property
    def _sizes(self) -> str:
        """The sizes that grow in the form's limit, or else every number of the point."""
        values, grows = self.point.values, self.statement.form.grows
        numbers = {name: value for name, value in values.items() if not isinstance(value, str)}
        growing = {one.name: numbers[one.name] for one in grows if one.name in numbers}
        return ", ".join(f"{name} {value}" for name, value in (growing or numbers).items())

    @property
    def planned_detectable_error(self) -> float | None:
        """The least error that the plan would have caught; None before any draw.

        A smaller one than epsilon could have been CONFIRMED, and a larger one must also be within
        the power of the draws that are allowed.
        """
        if not self.allowed_draws or not self.blocks:
            return None
        refutable = self.target.detect(self.allowed_draws)
        return None if refutable is None else max(refutable, self.target.epsilon)


def entered(
    ledger: Ledger,
    claim_id: str,
    point: Point,
    told: Said,
    drawn: Sequence[str],
    account: Account,
    block_size: int,
) -> Trial:
    """The trial of what is said at a point, with all that the ledger holds of it.

    It is judged at its share of alpha; `drawn` is what tells its draws from others'.
    """
    said = told.statement
    measured = (*drawn, said.quantity, said.form.digest)
    stored = ledger.entered(
        claim_id, said.name, point.key, measured, told.target, account, block_size
    )
    return Trial(statement=said, point=point, **vars(stored))


def save(ledger: Ledger, trials: Iterable[Trial]) -> None:
    """Store what the ledger lacks of some trials, all of it or, on a failure, none."""
    told = [(trial, news) for trial in trials if (news := trial.news()) is not None]
    if told:
        ledger.save([news for _, news in told])
    for trial, _ in told:
        trial.is_saved()
