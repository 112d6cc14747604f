"""Targets whose tests need a bound on a variance: one that is derived, or those that a pilot tries.

A side of such a target has up to two kinds of processes: a free one, which assumes no moment, under
the name of the side, and one for each variance that is tried, under that name with `VARIED`.  With
a derived bound their mean decides; with a pilot each has a share of its own.
"""

from __future__ import annotations

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import FRACTIONS, NONE, above, log_mixture, log_wealth
from verify.evidence.pilot import (
    ABOVE_SHARES,
    BELOW_SHARES,
    FREE_SHARES,
    LEVELS,
    SAFETY,
    Pilot,
    least_draws,
)
from verify.numbers import number
from verify.relations.planning import CONFIRM_FACTOR, DETECT_FACTOR, price
from verify.relations.ranges import Range
from verify.relations.target import Altered, Target
from verify.relations.words import Seen

VARIED = "_varied"

UNDERSTATED = "understated"
"""The process against a bound on the variance itself."""

Side = Literal["both", "upper", "lower"]
"""Whether the mean equals the value, or is at most that, or at least."""

RELATIONS: Mapping[Side, str] = {"both": "equal", "upper": "at most", "lower": "at least"}

NEEDED: Mapping[Side, tuple[str, ...]] = {
    "both": ("confirm_above", "confirm_below"),
    "upper": ("confirm_below",),
    "lower": ("confirm_above",),
}
"""The processes that must win for CONFIRMED."""

REFUTING = ("refute_above", "refute_below")
PROCESSES = (*REFUTING, *NEEDED["both"])
"""Names of all processes; of a bound those of its other side hold no wealth."""

PLANNED_LEVEL = 2.5
"""A level of SAFETY times the variance takes so many times the draws of the variance itself.

Bets a lose a^2/4 of the excess of the level over the variance v beside their a^2 v/2, so that the
best pays gap^2/(5 v) a draw at 4 v, and gap^2/(2 v) at v.
"""

