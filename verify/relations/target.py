"""How a verdict is reached: a target, the evidence of draws about it, and what it decides.

`verify.evidence.martingales` holds the test processes, each family what it makes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations import bounds, exponents, identities, means, orders, ratios, symbols
from verify.relations.terms import Terms


class Family(Protocol):
    """What a family of relations can do; see the functions of `this module`."""

    def check(self, terms: Terms) -> None:
        """Raise ValueError for a target that the family cannot judge."""

    def weigh(self, x: NDArray[np.float64], terms: Terms) -> Evidence:
        """Evidence of finite draws, one a row."""

    def decide(self, evidence: Evidence, terms: Terms) -> Verdict | None:
        """CONFIRMED or REFUTED where the evidence reaches a verdict, else None."""

    def plan(self, terms: Terms) -> float:
        """Draws that CONFIRMED takes."""

    def detect(self, terms: Terms, draws: int) -> float | None:
        """The least error that so many draws would have refuted."""


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "equal": means,
        "at most": means,
        "at least": means,
        "exact": identities,
        "always at most": bounds,
        "always at least": bounds,
        "order": orders,
        "ratio": ratios,
        "exponent": exponents,
        "symbolic": symbols,
    }
)


class Target(Terms):
    """What one form says at one point, and how sharply it is to be judged.

    Raises ValueError for a relation that is none, and for terms that its family cannot judge.
    """

    def __post_init__(self) -> None:
        if self.relation not in FAMILIES:
            raise ValueError(f"relation = {self.relation!r}: must be one of {', '.join(FAMILIES)}")
        super().__post_init__()
        FAMILIES[self.relation].check(self)


def weigh(x: NDArray[np.float64], target: Target) -> Evidence:
    """Evidence of the draws x (leading axis: draws; finite) about the target.

    Raises ValueError for draws that are not of the shape and range that the relation needs.
    """
    x = np.asarray(x, dtype=np.float64)
    if x.size == 0 or x.ndim == 0:
        raise ValueError(f"draws of shape {x.shape}: must be one non-empty row of numbers, or more")
    if not np.all(np.isfinite(x)):
        raise ValueError("draws: contain NaN or an infinity")
    return FAMILIES[target.relation].weigh(x, target)


def decide(evidence: Evidence, target: Target) -> Verdict | None:
    """CONFIRMED or REFUTED where the evidence reaches a verdict, else None."""
    return FAMILIES[target.relation].decide(evidence, target)


def decide_in_order(
    blocks: Iterable[Evidence], target: Target
) -> tuple[Verdict | None, Evidence | None]:
    """The first verdict that the blocks reach, taken in order, and the evidence by then."""
    total: Evidence | None = None
    for block in blocks:
        total = block if total is None else total + block
        verdict = decide(total, target)
        if verdict is not None:
            return verdict, total
    return None, total


def draws_to_confirm(target: Target) -> float:
    """Draws that CONFIRMED takes if the truth sits at the edge of the null; inf if none will do."""
    return FAMILIES[target.relation].plan(target)


def refutable_error(target: Target, draws: int) -> float | None:
    """The least error that `draws` draws would have refuted (planned, not measured).

    It is of the kind of `epsilon`: relative, or absolute for an exponent, or a probability.
    """
    return FAMILIES[target.relation].detect(target, draws)
