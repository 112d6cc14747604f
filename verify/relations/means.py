"""Relations "equal", "at most" and "at least": the mean of a non-negative variable.

The null is the interval [value (1 - finite_size), value (1 + finite_size)], cut to one side for a
bound; CONFIRMED means that the mean lies within a relative `epsilon` of `value` (for a bound: not
beyond it by more than that).

A lower side needs to know how X may vary.  With a sure upper end, X in [0, largest], it bets on
largest - X and assumes no moment; `relative_variance` then only plans.  Otherwise the stated
`relative_variance` is part of the null, and without it the lower side decides nothing.

For a bound, which may be loose by orders of magnitude, two ladders say where the mean lies instead:
row k of the wealths "slack_above" and "slack_below" refutes "E X <= rung" and "E X >= rung" at a
rung next to value 2^(-k/4) (at most) or value 2^(k/4) (at least), k = 1..RUNGS.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, LogWealth, Verdict
from verify.evidence.martingales import ALL_IN, BETS, NONE, above, above_bounded, below, log_wealth
from verify.relations import draws
from verify.relations.planning import (
    CONFIRM_FACTOR,
    DETECT_FACTOR,
    draws_to_bet,
    gap_to_bet,
    price,
)
from verify.relations.terms import Terms

RUNGS = 80
ROUNDING_MARGIN = 1e-9
"""A relative distance beyond any rounding of a bound's value."""

PROCESSES = ("refute_above", "refute_below", "confirm_above", "confirm_below")
ONE_SIDED = {"at most": ("confirm_below",), "at least": ("confirm_above",)}
"""The processes that a bound must win to be CONFIRMED; an equality must win both."""


def check(target: Terms) -> None:
    """Raise ValueError unless the value is positive and the errors below 1."""
    target.require_positive_value()
    target.require_relative_errors()
    if target.largest is not None and target.largest <= target.value * (1 + target.epsilon):
        raise ValueError(
            f"largest = {target.largest}: must exceed value (1 + epsilon) = "
            f"{target.value * (1 + target.epsilon)}"
        )


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x (shape (draws,), non-negative) about their mean."""
    draws.within(draws.one_number(x), target.largest)
    m, r, eps = target.value, target.finite_size, target.epsilon
    upper, lower = target.relation != "at least", target.relation != "at most"
    wealth = {
        "refute_above": _above(x, m * (1 + r), target) if upper else NONE,
        "refute_below": _below(x, m * (1 - r), target) if lower else NONE,
        "confirm_above": _above_varied(x, m * (1 - eps), target) if lower else NONE,
        "confirm_below": _below(x, m * (1 + eps), target) if upper else NONE,
    }
    if target.relation != "equal":
        sides = {"slack_above": _above_varied, "slack_below": _below}
        for name, ladder in rungs(target).items():
            wealth[name] = np.array([sides[name](x, rung, target) for rung in ladder])
    return Evidence.of(x, x / m, wealth)


def rungs(target: Terms) -> dict[str, list[float]]:
    """The means of a bound's ladders: what refutes a bound tighter by 2^(k/4), what confirms it.

    Each lies a rounding margin to the safe side, as the tighter bound is computed in another way.
    """
    upper = target.relation == "at most"
    sign, tighter = (1, 2**-0.25) if upper else (-1, 2**0.25)
    refute = (1 + sign * target.finite_size) * (1 + sign * ROUNDING_MARGIN)
    confirm = (1 + sign * target.epsilon) * (1 - sign * ROUNDING_MARGIN)
    bounds = [target.value * tighter**k for k in range(1, RUNGS + 1)]
    return {
        "slack_above": [bound * (refute if upper else confirm) for bound in bounds],
        "slack_below": [bound * (confirm if upper else refute) for bound in bounds],
    }


def _above(x: NDArray[np.float64], mean: float, target: Terms) -> LogWealth:
    """Against "E X <= mean", which takes no moment."""
    return above(x, mean, BETS if target.largest is None else ALL_IN)


def _above_varied(x: NDArray[np.float64], mean: float, target: Terms) -> LogWealth:
    """The same, joined by the process that the variance bounds: faster where that is small."""
    free = _above(x, mean, target)
    if target.largest is not None or target.relative_variance is None:
        return free
    return np.concatenate([free, above_bounded(x, mean, target.relative_variance)])


def _below(x: NDArray[np.float64], mean: float, target: Terms) -> LogWealth:
    """Against "E X >= mean"."""
    if target.largest is not None and mean >= target.largest:
        # No mean lies beyond the largest value; a process that never bets says so safely.
        return np.zeros_like(ALL_IN)
    if target.largest is not None:
        return above(target.largest - x, target.largest - mean, ALL_IN)
    if target.relative_variance is None:
        return NONE
    return below(x, mean, target.relative_variance)


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED or CONFIRMED where a process, or each that is needed, reaches 2/alpha."""
    threshold = price(target.alpha)
    held = {name: log_wealth(evidence.wealth[name]) for name in PROCESSES}
    if max(held["refute_above"], held["refute_below"]) >= threshold:
        return "REFUTED"
    needed = ONE_SIDED.get(target.relation, ("confirm_above", "confirm_below"))
    return "CONFIRMED" if all(held[name] >= threshold for name in needed) else None


def plan(target: Terms) -> float:
    """Draws that CONFIRMED takes if the truth sits at the edge of the null; inf if none will do.

    N = c w log(2/alpha) / gap^2 with c = 10, and never fewer than the largest bets need.  For a
    bounded variable without a stated variance the worst there is, (largest - m) / m.
    """
    gap, wealth = target.epsilon - target.finite_size, price(target.alpha)
    if gap <= 0:
        return math.inf
    if target.largest is not None:
        return max(
            draws_to_bet(gap * unit, variance * unit**2, wealth)
            for unit, variance in _bounded_sides(target)
        )
    if target.relative_variance is None:
        return math.inf
    return math.ceil(max(CONFIRM_FACTOR * target.relative_variance / gap**2, 4) * wealth)


def detect(target: Terms, draws: int) -> float | None:
    """The least relative error that so many draws would have refuted."""
    if target.largest is not None:
        gap = max(
            gap_to_bet(variance * unit**2, price(target.alpha), draws) / unit
            for unit, variance in _bounded_sides(target)
        )
        return target.finite_size + gap * (1 + target.finite_size)
    if target.relative_variance is None:
        return None
    w = target.relative_variance
    each = (price(target.alpha) + math.log(BETS.size)) / draws
    bounded = math.sqrt(DETECT_FACTOR * w * each)
    # The free bets stop at 1/2: each draw can pay log(1 + gap/2) at most, less its noise.
    free = 2 * math.expm1(each) + 2 * math.sqrt(w / draws)
    return target.finite_size + max(bounded, free) * (1 + target.finite_size)


def _bounded_sides(target: Terms) -> list[tuple[float, float]]:
    """For each side that is judged, a relative error of X in units of what is bet on, and w."""
    assert target.largest is not None
    reflected = target.value / (target.largest - target.value * (1 + target.epsilon))
    worst = target.largest / target.value - 1
    variance = worst if target.relative_variance is None else target.relative_variance
    units = {"equal": (1.0, reflected), "at most": (reflected,), "at least": (1.0,)}
    return [(unit, variance) for unit in units[target.relation]]
