"""Draws blocks of networks on any executor until every trial has its verdict.

The size of a point's blocks and the order in which they are merged depend on the point alone, so a
verdict is the same to the bit for any number of workers, any executor and any interruption.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.engine.executors import in_flight, result_of
from verify.errors import UsageError
from verify.evidence import Evidence, Verdict
from verify.evidence.accounting import ALPHA, Account, Budget
from verify.ledger.store import Ledger
from verify.ledger.trial import Trial, at_the_end, followed, reached, within_reach
from verify.model import Claim, Measure, Point, noise_seed
from verify.model.measure import resolved
from verify.relations import Statement, Target
from verify.relations.words import shown

BLOCKS_PLANNED = 64
"""A plan is drawn in so many blocks: few points need all of it, many but a few hundredths."""

LEAST_BLOCK = 32
"""Draws of a block at least: a loose bound is decided by a few, which say nothing of its slack."""

OVERDRAW = 4
"""A point that is undecided after so many times its plan is INCONCLUSIVE."""

DRAWS_FOR_SHOW = 128
"""Draws for trials out of reach of their limit, where no other trial of the point asks for more."""

Key = tuple[str, int]
"""A trial of a run: the name of its statement, and the number of its point."""

Weighed = tuple[dict[Key, Evidence], float]


@dataclass(frozen=True)
class Asked:
    """What a trial takes of a block, and what it is weighed against.

    `column` is that of its point, where several are read off one run.
    """

    quantity: str
    column: int | None
    target: Target


def weigh_block(
    measure: str | Measure,
    values: Mapping[str, Any],
    asked: Mapping[Key, Asked],
    checked: Sequence[str],
    seed: int,
    first_network: int,
    networks: int,
    device: str,
) -> Weighed:
    """Draw one block of networks and weigh it for each trial; the work of one worker.

    `checked` are quantities that say, draw by draw, whether an assumption is met.
    """
    start = time.perf_counter()
    drawn = resolved(measure)(
        values, seed=seed, first_network=first_network, networks=networks, device=device
    )
    evidence = {key: _weighed(drawn, key[0], one, checked) for key, one in asked.items()}
    return evidence, time.perf_counter() - start


def _weighed(
    drawn: Mapping[str, NDArray[np.float64]], name: str, asked: Asked, checked: Sequence[str]
) -> Evidence:
    x = _column(drawn, name, asked.quantity, asked.column)
    met = [_column(drawn, name, quantity, asked.column) != 0 for quantity in checked]
    if not met:
        return asked.target.weigh(x)
    counts = np.logical_and.reduce(met)
    excluded = int(np.count_nonzero(~counts))
    if excluded == len(counts):
        return Evidence.none(excluded)
    return replace(asked.target.weigh(x[counts]), excluded=excluded)


def _column(
    drawn: Mapping[str, NDArray[np.float64]], name: str, quantity: str, column: int | None
) -> NDArray[np.float64]:
    if quantity not in drawn:
        raise UsageError(
            f"{name}: speaks of the quantity {quantity!r}, and what is measured is "
            f"{', '.join(map(repr, drawn))}"
        )
    return drawn[quantity] if column is None else drawn[quantity][:, column]


class Run:
    """The trials of points that are read off the same networks, fed block by block.

    A stored verdict is not believed: it must follow again from the stored blocks, and where it does
    not, the trial goes on from them.  With a `limit` on its networks, below what is planned, a run
    that ends undecided writes no verdict.
    """

    def __init__(
        self,
        claim: Claim,
        points: Sequence[Point],
        budget: Budget,
        seed: int,
        device: str,
        ledger: Ledger,
        statements: Sequence[Statement] | None = None,
        limit: int | None = None,
    ) -> None:
        self.claim, self.points, self.device = claim, tuple(points), device
        self.experiment = points[0].experiment
        self.ledger = ledger
        self.seed = noise_seed(seed, claim.id, points[0].run)
        account = Account(seed, budget.name, device)
        said = [
            (column, point, statement)
            for column, point in enumerate(points)
            for statement in (claim.says if statements is None else statements)
            if statement.applies(point)
        ]
        self.block_size = _block_size([one.target(point, ALPHA) for _, point, one in said], budget)
        self._limit = None if limit is None else max(1, limit // self.block_size)
        self._keys: dict[int, Key] = {}
        self.trials = []
        for column, point, statement in said:
            trial = ledger.trial(claim, statement, point, account, self.block_size)
            self._keys[trial.row] = statement.name, column
            self.trials.append(trial)
        self._stored = {trial.row: trial.verdict for trial in self.trials}
        for trial in self.trials:
            trial.verdict = None
        self._settle_undrawn(budget)
        feasible = [
            trial.target
            for trial in self.trials
            if within_reach(trial.target) and trial.verdict != "INFEASIBLE"
        ]
        self._decisive_blocks = blocks_to_decide(feasible, budget, self.block_size)
        self._blocks_for_show = blocks_for_show(self.block_size)
        for trial in self.trials:
            trial.allowed_draws = self._allowed_blocks(within_reach(trial.target)) * self.block_size
        self._settle_again()
        self._submitted = min((len(trial.blocks) for trial in self.open), default=0)
        self._merged = self._submitted
        self._waiting: dict[int, Weighed] = {}
        self._settle()

    @property
    def values(self) -> dict[str, Any]:
        """What the measurement is called with: of what is read off the run, one entry a point."""
        values: dict[str, Any] = self.points[0].values
        for name in self._reads:
            values[name] = tuple(point.values[name] for point in self.points)
        return values

    @property
    def _reads(self) -> list[str]:
        """What is read off the run, of what its points have."""
        return [name for name in self.experiment.reads if name in self.points[0].values]

    def _settle_undrawn(self, budget: Budget) -> None:
        """Settle what needs no draws, and what needs too many."""
        for trial in self.open:
            verdict = trial.target.verdict_without_draws()
            if within_reach(trial.target) and trial.target.plan() > budget.draws:
                verdict = "INFEASIBLE"
            if verdict is not None:
                self._conclude(trial, verdict)

    def _settle_again(self) -> None:
        """Settle what reached its verdict in an earlier run."""
        for trial in self.open:
            verdict = followed(trial.blocks, trial.target)
            if verdict is not None:
                self._conclude(trial, verdict)

    def _conclude(self, trial: Trial, verdict: Verdict) -> None:
        if self._stored[trial.row] == verdict:
            trial.verdict = verdict
        else:
            self.ledger.settle(trial, verdict)

    def _allowed_blocks(self, decisive: bool) -> int:
        return self._decisive_blocks if decisive else self._blocks_for_show

    def _at_limit(self, blocks: int) -> bool:
        return self._limit is not None and blocks >= self._limit

    @property
    def open(self) -> list[Trial]:
        """Trials without a verdict."""
        return [trial for trial in self.trials if trial.verdict is None]

    @property
    def blocks(self) -> int:
        """Blocks that the open trials may have."""
        return self._allowed_blocks(any(within_reach(trial.target) for trial in self.open))

    @property
    def in_flight(self) -> int:
        """Blocks asked for and not yet merged."""
        return self._submitted - self._merged

    @property
    def wants_block(self) -> bool:
        """Whether a further block may be submitted."""
        return (
            bool(self.open)
            and self._submitted < self.blocks
            and not self._at_limit(self._submitted)
        )

    def next_block(self) -> tuple[int, Callable[[], Weighed]]:
        """Number of the next block, and the work that draws it."""
        block = self._submitted
        self._submitted += 1
        asked = {}
        for trial in self.open:
            key = self._keys[trial.row]
            column = key[1] if self._reads else None
            asked[key] = Asked(trial.statement.quantity, column, trial.target)
        return block, partial(
            weigh_block,
            self.experiment.measure,
            self.values,
            asked,
            self.experiment.checked,
            self.seed,
            block * self.block_size,
            self.block_size,
            self.device,
        )

    def merge(self, block: int, weighed: Weighed) -> None:
        """Take in a block; blocks count in order, whatever order they arrive in."""
        self._waiting[block] = weighed
        while self.open and self._merged in self._waiting:
            evidence, seconds = self._waiting.pop(self._merged)
            fed = [trial for trial in self.open if len(trial.blocks) == self._merged]
            share = seconds / max(len(fed), 1)
            entries = [(trial, evidence[self._keys[trial.row]], share) for trial in fed]
            self.ledger.add_blocks(self._merged, entries)
            for trial, piece, cost in entries:
                trial.take(piece, cost)
            self._merged += 1
            self._settle()

    def _settle(self) -> None:
        # Those within reach first: when they are done, the others have had enough as well.
        for trial in sorted(self.open, key=lambda one: not within_reach(one.target)):
            verdict = reached(trial.evidence, trial.target)
            if verdict is None and len(trial.blocks) >= self.blocks:
                verdict = at_the_end(trial.target)
            if verdict is None and self._at_limit(len(trial.blocks)):
                trial.verdict = "INCONCLUSIVE"
            if verdict is not None:
                self._conclude(trial, verdict)


def _block_size(targets: Sequence[Target], budget: Budget) -> int:
    """Networks in a block: a part of the plan at the alpha of a whole claim.

    It must not depend on how many trials were entered before, or a resumed run would not find the
    blocks that it left.
    """
    decisive = [target for target in targets if within_reach(target)]
    plans = [plan for target in decisive if 0 < (plan := target.plan()) <= budget.draws]
    whole = math.ceil(max(plans, default=DRAWS_FOR_SHOW))
    least = min(whole, max(LEAST_BLOCK, math.ceil(whole / BLOCKS_PLANNED)))
    if plans and _stated(decisive):
        return next(size for size in range(least, whole + 1) if whole % size == 0)
    return least


def blocks_to_decide(targets: Sequence[Target], budget: Budget, block_size: int) -> int:
    """Blocks after which an undecided point is given up; never fewer with more targets."""
    return math.floor(_allowed(targets, budget) / block_size)


def blocks_for_show(block_size: int) -> int:
    """Blocks of a trial that is out of reach of its limit."""
    return max(1, DRAWS_FOR_SHOW // block_size)


def _allowed(targets: Sequence[Target], budget: Budget) -> float:
    """Draws after which an undecided point is given up."""
    plan = max([target.plan() for target in targets], default=0)
    return plan if _stated(targets) else min(OVERDRAW * plan, budget.draws)


def _stated(targets: Sequence[Target]) -> bool:
    return all(target.stated_draws for target in targets)


def grouped(points: Iterable[Point]) -> list[list[Point]]:
    """Points by the run that they are read off, in order of first sight."""
    runs: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        runs.setdefault((point.experiment.label, point.run), []).append(point)
    return list(runs.values())


Pending = dict[Future[Weighed], tuple[Run, int]]


def run(runs: Sequence[Run], executor: Executor, progress: Callable[[Run], None]) -> None:
    """Feed every run until its trials have verdicts; `progress` is told of each merged block."""
    unsettled = [one for one in runs if one.open]
    pending: Pending = {}
    try:
        while True:
            _submit(unsettled, executor, pending)
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                one, block = pending.pop(future)
                one.merge(block, result_of(future, partial(_place, one)))
                progress(one)
                if not one.open and one in unsettled:
                    unsettled.remove(one)
                    _cancel(pending, one)
    finally:
        for future in pending:
            future.cancel()


def _place(one: Run) -> str:
    return f"{one.claim.id} at {shown(one.values)}"


def _cancel(pending: Pending, settled: Run) -> None:
    """Take back the blocks of a settled point that no worker has begun."""
    for future in [future for future, (owner, _) in pending.items() if owner is settled]:
        if future.cancel():
            del pending[future]


def _submit(runs: Sequence[Run], executor: Executor, pending: Pending) -> None:
    """Keep every worker busy, on different points where there are enough of them."""
    while len(pending) < in_flight(executor):
        eager = [one for one in runs if one.wants_block]
        if not eager:
            return
        chosen = min(eager, key=lambda one: one.in_flight)
        block, work = chosen.next_block()
        pending[executor.submit(work)] = (chosen, block)
