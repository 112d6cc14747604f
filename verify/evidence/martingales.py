"""Test martingales for the mean of independent draws X_1, X_2, ... (one per network).

Each process multiplies one factor per draw; its mean under the null it tests is at most 1, so by
Ville's inequality it ever reaches 1/alpha with probability at most alpha, however the run is
stopped, split or resumed.  For X >= 0, with Y = X/mean - 1:

above(mean)           refutes E X <= mean.  Factors 1 + lambda Y; no moment is assumed.
below(mean, w)        refutes E X >= mean and Var X <= w (E X)^2.  Factors
                      1 - a Y + b (Y^2 - w), b = a^2 / (2 (1 + sqrt(1 - w a^2))), set to 0 beyond
                      their vertex Y = a / (2 b), where they vanish.  A lower side needs a second
                      moment (Bahadur and Savage 1956).
above_bounded(mean, w)  refutes E X <= mean and Var X <= w (E X)^2; the mirror image of below.

Cutting the parabola at its vertex makes the factor monotone in X.  That is what makes it a test of
the whole composite null: for a mean M beyond the tested one, X = M X' with E X' = 1, and a monotone
factor only shrinks as M moves away, so its mean is at most that at M = mean, which is at most
1 + b (Var X' - w) <= 1.  The uncut parabola grows again far from the tested mean and would "refute"
E X >= mean for a mean ten times as large.

For a variable with a sure upper end, X in [0, largest], the lower side needs no moment either:
above(largest - X, largest - mean) refutes E X >= mean (betting on a bounded variable: Waudby-Smith
and Ramdas 2020, arXiv 2010.09686).

For a signed variable Y the same parabola, falling(w), refutes E Y >= 0 and Var Y <= w: it is
b (v - Y)^2 for Y below the vertex v and 0 above, non-negative and decreasing over all reals.  Where
E Y = mu > 0 the centred Y - mu is less than Y, so the factor of Y is at most that of Y - mu, whose
mean is at most 1 + b (Var Y - w) <= 1.

Each process is a mixture over a fixed grid of bets; the state of a run is the vector of their
log-wealths, which add up over draws, blocks, workers and resumed runs.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from verify.evidence import LogWealth

BETS = np.exp2(-np.arange(15.0))
"""Bets on non-negative variables.  The first stakes all: fastest where no draw can ruin it."""

FRACTIONS = np.exp2(-np.arange(12.0))
"""Bets of the variance-bounded processes, as fractions of the largest one, 1/sqrt(w)."""

NONE: LogWealth = np.empty(0)
"""An absent process: it holds no wealth and refutes nothing."""


Means = float | NDArray[np.float64]
"""A mean to test, or several, shape (means, 1): each then has its own row of bets."""


def above(
    x: NDArray[np.float64], mean: Means, bets: NDArray[np.float64] = BETS
) -> NDArray[np.float64]:
    """Log-wealth against "E X <= mean", one entry a bet, of the draws x >= 0."""
    y = x / mean - 1
    with np.errstate(divide="ignore"):
        return np.log1p(bets[:, None] * y[..., None, :]).sum(axis=-1)


def falling(
    y: NDArray[np.float64],
    w: float | NDArray[np.float64],
    fractions: NDArray[np.float64] = FRACTIONS,
) -> NDArray[np.float64]:
    """Log-wealth against "E Y >= 0 and Var Y <= w", one entry a bet, of the signed draws y.

    Further axes of y before the last stay in front of that of the bets, and of several variances w,
    shape (levels, 1, 1), each has its own row of bets.
    """
    # With s = sqrt(1 - w a^2) the parabola is (1 + s)/2 times (1 - Y a/(1 + s))^2.
    lift = (1 + np.sqrt(1 - fractions**2)) / 2
    slope = (fractions / (2 * lift))[:, None] / np.sqrt(w)
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(1 - slope * y[..., None, :], 0)).sum(axis=-1)
    return 2 * logs + y.shape[-1] * np.log(lift)


def below(
    x: NDArray[np.float64], mean: Means, w: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-wealth against "E X >= mean and Var X <= w (E X)^2", one entry a bet."""
    return falling(x / mean - 1, w)


def above_bounded(
    x: NDArray[np.float64], mean: Means, w: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-wealth against "E X <= mean and Var X <= w (E X)^2", one entry a bet."""
    return falling(1 - x / mean, w)


def log_mixture(log_bets: LogWealth) -> LogWealth:
    """Log-wealth of mixtures over the last axis, that of the bets, in equal parts."""
    return np.logaddexp.reduce(log_bets, axis=-1) - math.log(log_bets.shape[-1])


def log_wealth(log_bets: LogWealth) -> float:
    """Log-wealth of one process's mixture over its bets; -inf where there is no process."""
    return float(log_mixture(log_bets)) if log_bets.size else -math.inf
