"""Contradictions that need no draw: forms against the forms and ranges that they have to go with.

Over all points where both speak: a bound against what else is said of the same quantity, a form
against the range of its quantity, a refuted form against its successor, an order against the forms
that it orders.  What is found is worked out again to DIGITS digits.  It refutes a form if the other
is right, which draws may not have shown where the two part; so the verdict says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

import theory
from theory.closed_form import ClosedForm
from verify.ledger.identity import fingerprint
from verify.model import Claim, Experiment, Point, Value
from verify.points.comparison import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    Comparison,
    Stated,
    contradiction,
    holds_names,
)
from verify.points.placed import margin_of, reachable
from verify.points.refuting import Contradiction, Refuting
from verify.points.region import judged_by
from verify.relations import Statement
from verify.relations.said import Spoken
from verify.relations.statement import Number

if TYPE_CHECKING:
    from theory.domains import Domain
    from verify.evidence.accounting import Budget
    from verify.ledger.store import Ledger
    from verify.relations.statement import Form

VERSION = 2
"""Of the search: one more where it finds other points."""


def comparisons(claim: Claim, statement: Statement, budget: Budget) -> Iterator[Comparison]:
    """What the form of a statement has to be, by what stands; of formulas and numbers alone."""
    yield from (one for one in _every(claim, statement, budget) if not one.computed)


def unsought(claim: Claim, budget: Budget) -> Iterator[str]:
    """A line on each form that is not held against what it has to be, as one of them is computed.

    Thousands of values of such a form may take hours, and it need not have 50 digits.
    """
    for statement in claim.says:
        found = [one for one in _every(claim, statement, budget) if one.computed]
        if found:
            has = " and ".join(dict.fromkeys(one.says for one in found))
            which = " and ".join(dict.fromkeys(name for one in found for name in one.computed))
            yield (
                f"{claim.id}: points where {statement.name} is not {has} were not searched for, as"
                f" {which} is computed and no formula"
            )


def _every(claim: Claim, statement: Statement, budget: Budget) -> Iterator[Comparison]:
    form = statement.form
    if statement.ranks:
        for (first, second), experiment in product(pairwise(statement.of), claim.by):
            held = _where_run(experiment)
            yield Comparison(first, AT_MOST, second, held, within=budget.cap)
    surely = form.lies_in or statement.lies_in
    if surely is not None:
        low, high = surely.endpoints()
        if low > -np.inf:
            yield from _apiece(claim, statement, AT_LEAST, float(low), None, budget)
        if high < np.inf:
            yield from _apiece(claim, statement, AT_MOST, float(high), None, budget)
    if statement.side == "both" and form.superseded_by is not None and not statement.stands:
        successor = _named(claim, form, form.superseded_by)
        if successor is not None:
            yield Comparison(form, EQUAL, successor)
    elif statement.side in ("upper", "lower") and statement.is_of_means:
        relation = AT_LEAST if statement.side == "upper" else AT_MOST
        known: dict[Form, Statement | None] = dict.fromkeys(statement.of)
        known |= {one.form: one for one in claim.says if _is_known(statement, one)}
        for one, other in known.items():
            if not isinstance(one, Number):  # of two numbers nothing has to be sought
                yield from _apiece(claim, statement, relation, one, other, budget)


def _is_known(statement: Statement, other: Statement) -> bool:
    """Whether a bound has to go with another statement of the same quantity.

    With one that stands; of two bounds that stand, what is printed goes with what we derived.
    """
    printed = statement.form.status == "printed" or other.form.status != "printed"
    return (
        other.quantity == statement.quantity
        and other.side in {"both", "upper", "lower"} - {statement.side}
        and other.is_of_means
        and other.form.superseded_by is None
        and printed
    )


def _apiece(
    claim: Claim,
    statement: Statement,
    relation: str,
    other: Form | float,
    said: Statement | None,
    budget: Budget,
) -> Iterator[Comparison]:
    """A comparison for each experiment that judges both; those that search alike are made one.

    What holds at the points of an experiment alone is held against others there; all else holds
    over its domain, where what a form says nothing of is as in the experiment.
    """
    form, margin = statement.form, margin_of(claim, budget)
    forms: list[Form] = [form] if isinstance(other, float) else [form, other]
    says = [one for one in (statement, said) if one is not None]
    within = 0.0 if isinstance(other, float) else budget.cap if said is None else margin
    known: dict[str, Comparison] = {}
    for experiment in claim.by:
        if not all(judged_by(one, experiment) for one in says):
            continue
        held = _where_run(experiment)
        by_law = any(_states_remainder(one, experiment) for one in says)
        if by_law or _expands(forms[-1]) or (said is not None and said.states_unit):
            stated = Stated(statement, said, experiment, margin)
            left = within if said is None else 0.0  # else it is among what is stated
            yield Comparison(form, relation, other, held, within=left, stated=stated)
        else:
            held = {name: held[name] for name in held if _is_left_out(name, forms)}
            known[str(held)] = Comparison(form, relation, other, held, within=within)
    yield from known.values()


def _where_run(experiment: Experiment) -> dict[str, Domain | float]:
    """What an experiment fixes or bounds, of what is no name."""
    fixed = {
        name: value for name, value in experiment.setting.items() if not isinstance(value, str)
    }
    return fixed | {k: domain for k, domain in experiment.over.items() if not holds_names(domain)}


def _is_left_out(name: str, forms: Sequence[Form]) -> bool:
    """Whether one form takes a parameter of which another says nothing, not even as it grows."""
    spoken = [{*one.domain, *(size.name for size in one.grows)} for one in forms]
    return any(name in one.domain for one in forms) and not all(name in one for one in spoken)


def _expands(form: Form) -> bool:
    """Whether a form holds in the limit of a parameter of its own."""
    return form.remainder is not None and any(size.name in form.domain for size in form.grows)


def _states_remainder(statement: Statement, experiment: Experiment) -> bool:
    return statement.states_remainder or statement.quantity in experiment.remainder


def _named(claim: Claim, form: Form, name: str) -> Form | None:
    listed = [one.form for one in claim.says if one.name == name]
    if not listed and form.subject:
        listed = [theory.find(f"{form.subject}.{name}")]
    return next((one for one in listed if not isinstance(one, Number)), None)


def contradictions(claim: Claim, budget: Budget) -> list[Contradiction]:
    """All that the forms of a claim break, each by its simplest point."""
    wanted = [one for statement in claim.says for one in comparisons(claim, statement, budget)]
    return [found for one in wanted if (found := contradiction(one)) is not None]


def refuting(claim: Claim, budget: Budget, ledger: Ledger) -> dict[str, list[Refuting]]:
    """What refutes each form without a draw, by its name, the first that was found first.

    A form is not refuted by its successor, which draws have to confirm at points where the two
    part.  What was found is kept in the ledger.
    """
    found: dict[str, list[Refuting]] = {}
    for statement in claim.says:
        sought = [o for o in comparisons(claim, statement, budget) if o.relation != EQUAL]
        found[statement.name] = [
            Refuting(broken, frozenset(form.name for form in one.forms[1:]))
            for one in sought
            if (broken := _kept(one, ledger)) is not None
        ]
    return found


def _kept(one: Comparison, ledger: Ledger) -> Contradiction | None:
    """The contradiction, from the ledger where it was sought before."""
    if one.stated is not None:  # by the code of its claim, which no mark tells
        return contradiction(one)
    digests = [form.digest for form in one.forms]
    mark = fingerprint(VERSION, one.says, digests, str(one.held), one.least, one.within)

    def sought() -> dict[str, Any]:
        found = contradiction(one)
        return {"found": None if found is None else vars(found)}

    found = ledger.kept("contradiction", mark, sought)["found"]
    return None if found is None else Contradiction(**found)


# Points for draws -----------------------------------------------------------------------------


def telling(
    claim: Claim,
    asked: Sequence[Spoken[Point]],
    refuted: Mapping[str, Sequence[Refuting]],
    budget: Budget,
    ledger: Ledger,
) -> tuple[Point, ...]:
    """Further points at which draws can tell, where an experiment of the claim can run there.

    Those at which forms contradict others, and for a form that differs from its successor by more
    than the budget's error nowhere that is `asked`, the simplest at which it does.
    """
    places: list[Mapping[str, Value]] = []
    for statement in claim.says:
        places += [found.contradiction.parameters for found in refuted[statement.name][:1]]
        right = claim.successors.get(statement.name) if statement.side == "both" else None
        if right is not None and not any(_told_apart(statement, right, one) for one in asked):
            places += _apart(claim, statement, right, budget, ledger)
    known = {one.point.key for one in asked}
    further = [
        point
        for place in places
        for point in reachable(claim, place, budget)
        if point.key not in known
    ]
    return tuple({point.key: point for point in further}.values())


def _told_apart(statement: Statement, right: Statement, one: Spoken[Point]) -> bool:
    """Whether a form and its successor differ at a point by more than its error, of their mean."""
    values = {told.statement.name: told.target.value for told in one.said}
    if not {statement.name, right.name} <= values.keys():
        return False
    printed, corrected = values[statement.name], values[right.name]
    least = one.point.margin if statement.relative else 0.0
    return abs(printed - corrected) > least * (abs(printed) + abs(corrected)) / 2


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
