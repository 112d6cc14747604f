"""Contradictions that need no draw: forms against the forms and ranges that they have to go with.

Over all points where both speak: a bound against what else is said of the same quantity, a bound
against the form that improves it, a form against the range of its quantity, a refuted form against
its successor, an order against the forms that it orders.  What is found is worked out again to
DIGITS digits, and is a refutation by a confirmed form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

import theory
from theory.closed_form import ClosedForm
from verify.ledger.identity import fingerprint
from verify.model import Claim, Point, Value
from verify.points import Layout, reachable
from verify.points.compared import Points, Signed, beyond, common, gap
from verify.points.hunted import hunt, simplest
from verify.relations import Statement
from verify.relations.statement import Number
from verify.relations.words import shown

if TYPE_CHECKING:
    from theory.domains import Domain
    from verify.evidence.accounting import Budget
    from verify.ledger.store import Ledger
    from verify.points.hunted import Array
    from verify.relations.statement import Form

DIGITS = 50
"""Digits with which a contradiction is worked out again."""

VERSION = 1
"""Of the search: one more where it finds other points."""

EQUAL, AT_MOST, AT_LEAST = "equal to", "at most", "at least"
RANGE = "the range of its quantity"


@dataclass(frozen=True)
class Comparison:
    """What a form has to be: at most, at least or equal to another form, or a number.

    `held` are parameters that an experiment fixes or bounds; less than `least`, of the sum of both
    sizes, does not break the relation.
    """

    form: Form
    relation: str
    other: Form | float
    held: Mapping[str, Domain | float] = field(default_factory=dict)
    least: float = 0.0

    @property
    def says(self) -> str:
        """What the form has to be, in words."""
        other = self.other
        return f"{self.relation} {f'{other:g}' if isinstance(other, float | int) else other.name}"

    @property
    def by(self) -> str:
        """What breaks the form where it is not what it has to be."""
        return RANGE if isinstance(self.other, float | int) else "a confirmed form"

    @property
    def forms(self) -> list[Form]:
        """The forms that are compared."""
        return [self.form, *([] if isinstance(self.other, float | int) else [self.other])]

    @property
    def computed(self) -> list[str]:
        """Names of those that are neither formula nor number, and are not searched."""
        return [one.name for one in self.forms if not isinstance(one, ClosedForm | Number)]

    def violation(self, points: Points) -> Array:
        """How far the relation is broken; a range has to hold wherever the form speaks at all."""
        one = Signed.of(self.form, points)
        if isinstance(self.other, float | int):
            return beyond([], points, self._broken(one, Signed.number(self.other + 0 * one.sign)))
        return beyond(self.forms, points, self._broken(one, Signed.of(self.other, points)))

    def _broken(self, one: Signed, other: Signed) -> Array:
        apart = gap(one, other)
        return {EQUAL: abs(apart), AT_MOST: apart, AT_LEAST: -apart}[self.relation] - self.least

    def broken_at(self, point: Mapping[str, Value]) -> tuple[str, str] | None:
        """Both values, where they break the relation when worked out to DIGITS digits."""
        with mpmath.workdps(DIGITS):
            exact = {name: mpmath.mpf(value) for name, value in point.items()}
            values = [
                form.value(**{name: exact[name] for name in form.domain}) for form in self.forms
            ]
            if len(values) == 1:
                values.append(self.other)
            one, other = map(mpmath.mpf, values)
            far = not mpmath.almosteq(
                one, other, rel_eps=mpmath.mpf(10) ** (10 - DIGITS), abs_eps=0
            )
            wrong = {EQUAL: True, AT_MOST: one > other, AT_LEAST: one < other}[self.relation]
            return (mpmath.nstr(one, 6), mpmath.nstr(other, 6)) if far and wrong else None


@dataclass(frozen=True)
class Contradiction:
    """A point at which a form is not what it has to be; both values in six digits.

    `by` is what it is refuted by, `largest` where the difference is largest, of the points that
    were searched.
    """

    form: str
    says: str
    by: str
    parameters: Mapping[str, Value]
    value: str
    other: str
    largest: Mapping[str, Value]

    def __str__(self) -> str:
        return f"at {shown(self.parameters)} it is {self.value}, and has to be {self.says}" + (
            "" if self.by == RANGE else f", which is {self.other}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def contradiction(comparison: Comparison) -> Contradiction | None:
    """The simplest point found at which a comparison fails; None where it seems to hold."""
    space = common(comparison.forms, comparison.held)
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


def comparisons(claim: Claim, statement: Statement) -> Iterator[Comparison]:
    """What the form of a statement has to be, by what stands; of formulas and numbers alone."""
    yield from (one for one in _every(claim, statement) if not one.computed)


def unsought(claim: Claim) -> Iterator[str]:
    """A line on each form that is not held against what it has to be, as one of them is computed.

    Thousands of values of such a form may take hours, and it need not have 50 digits.
    """
    for statement in claim.says:
        found = [one for one in _every(claim, statement) if one.computed]
        if found:
            has = " and ".join(dict.fromkeys(one.says for one in found))
            which = " and ".join(dict.fromkeys(name for one in found for name in one.computed))
            yield (
                f"{claim.id} {statement.name}: not searched for where it is not {has},"
                f" as {which} is computed and no formula"
            )


def _every(claim: Claim, statement: Statement) -> Iterator[Comparison]:
    form = statement.form
    if statement.ranks:
        for (one, other), experiment in product(pairwise(statement.of), claim.by):
            held = {**_numbers(experiment.setting), **experiment.over}
            yield Comparison(one, AT_MOST, other, held)
    surely = form.lies_in or statement.lies_in
    if surely is not None:
        low, high = surely.endpoints()
        if low > -np.inf:
            yield Comparison(form, AT_LEAST, low)
        if high < np.inf:
            yield Comparison(form, AT_MOST, high)
    if statement.side is not None:
        yield from _bounded(claim, statement, form)


def _numbers(setting: Mapping[str, Value]) -> dict[str, float]:
    return {name: value for name, value in setting.items() if not isinstance(value, str)}


def _bounded(claim: Claim, statement: Statement, form: Form) -> Iterator[Comparison]:
    relation = {"upper": AT_LEAST, "lower": AT_MOST}.get(statement.side or "", EQUAL)
    if form.superseded_by is not None and relation == EQUAL and not statement.stands:
        successor = _named(claim, form, form.superseded_by)
        if successor is not None:
            yield Comparison(form, EQUAL, successor)
    if form.improved_by is not None and relation != EQUAL:
        better = _named(claim, form, form.improved_by)
        if better is not None:
            yield Comparison(form, relation, better)
    if relation != EQUAL:
        said = [other.form for other in claim.says if _is_known(claim, statement, other)]
        known = dict.fromkeys([*statement.of, *said])
        # Of two numbers nothing has to be sought.
        yield from (Comparison(form, relation, one) for one in known if not isinstance(one, Number))


def _is_known(claim: Claim, statement: Statement, other: Statement) -> bool:
    """Whether a bound has to go with another statement of the same quantity.

    With one that stands; of two bounds that stand, what is printed goes with what we derived.
    """
    labels = [{one.label for one in each.by or claim.by} for each in (statement, other)]
    printed = statement.form.status == "printed" or other.form.status != "printed"
    return (
        other.quantity == statement.quantity
        and other.side in {"both", "upper", "lower"} - {statement.side}
        and bool(labels[0] & labels[1])
        and other.form.superseded_by is None
        and printed
    )


def _named(claim: Claim, form: Form, name: str) -> Form | None:
    listed = [one.form for one in claim.says if one.name == name]
    if not listed and form.subject:
        listed = [theory.find(f"{form.subject}.{name}")]
    return next((one for one in listed if not isinstance(one, Number)), None)


def contradictions(claim: Claim) -> list[Contradiction]:
    """All that the forms of a claim break, each by its simplest point."""
    wanted = [one for statement in claim.says for one in comparisons(claim, statement)]
    return [found for one in wanted if (found := contradiction(one)) is not None]


def refuting(
    claim: Claim, statement: Statement, ledger: Ledger, doubtful: Set[str] = frozenset()
) -> Contradiction | None:
    """The first contradiction that refutes what a statement says, kept in the ledger.

    A form is not refuted by its successor, which draws have to confirm at points where the two
    part, nor by one of the `doubtful` names, which draws have not confirmed.
    """
    for one in comparisons(claim, statement):
        known = {form.name for form in one.forms[1:]}
        if one.relation != EQUAL and doubtful.isdisjoint(known):
            found = _kept(one, ledger)
            if found is not None:
                return found
    return None


def _kept(one: Comparison, ledger: Ledger) -> Contradiction | None:
    """The contradiction, from the ledger where it was sought before."""
    digests = [form.digest for form in one.forms]
    mark = fingerprint(VERSION, one.says, digests, str(one.held), one.least)

    def sought() -> dict[str, Any]:
        found = contradiction(one)
        return {"found": None if found is None else found.as_dict()}

    found = ledger.kept("contradiction", mark, sought)["found"]
    return None if found is None else Contradiction(**found)


# Points for draws -----------------------------------------------------------------------------


def searched(claim: Claim, found: Layout, budget: Budget, ledger: Ledger) -> Layout:
    """What was laid out of a claim, with the points that its forms are found to call for."""
    return replace(found, points=(*found.points, *telling(claim, found.points, budget, ledger)))


def telling(
    claim: Claim, points: Sequence[Point], budget: Budget, ledger: Ledger
) -> tuple[Point, ...]:
    """Further points at which draws can tell, where an experiment of the claim can run there.

    Those at which forms contradict others, and for a form that differs from its successor by more
    than the budget's error at none of the `points`, the simplest at which it does.
    """
    places: list[Mapping[str, Value]] = []
    for statement in claim.says:
        found = refuting(claim, statement, ledger)
        if found is not None:
            places.append(found.parameters)
        right = claim.successor(statement) if statement.side == "both" else None
        if right is not None and not any(_told_apart(statement, right, one) for one in points):
            places += _apart(claim, statement, right, budget, ledger)
    known = {point.key for point in points}
    further = [
        point
        for place in places
        for point in reachable(claim, place, budget)
        if point.key not in known
    ]
    return tuple({point.key: point for point in further}.values())


def _told_apart(statement: Statement, right: Statement, point: Point) -> bool:
    """Whether a form and its successor differ at a point by more than its error, of their mean."""
    if not (statement.applies(point) and right.applies(point)):
        return False
    one, other = (each.form.value(**each.arguments(point.values)) for each in (statement, right))
    least = point.margin if statement.relative else 0.0
    return abs(one - other) > least * (abs(one) + abs(other)) / 2


def _apart(
    claim: Claim, statement: Statement, right: Statement, budget: Budget, ledger: Ledger
) -> list[Mapping[str, Value]]:
    """The simplest points at which they do, one for each experiment of the statement."""
    form, other = statement.form, right.form
    if not (isinstance(form, ClosedForm) and isinstance(other, ClosedForm)):
        return []
    least = budget.cap if statement.relative else 0.0
    labels = [one.label for one in statement.by or claim.by]
    tried = [
        Comparison(form, EQUAL, other, claim.experiment(label).over, least) for label in labels
    ]
    found = [_kept(one, ledger) for one in tried]
    return [one.parameters for one in found if one is not None]
