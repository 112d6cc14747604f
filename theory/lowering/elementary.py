"""Kernels of one line, and the few that guard a quotient, a root or a sign."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np

from theory.lowering.gradients import with_slopes
from theory.lowering.kernel import Kernel


def _torch_function(name: str) -> Any:
    """Return torch's own function of one argument as the code of a kernel."""
    return staticmethod(lambda x, torch: getattr(torch, name)(x))


class log1p(Kernel):
    """log(1 + x)."""

    nargs = 1
    of_number = staticmethod(math.log1p)
    of_array = staticmethod(np.log1p)
    of_mpf = staticmethod(mpmath.log1p)
    of_tensor = _torch_function("log1p")


class expm1(Kernel):
    """exp(x) - 1."""

    nargs = 1
    of_number = staticmethod(math.expm1)
    of_array = staticmethod(np.expm1)
    of_mpf = staticmethod(mpmath.expm1)
    of_tensor = _torch_function("expm1")


class exponential(Kernel):
    """exp(x), which sympy does not take apart: a product formed by way of its logarithm."""

    nargs = 1
    is_positive = True
    of_number = staticmethod(math.exp)
    of_array = staticmethod(np.exp)
    of_mpf = staticmethod(mpmath.exp)
    of_tensor = _torch_function("exp")


def _itself(x: Any, torch: Any = None) -> Any:
    return x


class grouped(Kernel):
    """x, formed before it is added to anything: sympy would merge the sums and reorder them."""

    nargs = 1
    of_number = staticmethod(_itself)
    of_array = staticmethod(_itself)
    of_mpf = staticmethod(_itself)
    of_tensor = staticmethod(_itself)


class hypot(Kernel):
    """sqrt(x^2 + y^2), whose squares do not overflow; x and y are not both 0."""

    nargs = 2
    is_positive = True
    of_number = staticmethod(math.hypot)
    of_array = staticmethod(np.hypot)
    of_mpf = staticmethod(mpmath.hypot)

    @staticmethod
    def of_tensor(x: Any, y: Any, torch: Any) -> Any:
        """Return the values at tensors."""
        return torch.hypot(x, torch.as_tensor(y, dtype=x.dtype, device=x.device))


def _by_sign(x: Any, negative: Any, positive: Any) -> Any:
    return negative if x < 0 else positive


class by_sign(Kernel):
    """by_sign(x, negative, positive): the second argument where x < 0, else the third."""

    nargs = 3
    of_number = staticmethod(_by_sign)
    of_mpf = staticmethod(_by_sign)

    @staticmethod
    def of_array(x: Any, negative: Any, positive: Any) -> Any:
        """Return the values at arrays."""
        return np.where(x < 0, negative, positive)

    @staticmethod
    def of_tensor(x: Any, negative: Any, positive: Any, torch: Any) -> Any:
        """Return the values at tensors."""
        return torch.where(x < 0, negative, positive)


def _quotient_of_tensors(x: Any, y: Any, torch: Any) -> Any:
    return x / y.abs()


def _quotient_slopes(x: Any, y: Any, torch: Any) -> tuple[Any, Any]:
    return 1 / y.abs(), -x / (y * y.abs())


class over_distance(Kernel):
    """x/|y|, at y = 0 an infinity of the sign of x."""

    nargs = 2

    @staticmethod
    def of_number(x: float, y: float) -> float:
        """Return the value at floats."""
        return x / abs(y) if y else x * math.inf

    @staticmethod
    def of_array(x: Any, y: Any) -> Any:
        """Return the values at arrays."""
        return x / abs(y)

    @staticmethod
    def of_tensor(x: Any, y: Any, torch: Any) -> Any:
        """Return the values at tensors, with exact gradients."""
        return with_slopes(_quotient_of_tensors, _quotient_slopes, torch)(x, y)

    @staticmethod
    def of_mpf(x: Any, y: Any) -> Any:
        """Return the value at mpmath numbers."""
        return x / abs(y) if y else x * mpmath.inf
