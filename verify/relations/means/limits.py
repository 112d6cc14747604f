"""The mean of a quantity in the limit of large sizes, its remainder known by its order only.

A draw is a row of three: the quantity at half the sizes, at the sizes themselves and at twice them,
X_h, X and X_d.  With E X = x + (c/D)(1 + r), r = d/(c D) the share of the next order, the limit is
x = E[X_d + t (X_d - X)] with t = (1 + r/2)/(1 + 3r/2).  What is assumed is that the next order is
at most an eighth of the first, |r| <= 1/8: then t lies in STEPS, and the null is the hull of the
extrapolations over them.  It is refuted where both ends are, on the same side; CONFIRMED means
that both lie within epsilon.  Either is linear in the means, so that no further error enters.

The assumption has no unit, and is tested by the third size: the contraction
rho = (E X_d - E X)/(E X - E X_h), which is (1 + 3r/2)/(1 + 3r)/2, must lie in CONTRACTIONS.  A
remainder that went on shrinking by rho would leave rho/(1 - rho) times the last step; what rho, up
to four standard errors, may leave beyond the ends of CONTRACTIONS must be below `OPEN_SHARE` of
epsilon, unless the whole step from X_h to X is below epsilon and CONTRACTIONS are not excluded, by
four standard errors, or a hundred such steps would be as little; for REFUTED either is to be below
that share of what is seen beyond the null.  Until then no wealth counts, neither of a point nor in
a pool: larger sizes are needed.

For a quantity with a sure upper end, X in [0, largest], X_d + t (X_d - X) lies between -t largest
and (1 + t) largest: bets on its distance from either assume no moment, and a pilot only plans.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth
from verify.evidence.martingales import NONE, above, falling, log_mixture
from verify.evidence.pilot import Pilot
from verify.numbers import number
from verify.relations import draws as drawn
from verify.relations.means.signed import SignedTarget
from verify.relations.means.varied import (
    PROCESSES,
    REFUTING,
    UNDERSTATED,
    VARIED,
    standing,
    understated,
)
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.words import Seen

NEXT_ORDER = 1 / 8
"""What is assumed: the next order of the remainder is at most this share of the first."""

STEPS = tuple(sorted((1 + r / 2) / (1 + 3 * r / 2) for r in (-NEXT_ORDER, NEXT_ORDER)))
CONTRACTIONS = tuple(sorted((1 + 3 * r / 2) / (1 + 3 * r) / 2 for r in (-NEXT_ORDER, NEXT_ORDER)))

STANDARD_ERRORS = 4.0
OPEN_SHARE = 1 / 4

NEGLIGIBLE = 100
"""So many steps like the larger of the two are out of reach of any remainder that falls at all.

