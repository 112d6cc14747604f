"""Relation "exponent": E X_i = C n_i^a (1 + remainder) over the sizes n_1..n_k, a the form's value.

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
of them; without one they are infinite, and decide nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import falling, log_mixture
from verify.relations import draws as drawn
from verify.relations.planning import CONFIRM_FACTOR, DETECT_FACTOR, price
from verify.relations.terms import Terms

RUNGS = 32
"""Rungs of a ladder on each side of the guess."""

FINENESS = 16
"""So many rungs span a change of the exponent by epsilon over the whole range of sizes."""

BETS = np.exp2(-np.arange(8.0))
GAPS = np.exp2(np.arange(5.0))
"""Relative distances, in rungs, for which the variance-bounded bets are best."""

CHUNK = 4096
"""Draws that are weighed against a whole ladder at once."""


def check(target: Terms) -> None:
    """Raise ValueError unless sizes and guesses are rows of k >= 2 positive numbers."""
    sizes, scale = target.sizes, target.scale
    if len(sizes) < 2 or min(sizes) <= 0 or len(set(sizes)) < len(sizes):
        raise ValueError(f"sizes = {sizes}: must be two or more distinct positive numbers")
    if len(scale) != len(sizes) or min(scale) <= 0:
        raise ValueError(f"scale = {scale}: must be one positive guess of the mean for each size")
    if not (0 <= target.finite_size < 1 and target.epsilon > 0):
        raise ValueError(
            f"finite_size = {target.finite_size}, epsilon = {target.epsilon}: must satisfy"
            " 0 <= finite_size < 1 and epsilon > 0"
        )


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x, shape (draws, k), non-negative.

    Wealth "low" and "high" has shape (k, rungs, bets).
    """
    count = len(target.sizes)
    drawn.columns(x, f"{count} numbers", x.shape[-1] == count)
    drawn.within(x, target.largest)
    ratios = x / np.array(target.scale)
    pieces = np.array_split(ratios, math.ceil(len(x) / CHUNK))
    wealth = {
        name: np.sum(
            [[side(column, i, target) for i, column in enumerate(piece.T)] for piece in pieces],
            axis=0,
        )
        for name, side in (("low", _low), ("high", _high))
    }
    return Evidence.of(_reading(x, target), ratios, wealth)


def _reading(x: NDArray[np.float64], target: Terms) -> NDArray[np.float64]:
    """What to show of each draw; it decides nothing.

    Their mean is the exponent between the means of the first and the last size, and their spread
    that of a draw's influence on it (the delta method).  A draw may be 0, so no draw's logarithm is
    taken; a mean of 0 gives way to the guess, about which the reading is then linear.
    """
    ends = [0, -1]
    means = x[:, ends].mean(axis=0)
    centre = np.where(means > 0, means, np.array(target.scale)[ends])
    first, last = (np.log(centre) + x[:, ends] / centre - 1).T
    return (last - first) / math.log(target.sizes[-1] / target.sizes[0])


def spacing(target: Terms) -> float:
    """Logarithm of the factor from one rung to the next."""
    return target.epsilon * _span(target) / FINENESS


def ladder(target: Terms) -> NDArray[np.float64]:
    """The candidate means in units of the guess, increasing."""
    return np.exp(spacing(target) * np.arange(-RUNGS, RUNGS + 1))


def _span(target: Terms) -> float:
    return math.log(max(target.sizes) / min(target.sizes))


def _fractions(target: Terms, w: float) -> NDArray[np.float64]:
    """The best bet on a relative distance g from the truth is g / w, a share g / sqrt(w)."""
    return np.minimum(1, spacing(target) * GAPS / math.sqrt(w))


def _low(ratio: NDArray[np.float64], size: int, target: Terms) -> LogWealth:
    """Against "E X <= rung", of the draws of one size in units of the guess, (rungs, bets)."""
    y = ratio / ladder(target)[:, None] - 1
    if target.largest is None and target.relative_variance is not None:
        return falling(-y, target.relative_variance, _fractions(target, target.relative_variance))
    return _bet(y)


