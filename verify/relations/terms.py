"""What a family of relations is told of a form: its value, and the terms it is judged on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Relation = Literal[
    "equal",
    "at most",
    "at least",
    "exact",
    "always at most",
    "always at least",
    "order",
    "ratio",
    "exponent",
    "symbolic",
]


@dataclass(frozen=True)
class Terms:
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
        if not math.isfinite(self.value):
            raise ValueError(f"value = {self.value}: must be finite")
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha = {self.alpha}: must be in (0, 1]")
        if self.relative_variance is not None and not 0 < self.relative_variance < math.inf:
            raise ValueError(
                f"relative_variance = {self.relative_variance}: must be positive and finite"
            )

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
