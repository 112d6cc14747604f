"""From the kind of the arguments to compiled code: one expression serves every caller."""

from __future__ import annotations

import fractions
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import mpmath
import numpy as np
import sympy

from theory import implementations

Kind = Literal["number", "mpmath", "numpy", "torch", "symbol"]


def _torch() -> Any:
    """Return torch where the caller has imported it: without it there are no tensors."""
    return sys.modules.get("torch")


def _kind_of_one(value: object) -> Kind | None:
    if isinstance(value, np.ndarray | np.generic):
        return "numpy"
    if isinstance(value, sympy.Expr):
        return "number" if is_number(value) else "symbol"
    if isinstance(value, int | float | fractions.Fraction):
        return "number"
    if isinstance(value, mpmath.mpf):
        return "mpmath"
    torch = _torch()
    return "torch" if torch is not None and isinstance(value, torch.Tensor) else None


def is_number(value: object) -> bool:
    """Tell whether a scalar is free of symbols."""
    return not getattr(value, "free_symbols", None)


def kind_of(form: str, values: Mapping[str, object]) -> Kind:
    """Return the kind of evaluation that the arguments ask for.

    Raises TypeError naming the argument that is no number, or the two that do not mix.
    """
    if all(type(value) in (int, float) for value in values.values()):
        return "number"
    first: dict[Kind, str] = {}
    for name, value in values.items():
        kind = _kind_of_one(value)
        if kind is None:
            raise TypeError(
                f"{form}: {name} = {value!r} is a {type(value).__name__}; give a number, "
                "a numpy array, a torch tensor, an mpmath number or a sympy expression"
            )
        first.setdefault(kind, name)
    present = [kind for kind in ("symbol", "torch", "numpy") if kind in first]
    if len(present) > 1:
        one, other = present[:2]
        raise TypeError(
            f"{form}: {first[one]} is a {one} argument and {first[other]} a {other} argument; "
            "they do not mix, convert one of them"
        )
    if present:
        return present[0]
    return "mpmath" if "mpmath" in first else "number"


def lower(
    expression: sympy.Expr, symbols: Iterable[sympy.Symbol], kind: Kind
) -> Callable[..., Any]:
    """Compile an expression into a function of the symbols, in order, for one kind of number."""
    modules = [implementations.namespace(kind)] + (["mpmath"] if kind == "mpmath" else [])
    return sympy.lambdify(list(symbols), expression, modules=modules, cse=True)


def evaluate(compiled: Callable[..., Any], kind: Kind, values: list[Any]) -> Any:
    """Call a compiled expression on values of one kind; overflow gives an infinity."""
    if kind == "torch":
        return _on_tensors(compiled, values)
    if kind == "numpy":
        return _on_arrays(compiled, values)
    if kind == "mpmath":
        return mpmath.mpf(compiled(*map(_as_mpf, values)))
    return compiled(*map(float, values))


def any_negative(value: Any) -> bool:
    """Tell whether a number, or any of an array, is negative; CUDA tensors are not asked."""
    if getattr(value, "is_cuda", False):
        return False
    negative = value < 0
    return bool(negative.any() if hasattr(negative, "any") else negative)


def _as_mpf(value: Any) -> Any:
    if isinstance(value, fractions.Fraction | sympy.Rational):
        return mpmath.mpf(int(value.numerator)) / int(value.denominator)
    return mpmath.mpf(value._to_mpmath(mpmath.mp.prec) if isinstance(value, sympy.Expr) else value)


def _on_arrays(compiled: Callable[..., Any], values: list[Any]) -> Any:
    arrays = [
        np.asarray(value, dtype=np.result_type(value, np.float64))
        if isinstance(value, np.ndarray | np.generic)
        else np.float64(value)
        for value in values
    ]
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        result = np.asarray(compiled(*arrays))
    if result.dtype.kind == "i":  # the formula is an integer, whatever its arguments
        result = result.astype(np.float64)
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    if result.shape != shape:  # the formula does not use every argument
        result = np.broadcast_to(result, shape).copy()
    return result[()]


def _on_tensors(compiled: Callable[..., Any], values: list[Any]) -> Any:
    """Compute in float64, whatever the dtype: only the result is rounded to it."""
    torch = _torch()
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    floating = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
    dtype = floating[0] if floating else torch.get_default_dtype()
    for other in floating[1:]:
        dtype = torch.promote_types(dtype, other)
    doubles = [
        torch.as_tensor(
            value if isinstance(value, torch.Tensor) else float(value),
            dtype=torch.float64,
            device=tensors[0].device,
        )
        for value in values
    ]
    shape = torch.broadcast_shapes(*(tensor.shape for tensor in doubles))
    result = torch.as_tensor(compiled(*doubles), dtype=torch.float64, device=tensors[0].device)
    return result.expand(shape).to(dtype)
