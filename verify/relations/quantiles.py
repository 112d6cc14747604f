"""A bound that may fail with a stated probability: at most, or at least, a quantile of X.

The bound B holds but with a probability `but_for` = delta: the quantile of 1 - delta is at most B
("always at most"), or that of delta at least B.  Draws beyond B are counted, and bets on that
count refute "P(X beyond B) <= delta"; CONFIRMED means P(X beyond B) <= delta + epsilon.

Draws are counted beyond a ladder of other bounds as well, B 2^(k/4), which says how loose B is, and
what wrong formulas would have been refuted.  Its nulls are nested: of "P(X beyond rung) <= delta"
only the true one next to the quantile matters, as the wealth against any other is lower still, and
of "P(X beyond rung) >= delta + epsilon" likewise.  B is a rung of its own, so that alpha/2 for
either kind add up to alpha, verdict and ladder together.

`least` and `greatest` of the evidence are X over the bound: the extremes that were drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import BETS, log_mixture
from verify.relations import draws as drawn
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.ranges import Range
from verify.relations.target import Target

Side = Literal["upper", "lower"]

TIGHTER, LOOSER = 40, 16
"""Rungs of the ladder on either side of the bound, which is one more, as is the last of all."""

OWN = TIGHTER + 1
"""The rung that is the bound itself."""

BEYOND = "beyond"


@dataclass(frozen=True, kw_only=True)
class DrawTarget(Target):
    """A positive bound on draws: on every one, or on a quantile of theirs."""

    side: Side = "upper"

    def extreme(self, evidence: Evidence) -> float:
        """The extreme that was drawn on the bound's side."""
        return self.value * (evidence.greatest if self.side == "upper" else evidence.least)

    def allowed(self, value: Any) -> Range:
        """The draws, or quantiles, that a bound of that value allows, rounding included."""
        return self._on(self.side, value)

    def _on(self, side: Side, value: float) -> Range:
        """What lies on that side of a value, rounding included."""
        rounding = abs(value) * self.finite_size
        return Range(high=value + rounding) if side == "upper" else Range(low=value - rounding)

    def detectable(self, left: Range) -> float | None:
        """The least error that misses the range; a bound is only ever refuted as too tight."""
        return self._too_tight(left, self.side)


@dataclass(frozen=True, kw_only=True)
class QuantileTarget(DrawTarget):
    """A positive bound on every draw, which may fail with the probability `but_for` > 0."""

    but_for: float

    kind: ClassVar[str] = "quantile"
    nearest_is_extreme: ClassVar[bool] = True

    def check(self) -> None:
        """Raise ValueError unless the value is positive and the probabilities add up to below 1."""
        self.require_positive_value()
        if not (self.but_for > 0 and self.epsilon > 0 and self.but_for + self.epsilon < 1):
            raise ValueError(
                f"but_for = {self.but_for}, epsilon = {self.epsilon}: must satisfy"
                " but_for > 0, epsilon > 0 and but_for + epsilon < 1"
            )

    @property
    def rungs(self) -> NDArray[np.float64]:
        """The bounds of the ladder over this one, the tightest first, rounding included.

        That is 0 of an upper bound, as no other sign is of interest, and endless of a lower one.
        """
        tighter = -1 if self.side == "upper" else 1
        steps = np.array([math.inf, *range(TIGHTER, -LOOSER - 1, -1)])
        return np.exp2(tighter * steps / 4) * (1 - tighter * self.finite_size)

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,), of whatever sign."""
        ratios = drawn.one_number(x) / self.value
        rungs = self.rungs[:, None]
        beyond = ratios > rungs if self.side == "upper" else ratios < rungs
        return Evidence.of(x, ratios, {}, {BEYOND: beyond.sum(axis=1).astype(np.float64)})

    def _refuting(self, evidence: Evidence) -> LogWealth:
        """Log-wealths against "P(X beyond rung) <= delta"."""
        return _log_wealths(evidence.wealth[BEYOND], evidence.draws, self.but_for)

    def _confirming(self, evidence: Evidence) -> LogWealth:
        """Log-wealths against "P(X beyond rung) >= delta + epsilon"."""
        within = evidence.draws - evidence.wealth[BEYOND]
        return _log_wealths(within, evidence.draws, 1 - self.but_for - self.epsilon)

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED or CONFIRMED where the bound's own process reaches 2/alpha."""
        threshold = price(self.alpha)
        if self._refuting(evidence)[OWN] >= threshold:
            return "REFUTED"
        return "CONFIRMED" if self._confirming(evidence)[OWN] >= threshold else None

    def _plan(self) -> float:
        """Draws that CONFIRMED takes if violations are as frequent as the bound allows."""
        delta, kept = self.but_for, 1 - self.but_for - self.epsilon
        variance = delta * (1 - delta) / kept**2
        return draws_to_bet(self.epsilon / kept, variance, price(self.alpha))

    def detect(self, draws: int) -> float:
        """The least probability of a violation that so many draws would have refuted."""
        delta = self.but_for
        variance = (1 - delta) / delta
        return min(1.0, delta * (1 + gap_to_bet(variance, price(self.alpha), draws)))

    def left(self, evidence: Evidence) -> Range:
        """What is left of the quantile: no bound that fails too often, and none looser than needed.

        Its inner end is that of delta, its outer end that of delta + epsilon or, where that lies
        further in, the same.
        """
        bounds, won = self.value * self.rungs, price(self.alpha)
        inside = bounds[self._refuting(evidence) >= won]
        outside = bounds[self._confirming(evidence) >= won]
        if self.side == "upper":
            low = float(inside.max(initial=-math.inf))
            return Range(low, max(low, float(outside.min(initial=math.inf))))
        high = float(inside.min(initial=math.inf))
        return Range(min(high, float(outside.max(initial=-math.inf))), high)

    def nearest(self, evidence: Evidence) -> float:
        """The extreme that was drawn on the bound's side."""
        return self.extreme(evidence)

    def confirms(self, value: Any, left: Range) -> bool:
        """Whether the same draws confirm a bound of that value."""
        if self.side == "upper":
            return bool(value >= left.high)
        return bool(value <= left.low)


def _log_wealths(met: NDArray[np.float64], draws: int, probability: float) -> LogWealth:
    """Log-wealths against "P <= probability" of events met so often in so many draws, one a row."""
    from scipy.special import xlog1py  # 0.4 s to import, and the catalogue does without

    often, seldom = met[:, None], draws - met[:, None]
    return log_mixture(xlog1py(often, BETS * (1 / probability - 1)) + xlog1py(seldom, -BETS))
