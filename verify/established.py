"""What the evidence of a claim has established about each measured quantity at each point.

A test process that reaches its threshold refutes a half-line of means.  All that it refutes counts,
whichever form it was run for: CONFIRMED leaves a range around the form, REFUTED a half-line beyond
it, and forms that speak of one quantity at one point share what is left.  At most two nulls of a
trial can be true at once, one on each side of the mean, and each is refuted with a probability of
at most alpha/2: every range of a claim holds but for the probability that the claim's trials share.
The ladders that measure how loose a bound is test nested nulls, and cost nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath

from verify.martingales import log_wealth
from verify.relations.exponents import interval
from verify.relations.means import rungs
from verify.relations.planning import price
from verify.relations.symbols import DIGITS

if TYPE_CHECKING:
    from verify.ledger import Trial
    from verify.statistics import Evidence, Target


@dataclass(frozen=True)
class Range:
    """Values that are left for a quantity; a range with low > high leaves none."""

    low: Any = 0.0
    high: Any = math.inf

    def __and__(self, other: Range) -> Range:
        return Range(max(self.low, other.low), min(self.high, other.high))

    @property
    def two_sided(self) -> bool:
        """Whether both ends are known."""
        return bool(-math.inf < self.low <= self.high < math.inf)


NOTHING_KNOWN = Range()
"""All that is known of a variable that is never negative before it is measured."""

Ranges = dict[tuple[str, str], Range]


def ranges(trials: Iterable[Trial]) -> Ranges:
    """What the trials of a claim leave for each quantity at each point (by its key)."""
    found: Ranges = {}
    for trial in trials:
        place, left = place_of(trial), established(trial)
        found[place] = found[place] & left if place in found else left
    return found


def place_of(trial: Trial) -> tuple[str, str]:
    """What a trial measures, and where."""
    return trial.judged.quantity, trial.point.key


def seen(trial: Trial) -> float:
    """The number to show beside the form's: the mean, the extreme or the witness; NaN before any.

    It decides nothing.
    """
    if trial.target.relation == "symbolic":
        return float(established(trial).low)
    if trial.evidence is None:
        return math.nan
    extremes = {
        "always at most": trial.evidence.greatest,
        "always at least": trial.evidence.least,
    }
    if trial.target.relation in extremes:
        return extremes[trial.target.relation] * trial.target.value
    return trial.evidence.mean


def established(trial: Trial) -> Range:
    """What one trial leaves for the quantity that its form speaks of."""
    target, relation = trial.target, trial.target.relation
    if relation == "symbolic":
        assert trial.judged.witness is not None
        with mpmath.workdps(DIGITS):
            witness = mpmath.mpf(trial.judged.witness(trial.point.values))
        return Range(witness, witness)
    if trial.evidence is None:
        return NOTHING_KNOWN
    if relation == "exponent":
        return _of_exponent(trial.evidence, target)
    if relation == "exact":
        return Range(trial.evidence.mean, trial.evidence.mean)
    if relation in ("always at most", "always at least"):
        return _of_extremes(trial.evidence, target)
    return NOTHING_KNOWN if relation == "order" else _of_mean(trial.evidence, target)


def _of_exponent(evidence: Evidence, target: Target) -> Range:
    found = interval(evidence, target)
    # No power law fits: none of any exponent does.
    return Range(math.inf, -math.inf) if found is None else Range(*found)


def _of_extremes(evidence: Evidence, target: Target) -> Range:
    """A bound must be no tighter than the extremes that searches found; see `verify.teeth`."""
    if target.violation > 0:
        return Range(-math.inf, math.inf)
    return Range(evidence.greatest * target.value, evidence.least * target.value)


def _of_mean(evidence: Evidence, target: Target) -> Range:
    m, r, eps = target.value, target.finite_size, target.epsilon
    wealth = evidence.wealth
    ladders = rungs(target) if "slack_above" in wealth else {}
    tested_above = [
        (m * (1 + r), wealth["refute_above"]),
        (m * (1 - eps), wealth["confirm_above"]),
        *zip(ladders.get("slack_above", ()), wealth.get("slack_above", ()), strict=True),
    ]
    tested_below = [
        (m * (1 - r), wealth["refute_below"]),
        (m * (1 + eps), wealth["confirm_below"]),
        *zip(ladders.get("slack_below", ()), wealth.get("slack_below", ()), strict=True),
    ]
    won = price(target.alpha)
    lows = [mean for mean, held in tested_above if log_wealth(held) >= won]
    highs = [mean for mean, held in tested_below if log_wealth(held) >= won]
    return Range(max(lows, default=0.0), min(highs, default=math.inf))
