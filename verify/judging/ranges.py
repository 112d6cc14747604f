"""What the evidence of a claim has established about each measured quantity at each point.

A test process that reaches its threshold refutes a half-line of means.  All that it refutes counts,
whichever form it was run for: CONFIRMED leaves a range around the form, REFUTED a half-line beyond
it, and forms that say the same kind of thing of one quantity at one point share what is left: all
that speak of its mean, of its extremes, or of a ratio of two means.

Every range of a claim holds but for the probability that the claim's trials share.  At most two
nulls of an equality can be true at once, and each is refuted with a probability of at most alpha/2.
A bound adds two ladders of nested nulls; of a ladder only the true null next to the mean matters,
as the wealth against any other is lower still.  Where the bound is loose its own null is true
together with some of either ladder, which it need not share its bets with: alpha/2 for that null
and alpha/4 for each ladder add up to alpha.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath

from verify.evidence.martingales import log_wealth
from verify.relations.exponents import interval
from verify.relations.means import rungs
from verify.relations.planning import price
from verify.relations.symbols import DIGITS

if TYPE_CHECKING:
    from verify.evidence import Evidence, LogWealth
    from verify.ledger.trial import Trial
    from verify.relations import Target


@dataclass(frozen=True)
class Range:
    """Values that are left for a quantity; a range with low > high leaves none."""

    low: Any = -math.inf
    high: Any = math.inf

    def __and__(self, other: Range) -> Range:
        return Range(max(self.low, other.low), min(self.high, other.high))

    @property
    def two_sided(self) -> bool:
        """Whether both ends are known."""
        return bool(-math.inf < self.low <= self.high < math.inf)


MEANS = ("equal", "at most", "at least")
"""Relations on the mean of a variable that is never negative."""

SHARED = {
    **dict.fromkeys(MEANS, "mean"),
    **dict.fromkeys(("always at most", "always at least"), "extremes"),
    "ratio": "ratio",
}
"""What forms of one quantity share by their relation; any other leaves all it can by itself."""

Place = tuple[str, str, str]
Ranges = dict[Place, Range]


def ranges(trials: Iterable[Trial]) -> Ranges:
    """What the trials of a claim leave at each `place_of` them."""
    found: Ranges = {}
    for trial in trials:
        place, left = place_of(trial), established(trial)
        found[place] = found[place] & left if place in found else left
    return found


def place_of(trial: Trial) -> Place:
    """What a trial's form speaks of: the kind of statement, the quantity and the point's key."""
    judged = trial.judged
    kind = SHARED.get(judged.relation)
    if kind is None:
        return judged.relation, judged.name, trial.point.key
    return kind, judged.quantity, trial.point.key


def before_draws(target: Target) -> Range:
    """All that is known of the quantity before it is measured."""
    return Range(low=0.0) if target.relation in MEANS else Range()


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
    if trial.evidence is None or relation == "order":
        return before_draws(target)
    if relation == "exponent":
        return _of_exponent(trial.evidence, target)
    if relation == "exact":
        return Range(trial.evidence.mean, trial.evidence.mean)
    if relation in ("always at most", "always at least"):
        return _of_extremes(trial.evidence, target)
    return _of_mean(trial.evidence, target)


def _of_exponent(evidence: Evidence, target: Target) -> Range:
    found = interval(evidence, target)
    # No power law fits: none of any exponent does.
    return Range(math.inf, -math.inf) if found is None else Range(*found)


def _of_extremes(evidence: Evidence, target: Target) -> Range:
    """A bound must be no tighter than the extremes that searches found."""
    if target.violation > 0:
        return Range()
    return Range(evidence.greatest * target.value, evidence.least * target.value)


def _of_mean(evidence: Evidence, target: Target) -> Range:
    m, r, eps = target.value, target.finite_size, target.epsilon
    wealth = evidence.wealth
    above = [(m * (1 + r), wealth["refute_above"]), (m * (1 - eps), wealth["confirm_above"])]
    below = [(m * (1 - r), wealth["refute_below"]), (m * (1 + eps), wealth["confirm_below"])]
    lows, highs = (_refuted(tested, price(target.alpha)) for tested in (above, below))
    if "slack_above" in wealth:
        won = price(target.alpha, 4)
        ladders = rungs(target)
        for name, found in (("slack_above", lows), ("slack_below", highs)):
            found += _refuted(zip(ladders[name], wealth[name], strict=True), won)
    if m < 0:  # of a ratio: "above" is farther from 0
        lows, highs = highs, lows
    known = before_draws(target)
    return Range(max(lows, default=known.low), min(highs, default=known.high))


def _refuted(tested: Iterable[tuple[float, LogWealth]], won: float) -> list[float]:
    """The means whose process has won so much."""
    return [mean for mean, held in tested if log_wealth(held) >= won]
