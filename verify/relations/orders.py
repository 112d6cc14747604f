"""Relation "order": k quantities, measured under common random numbers, are in increasing order.

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

The form's value is 1, the share of adjacent pairs in order, which is also what a draw reads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import ALL_IN, above, log_mixture
from verify.relations import draws as drawn
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.terms import Terms


def check(target: Terms) -> None:
    """Raise ValueError unless the value is 1 and the planned excess at most 1/2."""
    if target.value != 1:
        raise ValueError(f"value = {target.value}: must be 1, the share of pairs in order")
    if not 0 < target.epsilon <= 0.5:
        raise ValueError(f"epsilon = {target.epsilon}: must be in (0, 1/2] for an order")


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x, shape (draws, k) with k >= 2.

    Wealth "increasing" refutes E T <= 1/2 and "decreasing" E T >= 1/2, shape (k - 1, bets).
    """
    drawn.columns(x, "two or more numbers", x.shape[-1] >= 2)
    later = (1 + np.sign(np.diff(x, axis=1))) / 2
    return Evidence.of(
        later.mean(axis=1),
        later.mean(axis=1),
        {
            "increasing": np.array([above(pair, 0.5, ALL_IN) for pair in later.T]),
            "decreasing": np.array([above(1 - pair, 0.5, ALL_IN) for pair in later.T]),
        },
    )


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED where a pair decreases, CONFIRMED where every pair increases."""
    if shown(evidence.wealth["decreasing"], target).any():
        return "REFUTED"
    return "CONFIRMED" if shown(evidence.wealth["increasing"], target).all() else None


def shown(wealth: LogWealth, target: Terms) -> NDArray[np.bool_]:
    """For which pairs the process of that direction has decided."""
    return log_mixture(wealth) >= price(target.alpha, 2 * len(wealth))


PAIRS_PLANNED = 4
"""How many pairs a plan reckons with: their number enters by its logarithm alone."""


def plan(target: Terms) -> float:
    """Draws that CONFIRMED takes where each pair increases by the planned excess."""
    gap = 2 * target.epsilon
    return draws_to_bet(gap, 1 - gap**2, price(target.alpha, 2 * PAIRS_PLANNED))


def detect(target: Terms, draws: int) -> float:
    """The least excess over 1/2 at which so many draws would have shown a pair reversed."""
    return min(0.5, gap_to_bet(1.0, price(target.alpha, 2 * PAIRS_PLANNED), draws) / 2)
