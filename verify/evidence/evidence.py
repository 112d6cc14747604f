"""Evidence: what draws say about a target, in numbers that add up over blocks, workers and runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["CONFIRMED", "REFUTED", "INCONCLUSIVE", "INFEASIBLE", "OBSERVED"]
LogWealth = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What some draws say about a target; evidence of further draws is added to it.

    `draws`, `mean` and `squares` (the sum of squared deviations) describe one number a draw, the
    quantity itself where the relation has a single one, and decide nothing.  `least` and `greatest`
    are the extreme ratios of a draw to what is claimed of it.  `wealth` holds the log-wealths of
    each test process under its name, the bets along the last axis; their mixture decides.
    `excluded` draws broke an assumption, and count neither for nor against.
    """

    draws: int
    mean: float
    squares: float
    least: float
    greatest: float
    wealth: Mapping[str, LogWealth]
    excluded: int = 0

    @classmethod
    def of(
        cls,
        reading: NDArray[np.float64],
        ratios: NDArray[np.float64],
        wealth: Mapping[str, LogWealth],
    ) -> Evidence:
        """The evidence of draws with these readings (shape (draws,)) and ratios (any shape)."""
        mean = float(reading.mean())
        return cls(
            draws=len(reading),
            mean=mean,
            squares=float(((reading - mean) ** 2).sum()),
            least=float(ratios.min()),
            greatest=float(ratios.max()),
            wealth=wealth,
        )

    @classmethod
    def none(cls, excluded: int) -> Evidence:
        """What draws say that all broke an assumption: nothing."""
        return cls(0, 0.0, 0.0, math.inf, -math.inf, {}, excluded)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Evidence:
        """The evidence that `as_dict` described.

        Raises TypeError or ValueError for a mapping that describes none.
        """
        held = {name: np.array(bets, dtype=np.float64) for name, bets in content["wealth"].items()}
        return cls(**{**content, "wealth": held})

    def as_dict(self) -> dict[str, Any]:
        """Numbers and nested lists of them, for JSON; a lost wealth is the float -inf."""
        lists = {name: bets.tolist() for name, bets in self.wealth.items()}
        return {**vars(self), "wealth": lists}

    def __add__(self, other: Evidence) -> Evidence:
        excluded = self.excluded + other.excluded
        if not (self.draws and other.draws):
            return replace(self if self.draws else other, excluded=excluded)
        draws = self.draws + other.draws
        shift = other.mean - self.mean
        return Evidence(
            draws=draws,
            mean=self.mean + shift * other.draws / draws,
            squares=self.squares + other.squares + shift**2 * self.draws * other.draws / draws,
            least=min(self.least, other.least),
            greatest=max(self.greatest, other.greatest),
            wealth={name: bets + other.wealth[name] for name, bets in self.wealth.items()},
            excluded=excluded,
        )

    @property
    def standard_error(self) -> float:
        """Heuristic standard error of `mean`, for plots only."""
        if self.draws < 2:
            return math.inf
        return math.sqrt(self.squares / (self.draws - 1) / self.draws)

    @property
    def worst(self) -> float:
        """The largest relative distance of a draw from what is claimed of it."""
        return max(self.greatest - 1, 1 - self.least)
