"""What a form has to be: at most, at least or equal to another form, or a number; where it is not.

No form is taken for exact.  What is confirmed is confirmed within an error, and so breaks a bound
only where that lies off by more.  Where a remainder or a unit of errors is stated as a law of
points, or a form is an expansion in a parameter of its own, no more is claimed than what an
experiment can be judged by: there the relation is asked at points where that can run, alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

import mpmath
import numpy as np

from theory.closed_form import ClosedForm
from theory.computed import Computed
from theory.domains import OneOf
from verify.model import Experiment, Value
from verify.points.compared import Points, Signed, beyond, common, gap
from verify.points.hunted import Space, hunt, simplest
from verify.points.refuting import HELD, RANGE, Contradiction
from verify.relations import Statement
from verify.relations.statement import Form, Number

if TYPE_CHECKING:
    from theory.domains import Domain
    from verify.points.hunted import Array

DIGITS = 50
"""Digits with which a contradiction is worked out again."""

EQUAL, AT_MOST, AT_LEAST = "equal to", "at most", "at least"


@dataclass(frozen=True)
class Stated:
    """What statements leave open at the points of one experiment, judged at an error of `margin`.

    `of` is said of the form that has to be something, `other` of the form that it has to go with.
    """

    of: Statement
    other: Statement | None
    experiment: Experiment
    margin: float

    def left_at(self, place: Mapping[str, Value]) -> float:
        """How far off the form may be, in the quantity's own unit; NaN where nothing is said.

        It is stated of the nearest point that can be simulated, and of the first of listed names.
        """
        over = self.experiment.over.items()
        names = {k: d.values[0] for k, d in over if holds_names(d)}
        point = self.experiment.point({**names, **place}, self.margin)
        says = [one for one in (self.of, self.other) if one is not None]
        if point is None or not all(one.applies(point) for one in says):
            return math.nan
        remainder = self.of.remainder_at(point)
        left = remainder * self.of.unit_at(point) if remainder else 0.0
        if self.other is not None:
            left += self.other.epsilon_at(point) * self.other.unit_at(point)
        return left


@dataclass(frozen=True)
class Comparison:
    """What a form has to be: at most, at least or equal to another form, or a number.

    `held` are parameters that an experiment fixes or bounds; less than `least`, of the sum of both
    sizes, does not break the relation, nor does what lies `within` a relative error of the other
    form, or within what is `stated`.
    """

    form: Form
    relation: str
    other: Form | float
    held: Mapping[str, Domain | float] = field(default_factory=dict)
    least: float = 0.0
    within: float = 0.0
    stated: Stated | None = None

    @property
    def says(self) -> str:
        """What the form has to be, in words."""
        other = self.other
        return f"{self.relation} {f'{other:g}' if isinstance(other, float | int) else other.name}"

    @property
    def by(self) -> str:
        """What breaks the form where it is not what it has to be."""
        return RANGE if isinstance(self.other, float | int) else HELD

    @property
    def forms(self) -> list[Form]:
        """The forms that are compared."""
        return [self.form, *([] if isinstance(self.other, float | int) else [self.other])]

    @property
    def computed(self) -> list[str]:
        """Names of those that are neither formula nor number, and are not searched."""
        return [one.name for one in self.forms if not isinstance(one, ClosedForm | Number)]

    @property
    def space(self) -> Space:
        """Where the relation has to hold, with what else a point of the experiment needs."""
        found = common(self.forms, self.held)
        over = {} if self.stated is None else self.stated.experiment.over
        more = {k: (d,) for k, d in over.items() if k not in found.domains and not holds_names(d)}
        return Space({**found.domains, **more})

    def violation(self, points: Points) -> Array:
        """How far the relation is broken; NaN where it is not asked."""
        one = Signed.of(self.form, points)
        if isinstance(self.other, float | int):
            other = Signed.number(self.other + 0 * one.sign)
        else:
            other = Signed.of(self.other, points).moved(self._side * self.within)
        apart = gap(one, other)
        broken = {EQUAL: abs(apart), AT_MOST: apart, AT_LEAST: -apart}[self.relation] - self.least
        ranged = isinstance(self.other, float | int)  # has to hold wherever the form speaks at all
        found = beyond([] if ranged else self.forms, points, broken)
        return found if self.stated is None else self._beyond_stated(found, points, one, other)

    @property
    def _side(self) -> int:
        return {EQUAL: 0, AT_MOST: 1, AT_LEAST: -1}[self.relation]

    def _beyond_stated(self, found: Array, points: Points, one: Signed, other: Signed) -> Array:
        """The same less what is stated, which is asked point by point and where it matters."""
        assert self.stated is not None
        space, left = self.space, np.zeros(found.shape)
        for row in np.flatnonzero(found > 0):
            place = {
                name: int(x[row]) if space.whole(name) else float(x[row])
                for name, x in points.items()
            }
            left[row] = self.stated.left_at(place)
        with np.errstate(over="ignore", invalid="ignore"):
            return found - left / (np.exp(one.log) + np.exp(other.log))

    def broken_at(self, point: Mapping[str, Value]) -> tuple[str, str] | None:
        """Both values, where they break the relation when worked out as precisely as they can."""
        with mpmath.workdps(DIGITS):
            values: list[Any] = [value_at(form, point) for form in self.forms]
            if len(values) == 1:
                values.append(self.other)
            one, other = map(mpmath.mpf, values)
            left = self.within * abs(other) if self.within else mpmath.mpf(0)
            if self.stated is not None:
                left += self.stated.left_at(point)
            end = other + self._side * left
            rounding = sum(precision(form) for form in self.forms)
            far = not mpmath.almosteq(one, end, rel_eps=rounding, abs_eps=0)
            wrong = {EQUAL: abs(one - end) > left, AT_MOST: one > end, AT_LEAST: one < end}
            broken = far and wrong[self.relation]
            return (mpmath.nstr(one, 6), mpmath.nstr(other, 6)) if broken else None


def value_at(form: Form, point: Mapping[str, Value]) -> Any:
    """The value at a point that holds a value of each of its parameters, as `precision` says."""
    values: dict[str, Any] = {name: point[name] for name in form.domain}
    if takes_mpmath(form):
        values = {k: x if isinstance(x, str) else mpmath.mpf(x) for k, x in values.items()}
    return form.value(**values)


def precision(form: Form) -> Any:
    """The relative error of what `value_at` gives, in the digits of mpmath's context."""
    if isinstance(form, Computed):
        return mpmath.mpf(form.precision)
    return mpmath.mpf(10) ** (10 - mpmath.mp.dps)


def takes_mpmath(form: Form) -> bool:
    """Whether a form is worked out to any number of digits."""
    return not isinstance(form, Computed) or "mpmath" in form.kinds


def contradiction(comparison: Comparison) -> Contradiction | None:
    """The simplest point found at which a comparison fails; None where it seems to hold."""
    space = comparison.space
    part = comparison.relation == EQUAL
    largest = hunt(comparison.violation, space, any_will_do=part)
    if largest is None:
        return None
    surely = comparison.broken_at
    simple = simplest(comparison.violation, space, largest, lambda place: surely(place) is not None)
    for point in (simple, largest):
        if (values := comparison.broken_at(point)) is not None:
            return Contradiction(
                comparison.form.name, comparison.says, comparison.by, point, *values, largest
            )
    return None


def holds_names(domain: Domain) -> TypeGuard[OneOf]:
    """Whether a domain lists names."""
    return isinstance(domain, OneOf) and domain.holds_names
