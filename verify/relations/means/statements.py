"""Equal, AtMost, AtLeast, SignedEqual, Ratio: what is said of the mean of a quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from theory.domains import Reals
from verify.evidence.accounting import ALPHA
from verify.numbers import number, percent
from verify.relations.identities import ZeroTarget, never_met
from verify.relations.means.limits import LimitTarget, in_the_limit
from verify.relations.means.non_negative import MeanTarget, OutOfRangeTarget
from verify.relations.means.signed import RatioTarget, SignedTarget
from verify.relations.means.varied import Side, taken_for_granted
from verify.relations.observed import SHOWN, ObservedTarget
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import (
    Found,
    Law,
    Place,
    Seen,
    false_alarm,
    grouped,
    on,
    points,
    seen,
    tighter,
    where,
    widest,
)


@dataclass(frozen=True, kw_only=True)
class OfMean(Statement):
    """What is said of the mean of a quantity; how it reads."""

    is_equality: ClassVar[bool] = True
    remainder_has_sides: ClassVar[bool] = True
    subject: ClassVar[str] = "mean"
    says: ClassVar[str] = "equals the form"

    def target(self, point: Place, alpha: float) -> Target:
        """What is said at the point; what is only shown takes no more draws than that needs."""
        target = super().target(point, alpha)
        if not point.experiment.observational:
            return target
        kept = {name: getattr(target, name) for name in ("value", "epsilon", "finite_size")}
        return ObservedTarget(**kept, alpha=alpha, draws=SHOWN)

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """Within which error, where, and on what grounds."""
        places = "; ".join(
            f"within {percent(widest(group))} at {points(group)}{on(inputs)}"
            for inputs, group in grouped(trials, "inputs").items()
        )
        return (
            f"The {self.subject} of the networks {self.says}: {places}{in_the_limit(trials)}. "
            f"The error probability is at most {number(ALPHA)} for the claim as a whole"
            f"{taken_for_granted(trials)}{never_met(trials)}."
        )

    def detectable(self, size: float) -> str:
        """A form so far off, or a bound so much too tight, would have been refuted."""
        return super().detectable(size) if self.is_equality else tighter(self.side, size)

    def _limit(self, point: Place, terms: dict[str, Any]) -> Target:
        """What is said of the limit of the experiment's sizes."""
        if not self.is_equality:
            raise ValueError("a bound has no limit: it needs an experiment of stated sizes")
        return LimitTarget(**terms, rarest=point.rarest)

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """What was claimed and what was measured."""
        limit = f", {seen('', found.limit_of)}" if found.limit_of else ""
        ratio = "" if found.ratio is None else f", a ratio of {found.ratio:.3f}"
        return (
            f"At {where(found)} the form says {found.theory:.4g} and simulated networks"
            f" give {found.estimate:.4g}{limit}{ratio}; {false_alarm(found)}"
        )


@dataclass(frozen=True, kw_only=True)
class Equal(OfMean):
    """The mean E X of a non-negative quantity X equals the form.

    `relative_variance` is a derived bound on Var X / (E X)^2, part of the null; `largest` a sure
    upper end of X, with which no moment is assumed.  Without either a pilot measures the variance.
    """

    relative_variance: Law | None = None
    largest: Law | None = None

    relation: ClassVar[str] = "equal"
    side: ClassVar[Side] = "both"
    lies_in: ClassVar[Reals | None] = Reals(0)

    def _silence_at_zero(self, point: Place) -> str | None:
        """Nothing: of X >= 0 a mean of 0 says that every draw is 0."""
        return None

    def silence(self, point: Place) -> str | None:
        """Why it cannot be judged at a point that it is about: as it could not be false."""
        return super().silence(point) or self._trivial(point)

    def _trivial(self, point: Place) -> str | None:
        value, largest = self.value(point.values), self._largest_at(point)
        if self.side == "lower" and value <= 0:
            return f"that a mean is at least {value:g} is true of all that is never negative"
        if self.side != "upper" or largest is None:
            return None
        if value > 0 and largest <= value * (1 + self.remainder_sides_at(point)[1]):
            return f"that a mean is at most {value:g} is true of all that is at most {largest:g}"
        return None

    def _target(self, point: Place, terms: dict[str, Any]) -> Target:
        if terms["value"] == 0:
            return ZeroTarget(**terms, exceptions=point.rarest)
        value, largest = terms["value"], self._largest_at(point)
        terms["largest"] = largest
        below, _ = terms.get("sides", (terms["finite_size"],) * 2)
        too_large = largest is not None and value * (1 - below) > largest
        if value < 0 or too_large:
            return OutOfRangeTarget(**terms)
        if point.experiment.doubled:
            return self._limit(point, terms)
        if self.side == "upper" and largest is not None:
            terms["epsilon"] = self._open(largest, terms)
        return MeanTarget(
            **terms,
            side=self.side,
            relative_variance=self.variance_at(point, "relative_variance"),
            rarest=point.rarest,
        )

    @staticmethod
    def _open(largest: float, terms: Mapping[str, Any]) -> float:
        """The error that is left open of an upper bound near a sure upper end.

        No mean exceeds the bound by more than the end does: half way there it can be tested.
        """
        room = largest / terms["value"] - 1
        return float(
            terms["epsilon"] if terms["epsilon"] < room else (terms["finite_size"] + room) / 2
        )

    def _largest_at(self, point: Place) -> float | None:
        return None if self.largest is None else self.stated(point, "largest", self.largest)


