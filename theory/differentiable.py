"""Kernels of torch tensors whose derivatives are given: those traced by torch lose digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def with_slopes(value: Callable[..., Any], slopes: Callable[..., Any], torch: Any) -> Any:
    """Return value(*tensors, torch) as a function of tensors and floats, of which the first is one.

    slopes(*tensors, torch) are its partial derivatives, in order. Arguments broadcast. A result
    that the caller does not differentiate adds nothing to a gradient, even where it is infinite.
    """

    class Kernel(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *arguments: Any) -> Any:
            context.save_for_backward(*arguments)
            return value(*arguments, torch)

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            zero = torch.zeros_like(gradient)
            return tuple(
                torch.where(gradient == 0, zero, gradient * slope)
                for slope in slopes(*context.saved_tensors, torch)
            )

    def function(*arguments: Any) -> Any:
        like = {"dtype": arguments[0].dtype, "device": arguments[0].device}
        tensors = [torch.as_tensor(argument, **like) for argument in arguments]
        return Kernel.apply(*torch.broadcast_tensors(*tensors))

    return function
