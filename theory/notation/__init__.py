"""Formulas that are read from text, of which nothing is ever run as code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy

from theory.parameters import Parameter

LONGEST = 2000
"""Characters of a formula."""

LARGEST_POWER = 1000
"""Of numbers that sympy would work out to every digit; a power of a parameter may be any."""

CONSTANTS: Mapping[str, sympy.Expr] = {"pi": sympy.pi, "E": sympy.E}

FUNCTIONS: Mapping[str, Callable[..., sympy.Expr]] = {
    one.__name__: one
    for one in (
        *(sympy.exp, sympy.log, sympy.sqrt, sympy.Abs, sympy.Max, sympy.Min),
        *(sympy.sin, sympy.cos, sympy.tan, sympy.asin, sympy.acos, sympy.atan),
        *(sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh, sympy.atanh),
        *(sympy.erf, sympy.erfc, sympy.gamma, sympy.loggamma, sympy.digamma, sympy.polygamma),
        *(sympy.factorial, sympy.binomial, sympy.harmonic),
    )
}

OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], sympy.Expr]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def read(text: str, parameters: Iterable[Parameter]) -> sympy.Expr:
    r"""Return the formula that a text says, such as "(1 + 5/width)**depth".

    It is written in sympy's syntax, or in LaTeX, which has a backslash, a brace or dollar signs:
    "\\left(1 + \\frac{5}{D}\\right)^L".  It may name the parameters (or their letters), the numbers
    pi and E, and the functions in `FUNCTIONS`; numbers are exact where they are integers, so that
    1/2 is a half.  Raises ValueError, in one line, for all else.
    """
    if len(text) > LONGEST:
        raise ValueError(f"formula of {len(text)} characters: must have {LONGEST} at most")
    names = {name: one.symbol for one in parameters for name in (one.letter, one.name)}
    in_latex = any(mark in text for mark in "\\{}$")
    try:
        if in_latex:
            from theory.notation.latex import parse  # most formulas need no grammar

            tree = parse(text)
            # No parameter of Python can be called lambda, but lambda_.
            bare = {name.removesuffix("_"): symbol for name, symbol in names.items()}
            names = {"e": sympy.E, **bare, **names}
        else:
            tree = ast.parse(text.strip(), mode="eval").body
        found = _Reader(text, {**CONSTANTS, **names}).formula(tree)
    except (SyntaxError, MemoryError, RecursionError) as error:
        syntax = "" if in_latex else "; must be sympy's syntax, such as '(1 + 5/width)**depth'"
        raise ValueError(f"formula {_shown(text)}: {error}{syntax}") from error
    if found.has(sympy.zoo, sympy.nan, sympy.oo):
        raise ValueError(f"formula {_shown(text)}: divides by 0, or is infinite, whatever is given")
    return found


class _Reader:
    """Turns what Python's parser found in a text into an expression."""

    def __init__(self, text: str, names: Mapping[str, sympy.Expr]) -> None:
        self._text = text
        self._names = names

    def formula(self, node: ast.expr) -> sympy.Expr:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(number)
            case ast.Name(id=name) if name in self._names:
                return self._names[name]
            case ast.Name(id=name):
                known = ", ".join(self._names)
                raise self._refused(f"{name} is unknown; it may name {known}")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.formula(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.formula(operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(self.formula(left), self.formula(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self.formula(left), self.formula(right))
            case ast.BinOp(op=ast.BitXor()):
                raise self._refused("a power is written **, not ^")
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                return self._called(name, [self.formula(one) for one in args])
            case ast.Call(func=ast.Name(id=name)):
                known = ", ".join(FUNCTIONS)
                raise self._refused(f"{name} is no function that it may use: {known}")
        raise self._refused(f"{ast.unparse(node)!r} is no part of a formula")

    def _number(self, number: float) -> sympy.Expr:
        if not math.isfinite(number):
            raise self._refused("a number is infinite")
        return sympy.Integer(number) if isinstance(number, int) else sympy.Float(number)

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if base.is_number and exponent.is_number:
            self._require_small(exponent)
            self._require_small(sympy.log(abs(base)) if base != 0 else base)
        return base**exponent

    def _called(self, name: str, arguments: list[sympy.Expr]) -> sympy.Expr:
        if name != "log":  # which takes no digits of what it is of
            for one in arguments:
                if one.is_number:
                    self._require_small(one)
        try:
            return FUNCTIONS[name](*arguments)
        except (TypeError, ValueError) as error:
            raise self._refused(f"{name}: {' '.join(str(error).split())}") from error

    def _require_small(self, number: sympy.Expr) -> None:
        """Refuse what sympy would work out to more digits than anybody can wait for."""
        if not abs(number.evalf(15)) <= LARGEST_POWER:
            raise self._refused(
                f"{number} is a power, or an argument of a function, beyond {LARGEST_POWER}"
            )

    def _refused(self, reason: str) -> ValueError:
        return ValueError(f"formula {_shown(self._text)}: {reason}")


def _shown(text: str) -> str:
    """A text in one line, of which repr would double the backslashes."""
    return f"'{' '.join(text.split())}'" if "\\" in text else repr(text)
