"""What judging a claim will take, before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verify.engine.run import grouped
from verify.engine.sizes import DRAWS_FOR_SHOW
from verify.evidence.accounting import Budget, share_of_alpha
from verify.model import Claim, Point
from verify.numbers import plural
from verify.relations import Statement, Target
from verify.relations.said import Spoken
from verify.relations.words import shown


@dataclass(frozen=True)
class Planned:
    """A form at a point: the draws that CONFIRMED takes if the form is right (inf if none will do).

    A trial out of reach of its limit confirms nothing, and is drawn for show.
    """

    statement: Statement
    point: Point
    target: Target
    draws: float

    @property
    def name(self) -> str:
        """The trial in words."""
        return f"{self.statement.name} at {shown(self.point.values)}"


@dataclass(frozen=True)
class Plan:
    """The trials of a claim in the order of a fresh run, run by run."""

    claim: Claim
    budget: Budget
    points: int
    runs: tuple[tuple[Planned, ...], ...]

    @property
    def draws(self) -> tuple[float, ...]:
        """Networks planned of each run: what its costliest feasible form takes."""
        return tuple(self._draws(trials) for trials in self.runs)

    @property
    def infeasible(self) -> tuple[Planned, ...]:
        """Trials whose plan exceeds the budget: they can be refuted, and not confirmed."""
        return tuple(one for trials in self.runs for one in trials if self._infeasible(one))

    def _infeasible(self, one: Planned) -> bool:
        return one.target.within_reach and one.draws > self.budget.draws

    def _draws(self, trials: tuple[Planned, ...]) -> float:
        decisive = [one for one in trials if one.target.within_reach]
        feasible = [one.draws for one in decisive if not self._infeasible(one)]
        for_show = DRAWS_FOR_SHOW if len(decisive) < len(trials) else 0
        return max(feasible, default=for_show)


def plan(claim: Claim, asked: Sequence[Spoken[Point]], budget: Budget) -> Plan:
    """The plan of a claim at some points in a ledger that holds nothing of it."""
    runs = []
    position = 0
    for together in grouped(asked):
        trials = []
        for one in together:
            for said in one.said:
                position += 1
                target = replace(said.target, alpha=share_of_alpha(position))
                trials.append(Planned(said.statement, one.point, target, target.plan()))
        runs.append(tuple(trials))
    return Plan(claim, budget, len(asked), tuple(runs))


def in_words(found: Plan) -> Iterator[str]:
    """A line on the claim, and one on each trial that is not confirmed."""
    draws = found.draws
    largest = max(range(len(draws)), key=draws.__getitem__)
    place = shown(found.runs[largest][0].point.values) if found.runs[largest] else "no point"
    measured = any(one.target.awaits_pilot for trials in found.runs for one in trials)
    yield (
        f"{found.claim.id}  {plural(found.points, 'point')} in {plural(len(draws), 'run')},"
        f" {sum(draws):,.0f} draws{' at least, as a pilot measures the variance' * measured};"
        f" most, {draws[largest]:,.0f}, at {place}"
    )
    for one in found.infeasible:
        yield f"    INFEASIBLE  {one.name}: {_reason(one, found.budget)}"


def _reason(one: Planned, budget: Budget) -> str:
    if math.isfinite(one.draws):
        return f"takes {one.draws:,.0f} draws, and {budget.name} allows {budget.draws:,}"
    return one.target.no_plan()
