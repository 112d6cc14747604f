"""Values that are left for a quantity once evidence has refuted others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from verify.evidence import LogWealth
from verify.evidence.martingales import log_wealth


@dataclass(frozen=True)
class Range:
    """Values that are left for a quantity; a range with low > high leaves none."""

    low: Any = -math.inf
    high: Any = math.inf

    def __and__(self, other: Range) -> Range:
        return Range(max(self.low, other.low), min(self.high, other.high))

    @property
    def two_sided(self) -> bool:
        """Whether both ends are known."""
        return bool(-math.inf < self.low <= self.high < math.inf)

    def misses(self, other: Range) -> bool:
        """Whether no value lies in both."""
        return bool(self.high < other.low or self.low > other.high)


def around(value: Any, relative: Any) -> Range:
    """The values within a relative distance of a value of either sign."""
    return Range(*sorted((value * (1 - relative), value * (1 + relative))))


def refuted(tested: Iterable[tuple[float, LogWealth]], threshold: float) -> list[float]:
    """The tested values whose process has reached the threshold."""
    return [value for value, held in tested if log_wealth(held) >= threshold]
