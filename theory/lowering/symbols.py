"""Formulas at sympy expressions: substitution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

name = "symbol"


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of expressions, in the order of the symbols."""

    def function(*values: sympy.Expr) -> sympy.Expr:
        return expression.subs(dict(zip(symbols, values, strict=True)), simultaneous=True)

    return function


def evaluate(function: Callable[..., Any], values: list[Any]) -> Any:
    """Call a lowered formula on expressions and numbers."""
    return function(*map(sympy.sympify, values))
