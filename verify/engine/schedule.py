"""Draws blocks of networks on any executor until every run has its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import partial
from heapq import heappop, heappush
from typing import Any

from verify.engine.blocks import PILOT
from verify.engine.executors import Refused, in_flight, not_at_all, result_of
from verify.engine.run import Run, place_of

Pending = dict[Future[Any], tuple[Run, int]]


def run(
    runs: Sequence[Run],
    executor: Executor,
    progress: Callable[[Run], None],
    out_of_time: Callable[[], bool] = lambda: False,
    refused: Refused = not_at_all,
) -> None:
    """Feed every run until its trials have verdicts; `progress` is told of each merged block.

    Once it is `out_of_time`, what is being drawn is taken in, and the rest left undecided; so are
    all runs of a claim of which a block cannot be drawn or weighed, once `refused` was told.
    """
    unsettled = dict.fromkeys(one for one in runs if one.open)
    of_claim: dict[str, list[Run]] = {}
    for one in unsettled:
        of_claim.setdefault(one.claim.id, []).append(one)
    queue = _Queue(unsettled)
    dropped: set[str] = set()
    pending: Pending = {}
    try:
        while True:
            if not out_of_time():
                _submit(queue, executor, pending)
            if not pending:
                for one in unsettled:
                    one.stop()
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                one, block = pending.pop(future)
                if one.claim.id in dropped:
                    continue
                held_up = one.awaits_proof
                try:
                    result = result_of(future, partial(place_of, one))
                except Exception as error:  # whatever a measurement raises
                    refused(one.claim, error)
                    dropped.add(one.claim.id)
                    for other in of_claim[one.claim.id]:
                        if other in unsettled:
                            other.stop()
                            del unsettled[other]
                            _cancel(pending, other)
                    continue
                if block == PILOT:
                    one.take_pilot(result)
                else:
                    one.merge(block, result)
                progress(one)
                # Whoever waits for a proof is another run of the same claim.
                for other in of_claim[one.claim.id] if held_up else (one,):
                    queue.enter(other)
                if not one.open and one in unsettled:
                    del unsettled[one]
                    _cancel(pending, one)
    finally:
        for future in pending:
            future.cancel()


def _cancel(pending: Pending, settled: Run) -> None:
    """Take back the blocks of a settled point that no worker has begun."""
    for future in [future for future, (owner, _) in pending.items() if owner is settled]:
        if future.cancel():
            del pending[future]


def _submit(queue: _Queue, executor: Executor, pending: Pending) -> None:
    """Keep every worker busy, on different points where there are enough of them."""
    while len(pending) < in_flight(executor):
        chosen = queue.next()
        if chosen is None:
            return
        block, work = chosen.next_block()
        pending[executor.submit(work)] = (chosen, block)
        queue.enter(chosen)


class _Queue:
    """Runs that want a block, in their turn: finding the next does not look at all of them.

    A block of each comes first: it tells how long the rest will take.  Then comes what takes least,
    so that a run that is stopped has decided as many points as it could.  A run that has changed is
    entered anew, and what it was entered with before is passed over.
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = list(runs)
        self._places = {one: place for place, one in enumerate(self._runs)}
        self._entered: list[tuple[Turn, int]] = []
        for one in self._runs:
            self.enter(one)

    def enter(self, one: Run) -> None:
        """Take in a run as it is now."""
        if one.wants_block:
            heappush(self._entered, (_turn(one), self._places[one]))

    def next(self) -> Run | None:
        """Whose turn it is; None where none wants a block."""
        while self._entered:
            turn, place = heappop(self._entered)
            one = self._runs[place]
            if one.wants_block and turn == _turn(one):
                return one
        return None


Turn = tuple[bool, int, float]


def _turn(one: Run) -> Turn:
    left = one.seconds_left
    return left is not None, one.in_flight, left or 0.0
