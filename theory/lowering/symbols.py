"""Formulas at sympy expressions: substitution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from theory.lowering.formulas import Exactly

name = "symbol"


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of expressions, in the order of the symbols."""

    def function(*values: sympy.Expr) -> sympy.Expr:
        letters = {letter.name for value in values for letter in value.free_symbols}
        free = _with_bound_renamed(expression, letters)
        return free.subs(dict(zip(symbols, values, strict=True)), simultaneous=True)

    return function


def _with_bound_renamed(expression: sympy.Expr, letters: set[str]) -> sympy.Expr:
    """Return the expression with other indices of sums and integrals where theirs are taken."""

    def taken(node: sympy.Basic) -> list[sympy.Symbol]:
        return [x for x in getattr(node, "bound_symbols", ()) if x.name in letters]

    def renamed(node: sympy.Basic) -> sympy.Basic:
        bound = {x: sympy.Dummy(x.name, **x.assumptions0) for x in taken(node)}
        # A limit may hold the same letter, free.
        free = {x: sympy.Dummy(**x.assumptions0) for x in node.free_symbols.intersection(bound)}
        back = {dummy: letter for letter, dummy in free.items()}
        return node.subs(free).xreplace(bound).xreplace(back)

    if not any(map(taken, sympy.preorder_traversal(expression))):
        return expression
    return expression.replace(lambda node: bool(taken(node)), renamed)


def evaluate(
    function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None
) -> Any:
    """Call a lowered formula on expressions and numbers."""
    return function(*map(sympy.sympify, values))
