"""A statement: what a claim says of one measured quantity, by a form or a number."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

from verify.errors import UsageError
from verify.numbers import percent
from verify.relations.words import Found, Law, Remainder, Seen, Values, shown

if TYPE_CHECKING:
    import sympy

    from theory import form as theory_form
    from theory.domains import Domain, Reals
    from theory.parameters import Parameter
    from verify.evidence import Verdict
    from verify.relations.target import Target
    from verify.relations.words import Place, Simulated


@dataclass(frozen=True)
class Number:
    """A number that a statement names, with the face of a form that has no parameters."""

    number: float
    name: str

    status: ClassVar[str] = "derived"
    where: ClassVar[str] = ""
    limit: ClassVar[str | None] = None
    finite_size: ClassVar[str | None] = None
    remainder: ClassVar[None] = None
    lies_in: ClassVar[None] = None
    superseded_by: ClassVar[str | None] = None
    improved_by: ClassVar[str | None] = None
    reading: ClassVar[None] = None
    derivation: ClassVar[str] = ""
    source: ClassVar[None] = None
    subject: ClassVar[str] = ""
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    grows: ClassVar[tuple[Parameter, ...]] = ()
    assumptions: ClassVar[tuple[str, ...]] = ()
    domain: ClassVar[Mapping[str, Domain]] = {}

    @cached_property
    def expr(self) -> sympy.Expr:
        """The number as sympy has it."""
        import sympy

        return sympy.sympify(self.number)

    @property
    def latex(self) -> str:
        """The number in figures."""
        return f"{self.number:g}"

    @property
    def formula(self) -> str:
        """The number in figures."""
        return f"{self.number:g}"

    @property
    def python(self) -> str:
        """The number in figures."""
        return f"{self.number:g}"

    @property
    def digest(self) -> str:
        """Every digit of it."""
        return repr(self.number)

    def value(self) -> float:
        """The number itself."""
        return float(self.number)

    def log(self) -> float:
        """Its natural logarithm."""
        return math.log(self.number)

    def check(self) -> None:
        """Nothing can be wrong with its parameters: it has none."""


Form: TypeAlias = "theory_form.Form | Number"
"""What stands in a statement."""


@dataclass(frozen=True)
class Statement(ABC):
    """What is said of a measured quantity by a form of theory, or by a number.

    Each family of statements is a file of this package that holds all of its traits: how draws are
    weighed and decided (its `Target`), and here what it takes and how it reads.

    `remainder` is what the form itself lies off its value at a point, relatively (rounding
    included), beside what the experiment states of the quantity; it widens the null.  A pair of
    numbers says it of either side, below and above: (0, L/D) of a mean that is at least the form,
    and exceeds it by L/D at most.  `by` are the experiments that it is judged by, where not by all
    of its claim's.  `holds` is whether the catalogue expects it to; without it, unless another
    form supersedes this one.  `of` are forms that have to go with it: of what a bound bounds,
    beside those that the claim states of the same quantity, or of what a ranking ranks.

    Raises ValueError for anything but a form or a finite number.
    """

    quantity: str
    claimed: theory_form.Form | float
    _: KW_ONLY
    remainder: Remainder = lambda values: 0.0
    by: tuple[Simulated, ...] = ()
    holds: bool | None = None
    of: tuple[theory_form.Form, ...] = ()

    relation: ClassVar[str]
    """The relation in words, such as "at most"."""

    relative: ClassVar[bool] = True
    """Whether epsilon is a relative error of the value, and so has to leave room for the remainder
    and cannot be taken of a value of 0."""

    has_formula: ClassVar[bool] = True
    """Whether a formula, or a number, stands in the statement, and could have been another."""

    is_equality: ClassVar[bool] = False
    """Whether the errors that would be caught are relative ones, which can be compared."""

    remainder_has_sides: ClassVar[bool] = False
    """Whether a remainder may be a pair, of what is below and of what is above."""

    decides: ClassVar[bool] = True
    """Whether it is judged; else it is shown."""

    tested: ClassVar[bool] = True
    """Whether a verdict has an error probability; else two numbers are compared, and it says so."""

    side: ClassVar[Literal["both", "upper", "lower"] | None] = None
    """Whether the form equals the quantity ("both"), bounds it from above or from below."""

    lies_in: ClassVar[Reals | None] = None
    """Where the form has to lie for what is measured, unless the form itself states where."""

    ranks: ClassVar[bool] = False
    """Whether it says that what is measured increases from the first column to the last."""

    curve: ClassVar[str | None] = None
    """What kind of curve a plot shows the form as, where its status does not say."""

    ordinate: ClassVar[Literal["value", "ratio", "difference"]] = "ratio"
    """How a plot holds what was measured against what is claimed; its value if nothing is."""

    seen_by: ClassVar[str] = "measured"
    """How one came to the number beside the claimed one."""

    def __post_init__(self) -> None:
        claimed = self.claimed
        if isinstance(claimed, int | float):
            good = not isinstance(claimed, bool) and math.isfinite(claimed)
        else:
            good = hasattr(claimed, "domain")
        if not good:
            raise ValueError(f"{self.quantity}: {claimed!r}: must be a form or a finite number")

    @cached_property
    def form(self) -> Form:
        """What is claimed, with the face of a form."""
        if isinstance(self.claimed, int | float):
            return Number(self.claimed, self.quantity)
        return self.claimed

    @classmethod
    def each(cls, quantity: str, *forms: theory_form.Form, **terms: Any) -> tuple[Self, ...]:
        """The same statement of a quantity by each of several forms."""
        return tuple(cls(quantity, form, **terms) for form in forms)

    @property
    def name(self) -> str:
        """The form's name, which tells the statements of one claim apart."""
        return self.form.name

    @property
    def stands(self) -> bool:
        """Whether the catalogue holds it to be true."""
        return self.form.superseded_by is None if self.holds is None else self.holds

    @property
    def tolerance(self) -> str | None:
        """How far off the form may be by the author's own word, where that is stated."""
        return None

    @property
    def is_of_means(self) -> bool:
        """Whether what it says of draws holds of their mean, too."""
        return True

    @property
    def states_remainder(self) -> bool:
        """Whether it states what the form itself lies off, as a law of points."""
        return self.remainder is not Statement.remainder

    @property
    def states_unit(self) -> bool:
        """Whether it states the unit of errors, as a law of points."""
        return False

    @property
    def expected(self) -> Verdict:
        """The verdict that the catalogue expects."""
        return "CONFIRMED" if self.stands else "REFUTED"

    def applies(self, point: Place) -> bool:
        """Whether the statement is about the point, and can be judged there."""
        return self.is_about(point) and self.silence(point) is None

    def is_about(self, point: Place) -> bool:
        """Whether the point is of one of its experiments, and in the domain of the form."""
        values = point.values
        return (
            (not self.by or point.experiment.label in (one.label for one in self.by))
            and set(self.form.domain) <= set(values)
            and self.places(values)
        )

    def silence(self, point: Place) -> str | None:
        """Why it cannot be judged at a point that it is about; None where it can."""
        try:
            value = self.value(point.values)
        except ValueError as error:  # the form has none, as at a pole
            return str(error)
        if math.isinf(value):
            return "its value is infinite"
        if self.relative and value == 0:
            reason = self._silence_at_zero(point)
            if reason is not None:
                return reason
        remainder = self.remainder_at(point)
        if self._epsilon(point, remainder) >= 1:
            return f"its remainder, {remainder:.2g}, leaves no error below 1 to be judged at"
        return None

    def epsilon_at(self, point: Place) -> float:
        """The error at which a verdict is reached at a point, in its units."""
        return self._epsilon(point, self.remainder_at(point))

    def unit_at(self, point: Place) -> float:
        """The unit of errors at a point: the size of the form's value."""
        return abs(self.value(point.values))

    def _epsilon(self, point: Place, remainder: float) -> float:
        """The error to be judged at: the point's, or else twice the remainder that it is to hold.

        With a remainder of its own size nothing would be left to tell errors by.
        """
        if not self.relative:
            return point.margin
        return max(point.margin, 2 * remainder)

    def _silence_at_zero(self, point: Place) -> str | None:
        """Why a relative error of 0 cannot be judged; None for a family that knows how to."""
        return "its value is 0, of which no error is a relative one"

    def remainder_at(self, point: Place) -> float:
        """The remainder at a point, the form's own and that of the experiment's quantity.

        Of one that has sides the larger.  UsageError where one is no number >= 0.
        """
        return max(self.remainder_sides_at(point))

    def remainder_sides_at(self, point: Place) -> tuple[float, float]:
        """The remainder at a point below the form, and above it."""
        laws = {"remainder": self.remainder}
        stated = point.experiment.remainder.get(self.quantity)
        if stated is not None:
            laws[f"remainder of {point.experiment.label}"] = stated
        # What is computed is right to a stated precision only.
        below = above = float(getattr(self.form, "precision", 0.0))
        for name, law in laws.items():
            sides = self._sides_stated(point, name, law)
            if not min(sides) >= 0:
                told = sides[0] if sides[0] == sides[1] else sides
                place = shown(point.parameters)
                raise UsageError(f"{self.name} at {place}: {name} = {told}: must be >= 0")
            below, above = below + sides[0], above + sides[1]
        return below, above

    def _sides_stated(self, point: Place, name: str, law: Remainder) -> tuple[float, float]:
        """What a law says of a remainder below and above, by a number or a pair of them."""
        found = self._told(point, name, law)
        if not isinstance(found, tuple):
            return (self._number(point, name, found),) * 2
        if not self.remainder_has_sides or len(found) != 2:
            pair = ", or a pair, below and above" if self.remainder_has_sides else ""
            place = shown(point.parameters)
            raise UsageError(f"{self.name} at {place}: {name} = {found!r}: must be a number{pair}")
        below, above = (self._number(point, name, one) for one in found)
        return below, above

    def stated(self, point: Place, name: str, law: Law) -> float:
        """What a law of that name says at a point; UsageError where that is no number."""
        return self._number(point, name, self._told(point, name, law))

    def _told(self, point: Place, name: str, law: object) -> object:
        if not callable(law):
            return law
        try:
            return law(point.values)
        except Exception as error:  # whatever an author's function raises
            place = shown(point.parameters)
            raise UsageError(
                f"{self.name} at {place}: {name}: {type(error).__name__}: {error}"
            ) from error

    def _number(self, point: Place, name: str, found: object) -> float:
        if isinstance(found, bool) or not isinstance(found, Real):
            place = shown(point.parameters)
            raise UsageError(f"{self.name} at {place}: {name} = {found!r}: must be a number")
        return float(found)

    def variance_at(self, point: Place, name: str) -> float | None:
        """The bound of that name on the variance at a point, or that of the experiment."""
        law = getattr(self, name)
        if law is None:
            law = point.experiment.variance.get(self.quantity)
        return None if law is None else self.stated(point, name, law)

    def places(self, parameters: Values) -> bool:
        """Whether those of the form's parameters that are given lie in their domains."""
        return all(
            domain.contains(parameters[name], parameters)
            for name, domain in self.form.domain.items()
            if name in parameters
        )

    def arguments(self, values: Values) -> dict[str, Any]:
        """The form's own arguments among the values of a point."""
        return {name: values[name] for name in self.form.domain}

    def value(self, values: Values) -> float:
        """The form's value at the values of a point."""
        return float(self.form.value(**self.arguments(values)))

    def target(self, point: Place, alpha: float) -> Target:
        """What is said at the point; UsageError where that cannot be judged."""
        sides = self.remainder_sides_at(point)
        remainder = max(sides)
        terms: dict[str, Any] = {
            "value": self.value(point.values),
            "epsilon": self._epsilon(point, remainder),
            "finite_size": remainder,
            "alpha": alpha,
        }
        if min(sides) < remainder:
            terms["sides"] = sides
        try:
            return self._target(point, terms)
        except UsageError:
            raise
        except ValueError as error:
            place = shown(point.parameters)
            raise UsageError(f"{self.name} at {place}: cannot be tested, {error}") from error

    @abstractmethod
    def _target(self, point: Place, terms: dict[str, Any]) -> Target:
        """The family's target at a point, given what every target has."""

    # In words ----------------------------------------------------------------------------------

    @abstractmethod
    def confirmed(self, trials: Sequence[Seen]) -> str:
        """What CONFIRMED means, given the trials that count."""

    @abstractmethod
    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """What REFUTED means, given the counterexample and the trials that count."""

    def detectable(self, size: float) -> str:
        """An error of the least size that would have been caught."""
        return percent(size)
