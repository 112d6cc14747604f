"""Formulas at Python's floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy

from theory.lowering import multiprecision
from theory.lowering.formulas import MODERATE, Exactly, Symbols, compiled, condition
from theory.lowering.kernel import Kernel

name = "number"

_SAME = (
    "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh", "atan2", "erf", "erfc", "gamma",
)  # fmt: skip
"""Functions that sympy and Python's math define alike, under one name."""


def _harmonic(x: float) -> float:
    from scipy.special import digamma  # 0.4 s to import, and most forms do without

    return float(digamma(x + 1)) + float(sympy.EulerGamma)


def _logarithm_of_gamma(x: float) -> float:
    return math.lgamma(x) if x > 0 else math.nan


_KNOWN: dict[type, Callable[..., float]] = {
    **{getattr(sympy, function): getattr(math, function) for function in _SAME},
    sympy.Abs: abs,
    sympy.Max: max,
    sympy.Min: min,
    sympy.loggamma: _logarithm_of_gamma,
}


def function_of(node: sympy.Expr) -> Callable[..., Any] | None:
    """Return the code for a function at floats, if there is any."""
    if isinstance(node, Kernel):
        return node.of_number
    if isinstance(node, sympy.harmonic) and len(node.args) == 1:
        return _harmonic
    return _KNOWN.get(node.func)


def _otherwise(node: sympy.Expr, symbols: Symbols) -> Callable[..., Any]:
    if not isinstance(node, sympy.Piecewise):
        return lambda *values: multiprecision.at_floats(node, symbols, values)
    cases = [
        (lower(value, list(symbols)), condition(where, symbols, lower, lambda truth: not truth))
        for value, where in node.args
    ]

    def chosen(*values: float) -> float:
        return next((value(*values) for value, where in cases if where(*values)), math.nan)

    return chosen


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of floats, in the order of the symbols."""
    return compiled(expression, symbols, math.sqrt, function_of, _otherwise)


def evaluate(
    function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None
) -> float:
    """Call a lowered formula on numbers.

    Without `exactly`, raises OverflowError, ZeroDivisionError or ValueError where IEEE arithmetic
    gives an infinity or NaN.
    """
    try:
        floats = [float(value) for value in values]
        value = function(*floats)
    except (OverflowError, ZeroDivisionError, ValueError):
        if exactly is None:
            raise
        return float(exactly(values))
    number = math.nan if isinstance(value, complex) else float(value)
    if exactly is None or (math.isfinite(number) and all(map(_is_moderate, floats))):
        return number
    return float(exactly(values))


def _is_moderate(x: float) -> bool:
    return x == 0 or 1 / MODERATE <= abs(x) <= MODERATE
