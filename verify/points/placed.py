"""The points of a claim: its author's, those that are drawn, and those that a user asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from theory.domains import OneOf, Reals
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model.point import Point, canonical
from verify.points.design import drawn, rows_over
from verify.points.region import judged_by, regions
from verify.relations.words import shown

if TYPE_CHECKING:
    from verify.evidence.accounting import Budget
    from verify.model import Claim, Experiment, Value

Row = Mapping[str, "Value"]


@dataclass(frozen=True)
class Layout:
    """The points of a claim, or of one of its experiments.

    `refused` is how many rows of its designs each experiment cannot run at.  They are not drawn
    anew: a row elsewhere would leave its strata, which is what the coverage rests on.  `unbounded`
    are the parameters for want of whose ends nothing is drawn.
    """

    points: tuple[Point, ...]
    refused: Mapping[str, int] = field(default_factory=dict)
    unbounded: tuple[str, ...] = ()


def points(claim: Claim, budget: Budget, examples: int | None = None) -> tuple[Point, ...]:
    """Every point of the budget, in order; see `laid_out`."""
    return laid_out(claim, budget, examples).points


def laid_out(claim: Claim, budget: Budget, examples: int | None = None) -> Layout:
    """The points of the budget: the author's, then the drawn, experiment by experiment.

    `examples` is how many are drawn for each region, if not as many as the budget says.  UsageError
    where there is no point.
    """
    layouts = [layout(claim, one, budget, examples) for one in claim.by]
    found = tuple(point for one in layouts for point in one.points)
    refused = {label: count for one in layouts for label, count in one.refused.items()}
    unbounded = tuple(dict.fromkeys(name for one in layouts for name in one.unbounded))
    if not found:
        raise UsageError(f"{claim.id}: has no point to be judged at; {_cure(claim, unbounded)}")
    return Layout(found, refused, unbounded)


def _cure(claim: Claim, unbounded: Sequence[str]) -> str:
    """Why a claim has no point, and what would give it one."""
    for experiment in claim.by:
        for region in regions(claim, experiment):
            for name, axis in region.axes.items():
                if axis.void:
                    several = " and ".join(domain.describe() for domain in axis.domains)
                    return f"{name} of {experiment.label} must be {several}, which nothing is"
    if unbounded:
        return f"say where {' and '.join(unbounded)} may lie, or give it examples"
    labels = " and ".join(experiment.label for experiment in claim.by)
    return f"its forms speak of no point, drawn or given, that {labels} can run at"


def layout(
    claim: Claim, experiment: Experiment, budget: Budget, examples: int | None = None
) -> Layout:
    """The author's points that an experiment can run at, and those drawn of each of its regions."""
    found: dict[str, Point] = {}
    for row in claim.examples:
        point = _point(claim, experiment, row, budget)
        if point is not None:
            found.setdefault(point.key, point)
    refused = 0
    unbounded: list[str] = []
    for region in regions(claim, experiment):
        nowhere = [name for name in _of_examples(claim) if name not in region.axes]
        if lacking := (*region.unbounded, *nowhere):
            unbounded += lacking
            continue
        wanted = rows_over(budget, len(region.axes)) if examples is None else examples
        for row in drawn(region.axes, wanted):
            point = _point(claim, experiment, row, budget, drawn=bool(region.axes))
            if point is None or not any(one.is_about(point) for one in claim.says):
                refused += 1
            else:
                found.setdefault(point.key, point)
    unbounded = list(dict.fromkeys(unbounded))
    return Layout(tuple(found.values()), {experiment.label: refused}, tuple(unbounded))


def _point(
    claim: Claim, experiment: Experiment, row: Row, budget: Budget, *, drawn: bool = False
) -> Point | None:
    """The experiment at these parameters; None where it cannot run."""
    terms = {"rarest": budget.rarest, "exceptions": budget.exceptions, "drawn": drawn}
    return experiment.point(_typed(claim, row), margin_of(claim, budget), **terms)


def _typed(claim: Claim, row: Row) -> Row:
    """A row with a float where some form's parameter is real, so that equal points have one key."""
    reals = {
        name
        for statement in claim.says
        for name, domain in statement.form.domain.items()
        if isinstance(domain, Reals)
    }
    return {
        name: float(value) if name in reals and isinstance(value, int) else value
        for name, value in row.items()
    }


def margin_of(claim: Claim, budget: Budget) -> float:
    """The error that a claim is judged at, remainder included: its own, or else the budget's cap.

    A relative one is no more than the cap.  Of errors by budget it is the least of those that are
    named for this budget and for smaller ones.
    """
    within = claim.within
    if isinstance(within, Mapping):
        named = [error for name, error in within.items() if BUDGETS[name].cap >= budget.cap]
        within = min(named, default=None)
    if within is None:
        return budget.cap
    capped = any(one.relative for one in claim.says)
    return min(within, budget.cap) if capped else within


def _of_examples(claim: Claim) -> tuple[str, ...]:
    """The parameters that the author's points name."""
    return tuple(claim.examples[0]) if claim.examples else ()


