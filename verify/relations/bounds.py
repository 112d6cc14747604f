"""AlwaysAtMost, AlwaysAtLeast: a bound on X itself, not on its mean.

A draw is the most extreme X that one search found; it violates the bound where it lies beyond
value (1 +- finite_size), finite_size being rounding.

A sure bound is REFUTED by one violation.  CONFIRMED means that the share of searches which would
find a violation is below `epsilon`: each search that finds none multiplies the wealth against
"P(violation) >= epsilon" by 1/(1 - epsilon), the stake being all of it, as one violation ends the
matter anyway.

A bound with probability 1 - delta states `but_for` = delta > 0: it bounds a quantile
(`verify.relations.quantiles`).

`least` and `greatest` of the evidence are X over the bound: the tightest that was found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.evidence.accounting import ALPHA
from verify.evidence.martingales import BETS, above, log_wealth
from verify.numbers import number, percent
from verify.relations import draws as drawn
from verify.relations.planning import price
from verify.relations.quantiles import DrawTarget, QuantileTarget, Side
from verify.relations.ranges import Range
from verify.relations.statement import Statement
from verify.relations.target import Altered, Target
from verify.relations.words import Found, Law, Place, Seen, points, tighter, where, widest
from verify.relations.words import drawn as evidence_of

RELATIONS: Mapping[Side, str] = {"upper": "always at most", "lower": "always at least"}


@dataclass(frozen=True, kw_only=True)
class BoundTarget(DrawTarget):
    """A positive bound on every draw."""

    shows_mean: ClassVar[bool] = False
    kind: ClassVar[str] = "bound"
    subject: ClassVar[str] = "extremes"

    def check(self) -> None:
        """Raise ValueError unless the value is positive, and epsilon a probability."""
        self.require_positive_value()
        if not 0 < self.epsilon < 1:
            raise ValueError(f"epsilon = {self.epsilon}: must be in (0, 1)")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,), of whatever sign."""
        ratios = drawn.one_number(x) / self.value
        kept = (~self._violates(ratios)).astype(np.float64)
        return Evidence.of(x, ratios, {"confirm": above(kept, 1 - self.epsilon, BETS[:1])})

    def _violates(self, ratio: NDArray[np.float64]) -> NDArray[np.bool_]:
        if self.side == "upper":
            return ratio > 1 + self.finite_size
        return ratio < 1 - self.finite_size

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED where the bound is violated, CONFIRMED where the process reaches 2/alpha."""
        if self._violates(np.array([evidence.least, evidence.greatest])).any():
            return "REFUTED"
        won = log_wealth(evidence.wealth["confirm"]) >= price(self.alpha)
        return "CONFIRMED" if won else None

    def _plan(self) -> float:
        """Draws that CONFIRMED takes."""
        return math.ceil(price(self.alpha) / -math.log(1 - self.epsilon))

    def detect(self, draws: int) -> float:
        """The least probability of a violation that so many draws would have refuted."""
        return float(-np.expm1(-price(self.alpha) / draws))

    def seen(self, evidence: Evidence | None) -> float:
        """The extreme that was found on the bound's side."""
        if evidence is None:
            return super().seen(evidence)
        return self.extreme(evidence)

    def standard_error(self, evidence: Evidence | None) -> float | None:
        """None: it is an extreme."""
        return None

    def seen_within(self, evidence: Evidence) -> Range:
        """The true extreme lies no nearer to the inside than the one that was found."""
        found = self.seen(evidence)
        return Range(low=found) if self.side == "upper" else Range(high=found)

    def left(self, evidence: Evidence) -> Range:
        """A bound must be no tighter than the extremes that searches found."""
        return Range(evidence.greatest * self.value, evidence.least * self.value)

    def confirms(self, value: Any, left: Range) -> bool:
        """The same searches found no violation of it: they do not count."""
        return True

    def altered(self, left: Range, evidence: Evidence | None) -> Mapping[str, Altered]:
        """The same value as a bound on the other side.

        The same searches that confirm a bound confirm that one where all of them reach it.
        """
        other: Side = "lower" if self.side == "upper" else "upper"
        change = f"{RELATIONS[self.side]} → {RELATIONS[other]}"
        refuted = self._on(other, self.value).misses(left)
        return {change: "refuted" if refuted else "true as well"}


@dataclass(frozen=True, kw_only=True)
class AlwaysAtMost(Statement):
    """Every draw of the quantity is at most the form, or fails to with the probability `but_for`.

    A draw is what one search for a violation found.
    """

    but_for: Law = lambda values: 0.0

    relation: ClassVar[str] = "always at most"
    relative: ClassVar[bool] = False
    side: ClassVar[Side] = "upper"

    @property
    def is_of_means(self) -> bool:
        """Whether it holds on every draw: one that may fail on some says nothing of their mean."""
        return self.but_for is AlwaysAtMost.but_for

    def _target(self, point: Place, terms: dict[str, Any]) -> Target:
        delta = self.stated(point, "but_for", self.but_for)
        if delta == 0:
            return BoundTarget(**terms, side=self.side)
        return QuantileTarget(**terms, side=self.side, but_for=delta)

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """How many searches found nothing."""
        searches = sum(evidence.draws for evidence in evidence_of(trials))
        rare = percent(widest(trials))
        delta = max(self.stated(trial.point, "but_for", self.but_for) for trial in trials)
        if delta > 0:
            return (
                f"The bound failed with a probability of at most {percent(delta)} plus {rare} at"
                f" {points(trials)}, shown by {number(searches)} draws."
            )
        return (
            f"No violation in {number(searches)} searches at {points(trials)}."
            f" Fewer than {rare} of such searches would find a violation; the error probability is"
            f" at most {number(ALPHA)}."
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """The violation that was found, or that there are too many of them."""
        if not self.is_of_means:
            refuted = [trial for trial in trials if trial.verdict == "REFUTED"]
            delta = max(self.stated(trial.point, "but_for", self.but_for) for trial in refuted)
            return (
                f"At {where(found)} the bound is {found.theory:.4g}, to fail with a probability of"
                f" at most {percent(delta)}, and draws beyond it are more frequent; their mean is"
                f" {found.estimate:.4g}. Repeated under a fresh seed: {found.repeat_verdict}."
            )
        return (
            f"At {where(found)} the bound is {found.theory:.4g} and a search found"
            f" {found.estimate:.4g}, a ratio of {found.ratio:.3f}."
            f" Repeated under a fresh seed: {found.repeat_verdict}."
        )

    def detectable(self, size: float) -> str:
        """A bound so much tighter would have been refuted."""
        return tighter(self.side, size)


@dataclass(frozen=True, kw_only=True)
class AlwaysAtLeast(AlwaysAtMost):
    """Every draw of the quantity is at least the form, or fails to with probability `but_for`."""

    relation: ClassVar[str] = "always at least"
    side: ClassVar[Side] = "lower"