Of the order D^-1/4 four are left, and of the order 1/log D fewer than thirty up to D = 10^9.  Steps
so small are mostly rounding, which contracts in no order.
"""


@dataclass(frozen=True)
class Contraction:
    """By how much doubling the sizes shrinks a step: its estimate and standard error.

    `last` is the step from the sizes to twice them, and `at_most` what it and the step from half
    the sizes are at most, up to four standard errors; `excluded` says whether no contraction in
    CONTRACTIONS is compatible with the draws.
    """

    estimate: float
    standard_error: float
    last: float
    at_most: tuple[float, float]
    excluded: bool


@dataclass(frozen=True, kw_only=True)
class LimitTarget(SignedTarget):
    """A value, not 0, of the mean in the limit of large sizes, from three of them.

    `largest` is a sure upper end of the quantity, which then is never negative.
    """

    largest: float | None = None

    kind: ClassVar[str] = "limit"
    extrapolates: ClassVar[bool] = True

    def check(self) -> None:
        """Raise ValueError unless what is tested lies within what extrapolations may reach."""
        super().check()
        if self.largest is not None:
            margin, most = self.within(self.epsilon), (1 + min(STEPS)) * self.largest
            if not 0 < margin.high < most < math.inf:
                raise ValueError(
                    f"largest = {self.largest}: must be finite, and {1 + min(STEPS):.3g} of it "
                    f"exceed value (1 + epsilon) = {margin.high}, itself positive"
                )

    @property
    def levels(self) -> NDArray[np.float64]:
        """The variances that processes are run at: none where a sure upper end is known."""
        return super().levels if self.largest is None else np.empty((0, 1, 1))

    @property
    def least_draws(self) -> int:
        """Draws before which no process of a pilot decides."""
        return super().least_draws if self.largest is None else 0

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws, 3): at half, once and twice the sizes."""
        drawn.columns(x, "3 numbers", x.shape[-1] == 3)
        if self.largest is not None:
            drawn.within(x, self.largest)
        ends = np.array([self._extrapolated(x, step) for step in STEPS])
        levels = self.levels
        wealth: dict[str, LogWealth] = dict.fromkeys(PROCESSES, NONE)
        for name, value in self.tested().items():
            y = value - ends if name.endswith("above") else ends - value
            if self.largest is not None:
                wealth[name] = self._bounded(y, name, value)
            elif levels.size:
                wealth[name + VARIED] = np.array([falling(end, levels) for end in y])
        if self.derived is not None:
            wealth[UNDERSTATED] = understated(ends[-1], self.derived)  # of the longest step
        # Sums, which add up over blocks as log-wealths do: for the contraction.
        off = x - self.value
        sums = {"sums": off.sum(axis=0), "products": off.T @ off}
        reading = self._extrapolated(x, 1.0)
        return Evidence.of(reading, 1 + (reading - self.value) / self.error_unit, wealth, sums)

    def _bounded(self, y: NDArray[np.float64], side: str, tested: float) -> LogWealth:
        """Log-wealths of bets on the distance to a sure end, at both ends of the hull.

        `y`, shape (2, draws), is by how much draws fall on the other side of what is tested.
        """
        assert self.largest is not None
        steps = np.array(STEPS)
        lowest, highest = -steps * self.largest, (1 + steps) * self.largest
        rooms = tested - lowest if side.endswith("above") else highest - tested
        return np.array([above(room - end, room) for room, end in zip(rooms, y, strict=True)])

    @staticmethod
    def _extrapolated(x: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        return x[:, 2] + step * (x[:, 2] - x[:, 1])

    def _piloted(self, x: NDArray[np.float64]) -> Pilot:
        """What draws show, and by how much the ends of the hull vary more than its middle."""
        drawn.columns(x, "3 numbers", x.shape[-1] == 3)
        middle, *ends = (self._extrapolated(x, step) for step in (1.0, *STEPS))
        here = float(middle.var())
        return Pilot.of(
            middle, max(1.0, *(float(end.var()) / here for end in ends)) if here else 1.0
        )

    def free(self, evidence: Evidence, side: str) -> LogWealth:
        """Of either end the lesser: where the form is right, one end lies on its side of the null.

        So it is no more than a wealth that is an e-value, bet by bet, and adds over points.
        """
        return _lesser(super().free(evidence, side))

    def varied(self, evidence: Evidence, side: str) -> LogWealth:
        """Of either end the lesser, as above."""
        return _lesser(super().varied(evidence, side))

    def standing(self, evidence: Evidence, side: str) -> float:
        """The log-wealth of a side at that end of the hull where it has less."""
        if self.largest is not None:
            return float(log_mixture(evidence.wealth[side]).min())
        ends = super().varied(evidence, side)
        if not ends.size:
            return -math.inf
        usable, piloted = self.usable(evidence), self.pilot is not None
        return min(
            standing(NONE, end, usable=usable, piloted=piloted, upward=False) for end in ends
        )

    def plan_of(self, gap: float, spread: float | None) -> float:
        """Draws that tell means so far apart; of bounded draws by bets on the room that they have.

        The pilot's variance plans alone there, and so does not come with a margin of safety.
        """
        if self.largest is None:
            return super().plan_of(gap, spread)
        room, variance = self._room(), 0.0 if self.pilot is None else self.spread(self.pilot)
        return draws_to_bet(gap / room, variance / room**2, price(self.alpha))

    def gap_of(self, draws: int, spread: float | None) -> float:
        """The gap that so many draws tell, as likely as not."""
        if self.largest is None:
            return super().gap_of(draws, spread)
        room, variance = self._room(), 0.0 if self.pilot is None else self.spread(self.pilot)
        return room * gap_to_bet(variance / room**2, price(self.alpha), draws)

    def _room(self) -> float:
        """The larger room that extrapolations have, below the value or above it."""
        assert self.largest is not None
        return max(STEPS) * self.largest + max(self.value, self.largest - self.value)

    def unless(self, evidence: Evidence) -> dict[str, Any] | None:
        """Nothing is taken for granted of what has a sure upper end."""
        return super().unless(evidence) if self.largest is None else None

    def is_as_assumed(self, evidence: Evidence, side: str) -> bool:
        """Whether what the measured contraction leaves open is small beside what a side shows.

        That is epsilon, or for REFUTED what is seen beyond the null.  A step that is itself so
        small needs no measured contraction, only one that is not measured to be another; a
        negligible one needs none at all.
        """
        unit = abs(self.error_unit)
        if side in REFUTING:
            whole = open_ = OPEN_SHARE * (abs(evidence.mean - self.value) - self.finite_size * unit)
        else:
            whole, open_ = self.epsilon * unit, OPEN_SHARE * self.epsilon * unit
        found = self.contraction(evidence)
        half = STANDARD_ERRORS * found.standard_error
        beyond = _beyond(found.estimate - half, found.estimate + half)
        if abs(found.last) * beyond <= open_ or NEGLIGIBLE * max(found.at_most) <= open_:
            return True
        return found.at_most[1] <= whole and not found.excluded

    def doubt(self, evidence: Evidence) -> str | None:
        """That the remainder is measured not to be of the order of one over the sizes."""
        found = self.contraction(evidence)
        if not found.excluded:
            return super().doubt(evidence)
        least, most = (number(end, 2) for end in CONTRACTIONS)
        return (
            f"doubling the sizes leaves {number(found.estimate, 2)} of a step, where {least} to"
            f" {most} is assumed: larger sizes are needed"
        )

    def contraction(self, evidence: Evidence) -> Contraction:
        """What the three sizes show, by the delta method; a heuristic, as is its standard error."""
        n = evidence.draws
        means = evidence.wealth["sums"] / n
        covariance = (evidence.wealth["products"] / n - np.outer(means, means)) / max(n - 1, 1)

        def measured(contrast: NDArray[np.float64]) -> tuple[float, float]:
            variance = float(contrast @ covariance @ contrast)
            return float(contrast @ means), math.sqrt(max(variance, 0.0))

        first, second = np.array([-1.0, 1.0, 0.0]), np.array([0.0, -1.0, 1.0])
        (step, step_error), (last, last_error) = measured(first), measured(second)
        at_most = (
            abs(last) + STANDARD_ERRORS * last_error,
            abs(step) + STANDARD_ERRORS * step_error,
        )
        # Of a contraction c the last step is c times the one before it.  What is left over is
        # linear in c: of one sign, by more than its error, at both ends, it is so in between.
        leftover = [measured(second - c * first) for c in CONTRACTIONS]
        excluded = any(
            all(sign * mean > STANDARD_ERRORS * error for mean, error in leftover)
            for sign in (-1, 1)
        )
        if step == 0:
            return Contraction(math.nan, math.inf, last, at_most, excluded)
        ratio = last / step
        error = measured((second - ratio * first) / step)[1]
        return Contraction(ratio, error, last, at_most, excluded)


def _beyond(low: float, high: float) -> float:
    """What contractions of low .. high may leave, in last steps, beyond those that are assumed."""
    if not -1 < low <= high < 1:
        return math.inf
    least, most = CONTRACTIONS

    def left(contraction: float) -> float:
        return contraction / (1 - contraction)

    return max(0.0, left(high) - left(most), left(least) - left(low))


def _lesser(ends: LogWealth) -> LogWealth:
    return ends.min(axis=0) if ends.size else ends


def in_the_limit(trials: Sequence[Seen]) -> str:
    """How the limit was reached, in words; empty where sizes were large by themselves."""
    found = [
        trial.target.contraction(trial.evidence).estimate
        for trial in trials
        if isinstance(trial.target, LimitTarget) and trial.evidence is not None
    ]
    known = [estimate for estimate in found if math.isfinite(estimate)]
    if not known:
        return ""
    low, high = number(min(known), 2), number(max(known), 2)
    measured = low if low == high else f"{low} to {high}"
    return (
        " in the limit, extrapolated from half, once and twice the sizes under a remainder of the"
        f" order of one over them (each doubling leaves {measured} of a step, where that order"
        " leaves one half and higher ones less)"
    )
