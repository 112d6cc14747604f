"""Draws blocks of networks on any executor until every run has its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import partial
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
    unsettled = [one for one in runs if one.open]
    dropped: set[str] = set()
    pending: Pending = {}
    try:
        while True:
            if not out_of_time():
                _submit(unsettled, executor, pending)
            if not pending:
                for one in unsettled:
                    one.stop()
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                one, block = pending.pop(future)
                if one.claim.id in dropped:
                    continue
                try:
                    result = result_of(future, partial(place_of, one))
                except Exception as error:  # whatever a measurement raises
                    refused(one.claim, error)
                    dropped.add(one.claim.id)
                    for other in [each for each in unsettled if each.claim is one.claim]:
                        other.stop()
                        unsettled.remove(other)
                        _cancel(pending, other)
                    continue
                if block == PILOT:
                    one.take_pilot(result)
                else:
                    one.merge(block, result)
                progress(one)
                if not one.open and one in unsettled:
                    unsettled.remove(one)
                    _cancel(pending, one)
    finally:
        for future in pending:
            future.cancel()


def _cancel(pending: Pending, settled: Run) -> None:
    """Take back the blocks of a settled point that no worker has begun."""
    for future in [future for future, (owner, _) in pending.items() if owner is settled]:
        if future.cancel():
            del pending[future]


def _submit(runs: Sequence[Run], executor: Executor, pending: Pending) -> None:
    """Keep every worker busy, on different points where there are enough of them.

    A block of each comes first: it tells how long the rest will take.  Then comes what takes least,
    so that a run that is stopped has decided as many points as it could.
    """
    while len(pending) < in_flight(executor):
        chosen = min((one for one in runs if one.wants_block), key=_turn, default=None)
        if chosen is None:
            return
        block, work = chosen.next_block()
        pending[executor.submit(work)] = (chosen, block)


def _turn(one: Run) -> tuple[bool, int, float]:
    left = one.seconds_left
    return left is not None, one.in_flight, left or 0.0
