"""First-order mutants of a closed form: what one slip of the pen would have made of it.

A form that survives a comparison says little if its mutants would have survived it too.  Each
mutant differs from the form in one place: a term's sign, a number or a parameter by one, a factor
of 2, an exponent by one, doubled, halved or negated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import mpmath
import sympy

from theory import kernels
from theory.domains import Integers

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm
    from theory.domains import Domain

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


def mutants(form: ClosedForm) -> list[Mutant]:
    """Every first-order mutant of a form, in a fixed order, each formula once."""
    found: dict[sympy.Expr, Mutant] = {}
    changed = (Mutant(*change) for change in _changed(form.expr, "other"))
    for mutant in (*changed, *_shifted_everywhere(form)):
        if mutant.expr != form.expr:
            found.setdefault(mutant.expr, mutant)
    return list(found.values())


def _shifted_everywhere(form: ClosedForm) -> Iterator[Mutant]:
    for parameter in form.parameters:
        symbol = parameter.symbol
        for shifted in (symbol + 1, symbol - 1):
            yield Mutant(symbol, shifted, form.expr.subs(symbol, shifted), everywhere=True)


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
            whole = node.func(*node.args[:index], changed, *node.args[index + 1 :])
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
        self._values = dict(values)
        self._known: dict[sympy.Basic, Any] = {}
        self._inside: dict[tuple[sympy.Symbol, int], Evaluator] = {}

    def value(self, formula: sympy.Expr) -> Any:
        """The value as an mpmath number, or None where there is no finite real one."""
        with mpmath.workdps(DIGITS):
            try:
                value = self._value(formula)
            except (ArithmeticError, ValueError, TypeError):
                return None
        return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None

    def _value(self, node: sympy.Basic) -> Any:
        if node not in self._known:
            self._known[node] = self._worked_out(node)
        return self._known[node]

    def _worked_out(self, node: sympy.Basic) -> Any:
        if node in self._values:
            return mpmath.mpf(self._values[node])
        if node.is_Rational:
            return mpmath.mpf(int(node.p)) / int(node.q)
        if isinstance(node, sympy.Sum):
            return self._sum(node)
        if node.is_Atom or isinstance(node, sympy.Piecewise):
            exact = node.subs({name: sympy.Rational(x) for name, x in self._values.items()})
            return mpmath.mpf(exact.evalf(DIGITS)._to_mpmath(mpmath.mp.prec))
        return _function(node)(*map(self._value, node.args))

    def _sum(self, node: sympy.Sum) -> Any:
        index, low, high = node.limits[0]
        low, high = self._value(low), self._value(high)
        if not (mpmath.isint(low) and mpmath.isint(high)):
            raise ValueError(f"{node}: its limits must be integers")
        inside = [self._with(index, k) for k in range(int(low), int(high) + 1)]
        return mpmath.fsum(one._value(node.function) for one in inside)

    def _with(self, index: sympy.Symbol, k: int) -> Evaluator:
        if (index, k) not in self._inside:
            self._inside[index, k] = Evaluator({**self._values, index: k})
        return self._inside[index, k]


def _function(node: sympy.Basic) -> Any:
    name = node.func.__name__
    if name in _ARITHMETIC:
        return _ARITHMETIC[name]
    return _KERNELS[name] if name in _KERNELS else getattr(mpmath, name)


def _share(depth: Any) -> Any:
    if not (mpmath.isint(depth) and depth >= 0):
        raise ValueError(f"depth = {depth}: the recursion runs over whole layers")
    return _KERNELS_OF_THEORY["top_eigenvalue_share"](depth)


_KERNELS_OF_THEORY = kernels.namespace("mpmath")
_KERNELS = {**_KERNELS_OF_THEORY, "top_eigenvalue_share": _share}
_ARITHMETIC = {
    "Add": lambda *terms: mpmath.fsum(terms),
    "Mul": lambda *factors: mpmath.fprod(factors),
    "Pow": mpmath.power,
}

PROBES = 5
STEPS = (0, 1, 3, 8, 17)
"""Places of an integer parameter above the lower end of its domain."""

GOLDEN = (5**0.5 - 1) / 2
"""Places of a real parameter are its multiples modulo 1, which never repeat."""


def probes(form: ClosedForm) -> list[dict[str, Any]]:
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


def _probe(domain: Domain, others: Values, number: int, position: int) -> int | float:
    low, high = domain.endpoints(others)
    if isinstance(domain, Integers):
        step = STEPS[number * (2 * position + 1) % PROBES]
        return int(min(low + step, high))
    high = min(high, low + 10)
    share = (number * GOLDEN * (position + 1)) % 1 if number > 1 else float(number)
    if share == 0 and domain.low_open:
        share = 1 - GOLDEN
    return float(low + share * (high - low))
