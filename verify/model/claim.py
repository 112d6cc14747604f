"""A claim: what is said of measured quantities, and the experiments that it is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import product
from pathlib import Path

from theory.papers import Source
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model.experiment import Experiment
from verify.model.heat_map import HeatMap
from verify.model.point import Value
from verify.relations import Statement
from verify.relations.words import shown


@dataclass(frozen=True, init=False)
class Claim:
    """One row of the catalogue: what it says, by which experiments.

    `says` and `by` are one or several.  A statement that names no experiments of its own is judged
    by all of the claim's.  `examples` are points of the author's own, beside those that are drawn;
    `within` is the error to judge at, where it is to be less than what the budget asks for: at any
    budget, or from those on that it names, as `{"standard": 0.01}`.  `axis` is the parameter along
    the horizontal axis of the claim's plot, the first of its points unless named; `where` is the
    place in the paper, where no form says it.  `figures` is what to draw beside that.

    Raises ValueError for an id that is not paper/claim, unless it says something, and nothing of
    one form twice, and for experiments of one label or without any; for an end of a domain, or a
    size to be doubled, whose name is unknown; and for an example at which nothing can be judged.
    """

    id: str
    statement: str
    says: tuple[Statement, ...]
    by: tuple[Experiment, ...]
    examples: tuple[Mapping[str, Value], ...]
    within: float | Mapping[str, float] | None
    axis: str
    notes: tuple[str, ...]
    where: str
    figures: tuple[HeatMap, ...]
    file: Path | None = field(default=None, init=False, compare=False)
    """The file, as it was named, that the claim was loaded from."""
    successors: Mapping[str, Statement] = field(init=False, repr=False, compare=False)
    """By the name of a form that does not stand, the statement on the one that supersedes it."""

    def __init__(
        self,
        id: str,
        statement: str,
        says: Statement | Iterable[Statement],
        by: Experiment | Iterable[Experiment],
        examples: Iterable[Mapping[str, Value]] = (),
        within: float | Mapping[str, float] | None = None,
        axis: str = "",
        notes: Iterable[str] = (),
        where: str = "",
        figures: HeatMap | Iterable[HeatMap] = (),
    ) -> None:
        fields = {
            "id": id,
            "statement": statement,
            "says": (says,) if isinstance(says, Statement) else tuple(says),
            "by": (by,) if isinstance(by, Experiment) else tuple(by),
            "examples": tuple(examples),
            "within": within,
            "axis": axis,
            "notes": tuple(notes),
            "where": where,
            "figures": (figures,) if isinstance(figures, HeatMap) else tuple(figures),
            "file": None,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._check()
        named = {one.name: one for one in self.says}
        replaced = {one.name: one.form.superseded_by for one in self.says if not one.stands}
        successors = {name: named[right] for name, right in replaced.items() if right in named}
        object.__setattr__(self, "successors", successors)

    def _check(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.id):
            raise ValueError(f"id = {self.id!r}: must read paper/claim")
        kinds = {"says": Statement, "by": Experiment, "figures": HeatMap}
        for name, kind in kinds.items():
            listed = getattr(self, name)
            some = bool(listed) or name == "figures"
            if not some or not all(isinstance(one, kind) for one in listed):
                raise ValueError(f"{self.id}: {name} = {listed!r}: must hold a {kind.__name__}")
        self._require_distinct("judges a form twice among", [one.name for one in self.says])
        self._require_distinct(
            "has two experiments of one label among", [one.label for one in self.by]
        )
        own = {one.label for statement in self.says for one in statement.by}
        if missing := own - {one.label for one in self.by}:
            raise ValueError(f"{self.id}: by lacks {', '.join(sorted(missing))}")
        self._check_within()
        if any(set(row) != set(self.examples[0]) for row in self.examples):
            raise ValueError(f"{self.id}: its examples must name the same parameters")
        for one in self.by:
            self._check_names(one)
        for row in self.examples:
            self._check_example(row)

    def _check_within(self) -> None:
        within = self.within
        if isinstance(within, Mapping):
            if unknown := set(within) - set(BUDGETS):
                raise ValueError(
                    f"{self.id}: within = {within}: must name {', '.join(BUDGETS)}, not"
                    f" {min(unknown)!r}"
                )
            errors = list(within.values())
        else:
            errors = [] if within is None else [within]
        if not all(0 < one < 1 for one in errors):
            raise ValueError(f"{self.id}: within = {within}: must be in (0, 1)")

    def _check_names(self, one: Experiment) -> None:
        """Raise ValueError for what an experiment names in vain."""
        domains = [*one.over.items()]
        domains += [pair for said in self.says for pair in said.form.domain.items()]
        ends: dict[str, set[str]] = {name: set() for name, _ in domains}
        for name, domain in domains:
            ends[name] |= set(domain.depends_on)
        for name, domain in one.over.items():
            if unknown := set(domain.depends_on) - set(ends):
                raise ValueError(
                    f"{self.id}: {one.label}: over: {name} ends at {min(unknown)!r}: must be a"
                    f" number, or one of the parameters {', '.join(ends)}"
                )
        try:
            TopologicalSorter(ends).prepare()
        except CycleError as error:
            circle = ", ".join(error.args[1][1:])
            raise ValueError(
                f"{self.id}: {one.label}: {circle}: must not end at each other"
            ) from error
        known = dict.fromkeys(
            [*one.setting, *ends, *(each for row in self.examples for each in row)]
        )
        if not one.has_sizes and (unknown := set(one.doubled) - set(known)):
            raise ValueError(
                f"{self.id}: {one.label}: doubled = {min(unknown)!r}: must be a size that it sets,"
                f" one of {', '.join(known) or 'none'}"
            )

    def _check_example(self, row: Mapping[str, Value]) -> None:
        """Raise ValueError for an example of which nothing is said, or that nothing runs at."""
        judged = [
            (said, one)
            for said, one in product(self.says, self.by)
            if not said.by or one.label in (by.label for by in said.by)
        ]
        found = [_obstacle(said, one, row) for said, one in judged]
        if None not in found:
            raise ValueError(f"{self.id}: example {shown(row)}: {found[0]}")

    def _require_distinct(self, complaint: str, names: list[str]) -> None:
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: {complaint} {', '.join(names)}")

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

    def form(self, name: str) -> Statement:
        """The statement on the form of that name, or a UsageError that lists them."""
        for statement in self.says:
            if statement.name == name:
                return statement
        names = ", ".join(statement.name for statement in self.says)
        raise UsageError(f"form = {name!r}: {self.id} judges {names}")

    def experiment(self, label: str) -> Experiment:
        """The experiment of that label, or a UsageError that lists them."""
        for one in self.by:
            if one.label == label:
                return one
        labels = ", ".join(one.label for one in self.by)
        raise UsageError(f"experiment = {label!r}: {self.id} is judged by {labels}")

    def speaks_of(self, parameters: Mapping[str, Value]) -> bool:
        """Whether every parameter that forms have lies in the domain of one of them."""
        every = {name for statement in self.says for name in statement.form.domain}
        inside = [one.form.domain for one in self.says if one.places(parameters)]
        return all(any(name in domain for domain in inside) for name in every & set(parameters))


def _obstacle(said: Statement, one: Experiment, row: Mapping[str, Value]) -> str | None:
    """What keeps a statement from being judged by an experiment at an example, if it is known."""
    values = {**one.setting, **row}
    lacking = [name for name in said.form.domain if name not in values]
    if lacking and not one.has_sizes:
        return f"must name {', '.join(lacking)} as well, which {said.name} is a function of"
    for whose, domains in ((said.name, said.form.domain), (one.label, one.over)):
        for name, domain in domains.items():
            if name in values and not domain.contains(values[name], values):
                return f"{name} must be {domain.describe()}, for {whose}"
    return None
