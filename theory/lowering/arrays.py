"""Formulas at numpy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy

from theory.lowering import multiprecision, numbers
from theory.lowering.formulas import MODERATE, Exactly, Symbols, compiled, condition
from theory.lowering.kernel import Kernel

name = "numpy"

_KNOWN: dict[type, Callable[..., Any]] = {
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.asin: np.arcsin,
    sympy.acos: np.arccos,
    sympy.atan: np.arctan,
    sympy.atan2: np.arctan2,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.tanh: np.tanh,
    sympy.asinh: np.arcsinh,
    sympy.acosh: np.arccosh,
    sympy.atanh: np.arctanh,
    sympy.Abs: np.abs,
    sympy.sign: np.sign,
    sympy.floor: np.floor,
    sympy.ceiling: np.ceil,
}
_PRINTED = (
    sympy.erf, sympy.erfc, sympy.gamma, sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk,
)  # fmt: skip
"""Functions that sympy's printer for scipy gets right to the last digits."""


@cache
def _printed(function: type, count: int) -> Callable[..., Any]:
    arguments = [sympy.Dummy(real=True) for _ in range(count)]
    return sympy.lambdify(arguments, function(*arguments), modules=["scipy", "numpy"])


def _harmonic(x: Any) -> Any:
    from scipy.special import digamma  # 0.4 s to import, and most forms do without

    return digamma(x + 1) + np.euler_gamma


def _logarithm_of_gamma(x: Any) -> Any:
    from scipy.special import gammaln

    return np.where(x > 0, gammaln(x), np.nan)


def _of_all(pairwise: Callable[..., Any]) -> Callable[..., Any]:
    def function(first: Any, *others: Any) -> Any:
        for other in others:
            first = pairwise(first, other)
        return first

    return function


def _code(node: sympy.Expr) -> Callable[..., Any] | None:
    if isinstance(node, Kernel):
        return node.of_array
    if isinstance(node, sympy.harmonic) and len(node.args) == 1:
        return _harmonic
    if isinstance(node, sympy.loggamma):
        return _logarithm_of_gamma
    if isinstance(node, sympy.Max | sympy.Min):
        return _of_all(np.maximum if isinstance(node, sympy.Max) else np.minimum)
    if node.func in _PRINTED:
        return _printed(node.func, len(node.args))
    return _KNOWN.get(node.func)


def _function_of(node: sympy.Expr) -> Callable[..., Any] | None:
    code, of_number = _code(node), numbers.function_of(node)
    if code is None:
        return None

    def function(first: Any, *others: Any) -> Any:
        # Constants of the formula are plain floats. numpy's float64 is a float too, but overflows
        # to an infinity instead of raising.
        if type(first) in (float, int):
            if of_number is not None and all(type(other) in (float, int) for other in others):
                return of_number(first, *others)
            first = np.float64(first)
        return code(first, *others)

    return function


def _otherwise(node: sympy.Expr, symbols: Symbols) -> Callable[..., Any]:
    if not isinstance(node, sympy.Piecewise):

        def one(*values: float) -> float:
            return multiprecision.at_floats(node, symbols, values)

        return np.vectorize(one, otypes=[np.float64]) if symbols else one
    cases = [
        (lower(value, list(symbols)), condition(where, symbols, lower, np.logical_not))
        for value, where in node.args
    ]

    def chosen(*values: Any) -> Any:
        result: Any = np.nan
        for value, where in reversed(cases):
            result = np.where(where(*values), value(*values), result)
        return result

    return chosen


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of arrays, in the order of the symbols."""
    return compiled(expression, symbols, _square_root, _function_of, _otherwise)


def _square_root(x: Any) -> Any:
    return np.sqrt(x) if isinstance(x, np.ndarray | np.generic) else math.sqrt(x)


def evaluate(
    function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None
) -> Any:
    """Call a lowered formula on arrays and numbers; overflow gives an infinity."""
    arrays = [
        np.asarray(value, dtype=np.float64)
        if isinstance(value, np.ndarray | np.generic)
        else np.float64(value)
        for value in values
    ]
    with np.errstate(all="ignore"):
        result = np.asarray(function(*arrays))
    if result.dtype.kind != "f":  # the formula is an integer, whatever its arguments
        result = result.astype(np.float64)
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    if result.shape != shape:  # the formula does not use every argument
        result = np.broadcast_to(result, shape).copy()
    return (result if exactly is None else mended(result, arrays, exactly))[()]


def mended(result: np.ndarray, arguments: list[Any], exactly: Exactly) -> np.ndarray:
    """Return the result with exact values in place of what is infinite, NaN or in doubt."""
    failed = _doubtful(result, arguments)
    if not np.any(failed):
        return result
    failed = np.broadcast_to(failed, result.shape)
    result = result.copy()
    result[failed] = exactly([np.broadcast_to(one, result.shape)[failed] for one in arguments])
    return result


def _doubtful(result: np.ndarray, arguments: list[Any]) -> Any:
    """Tell where the result is not finite, or an argument beyond what moderate numbers are."""
    doubtful: Any = False
    with np.errstate(all="ignore"):
        if not np.isfinite(result.sum()):  # one pass over a million values
            doubtful = ~np.isfinite(result)
        for one in arguments:
            if one.size and not (one.min() >= 1 / MODERATE and one.max() <= MODERATE):
                size = np.abs(one)
                doubtful = doubtful | (size > MODERATE) | ((size < 1 / MODERATE) & (size != 0))
    return doubtful


def where_sure(function: Callable[..., Any], points: list[np.ndarray]) -> tuple[Any, Any]:
    """Return values at flat arrays of one size, and where nothing over- or underflowed on the way.

    numpy tells that of a whole array, and so it is found by halves.
    """
    lost: list[str] = []
    with np.errstate(
        all="ignore", over="call", under="call", call=lambda kind, _: lost.append(kind)
    ):
        found = np.broadcast_to(function(*points), points[0].shape).astype(np.float64)
    half = found.size // 2
    if lost and half:
        halves = (slice(half), slice(half, None))
        parts = [where_sure(function, [one[part] for one in points]) for part in halves]
        values, sure = (np.concatenate(both) for both in zip(*parts, strict=True))
        return values, sure
    return found, np.isfinite(found) & (not lost)
