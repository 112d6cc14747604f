"""How widely draws spread, measured where no bound on it is derived.

The lower side of an unbounded variable can be tested only together with a bound w on its variance.
A pilot under seeds of its own gives w_0, and each multiple of `LEVELS` a process of its own, with
its own share of alpha: a mixture over levels would be no test where some of them are too small.
A level decides once it is at least `SAFETY` times the variance of all draws so far, and once there
were so many that whatever carries the mean was met: an event of probability `rarest` is unseen in
log(2/alpha)/rarest draws with a probability of alpha/2.

The shares of a trial's processes and of that event add up to alpha at most.  At most one null of
either side can be true (nested ones are tested by the same bets), so that 18 processes against
"E X >= m" at alpha/72, 18 against "E X <= m" at alpha/144, the one against it that needs no moment
at alpha/8, and the unseen event at alpha/2 make alpha.

Less than SAFETY asks for is not to be had.  Let a law of variance v lie g below m.  A verdict that
is good but for laws whose variance exceeds S times the measured one has to tell it from a law of
mean m that has the same draws but for a value that it takes too rarely to be met, and a variance of
S v.  The nearest of them lies g^2/((1 + S) v) off (in the sense of Kullback and Leibler, for small
g), so that by Wald's bound it takes (1 + S)/2 times the log(1/alpha) 2 v/g^2 draws that suffice
where v is known, whatever is bet and however the bets follow the draws: 2.5 times for S = 4.
What such a law hides is 3/5 of g, in events rarer than a verdict says may carry an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from verify.evidence.evidence import Evidence

PILOT_DRAWS = 128
LEVELS = np.array([1.0, 2.0, *4 * np.exp2(np.arange(-2, 5) / 4), *4.0 ** np.arange(2, 11)])
"""Variances that are tried, in units of the pilot's; dense where SAFETY times a measured one lies.

A verdict of a level w takes (1 + w/v)/2 times the draws that one of the variance v itself would:
from one of them to the next the draws grow by 15 %, at what a share less of alpha takes.

A pilot that met none of the rare events that carry a mean may see a variance of nothing: the last
is what the draws of the largest budget can bear, in units of the least that a pilot may state.
"""

SAFETY = 4.0

LARGEST = 1e140
"""Draws up to it, and down to its inverse, have squares and sums of squares that floats hold."""

BELOW_SHARES = 4 * LEVELS.size
ABOVE_SHARES = 8 * LEVELS.size
FREE_SHARES = 8
UNSEEN_SHARES = 2


@dataclass(frozen=True)
class Pilot:
    """What draws under seeds of their own say of the spread: their mean and squared deviations.

    `inflation` >= 1 is by how much the variance of what is tested may exceed that of what is read.
    """

    draws: int
    mean: float
    squares: float
    inflation: float = 1.0

    @classmethod
    def of(cls, x: NDArray[np.float64], inflation: float = 1.0) -> Self:
        """The pilot of draws, shape (draws,); ValueError where floats cannot hold their squares."""
        mean = float(x.mean()) if x.size else 0.0
        largest = float(np.abs(x).max(initial=0.0))
        if largest > LARGEST or 0 < largest < 1 / LARGEST:
            raise ValueError(
                f"draws: of up to {largest:.3g}, whose squares floats cannot hold; the largest must"
                f" be from {1 / LARGEST:g} to {LARGEST:g} or 0: measure in another unit"
            )
        return cls(len(x), mean, float(((x - mean) ** 2).sum()), inflation)

    def variance(self) -> float:
        """The variance of what is tested; 0 for fewer than two draws."""
        return self.inflation * self.squares / (self.draws - 1) if self.draws > 1 else 0.0

    def with_draws(self, evidence: Evidence) -> Pilot:
        """Pilot and later draws together."""
        draws = self.draws + evidence.draws
        shift = evidence.mean - self.mean
        between = shift**2 * self.draws * evidence.draws / draws if draws else 0.0
        mean = self.mean + shift * evidence.draws / draws if draws else 0.0
        return Pilot(draws, mean, self.squares + evidence.squares + between, self.inflation)


def least_draws(alpha: float, rarest: float) -> int:
    """Draws in which an event of probability `rarest` is unseen with a probability of alpha/2."""
    return math.ceil(math.log(UNSEEN_SHARES / alpha) / rarest)
