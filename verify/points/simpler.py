"""Simpler values of a real parameter, towards which a counterexample is made small."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.points.axis import Axis, Known

NARROWEST = 1 / 64
"""Neighbourhoods are halved until they are so small a part of the value."""

DECADES = 12
"""So many decades from 1 a simple number lies at most."""


def simpler(axis: Axis, value: float, others: Known) -> Iterator[float]:
    """The simplest values of ever smaller neighbourhoods of a value of the axis.

    Where that is 0 or 1, at which a wrong term often vanishes, 1 and 2 as well.
    """
    low, high = axis.ends(others)
    part, offered = 1.0, {value}
    while not math.isinf(high - low) and (high - low) / part >= NARROWEST * abs(value):
        near, far = value - (value - low) / part, value + (high - value) / part
        within = (one for one in _by_simplicity(near, far) if axis.contains(one, others))
        simple = next(within, value)
        if complexity(simple) >= complexity(value):
            return
        beyond = [math.copysign(one, value) for one in (1.0, 2.0)] if simple in (0, 1, -1) else []
        for one in (simple, *beyond):
            fits = near <= one <= far and axis.contains(one, others)
            if fits and one not in offered and complexity(one) < complexity(value):
                offered.add(one)
                yield one
        part *= 2


def complexity(value: float) -> int:
    """How many digits a number has, and how many decades it lies from 1; 0 has neither."""
    if not value:
        return 0
    digits, _, exponent = f"{abs(value):.16e}".partition("e")
    digits = repr(float(digits)).replace(".", "").rstrip("0")
    return len(digits) + abs(int(exponent))


def _by_simplicity(low: float, high: float) -> Iterator[float]:
    """Decimal numbers of a range, one a decade and number of digits, the simplest first."""
    if low <= 0 <= high:
        yield 0.0
    signs = ((1, low, high), (-1, -high, -low))
    for digits in range(1, 17):
        for decade in sorted(range(-DECADES, DECADES + 1), key=abs):
            for sign, least, greatest in signs:
                first = max(least, 10.0**decade) / 10.0 ** (decade - digits + 1)
                x = float(f"{math.ceil(round(first, 6))}e{decade - digits + 1}")
                if least <= x <= greatest and x < 10.0 ** (decade + 1):
                    yield sign * x
