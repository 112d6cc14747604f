"""The points of a claim of the transitional table, which go when it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.model.point import canonical
from verify.relations.words import shown
from verify.table import entries

if TYPE_CHECKING:
    from verify.evidence.accounting import Budget
    from verify.model import Claim, Point, Value
    from verify.table.entry import Entry


def points(claim: Claim, budget: Budget) -> tuple[Point, ...]:
    """Every point of the budget, in order."""
    return tuple(
        point
        for entry in entries(claim)
        for row in entry.rows(budget)
        if (point := entry.point(claim, row, budget)) is not None
    )


def rows(claim: Claim, budget: Budget) -> list[Mapping[str, Value]]:
    """The parameter points of a budget, each once."""
    listed: list[Mapping[str, Value]] = []
    for entry in entries(claim):
        listed += [row for row in entry.rows(budget) if row not in listed]
    return listed


def names(claim: Claim, budget: Budget) -> tuple[str, ...]:
    """Names of the parameters that its points are asked for by."""
    return tuple(rows(claim, budget)[0])


def _mains(claim: Claim) -> Iterator[Entry]:
    """The first entry of each experiment that is judged at every budget: it places it anywhere.

    Other entries speak of their own points alone.
    """
    met = set()
    for entry in entries(claim):
        if entry.points and entry.experiment not in met:
            met.add(entry.experiment)
            yield entry


def reachable(claim: Claim, parameters: Mapping[str, Value], budget: Budget) -> tuple[Point, ...]:
    """The points at one parameter point of which something is said."""
    mains = list(_mains(claim))
    further = [one for one in entries(claim) if one not in mains and parameters in one.rows(budget)]
    found = [entry.point(claim, parameters, budget) for entry in (*mains, *further)]
    return tuple(
        point
        for point in found
        if point is not None and any(statement.applies(point) for statement in claim.says)
    )


def beside(
    claim: Claim, point: Point, parameters: Mapping[str, Value], budget: Budget
) -> Point | None:
    """The point of the same experiment at other parameters; None where it cannot run there."""
    for entry in _mains(claim):
        if entry.experiment == point.experiment.label:
            return entry.point(claim, parameters, budget)
    return None


def at(claim: Claim, parameters: Mapping[str, Value], budget: Budget) -> tuple[Point, ...]:
    """The points at one parameter point that a user asks for.

    Raises UsageError for a name that the claim's points lack or miss, and theory's DomainError for
    a value outside a form's domain.
    """
    wanted = names(claim, budget)
    if set(parameters) != set(wanted):
        given = ", ".join(parameters) or "nothing"
        raise UsageError(f"{claim.id}: needs {', '.join(wanted)}; got {given}")
    whole = rows(claim, budget)[0]
    parameters = {name: _like(whole[name], name, value) for name, value in parameters.items()}
    if not claim.speaks_of(parameters):
        _refuse(claim, parameters, budget)
    found = reachable(claim, parameters, budget)
    if not found:
        raise UsageError(f"{claim.id}: cannot be measured at {shown(parameters)}")
    return found


def _like(listed: Value, name: str, value: Any) -> Value:
    """A parameter as a plain value of the kind that the claim's points have: a name, a number."""
    if isinstance(listed, str):
        if isinstance(value, str):
            return value
        raise UsageError(f"{name} = {value!r}: must be a name, such as {listed}")
    found = canonical(name, value)
    return float(found) if isinstance(listed, float) else found


def _refuse(claim: Claim, parameters: Mapping[str, Value], budget: Budget) -> None:
    """Raise the DomainError of a form that the parameters lie outside of."""
    for point in points(claim, budget):
        values = {**point.values, **parameters}
        for statement in claim.says:
            if set(statement.form.domain) <= set(values):
                statement.form.check(**statement.arguments(values))
