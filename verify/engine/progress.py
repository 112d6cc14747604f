"""How far a run is, and about how much is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify.engine.run import Run


@dataclass(frozen=True)
class Progress:
    """How far a run is, told after each block; `networks` are those drawn in this run.

    `total` counts the points of what is being done: a search for a smaller counterexample, and its
    repeat, have points of their own.  `left` is about how many networks it is to take yet: those
    planned, times the share of their plans that the runs took that ended.  `seconds_left` is about
    how much worker time, None until a block of every point has been drawn.
    """

    doing: str
    done: int
    total: int
    networks: int
    left: int = 0
    seconds_left: float | None = None


class Tally:
    """What is left of many runs, of which each block changes one: a block costs one run's look."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._places = {id(one): place for place, one in enumerate(runs)}
        self._total = sum(len(one.points) for one in runs)
        self._figures = np.array([_figures(one) for one in runs]).reshape(-1, 6)

    def progress(self, doing: str, networks: int, latest: Run | None = None) -> Progress:
        """How far all are, after a block of the `latest`; `networks` were drawn so far."""
        if latest is not None:
            self._figures[self._places[id(latest)]] = _figures(latest)
        done, left, seconds, unknown, drawn, planned = map(float, self._figures.sum(axis=0))
        share = drawn / planned if planned else 1.0
        return Progress(
            doing,
            done=int(done),
            total=self._total,
            networks=networks,
            left=round(share * left),
            seconds_left=None if unknown else share * seconds,
        )

    def drop(self, claim: str) -> None:
        """Count no more what is left of a claim's runs, which are given up."""
        for place, one in enumerate(self._runs):
            if one.claim.id == claim:
                self._figures[place] = len(one.points), 0, 0, 0, 0, 0


def _figures(one: Run) -> tuple[float, ...]:
    """Points that are done, networks and seconds left, whether the latter are unknown, and shares.

    The shares are what a run drew that ended, and what was planned for it. Plans are for
    confirming at the error of the budget: bounds that are loose, and forms that are wrong, are
    decided by a fraction of them.
    """
    done = 0 if one.open else len(one.points)
    seconds = one.seconds_left
    drawn, planned = one.drawn_and_planned
    return done, one.networks_left, seconds or 0.0, seconds is None, drawn, planned
