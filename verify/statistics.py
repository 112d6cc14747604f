"""How a verdict is reached: test martingales for the mean of a non-negative variable.

A point of a claim says that independent draws X_1, X_2, ... >= 0 (one per network) have the mean
m.  Each process below multiplies one factor per draw; its mean under the null it tests is at most
1, so by Ville's inequality it ever reaches 1/alpha with probability at most alpha, however the run
is stopped, split or resumed.  With Y = X/mean - 1:

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

Each process is a mixture over a fixed grid of bets; the state of a run is the vector of their
log-wealths, which add up over draws, blocks, workers and resumed runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Relation = Literal["equal", "at most", "at least", "exact"]
Verdict = Literal["CONFIRMED", "REFUTED", "INCONCLUSIVE", "INFEASIBLE"]

BETS = 2.0 ** -np.arange(1, 15)
FRACTIONS = 2.0 ** -np.arange(0, 12)
"""Bets of the variance-bounded processes, as fractions of the largest one, 1/sqrt(w)."""

CONFIRM_FACTOR = 10.0
"""Draws to confirm = factor * w * log(2/alpha) / gap^2, the price of the mixture included."""

DETECT_FACTOR = 4.0
"""Draws to refute = factor * w * (log(2/alpha) + log(bets)) / gap^2."""


@dataclass(frozen=True)
class Target:
    """What one form says at one point, and how sharply it is to be judged.

    The null is the interval [value (1 - finite_size), value (1 + finite_size)], cut to one side for
    a bound; CONFIRMED means that the mean lies within a relative `epsilon` of `value` (for a bound:
    not beyond it by more than that).
    """

    relation: Relation
    value: float
    epsilon: float
    finite_size: float
    relative_variance: float | None
    alpha: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value > 0):
            raise ValueError(f"value = {self.value}: a tested mean must be positive and finite")
        if not 0 <= self.finite_size <= self.epsilon < 1 and self.relation != "exact":
            raise ValueError(
                f"finite_size = {self.finite_size}, epsilon = {self.epsilon}: must satisfy"
                " 0 <= finite_size <= epsilon < 1"
            )
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha = {self.alpha}: must be in (0, 1]")
        if self.relative_variance is not None and not 0 < self.relative_variance < math.inf:
            raise ValueError(
                f"relative_variance = {self.relative_variance}: must be positive and finite"
            )


@dataclass(frozen=True)
class Evidence:
    """What some draws say about a target; evidence of further draws is added to it.

    `draws`, `mean` and `squares` (the sum of squared deviations) describe the sample and decide
    nothing.  `refute_above` ... `confirm_below` are log-wealths, one entry a bet.  `worst` is the
    largest |X / value - 1|, which decides the relation "exact".
    """

    draws: int
    mean: float
    squares: float
    worst: float
    refute_above: NDArray[np.float64]
    refute_below: NDArray[np.float64]
    confirm_above: NDArray[np.float64]
    confirm_below: NDArray[np.float64]

    def __add__(self, other: Evidence) -> Evidence:
        draws = self.draws + other.draws
        shift = other.mean - self.mean
        return Evidence(
            draws=draws,
            mean=self.mean + shift * other.draws / draws,
            squares=self.squares + other.squares + shift**2 * self.draws * other.draws / draws,
            worst=max(self.worst, other.worst),
            refute_above=self.refute_above + other.refute_above,
            refute_below=self.refute_below + other.refute_below,
            confirm_above=self.confirm_above + other.confirm_above,
            confirm_below=self.confirm_below + other.confirm_below,
        )

    @property
    def standard_error(self) -> float:
        """Heuristic standard error of `mean`, for plots only."""
        if self.draws < 2:
            return math.inf
        return math.sqrt(self.squares / (self.draws - 1) / self.draws)


def above(x: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """Log-wealth against "E X <= mean", one entry a bet, of the draws x >= 0."""
    return np.log1p(np.multiply.outer(BETS, x / mean - 1)).sum(axis=1)


def _parabolas(y: NDArray[np.float64], w: float) -> NDArray[np.float64]:
    """Log of the decreasing factors of `below` at relative deviations y, one row a bet."""
    a = FRACTIONS[:, None] / math.sqrt(w)
    b = a**2 / (2 * (1 + np.sqrt(1 - FRACTIONS[:, None] ** 2)))
    factor = np.where(y < a / (2 * b), np.maximum(1 - a * y + b * (y**2 - w), 0), 0)
    with np.errstate(divide="ignore"):
        return np.log(factor)


def below(x: NDArray[np.float64], mean: float, w: float) -> NDArray[np.float64]:
    """Log-wealth against "E X >= mean and Var X <= w (E X)^2", one entry a bet."""
    return _parabolas(x / mean - 1, w).sum(axis=1)


def above_bounded(x: NDArray[np.float64], mean: float, w: float) -> NDArray[np.float64]:
    """Log-wealth against "E X <= mean and Var X <= w (E X)^2", one entry a bet."""
    return _parabolas(1 - x / mean, w).sum(axis=1)


def log_wealth(log_bets: NDArray[np.float64]) -> float:
    """Log-wealth of the mixture over bets in equal parts; -inf where it holds no process."""
    if log_bets.size == 0:
        return -math.inf
    return float(logsumexp(log_bets) - math.log(log_bets.size))


def weigh(x: NDArray[np.float64], target: Target) -> Evidence:
    """Evidence of the draws x (shape (draws,), non-negative and finite) about the target."""
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"draws of shape {x.shape}: must be one non-empty row of numbers")
    if not np.all(np.isfinite(x)):
        raise ValueError("draws: contain NaN or an infinity")
    if target.relation != "exact" and x.min() < 0:
        raise ValueError(f"draws: {x.min()} is negative; this procedure needs X >= 0")
    none = np.empty(0)
    m, w, relation = target.value, target.relative_variance, target.relation
    low, high = m * (1 - target.finite_size), m * (1 + target.finite_size)
    far_low, far_high = m * (1 - target.epsilon), m * (1 + target.epsilon)
    upper, lower = relation in ("equal", "at most"), relation in ("equal", "at least")
    return Evidence(
        draws=x.size,
        mean=float(x.mean()),
        squares=float(((x - x.mean()) ** 2).sum()),
        worst=float(np.abs(x / m - 1).max()),
        refute_above=above(x, high) if upper else none,
        refute_below=below(x, low, w) if lower and w is not None else none,
        confirm_above=_confirm_above(x, far_low, w) if lower else none,
        confirm_below=below(x, far_high, w) if upper and w is not None else none,
    )


def _confirm_above(x: NDArray[np.float64], mean: float, w: float | None) -> NDArray[np.float64]:
    """Both processes against "E X <= mean": the bounded one is faster where w is small."""
    if w is None:
        return above(x, mean)
    return np.concatenate([above(x, mean), above_bounded(x, mean, w)])


def decide(evidence: Evidence, target: Target) -> Verdict | None:
    """CONFIRMED or REFUTED where the evidence reaches a verdict, else None."""
    if target.relation == "exact":
        return "REFUTED" if evidence.worst > target.finite_size else None
    threshold = math.log(2 / target.alpha)
    if max(log_wealth(evidence.refute_above), log_wealth(evidence.refute_below)) >= threshold:
        return "REFUTED"
    needed = {
        "equal": (evidence.confirm_above, evidence.confirm_below),
        "at most": (evidence.confirm_below,),
        "at least": (evidence.confirm_above,),
    }[target.relation]
    if all(log_wealth(process) >= threshold for process in needed):
        return "CONFIRMED"
    return None


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
    """Draws that CONFIRMED takes if the truth sits at the edge of the null; inf if none will do.

    N = c w log(2/alpha) / gap^2 with c = 10, and never fewer than the largest bets need.
    """
    if target.relation == "exact":
        return EXACT_DRAWS
    gap = target.epsilon - target.finite_size
    if gap <= 0 or target.relative_variance is None:
        return math.inf
    price = math.log(2 / target.alpha)
    return math.ceil(max(CONFIRM_FACTOR * target.relative_variance / gap**2, 4) * price)


EXACT_DRAWS = 16
"""Draws after which an identity that held to rounding on every one of them is CONFIRMED."""


def smallest_detectable_error(target: Target, draws: int) -> float | None:
    """The least relative error that `draws` draws would have refuted (planned, not measured)."""
    if target.relation == "exact":
        return target.finite_size
    if target.relative_variance is None:
        return None
    w = target.relative_variance
    price = (math.log(2 / target.alpha) + math.log(BETS.size)) / draws
    bounded = math.sqrt(DETECT_FACTOR * w * price)
    # The free bets stop at 1/2: each draw can pay log(1 + gap/2) at most, less its noise.
    free = 2 * math.expm1(price) + 2 * math.sqrt(w / draws)
    return target.finite_size + max(bounded, free) * (1 + target.finite_size)
