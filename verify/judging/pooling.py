"""A systematic error that no single point shows: evidence pooled over the points of a form.

Each point's stopped process is an e-value: non-negative, with a mean of at most 1 if the form is
right there.  Runs are simulated from independent networks, each until it stops by itself, so with
one bet held at every run the product of the e-values is one too, and so is their mixture over bets;
log-wealths add bet by bet.  What is read off one run hangs together: there e-values are averaged,
which is an e-value however they depend on each other.  By Markov's inequality it reaches 2/alpha,
on one side or the other, with a probability of at most alpha.  Points join in the order in which
they are laid out; a point that is asked for by itself pools nothing.  A point that is judged twice
is simulated from the same networks both times and joins once, as the first of its trials.  Which
points join must not depend on what was found there: those whose remainder is out of reach stay
out, whatever their verdict.  For the same reason a side pools nothing at all where some point's
draws do not bear out what its wealth assumes.

The pool has a budget of its own, so that it costs the points nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from verify.evidence import Evidence, LogWealth
from verify.evidence.martingales import NONE
from verify.numbers import number
from verify.relations.means.varied import VariedTarget, standing
from verify.relations.planning import price

if TYPE_CHECKING:
    from verify.engine.trial import Trial
    from verify.relations import Target

ALPHA_POOLED = 1e-6
"""False-alarm probability of the pools of one claim in one run, shared evenly by its forms."""

SIDES = ("refute_above", "refute_below")

Weighed = tuple[VariedTarget, Evidence]
"""What a trial says at a point, and what its draws say of that."""


@dataclass(frozen=True)
class Pool:
    """Log e-values of a form over `points` points: that the truth is above it, and below it.

    A side is None that the form does not test, that some point cannot test, or whose assumptions
    the draws of some point do not bear out.
    """

    points: int
    above: float | None
    below: float | None
    threshold: float

    @property
    def refuted(self) -> bool:
        """Whether the pool refutes the form as a whole."""
        return any(side is not None and side >= self.threshold for side in (self.above, self.below))

    def __str__(self) -> str:
        """What refutes the form where no single point does, in words."""
        sides = {"above": self.above, "below": self.below}
        value, side = max((value, name) for name, value in sides.items() if value is not None)
        return (
            f"no single point refutes the form, but {self.points} points together do: measured"
            f" means lie {side} it on the whole, with a pooled log e-value of {number(value)},"
            f" where {number(self.threshold)} refutes"
        )


def pooled(trials: Iterable[Trial], forms: int) -> Pool | None:
    """The pool of one form's trials, one of `forms` forms; None for fewer than two points."""
    return pool_of(
        (
            (
                (trial.point.experiment.label, trial.point.run),
                trial.point.key,
                trial.target,
                trial.evidence,
            )
            for trial in trials
            if not trial.observational
        ),
        forms,
    )


def pool_of(
    seen: Iterable[tuple[tuple[str, ...], str, Target, Evidence | None]], forms: int
) -> Pool | None:
    """The same of what is known by its run, its point, what is said there and its evidence."""
    runs: dict[tuple[str, ...], dict[str, Weighed]] = {}
    for name, point, target, evidence in seen:
        if evidence is None or not evidence.draws or not target.within_reach:
            continue
        if isinstance(target, VariedTarget):
            runs.setdefault(name, {}).setdefault(point, (target, evidence))
    members = [list(run.values()) for run in runs.values()]
    points = sum(map(len, members))
    if points < 2:
        return None
    above, below = (_side(members, name) for name in SIDES)
    return Pool(points, above, below, price(ALPHA_POOLED / forms))


def _side(runs: list[list[Weighed]], name: str) -> float | None:
    """The log-wealth of one side: averaged over what is read off a run, multiplied over runs."""
    every = [one for run in runs for one in run]
    if not all(target.is_as_assumed(evidence, name) for target, evidence in every):
        return None
    usable = reduce(np.logical_and, (target.usable(evidence) for target, evidence in every))
    found = standing(
        _product([[target.free(evidence, name) for target, evidence in run] for run in runs]),
        _product([[target.varied(evidence, name) for target, evidence in run] for run in runs]),
        usable=usable,
        piloted=any(target.pilot is not None for target, _ in every),
        upward=name.endswith("above"),
    )
    return found if math.isfinite(found) else None


def _product(runs: list[list[LogWealth]]) -> LogWealth:
    """Log-wealths averaged within runs and added over them, bet by bet; none where one has none."""
    if not min(bets.size for run in runs for bets in run):
        return NONE
    averages = [np.logaddexp.reduce(run, axis=0) - math.log(len(run)) for run in runs]
    total: LogWealth = np.sum(np.broadcast_arrays(*averages), axis=0)
    return total
