"""First-order mutants of a closed form: what one slip of the pen would have made of it.

A form that survives a comparison says little if its mutants would have survived it too.  Each
mutant differs from the form in one place: a term's sign, a number or a parameter by one, a factor
of 2, an exponent by one, doubled, halved or negated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import mpmath
import sympy

from theory.domains import Integers, OneOf
from theory.lowering import multiprecision
from theory.lowering.multiprecision import Unevaluated

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm
    from theory.domains import Domain
    from verify.relations.statement import Form, Number

DIGITS = 50
"""Precision at which a form and its mutants are evaluated and compared."""

Place = Literal["term", "exponent", "other"]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Mutant:
    """A form changed in one place: what stood there, what stands there now, and the formula."""

    before: sympy.Basic
    after: sympy.Basic
    expr: sympy.Expr
    everywhere: bool = False

    @property
    def change(self) -> str:
        """The change in words."""
        return f"{self.before} → {self.after}{' everywhere' if self.everywhere else ''}"


def mutants(form: ClosedForm | Number) -> list[Mutant]:
    """Every first-order mutant of a form, in a fixed order, each formula once."""
    found: dict[sympy.Expr, Mutant] = {}
    changed = (Mutant(*change) for change in _changed(form.expr, "other"))
    for mutant in (*changed, *_shifted_everywhere(form)):
        if mutant.expr != form.expr:
            found.setdefault(mutant.expr, mutant)
    return list(found.values())


def _shifted_everywhere(form: ClosedForm | Number) -> Iterator[Mutant]:
    for parameter in form.parameters:
        symbol = parameter.symbol
        for shifted in (symbol + 1, symbol - 1):
            try:
                whole = form.expr.subs(symbol, shifted)
            except (ArithmeticError, ValueError, TypeError):
                continue
            yield Mutant(symbol, shifted, whole, everywhere=True)


def _changed(
    node: sympy.Basic, place: Place
) -> Iterator[tuple[sympy.Basic, sympy.Basic, sympy.Basic]]:
    """What stood at the place of a change, what stands there now, and `node` with that change.

    A single letter or number is told with what it stands in, which says where it is.
    """
    if isinstance(node, sympy.Expr):
        for after in _replacements(node, place):
            yield node, after, after
    for index, child in enumerate(node.args):
        if type(node) is sympy.Tuple and index == 0:
            continue  # the index of a sum is a name
        for before, after, changed in _changed(child, _place(node, index)):
            try:
                whole = node.func(*node.args[:index], changed, *node.args[index + 1 :])
            except (ArithmeticError, ValueError, TypeError):
                continue  # sympy knows no such formula, as the remainder of a division by 0
            alone = before is child and child.is_Atom and isinstance(node, sympy.Expr)
            yield (node, whole, whole) if alone else (before, after, whole)


def _place(node: sympy.Basic, index: int) -> Place:
    if node.is_Add:
        return "term"
    return "exponent" if node.is_Pow and index == 1 else "other"


def _replacements(node: sympy.Expr, place: Place) -> Iterator[sympy.Expr]:
    if place != "other":
        yield -node
    if place == "exponent" or node.is_Rational or node.is_Symbol:
        yield from (node + 1, node - 1)
    yield from (2 * node, node / 2)


# Values ---------------------------------------------------------------------------------------


class Evaluator:
    """Values of formulas at one point, to DIGITS digits.

    Mutants of a form share nearly every part of it, so each part is worked out once.
    """

    def __init__(self, values: Mapping[sympy.Symbol, Any]) -> None:
        self._values = multiprecision.Evaluator(values)

    def value(self, formula: sympy.Expr) -> Any:
        """The value as an mpmath number, or None where there is no finite real one.

        Raises Unevaluated where it is not known whether there is.
        """
        with mpmath.workdps(DIGITS):
            try:
                value = self._values.value(formula)
            except Unevaluated:
                raise
            except (ArithmeticError, ValueError, TypeError):
                return None
            except (AttributeError, NotImplementedError, mpmath.libmp.NoConvergence) as error:
                raise Unevaluated(f"{formula}: {error}") from error
        return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None


PROBES = 5
STEPS = (0, 1, 3, 8, 17)
"""Places of an integer parameter above the lower end of its domain."""

SPAN = 10
"""How much of an endless range is probed: from its end on, or around zero."""

GOLDEN = (5**0.5 - 1) / 2
"""Places of a real parameter are its multiples modulo 1, which never repeat."""


def probes(form: Form) -> list[dict[str, Any]]:
    """Points of a form's domain in general position, its edges first.

    Formulas that agree on all of them, and wherever the form is judged, are called equal.
    """
    ordered = sorted(form.domain.items(), key=lambda item: len(item[1].depends_on))
    points = []
    for number in range(PROBES):
        point: dict[str, Any] = {}
        for position, (name, domain) in enumerate(ordered):
            point[name] = _probe(domain, point, number, position)
        points.append(point)
    return points


def _probe(domain: Domain, others: Values, number: int, position: int) -> Any:
    if isinstance(domain, OneOf):
        return domain.values[number % len(domain.values)]
    low, high = domain.endpoints(others)
    low = max(low, min(high, SPAN / 2) - SPAN) if math.isinf(low) else low
    if isinstance(domain, Integers):
        step = STEPS[number * (2 * position + 1) % PROBES]
        return int(min(math.ceil(low) + step, high))
    open_ends = (domain.low_open, domain.high_open and high <= low + SPAN)
    high = min(high, low + SPAN)
    share = (number * GOLDEN * (position + 1)) % 1 if number > 1 else float(number)
    if share in (0, 1) and open_ends[int(share)]:
        share = 1 - GOLDEN
    return float(low + share * (high - low))
