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


def measure_nothing(values: Parameters, **run: Any) -> dict[str, Any]:
    """No quantity: what is judged by its formulas alone draws no network."""
    return {}


FORMULAS = Experiment("formulas", measure_nothing)
"""Where formulas are held against formulas, and nothing is drawn."""


def value(form: Form, values: Parameters) -> float:
    """A form's value at a point, of whose values it takes its own."""
    return float(form.value(**{name: values[name] for name in form.domain}))
