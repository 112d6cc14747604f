"""From the kind of the arguments to compiled code: one expression serves every caller.

A backend serves one kind of number. It is a module of this package with a `name`; `lower`, which
turns an expression into a function of its symbols; and `evaluate`, which calls that function.
"""

from __future__ import annotations

import fractions
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import mpmath
import numpy as np
import sympy

from theory.lowering import arrays, multiprecision, numbers, symbols, tensors
from theory.lowering.formulas import Exactly


class Backend(Protocol):
    """What evaluates formulas at one kind of number."""

    name: str

    def lower(self, expression: sympy.Expr, symbols: list[sympy.Symbol], /) -> Callable[..., Any]:
        """Return the formula as a function of its symbols, in order."""

    def evaluate(
        self, function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None, /
    ) -> Any:
        """Call a lowered formula on values of this kind and plain numbers.

        Where floats give an infinity or NaN, or an argument is so large or small that they may have
        underflowed on the way, `exactly` tells what they should have given.
        """


def _backend_of_one(value: object) -> Backend | None:
    if isinstance(value, np.ndarray | np.generic):
        return arrays
    if isinstance(value, sympy.Expr):
        return numbers if is_number(value) else symbols
    if isinstance(value, int | float | fractions.Fraction):
        return numbers
    if isinstance(value, mpmath.mpf):
        return multiprecision
    torch = tensors.torch()
    return tensors if torch is not None and isinstance(value, torch.Tensor) else None


def _unusable(value: object) -> str | None:
    """Say what an array or tensor is that holds no plain values; None of one that does."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array; give its values, such as those of .compressed() or .filled()"
    if isinstance(value, np.ndarray) and type(value) not in (np.ndarray, np.memmap):
        kind = type(value).__qualname__
        return f"a {kind}, of which only numbers would be left; give them, as of numpy.asarray()"
    torch = tensors.torch()
    if torch is None or not isinstance(value, torch.Tensor):
        return None
    if value.is_nested or value.layout is not torch.strided:
        return "a sparse or nested tensor; give a dense one, such as that of .to_dense()"
    if value.is_meta or value.is_quantized:
        return "a meta or quantised tensor; give one that holds numbers"
    if value.is_floating_point() and value.element_size() == 1:
        return "a tensor of 8-bit floats, which torch cannot compare; give one of .float()"
    return None


def is_number(value: object) -> bool:
    """Tell whether a scalar is free of symbols."""
    return not getattr(value, "free_symbols", None)


def backend_of(form: str, values: Mapping[str, object]) -> Backend:
    """Return the backend of the kind of number that the arguments are.

    Raises TypeError naming the argument that is no number, or the two that do not mix.
    """
    if all(type(value) in (int, float) for value in values.values()):
        return numbers
    first: dict[str, tuple[str, Backend]] = {}
    for name, value in values.items():
        backend = _backend_of_one(value)
        if backend is None:
            shown = " ".join(repr(value).split())
            raise TypeError(
                f"{form}: {name} = {shown} is a {type(value).__name__}; give a number, "
                "a numpy array, a torch tensor, an mpmath number or a sympy expression"
            )
        unusable = backend is not symbols and _unusable(value)
        if unusable:
            raise TypeError(f"{form}: {name} is {unusable}")
        first.setdefault(backend.name, (name, backend))
    present = [one.name for one in (symbols, tensors, arrays) if one.name in first]
    if len(present) > 1:
        one, other = present[:2]
        raise TypeError(
            f"{form}: {first[one][0]} is a {one} argument and {first[other][0]} a {other} "
            "argument; they do not mix, convert one of them"
        )
    for chosen in (*present, multiprecision.name):
        if chosen in first:
            return first[chosen][1]
    return numbers


def any_negative(value: Any) -> bool:
    """Tell whether a number, or any of an array, is negative."""
    negative = value < 0
    return bool(negative.any() if hasattr(negative, "any") else negative)