def rows(claim: Claim, budget: Budget) -> list[Row]:
    """The parameter points of a budget, each once."""
    listed: list[Row] = []
    for point in points(claim, budget):
        if point.parameters not in listed:
            listed.append(point.parameters)
    return listed


def names(claim: Claim) -> tuple[str, ...]:
    """Names of the parameters that its points are asked for by; all others come with the setting.

    They are those of its examples, or of its first experiment's region.
    """
    return _names(claim, claim.by[0])


def _names(claim: Claim, experiment: Experiment) -> tuple[str, ...]:
    if claim.examples:
        return _of_examples(claim)
    return tuple(name for one in regions(claim, experiment)[:1] for name in one.axes)


def reachable(claim: Claim, parameters: Row, budget: Budget) -> tuple[Point, ...]:
    """The points at one parameter point of which something is said."""
    found = [
        _point(claim, one, parameters, budget)
        for one in claim.by
        if set(_names(claim, one)) == set(parameters)
    ]
    return tuple(
        point
        for point in found
        if point is not None and any(statement.applies(point) for statement in claim.says)
    )


def beside(claim: Claim, point: Point, parameters: Row, budget: Budget) -> Point | None:
    """The point of the same experiment at other parameters; None where it cannot run there."""
    return _point(claim, claim.experiment(point.experiment.label), parameters, budget)


def at(claim: Claim, parameters: Row, budget: Budget) -> tuple[Point, ...]:
    """The points at one parameter point that a user asks for; those laid out there among them.

    Sizes may move a drawn point, even just out of the region: it is found again as it was.  Raises
    UsageError for a name that the claim's points lack or miss, and theory's DomainError for a value
    outside a form's domain.
    """
    wanted = [_names(claim, one) for one in claim.by]
    if set(parameters) not in [set(listed) for listed in wanted]:
        given = ", ".join(parameters) or "nothing"
        needed = "; or ".join(dict.fromkeys(", ".join(listed) for listed in wanted))
        nearest = max(wanted, key=lambda listed: len(set(listed) & set(parameters)))
        by = [one for one in claim.by if _names(claim, one) == nearest]
        lacking = [_described(claim, by, name) for name in nearest if name not in parameters]
        missing = f"; missing {', '.join(lacking)}" if lacking else ""
        raise UsageError(f"{claim.id}: needs {needed}; got {given}{missing}")
    parameters = {name: _plain(claim, name, value) for name, value in parameters.items()}
    if not claim.speaks_of(parameters):
        _refuse(claim, parameters)
    placed = reachable(claim, parameters, budget)
    found: list[Point] = []
    for one in claim.by:
        own = [p for p in layout(claim, one, budget).points if p.parameters == parameters]
        new = [p for p in placed if p.experiment.label == one.label]
        found += [replace(point, drawn=False) for point in own or new]
    if not found:
        reason = _why_not(claim, parameters, budget)
        raise UsageError(f"{claim.id}: cannot be measured at {shown(parameters)}{reason}")
    return tuple(found)


def _described(claim: Claim, by: Sequence[Experiment], name: str) -> str:
    """A parameter, and where it may lie: where experiments run, or else where forms hold."""
    domains = [one.over[name] for one in by if name in one.over]
    domains = domains or [one.form.domain[name] for one in claim.says if name in one.form.domain]
    told = " or ".join(dict.fromkeys(one.describe() for one in domains))
    return f"{name} ({told})" if told else name


def _why_not(claim: Claim, parameters: Row, budget: Budget) -> str:
    """Where a point cannot be measured that forms speak of: by which budget it can, or why not."""
    larger = [one for one in BUDGETS.values() if one.cap < budget.cap]
    able = next((one.name for one in larger if reachable(claim, parameters, one)), None)
    if able is not None:
        return f" within the {budget.name} budget; it can from the {able} budget on"
    outside = dict.fromkeys(
        f"{one.label} runs at {name} {domain.describe()}"
        for one in claim.by
        for name, domain in one.over.items()
        if name in parameters and not domain.contains(parameters[name], parameters)
    )
    return f"; {', '.join(outside)}" if outside else " within any budget"


def _plain(claim: Claim, name: str, value: Any) -> Value:
    """A parameter as a plain value of the kind that the claim's forms and experiments have."""
    domains = [one.form.domain for one in claim.says] + [one.over for one in claim.by]
    for domain in (listed[name] for listed in domains if name in listed):
        if isinstance(domain, OneOf) and domain.holds_names:
            if isinstance(value, str):
                return value
            raise UsageError(f"{name} = {value!r}: must be a name, such as {domain.values[0]}")
    return canonical(name, value)


def _refuse(claim: Claim, parameters: Row) -> None:
    """Raise the DomainError of a form that the parameters lie outside of."""
    for experiment in claim.by:
        values = {**experiment.setting, **parameters}
        for statement in claim.says:
            if judged_by(statement, experiment) and set(statement.form.domain) <= set(values):
                statement.form.check(**statement.arguments(values))
