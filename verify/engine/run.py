"""The trials that are read off the same networks, fed block by block.

The size of a point's blocks and the order in which they are merged depend on the point alone, so a
verdict is the same to the bit for any number of workers, any executor and any interruption.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from functools import cached_property, partial, reduce
from itertools import islice
from typing import Any

from verify.engine.blocks import (
    PILOT,
    Asked,
    Key,
    Piloted,
    Weighed,
    pilot_block,
    weigh_block,
)
from verify.engine.executors import in_flight, result_of
from verify.engine.measured import Measured, noise_seed
from verify.engine.sizes import blocks_for_show, blocks_to_decide, size_of_block
from verify.engine.trial import Trial, entered, save
from verify.evidence import Evidence, Verdict
from verify.evidence.accounting import Account, Budget
from verify.evidence.pilot import PILOT_DRAWS
from verify.ledger.identity import Identities
from verify.ledger.store import Ledger
from verify.model import Claim, Point
from verify.relations.said import Spoken
from verify.relations.words import shown

FOLLOWING = ("open", "_awaiting", "blocks", "networks_left")
"""What follows of a run from its trials: every block asks it of all runs, of which one changed."""


class Run:
    """The trials of points that are read off the same networks, fed block by block.

    A stored verdict is not believed: it must follow again from the stored blocks, and where it does
    not, the trial goes on from them.  With a `limit` on its networks, below what is planned, a run
    that ends undecided writes no verdict; `stopped` is one of which more was to be drawn.  Runs of
    one experiment share what is `measured`.
    """

    def __init__(
        self,
        claim: Claim,
        asked: Sequence[Spoken[Point]],
        budget: Budget,
        seed: int,
        device: str,
        ledger: Ledger,
        limit: int | None = None,
        measured: Measured | None = None,
    ) -> None:
        self.claim, self.device = claim, device
        self.points = tuple(one.point for one in asked)
        self.experiment = self.points[0].experiment
        self.ledger, self._budget = ledger, budget
        self._measured = measured or Measured(claim, self.experiment, Identities())
        self.seed = noise_seed(seed, claim.id, self.points[0].run)
        self._pilot_seed = noise_seed(seed, claim.id, f"pilot of {self.points[0].run}")
        account = Account(seed, budget.name, device)
        self.block_size = size_of_block(
            [(told.target, told.plan) for one in asked for told in one.said], budget
        )
        self._limit = None if limit is None else max(1, limit // self.block_size)
        self._keys: dict[int, Key] = {}
        self.trials = []
        for column, one in enumerate(asked):
            for told in one.said:
                trial = entered(
                    ledger, claim.id, one.point, told, self._measured.told_by, account,
                    self.block_size,
                )  # fmt: skip
                trial.verdict = None
                self._keys[trial.row] = told.statement.name, column
                self.trials.append(trial)
        self._waiting: dict[int, Weighed] = {}
        self._piloting = False
        self.stopped = False
        self.beyond: Evidence | None = None
        self.seconds_beyond = 0.0
        self._probed = (0, 0.0)
        self._go_on()
        self._planned = self._networks_planned

    def _go_on(self) -> None:
        """Settle what the stored blocks decide, and go on behind them."""
        self._settle()
        self._submitted = min((len(trial.blocks) for trial in self.open), default=0)
        self._merged = self._submitted
        self._changed()

    def _changed(self) -> None:
        """Forget what follows from trials: evidence, a pilot or a verdict of one has changed."""
        for name in FOLLOWING:
            self.__dict__.pop(name, None)

    @cached_property
    def _awaiting(self) -> list[Trial]:
        """Trials that a pilot has yet to tell how widely draws spread."""
        return [trial for trial in self.open if trial.target.awaits_pilot]

    @property
    def values(self) -> dict[str, Any]:
        """What the measurement is called with: of what is read off the run, one entry a point."""
        values: dict[str, Any] = self.points[0].values
        for name in self._reads:
            values[name] = tuple(point.values[name] for point in self.points)
        if self.experiment.folder:
            values["folder"] = self.experiment.folder
        return values

    @property
    def _reads(self) -> list[str]:
        """What is read off the run, of what its points have."""
        return [name for name in self.experiment.reads if name in self.points[0].values]

    def _conclude(self, trial: Trial, verdict: Verdict) -> None:
        trial.allowed_draws = max(self._allowed(trial), len(trial.blocks)) * self.block_size
        trial.verdict = verdict
        self._changed()

    def _at_limit(self, blocks: int) -> bool:
        return self._limit is not None and blocks >= self._limit

    @property
    def lasts(self) -> bool:
        """Whether all was drawn that it was to draw, from what its draws are known by."""
        return not self.stopped and all(trial.kept for trial in self.trials)

    @cached_property
    def open(self) -> list[Trial]:
        """Trials without a verdict."""
        return [trial for trial in self.trials if trial.verdict is None]

    @cached_property
    def blocks(self) -> int:
        """Blocks that the open trials may have, as far as what was drawn tells."""
        return max((self._allowed(trial) for trial in self.open), default=0)

    def _allowed(self, trial: Trial) -> int:
        if not trial.target.within_reach:
            return blocks_for_show(self.block_size)
        return blocks_to_decide(trial.target, trial.plan, self._budget, self.block_size)

    @property
    def in_flight(self) -> int:
        """Blocks asked for and not yet merged."""
        return self._submitted - self._merged + self._piloting

    @property
    def awaits_proof(self) -> bool:
        """Whether a block is being drawn that tells whether its draws are independent."""
        return self._measured.proof.is_awaited

    @property
    def wants_block(self) -> bool:
        """Whether a further block may be submitted."""
        if self._awaiting:
            return not self._piloting
        return (
            bool(self.open)
            and not self.awaits_proof
            and self._submitted < self.blocks
            and not self._at_limit(self._submitted)
        )

    @cached_property
    def networks_left(self) -> int:
        """Networks that the open trials are planned to take."""
        if not self.open:
            return 0
        decisive = [trial for trial in self.open if trial.target.within_reach]
        # What is held to be wrong is refuted long before it could be confirmed.
        decisive = [trial for trial in decisive if trial.statement.stands] or decisive
        plans = [trial.plan for trial in decisive]
        allowed = self.blocks * self.block_size
        planned = math.ceil(min(max(plans, default=allowed), allowed))
        return max(planned - self._merged * self.block_size, self.block_size)

    @property
    def _networks_planned(self) -> int:
        """Networks that it is planned to take in all; 0 where nothing is open."""
        return self._merged * self.block_size + self.networks_left if self.open else 0

    @property
    def drawn_and_planned(self) -> tuple[int, int]:
        """Networks that it took, and those that it was planned to; of a run that ended, else 0."""
        if self.open or not self._planned:
            return 0, 0
        return self._merged * self.block_size, self._planned

    @property
    def seconds_left(self) -> float | None:
        """Worker time that they will take; None before a block."""
        networks, seconds = self._probed
        if not self.open:
            return 0.0
        return self.networks_left * seconds / networks if networks else None

    def _probe(self, networks: int, seconds: float) -> None:
        done, took = self._probed
        self._probed = (done + networks, took + seconds)

    def stop(self) -> None:
        """Leave undecided what is open: no verdict is written, and a later run goes on."""
        self.stopped = True
        for trial in self.open:
            trial.verdict = "INCONCLUSIVE"
        self._changed()

    def next_block(self) -> tuple[int, Callable[[], Weighed | Piloted]]:
        """Number of the next block, and the work that draws it."""
        if self._awaiting:
            self._piloting = True
            return PILOT, partial(
                pilot_block,
                self._measured.simulated,
                self.values,
                self._asked(self._awaiting),
                self._pilot_seed,
                self.device,
            )
        block = self._submitted
        self._submitted += 1
        return block, self._block(block, self.open, self._measured.proof.begin())

    def _block(self, block: int, trials: Sequence[Trial], in_parts: bool) -> Callable[[], Weighed]:
        """The work that draws a block and weighs it for some trials."""
        return partial(
            weigh_block,
            self._measured.simulated,
            self.values,
            self._asked(trials),
            self.seed,
            block * self.block_size,
            self.block_size,
            self.device,
            in_parts,
        )

    def draw_beyond(self, networks: int, executor: Executor) -> None:
        """Draw so many networks more, in whole blocks, where the run's one trial refutes a mean.

        They come behind its verdict, which knows nothing of them, and are not kept: a mean of draws
        that stop at a refutation lies on its side.  `beyond` is what they say.
        """
        (trial,) = self.trials
        if trial.verdict != "REFUTED" or not trial.target.shows_mean:
            return
        first, count = len(trial.blocks), math.ceil(networks / self.block_size)
        works = (self._block(block, [trial], False) for block in range(first, first + count))
        found = []
        while futures := [executor.submit(one) for one in islice(works, in_flight(executor))]:
            found += [result_of(one, partial(place_of, self)) for one in futures]
        for _, _, outside in found:
            self._measured.keep_apart(self.trials, outside)
        drawn = reduce(operator.add, (block[self._keys[trial.row]] for block, *_ in found))
        self.beyond = drawn if drawn.draws else None
        self.seconds_beyond = sum(seconds for _, seconds, _ in found)

    def _asked(self, trials: Iterable[Trial]) -> dict[Key, Asked]:
        """What these trials take of a block."""
        asked = {}
        for trial in trials:
            key = self._keys[trial.row]
            column = key[1] if self._reads else None
            asked[key] = Asked(trial.statement.quantity, column, trial.target)
        return asked

    def take_pilot(self, piloted: Piloted) -> None:
        """Take in what a pilot says of the spread."""
        pilots, seconds, outside = piloted
        self._measured.keep_apart(self.open, outside)
        self._probe(PILOT_DRAWS, seconds)
        self._piloting = False
        for trial in self._awaiting:
            trial.take_pilot(pilots[self._keys[trial.row]])
        self._changed()
        self._go_on()
        self._planned = self._networks_planned

    def merge(self, block: int, weighed: Weighed) -> None:
        """Take in a block; blocks count in order, whatever order they arrive in."""
        self._waiting[block], self._measured.proof.done = weighed, True
        while self.open and self._merged in self._waiting:
            evidence, seconds, outside = self._waiting.pop(self._merged)
            self._measured.keep_apart(self.open, outside)
            self._probe(self.block_size, seconds)
            fed = [trial for trial in self.open if len(trial.blocks) == self._merged]
            share = seconds / max(len(fed), 1)
            for trial in fed:
                trial.take(evidence[self._keys[trial.row]], share)
            self._merged += 1
            self._changed()
            self._settle()

    def _settle(self) -> None:
        """Conclude what is decided or at its end, and keep what is new; a pilot comes before."""
        for trial in self.open:
            if trial.reached is not None:
                self._conclude(trial, trial.reached)
        allowed = self.blocks
        for trial in [] if self._awaiting else self.open:
            blocks = len(trial.blocks)
            if blocks >= allowed:
                self._conclude(trial, trial.target.at_the_end(trial.evidence, self._budget.draws))
            elif self._at_limit(blocks):
                trial.verdict = "INCONCLUSIVE"
        self._changed()
        save(self.ledger, self.trials)


def grouped(asked: Iterable[Spoken[Point]]) -> list[list[Spoken[Point]]]:
    """Points by the run that they are read off, in order of first sight."""
    runs: dict[tuple[str, str], list[Spoken[Point]]] = {}
    for one in asked:
        runs.setdefault((one.point.experiment.label, one.point.run), []).append(one)
    return list(runs.values())


def place_of(one: Run) -> str:
    """Where it draws, in words."""
    return f"{one.claim.id} at {shown(one.values)}"
