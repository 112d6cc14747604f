"""PowerLaw: E X_i = C n_i^a (1 + remainder) over the sizes n_1..n_k, a the value.

A draw is a row of k values X_i >= 0, one a size (`sizes`).  There is no regression.  Each size has
a ladder of candidate means, geometric around a stated guess (`scale`, k numbers; any constant
factor is right within the ladder's reach), and each rung is tested both ways:

low   refutes E X_i <= rung; the greatest rung refuted is the lower end of the band.
high  refutes E X_i >= rung; the least rung refuted is its upper end.

A process against a rung below the true mean is at least as wealthy as one against a lower rung (and
the mirror image above), so an end is wrong only where the one rung next to the truth is refuted:
the number of rungs costs nothing.  Each of the 2k ends is allowed alpha/(2k), so that all bands
hold at once, at any time, but for a probability of alpha; whatever follows from them is as sure.

What follows is a linear programme over (log C, a): a line that stays within every band, widened by
the remainder `finite_size`.  No such line refutes the power law itself.  Else the least and the
greatest a are the confidence interval: REFUTED where that misses the value, CONFIRMED where it lies
within value - epsilon .. value + epsilon.  `epsilon` is absolute, as an exponent may be 0.

The upper ends need a stated `relative_variance` of each X_i, or `largest`, a sure upper end of all
of them; without one they are infinite, and any exponent is left.  So a law that states neither is
not judged, and it is told why.  No pilot stands in for them: 18 ladders of each size would be
weighed in place of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.accounting import ALPHA
from verify.evidence.martingales import falling, log_mixture
from verify.numbers import number
from verify.relations import draws as drawn
from verify.relations.planning import CONFIRM_FACTOR, DETECT_FACTOR, price
from verify.relations.ranges import Range
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import Found, Law, Place, Seen, Values, false_alarm, named

RUNGS = 32
"""Fine rungs of a ladder on each side of the guess."""

COARSE, REACH = 0.2, math.log(1e3)
"""Beyond them, logarithms of the factor from rung to rung and of all that the ladder spans: means
that lie far off the guess, where they refute the form, need no fine band."""

FINENESS = 16
"""So many rungs span a change of the exponent by epsilon over the whole range of sizes."""

BETS = np.exp2(-np.arange(8.0))
GAPS = np.exp2(np.arange(5.0))
"""Relative distances, in rungs, for which the variance-bounded bets are best."""

SPREAD = "spread"
STANDARD_ERRORS = 6
"""Draws that vary by so many of them more than is stated are told: a heuristic, which decides
nothing."""

CHUNK = 4096
"""Draws that are weighed against a whole ladder at once."""


@dataclass(frozen=True, kw_only=True)
class PowerTarget(Target):
    """An exponent of the means of columns in their sizes; `scale` guesses those means.

    `relative_variance` is a bound on Var X_i / (E X_i)^2, `largest` a sure upper end of all X_i.
    """

    sizes: tuple[float, ...]
    scale: tuple[float, ...]
    relative_variance: float | None = None
    largest: float | None = None

    kind: ClassVar[str] = "exponent"

    def check(self) -> None:
        """Raise ValueError unless sizes and guesses are rows of k >= 2 positive numbers."""
        sizes, scale = self.sizes, self.scale
        if len(sizes) < 2 or min(sizes) <= 0 or len(set(sizes)) < len(sizes):
            raise ValueError(f"sizes = {sizes}: must be two or more distinct positive numbers")
        if len(scale) != len(sizes) or min(scale) <= 0:
            raise ValueError(
                f"scale = {scale}: must be one positive guess of the mean for each size"
            )
        if not (0 <= self.finite_size < 1 and self.epsilon > 0):
            raise ValueError(
                f"finite_size = {self.finite_size}, epsilon = {self.epsilon}: must satisfy"
                " 0 <= finite_size < 1 and epsilon > 0"
            )
        w = self.relative_variance
        if w is not None and not 0 < w < math.inf:
            raise ValueError(f"relative_variance = {w}: must be positive and finite")

    @property
    def relative_spread(self) -> float | None:
        """The stated bound on the relative variance."""
        return self.relative_variance

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x, shape (draws, k), non-negative.

        Wealth "low" and "high" has shape (k, rungs, bets).
        """
        count = len(self.sizes)
        drawn.columns(x, f"{count} numbers", x.shape[-1] == count)
        drawn.within(x, self.largest)
        ratios = x / np.array(self.scale)
        pieces = np.array_split(ratios, math.ceil(len(x) / CHUNK))
        wealth = {
            name: np.sum(
                [[side(column, i) for i, column in enumerate(piece.T)] for piece in pieces],
                axis=0,
            )
            for name, side in (("low", self._low), ("high", self._high))
        }
        sums = {}
        if self.largest is None and self.relative_variance is not None:
            sums[SPREAD] = _excess(ratios, self.relative_variance)
        return Evidence.of(self._reading(x), ratios, wealth, sums)

    def doubt(self, evidence: Evidence) -> str | None:
        """That draws vary more than is stated."""
        if SPREAD not in evidence.wealth:
            return None
        excess, squares = evidence.wealth[SPREAD]
        more = (excess > STANDARD_ERRORS * np.sqrt(squares)).any()
        return "draws vary more than the stated variance" if more else None

    def _reading(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """What to show of each draw; it decides nothing.

        Their mean is the exponent between the means of the first and the last size, and their
        spread that of a draw's influence on it (the delta method).  A draw may be 0, so no draw's
        logarithm is taken; a mean of 0 gives way to the guess, about which the reading is linear.
        """
        ends = [0, -1]
        means = x[:, ends].mean(axis=0)
        centre = np.where(means > 0, means, np.array(self.scale)[ends])
        first, last = (np.log(centre) + x[:, ends] / centre - 1).T
        return (last - first) / math.log(self.sizes[-1] / self.sizes[0])

    def spacing(self) -> float:
        """Logarithm of the factor from one rung to the next."""
        return self.epsilon * self._span() / FINENESS

    def ladder(self) -> NDArray[np.float64]:
        """The candidate means in units of the guess, increasing."""
        fine = self.spacing() * np.arange(1, RUNGS + 1)
        above = np.append(fine, np.arange(fine[-1] + COARSE, REACH + COARSE, COARSE))
        return np.exp(np.concatenate([-above[::-1], [0.0], above]))

    def _span(self) -> float:
        return math.log(max(self.sizes) / min(self.sizes))

    def _fractions(self, w: float) -> NDArray[np.float64]:
        """The best bet on a relative distance g from the truth is g / w, a share g / sqrt(w)."""
        return np.minimum(1, np.append(self.spacing() * GAPS, COARSE) / math.sqrt(w))

    def _low(self, ratio: NDArray[np.float64], size: int) -> LogWealth:
        """Against "E X <= rung", of the draws of one size in units of the guess, (rungs, bets)."""
        y = ratio / self.ladder()[:, None] - 1
        if self.largest is None and self.relative_variance is not None:
            return falling(-y, self.relative_variance, self._fractions(self.relative_variance))
        return self._bet(y)

    def _high(self, ratio: NDArray[np.float64], size: int) -> LogWealth:
        """Against "E X >= rung"."""
        if self.largest is not None:
            largest = self.largest / self.scale[size]
            # A rung beyond the largest value is tested just below it: that null is the larger one.
            rungs = np.minimum(self.ladder(), largest * (1 - 1e-9))
            return self._bet((largest - ratio) / (largest - rungs[:, None]) - 1)
        if self.relative_variance is None:
            return np.zeros((self.ladder().size, 1))
        y = ratio / self.ladder()[:, None] - 1
        return falling(y, self.relative_variance, self._fractions(self.relative_variance))

    @staticmethod
    def _bet(y: NDArray[np.float64]) -> LogWealth:
        with np.errstate(divide="ignore"):
            return np.log1p(BETS[:, None] * y[:, None, :]).sum(axis=-1)

    def bands(self, evidence: Evidence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Simultaneous confidence limits, lower and upper, of log E X_i; else infinite."""
        threshold = price(self.alpha, 2 * len(self.sizes))
        guess, rungs = np.log(self.scale), np.log(self.ladder())
        won = {name: log_mixture(evidence.wealth[name]) >= threshold for name in ("low", "high")}
        lower = np.where(won["low"], rungs, -math.inf).max(axis=1)
        upper = np.where(won["high"], rungs, math.inf).min(axis=1)
        return guess + lower, guess + upper

    def interval(self, evidence: Evidence) -> tuple[float, float] | None:
        """The confidence interval of the exponent, or None where no power law fits the bands.

        A line log C + a s_i fits lower_i .. upper_i for some C where every lower_i - a s_i is at
        most every upper_j - a s_j: eliminating log C (Fourier, Motzkin) leaves one bound on a for
        each pair.
        """
        lower, upper = self.bands(evidence)
        lower = lower - math.log1p(self.finite_size)
        upper = upper - math.log1p(-self.finite_size)
        s = np.log(self.sizes)
        steps, rises = np.subtract.outer(s, s), np.subtract.outer(upper, lower)
        most = float((rises[steps > 0] / steps[steps > 0]).min())
        least = float((rises[steps < 0] / steps[steps < 0]).max())
        return (least, most) if least <= most and np.all(lower <= upper) else None

    def decide(self, evidence: Evidence) -> Verdict | None:
        """REFUTED or CONFIRMED by the confidence interval of the exponent."""
        found = self.interval(evidence)
        if found is None or not found[0] <= self.value <= found[1]:
            return "REFUTED"
        inside = abs(found[0] - self.value), abs(found[1] - self.value)
        return "CONFIRMED" if max(inside) <= self.epsilon else None

    def _lost(self) -> float:
        """What remainder and rungs cost each end of a band, in its logarithm."""
        return math.log1p(self.finite_size) - math.log1p(-self.finite_size) + self.spacing()

    def _plan(self) -> float:
        """Draws until the bands of the first and the last size are as narrow as epsilon asks."""
        half = self.epsilon * self._span() / 2 - self._lost()
        variance = self._variance()
        if half <= 0 or variance is None:
            return math.inf
        wealth = price(self.alpha, 2 * len(self.sizes))
        return math.ceil(max(CONFIRM_FACTOR * variance / half**2, 4) * wealth)

    def detect(self, draws: int) -> float | None:
        """The least error of the exponent that so many draws would have refuted."""
        variance = self._variance()
        if variance is None:
            return None
        each = (price(self.alpha, 2 * len(self.sizes)) + math.log(GAPS.size + 1)) / draws
        return 2 * (math.sqrt(DETECT_FACTOR * variance * each) + self._lost()) / self._span()

    def _variance(self) -> float | None:
        """The stated relative variance, or the worst there is below a sure upper end."""
        if self.relative_variance is not None or self.largest is None:
            return self.relative_variance
        return self.largest / min(self.scale) - 1

    def no_plan(self) -> str:
        """Why no number of draws confirms."""
        return "its margin is not above what remainder and rungs take, however many networks"

    def left(self, evidence: Evidence) -> Range:
        """The confidence interval of the exponent; where no power law fits, none of any."""
        found = self.interval(evidence)
        return Range(math.inf, -math.inf) if found is None else Range(*found)

    def allowed(self, value: Any) -> Range:
        """The exponent itself: the remainder is one of the means."""
        return Range(value, value)

    def detectable(self, left: Range) -> float | None:
        """The least error of the exponent that misses the interval."""
        if not left.two_sided:
            return None
        return float(max(left.high - self.value, self.value - left.low))


def _excess(x: NDArray[np.float64], w: float) -> NDArray[np.float64]:
    """By how much Var X exceeds w (E X)^2 in each column: summed over pairs, and the squares.

    Of a pair (X - X')^2/2 is the one and X X' the square of the mean, in the mean.
    """
    x = np.minimum(x, 1e70)  # floats hold the squares of its square
    one, other = (x[start : len(x) // 2 * 2 : 2] for start in (0, 1))
    excess = (one - other) ** 2 / 2 - w * one * other
    return np.stack([excess.sum(axis=0), (excess**2).sum(axis=0)])


@dataclass(frozen=True, kw_only=True)
class PowerLaw(Statement):
    """The mean of a quantity, whose draws are rows, grows like a power of a size; the form says it.

    `sizes` are those of the columns and `scale` guesses of their means.  `relative_variance` is a
    stated bound on the relative variance of each column, `largest` a sure upper end of all.
    """

    sizes: Callable[[Values], Sequence[float]]
    scale: Callable[[Values], Sequence[float]]
    relative_variance: Law | None = None
    largest: Law | None = None

    relation: ClassVar[str] = "exponent"
    relative: ClassVar[bool] = False
    ordinate: ClassVar[Literal["ratio", "difference"]] = "difference"  # an exponent may be zero

    def silence(self, point: Place) -> str | None:
        """Why it cannot be judged at a point: also for want of upper ends."""
        if self.largest is None and self.variance_at(point, "relative_variance") is None:
            return "it states neither a bound on the relative variance nor a sure upper end"
        return super().silence(point)

    def _target(self, point: Place, terms: dict[str, Any]) -> PowerTarget:
        return PowerTarget(
            **terms,
            sizes=tuple(self.sizes(point.values)),
            scale=tuple(self.scale(point.values)),
            relative_variance=self.variance_at(point, "relative_variance"),
            largest=None if (end := self.largest) is None else self.stated(point, "largest", end),
        )

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """The intervals of the exponent."""
        found = "; ".join(f"{_interval(one)} at {named(one.point.parameters)}" for one in trials)
        return (
            f"The exponent lies in {found}. These intervals follow from simultaneous confidence"
            f" bands, without regression; the error probability is at most {number(ALPHA)}."
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """What was claimed and what the means allow."""
        trial = next(trial for trial in trials if trial.verdict == "REFUTED")
        return (
            f"The form says an exponent of {trial.target.value:.4g} at"
            f" {named(trial.point.parameters)}, and the means allow {_interval(trial)};"
            f" {false_alarm(found)}"
        )

    def detectable(self, size: float) -> str:
        """So large an error of the exponent."""
        return f"{number(size, 2)} in the exponent"


def _interval(trial: Seen) -> str:
    left = Range() if trial.evidence is None else trial.target.left(trial.evidence)
    if left.low > left.high:
        return "no power law at all"
    return f"[{number(left.low)}, {number(left.high)}]"
