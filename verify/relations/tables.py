"""Tabulated: the numbers that a paper prints in a table, beside our means of the same statistic.

A printed number is one draw of its statistic, and no test that holds for every law refutes a single
draw from a few seeds.  So none is made.  Our mean over a stated number of draws is compared with
the number: CONFIRMED where it lies, two standard errors of ours included, within the rounding of
what is printed and a stated tolerance; REFUTED where all of them lies beyond; INCONCLUSIVE where
our own spread reaches across the edge.  The verdict says so, and has no error probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.numbers import number, percent, plural
from verify.relations import draws as drawn
from verify.relations.ranges import Range, around
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import Found, Law, Place, Seen, Values, where

if TYPE_CHECKING:
    from theory.tables import Table

STANDARD_ERRORS = 2
"""So many of them our mean may be off, either way."""

ONE_DRAW = (
    "A printed number is one draw: this is a comparison, two standard errors of our mean included,"
    " and no test, so that it has no error probability."
)


@dataclass(frozen=True, kw_only=True)
class TabulatedTarget(Target):
    """A printed number, not 0, its rounding as `finite_size`, and so many draws to compare it with.

    `epsilon` is rounding and tolerance together.
    """

    draws: int

    kind: ClassVar[str] = "tabulated"
    stated_draws: ClassVar[bool] = True

    @property
    def within_reach(self) -> bool:
        """Always: the fewer digits are printed, the looser is the comparison, and it says so."""
        return True

    def check(self) -> None:
        """Raise ValueError for a value of 0, errors of 1 or more, and fewer draws than two."""
        self.require_nonzero_value()
        self.require_relative_errors()
        if self.draws < 2:
            raise ValueError(f"draws = {self.draws}: must be at least 2, to see a spread")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Mean and spread of the draws x, shape (draws,); nothing is staked."""
        drawn.one_number(x)
        return Evidence.of(x, x / self.value, {})

    def decide(self, evidence: Evidence) -> Verdict | None:
        """The verdict once all draws are in."""
        if evidence.draws + evidence.excluded < self.draws:
            return None
        ours, allowed = self.left(evidence), around(self.value, self.epsilon)
        if ours.misses(allowed):
            return "REFUTED"
        inside = allowed.low <= ours.low and ours.high <= allowed.high
        return "CONFIRMED" if inside else "INCONCLUSIVE"

    def _plan(self) -> float:
        """The stated number of draws."""
        return self.draws

    def detect(self, draws: int) -> None:
        """Not known before our spread is."""
        return

    def left(self, evidence: Evidence) -> Range:
        """Our mean, give or take two standard errors."""
        reach = STANDARD_ERRORS * evidence.standard_error
        return Range(evidence.mean - reach, evidence.mean + reach)

    def allowed(self, value: Any) -> Range:
        """The means that agree with a printed number."""
        return around(value, self.epsilon)

    def detectable(self, left: Range) -> float | None:
        """The least s >= 0 such that a number printed too low or too high by s were too far off."""
        low, high = sorted((left.low / self.value, left.high / self.value))
        size = max(0.0, 1 - low / (1 + self.epsilon), high / (1 - self.epsilon) - 1)
        return size if math.isfinite(size) else None


@dataclass(frozen=True, kw_only=True)
class Tabulated(Statement):
    """The mean of a quantity is what a table prints, within its rounding and `within` beside it.

    The quantity is the table's statistic: a draw is one largest of three runs where the table
    prints that.  `draws` is how many are compared with a cell, 2 at least.  Cells that print 0 or
    an infinity are held to nothing, and told.  `Tabulated.each(quantity, *table.by(key))` says it
    column by column.

    Raises ValueError for what is no Table, and a tolerance outside (0, 1).
    """

    within: float
    draws: Law = 10

    relation: ClassVar[str] = "equal, as printed in a table"
    is_equality: ClassVar[bool] = True
    has_formula: ClassVar[bool] = False
    tested: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.claimed, "rounding"):
            raise ValueError(f"{self.quantity}: {self.claimed!r}: must be a table")
        if not 0 < self.within < 1:
            raise ValueError(f"{self.quantity}: within = {self.within}: must be in (0, 1)")

    @property
    def table(self) -> Table:
        """The form, which is a table."""
        return cast("Table", self.claimed)

    def applies(self, point: Place) -> bool:
        """Whether the point is a cell of the table that prints a finite number other than 0."""
        values = point.values
        is_cell = set(self.form.domain) <= set(values) and self.places(values)
        return is_cell and self._is_held(self.arguments(values)) and super().applies(point)

    def _is_held(self, cell: Values) -> bool:
        printed = self.table.value(**cell)
        return bool(printed) and math.isfinite(printed)

    def remainder_sides_at(self, point: Place) -> tuple[float, float]:
        """The rounding of what is printed beside the remainders that are stated."""
        cell = self.arguments(point.values)
        rounding = self.table.rounding(**cell) / abs(self.table.value(**cell))
        below, above = super().remainder_sides_at(point)
        return below + rounding, above + rounding

    def _target(self, point: Place, terms: dict[str, Any]) -> TabulatedTarget:
        epsilon = terms["finite_size"] + self.within
        draws = self.stated(point, "draws", self.draws)
        if not draws.is_integer():
            raise ValueError(f"draws = {draws}: must be a whole number")
        return TabulatedTarget(**{**terms, "epsilon": epsilon}, draws=int(draws))

    # In words ----------------------------------------------------------------------------------

    @property
    def tolerance(self) -> str:
        """The table's rounding, and what is allowed beside it."""
        return f"its rounding and a stated tolerance of {percent(self.within)}"

    @property
    def _same(self) -> str:
        return f"our mean of the same statistic ({self.table.statistic})"

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """How many numbers agree with ours, how far the farthest is off, and what is left out."""
        seen = [(trial.evidence, trial.target.value) for trial in trials if trial.evidence]
        farthest = max(abs(evidence.mean / printed - 1) for evidence, printed in seen)
        most = max(evidence.draws for evidence, _ in seen)
        numbers = plural(len(seen), "number")
        agree = "agrees" if len(seen) == 1 else "agree"
        rest = len(self.table.cells) - sum(map(self._is_held, self.table.cells))
        left_out = f" Not compared: {plural(rest, 'cell')} of 0 or ∞." if rest else ""
        return (
            f"{numbers} of {self.form.where} {agree} with {self._same}, over up to {number(most)}"
            f" draws, within {self.tolerance}; the farthest is {percent(farthest)} off."
            f"{left_out} {ONE_DRAW}"
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """What is printed in the cell, and what we see there."""
        printed = self.table.printed(**self.arguments(found.parameters))
        return (
            f"At {where(found)}, {self.form.where} prints {printed}, and {self._same} is"
            f" {found.estimate:.4g}, {found.ratio:.3f} times as much: farther off than"
            f" {self.tolerance}. {ONE_DRAW} Repeated under a fresh seed: {found.repeat_verdict}."
        )

    def detectable(self, size: float) -> str:
        """A number misprinted by so much would have been told."""
        return f"a printed number off by {percent(size)}"
