"""How tight a bound is, where it is tightest of all points at which it was judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.engine.trial import Trial
from verify.model import Value
from verify.numbers import number
from verify.relations import Statement
from verify.relations.words import named


@dataclass(frozen=True)
class Tightness:
    """The share of its bound that a quantity was, at the point where it came nearest to it.

    `share` is what was seen over the bound; `low` and `high` are what the evidence leaves of that,
    None where it leaves an end open.
    """

    share: float
    low: float | None
    high: float | None
    parameters: Mapping[str, Value]

    def __str__(self) -> str:
        ends = (
            "" if None in (self.low, self.high) else f" ({_short(self.low)} to {_short(self.high)})"
        )
        return (
            f"at its tightest the quantity was {_short(self.share)} times the bound{ends},"
            f" at {named(self.parameters)}"
        )


def tightness(statement: Statement, trials: Sequence[Trial]) -> Tightness | None:
    """The tightest of a bound's trials; None for what bounds nothing, and where nothing was drawn.

    A bound of 0 has no shares.
    """
    if statement.side not in ("upper", "lower"):
        return None
    found = [one for trial in trials if (one := _of(trial)) is not None]
    nearest = max if statement.side == "upper" else min
    return nearest(found, key=lambda one: one.share, default=None)


def _of(trial: Trial) -> Tightness | None:
    bound, evidence = trial.target.value, trial.evidence
    if evidence is None or not bound:
        return None
    left = trial.target.seen_within(evidence)
    low, high = sorted((left.low / bound, left.high / bound))
    return Tightness(
        trial.target.seen(evidence) / bound,
        low if math.isfinite(low) else None,
        high if math.isfinite(high) else None,
        dict(trial.point.parameters),
    )


def _short(share: float | None) -> str:
    return number(share, 3)
