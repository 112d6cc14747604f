"""Ranking: each of k quantities, under common random numbers, mostly exceeds the one before it.

A draw is a row of k values; the claim is that they increase from column to column: a ranking of k
kinds of network, or a monotone trend over k sizes.  What is judged is the ranking by paired
comparison: for each adjacent pair, that the later value exceeds the earlier one on more draws than
it falls short of it, P(later > earlier) > P(later < earlier).  This is not an order of the means:
it holds for any distribution, needs no moment, and one outlier counts as one draw.

With T = 1, 1/2 or 0 for a later value that is larger, equal or smaller, each pair tests E T against
1/2 both ways, as a bounded variable.  The 2 (k - 1) processes share alpha, so that everything said
of any pair holds at once.  CONFIRMED when every pair is shown to increase, REFUTED when some pair
is shown to decrease.  `epsilon` only plans: P(later > earlier) + P(equal)/2 is taken to be at least
1/2 + epsilon.

The value is 1, the share of adjacent pairs in order, which is also what a draw reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.accounting import ALPHA
from verify.evidence.martingales import BETS, above, log_mixture
from verify.numbers import number, percent
from verify.relations import draws as drawn
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.ranges import Range
from verify.relations.statement import Statement
from verify.relations.target import Altered, Target
from verify.relations.words import Found, Place, Seen, false_alarm, points, where

PAIRS_PLANNED = 4
"""How many pairs a plan reckons with: their number enters by its logarithm alone."""


@dataclass(frozen=True, kw_only=True)
class OrderTarget(Target):
    """An order of the columns of a row, pair by pair."""

    kind: ClassVar[str] = "order"

    def check(self) -> None:
        """Raise ValueError unless the value is 1 and the planned excess at most 1/2."""
        if self.value != 1:
            raise ValueError(f"value = {self.value}: must be 1, the share of pairs in order")
        if not 0 < self.epsilon <= 0.5:
            raise ValueError(f"epsilon = {self.epsilon}: must be in (0, 1/2] for an order")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws, k) with k >= 2.

        Wealth "increasing" refutes E T <= 1/2 and "decreasing" E T >= 1/2, shape (k - 1, bets).
        """
        drawn.columns(x, "two or more numbers", x.shape[-1] >= 2)
        later = (1 + np.sign(np.diff(x, axis=1))) / 2
        return Evidence.of(
            later.mean(axis=1),
            later.mean(axis=1),
            {
                "increasing": np.array([above(pair, 0.5, BETS) for pair in later.T]),
                "decreasing": np.array([above(1 - pair, 0.5, BETS) for pair in later.T]),
            },
        )

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED where a pair decreases, CONFIRMED where every pair increases."""
        if self._shown(evidence.wealth["decreasing"]).any():
            return "REFUTED"
        return "CONFIRMED" if self._shown(evidence.wealth["increasing"]).all() else None

    def _shown(self, wealth: LogWealth) -> NDArray[np.bool_]:
        """For which pairs the process of that direction has decided."""
        return log_mixture(wealth) >= price(self.alpha, 2 * len(wealth))

    def _plan(self) -> float:
        """Draws that CONFIRMED takes where each pair increases by the planned excess."""
        gap = 2 * self.epsilon
        return draws_to_bet(gap, 1 - gap**2, price(self.alpha, 2 * PAIRS_PLANNED))

    def detect(self, draws: int) -> float:
        """The least excess over 1/2 at which so many draws would have shown a pair reversed."""
        return min(0.5, gap_to_bet(1.0, price(self.alpha, 2 * PAIRS_PLANNED), draws) / 2)

    def left(self, evidence: Evidence) -> Range:
        """An order says nothing of a value."""
        return Range()

    def detectable(self, left: Range) -> None:
        """No error of a value was shown; the excess of a pair was planned."""
        return

    def altered(self, left: Range, evidence: Evidence | None) -> Mapping[str, Altered]:
        """Two neighbours that change places."""
        if evidence is None:
            return {}
        increasing = self._shown(evidence.wealth["increasing"])
        return {
            f"columns {place} and {place + 1} swapped": "refuted" if shown else "survived"
            for place, shown in enumerate(increasing, 1)
        }


@dataclass(frozen=True, kw_only=True)
class Ranking(Statement):
    """Each column of a quantity, whose draws are rows, exceeds the last on more draws than not."""

    claimed: int = field(default=1, init=False)

    relation: ClassVar[str] = "order"
    ranks: ClassVar[bool] = True
    has_formula: ClassVar[bool] = False
    relative: ClassVar[bool] = False

    def _target(self, point: Place, terms: dict[str, Any]) -> OrderTarget:
        return OrderTarget(**terms)

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """That each column exceeds the one before it, and where."""
        return (
            "Under common random numbers each quantity exceeds the one before it on more networks"
            f" than it falls short of it, at {points(trials)}; the error probability of the"
            f" whole ranking is at most {number(ALPHA)}."
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """Where a column falls short."""
        return (
            f"At {where(found)} a quantity falls short of the one before it on more networks"
            f" than it exceeds it; {false_alarm(found)}"
        )

    def detectable(self, size: float) -> str:
        """A pair so far from a tie would have been seen reversed."""
        return f"{percent(size)} of networks beyond one half"
