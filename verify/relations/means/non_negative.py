"""The mean of a non-negative variable: a value of it, or a bound on it.

The null is the interval [value (1 - finite_size), value (1 + finite_size)], cut to one side for a
bound; CONFIRMED means that the mean lies within a relative `epsilon` of `value` (for a bound: not
beyond it by more than that).

A lower side needs to know how X may vary.  With a sure upper end, X in [0, largest], it bets on
largest - X and assumes no moment; `relative_variance` then only plans.  Otherwise a derived
`relative_variance`, or those that a pilot tries, is part of the null.  The upper side needs none of
it, and is joined by the mirror image of the lower one, which is as sharp where the spread is small.

What lies beyond 0 or a sure upper end needs no draw: that the mean is below `value (1 + epsilon)`
is known where that is no less than `largest`, so that only a mean that is too low is tested, and a
value that leaves the mean no room at all is refuted by whatever is drawn (`OutOfRangeTarget`).

For a bound, which may be loose by orders of magnitude, two ladders say where the mean lies instead:
row k of the wealths "slack_above" and "slack_below" refutes "E X <= rung" and "E X >= rung" at a
rung next to value 2^(-k/4) (at most) or value 2^(k/4) (at least), k = 1..RUNGS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import BETS, NONE, above, above_bounded, below
from verify.evidence.pilot import Pilot
from verify.relations import draws
from verify.relations.means.varied import (
    FINEST_SHARE,
    PROCESSES,
    VARIED,
    VariedTarget,
)
from verify.relations.planning import (
    draws_to_bet,
    gap_to_bet,
    price,
)
from verify.relations.ranges import Range, refuted
from verify.relations.target import Target

RUNGS = 80
SHOWN_DRAWS = 16
"""Draws that show what is measured where no mean could have the value."""

ROUNDING_MARGIN = 1e-9
"""A relative distance beyond any rounding of a bound's value."""

WEIGHED_AT_ONCE = 2048
"""Rungs are weighed in pieces of so many draws in all: one by one, calls cost more than numbers."""

SLACK_LEVEL = 9
"""The variance, of those that a pilot tries, at which the rungs below a bound are tested."""


