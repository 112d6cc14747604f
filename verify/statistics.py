"""How a verdict is reached: a target, the evidence of draws about it, and the words that follow.

`verify.martingales` holds the test processes, `verify.relations` what each relation makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations import FAMILIES, Relation

__all__ = [
    "Evidence",
    "Relation",
    "Target",
    "Verdict",
    "decide",
    "decide_in_order",
    "draws_to_confirm",
    "smallest_detectable_error",
    "weigh",
]


@dataclass(frozen=True)
class Target:
    """What one form says at one point, and how sharply it is to be judged.

    Each relation's module says what `value`, `epsilon` and `finite_size` mean to it, and which of
    the others it takes: `relative_variance`, a bound on Var X / (E X)^2; `largest`, a sure upper
    end of X; `violation`, the probability with which a bound may fail; `sizes` and `scale`, the
    sizes of a power law's columns and a guess of their means (for a ratio: the stated E B).
    """

    relation: Relation
    value: float
    epsilon: float
    finite_size: float
    relative_variance: float | None
    alpha: float
    largest: float | None = None
    violation: float = 0.0
    sizes: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("sizes", "scale"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.relation not in FAMILIES:
            raise ValueError(f"relation = {self.relation!r}: must be one of {', '.join(FAMILIES)}")
        if not math.isfinite(self.value):
            raise ValueError(f"value = {self.value}: must be finite")
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha = {self.alpha}: must be in (0, 1]")
        if self.relative_variance is not None and not 0 < self.relative_variance < math.inf:
            raise ValueError(
                f"relative_variance = {self.relative_variance}: must be positive and finite"
            )
        FAMILIES[self.relation].check(self)

    def require_positive_value(self) -> None:
        """Raise ValueError unless the value is positive."""
        if self.value <= 0:
            raise ValueError(f"value = {self.value}: must be positive for {self.relation!r}")

    def require_nonzero_value(self) -> None:
        """Raise ValueError for a value of 0, of which no error is a relative one."""
        if self.value == 0:
            raise ValueError(f"value = {self.value}: must not be 0 for {self.relation!r}")

    def require_relative_errors(self) -> None:
        """Raise ValueError unless remainder and epsilon are relative errors below 1, in order."""
        if not 0 <= self.finite_size <= self.epsilon < 1:
            raise ValueError(
                f"finite_size = {self.finite_size}, epsilon = {self.epsilon}: must satisfy"
                " 0 <= finite_size <= epsilon < 1"
            )


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


def smallest_detectable_error(target: Target, draws: int) -> float | None:
    """The least error that `draws` draws would have refuted (planned, not measured).

    It is of the kind of `epsilon`: relative, or absolute for an exponent, or a probability.
    """
    return FAMILIES[target.relation].detect(target, draws)
