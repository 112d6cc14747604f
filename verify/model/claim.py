"""A claim: closed forms of theory, a measurement of numerics, and how the two are to agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from theory.papers import Source
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS, Budget
from verify.model.measure import Measure
from verify.model.point import Point, Value, canonical
from verify.relations import Statement
from verify.relations.words import shown

Grid = Callable[[Budget], Sequence[Mapping[str, Value]]]
Place = Callable[[Mapping[str, Value], Budget], Sequence[Point]]


def at_every_budget(rows: Iterable[Mapping[str, Value]]) -> Grid:
    """A grid of the same parameter points, in order, whatever the budget."""
    listed = tuple(rows)
    return lambda budget: listed


def within(margin: float, **setting: Value) -> Place:
    """One point for each parameter point, judged at the relative error `margin` (0 < margin < 1).

    Larger budgets judge at a half and a quarter of it.  `setting` is what else is simulated.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin = {margin}: must be in (0, 1)")
    return lambda parameters, budget: [Point(parameters, setting, margin * budget.sharpness)]


@dataclass(frozen=True)
class Claim:
    """One row of the catalogue.

    `grid` lists the parameter points of each budget, in order, edges included.  `place` turns a
    parameter point into the points to simulate (one for each kind of inputs), or none where the
    claim cannot be measured.  `axis` is the parameter along the horizontal axis of its plot,
    the first of the grid unless named.  `where` is the place in the
    paper, where no form says it.  `met` says for assumptions of the forms how the simulation
    meets them.

    Raises ValueError for an id that is not paper/claim, a grid without points or whose points
    differ in their parameters, and unless it says something of a form, and nothing of one twice.
    """

    id: str
    statement: str
    says: tuple[Statement, ...]
    measure: Measure
    grid: Grid
    place: Place = field(default_factory=lambda: within(0.05))
    axis: str = ""
    notes: tuple[str, ...] = ()
    met: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    file: Path | None = field(default=None, init=False, compare=False)
    """The file, as it was named, that the claim was loaded from."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.id):
            raise ValueError(f"id = {self.id!r}: must read paper/claim")
        rows = self.grid(BUDGETS["quick"])
        if not rows or any(set(row) != set(rows[0]) for row in rows):
            raise ValueError(f"{self.id}: the points of its grid must name the same parameters")
        if not self.axis:
            object.__setattr__(self, "axis", self.grid_parameters()[0])
        if not self.says:
            raise ValueError(f"{self.id}: says = {self.says!r}: must hold a statement at least")
        names = [statement.name for statement in self.says]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: judges a form twice among {', '.join(names)}")

    @property
    def paper(self) -> str:
        """Key of the paper."""
        return self.id.split("/")[0]

    @property
    def source(self) -> Source:
        """Paper and place: `where`, or the place of the first form that has one."""
        sources = [one.form.source for one in self.says if one.form.source is not None]
        if not self.where and sources:
            return sources[0]
        return Source(sources[0].paper if sources else self.paper, self.where)

    def points(self, budget: Budget) -> tuple[Point, ...]:
        """Every point of the budget, in order."""
        return tuple(point for values in self.grid(budget) for point in self.place(values, budget))

    def form(self, name: str) -> Statement:
        """The statement on the form of that name, or a UsageError that lists them."""
        for statement in self.says:
            if statement.name == name:
                return statement
        names = ", ".join(statement.name for statement in self.says)
        raise UsageError(f"form = {name!r}: {self.id} judges {names}")

    def successor(self, statement: Statement) -> Statement | None:
        """The statement on the form that supersedes that of another of this claim, or None."""
        if statement.stands:
            return None
        right = statement.form.superseded_by
        return next((other for other in self.says if other.name == right), None)

    def speaks_of(self, parameters: Mapping[str, Value]) -> bool:
        """Whether every parameter that forms have lies in the domain of one of them."""
        every = {name for statement in self.says for name in statement.form.domain}
        inside = [one.form.domain for one in self.says if one.places(parameters)]
        return all(any(name in domain for domain in inside) for name in every & set(parameters))

    def grid_parameters(self, budget: Budget = BUDGETS["quick"]) -> tuple[str, ...]:
        """Names of the parameters that the grid runs over; all others come with the setting."""
        return tuple(self.grid(budget)[0])

    def reachable(self, parameters: Mapping[str, Value], budget: Budget) -> tuple[Point, ...]:
        """The points at one parameter point that some form speaks of."""
        return tuple(
            point
            for point in self.place(parameters, budget)
            if any(statement.applies(point) for statement in self.says)
        )

    def select(self, parameters: Mapping[str, Value], budget: Budget) -> tuple[Point, ...]:
        """The points at one parameter point that a user asks for.

        Raises UsageError for a name that the grid lacks or misses, and theory's DomainError for a
        value outside a form's domain.
        """
        wanted = self.grid_parameters(budget)
        if set(parameters) != set(wanted):
            given = ", ".join(parameters) or "nothing"
            raise UsageError(f"{self.id}: needs {', '.join(wanted)}; got {given}")
        parameters = {name: canonical(name, value) for name, value in parameters.items()}
        whole = self.grid(budget)[0]
        for name, value in parameters.items():
            if isinstance(whole[name], float):
                parameters[name] = float(value)
        if not self.speaks_of(parameters):
            self._refuse(parameters, budget)
        points = self.reachable(parameters, budget)
        if not points:
            raise UsageError(f"{self.id}: cannot be measured at {shown(parameters)}")
        return points

    def _refuse(self, parameters: Mapping[str, Value], budget: Budget) -> None:
        """Raise the DomainError of a form that the parameters lie outside of."""
        for point in self.points(budget):
            values = {**point.values, **parameters}
            for statement in self.says:
                if set(statement.form.domain) <= set(values):
                    statement.form.check(**statement.arguments(values))
