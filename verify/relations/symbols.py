"""Relation "symbolic": a form and an independent derivation agree to 50 digits; nothing is drawn.

`verify.model.Judged.symbolic_verdict` compares them, with mpmath numbers throughout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations.terms import Terms

DIGITS = 50
"""Digits that are computed with."""

AGREEMENT = 1e-40
"""The relative difference beyond which the two sides differ: far above rounding at 50 digits."""


def check(target: Terms) -> None:
    """Every finite value will do."""


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Raise ValueError: no draw bears on an identity of formulas."""
    raise ValueError(f"draws of shape {x.shape}: a symbolic relation takes none")


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """None: evidence of draws decides nothing here."""
    return None


def plan(target: Terms) -> float:
    """No draws."""
    return 0


def detect(target: Terms, draws: int) -> float:
    """Any difference of the 50 digits."""
    return AGREEMENT
