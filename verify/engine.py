"""Draws blocks of networks on any executor until every trial has its verdict.

The size of a point's blocks and the order in which they are merged depend on the point alone, so a
verdict is the same to the bit for any number of workers, any executor and any interruption.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any

from verify.claim import Budget, Claim, Measure, Point, noise_seed
from verify.errors import UsageError
from verify.ledger import ALPHA, Ledger, Run, Trial
from verify.statistics import (
    Evidence,
    Target,
    decide_in_order,
    draws_to_confirm,
    weigh,
)

BLOCKS_PLANNED = 16
"""A plan is drawn in so many blocks: early stopping saves up to 15/16 of it."""

OVERDRAW = 4
"""A point that is undecided after so many times its plan is INCONCLUSIVE."""

Weighed = tuple[dict[str, Evidence], float]


class InProcess(Executor):
    """Runs each call at once in the calling process."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Run now; the future is done when it is returned."""
        future: Future[Weighed] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _start_worker() -> None:
    # The driver alone answers Ctrl-C; a worker that did would print a traceback of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def executor(workers: int) -> Iterator[tuple[Executor, int]]:
    """An executor of `workers` processes (1: this process), and its width."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise UsageError(f"workers = {workers!r}: must be an integer >= 1")
    if workers == 1:
        yield InProcess(), 1
        return
    # A forked copy of a process that has run torch's threads can hang; a spawned one cannot.
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker
    )
    try:
        yield pool, workers
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def weigh_block(
    measure: Measure,
    values: Mapping[str, Any],
    targets: Mapping[str, tuple[str, Target]],
    seed: int,
    first_network: int,
    networks: int,
    device: str,
) -> Weighed:
    """Draw one block of networks and weigh it for each form; the work of one worker.

    `targets` maps the name of a form to the quantity it speaks of and what it says of it.
    """
    start = time.perf_counter()
    drawn = measure(
        values, seed=seed, first_network=first_network, networks=networks, device=device
    )
    evidence = {
        name: weigh(drawn[quantity], target) for name, (quantity, target) in targets.items()
    }
    return evidence, time.perf_counter() - start


class PointRun:
    """The trials of one point, fed block by block."""

    def __init__(
        self, claim: Claim, point: Point, budget: Budget, seed: int, device: str, ledger: Ledger
    ) -> None:
        self.claim, self.point, self.device = claim, point, device
        self.ledger = ledger
        self.seed = noise_seed(seed, claim.id, point.key)
        drawn_from = Run(seed, budget.name, device)
        judged = [one for one in claim.judged if one.applies(point)]
        self.block_size = _block_size([one.target(point, ALPHA) for one in judged], budget)
        self.trials = [
            ledger.trial(claim, one, point, drawn_from, self.block_size) for one in judged
        ]
        for trial in self.open:
            if draws_to_confirm(trial.target) > budget.draws:
                ledger.settle(trial, "INFEASIBLE")
        feasible = [trial.target for trial in self.trials if trial.verdict != "INFEASIBLE"]
        self.blocks = math.floor(_allowed(feasible, budget) / self.block_size)
        for trial in self.trials:
            trial.allowed_draws = self.blocks * self.block_size
        self._submitted = min((len(trial.blocks) for trial in self.open), default=0)
        self._merged = self._submitted
        self._waiting: dict[int, Weighed] = {}
        self._settle()

    @property
    def open(self) -> list[Trial]:
        """Trials without a verdict."""
        return [trial for trial in self.trials if trial.verdict is None]

    @property
    def in_flight(self) -> int:
        """Blocks asked for and not yet merged."""
        return self._submitted - self._merged

    @property
    def wants_block(self) -> bool:
        """Whether a further block may be submitted."""
        return bool(self.open) and self._submitted < self.blocks

    def next_block(self) -> tuple[int, Callable[[], Weighed]]:
        """Number of the next block, and the work that draws it."""
        block = self._submitted
        self._submitted += 1
        targets = {trial.judged.name: (trial.judged.quantity, trial.target) for trial in self.open}
        first = block * self.block_size
        return block, partial(
            weigh_block,
            self.claim.measure,
            self.point.values,
            targets,
            self.seed,
            first,
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
            entries = [(trial, evidence[trial.judged.name], share) for trial in fed]
            self.ledger.add_blocks(self._merged, entries)
            for trial, piece, cost in entries:
                trial.blocks.append(piece)
                trial.seconds += cost
            self._merged += 1
            self._settle()

    def _settle(self) -> None:
        for trial in self.open:
            verdict, _ = decide_in_order(trial.blocks, trial.target)
            if verdict is None and len(trial.blocks) >= self.blocks:
                verdict = "CONFIRMED" if trial.target.relation == "exact" else "INCONCLUSIVE"
            if verdict is not None:
                self.ledger.settle(trial, verdict)


def _block_size(targets: Sequence[Target], budget: Budget) -> int:
    """Networks in a block: a part of the plan at the alpha of a whole claim.

    It must not depend on how many trials were entered before, or a resumed run would not find the
    blocks that it left.
    """
    parts = 1 if _at_once(targets) else BLOCKS_PLANNED
    plans = [draws_to_confirm(target) for target in targets]
    return math.ceil(max([plan for plan in plans if plan <= budget.draws], default=1) / parts)


def _allowed(targets: Sequence[Target], budget: Budget) -> float:
    """Draws after which an undecided point is given up."""
    plan = max([draws_to_confirm(target) for target in targets], default=0)
    return plan if _at_once(targets) else min(OVERDRAW * plan, budget.draws)


def _at_once(targets: Sequence[Target]) -> bool:
    return all(target.relation == "exact" for target in targets)


def run(
    runs: Sequence[PointRun], pool: Executor, width: int, progress: Callable[[PointRun], None]
) -> None:
    """Feed every run until its trials have verdicts; `progress` is told of each merged block."""
    pending: dict[Future[Weighed], tuple[PointRun, int]] = {}
    try:
        while True:
            _submit(runs, pool, width, pending)
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                point_run, block = pending.pop(future)
                point_run.merge(block, future.result())
                progress(point_run)
    except BrokenProcessPool as error:
        raise UsageError(
            "a worker process died; what was measured is kept, run the command again to go on"
        ) from error
    finally:
        for future in pending:
            future.cancel()


def _submit(
    runs: Sequence[PointRun],
    pool: Executor,
    width: int,
    pending: dict[Future[Weighed], tuple[PointRun, int]],
) -> None:
    """Keep every worker busy, on different points where there are enough of them."""
    while len(pending) < width:
        eager = [point_run for point_run in runs if point_run.wants_block]
        if not eager:
            return
        chosen = min(eager, key=lambda point_run: point_run.in_flight)
        block, work = chosen.next_block()
        pending[pool.submit(work)] = (chosen, block)
