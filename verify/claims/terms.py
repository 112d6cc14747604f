"""The terms on which claims are judged, as several subjects state them.

The remainders and relative variances stated here are part of what is tested: a limit is judged
within its remainder, and a lower side only for networks whose relative variance is at most the
stated one.  They are laws in depth L, width D and samples N.  Their orders are derived; their
constants were set from exploratory runs at other sizes and seeds, are stated and not proved, and a
network ensemble that breaks one is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from theory.closed_form import ClosedForm
from verify.evidence.accounting import Budget
from verify.model import Point, Value

IDENTITY = 1e-10
"""Relative rounding of an identity in double precision at the sizes used here."""


Parameters = Mapping[str, Any]
Law = Callable[[Parameters], float]
Grid = Callable[[Budget], list[dict[str, Value]]]


def grid(names: Sequence[str], quick: Sequence[Any], further: Sequence[Any]) -> Grid:
    """The quick points, and further ones at the larger budgets; a point is a tuple of values."""

    def points(budget: Budget) -> list[dict[str, Value]]:
        rows = [*quick] if budget.name == "quick" else [*quick, *further]
        return [dict(zip(names, row, strict=True)) for row in rows]

    return points


def spread(right: ClosedForm, relative: Law) -> Law:
    """The variance of a quantity whose mean is a form, of a relative variance."""

    def variance(values: Parameters) -> float:
        mean = right.value(**{name: values[name] for name in right.domain})
        return relative(values) * float(mean) ** 2

    return variance


EXACTLY: dict[str, Any] = {"finite_size": lambda values: IDENTITY}
"""A form without a remainder but rounding."""


# Remainders -----------------------------------------------------------------------------------


# Relative variances ---------------------------------------------------------------------------


# Where a point is simulated -------------------------------------------------------------------


PRICE = 24
"""log(2 / alpha) of a claim's hundredth trial or so; what plans here assume."""


def sharp(
    parameters: Mapping[str, Value],
    budget: Budget,
    setting: Mapping[str, Value],
    margin: float = 0.0065,
) -> list[Point]:
    """A point, from the standard budget on, that tells a form from one that is off by 1 %.

    Such a form is refuted where twice the remainder and the margin are below 1 % together.
    """
    return [] if budget.sharpness == 1 else [Point(parameters, setting, margin)]


def placed(parameters: Mapping[str, Value], budget: Budget, margin: float, **setting: Any) -> Point:
    """A point judged at `margin` beyond the remainder of each form, less at larger budgets."""
    return Point(parameters=parameters, setting=setting, margin=margin * budget.sharpness)