def _high(ratio: NDArray[np.float64], size: int, target: Terms) -> LogWealth:
    """Against "E X >= rung"."""
    if target.largest is not None:
        largest = target.largest / target.scale[size]
        # A rung beyond the largest value is tested just below it: that null is the larger one.
        rungs = np.minimum(ladder(target), largest * (1 - 1e-9))
        return _bet((largest - ratio) / (largest - rungs[:, None]) - 1)
    if target.relative_variance is None:
        return np.zeros((2 * RUNGS + 1, 1))
    y = ratio / ladder(target)[:, None] - 1
    return falling(y, target.relative_variance, _fractions(target, target.relative_variance))


def _bet(y: NDArray[np.float64]) -> LogWealth:
    with np.errstate(divide="ignore"):
        return np.log1p(BETS[:, None] * y[:, None, :]).sum(axis=-1)


def bands(evidence: Evidence, target: Terms) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Simultaneous confidence limits, lower and upper, of log E X_i; infinite where undecided."""
    threshold = price(target.alpha, 2 * len(target.sizes))
    guess, rungs = np.log(target.scale), np.log(ladder(target))
    won = {name: log_mixture(wealth) >= threshold for name, wealth in evidence.wealth.items()}
    lower = np.where(won["low"], rungs, -math.inf).max(axis=1)
    upper = np.where(won["high"], rungs, math.inf).min(axis=1)
    return guess + lower, guess + upper


def interval(evidence: Evidence, target: Terms) -> tuple[float, float] | None:
    """The confidence interval of the exponent, or None where no power law fits the bands.

    A line log C + a s_i fits lower_i .. upper_i for some C where every lower_i - a s_i is at most
    every upper_j - a s_j: eliminating log C (Fourier, Motzkin) leaves one bound on a for each pair.
    """
    lower, upper = bands(evidence, target)
    lower = lower - math.log1p(target.finite_size)
    upper = upper - math.log1p(-target.finite_size)
    s = np.log(target.sizes)
    steps, rises = np.subtract.outer(s, s), np.subtract.outer(upper, lower)
    most = float((rises[steps > 0] / steps[steps > 0]).min())
    least = float((rises[steps < 0] / steps[steps < 0]).max())
    return (least, most) if least <= most and np.all(lower <= upper) else None


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED or CONFIRMED by the confidence interval of the exponent."""
    found = interval(evidence, target)
    if found is None or not found[0] <= target.value <= found[1]:
        return "REFUTED"
    inside = abs(found[0] - target.value), abs(found[1] - target.value)
    return "CONFIRMED" if max(inside) <= target.epsilon else None


def _lost(target: Terms) -> float:
    """What remainder and rungs cost each end of a band, in its logarithm."""
    return math.log1p(target.finite_size) - math.log1p(-target.finite_size) + spacing(target)


def plan(target: Terms) -> float:
    """Draws until the bands of the first and the last size are as narrow as epsilon asks."""
    half = target.epsilon * _span(target) / 2 - _lost(target)
    variance = _variance(target)
    if half <= 0 or variance is None:
        return math.inf
    wealth = price(target.alpha, 2 * len(target.sizes))
    return math.ceil(max(CONFIRM_FACTOR * variance / half**2, 4) * wealth)


def detect(target: Terms, draws: int) -> float | None:
    """The least error of the exponent that so many draws would have refuted."""
    variance = _variance(target)
    if variance is None:
        return None
    each = (price(target.alpha, 2 * len(target.sizes)) + math.log(GAPS.size)) / draws
    return 2 * (math.sqrt(DETECT_FACTOR * variance * each) + _lost(target)) / _span(target)


def _variance(target: Terms) -> float | None:
    """The stated relative variance, or the worst there is below a sure upper end."""
    if target.relative_variance is not None or target.largest is None:
        return target.relative_variance
    return target.largest / min(target.scale) - 1
