"""Where parameters may lie whose values others need: so that these have a value as well.

The ends of a parameter that names others say something of those, too: of k in 40 .. L, that L is at
least 40.  Points drawn elsewhere would be none, and leave strata of L empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from itertools import product

from theory.domains import OneOf, Reals
from verify.points.axis import Axis

End = float | str


def feasible(axes: Mapping[str, Axis]) -> dict[str, Axis]:
    """The axes, those that others depend on narrowed to where these have values.

    One parameter after another is eliminated (Fourier and Motzkin), those that depend on others
    first: its every low end is at most its every high end.
    """
    found = dict(axes)
    depends = {name: axis.depends_on for name, axis in axes.items()}
    order = [name for name in TopologicalSorter(depends).static_order() if name in axes]
    for name in reversed(order):
        lows, highs = _ends(found[name])
        for (low, low_open), (high, high_open) in product(lows, highs):
            named = [end for end in (low, high) if isinstance(end, str)]
            if not named or low == high or not set(named) <= set(order):
                continue
            later = max(named, key=order.index)
            end, is_open = (low if later == high else high), low_open or high_open
            found[later] = _limited(found[later], end, is_open, from_below=later == high)
    return found


def _limited(axis: Axis, end: End, is_open: bool, *, from_below: bool) -> Axis:
    """The axis with one more end; the same where all its values lie within that already."""
    if axis.integral and is_open and not isinstance(end, str):
        end, is_open = (math.floor(end) + 1 if from_below else math.ceil(end) - 1), False
    for one, one_open in _ends(axis)[0 if from_below else 1]:
        if one == end and one_open >= is_open:
            return axis
        if isinstance(one, str) or isinstance(end, str):
            continue
        if one > end if from_below else one < end:
            return axis
    limit = (
        Reals(end, None, low_open=is_open) if from_below else Reals(None, end, high_open=is_open)
    )
    return replace(axis, domains=(*axis.domains, limit))


def _within(axis: Axis, end: float, *, from_below: bool) -> float:
    """The end, or of integers the first within it."""
    if not axis.integral:
        return end
    return math.ceil(end) if from_below else math.floor(end)


def _ends(axis: Axis) -> tuple[list[tuple[End, bool]], list[tuple[End, bool]]]:
    """The low and the high ends of all its domains, and whether each is left out."""
    lows: list[tuple[End, bool]] = []
    highs: list[tuple[End, bool]] = []
    for domain in axis.domains:
        if isinstance(domain, OneOf):
            continue
        opens = (domain.low_open, domain.high_open) if isinstance(domain, Reals) else (False, False)
        for end, is_open, into in zip((domain.low, domain.high), opens, (lows, highs), strict=True):
            if isinstance(end, str):
                into.append((end, is_open))
            elif end is not None and math.isfinite(end):
                into.append((_within(axis, end, from_below=into is lows), is_open))
    return lows, highs
