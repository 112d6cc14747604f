"""Exactly: X equals the value on every draw but a small share, up to the rounding `finite_size`.

Rounding is relative, and absolute where the value is 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.numbers import number, percent
from verify.relations import draws as drawn
from verify.relations.ranges import Range
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import Found, Place, Seen, points, where, widest

ROUNDING = 1e-10
"""What rounding in double precision may leave of an identity that states no remainder."""


@dataclass(frozen=True, kw_only=True)
class IdentityTarget(Target):
    """A value of all draws but a share of `exceptions`.

    CONFIRMED after so many draws that, were there more, one would have been met but for alpha:
    (1 - exceptions)^n <= exp(-n exceptions) <= alpha.
    """

    exceptions: float

    shows_mean: ClassVar[bool] = False
    kind: ClassVar[str] = "identity"

    def check(self) -> None:
        """Every finite value can be judged."""

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,)."""
        drawn.one_number(x)
        return Evidence.of(x, x / self.value if self.value else 1 + x, {})

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED by one draw beyond rounding; CONFIRMED by so many without one."""
        if evidence.worst > self.finite_size:
            return "REFUTED"
        return "CONFIRMED" if evidence.draws >= self.plan() else None

    def _plan(self) -> float:
        """Draws that meet as many exceptions as count."""
        return math.ceil(math.log(1 / self.alpha) / self.exceptions)

    def detect(self, draws: int) -> float:
        """Anything beyond rounding."""
        return self.finite_size

    def standard_error(self, evidence: Evidence | None) -> None:
        """None: it is said of every draw."""
        return

    def left(self, evidence: Evidence) -> Range:
        """What was seen, and nothing else."""
        return Range(evidence.mean, evidence.mean)

    def allowed(self, value: Any) -> Range:
        """Rounding on either side of the value."""
        if self.value:
            return super().allowed(value)
        return Range(value - self.finite_size, value + self.finite_size)

    def _off(self, left: Range) -> tuple[float | None, float | None]:
        """How far off a value is that just misses what was seen; absolute of a value of 0."""
        if self.value:
            return super()._off(left)
        return max(0.0, -left.low), max(0.0, left.high)


class ZeroTarget(IdentityTarget):
    """A mean of 0 of what is never negative: every draw is 0, but for what is too rare to count."""

    kind: ClassVar[str] = "zero"

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,); any that is not 0 breaks it, however small."""
        drawn.one_number(x)
        return Evidence.of(x, np.where(np.abs(x) > self.finite_size, 2.0, 1.0), {})


def never_met(trials: Sequence[Seen]) -> str:
    """What a mean of 0 takes for granted, in words; empty where none is claimed."""
    of_zero = [one.target.exceptions for one in trials if isinstance(one.target, ZeroTarget)]
    if not of_zero:
        return ""
    rare = number(max(of_zero), 2)
    return f", and where the form is 0, unless only events rarer than {rare} are not"


@dataclass(frozen=True, kw_only=True)
class Exactly(Statement):
    """The quantity equals the form on every draw but a small share, up to rounding.

    That is 1e-10 of the value (1e-10 itself where the value is 0) unless a `remainder` is stated.
    """

    relation: ClassVar[str] = "exact"
    side: ClassVar[Literal["both"]] = "both"
    is_equality: ClassVar[bool] = True

    def _silence_at_zero(self, point: Place) -> str | None:
        """Nothing: its rounding is absolute there."""
        return None

    def _target(self, point: Place, terms: dict[str, Any]) -> IdentityTarget:
        # Its error is rounding alone, whatever the budget asks for.
        rounding = terms["finite_size"] or ROUNDING
        return IdentityTarget(
            **{**terms, "finite_size": rounding, "epsilon": rounding}, exceptions=point.exceptions
        )

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """Where, and to which rounding."""
        targets = [one.target for one in trials if isinstance(one.target, IdentityTarget)]
        exceptions = max(target.exceptions for target in targets)
        return (
            f"Held on every network at {points(trials)}, to a relative"
            f" {number(widest(trials), 2)}: it breaks in fewer than {percent(exceptions)} of them,"
            " or more would have been met."
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """What was claimed and what was measured."""
        return (
            f"At {where(found)} the form says {found.theory:.4g} and the"
            f" measurement, which has no noise, gives {found.estimate:.4g}."
        )
