"""A closed form: one definition that evaluates, prints and documents itself."""

from __future__ import annotations

import fractions
import hashlib
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import mpmath
import numpy as np
import sympy

from theory import lowering, text
from theory.form import Form, Quantity
from theory.lowering import Backend, arrays, multiprecision, numbers, symbols, tensors
from theory.lowering.elementary import exponential

EXACT_LIMIT = 1000
_LOG_OF_INFINITY = 720.0
"""The logarithm of a number that is infinite among floats, and what factors that underflow add."""


def logarithm(expression: sympy.Expr) -> sympy.Expr:
    """Return the log of a positive expression, its factors taken apart so that none overflows."""
    # Not by force: factors of unknown sign may be negative together.
    expanded = sympy.expand_log(sympy.log(expression))
    return expanded.replace(
        lambda term: isinstance(term, sympy.log) and isinstance(term.args[0], exponential),
        lambda term: term.args[0].args[0],
    )


def by_logarithm(expression: sympy.Expr) -> sympy.Expr:
    """Return the same positive value formed as the exponential of its logarithm.

    No factor then overflows before another brings the product back into range.
    """
    return exponential(logarithm(expression))


@dataclass(frozen=True, kw_only=True, repr=False)
class ClosedForm(Form):
    """A formula of a paper, callable by keyword on any kind of number.

    Numbers give a float, numpy arrays an array of float64, torch tensors a tensor of
    their dtype and device (with gradients), mpmath numbers an mpf at the current precision and
    sympy expressions an expression. Arrays broadcast. Where float64 overflows the value is an
    infinity, and `log` is finite. Only `check` looks at the values of CUDA tensors, which costs a
    synchronisation. The gradient is 0 in a parameter that the formula does not use, and in the
    length of a recursion, which takes whole steps. It is NaN where floats over- or underflow on the
    way to the value.

    `expr` is the formula as the paper writes it, `stable` the same in the order of operations that
    loses no digits, where the two differ. The other fields are those of every Form.

    Raises TypeError for an `expr` or `stable` that is no expression of sympy, and ValueError for
    letters that are no parameters.
    """

    expr: sympy.Expr
    stable: sympy.Expr | None = None

    def __post_init__(self) -> None:
        self._require_formulas()
        self._require_letters()
        super().__post_init__()

    @property
    def formula(self) -> str:
        """The formula, as Python would write it."""
        return str(self.expr)

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return text.latex(self.expr)

    @cached_property
    def digest(self) -> str:
        """A short digest of the formulas with every digit of their numbers."""
        exactly = sympy.srepr((self.expr, self.lowered))
        return hashlib.blake2b(exactly.encode(), digest_size=16).hexdigest()

    @property
    def lowered(self) -> sympy.Expr:
        """The expression that is compiled: `stable` where there is one, else `expr`."""
        return self.expr if self.stable is None else self.stable

    def exact(self, /, **values: Any) -> sympy.Expr:
        """Return the exact value as a sympy expression; floats count as the binary rationals.

        Raises ValueError for an argument above EXACT_LIMIT: exact arithmetic would not return.
        """
        self.check(**values)
        exact = {item.symbol: self._exact_number(item.name, values) for item in self.parameters}
        return self.expr.subs(exact, simultaneous=True).doit()

    @cached_property
    def in_floats(self) -> Callable[..., float]:
        """The formula as a function of floats of the domain, in the order of the parameters.

        For loops of many evaluations: it does not look whether the floats are of the domain, nor
        whether a part of the formula underflows and takes digits of the value with it. Only where
        their arithmetic gives no finite number is it `value` that is worked out.
        """
        code = self._compile("value", numbers)

        def evaluated(*floats: float) -> float:
            with suppress(OverflowError, ZeroDivisionError, ValueError):
                found = code(*floats)
                if not isinstance(found, complex) and math.isfinite(found):
                    return found
            return float(self.value(**dict(zip(self.domain, floats, strict=True))))

        return evaluated

    def _evaluate(self, quantity: Quantity, values: dict[str, Any]) -> Any:
        if tensors.is_traced():
            return tensors.outside_the_graph(self._worked_out)(quantity, values)
        return self._worked_out(quantity, values)

    def _worked_out(self, quantity: Quantity, values: dict[str, Any]) -> Any:
        backend = self._backend(values)
        ordered = [values[item.name] for item in self.parameters]
        readable = backend is not tensors or tensors.can_be_read(values.values())
        if readable or tensors.are_transformed(ordered):
            self._require_inside(backend, values)
        if not readable or backend is symbols:
            return backend.evaluate(self._compile(quantity, backend), ordered)
        if quantity == "log" and lowering.any_negative(self._lowered("value", backend, ordered)):
            raise self._negative_there()
        return self._lowered(quantity, backend, ordered)

    def _lowered(self, quantity: Quantity, backend: Backend, ordered: list[Any]) -> Any:
        """Return the real value, or raise ValueError where there is none."""
        if backend is multiprecision:
            return self._to_every_digit(quantity, ordered)
        exactly = self._exactly_of_numbers if backend is numbers else self._exactly
        code = self._compile(quantity, backend)
        return backend.evaluate(code, ordered, partial(exactly, quantity))

    def _exactly(self, quantity: Quantity, points: list[np.ndarray]) -> np.ndarray:
        """Return the right values at points where those in floats are in doubt."""
        found = np.full(points[0].shape, np.inf)
        doubtful = np.full(points[0].shape, True)
        if quantity == "value":  # most that overflow do so by a margin
            logs = arrays.evaluate(self._compile("log", arrays), points)
            doubtful = ~(np.isfinite(logs) & (logs > _LOG_OF_INFINITY))
        rest = np.stack(points)[:, doubtful]
        if rest.size:
            values, sure = arrays.where_sure(self._compile(quantity, arrays), list(rest))
            rows, places = np.unique(rest[:, ~sure], axis=1, return_inverse=True)
            exact = np.array([self._exactly_at(quantity, list(row)) for row in rows.T])
            values[~sure] = exact[places.reshape(-1)]
            found[doubtful] = values
        return found

    def _exactly_of_numbers(self, quantity: Quantity, values: list[Any]) -> float:
        if not values:
            return self._exactly_at(quantity, values)
        with suppress(OverflowError):  # an integer may be beyond every float
            point = [np.array([float(value)]) for value in values]
            (found,), (sure,) = arrays.where_sure(self._compile(quantity, arrays), point)
            if sure:
                return float(found)
        return self._exactly_at(quantity, values)

    def _exactly_at(self, quantity: Quantity, values: list[Any]) -> float:
        with mpmath.workprec(53):
            return float(self._to_every_digit(quantity, values))

    def _to_every_digit(self, quantity: Quantity, values: list[Any]) -> Any:
        value = multiprecision.evaluate(self._compile(quantity, multiprecision), values)
        if mpmath.isnan(value):
            if quantity == "log" and self._to_every_digit("value", values) < 0:
                raise self._negative_there()
            raise self._nothing_there(values)
        return value

    @cached_property
    def _compiled(self) -> dict[tuple[str, str], Callable[..., Any]]:
        return {}

    def _compile(self, quantity: Quantity, backend: Backend) -> Callable[..., Any]:
        if (quantity, backend.name) not in self._compiled:
            symbolic = backend is symbols
            formula = self.expr if symbolic else self.lowered
            if quantity == "log":
                if formula == 0:  # of which sympy has the infinity without a sign
                    formula = -sympy.oo
                else:
                    formula = sympy.log(formula) if symbolic else logarithm(formula)
            letters = [parameter.symbol for parameter in self.parameters]
            self._compiled[quantity, backend.name] = backend.lower(formula, letters)
        return self._compiled[quantity, backend.name]

    def _require_formulas(self) -> None:
        formulas = {"expr": self.expr, "stable": self.lowered}
        for field, formula in formulas.items():
            if not isinstance(formula, sympy.Expr):
                kind = type(formula).__name__
                raise TypeError(
                    f"{self.id}: {field} = {formula!r} is a {kind}; give a formula of sympy"
                )

    def _require_letters(self) -> None:
        known = {parameter.symbol for parameter in self.parameters}
        formulas = (self.expr, self.lowered)
        for letter in sorted({x for one in formulas for x in one.free_symbols} - known, key=str):
            if letter.name in {symbol.name for symbol in known}:
                raise ValueError(
                    f"{self.id}: the letter {letter} of the formula has other assumptions than "
                    "the parameter's; write the formula in the symbol of the parameter"
                )
            raise ValueError(f"{self.id}: the letter {letter} of the formula is no parameter")

    def _exact_number(self, name: str, values: Mapping[str, Any]) -> sympy.Expr:
        value = values[name]
        if getattr(value, "shape", None) == ():  # of numpy or torch
            value = value.item()
        if isinstance(value, mpmath.mpf):
            value = sympy.Rational(sympy.Float._new(value._mpf_, mpmath.mp.prec))
        if not isinstance(value, int | float | fractions.Fraction | sympy.Expr) or not (
            lowering.is_number(value)
        ):
            raise TypeError(f"{self.id}: {name} = {value!r} has no exact value; give one number")
        number = value if isinstance(value, sympy.Expr) else sympy.Rational(value)
        if number > EXACT_LIMIT:
            raise ValueError(
                f"{self.id}: {name} = {text.shown(number)} is above {EXACT_LIMIT}, too large to be "
                "exact; call the form with an mpmath number for more digits"
            )
        return number
