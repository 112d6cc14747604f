"""The regularity of a trajectory of optimisation (Chen et al. 2020, Definition 2)."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_LEAST, _MOST = 1e-290, 1e290  # between them sums of products keep their digits


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
            last. Of complex numbers give the real and the imaginary parts.
        gaps: T numbers >= 0, the loss of step k less its infimum. Of a negative gap (2) would be a
            bound on gamma from below; take an infimum that no loss lies under.
        learning_rate: one number > 0, or T of them.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here, or the points are so near or
            far that products of their differences are no floats; the message names it.
    """
    gap = _gaps(gaps)
    steps = len(gap)
    rates = _rates(learning_rate, steps)
    if isinstance(points, str | bytes | Mapping | Set) or not isinstance(points, Iterable):
        raise TypeError(
            f"points = {reprlib.repr(points)}: must be an array or an iterable of points, in order"
        )
    indexed = hasattr(points, "__getitem__") and hasattr(points, "__len__")
    trajectory: Any = points if indexed else list(points)
    if len(trajectory) != steps + 1:
        raise ValueError(
            f"points: {len(trajectory)} of them, with {steps} gaps: must be one more than the gaps"
        )
    coherence = np.empty(steps)
    last = _flat(trajectory[steps], steps)
    before = _flat(trajectory[0], 0)
    way = _apart(before, last, 0)
    for k in range(steps):
        after = _flat(trajectory[k + 1], k + 1)
        coherence[k] = _coherence(before, after, last, rates[k], k)
        before = after
    return judged(coherence, gap, rates, _length(way))


def _coherence(before: Numbers, after: Numbers, last: Numbers, rate: float, k: int) -> float:
    """Return the numerator of step k; raises ValueError where floats do not hold it."""
    with np.errstate(over="ignore", invalid="ignore"):
        moved = _apart(before, after, k + 1)
        # Half of each difference to the end: their sum rounds no more than they do.
        ahead = 0.5 * (before - last) + 0.5 * (after - last)
        product = ahead @ moved
        found = float(product / rate)
        if _LEAST < abs(product) < _MOST and _LEAST < abs(found) < _MOST:
            return found
        # A small product may be that of large numbers which cancel, or of a step that is none.
        size = float(np.abs(ahead).max(initial=0)) * float(np.abs(moved).max(initial=0))
        if not (ahead.any() and moved.any()):
            return 0.0
        if min(size, size / rate) > _LEAST and max(size, size / rate) < _MOST:
            return found
    raise ValueError(
        f"points[{k}]: the step from it times its way to the end, over the learning rate, is "
        f"{size / rate:.3g}, which floats do not hold with all digits: give the points in another "
        "unit, and the gaps in its square"
    )


def _length(vector: Numbers) -> float:
    """Return the Euclidean norm, also where squares are no floats."""
    largest = float(np.abs(vector).max(initial=0))
    return largest * float(np.linalg.norm(vector / largest)) if largest else 0.0


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
    with np.errstate(over="ignore"):  # of a gap that is all but 0: as of 0
        found: Numbers = np.divide(coherence, gaps, out=free, where=gaps > 0)
    return found


def coherences(points: Numbers, learning_rate: float | Numbers) -> Numbers:
    """Return the numerators of many runs, shape (..., T), of points of shape (..., T + 1, d)."""
    from_last = points - points[..., -1:, :]
    moved = points[..., :-1, :] - points[..., 1:, :]
    ahead = 0.5 * (from_last[..., :-1, :] + from_last[..., 1:, :])
    found: Numbers = (ahead * moved).sum(axis=-1) / learning_rate
    return found


def _flat(point: Any, index: int) -> Numbers:
    """Return a point as a vector of float64."""
    vector = _real(f"points[{index}]", "an array of real numbers", point).reshape(-1)
    if not np.isfinite(vector).all():
        raise ValueError(f"points[{index}]: must be finite")
    return vector


def _apart(one: Numbers, other: Numbers, index: int) -> Numbers:
    if one.shape != other.shape:
        raise ValueError(
            f"points[{index}]: has {other.size} numbers beside {one.size}: must have as many"
        )
    with np.errstate(over="ignore"):  # a step is refused then
        return one - other


def _real(name: str, allowed: str, values: Any) -> Numbers:
    """Return numbers, or a tensor of whatever device, as float64; text is no number here."""
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
            values = values.numpy() if values.is_complex() else values.double().numpy()
        found = np.asarray(values)
        if found.dtype.kind in "biufO":
            return found.astype(np.float64, copy=False)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name}: must be {allowed}") from error
    raise TypeError(f"{name}: of {found.dtype}: must be {allowed}")


def _each(values: Any) -> Any:
    """Return tensors of one number in a sequence as numbers, and anything else as it is."""
    unordered = isinstance(values, str | bytes | Mapping | Set)
    if unordered or hasattr(values, "detach") or not isinstance(values, Iterable):
        return values
    return [one.item() if hasattr(one, "detach") and one.numel() == 1 else one for one in values]


def _gaps(gaps: Any) -> Numbers:
    found = _real("gaps", "a sequence of real numbers", _each(gaps)).copy()
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
    allowed = "one real number, or one a step"
    rates = _real("learning_rate", allowed, _each(learning_rate)).copy()
    if rates.ndim == 0:
        if isinstance(learning_rate, bool) or not 0 < rates < math.inf:
            raise ValueError(f"learning_rate = {learning_rate!r}: must be positive and finite")
        return np.full(steps, rates)
    if rates.shape != (steps,):
        raise ValueError(
            f"learning_rate of shape {rates.shape}: must be one number, or {steps}, one a step: "
            "(2) has one rate for all parameters; divide each by the root of its own instead"
        )
    bad = np.flatnonzero(~(np.isfinite(rates) & (rates > 0)))
    if bad.size:
        k = int(bad[0])
        raise ValueError(f"learning_rate[{k}] = {rates[k]}: each must be positive and finite")
    return rates
