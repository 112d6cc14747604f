"""Formulas at torch tensors, with gradients. Torch is the caller's: nothing here imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from theory.lowering import arrays, multiprecision, numbers
from theory.lowering.formulas import Exactly, Symbols, compiled, condition
from theory.lowering.gradients import with_slopes
from theory.lowering.kernel import Kernel

name = "torch"

_SAME = (
    "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh", "erf", "erfc",
)  # fmt: skip
"""Functions of one argument that sympy and torch define alike, gradients included."""


_torch: Any = None


def torch() -> Any:
    """Return torch where the caller has imported it: without it there are no tensors.

    It is kept once found: torch.compile would read all modules that are loaded, at each call.
    """
    global _torch
    if _torch is None:
        _torch = sys.modules.get("torch")
    return _torch


def _harmonic(x: Any, torch: Any) -> Any:
    return torch.digamma(x + 1) + np.euler_gamma


def _harmonic_slopes(x: Any, torch: Any) -> tuple[Any]:
    """Return trigamma(x + 1) to all digits; torch's own has ten (DLMF 5.15.4 to 5.15.8)."""
    z = x + 1
    positive = torch.where(z > 0, z, 1 - z)
    far = positive + 16
    inverse = 1 / (far * far)
    series = 0.0
    for bernoulli in (7 / 6, -691 / 2730, 5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6):
        series = (series + bernoulli) * inverse
    near = sum(1 / (positive + k) ** 2 for k in range(16))
    trigamma = near + (1 + series) / far + inverse / 2
    reflected = (torch.pi / torch.sin(torch.pi * torch.where(z > 0, 0.5, z))) ** 2 - trigamma
    return (torch.where(z > 0, trigamma, reflected),)


def _code(node: sympy.Expr) -> Callable[..., Any] | None:
    library = torch()
    if isinstance(node, Kernel):
        return lambda *arguments: node.of_tensor(*arguments, library)
    if isinstance(node, sympy.harmonic) and len(node.args) == 1:
        return with_slopes(_harmonic, _harmonic_slopes, library)
    if isinstance(node, sympy.Max | sympy.Min):
        return _of_all(library.maximum if isinstance(node, sympy.Max) else library.minimum)
    if isinstance(node, sympy.Abs):
        return library.abs
    known = node.func.__name__
    return getattr(library, known) if known in _SAME and len(node.args) == 1 else None


def _of_all(pairwise: Callable[..., Any]) -> Callable[..., Any]:
    def function(first: Any, *others: Any) -> Any:
        for other in others:
            first = pairwise(first, torch().as_tensor(other).to(first))
        return first

    return function


def _function_of(node: sympy.Expr) -> Callable[..., Any] | None:
    code, of_number = _code(node), numbers.function_of(node)
    if code is None:
        return None

    def function(first: Any, *others: Any) -> Any:
        # Constants of the formula are plain floats.
        if type(first) in (float, int):
            beside = [other for other in others if not isinstance(other, float | int)]
            if not beside and of_number is not None:
                return of_number(first, *others)
            first = torch().as_tensor(float(first), dtype=torch().float64).to(beside[0])
        return code(first, *others)

    return function


def _otherwise(node: sympy.Expr, symbols: Symbols) -> Callable[..., Any]:
    """Values by cases or element by element, gradients by sympy's derivatives."""
    if not symbols:
        return lambda: multiprecision.at_floats(node, (), ())
    if isinstance(node, sympy.Piecewise):
        value = _by_cases(node, symbols)
    else:
        value = _element_by_element(node, symbols)
    derivatives: list[Callable[..., Any]] = []

    def slopes(*arguments: Any) -> tuple[Any, ...]:
        *tensors, library = arguments
        if not derivatives:  # they may have derivatives without end
            derivatives.extend(lower(sympy.diff(node, symbol), list(symbols)) for symbol in symbols)
        return tuple(
            library.zeros_like(tensors[0]) + derivative(*tensors) for derivative in derivatives
        )

    return with_slopes(value, slopes, torch())


def _element_by_element(node: sympy.Expr, symbols: Symbols) -> Callable[..., Any]:
    def value(*arguments: Any) -> Any:
        tensors = arguments[:-1]
        rows = zip(*(tensor.reshape(-1).tolist() for tensor in tensors), strict=True)
        found = [multiprecision.at_floats(node, symbols, row) for row in rows]
        return tensors[0].new_tensor(found).reshape(tensors[0].shape)

    return value


