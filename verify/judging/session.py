"""Where and how the trials of a run are judged, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from verify.engine.run import PointRun, run
from verify.errors import UsageError
from verify.evidence.accounting import Budget
from verify.ledger.store import Ledger
from verify.model import Claim, Point


@dataclass(frozen=True)
class Progress:
    """How far a run is, told after each block; `networks` are those drawn in this run.

    `total` counts the points of what is being done: a search for a smaller counterexample, and its
    repeat, have points of their own.
    """

    doing: str
    done: int
    total: int
    networks: int


@dataclass
class Session:
    """Where and how trials are run."""

    budget: Budget
    seed: int
    device: str
    ledger: Ledger
    executor: Executor
    report: Callable[[Progress], None]
    networks: int = 0

    def judge(
        self, wanted: Iterable[tuple[Claim, Point, int]], doing: str = "judging"
    ) -> list[PointRun]:
        """Run the given points, each under its seed, to their verdicts."""
        runs = [
            PointRun(claim, point, self.budget, seed, self.device, self.ledger)
            for claim, point, seed in wanted
        ]

        def tell(latest: PointRun) -> None:
            self.networks += latest.block_size
            done = sum(not point_run.open for point_run in runs)
            self.report(Progress(f"{doing} {latest.claim.id}", done, len(runs), self.networks))

        run(runs, self.executor, tell)
        return runs


def resolved(device: str) -> str:
    """The device type that `device` stands for here."""
    from numerics.simulation.device import resolved_device

    try:
        return resolved_device(device)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error
