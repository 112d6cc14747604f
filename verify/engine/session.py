"""Where and how the trials of a run are judged, and how far it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from verify.engine.executors import Refused, not_at_all
from verify.engine.measured import Measured
from verify.engine.progress import Progress, Tally
from verify.engine.run import Run, grouped
from verify.engine.schedule import run
from verify.errors import UsageError
from verify.evidence.accounting import Budget
from verify.ledger.identity import Identities
from verify.ledger.store import Ledger
from verify.model import Claim, Experiment, Point
from verify.relations.said import Spoken


@dataclass
class Session:
    """Where and how trials are run, and until when (of `time.monotonic`)."""

    budget: Budget
    seed: int
    device: str
    ledger: Ledger
    executor: Executor
    report: Callable[[Progress], None]
    deadline: float = math.inf
    networks: int = 0
    _measured: dict[tuple[str, str], Measured] = field(default_factory=dict)
    _identities: Identities = field(default_factory=Identities)

    def _out_of_time(self) -> bool:
        """Whether no further block is to be drawn."""
        return time.monotonic() >= self.deadline

    def judge(
        self,
        wanted: Iterable[tuple[Claim, Sequence[Spoken[Point]]]],
        *,
        seed: int | None = None,
        limit: int | None = None,
        beyond: int = 0,
        doing: str = "judging",
        refused: Refused = not_at_all,
    ) -> list[Run]:
        """Run what is said at points to its verdicts, that of one run together.

        `seed` is the session's unless given; `limit` is how many networks a run may take, if fewer
        than planned, `beyond` how many more are drawn behind a refutation, of runs of one trial,
        and `doing` says what this is for.
        """
        chosen = self.seed if seed is None else seed
        runs: list[Run] = []
        for claim, asked in wanted:
            try:
                runs += [
                    Run(
                        claim, one, self.budget, chosen, self.device, self.ledger, limit,
                        self._measured_by(claim, one[0].point.experiment),
                    )
                    for one in grouped(asked)
                ]  # fmt: skip
            except Exception as error:  # of one claim, whatever it is
                refused(claim, error)

        tally = Tally(runs)

        def tell(latest: Run | None = None) -> None:
            self.networks += 0 if latest is None else latest.block_size
            told = latest or next(one for one in runs if one.open)
            self.report(tally.progress(f"{doing} {told.claim.id}", self.networks, latest))

        def drop(claim: Claim, error: Exception) -> None:
            refused(claim, error)
            tally.drop(claim.id)

        if any(one.open for one in runs):
            tell()
        run(runs, self.executor, tell, self._out_of_time, drop)
        for one in runs if beyond else ():
            if self._out_of_time():
                one.stop()
            else:
                one.draw_beyond(beyond, self.executor)
        return runs

    def _measured_by(self, claim: Claim, one: Experiment) -> Measured:
        """What an experiment measures: of one claim, which falls with it."""
        key = claim.id, one.label
        if key not in self._measured:
            self._measured[key] = Measured(claim, one, self._identities)
        return self._measured[key]


def resolved(device: str) -> str:
    """The device type that `device` stands for here."""
    if device == "cpu":
        return device  # without torch, which takes seconds to import
    from numerics.simulation.device import resolved_device

    try:
        return resolved_device(device)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error
