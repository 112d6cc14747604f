"""Any formula at mpmath numbers: a walk over its tree, to any precision.

mpmath works out the common functions, kernels bring their own code, and sympy works out any other.
What no other kind of number has code for passes through here, element by element.
"""

from __future__ import annotations

import fractions
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import sympy

from theory.lowering.formulas import Exactly
from theory.lowering.kernel import Kernel

TERMS = 10_000
"""A sum or product of more terms is not worked out one by one."""

_SAME = (
    "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "gamma", "factorial", "erf", "erfc",
)  # fmt: skip
"""Functions of one argument that sympy and mpmath define alike, under one name."""

_KNOWN: dict[type, Callable[..., Any]] = {
    **{getattr(sympy, name): getattr(mpmath, name) for name in _SAME},
    sympy.Add: lambda *terms: mpmath.fsum(terms),
    sympy.Mul: lambda *factors: mpmath.fprod(factors),
    sympy.Pow: mpmath.power,
    # sympy would expand these at an integer, which takes as long as the integer is large.
    sympy.loggamma: mpmath.loggamma,
    sympy.polygamma: mpmath.psi,
    sympy.lowergamma: lambda s, x: mpmath.gammainc(s, 0, x),
    sympy.uppergamma: mpmath.gammainc,
    # Of these sympy knows no digits.
    sympy.erfcinv: lambda x: mpmath.erfinv(1 - x),
    sympy.erf2: lambda x, y: mpmath.erf(y) - mpmath.erf(x),
}


class Unevaluated(ValueError):
    """A formula has a part that cannot be worked out to the digits asked for."""


class Evaluator:
    """Values of formulas at one point, at the precision at which mpmath stands.

    Each part that formulas share is worked out once: one evaluator serves one precision.
    """

    def __init__(self, values: Mapping[sympy.Symbol, Any], attempt: int = 0) -> None:
        """Take the values of the symbols; attempts differ in where they cut integrals."""
        self._values = dict(values)
        self._attempt = attempt
        self._known: dict[sympy.Basic, Any] = {}
        self._inside: dict[tuple[sympy.Symbol, Any], Evaluator] = {}

    def value(self, node: sympy.Basic) -> Any:
        """The value as an mpmath number, complex or infinite where the formula is.

        Raises what mpmath raises at a pole, ValueError outside a kernel's domain, and Unevaluated
        where the value is not known as a number.
        """
        if node not in self._known:
            self._known[node] = self._worked_out(node)
        return self._known[node]

    def _worked_out(self, node: sympy.Basic) -> Any:
        if node in self._values:
            return mpmath.mpf(self._values[node])
        if node.is_Rational:
            return mpmath.mpf(int(node.p)) / int(node.q)
        if node.is_Atom:
            return _as_mpmath(node)
        special = _SPECIAL.get(type(node))
        if special is not None:
            return special(self, node)
        if any(isinstance(argument, sympy.Tuple) for argument in node.args):
            return _as_mpmath(node.subs(self._exact_values()))
        arguments = list(map(self.value, node.args))
        if isinstance(node, Kernel):
            return node.of_mpf(*arguments)
        if isinstance(node, sympy.harmonic) and len(arguments) == 1:
            return mpmath.harmonic(*arguments)
        known = _KNOWN.get(node.func)
        if known is not None:
            return known(*arguments)
        return _as_mpmath(node.func(*map(_as_sympy, arguments)))

    def _exact_values(self) -> dict[sympy.Symbol, sympy.Expr]:
        return {symbol: _as_sympy(mpmath.mpf(x)) for symbol, x in self._values.items()}

    def _piecewise(self, node: sympy.Piecewise) -> Any:
        held = (formula for formula, where in node.args if self._holds(where))
        return self.value(next(held, sympy.nan))

    def _over_an_index(self, node: sympy.Sum | sympy.Product) -> Any:
        *inner, (index, low, high) = node.limits
        low, high = self.value(low), self.value(high)
        if mpmath.isint(low) and mpmath.isinf(high):
            return _as_mpmath(node.subs(self._exact_values()))
        if not (mpmath.isint(low) and mpmath.isint(high)):
            raise ValueError(f"{node}: its limits must be integers")
        backwards = high < low
        if backwards:  # sympy's limits are Karr's: from there to here of the opposite sign
            low, high = high + 1, low - 1
        if high - low >= TERMS:
            raise Unevaluated(f"{node}: has more than {TERMS} terms")
        term = node.func(node.function, *inner) if inner else node.function
        inside = (self._with(index, k) for k in range(int(low), int(high) + 1))
        if isinstance(node, sympy.Sum):
            total = mpmath.fsum(one.value(term) for one in inside)
            return -total if backwards else total
        product = mpmath.fprod(one.value(term) for one in inside)
        return 1 / product if backwards else product

    def _integral(self, node: sympy.Integral) -> Any:
        *inner, limit = node.limits
        if len(limit) != 3:
            raise Unevaluated(f"{node}: an integral without limits is not a number")
        term = sympy.Integral(node.function, *inner) if inner else node.function
        low, high = map(self.value, limit[1:])
        if low == high:
            return mpmath.mpf(0)
        digits = mpmath.mp.dps
        with mpmath.extraprec(20):
            value, error, size = _quadrature(
                lambda t: self._at({limit[0]: t}).value(term), low, high, _CUTS[self._attempt]
            )
        tolerance = mpmath.mpf(10) ** (2 - digits) * size
        if error > tolerance or (size == 0 and term.has(*_JUMPS)):
            raise Unevaluated(f"{node}: the quadrature does not converge to {digits} digits")
        return +value if abs(value) > tolerance else mpmath.mpf(0)

    def _hypergeometric(self, node: sympy.hyper) -> Any:
        above, below = ([self.value(one) for one in several] for several in (node.ap, node.bq))
        return mpmath.hyper(above, below, self.value(node.argument))

    def _derivative(self, node: sympy.Derivative) -> Any:
        *inner, (variable, order) = node.variable_count
        term = sympy.Derivative(node.expr, *inner) if inner else node.expr
        return mpmath.diff(
            lambda t: self._at({variable: t}).value(term),
            self.value(variable),
            int(order),
        )

    def _substituted(self, node: sympy.Subs) -> Any:
        point = dict(zip(node.variables, map(self.value, node.point), strict=True))
        return self._at(point).value(node.expr)

    def _holds(self, condition: sympy.Basic) -> bool:
        if isinstance(condition, sympy.logic.boolalg.BooleanFunction):
            return bool(condition.func(*map(self._holds, condition.args)))
        if condition.is_Relational:
            condition = condition.func(*(_as_sympy(self.value(side)) for side in condition.args))
        if condition not in (sympy.true, sympy.false):
            raise Unevaluated(f"{condition}: neither true nor false")
        return bool(condition)

    def _at(self, bound: Mapping[sympy.Symbol, Any]) -> Evaluator:
        return Evaluator({**self._values, **bound}, self._attempt)

    def _with(self, index: sympy.Symbol, k: int) -> Evaluator:
        if (index, k) not in self._inside:
            self._inside[index, k] = self._at({index: k})
        return self._inside[index, k]