def _by_cases(node: sympy.Piecewise, symbols: Symbols) -> Callable[..., Any]:
    negate = torch().logical_not
    cases = [
        (lower(value, list(symbols)), condition(where, symbols, lower, negate))
        for value, where in node.args
    ]

    def chosen(*arguments: Any) -> Any:
        *tensors, library = arguments
        whole = library.zeros_like(tensors[0])
        result = whole + np.nan
        for value, where in reversed(cases):
            holds = whole.bool() | where(*tensors)
            result = library.where(holds, whole + value(*tensors), result)
        return result

    return chosen


def _square_root(x: Any) -> Any:
    return torch().sqrt(x) if isinstance(x, torch().Tensor) else x**0.5


def lower(expression: sympy.Expr, symbols: list[sympy.Symbol]) -> Callable[..., Any]:
    """Return the formula as a function of tensors of float64, in the order of the symbols."""
    return compiled(expression, symbols, _square_root, _function_of, _otherwise)


def evaluate(
    function: Callable[..., Any], values: list[Any], exactly: Exactly | None = None
) -> Any:
    """Compute in float64, whatever the dtype: only the result is rounded to it."""
    library = torch()
    tensors = [value for value in values if isinstance(value, library.Tensor)]
    floating = [tensor.dtype for tensor in tensors if tensor.is_floating_point()]
    dtype = floating[0] if floating else library.get_default_dtype()
    for other in floating[1:]:
        dtype = library.promote_types(dtype, other)
    doubles = [
        library.as_tensor(
            value if isinstance(value, library.Tensor) else float(value),
            dtype=library.float64,
            device=tensors[0].device,
        )
        for value in values
    ]
    shape = library.broadcast_shapes(*(tensor.shape for tensor in doubles))
    result = library.as_tensor(function(*doubles), dtype=library.float64, device=tensors[0].device)
    result = result.expand(shape)
    if not result.requires_grad:  # a parameter that the formula does not use has the gradient 0
        for double in doubles:
            if double.requires_grad:
                result = result + 0 * double
    return (result if exactly is None else _mended(result, doubles, exactly)).to(dtype)


_RIGHT = 1e-13
"""Relative error of a value in whose gradient nothing was lost."""


def _mended(result: Any, doubles: list[Any], exactly: Exactly) -> Any:
    library, found = torch(), result.detach().numpy()
    arguments = [double.detach().numpy() for double in doubles]
    exact = arrays.mended(found, arguments, exactly)
    if exact is found:
        return result
    # Where floats were right so is their gradient.
    with np.errstate(all="ignore"):
        near = np.isfinite(exact) & (np.abs(exact - found) <= _RIGHT * np.abs(exact))
    wrong = ~near & (exact != found)
    changed = library.as_tensor(wrong)
    replaced = with_slopes(_replacement, _unknown_slopes, library)(result, library.as_tensor(exact))
    return library.where(changed, replaced, result)


def _replacement(failed: Any, exact: Any, torch: Any) -> Any:
    return exact.clone()


def _unknown_slopes(failed: Any, exact: Any, torch: Any) -> tuple[Any, Any]:
    return torch.full_like(failed, np.nan), torch.zeros_like(failed)


def are_transformed(values: Any) -> bool:
    """Tell whether one of them is a tensor of torch.func, and none on an accelerator."""
    library = torch()
    found = [value for value in values if isinstance(value, library.Tensor)]
    is_wrapped = library._C._functorch.is_functorch_wrapped_tensor
    return any(map(is_wrapped, found)) and not any(value.is_cuda for value in found)


def unwrapped(tensor: Any) -> Any:
    """Return the ordinary tensor that the transforms of torch.func have wrapped."""
    functorch = torch()._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor


def can_be_read(values: Any) -> bool:
    """Tell whether the tensors' values can be looked at without a cost or an error.

    They cannot on an accelerator, without synchronising, nor inside torch.func.
    """
    library = torch()
    return not any(
        value.is_cuda or library._C._functorch.is_functorch_wrapped_tensor(value)
        for value in values
        if isinstance(value, library.Tensor)
    )


def is_traced() -> bool:
    """Tell whether torch.compile is reading the code that runs."""
    library = torch()
    return library is not None and library.compiler.is_compiling()


def outside_the_graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as a piece of Python that torch.compile runs and does not read.

    It could not read how sympy lowers a formula, nor a kernel that looks at its values.
    """
    disabled: Callable[..., Any] = torch().compiler.disable(function)
    return disabled