FINEST_SHARE = 1 / 4
"""A variance below the square of this share of the gap costs no draws that a larger one saves."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class VariedTarget(Target):
    """A target with a bound on a variance, which `pilot` gives where none is derived.

    It is a value of the mean or, by its `side`, a bound on it.  Events of a lower probability than
    `rarest` may go unseen by a pilot's verdict.
    """

    side: Side = "both"
    rarest: float = 1e-2
    pilot: Pilot | None = None

    @property
    @abstractmethod
    def derived(self) -> float | None:
        """The bound on the variance that is derived."""

    @abstractmethod
    def spread(self, pilot: Pilot) -> float:
        """The variance that draws show, in the unit of the bound."""

    @abstractmethod
    def finest(self) -> float:
        """A variance so small that less would save no draws, in the unit of the bound."""

    def with_pilot(self, pilot: Pilot) -> Self:
        """The same with what a pilot says."""
        return dataclasses.replace(self, pilot=pilot)

    @property
    def levels(self) -> NDArray[np.float64]:
        """The variances that processes are run at, shape (levels, 1, 1)."""
        if self.derived is not None:
            return np.array([self.derived])[:, None, None]
        if self.pilot is None:
            return np.empty((0, 1, 1))
        return (LEVELS * max(self.spread(self.pilot), self.finest()))[:, None, None]

    @property
    def expected_spread(self) -> float | None:
        """The variance to plan with."""
        if self.derived is not None or self.pilot is None:
            return self.derived
        return PLANNED_LEVEL * max(self.spread(self.pilot), self.finest())

    def measured_spread(self, evidence: Evidence) -> float:
        """The variance that pilot and draws show."""
        return self.spread(
            Pilot(0, 0.0, 0.0) if self.pilot is None else self.pilot.with_draws(evidence)
        )

    @property
    def least_draws(self) -> int:
        """Draws before which no process of a pilot decides."""
        return 0 if self.derived is not None else least_draws(self.alpha, self.rarest)

    def usable(self, evidence: Evidence) -> NDArray[np.bool_]:
        """Which levels may decide, given what the draws show."""
        levels = self.levels[:, 0, 0]
        if self.derived is not None:
            return np.ones(levels.shape, dtype=bool)
        if evidence.draws < self.least_draws:
            return np.zeros(levels.shape, dtype=bool)
        return levels >= SAFETY * self.measured_spread(evidence)

    def tested(self) -> dict[str, float]:
        """The means that processes of its side are run against, by their names."""
        null, margin = self.null(), self.within(self.epsilon)
        upper = {"refute_above": null.high, "confirm_below": margin.high}
        lower = {"refute_below": null.low, "confirm_above": margin.low}
        return {
            **(upper if self.side != "lower" else {}),
            **(lower if self.side != "upper" else {}),
        }

    def reaches(self, evidence: Evidence, side: str) -> bool:
        """Whether a side of that name has refuted its null."""
        enough = self.standing(evidence, side) >= price(self.alpha)
        return enough and self.is_as_assumed(evidence, side)

    def is_as_assumed(self, evidence: Evidence, side: str) -> bool:
        """Whether draws bear out what a side's wealth assumes of the means; most assume nothing."""
        return True

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED or CONFIRMED where a process, or each that is needed, reaches 2/alpha."""
        if any(self.reaches(evidence, name) for name in REFUTING):
            return "REFUTED"
        needed = NEEDED[self.side]
        return "CONFIRMED" if all(self.reaches(evidence, name) for name in needed) else None

    def ends_left(self, evidence: Evidence) -> tuple[list[float], list[float]]:
        """The values that were refuted as too low, and those that were as too high."""
        won = {name: mean for name, mean in self.tested().items() if self.reaches(evidence, name)}
        lows, highs = (
            [mean for name, mean in won.items() if name.endswith(end)] for end in ("above", "below")
        )
        return lows, highs

    def free(self, evidence: Evidence, side: str) -> LogWealth:
        """The log-wealths of a side's process that assumes no moment, shape (bets,)."""
        return evidence.wealth[side]

    def varied(self, evidence: Evidence, side: str) -> LogWealth:
        """The log-wealths of a side's processes at variances, shape (levels, bets).

        None where draws have refuted the bound that they rest on.
        """
        return NONE if self._understated(evidence) else evidence.wealth.get(side + VARIED, NONE)

    def _understated(self, evidence: Evidence) -> bool:
        """Whether the bound on the variance is refuted, at the alpha of the verdict."""
        return log_wealth(evidence.wealth.get(UNDERSTATED, NONE)) >= price(self.alpha)

    def doubt(self, evidence: Evidence) -> str | None:
        """That draws vary more than is stated."""
        return "draws vary more than the stated variance" if self._understated(evidence) else None

    def standing(self, evidence: Evidence, side: str) -> float:
        """The log-wealth of a side, as is to be held against 2/alpha."""
        varied = self.varied(evidence, side)
        return standing(
            evidence.wealth[side],
            varied,
            usable=self.usable(evidence) if varied.size else np.empty(0, dtype=bool),
            piloted=self.pilot is not None,
            upward=side.endswith("above"),
        )

    def plan_of(self, gap: float, spread: float | None) -> float:
        """Draws that tell means so far apart, in the root of the unit of the spread.

        Where nothing is known of it yet, those without which no pilot's verdict is reached.
        """
        spread = 0.0 if spread is None else spread
        whole = max(CONFIRM_FACTOR * spread / gap**2, 4) * price(self.alpha)
        return max(math.ceil(whole) if math.isfinite(whole) else whole, self.least_draws)

    def gap_of(self, draws: int, spread: float | None) -> float:
        """The gap that so many draws tell, as likely as not; infinite where none is known."""
        if spread is None or draws < self.least_draws:
            return math.inf
        each = (price(self.alpha) + math.log(2 * FRACTIONS.size)) / draws
        return math.sqrt(DETECT_FACTOR * spread * each)

    def plan(self, evidence: Evidence | None = None) -> float:
        """Draws that CONFIRMED takes, by the spread that pilot and evidence show together."""
        if evidence is None or self.pilot is None or self.derived is not None:
            return self._plan()
        return self.with_pilot(self.pilot.with_draws(evidence))._plan()

    # Bounds ------------------------------------------------------------------------------------

    def allowed(self, value: Any) -> Range:
        """The means that a formula of that value allows, remainder included."""
        return self._cut(self.null(value), self.side)

    def _cut(self, null: Range, side: Side) -> Range:
        return Range(
            low=-math.inf if side == "upper" else null.low,
            high=math.inf if side == "lower" else null.high,
        )

    def confirms(self, value: Any, left: Range) -> bool:
        """Whether the mean was shown to be within the bound, in the sense of the target's own."""
        margin = self.within(self.epsilon, value)
        if self.side == "upper":
            return bool(left.high <= margin.high)
        return self.side == "lower" and bool(left.low >= margin.low)

    def detectable(self, left: Range) -> float | None:
        """The least error that misses the range; a bound is only ever refuted as too tight."""
        if self.side == "both":
            return super().detectable(left)
        return self._too_tight(left, self.side)

    def altered(self, left: Range, evidence: Evidence | None) -> Mapping[str, Altered]:
        """Of a bound: the same value as a bound on the other side."""
        if self.side == "both":
            return {}
        other: Side = "lower" if self.side == "upper" else "upper"
        null = self._cut(self.null(), other)
        refuted = null.misses(left)
        return {
            f"{RELATIONS[self.side]} → {RELATIONS[other]}": "refuted" if refuted else "survived"
        }

    # What is taken for granted -----------------------------------------------------------------

    def unless(self, evidence: Evidence) -> dict[str, Any] | None:
        """What a pilot's verdict takes for granted: the largest variance, and the rarest event."""
        if self.pilot is None or self.derived is not None:
            return None
        spread = self.measured_spread(evidence)
        return {"measured": spread, "largest": SAFETY * spread, "rarest": self._rarest(evidence)}

    def _rarest(self, evidence: Evidence) -> float:
        return least_draws(self.alpha, 1.0) / max(evidence.draws, 1)


