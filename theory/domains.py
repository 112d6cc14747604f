"""Where a parameter may lie. Endpoints may name another parameter: `Integers(0, "depth")`."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LARGEST = 10**9
"""Members are drawn up to this in absolute value, where their domain has no nearer end."""

_NO_OTHERS: Mapping[str, Any] = MappingProxyType({})


class DomainError(ValueError):
    """A value lies outside the domain of its parameter."""


def _is_finite(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and bool(-math.inf < value < math.inf)
    except TypeError:  # complex numbers and sympy's nan have no order
        return False


@dataclass(frozen=True)
class _Range:
    """An interval of the real line; an endpoint of None, or not yet known, does not bound."""

    low: float | str | None = None
    high: float | str | None = None

    def __post_init__(self) -> None:
        low, high = self.low, self.high
        if low is None or high is None or isinstance(low, str) or isinstance(high, str):
            return
        if not self._between(low, high):
            raise ValueError(f"low = {low}, high = {high}: there is no member in between")

    def _between(self, low: float, high: float) -> bool:
        """Tell whether there is a member."""
        return low <= high

    def endpoints(self, others: Mapping[str, Any] = _NO_OTHERS) -> tuple[Any, Any]:
        """Return (low, high) as values, taking named endpoints from `others`."""
        low = others.get(self.low) if isinstance(self.low, str) else self.low
        high = others.get(self.high) if isinstance(self.high, str) else self.high
        return -math.inf if low is None else low, math.inf if high is None else high

    def _drawn_between(self, others: Mapping[str, Any]) -> tuple[Any, Any]:
        low, high = self.endpoints(others)
        return max(low, -LARGEST), min(high, LARGEST)

    @property
    def assumptions(self) -> dict[str, bool]:
        """What sympy may know of a member: real, and of which sign where the low end tells."""
        low = self.low
        if isinstance(low, str) or low is None or low < 0:
            return {"real": True}
        return {"nonnegative": True} if low == 0 else {"positive": True}

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Names of the parameters that the endpoints refer to."""
        return tuple(end for end in (self.low, self.high) if isinstance(end, str))

    def excludes(self, expression: sympy.Expr, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether sympy knows of an expression with symbols that it is no member."""
        if expression.is_real is False:
            return True
        low, high = self.endpoints(others)
        return sympy.false in (expression >= low, expression <= high)


@dataclass(frozen=True)
class Integers(_Range):
    """The integers from low to high, both included. Integral floats are members."""

    def _between(self, low: float, high: float) -> bool:
        return low <= high and math.ceil(low) <= high

    @property
    def assumptions(self) -> dict[str, bool]:
        """What sympy may know of a member."""
        return {"integer": True, **{k: v for k, v in super().assumptions.items() if k != "real"}}

    def contains(self, value: Any, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether one number is a member; bool, NaN and infinities never are."""
        low, high = self.endpoints(others)
        if not _is_finite(value):
            return False
        return bool(low <= value <= high and value % 1 == 0)

    def excludes(self, expression: sympy.Expr, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether sympy knows of an expression with symbols that it is no member."""
        return expression.is_integer is False or super().excludes(expression, others)

    def contains_each(
        self, values: Any, others: Mapping[str, Any] = _NO_OTHERS, library: Any = np
    ) -> Any:
        """Return the array of membership of each element of a real array.

        `library` is numpy, or torch for tensors.
        """
        low, high = self.endpoints(others)
        inside = library.isfinite(values) & (low <= values) & (values <= high)
        return inside & (library.floor(values) == values)

    def members(self, others: Mapping[str, Any] = _NO_OTHERS) -> SearchStrategy[int]:
        """Return hypothesis's strategy of members, the ends that it refers to known.

        Every decade is drawn as often, 3 as often as 3,000,000, and each end by itself.
        """
        from hypothesis import strategies as st

        bounds = self._drawn_between(others)
        low, high = math.ceil(bounds[0]), math.floor(bounds[1])
        decades = st.integers(0, len(str(high - low)))
        near = decades.flatmap(lambda k: st.integers(low, min(low + 10**k, high)))
        return near | st.sampled_from([low, high])

    def describe(self) -> str:
        """Say the domain in words."""
        if self.high is None:
            return f"an integer >= {self.low}"
        return f"an integer in [{self.low}, {self.high}]"


@dataclass(frozen=True)
class Reals(_Range):
    """The real numbers from low to high; each end is included unless declared open."""

    low_open: bool = False
    high_open: bool = False

    def _between(self, low: float, high: float) -> bool:
        return low < high or (low == high and not (self.low_open or self.high_open))

    @property
    def assumptions(self) -> dict[str, bool]:
        """What sympy may know of a member."""
        return {"positive": True} if self.low == 0 and self.low_open else super().assumptions

    def contains(self, value: Any, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether one number is a member; bool, NaN and infinities never are."""
        low, high = self.endpoints(others)
        if not _is_finite(value):
            return False
        above = low < value if self.low_open else low <= value
        return bool(above and (value < high if self.high_open else value <= high))

    def excludes(self, expression: sympy.Expr, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether sympy knows of an expression with symbols that it is no member."""
        if super().excludes(expression, others):
            return True
        low, high = self.endpoints(others)
        at_low = self.low_open and (expression > low) == sympy.false
        return bool(at_low or (self.high_open and (expression < high) == sympy.false))

    def contains_each(
        self, values: Any, others: Mapping[str, Any] = _NO_OTHERS, library: Any = np
    ) -> Any:
        """Return the array of membership of each element of a real array.

        `library` is numpy, or torch for tensors.
        """
        low, high = self.endpoints(others)
        above = low < values if self.low_open else low <= values
        below = values < high if self.high_open else values <= high
        return library.isfinite(values) & above & below

    def members(self, others: Mapping[str, Any] = _NO_OTHERS) -> SearchStrategy[float]:
        """Return hypothesis's strategy of members, the ends that it refers to known."""
        from hypothesis import strategies as st

        bounds = self._drawn_between(others)
        between = st.floats(
            float(bounds[0]),
            float(bounds[1]),
            exclude_min=self.low_open,
            exclude_max=self.high_open,
            allow_subnormal=False,
        )
        is_open = (self.low_open, self.high_open)
        ends = [float(end) for end, out in zip(bounds, is_open, strict=True) if not out]
        return between | st.sampled_from(ends) if ends else between

    def describe(self) -> str:
        """Say the domain in words."""
        if self.high is None:
            if self.low is None:
                return "a real number"
            return f"a real number {'>' if self.low_open else '>='} {self.low}"
        if self.low is None:
            return f"a real number {'<' if self.high_open else '<='} {self.high}"
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"a real number in {left}{self.low}, {self.high}{right}"


@dataclass(frozen=True, init=False)
class OneOf:
    """A few names, such as those of activations, or a few numbers, such as the depths of a table.

    Raises ValueError for no members, for one that is given twice, and for any that is neither a
    name nor a finite number, or is a name among numbers.
    """

    values: tuple[Any, ...]

    def __init__(self, *values: str | float) -> None:
        names = all(isinstance(value, str) for value in values)
        distinct = values and len(set(values)) == len(values)
        if not (distinct and (names or all(map(_is_finite, values)))):
            raise ValueError(f"values = {values!r}: must be names, or finite numbers, each once")
        object.__setattr__(self, "values", values)

    @property
    def holds_names(self) -> bool:
        """Whether its members are names."""
        return isinstance(self.values[0], str)

    @property
    def assumptions(self) -> dict[str, bool]:
        """What sympy may know of a member: nothing of a name, and of numbers that they are real."""
        return {} if self.holds_names else {"real": True}

    def endpoints(self, others: Mapping[str, Any] = _NO_OTHERS) -> tuple[Any, Any]:
        """Return the least and the greatest number; (None, None) of names, which have no order."""
        return (None, None) if self.holds_names else (min(self.values), max(self.values))

    @property
    def depends_on(self) -> tuple[str, ...]:
        """No member refers to another parameter."""
        return ()

    def contains(self, value: Any, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether a value is one of the members."""
        if self.holds_names or isinstance(value, str):
            return isinstance(value, str) and value in self.values
        return _is_finite(value) and value in self.values

    def contains_each(
        self, values: Any, others: Mapping[str, Any] = _NO_OTHERS, library: Any = np
    ) -> Any:
        """Return the array of membership of each element of an array, or of a tensor."""
        return functools.reduce(operator.or_, (values == member for member in self.values))

    def excludes(self, expression: sympy.Expr, others: Mapping[str, Any] = _NO_OTHERS) -> bool:
        """Tell whether sympy knows that an expression with symbols is no member: it is no name."""
        return self.holds_names or expression.is_real is False

    def members(self, others: Mapping[str, Any] = _NO_OTHERS) -> SearchStrategy[Any]:
        """Return hypothesis's strategy of the members; it shrinks towards the first."""
        from hypothesis import strategies as st

        return st.sampled_from(self.values)

    def describe(self) -> str:
        """Say the domain in words."""
        *others, last = map(repr, self.values)
        return f"one of {', '.join(others)} or {last}" if others else last


Domain = Integers | Reals | OneOf
"""Where a parameter of a formula may lie."""
