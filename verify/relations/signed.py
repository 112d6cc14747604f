"""SignedEqual, Ratio: the mean of a variable of either sign, and the ratio of two means.

A lower side needs a second moment, and a variable without a sign has two of them: "E X >= m" is
tested on the centred X - m by the cut parabola of `verify.evidence.martingales.falling`, whose
docstring proves that it tests the whole null "E X >= m and Var X <= variance", and "E X <= m" on
its mirror image.  `variance` is absolute.

The null is value (1 - finite_size) .. value (1 + finite_size), whatever the sign; CONFIRMED means
within a relative epsilon.

A ratio is that of two means, E A / E B with E B > 0, not the mean of A/B: "E A / E B >= r" says
E[A - r B] >= 0, so what is tested is A - r B against a mean of zero, and `variance` bounds
Var(A - r' B) for every r' within epsilon of r.  `scale` is the stated E B, a unit and no part of
the null: a draw reads r + (A - r B) / scale, whose mean is the ratio to first order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.evidence.martingales import falling
from verify.relations import draws as drawn
from verify.relations.means import NEEDED, OfMean, decided, ends_left
from verify.relations.planning import CONFIRM_FACTOR, DETECT_FACTOR, price
from verify.relations.ranges import Range, around
from verify.relations.statement import Law
from verify.relations.target import Target
from verify.relations.words import Place


@dataclass(frozen=True, kw_only=True)
class SignedTarget(Target):
    """A value, not 0, of the mean of a variable of either sign, whose variance is bounded."""

    variance: float

    kind: ClassVar[str] = "signed mean"
    subject: ClassVar[str] = "signed mean"

    def check(self) -> None:
        """Raise ValueError unless the value is not 0, and the variance positive."""
        self.require_nonzero_value()
        self.require_relative_errors()
        if not 0 < self.variance < math.inf:
            raise ValueError(f"variance = {self.variance}: must be positive and finite")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,), of whatever sign."""
        drawn.one_number(x)
        return self._weigh_against(lambda tested: x - tested, x)

    def _weigh_against(
        self, beyond: Callable[[float], NDArray[np.float64]], reading: NDArray[np.float64]
    ) -> Evidence:
        """Evidence of a variable that lies so far beyond each tested value."""
        null, margin = around(self.value, self.finite_size), around(self.value, self.epsilon)
        return Evidence.of(
            reading,
            reading / self.value,
            {
                "refute_above": falling(-beyond(null.high), self.variance),
                "refute_below": falling(beyond(null.low), self.variance),
                "confirm_above": falling(-beyond(margin.low), self.variance),
                "confirm_below": falling(beyond(margin.high), self.variance),
            },
        )

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED or CONFIRMED where a process, or each that is needed, reaches 2/alpha."""
        return decided(evidence, self, NEEDED["both"])

    @property
    def relative_spread(self) -> float:
        """The variance in units of the square of the value."""
        return self.variance / self.value**2

    def plan(self) -> float:
        """Draws that CONFIRMED takes, as for the mean of a variable without negative values."""
        gap = self.epsilon - self.finite_size
        if gap <= 0:
            return math.inf
        each = max(CONFIRM_FACTOR * self.relative_spread / gap**2, 4)
        return math.ceil(each * price(self.alpha))

    def detect(self, draws: int) -> float:
        """The least relative error that so many draws would have refuted."""
        each = (price(self.alpha) + math.log(falling(np.zeros(1), 1.0).size)) / draws
        gap = math.sqrt(DETECT_FACTOR * self.relative_spread * each)
        return self.finite_size + gap * (1 + self.finite_size)

    def left(self, evidence: Evidence) -> Range:
        """What the nulls have refuted."""
        lows, highs = ends_left(evidence, self)
        return Range(max(lows, default=-math.inf), min(highs, default=math.inf))


@dataclass(frozen=True, kw_only=True)
class RatioTarget(SignedTarget):
    """A value, not 0, of E A / E B for pairs (A, B) with E B > 0."""

    scale: float

    kind: ClassVar[str] = "ratio"
    subject: ClassVar[str] = "ratio"

    def check(self) -> None:
        """Raise ValueError unless the scale is positive as well."""
        super().check()
        if not self.scale > 0:
            raise ValueError(f"scale = {self.scale}: must be positive, the stated E B")

    @property
    def relative_spread(self) -> float:
        """The same of the ratio."""
        return self.variance / (self.value * self.scale) ** 2

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws, 2), of whatever sign."""
        a, b = drawn.columns(x, "2 numbers", x.shape[-1] == 2).T
        reading = self.value + (a - self.value * b) / self.scale
        return self._weigh_against(lambda tested: a - tested * b, reading)


@dataclass(frozen=True, kw_only=True)
class SignedEqual(OfMean):
    """The mean E X of a quantity X of either sign equals the form, whose value is not 0.

    `variance` is a stated bound on Var X, part of the null of both sides.
    """

    variance: Law | None = None

    relation: ClassVar[str] = "equal, signed"

    def _target(self, point: Place, terms: dict[str, Any]) -> SignedTarget:
        return SignedTarget(**terms, variance=self._spread(point))

    def _spread(self, point: Place) -> float:
        variance = self.variance_at(point, self.variance)
        if variance is None:
            raise ValueError("variance = None: a mean of either sign needs a bound on it")
        return variance

    @property
    def given(self) -> str:
        """The stated bound on the spread."""
        return ", given the stated bound on the variance"


@dataclass(frozen=True, kw_only=True)
class Ratio(SignedEqual):
    """The ratio E A / E B equals the form, for a quantity whose draws are pairs (A, B), E B > 0.

    `variance` is a stated bound on Var(A - r B), r the ratio, and `scale` the stated E B.
    """

    scale: Law

    relation: ClassVar[str] = "ratio of means"
    subject: ClassVar[str] = "ratio of the two means"

    def _target(self, point: Place, terms: dict[str, Any]) -> RatioTarget:
        return RatioTarget(**terms, variance=self._spread(point), scale=self.scale(point.values))
