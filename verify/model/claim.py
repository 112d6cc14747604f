"""A claim: closed forms of theory, a measurement of numerics, and how the two are to agree."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath

from verify.errors import UsageError
from verify.evidence import Verdict
from verify.evidence.accounting import BUDGETS, Budget
from verify.model.measure import QUANTITY, Measure
from verify.model.point import Point, Value, canonical, named
from verify.relations import Relation, Target
from verify.relations.symbols import AGREEMENT, DIGITS

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm


RELATIVE = ("equal", "at most", "at least", "exact", "ratio")
"""Relations whose epsilon is a relative error, and so has to leave room for the remainder."""

SIGNED = ("exponent", "symbolic", "exact", "ratio")
"""Relations whose value may be negative; that of a ratio or an identity must not be 0."""


@dataclass(frozen=True)
class Judged:
    """One closed form under a claim: which measured quantity it speaks of, and on what terms.

    `finite_size` is the stated relative remainder of the form's limit at a point (rounding
    included) and widens the null; `relative_variance` is a stated bound on Var X / (E X)^2, part of
    the null of every lower side.  `expected` is the verdict that the catalogue expects, CONFIRMED
    or REFUTED.  Where a claim simulates several kinds of network, `only` names the setting that the
    form speaks of.

    Some relations take more functions of a point's values (`verify.relations` says which):
    `largest`, a sure upper end of X; `violation`, the probability with which a bound may fail;
    `sizes`, the sizes of a power law's columns; `scale`, guesses of the columns' means, or the
    E B of a ratio.
    `witness` derives the form's value independently, as an mpmath number at the precision in force.
    """

    form: ClosedForm
    quantity: str = QUANTITY
    relation: Relation = "equal"
    expected: Verdict = "CONFIRMED"
    finite_size: Callable[[Mapping[str, Any]], float] = lambda values: 0.0
    relative_variance: Callable[[Mapping[str, Any]], float] | None = None
    only: Mapping[str, Value] = field(default_factory=dict)
    largest: Callable[[Mapping[str, Any]], float] | None = None
    violation: Callable[[Mapping[str, Any]], float] = lambda values: 0.0
    sizes: Callable[[Mapping[str, Any]], Sequence[float]] = lambda values: ()
    scale: Callable[[Mapping[str, Any]], Sequence[float]] = lambda values: ()
    witness: Callable[[Mapping[str, Any]], Any] | None = None

    def __post_init__(self) -> None:
        if (self.relation == "symbolic") != (self.witness is not None):
            raise ValueError(f"{self.name}: a symbolic relation has a witness, and no other has")
        if self.expected not in ("CONFIRMED", "REFUTED"):
            raise ValueError(
                f"{self.name}: expected = {self.expected!r}: must be CONFIRMED or REFUTED"
            )

    @property
    def name(self) -> str:
        """The form's name, which tells the forms of one claim apart."""
        return self.form.name

    def applies(self, point: Point) -> bool:
        """Whether the form speaks of the point, and can be judged there at all.

        It must be of the form's setting, have all its parameters in their domains, be so large that
        the error judged at is below 1, and give a value other than 0, from which no relative error
        can be taken.
        """
        values = point.values
        return (
            all(values.get(name) == value for name, value in self.only.items())
            and set(self.form.domain) <= set(values)
            and self.places(values)
            and self.remainder(point) + point.margin < 1
            and (self.relation == "exponent" or self.form.value(**self.arguments(values)) != 0)
        )

    def remainder(self, point: Point) -> float:
        """The form's stated remainder at a point; UsageError where that is no number >= 0."""
        remainder = self.finite_size(point.values)
        if not remainder >= 0:
            raise UsageError(
                f"{self.name} at {named(point.parameters)}: finite_size = {remainder}: must be >= 0"
            )
        return remainder

    def places(self, parameters: Mapping[str, Any]) -> bool:
        """Whether those of the form's parameters that are given lie in their domains."""
        return all(
            domain.contains(parameters[name], parameters)
            for name, domain in self.form.domain.items()
            if name in parameters
        )

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The form's own arguments among the values of a point."""
        return {name: values[name] for name in self.form.domain}

    def target(self, point: Point, alpha: float) -> Target:
        """What the form says at the point."""
        values = point.values
        remainder = self.remainder(point)
        value = float(self.form.value(**self.arguments(values)))
        negative = value < 0 and self.relation not in SIGNED
        if not math.isfinite(value) or negative or (value == 0 and self.relation in RELATIVE):
            raise UsageError(
                f"{self.name} at {named(point.parameters)}: "
                f"cannot be tested, its value is {value:g}"
            )
        return Target(
            relation=self.relation,
            value=value,
            epsilon=point.margin + (remainder if self.relation in RELATIVE else 0.0),
            finite_size=remainder,
            relative_variance=None if (bound := self.relative_variance) is None else bound(values),
            alpha=alpha,
            largest=None if (end := self.largest) is None else end(values),
            violation=self.violation(values),
            sizes=tuple(self.sizes(values)),
            scale=tuple(self.scale(values)),
        )

    def identity(self, point: Point) -> str:
        """Digest of the exact form, and of the witness's value at the point where it has one."""
        text = self.form.digest
        if self.witness is not None:
            with mpmath.workdps(DIGITS):
                text += mpmath.nstr(self.witness(point.values), DIGITS)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def symbolic_verdict(self, point: Point) -> Verdict | None:
        """Whether form and witness agree to 50 digits at the point; None for other relations."""
        if self.witness is None:
            return None
        with mpmath.workdps(DIGITS):
            exact = {name: mpmath.mpf(v) for name, v in self.arguments(point.values).items()}
            value, witness = self.form.value(**exact), self.witness(point.values)
            agree = mpmath.almosteq(value, witness, rel_eps=AGREEMENT, abs_eps=0)
        return "CONFIRMED" if agree else "REFUTED"


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
    the first of the grid unless named.  `met` says for assumptions of the forms how the simulation
    meets them.

    Raises ValueError for an id that is not paper/claim, a grid without points or whose points
    differ in their parameters, and unless it judges a form, and none twice.
    """

    id: str
    statement: str
    judged: tuple[Judged, ...]
    measure: Measure
    grid: Grid
    place: Place = field(default_factory=lambda: within(0.05))
    axis: str = ""
    notes: tuple[str, ...] = ()
    met: Mapping[str, str] = field(default_factory=dict)
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
        if not self.judged:
            raise ValueError(f"{self.id}: judged = {self.judged!r}: must hold a form at least")
        names = [judged.name for judged in self.judged]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: judges a form twice among {', '.join(names)}")

    @property
    def paper(self) -> str:
        """Key of the paper."""
        return self.id.split("/")[0]

    def points(self, budget: Budget) -> tuple[Point, ...]:
        """Every point of the budget, in order."""
        return tuple(point for values in self.grid(budget) for point in self.place(values, budget))

    def form(self, name: str) -> Judged:
        """The judged form of that name, or a UsageError that lists them."""
        for judged in self.judged:
            if judged.name == name:
                return judged
        names = ", ".join(judged.name for judged in self.judged)
        raise UsageError(f"form = {name!r}: {self.id} judges {names}")

    def successor(self, judged: Judged) -> Judged | None:
        """The judged form that supersedes another of this claim, or None."""
        right = judged.form.superseded_by
        return next((other for other in self.judged if other.name == right), None)

    def speaks_of(self, parameters: Mapping[str, Value]) -> bool:
        """Whether every parameter lies in the domain of some form that has it."""
        inside = [judged.form.domain for judged in self.judged if judged.places(parameters)]
        return all(any(name in domain for domain in inside) for name in parameters)

    def grid_parameters(self, budget: Budget = BUDGETS["quick"]) -> tuple[str, ...]:
        """Names of the parameters that the grid runs over; all others come with the setting."""
        return tuple(self.grid(budget)[0])

    def reachable(self, parameters: Mapping[str, Value], budget: Budget) -> tuple[Point, ...]:
        """The points at one parameter point that some form speaks of."""
        return tuple(
            point
            for point in self.place(parameters, budget)
            if any(judged.applies(point) for judged in self.judged)
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
            raise UsageError(f"{self.id}: cannot be measured at {named(parameters)}")
        return points

    def _refuse(self, parameters: Mapping[str, Value], budget: Budget) -> None:
        """Raise the DomainError of a form that the parameters lie outside of."""
        for point in self.points(budget):
            values = {**point.values, **parameters}
            for judged in self.judged:
                if set(judged.form.domain) <= set(values):
                    judged.form.check(**judged.arguments(values))
