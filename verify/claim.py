"""A claim: closed forms of theory, a measurement of numerics, and how the two are to agree."""

from __future__ import annotations

import hashlib
import json
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from verify.errors import UsageError
from verify.statistics import Relation, Target, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theory.closed_form import ClosedForm

Value = int | float | str


@dataclass(frozen=True)
class Budget:
    """How much may be drawn: `draws` networks a point, and errors `sharpness` times the claim's."""

    name: str
    draws: int
    sharpness: float

    @property
    def statement(self) -> str:
        """The budget in words."""
        finer = "" if self.sharpness == 1 else f" times {self.sharpness:g}"
        return (
            f"at most {self.draws:,} networks a point, "
            f"judged at the claims' own relative errors{finer}"
        )


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("quick", 200_000, 1.0),
        Budget("standard", 2_000_000, 0.5),
        Budget("thorough", 20_000_000, 0.25),
    )
}


def canonical(name: str, value: Any) -> int | float:
    """A parameter as a plain Python number, so that equal points have equal keys."""
    if not isinstance(value, bool):
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, numbers.Real):
            return float(value)
    raise UsageError(f"{name} = {value!r}: must be a number")


def named(values: Mapping[str, Any]) -> str:
    """The values of a point in words: "depth=2, survival=0.5"."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


def budget_named(name: str) -> Budget:
    """The budget of that name, or a UsageError that lists them."""
    if name not in BUDGETS:
        raise UsageError(f"budget = {name!r}: must be one of {', '.join(BUDGETS)}")
    return BUDGETS[name]


@dataclass(frozen=True)
class Point:
    """One place where a claim is tested.

    `parameters` are the arguments of the closed forms, `setting` is what else the simulation needs
    (width, samples, inputs).  Forms are judged at a relative error of `margin` beyond their stated
    remainder.
    """

    parameters: Mapping[str, Value]
    setting: Mapping[str, Value]
    margin: float

    @property
    def values(self) -> dict[str, Value]:
        """Setting and parameters in one mapping."""
        return {**self.setting, **self.parameters}

    @property
    def key(self) -> str:
        """Canonical text of what is simulated; with seed and claim it fixes every random number."""
        return json.dumps(self.values, sort_keys=True, separators=(",", ":"))


def noise_seed(seed: int, claim_id: str, key: str) -> int:
    """The seed of a point's networks: a hash of master seed, claim id and canonical point alone."""
    text = json.dumps([seed, claim_id, key]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")


class Measure(Protocol):
    """A function that draws networks of a point, importable by name so that workers can call it."""

    def __call__(
        self,
        values: Mapping[str, Any],
        *,
        seed: int,
        first_network: int,
        networks: int,
        device: str,
    ) -> Mapping[str, NDArray[np.float64]]:
        """One number a network, of `networks` from `first_network` on, for each quantity."""
        ...


def name_of(measure: Measure) -> str:
    """Where a measurement is defined, which tells it from others in the ledger."""
    return f"{measure.__module__}.{getattr(measure, '__qualname__', type(measure).__qualname__)}"


@dataclass(frozen=True)
class Judged:
    """One closed form under a claim: which measured quantity it speaks of, and on what terms.

    `finite_size` is the stated relative remainder of the form's limit at a point (rounding
    included) and widens the null; `relative_variance` is a stated bound on Var X / (E X)^2, part of
    the null of every lower side.  `expected` is the verdict that the catalogue expects.  Where a
    claim simulates several kinds of network, `only` names the setting that the form speaks of.
    """

    form: ClosedForm
    quantity: str
    relation: Relation
    expected: Verdict
    finite_size: Callable[[Mapping[str, Any]], float]
    relative_variance: Callable[[Mapping[str, Any]], float] | None
    only: Mapping[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The form's name, which tells the forms of one claim apart."""
        return self.form.name

    def applies(self, point: Point) -> bool:
        """Whether the form speaks of the point, and can be judged there at all.

        It must be of the form's setting, have all its parameters in their domains, and be so large
        that the error judged at is below 1.
        """
        values = point.values
        return (
            all(values.get(name) == value for name, value in self.only.items())
            and set(self.form.domain) <= set(values)
            and self.places(values)
            and self.finite_size(values) + point.margin < 1
        )

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
        variance = self.relative_variance
        remainder = self.finite_size(values)
        value = float(self.form.value(**self.arguments(values)))
        if not 0 < value < math.inf:
            raise UsageError(
                f"{self.name} at {named(point.parameters)}: "
                f"cannot be tested, its value is {value:g}"
            )
        return Target(
            relation=self.relation,
            value=value,
            epsilon=remainder + point.margin,
            finite_size=remainder,
            relative_variance=None if variance is None else variance(values),
            alpha=alpha,
        )


@dataclass(frozen=True)
class Claim:
    """One row of the catalogue.

    `grid` lists the parameter points of each budget, in order, edges included.  `place` turns a
    parameter point into the points to simulate (one for each kind of inputs), or none where the
    claim cannot be measured.  `axis` is the parameter along the horizontal axis of its plot.
    """

    id: str
    statement: str
    judged: tuple[Judged, ...]
    measure: Measure
    grid: Callable[[Budget], Sequence[Mapping[str, Value]]]
    place: Callable[[Mapping[str, Value], Budget], Sequence[Point]]
    axis: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
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
        points = tuple(
            point
            for point in self.place(parameters, budget)
            if any(judged.applies(point) for judged in self.judged)
        )
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
