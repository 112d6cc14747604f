"""Relation "exact": X equals the value on every draw, up to the rounding `finite_size`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations import draws as drawn
from verify.relations.terms import Terms

EXACT_DRAWS = 16
"""Draws after which an identity that held to rounding on every one of them is CONFIRMED."""


def check(target: Terms) -> None:
    """Raise ValueError for a value of 0."""
    target.require_nonzero_value()


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x, shape (draws,)."""
    drawn.one_number(x)
    return Evidence.of(x, x / target.value, {})


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED by one draw beyond rounding; CONFIRMED only when all draws are in."""
    return "REFUTED" if evidence.worst > target.finite_size else None


def plan(target: Terms) -> float:
    """A fixed number of draws."""
    return EXACT_DRAWS


def detect(target: Terms, draws: int) -> float:
    """Anything beyond rounding."""
    return target.finite_size
