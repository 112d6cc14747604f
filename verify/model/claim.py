"""A claim: what is said of measured quantities, and the experiments that it is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from theory.papers import Source
from verify.errors import UsageError
from verify.model.experiment import Checked, Experiment
from verify.model.heat_map import HeatMap
from verify.model.point import Value
from verify.relations import Statement


@dataclass(frozen=True, init=False)
class Claim:
    """One row of the catalogue: what it says, by which experiments.

    `says` and `by` are one or several.  A statement that names no experiments of its own is judged
    by all of the claim's.  `examples` are points of the author's own, beside those that are drawn;
    `within` is the error to judge at, where it is to be less than what the budget asks for.  `axis`
    is the parameter along the horizontal axis of the claim's plot, the first of its points unless
    named; `where` is the place in the paper, where no form says it.  `figures` is what to draw
    beside that.

    Raises ValueError for an id that is not paper/claim, unless it says something, and nothing of
    one form twice, and for experiments of one label or without any.
    """

    id: str
    statement: str
    says: tuple[Statement, ...]
    by: tuple[Experiment, ...]
    examples: tuple[Mapping[str, Value], ...]
    within: float | None
    axis: str
    notes: tuple[str, ...]
    where: str
    figures: tuple[HeatMap, ...]
    file: Path | None = field(default=None, init=False, compare=False)
    """The file, as it was named, that the claim was loaded from."""

    def __init__(
        self,
        id: str,
        statement: str,
        says: Statement | Iterable[Statement],
        by: Experiment | Iterable[Experiment],
        examples: Iterable[Mapping[str, Value]] = (),
        within: float | None = None,
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
        if self.within is not None and not 0 < self.within < 1:
            raise ValueError(f"{self.id}: within = {self.within}: must be in (0, 1)")
        if any(set(row) != set(self.examples[0]) for row in self.examples):
            raise ValueError(f"{self.id}: its examples must name the same parameters")

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

    def successor(self, statement: Statement) -> Statement | None:
        """The statement on the form that supersedes that of another of this claim, or None."""
        if statement.stands:
            return None
        right = statement.form.superseded_by
        return next((other for other in self.says if other.name == right), None)

    def experiment(self, label: str) -> Experiment:
        """The experiment of that label, or a UsageError that lists them."""
        for one in self.by:
            if one.label == label:
                return one
        labels = ", ".join(one.label for one in self.by)
        raise UsageError(f"experiment = {label!r}: {self.id} is judged by {labels}")

    def meets(self, assumption: str) -> str | None:
        """How the experiments meet an assumption, in words; None where none says."""
        said = [one.meets[assumption] for one in self.by if assumption in one.meets]
        words = ["checked on each run" if isinstance(how, Checked) else how for how in said]
        return "; ".join(dict.fromkeys(words)) or None

    def speaks_of(self, parameters: Mapping[str, Value]) -> bool:
        """Whether every parameter that forms have lies in the domain of one of them."""
        every = {name for statement in self.says for name in statement.form.domain}
        inside = [one.form.domain for one in self.says if one.places(parameters)]
        return all(any(name in domain for domain in inside) for name in every & set(parameters))
