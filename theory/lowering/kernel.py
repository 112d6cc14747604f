"""A kernel: a function of a formula that brings its own code for each kind of number.

sympy's printers know no such function, or lose digits in it. A formula is written in kernels as in
any sympy function, and their code is found there: inside a kernel the order of operations is ours,
where sympy reorders plain sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import sympy


class Kernel(sympy.Function):
    """A sympy function with one implementation for each kind of number.

    `of_number` takes floats, `of_array` numpy arrays, `of_mpf` mpmath numbers at the current
    precision; `of_tensor` takes torch tensors and then torch itself, which theory never imports.
    The first argument is of that kind, the others may be plain floats.
    """

    of_number: ClassVar[Callable[..., Any]]
    of_array: ClassVar[Callable[..., Any]]
    of_tensor: ClassVar[Callable[..., Any]]
    of_mpf: ClassVar[Callable[..., Any]]
