"""What the claims of several subjects share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from theory.form import Form
from verify.model import Experiment

Parameters = Mapping[str, Any]
Law = Callable[[Parameters], float]

ROUNDING = 1e-10
"""Relative rounding of an identity in double precision at the sizes used here."""


def rounding(values: Parameters) -> float:
    """The remainder of a form that has none but rounding."""
    return ROUNDING


def one(values: Parameters) -> float:
    """The sure upper end of a share."""
    return 1.0


FORMULAS = Experiment("formulas", "verify.claims.measurements:measure_nothing")
"""Where formulas are held against formulas, and nothing is drawn."""


def spread(right: Form, relative: Law) -> Law:
    """The variance of a quantity whose mean is a form, of a relative variance."""

    def variance(values: Parameters) -> float:
        mean = right.value(**{name: values[name] for name in right.domain})
        return relative(values) * float(mean) ** 2

    return variance
