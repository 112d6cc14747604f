"""A formula as compiled code over the functions that one kind of number has."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import sympy
from sympy.core.function import Application

Function = Callable[..., Any]
Exactly = Callable[[list[Any]], Any]
"""From the arguments, numbers or flat arrays, to values without what floats lose where they
over- or underflow on the way."""
Symbols = tuple[sympy.Symbol, ...]

MODERATE = 2.0**127
"""Products of eight numbers between this and its inverse are normal floats."""

_CONSTANTS = {
    "pi": math.pi,
    "E": math.e,
    "EulerGamma": float(sympy.EulerGamma),
    "GoldenRatio": float(sympy.GoldenRatio),
    "TribonacciConstant": float(sympy.TribonacciConstant),
    "Catalan": float(sympy.Catalan),
    "inf": math.inf,
}
_ARITHMETIC = (sympy.Add, sympy.Mul, sympy.Pow, sympy.Symbol, sympy.Number, sympy.NumberSymbol)


def compiled(
    expression: sympy.Expr,
    symbols: list[sympy.Symbol],
    sqrt: Function,
    function_of: Callable[[sympy.Expr], Function | None],
    otherwise: Callable[[sympy.Expr, Symbols], Function],
) -> Function:
    """Compile an expression into a function of the symbols, in order.

    Arithmetic is Python's. `function_of` gives the code of a node at its arguments, and
    `otherwise`, for the nodes of which it knows none, their code at their free symbols. Each piece
    of code has a name of its own, so that no parameter can be called like a function.
    """
    names: dict[str, Any] = {**_CONSTANTS, "sqrt": sqrt}
    replaced: dict[sympy.Basic, sympy.Expr] = {}

    def named(code: Function, arguments: Any) -> sympy.Expr:
        name = f"function_{len(names)}"
        names[name] = code
        return sympy.Function(name)(*arguments)

    def rewritten(node: sympy.Expr) -> sympy.Expr:
        if node not in replaced:
            replaced[node] = worked_out(node)
        return replaced[node]

    def worked_out(node: sympy.Expr) -> sympy.Expr:
        if isinstance(node, _ARITHMETIC):
            if not node.args:
                return node
            return node.func(*map(rewritten, node.args), evaluate=False)
        code = function_of(node) if isinstance(node, Application) else None
        if code is not None:
            return named(code, map(rewritten, node.args))
        free = tuple(sorted(node.free_symbols, key=str))
        return named(otherwise(node, free), free)

    # Dummies: a parameter may have the name of a keyword or a builtin.
    dummies = [sympy.Dummy(**symbol.assumptions0) for symbol in symbols]
    renamed = rewritten(expression).xreplace(dict(zip(symbols, dummies, strict=True)))
    # A docstring, which nobody reads, would take a fifth of the time.
    return sympy.lambdify(dummies, renamed, modules=[names], cse=True, docstring_limit=0)


# Cases ----------------------------------------------------------------------------------------

_RELATIONS = {
    sympy.Eq: operator.eq,
    sympy.Ne: operator.ne,
    sympy.Lt: operator.lt,
    sympy.Le: operator.le,
    sympy.Gt: operator.gt,
    sympy.Ge: operator.ge,
}


def condition(
    node: sympy.Basic, symbols: Symbols, lower: Callable[..., Function], negate: Function
) -> Function:
    """Return a condition as a function of the symbols; `negate` is the kind's own "not"."""
    if node in (sympy.true, sympy.false):
        return lambda *values: bool(node)
    if type(node) in _RELATIONS:
        left, right = (lower(side, list(symbols)) for side in node.args)
        compare = _RELATIONS[type(node)]
        return lambda *values: compare(left(*values), right(*values))
    parts = [condition(part, symbols, lower, negate) for part in node.args]
    if isinstance(node, sympy.Not):
        return lambda *values: negate(parts[0](*values))
    joined = {sympy.And: operator.and_, sympy.Or: operator.or_}.get(type(node))
    if joined is None:
        raise TypeError(f"{node}: a case is chosen by comparisons, and, or and not alone")
    return lambda *values: reduce(joined, (part(*values) for part in parts))
