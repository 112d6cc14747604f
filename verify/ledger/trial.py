"""A trial: one form at one point under one seed, its evidence and its verdict."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from functools import reduce

from verify.evidence import Evidence, Verdict
from verify.model import Point
from verify.relations import Statement, Target


@dataclass
class Trial:
    """One form at one point under one seed: its target, and the blocks of evidence so far.

    `mark` is its fingerprint; `allowed_draws` is how many it may have before it is given up.
    """

    row: int
    mark: str
    statement: Statement
    point: Point
    position: int
    target: Target
    verdict: Verdict | None
    blocks: list[Evidence]
    seconds: float
    allowed_draws: int = 0
    evidence: Evidence | None = field(init=False)
    """All blocks together, where a draw counts; there are none beyond the verdict."""

    reached: Verdict | None = field(init=False)
    """The first verdict that the blocks reach, taken in order."""

    def __post_init__(self) -> None:
        self._total = reduce(operator.add, self.blocks) if self.blocks else None
        self.reached, _ = self.target.decide_in_order(self.blocks)
        self._settle_evidence()

    def take(self, piece: Evidence, seconds: float) -> None:
        """Add a block of evidence and what it cost."""
        self.blocks.append(piece)
        self.seconds += seconds
        self._total = piece if self._total is None else self._total + piece
        self._settle_evidence()
        if self.reached is None:
            self.reached = self.target.reached(self.evidence)

    def _settle_evidence(self) -> None:
        self.evidence = self._total if self._total is not None and self._total.draws else None

    @property
    def excluded(self) -> int:
        """Draws that broke an assumption, and count neither for nor against."""
        return 0 if self._total is None else self._total.excluded

    @property
    def estimate(self) -> float:
        """The number to show beside the form's; it decides nothing, and is NaN before any draw."""
        return self.target.seen(self.evidence)

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