def understated(y: NDArray[np.float64], variance: float) -> LogWealth:
    """Log-wealth against "Var Y <= variance" of the draws y, by the halved squares of pairs.

    Their mean is the variance whatever that of Y, and no moment besides is assumed.
    """
    pairs = y[: len(y) // 2 * 2].reshape(-1, 2)
    return above((pairs[:, 0] - pairs[:, 1]) ** 2 / 2, variance)


def standing(
    free: LogWealth, varied: LogWealth, *, usable: NDArray[np.bool_], piloted: bool, upward: bool
) -> float:
    """The log-wealth of a side's processes, as is to be held against 2/alpha.

    `free` has shape (bets,) and `varied` (levels, bets); either may be empty.
    """
    if not piloted:
        levels = log_mixture(varied) if varied.size else np.empty(0)
        every = [*([log_wealth(free)] if free.size else []), *levels]
        return float(np.logaddexp.reduce(every) - math.log(len(every))) if every else -math.inf
    shares = ABOVE_SHARES if upward else BELOW_SHARES
    decisive = [log_wealth(free) - math.log(FREE_SHARES / 2)] if free.size else []
    if varied.size and usable.any():
        decisive += list(log_mixture(varied[usable]) - math.log(shares / 2))
    return float(max(decisive, default=-math.inf))


def _unless(trials: Sequence[Seen]) -> list[dict[str, Any]]:
    """What the verdicts that rest on a pilot take for granted."""
    return [
        said
        for trial in trials
        if isinstance(trial.target, VariedTarget) and trial.evidence is not None
        if (said := trial.target.unless(trial.evidence)) is not None
    ]


def rarest_met(trials: Sequence[Seen]) -> float | None:
    """Events of a lower probability may have gone unseen; None where no pilot measured."""
    return max((said["rarest"] for said in _unless(trials)), default=None)


def taken_for_granted(trials: Sequence[Seen]) -> str:
    """What a verdict rests on beside the draws, in words: bounds on the variance, or a pilot's."""
    bounded = any(getattr(trial.target, "derived", None) is not None for trial in trials)
    words = ", given the stated bound on the variance" if bounded else ""
    unless = _unless(trials)
    if unless:
        measured = max(said["measured"] for said in unless)
        rarest = max(said["rarest"] for said in unless)
        words += (
            f", unless a variance exceeds {SAFETY:g} times the measured one (at most"
            f" {number(measured, 2)}), or events rarer than {number(rarest, 2)} carry more than"
            " that error of the mean"
        )
    return words
