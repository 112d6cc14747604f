"""The regularity of a trajectory of optimisation (Chen et al. 2020, Definition 2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.simulation import arguments

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Regularity:
    """What the points and the gaps of one run say of inequality (2).

    Attributes:
        per_step: float64 array, read-only, of the T largest gamma_k for which (2) holds at step k:
            (<theta_k - theta_T, U_k> - eta_k |U_k|^2 / 2) / gap_k. Where the gap is 0, (2) asks
            nothing of gamma (inf) or cannot be met (-inf).
        coherence: float64 array, read-only, of the T numerators.
        gaps: float64 array, read-only, of the T gaps.
        learning_rates: float64 array, read-only, of the T learning rates eta_k.
        distance: |theta_0 - theta_T|, the Euclidean norm.
    """

    per_step: Numbers
    coherence: Numbers
    gaps: Numbers
    learning_rates: Numbers
    distance: float

    @property
    def parameter(self) -> float:
        """The largest gamma for which the whole run obeys (2), as printed: the least of per_step.

        The run obeys the principle where it is positive. A mean or a median over the steps is
        another quantity, of which Theorem 1 says nothing.
        """
        return float(self.per_step.min())

    @property
    def mean_parameter(self) -> float:
        """The mean of per_step, each weighted by eta_k gap_k; NaN where all gaps are 0.

        With it in place of gamma, Theorem 1 is an identity on every run.
        """
        weights = self.learning_rates * self.gaps
        total = float(weights.sum())
        weighted = float((self.learning_rates * self.coherence).sum())
        return weighted / total if total > 0 else math.nan

    @property
    def average_gap(self) -> float:
        """The mean of the gaps, each weighted by its learning rate: the left side of (3)."""
        weights = self.learning_rates
        return float((weights * self.gaps).sum() / weights.sum())

    @property
    def bound(self) -> float:
        """The right side of (3), with the sum of the learning rates for eta T.

        NaN unless gamma is positive, as Theorem 1 then says nothing.
        """
        gamma = self.parameter
        if not gamma > 0:
            return math.nan
        return self.distance**2 / (2 * float(self.learning_rates.sum()) * gamma)


def regularity(*, points: Any, gaps: Any, learning_rate: Any) -> Regularity:
    """Judge inequality (2) at every step of a trajectory.

    The update is U_k = (theta_k - theta_(k+1)) / eta_k, whatever optimiser made it, so that points
    alone tell it; the numerator is <(theta_k + theta_(k+1))/2 - theta_T, theta_k - theta_(k+1)> /
    eta_k, formed in float64 from differences, which lose nothing near theta_T.

    (2) has one learning rate a step. Of parameters with rates of their own divide each by the root
    of its rate and give the rate 1: the numerators are then those of the norm in which the update
    is a step, and Theorem 1 holds in it. Statistics of batch norm are no parameters, as the loss of
    a batch in training does not depend on them: leave them out.

    Args:
        points: theta_0 .. theta_T, T + 1 of them: an array or tensor of shape (T + 1, ...), a
            sequence of them, or an iterable. What is no sequence is held whole, as theta_T comes
            last.
        gaps: T numbers >= 0, the loss of step k less its infimum. Of a negative gap (2) would be a
            bound on gamma from below; take an infimum that no loss lies under.
        learning_rate: one number > 0, or T of them.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    gap = _gaps(gaps)
    steps = len(gap)
    rates = _rates(learning_rate, steps)
    trajectory: Sequence[Any]
    if hasattr(points, "__getitem__") and hasattr(points, "__len__"):
        trajectory = points
    elif isinstance(points, Iterable):
        trajectory = list(points)
    else:
        raise TypeError(f"points = {points!r}: must be an array or an iterable of points")
    if len(trajectory) != steps + 1:
        raise ValueError(
            f"points: {len(trajectory)} of them, with {steps} gaps: must be one more than the gaps"
        )
    coherence = np.empty(steps)
    last = _flat(trajectory[steps], steps)
    before = _flat(trajectory[0], 0)
    distance = float(np.linalg.norm(_apart(before, last, 0)))
    for k in range(steps):
        after = _flat(trajectory[k + 1], k + 1)
        moved = _apart(before, after, k + 1)
        # Half of each difference to the end: their sum rounds no more than they do.
        ahead = 0.5 * (before - last) + 0.5 * (after - last)
        coherence[k] = ahead @ moved / rates[k]
        before = after
    return judged(coherence, gap, rates, distance)