@dataclass(frozen=True, kw_only=True)
class AtMost(Equal):
    """The mean E X of a non-negative quantity X is at most the form."""

    relation: ClassVar[str] = "at most"
    is_equality: ClassVar[bool] = False
    side: ClassVar[Side] = "upper"
    curve: ClassVar[str | None] = "bound"
    says: ClassVar[str] = "is at most the form (exceeding it by no more than what follows)"


@dataclass(frozen=True, kw_only=True)
class AtLeast(Equal):
    """The mean E X of a non-negative quantity X is at least the form."""

    relation: ClassVar[str] = "at least"
    is_equality: ClassVar[bool] = False
    side: ClassVar[Side] = "lower"
    lies_in: ClassVar[Reals | None] = None
    curve: ClassVar[str | None] = "bound"
    says: ClassVar[str] = "is at least the form (falling short of it by no more than what follows)"


@dataclass(frozen=True, kw_only=True)
class SignedEqual(OfMean):
    """The mean E X of a quantity X of either sign equals the form.

    `variance` is a derived bound on Var X, part of the null of both sides; without one a pilot
    measures it.  In a limit it is that of what is extrapolated, X_d + t (X_d - X), t <= 1.16.
    With a `unit` errors are shares of it, and no longer of the form, which may be 0.
    """

    variance: Law | None = None
    unit: Law | None = None

    relation: ClassVar[str] = "equal, signed"
    side: ClassVar[Side] = "both"

    def _target(self, point: Place, terms: dict[str, Any]) -> Target:
        terms |= {
            "unit": self._unit_at(point),
            "variance": self.variance_at(point, "variance"),
        }
        if point.experiment.doubled:
            return self._limit(point, terms)
        return SignedTarget(**terms, rarest=point.rarest)

    @property
    def states_unit(self) -> bool:
        """Whether it states the unit of errors, as a law of points."""
        return self.unit is not None

    def unit_at(self, point: Place) -> float:
        """The unit of errors at a point: the stated one, or else the size of the form's value."""
        unit = self._unit_at(point)
        return super().unit_at(point) if unit is None else unit

    def _unit_at(self, point: Place) -> float | None:
        return None if self.unit is None else self.stated(point, "unit", self.unit)

    def _silence_at_zero(self, point: Place) -> str | None:
        """Nothing, where errors have a unit."""
        if self.unit is None:
            return "its value is 0, of which no error is a relative one: state a unit of errors"
        return None


@dataclass(frozen=True, kw_only=True)
class Ratio(SignedEqual):
    """The ratio E A / E B equals the form, for a quantity whose draws are pairs (A, B), E B > 0.

    `variance` is a derived bound on Var(A - r B), r the ratio, and `scale` the stated E B.
    """

    scale: Law

    relation: ClassVar[str] = "ratio of means"
    subject: ClassVar[str] = "ratio of the two means"

    def _target(self, point: Place, terms: dict[str, Any]) -> Target:
        return RatioTarget(
            **terms,
            side=self.side,
            variance=self.variance_at(point, "variance"),
            unit=self._unit_at(point),
            scale=self.stated(point, "scale", self.scale),
            rarest=point.rarest,
        )


@dataclass(frozen=True, kw_only=True)
class RatioAtLeast(Ratio):
    """The ratio E A / E B is at least the form."""

    relation: ClassVar[str] = "ratio of means at least"
    is_equality: ClassVar[bool] = False
    side: ClassVar[Side] = "lower"
    curve: ClassVar[str | None] = "bound"
    says: ClassVar[str] = AtLeast.says
