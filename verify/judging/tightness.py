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
    None where it leaves an end open.  Of a bound that may fail it is the most extreme draw, and
    what is left is that of the `quantile` which is bounded.
    """

    share: float
    low: float | None
    high: float | None
    parameters: Mapping[str, Value]
    quantile: bool = False

    def __str__(self) -> str:
        what = "most extreme draw" if self.quantile else "quantity"
        return (
            f"at its tightest the {what} was {_short(self.share)} times the bound{self._ends},"
            f" at {named(self.parameters)}"
        )

    @property
    def _ends(self) -> str:
        known = [_short(end) for end in (self.low, self.high) if end is not None]
        if self.quantile and known:
            one = "at least" if self.high is None else "at most"
            told = " to ".join(known) if len(known) > 1 else f"{one} {known[0]}"
            return f" and its quantile {told} times"
        return f" ({' to '.join(known)})" if len(known) > 1 else ""


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
    quantile = trial.target.nearest_is_extreme
    low, high = sorted((left.low / bound, left.high / bound))
    return Tightness(
        trial.target.nearest(evidence) / bound,
        low if math.isfinite(low) else None,
        high if math.isfinite(high) else None,
        dict(trial.point.parameters),
        quantile,
    )


def _short(share: float | None) -> str:
    return number(share, 3)
