"""Relations "always at most" and "always at least": a bound on X itself, not on its mean.

A draw is the most extreme X that one search found; it violates the bound where it lies beyond
value (1 +- finite_size), finite_size being rounding.

A sure bound is REFUTED by one violation.  CONFIRMED means that the share of searches which would
find a violation is below `epsilon`: each search that finds none multiplies the wealth against
"P(violation) >= epsilon" by 1/(1 - epsilon), the stake being all of it, as one violation ends the
matter anyway.

A bound with probability 1 - delta states `violation` = delta > 0.  Bets on the indicator of a
violation then refute "P(violation) <= delta"; CONFIRMED means P(violation) <= delta + epsilon.

`least` and `greatest` of the evidence are X over the bound: the tightest that was found.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.evidence.martingales import ALL_IN, NONE, above, log_wealth
from verify.relations import draws as drawn
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.terms import Terms


def check(target: Terms) -> None:
    """Raise ValueError unless the bound is positive and the probabilities add up to below 1."""
    target.require_positive_value()
    delta = target.violation
    if not (delta >= 0 and target.epsilon > 0 and delta + target.epsilon < 1):
        raise ValueError(
            f"violation = {delta}, epsilon = {target.epsilon}: must satisfy"
            " violation >= 0, epsilon > 0 and violation + epsilon < 1"
        )


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x, shape (draws,), of whatever sign."""
    ratios = drawn.one_number(x) / target.value
    violates = _violates(ratios, target).astype(np.float64)
    delta, kept = target.violation, 1 - target.violation - target.epsilon
    return Evidence.of(
        x,
        ratios,
        {
            "refute": above(violates, delta, ALL_IN) if delta > 0 else NONE,
            "confirm": above(1 - violates, kept, ALL_IN if delta > 0 else ALL_IN[:1]),
        },
    )


def _violates(ratio: NDArray[np.float64], target: Terms) -> NDArray[np.bool_]:
    if target.relation == "always at most":
        return ratio > 1 + target.finite_size
    return ratio < 1 - target.finite_size


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED or CONFIRMED where a process reaches 2/alpha, or a sure bound is violated."""
    threshold = price(target.alpha)
    extremes = np.array([evidence.least, evidence.greatest])
    violated = target.violation == 0 and bool(_violates(extremes, target).any())
    if violated or log_wealth(evidence.wealth["refute"]) >= threshold:
        return "REFUTED"
    return "CONFIRMED" if log_wealth(evidence.wealth["confirm"]) >= threshold else None


def plan(target: Terms) -> float:
    """Draws that CONFIRMED takes if violations are as frequent as the bound allows."""
    delta, kept = target.violation, 1 - target.violation - target.epsilon
    if delta == 0:
        return math.ceil(price(target.alpha) / -math.log(kept))
    variance = delta * (1 - delta) / kept**2
    return draws_to_bet(target.epsilon / kept, variance, price(target.alpha))


def detect(target: Terms, draws: int) -> float:
    """The least probability of a violation that so many draws would have refuted."""
    delta = target.violation
    if delta == 0:
        return float(-np.expm1(-price(target.alpha) / draws))
    variance = (1 - delta) / delta
    return min(1.0, delta * (1 + gap_to_bet(variance, price(target.alpha), draws)))
