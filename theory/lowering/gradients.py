"""Functions of torch tensors whose derivatives are given: those traced by torch lose digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def with_slopes(value: Callable[..., Any], slopes: Callable[..., Any], torch: Any) -> Any:
    """Return value(*tensors, torch) as a function of tensors and floats, of which the first is one.

    The function acts element by element and its arguments broadcast. slopes(*tensors, torch) are
    its partial derivatives, in order. A result that the caller does not differentiate adds nothing
    to a gradient, even where it is infinite. `value` meets ordinary tensors alone, whatever the
    transforms of torch.func around it, and may look at them.
    """

    class Differentiated(torch.autograd.Function):
        @staticmethod
        def forward(*arguments: Any) -> Any:
            return value(*arguments, torch)

        @staticmethod
        def setup_context(context: Any, inputs: Any, output: Any) -> None:
            context.save_for_backward(*inputs)
            context.save_for_forward(*inputs)

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            return tuple(
                _product(gradient, slope, torch) for slope in slopes(*context.saved_tensors, torch)
            )

        @staticmethod
        def jvp(context: Any, *tangents: Any) -> Any:
            pairs = zip(tangents, slopes(*context.saved_tensors, torch), strict=True)
            return sum(_product(tangent, slope, torch) for tangent, slope in pairs)

        @staticmethod
        def vmap(info: Any, in_dims: Any, *arguments: Any) -> Any:
            batched = [
                argument.expand(info.batch_size, *argument.shape)
                if dimension is None
                else argument.movedim(dimension, 0)
                for argument, dimension in zip(arguments, in_dims, strict=True)
            ]
            return Differentiated.apply(*batched), 0

    def function(*arguments: Any) -> Any:
        like = {"dtype": arguments[0].dtype, "device": arguments[0].device}
        tensors = [torch.as_tensor(argument, **like) for argument in arguments]
        return Differentiated.apply(*torch.broadcast_tensors(*tensors))

    return function


def _product(outer: Any, slope: Any, torch: Any) -> Any:
    return torch.where(outer == 0, torch.zeros_like(slope), outer * slope)