def judged(coherence: Numbers, gaps: Numbers, rates: Numbers, distance: float) -> Regularity:
    """Return the result of numerators, gaps and learning rates, shape (T,) each."""
    per_step = largest_parameters(coherence, gaps)
    for one in (per_step, coherence, gaps, rates):
        one.flags.writeable = False
    return Regularity(
        per_step=per_step, coherence=coherence, gaps=gaps, learning_rates=rates, distance=distance
    )


def largest_parameters(coherence: Numbers, gaps: Numbers) -> Numbers:
    """Return the largest gamma of each step, of numerators and gaps >= 0 of one shape."""
    free = np.where(coherence >= 0, np.inf, -np.inf)
    return np.divide(coherence, gaps, out=free, where=gaps > 0)


def coherences(points: Numbers, learning_rate: float | Numbers) -> Numbers:
    """Return the numerators of many runs, shape (..., T), of points of shape (..., T + 1, d)."""
    from_last = points - points[..., -1:, :]
    moved = points[..., :-1, :] - points[..., 1:, :]
    ahead = 0.5 * (from_last[..., :-1, :] + from_last[..., 1:, :])
    found: Numbers = (ahead * moved).sum(axis=-1) / learning_rate
    return found


def _flat(point: Any, index: int) -> Numbers:
    """Return a point as a vector of float64."""
    if hasattr(point, "detach"):  # a tensor, of whatever device
        point = point.detach().cpu()
        point = point.double().numpy()
    try:
        vector = np.asarray(point, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise TypeError(f"points[{index}]: must be an array of real numbers") from error
    if not np.isfinite(vector).all():
        raise ValueError(f"points[{index}]: must be finite")
    return vector


def _apart(one: Numbers, other: Numbers, index: int) -> Numbers:
    if one.shape != other.shape:
        raise ValueError(
            f"points[{index}]: has {other.size} numbers beside {one.size}: must have as many"
        )
    return one - other


def _gaps(gaps: Any) -> Numbers:
    if hasattr(gaps, "detach"):
        gaps = gaps.detach().cpu().double().numpy()
    try:
        found = np.array(list(gaps), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError("gaps: must be a sequence of real numbers") from error
    if found.ndim != 1 or not len(found):
        raise ValueError(f"gaps of shape {found.shape}: must be at least one number, one a step")
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if bad.size:
        k = int(bad[0])
        raise ValueError(
            f"gaps[{k}] = {found[k]}: must be finite and >= 0; below 0, (2) would bound gamma from "
            "below"
        )
    return found


def _rates(learning_rate: Any, steps: int) -> Numbers:
    if np.ndim(learning_rate) == 0:
        rate = arguments.real("learning_rate", learning_rate, minimum=0, maximum=math.inf)
        if not 0 < rate < math.inf:
            raise ValueError(f"learning_rate = {learning_rate!r}: must be positive and finite")
        return np.full(steps, rate)
    rates = np.array(learning_rate, dtype=np.float64)
    if rates.shape != (steps,):
        raise ValueError(
            f"learning_rate of shape {rates.shape}: must be one number, or {steps}, one a step: "
            "(2) has one rate for all parameters; divide each by the root of its own instead"
        )
    if not (np.isfinite(rates).all() and (rates > 0).all()):
        raise ValueError("learning_rate: each must be positive and finite")
    return rates