_CUTS = ((), ("0.43",), ("0.09", "0.27", "0.59", "0.83"))
"""Where attempts at an integral cut its range, unevenly, as its integrand may not be.

A single estimate of the error is deceived where all its nodes miss a narrow peak.
"""

_JUMPS = (sympy.Piecewise, sympy.Heaviside, sympy.sign, sympy.floor, sympy.ceiling)
"""Of an integrand that has one of these, not even nodes that are all 0 tell that it is 0."""


def _quadrature(
    integrand: Callable[[Any], Any], low: Any, high: Any, cuts: tuple[str, ...]
) -> tuple[Any, Any, Any]:
    """Return the integral, an estimate of its error and the size of the parts that make it up."""
    ends = [low, *(_between(low, high, mpmath.mpf(cut)) for cut in cuts), high]
    samples = (
        abs(integrand(_between(low, high, mpmath.mpf(one)))) for one in ("0.2", "0.5", "0.7")
    )
    # quad stops at an error that is small beside 1
    scale = max((one for one in samples if mpmath.isfinite(one)), default=0) or mpmath.mpf(1)
    found = [
        mpmath.quad(lambda t: integrand(t) / scale, pair, error=True, maxdegree=10)
        for pair in pairwise(ends)
    ]
    parts = [part for part, _ in found]
    size = mpmath.fsum(map(abs, parts))
    return scale * mpmath.fsum(parts), scale * mpmath.fsum(e for _, e in found), scale * size


def _between(low: Any, high: Any, share: Any) -> Any:
    """Return the point with that share of the range below it; of an infinite range, near 0."""
    if mpmath.isinf(low) and mpmath.isinf(high):
        place = mpmath.log(share / (1 - share))
        return place if low < high else -place
    if mpmath.isinf(high):
        return low + mpmath.sign(high) * share / (1 - share)
    if mpmath.isinf(low):
        return high + mpmath.sign(low) * (1 - share) / share
    return low + (high - low) * share


_SPECIAL: dict[type, Callable[[Evaluator, Any], Any]] = {
    sympy.Piecewise: Evaluator._piecewise,
    sympy.Sum: Evaluator._over_an_index,
    sympy.Product: Evaluator._over_an_index,
    sympy.Integral: Evaluator._integral,
    sympy.hyper: Evaluator._hypergeometric,
    sympy.Derivative: Evaluator._derivative,
    sympy.Subs: Evaluator._substituted,
}


def _as_sympy(value: Any) -> sympy.Expr:
    """A number for sympy, exact where that is an integer of no more than the digits kept."""
    if mpmath.isint(value) and abs(value) < mpmath.mpf(10) ** mpmath.mp.dps:
        return sympy.Integer(int(value))
    if isinstance(value, mpmath.mpc):
        return _as_sympy(value.real) + sympy.I * _as_sympy(value.imag)
    return sympy.Float._new(mpmath.mpf(value)._mpf_, mpmath.mp.prec)