@dataclass(frozen=True, kw_only=True)
class MeanTarget(VariedTarget):
    """A value of the mean of a non-negative variable, or a bound on it.

    `relative_variance` is a bound on Var X / (E X)^2, `largest` a sure upper end of X.
    """

    relative_variance: float | None = None
    largest: float | None = None

    kind: ClassVar[str] = "mean"
    subject: ClassVar[str] = "mean"

    def check(self) -> None:
        """Raise ValueError unless the value is one that the mean can have, and errors below 1."""
        self.require_positive_value()
        _require_end(self.largest)
        self.require_relative_errors()
        w = self.relative_variance
        if w is not None and not 0 <= w < math.inf:
            raise ValueError(f"relative_variance = {w}: must be finite and >= 0")
        null = self.null()
        if self.largest is not None and null.low > self.largest:
            raise ValueError(
                f"largest = {self.largest}: must be at least value (1 - finite_size) = {null.low}"
            )

    @property
    def ends_within(self) -> bool:
        """Whether the sure upper end lies within epsilon of the value, or below that."""
        return self.largest is not None and self.largest <= self.within(self.epsilon).high

    @property
    def relative_spread(self) -> float | None:
        """The bound on the relative variance that is derived, or what the pilot saw."""
        if self.relative_variance is None and self.pilot is not None:
            return self.spread(self.pilot)
        return self.relative_variance

    @property
    def derived(self) -> float | None:
        """The bound on the relative variance, where no sure upper end makes it needless.

        Of a constant, whose variance is 0, one that allows for no more than the finest.
        """
        if self.largest is not None:
            return None
        return self.finest() if self.relative_variance == 0 else self.relative_variance

    @property
    def awaits_pilot(self) -> bool:
        """Whether neither a bound on the relative variance nor an upper end is known."""
        return self.largest is None and self.relative_variance is None and self.pilot is None

    def spread(self, pilot: Pilot) -> float:
        """The relative variance that draws show."""
        variance = pilot.variance()
        return variance / pilot.mean**2 if pilot.mean > 0 else math.inf if variance else 0.0

    def finest(self) -> float:
        """A relative variance that is small against the square of the gap."""
        return (FINEST_SHARE * max(self.epsilon - self.finite_size, ROUNDING_MARGIN)) ** 2

    def _piloted(self, x: NDArray[np.float64]) -> Pilot:
        """What draws show, shape (draws,), non-negative."""
        return super()._piloted(draws.within(draws.one_number(x), self.largest))

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,), non-negative."""
        draws.within(draws.one_number(x), self.largest)
        wealth: dict[str, LogWealth] = dict.fromkeys(PROCESSES, NONE)
        for name, mean in self.tested().items():
            wealth |= self._side(x, name, mean)
        if self.side != "both":
            sides = {"slack_above": self._above_slack, "slack_below": self._below_slack}
            at_once = max(1, WEIGHED_AT_ONCE // x.size)
            for name, ladder in self.rungs().items():
                rungs = np.array(ladder)[:, None]
                pieces = (rungs[first : first + at_once] for first in range(0, RUNGS, at_once))
                wealth[name] = np.concatenate([sides[name](x, piece) for piece in pieces])
        return Evidence.of(x, x / self.value, wealth)

    def _side(self, x: NDArray[np.float64], name: str, mean: float) -> dict[str, LogWealth]:
        """The processes of a side against a mean."""
        if name.endswith("above"):
            free, varied = above(x, mean, BETS), above_bounded
        else:
            free, varied = self._below(x, mean), below
        levels = self.levels
        return {name: free, name + VARIED: varied(x, mean, levels)} if levels.size else {name: free}

    def rungs(self) -> dict[str, list[float]]:
        """The means of a bound's ladders: what refutes a bound tighter by 2^(k/4), or confirms it.

        Each lies a rounding margin to the safe side, as the tighter bound is computed in another
        way.
        """
        upper = self.side == "upper"
        sign, tighter = (1, 2**-0.25) if upper else (-1, 2**0.25)
        below, above = self.below_and_above
        refute = (1 + sign * (above if upper else below)) * (1 + sign * ROUNDING_MARGIN)
        confirm = (1 + sign * self.epsilon) * (1 - sign * ROUNDING_MARGIN)
        bounds = [self.value * tighter**k for k in range(1, RUNGS + 1)]
        return {
            "slack_above": [bound * (refute if upper else confirm) for bound in bounds],
            "slack_below": [bound * (confirm if upper else refute) for bound in bounds],
        }

    def _below(self, x: NDArray[np.float64], mean: float) -> LogWealth:
        """Against "E X >= mean", where no moment is needed."""
        if self.largest is None:
            return NONE
        if mean >= self.largest:
            # No mean lies beyond the largest value; a process that never bets says so safely.
            return np.zeros_like(BETS)
        return above(self.largest - x, self.largest - mean, BETS)

    def _above_slack(self, x: NDArray[np.float64], rungs: NDArray[np.float64]) -> LogWealth:
        """Against "E X <= rung", without a moment and at a derived variance; a row a rung."""
        free, w = above(x, rungs, BETS), self.derived
        if w is None:
            return free
        return np.concatenate([free, above_bounded(x, rungs, w)], axis=-1)

    def _below_slack(self, x: NDArray[np.float64], rungs: NDArray[np.float64]) -> LogWealth:
        """Against "E X >= rung", at one variance: rungs lie so far apart that any will do."""
        if self.largest is not None:
            wealth, within = np.zeros((len(rungs), BETS.size)), rungs[:, 0] < self.largest
            wealth[within] = above(self.largest - x, self.largest - rungs[within], BETS)
            return wealth
        levels = self.levels[:, 0, 0]
        if not levels.size:
            return np.empty((len(rungs), 0))
        return below(x, rungs, levels[min(SLACK_LEVEL, len(levels) - 1)])

    def _slack_won(self, evidence: Evidence) -> dict[str, float]:
        """The log-wealth at which a rung of either ladder is refuted."""
        if self.pilot is None:
            return dict.fromkeys(("slack_above", "slack_below"), price(self.alpha, 4))
        won = price(self.alpha, 8)
        usable = self.usable(evidence)[SLACK_LEVEL]
        return {"slack_above": won, "slack_below": won if usable else math.inf}

    def _plan(self) -> float:
        """Draws that CONFIRMED takes if the truth sits at the edge of the null; inf if none do.

        N = c w log(2/alpha) / gap^2 with c = 10, and never fewer than the largest bets need, or a
        pilot's verdict.  For a bounded variable without a derived variance the worst there is,
        (largest - m) / m.
        """
        gap, wealth = self.epsilon - self.finite_size, price(self.alpha)
        if gap <= 0:
            return math.inf
        if self.largest is not None:
            return max(
                draws_to_bet(gap * unit, variance * unit**2, wealth)
                for unit, variance in self._bounded_sides()
            )
        return self.plan_of(gap, self.expected_spread)

    def detect(self, draws: int) -> float | None:
        """The least relative error that so many draws would have refuted."""
        if self.largest is not None:
            gap = max(
                gap_to_bet(variance * unit**2, price(self.alpha), draws) / unit
                for unit, variance in self._bounded_sides()
            )
        else:
            gap = self.gap_of(draws, self.expected_spread)
        return None if math.isinf(gap) else self.finite_size + gap * (1 + self.finite_size)

    def _bounded_sides(self) -> list[tuple[float, float]]:
        """For each side that is judged, a relative error of X in units of what is bet on, and w."""
        assert self.largest is not None
        worst = max(0.0, self.largest / self.value - 1)
        variance = worst if self.relative_variance is None else self.relative_variance
        units = [] if self.side == "upper" else [1.0]
        if self.side != "lower" and not self.ends_within:
            units.append(self.value / (self.largest - self.value * (1 + self.epsilon)))
        return [(unit, variance) for unit in units]

    def before_draws(self) -> Range:
        """The variable is never negative, and so is its mean; it may have a sure upper end."""
        return _sure_range(self.largest)

    def reaches(self, evidence: Evidence, side: str) -> bool:
        """Whether a side has refuted its null, or the sure upper end has."""
        return (side == "confirm_below" and self.ends_within) or super().reaches(evidence, side)

    def left(self, evidence: Evidence) -> Range:
        """What the nulls and the ladders have refuted, each at its share of alpha."""
        lows, highs = self.ends_left(evidence)
        sure = self.before_draws()
        if self.side != "both":
            ladders, won = self.rungs(), self._slack_won(evidence)
            for name, found in (("slack_above", lows), ("slack_below", highs)):
                rows = zip(ladders[name], evidence.wealth[name], strict=True)
                found += refuted(rows, won[name])
        return Range(max([sure.low, *lows]), min([sure.high, *highs]))

    def possible(self, value: Any) -> bool:
        """No formula of the mean, or of an upper bound on it, is negative.

        A lower bound that is says little, truly.
        """
        return self.side == "lower" or value > 0


@dataclass(frozen=True, kw_only=True)
class OutOfRangeTarget(Target):
    """A value of the mean, or a bound on it, that its range alone refutes.

    The variable is never negative, nor beyond a sure upper end `largest`.  Draws only have to show
    that this is so.
    """

    largest: float | None = None

    kind: ClassVar[str] = "mean out of range"
    subject: ClassVar[str] = "mean"
    stated_draws: ClassVar[bool] = True

    def check(self) -> None:
        """Raise ValueError unless the value lies beyond an end, its remainder included."""
        self.require_relative_errors()
        _require_end(self.largest)
        if not _sure_range(self.largest).misses(self.allowed(self.value)):
            raise ValueError(f"value = {self.value}: must be out of range")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,) or, of three sizes, (draws, 3)."""
        draws.within(x, self.largest)
        largest_size = x if x.ndim == 1 else x[:, -1]
        return Evidence.of(largest_size, largest_size / self.value, {})

    def decide(self, evidence: Evidence) -> Verdict:
        """REFUTED, whatever was drawn."""
        return "REFUTED"

    def _plan(self) -> float:
        """A fixed number of draws."""
        return SHOWN_DRAWS

    def detect(self, draws: int) -> float | None:
        """No error of a value that cannot be."""
        return None

    def before_draws(self) -> Range:
        """What the variable cannot exceed, its mean cannot."""
        return _sure_range(self.largest)

    def left(self, evidence: Evidence) -> Range:
        """No more than that: the draws were not held against any mean."""
        return self.before_draws()


def _require_end(largest: float | None) -> None:
    if largest is not None and not 0 <= largest < math.inf:
        raise ValueError(f"largest = {largest}: must be finite and >= 0")


def _sure_range(largest: float | None) -> Range:
    return Range(0.0, math.inf if largest is None else largest)
