"""The mean of a variable of either sign, and the ratio of two means.

A lower side needs a second moment, and a variable without a sign has two of them: "E X >= m" is
tested on the centred X - m by the cut parabola of `verify.evidence.martingales.falling`, whose
docstring proves that it tests the whole null "E X >= m and Var X <= variance", and "E X <= m" on
its mirror image.  `variance` is absolute.

The null is value (1 - finite_size) .. value (1 + finite_size), whatever the sign; CONFIRMED means
within a relative epsilon.  Errors are shares of the value itself, or of a stated `unit`, with which
the value may be 0: that an estimator is without bias.

A ratio is that of two means, E A / E B with E B > 0, not the mean of A/B: "E A / E B >= r" says
E[A - r B] >= 0, so what is tested is A - r B against a mean of zero, and `variance` bounds
Var(A - r' B) for every r' within epsilon of r.  `scale` is the stated E B, a unit and no part of
the null: a draw reads r + (A - r B) / scale, whose mean is the ratio to first order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence
from verify.evidence.martingales import NONE, falling
from verify.evidence.pilot import Pilot
from verify.numbers import number
from verify.relations import draws as drawn
from verify.relations.means.non_negative import ROUNDING_MARGIN
from verify.relations.means.varied import (
    FINEST_SHARE,
    PROCESSES,
    UNDERSTATED,
    VARIED,
    VariedTarget,
    understated,
)
from verify.relations.ranges import Range, around


@dataclass(frozen=True, kw_only=True)
class SignedTarget(VariedTarget):
    """A value of the mean of a variable of either sign, whose variance is bounded.

    Errors are shares of `unit`, or else of the value, which then must not be 0.
    """

    variance: float | None = None
    unit: float | None = None

    kind: ClassVar[str] = "signed mean"
    subject: ClassVar[str] = "signed mean"

    def check(self) -> None:
        """Raise ValueError unless there is a unit of errors, and a variance is positive."""
        if self.unit is None:
            self.require_nonzero_value()
        elif not 0 < self.unit < math.inf:
            raise ValueError(f"unit = {self.unit}: must be positive and finite")
        self.require_relative_errors()
        if self.variance is not None and not 0 <= self.variance < math.inf:
            raise ValueError(f"variance = {self.variance}: must be finite and >= 0")

    @property
    def derived(self) -> float | None:
        """The bound on the variance that is derived; of a constant, no more than the finest."""
        return self.finest() if self.variance == 0 else self.variance

    @property
    def awaits_pilot(self) -> bool:
        """Whether no bound on the variance is known."""
        return self.variance is None and self.pilot is None

    def spread(self, pilot: Pilot) -> float:
        """The variance that draws show."""
        return pilot.variance()

    def finest(self) -> float:
        """A variance that is small against the square of the gap."""
        return (FINEST_SHARE * self._gap()) ** 2

    def _gap(self) -> float:
        return self._unit() * max(self.epsilon - self.finite_size, ROUNDING_MARGIN)

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws,), of whatever sign."""
        drawn.one_number(x)
        return self._weigh_against(lambda tested: x - tested, x)

    def _weigh_against(
        self, beyond: Callable[[float], NDArray[np.float64]], reading: NDArray[np.float64]
    ) -> Evidence:
        """Evidence of a variable that lies so far beyond each tested value."""
        tested, levels = self.tested(), self.levels
        wealth = dict.fromkeys(PROCESSES, NONE)
        if levels.size:
            for name, mean in tested.items():
                y = -beyond(mean) if name.endswith("above") else beyond(mean)
                wealth[name + VARIED] = falling(y, levels)
        if self.derived is not None:
            wealth[UNDERSTATED] = understated(beyond(self.value), self.derived)
        return Evidence.of(reading, 1 + (reading - self.value) / self.error_unit, wealth)

    @property
    def error_unit(self) -> float:
        """What an error is a share of."""
        return self.value if self.unit is None else self.unit

    def within(self, share: float, value: Any = None) -> Range:
        """The values within that share of the unit of errors."""
        if self.unit is None:
            return super().within(share, value)
        value = self.value if value is None else value
        return Range(value - share * self.unit, value + share * self.unit)

    def _off(self, left: Range) -> tuple[float | None, float | None]:
        """How far off a formula is that just misses the range, in shares of the unit of errors."""
        if self.unit is None:
            return super()._off(left)
        beyond = (self.value - left.low, left.high - self.value)
        low, high = (
            max(0.0, one / self.unit + remainder) if one < math.inf else None
            for one, remainder in zip(beyond, reversed(self.below_and_above), strict=True)
        )
        return low, high

    @property
    def relative_spread(self) -> float | None:
        """The variance in units of the square of the value: the derived one, or the pilot's."""
        variance = self.variance
        if variance is None and self.pilot is not None:
            variance = self.spread(self.pilot)
        return None if variance is None else variance / self._unit() ** 2

    def _unit(self) -> float:
        """What an error is a share of, in the unit of the draws."""
        return abs(self.error_unit)

    def _plan(self) -> float:
        """Draws that CONFIRMED takes, as for the mean of a variable without negative values."""
        gap = self.epsilon - self.finite_size
        return math.inf if gap <= 0 else self.plan_of(gap * self._unit(), self.expected_spread)

    def detect(self, draws: int) -> float | None:
        """The least relative error that so many draws would have refuted."""
        gap = self.gap_of(draws, self.expected_spread) / self._unit()
        return None if math.isinf(gap) else self.finite_size + gap * (1 + self.finite_size)

    def left(self, evidence: Evidence) -> Range:
        """What the nulls have refuted."""
        lows, highs = self.ends_left(evidence)
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

    def _unit(self) -> float:
        """What a relative error is taken of, in the unit of A - r B."""
        return abs(self.error_unit) * self.scale

    def spread(self, pilot: Pilot) -> float:
        """The variance of A - r B that draws show; what is read is in units of the scale."""
        return pilot.variance() * self.scale**2

    def _piloted(self, x: NDArray[np.float64]) -> Pilot:
        """What draws show, and by how much A - r B varies more at the ends of the margin."""
        a, b = _pairs(x)
        margin = around(self.value, self.epsilon)
        here, *ends = (float(np.var(a - r * b)) for r in (self.value, margin.low, margin.high))
        reading = self.value + (a - self.value * b) / self.scale
        return Pilot.of(reading, max(1.0, *(end / here for end in ends)) if here else 1.0)

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws, 2), of whatever sign."""
        a, b = _pairs(x)
        reading = self.value + (a - self.value * b) / self.scale
        found = self._weigh_against(lambda tested: a - tested * b, reading)
        unit = b / self.scale
        return replace(found, wealth={**found.wealth, SCALE: np.array([unit.sum(), unit @ unit])})

    def doubt(self, evidence: Evidence) -> str | None:
        """Also that E B lies far below the scale: bets of that unit are too small to win."""
        found = super().doubt(evidence)
        if found is not None or evidence.draws < 2:
            return found
        mean, square = evidence.wealth[SCALE] / evidence.draws
        reach = DEVIATIONS * math.sqrt(max(square - mean**2, 0.0) / (evidence.draws - 1))
        if mean + reach > 1 / FAR_BEYOND:
            return None
        return (
            f"draws show E B = {number(self.scale * mean, 2)}, and the stated scale,"
            f" {number(self.scale, 2)}, is far beyond it: state E B"
        )


DEVIATIONS = 6
"""The mean of B is told to be so many standard errors below 0, or below a share of its scale."""

SCALE = "scale"
FAR_BEYOND = 4
"""A scale of so many times E B is told where nothing is decided: a plan is made for errors that are
so many times as large."""


def _pairs(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A and B of each pair; ValueError where draws show that E B is negative."""
    a, b = drawn.columns(x, "2 numbers", x.shape[-1] == 2).T
    if len(b) > 1 and b.mean() < -DEVIATIONS * b.std() / math.sqrt(len(b)):
        raise ValueError(
            f"draws: the second number of a pair has the mean {b.mean():.3g}; a ratio E A / E B"
            " needs E B > 0: turn the signs of both"
        )
    return np.stack([a, b])