def _as_mpmath(node: sympy.Basic) -> Any:
    found = node.evalf(mpmath.mp.dps) if isinstance(node, sympy.Expr) else None
    if found in (sympy.zoo, sympy.nan):
        return mpmath.nan
    if found in (sympy.oo, -sympy.oo):
        return mpmath.inf if found is sympy.oo else -mpmath.inf
    if found is None or not found.is_number:
        raise Unevaluated(f"{node}: is not known as a number")
    try:
        return mpmath.mpmathify(found)
    except (TypeError, ValueError, AttributeError) as error:
        raise Unevaluated(f"{node}: is not known as a number") from error


# The kind of number ---------------------------------------------------------------------------


_GUARD_BITS = (24, 64, 160, 400, 1000, 3000, 9000)
_MOST_SPREAD = 10_000
_COSTLY = (sympy.Integral, sympy.Derivative, sympy.Sum, sympy.Product)


@cache
def _guard_bits(node: sympy.Basic) -> tuple[int, ...]:
    return _GUARD_BITS[:3] if node.has(*_COSTLY) else _GUARD_BITS


def real_value(node: sympy.Basic, values: Mapping[sympy.Symbol, Any]) -> Any:
    """Return the real value, right to the current precision; NaN where there is none.

    It is worked out with more and more guard bits until it no longer changes: digits may cancel,
    and the exponential of a large number keeps the fewer the larger that is. A zero, an infinity
    or a NaN may be what few bits make of another value, and stands at the most bits alone. Of an
    integral each attempt cuts the range elsewhere.

    The fewest bits tell each argument from 1, and a product of one of each: what is lost beside 1
    would be missing from every attempt alike.

    Raises TypeError naming the formula where sympy and mpmath do not know its value, or where no
    number of digits is enough.
    """
    precision = mpmath.mp.prec
    sizes = (mpmath.mag(to_mpf(value)) for value in values.values())
    spread = sum(int(abs(size)) for size in sizes if mpmath.isfinite(size))
    guards = tuple(guard + min(spread, _MOST_SPREAD) for guard in _guard_bits(node))
    found: list[Any] = []
    for attempt, guard in enumerate(guards):
        with mpmath.extraprec(guard):
            point = {symbol: to_mpf(value) for symbol, value in values.items()}
            found.append(_real_value(node, point, attempt))
            if len(found) > 1 and _agree(found[-2], found[-1], precision):
                return _rounded(found[-1], precision)
    last = found[-1]
    if last == 0 or not mpmath.isfinite(last):
        return last
    # What only rounding leaves falls with the digits; an attempt between may have left nothing.
    vanishes = any(
        mpmath.isfinite(one) and abs(last) <= mpmath.ldexp(abs(one), (guard - guards[-1]) // 2)
        for guard, one in zip(guards[:-1], found[:-1], strict=True)
    )
    if vanishes and not node.has(sympy.Integral):  # whose attempts may miss one peak differently
        return mpmath.mpf(0)
    raise TypeError(f"no value of {node}: no two attempts at it agree to {mpmath.mp.dps} digits")


def _agree(one: Any, other: Any, precision: int) -> bool:
    if other == 0 or not mpmath.isfinite(other):
        return False
    return bool(abs(one - other) <= abs(other) * mpmath.mpf(2) ** -precision)


def _rounded(value: Any, precision: int) -> Any:
    with mpmath.workprec(precision):
        return +value


def _real_value(node: sympy.Basic, values: Mapping[sympy.Symbol, Any], attempt: int) -> Any:
    """Return the real value as the current precision has it, NaN where there is none."""
    try:
        value = Evaluator(values, attempt).value(node)
    except Unevaluated as error:
        raise TypeError(f"no value of {error}") from error
    except (ArithmeticError, ValueError):
        return mpmath.nan
    except (AttributeError, NotImplementedError, TypeError, RecursionError) as error:
        raise TypeError(f"no value of {node}: {type(error).__name__}: {error}") from error
    if isinstance(value, mpmath.mpc):
        # A rounding error of the way there is no imaginary part.
        real = abs(value.imag) <= abs(value.real) * mpmath.mpf(2) ** (4 - mpmath.mp.prec)
        return value.real if real else mpmath.nan
    return mpmath.mpf(value)


def to_mpf(value: Any) -> Any:
    """Return a real number of any type as an mpmath number, exact or at the current precision."""
    if isinstance(value, fractions.Fraction | sympy.Rational):
        return mpmath.mpf(int(value.numerator)) / int(value.denominator)
    return mpmath.mpf(value._to_mpmath(mpmath.mp.prec) if isinstance(value, sympy.Expr) else value)


def at_floats(node: sympy.Basic, symbols: tuple[sympy.Symbol, ...], values: Any) -> float:
    """Return the value at floats, right to their last digits; NaN where there is no real one."""
    with mpmath.workprec(53):
        return float(real_value(node, dict(zip(symbols, values, strict=True))))


name = "mpmath"


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of numbers, in the order of the symbols."""

    def function(*values: Any) -> Any:
        return real_value(expression, dict(zip(symbols, values, strict=True)))

    return function


def evaluate(
    function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None
) -> Any:
    """Call a lowered formula on numbers, at the current precision."""
    return function(*values)
