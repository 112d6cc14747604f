"""Judges claims: the grid, then the smallest counterexample of each form that was refuted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass

from verify.claim import Budget, Claim, Judged, Point, Value, budget_named
from verify.engine import PointRun, run
from verify.errors import UsageError
from verify.established import Ranges, place_of, ranges, seen
from verify.executors import opened
from verify.judgement import RANK, ClaimVerdict, Counterexample, Judgement
from verify.ledger import ALPHA, Ledger, Trial, fingerprint
from verify.pooling import pooled
from verify.teeth import VERSION, Bite, bites, errors_shown

__all__ = [
    "RANK",
    "ClaimVerdict",
    "Counterexample",
    "Judgement",
    "Progress",
    "check",
    "check_all",
]


@dataclass(frozen=True)
class Progress:
    """How far a run is, told after each block; `networks` are those drawn in this run."""

    claim: str
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

    def judge(self, wanted: Iterable[tuple[Claim, Point, int]]) -> list[PointRun]:
        """Run the given points, each under its seed, to their verdicts."""
        runs = [
            PointRun(claim, point, self.budget, seed, self.device, self.ledger)
            for claim, point, seed in wanted
        ]

        def tell(latest: PointRun) -> None:
            self.networks += latest.block_size
            done = sum(not point_run.open for point_run in runs)
            self.report(Progress(latest.claim.id, done, len(runs), self.networks))

        run(runs, self.executor, tell)
        return runs


def check(
    claim: str | Claim,
    *,
    budget: str = "quick",
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    device: str = "auto",
    ledger: str | Ledger = ":memory:",
    examples: int = 0,
    **parameters: Value,
) -> ClaimVerdict:
    """Judge one claim: on its whole grid, or at the one parameter point that is given.

    `claim` is an id such as "furusho2020/mean-eig-resnet", or a Claim.  Networks are drawn by
    `workers` processes (1, the default: this process), or by any executor of yours, which stays
    open.  The verdict depends on budget and seed, not on who draws.  A ledger that already holds it
    gives it back; one that holds other trials of the claim under that seed leaves less of alpha for
    new ones.  `examples` further points, drawn by hypothesis before any is judged, join
    the grid: inside its ends, and the same in every run.
    Raises UsageError (one line) for anything that cannot be met, and theory's DomainError for a
    parameter outside a form's domain.
    """
    from verify.claims import find

    chosen = find(claim) if isinstance(claim, str) else claim
    if not isinstance(chosen, Claim):
        raise UsageError(f"claim = {claim!r}: must be the id of a claim, or a Claim")
    if isinstance(ledger, Ledger):
        (verdict,) = check_all(
            [chosen], budget, seed, workers, device, ledger,
            executor=executor, only=parameters or None, examples=examples,
        )  # fmt: skip
        return verdict
    with Ledger(ledger) as kept:
        return check(
            chosen, budget=budget, seed=seed, workers=workers, executor=executor, device=device,
            ledger=kept, examples=examples, **parameters,
        )  # fmt: skip


def check_all(
    claims: Sequence[Claim],
    budget: str,
    seed: int,
    workers: int | None,
    device: str,
    ledger: Ledger,
    *,
    executor: Executor | None = None,
    only: Mapping[str, Value] | None = None,
    examples: int = 0,
    report: Callable[[Progress], None] = lambda _: None,
) -> list[ClaimVerdict]:
    """Judge several claims on one executor.

    `only` narrows them to one point; `examples` is how many points join the grid of each.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed = {seed!r}: must be an integer >= 0")
    level = budget_named(budget)
    points = {claim.id: _points(claim, level, only, examples) for claim in claims}
    with opened(workers, executor) as drawing:
        session = Session(level, seed, resolved(device), ledger, drawing, report)
        runs = session.judge((claim, point, seed) for claim in claims for point in points[claim.id])
        trials = [(point_run.claim, trial) for point_run in runs for trial in point_run.trials]
        return [
            _conclude(claim, [t for c, t in trials if c is claim], session, whole=only is None)
            for claim in claims
        ]


def _points(
    claim: Claim, budget: Budget, only: Mapping[str, Value] | None, examples: int
) -> tuple[Point, ...]:
    """The points to judge: all of them are known before the first is."""
    if isinstance(examples, bool) or not isinstance(examples, int) or examples < 0:
        raise UsageError(f"examples = {examples!r}: must be an integer >= 0")
    if only is not None and examples:
        raise UsageError(f"examples = {examples}: join a grid, and one point is asked for")
    if only is not None:
        return claim.select(only, budget)
    if not examples:
        return claim.points(budget)
    from verify.strategies import explored

    further = explored(claim, budget, examples)
    if len(further) < examples:
        logging.getLogger("touchstone").warning(
            "examples = %d: %s has no more than %d further points", examples, claim.id, len(further)
        )
    found = (point for values in further for point in claim.reachable(values, budget))
    return (*claim.points(budget), *found)


def resolved(device: str) -> str:
    """The device type that `device` stands for here."""
    from numerics.simulation.device import resolved_device

    try:
        return resolved_device(device)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def _conclude(
    claim: Claim, trials: Sequence[Trial], session: Session, *, whole: bool
) -> ClaimVerdict:
    """The judgement on each form that speaks of the points; evidence is pooled over whole grids."""
    left = ranges(trials)
    judgements = []
    for judged in claim.judged:
        mine = tuple(trial for trial in trials if trial.judged is judged)
        if not mine and not whole:
            continue
        right = claim.successor(judged)
        refuted = [t for t in mine if t.verdict == "REFUTED" and t.counted]
        judgements.append(
            Judgement(
                claim=claim,
                judged=judged,
                trials=mine,
                counterexample=_counterexample(claim, judged, refuted, session)
                if refuted
                else None,
                bites=_bites(claim, judged, mine, left, session.ledger),
                errors_shown=errors_shown(mine, [t for t in trials if t.judged is right], left),
                pool=pooled(mine, len(claim.judged)) if whole else None,
            )
        )
    return ClaimVerdict(claim, tuple(judgements))


def _bites(
    claim: Claim, judged: Judged, trials: Sequence[Trial], left: Ranges, ledger: Ledger
) -> tuple[Bite, ...]:
    """The fate of a form's mutants, from the ledger where it was found before."""
    weighed = [
        (trial.mark, trial.verdict, asdict(trial.target), str(left[place_of(trial)]))
        for trial in trials
    ]
    right = claim.successor(judged)
    formulas = [str(one.form.expr) for one in (judged, right) if one is not None]
    mark = fingerprint(VERSION, claim.id, judged.name, formulas, judged.form.limit, weighed)
    stored = ledger.record("mutation", mark)
    if stored is None:
        stored = {"bites": [asdict(bite) for bite in bites(judged, trials, left, right)]}
        ledger.add_record("mutation", mark, stored)
    return tuple(Bite(**one) for one in stored["bites"])


def _size(parameters: Mapping[str, Value]) -> tuple[float, ...]:
    """The order in which one counterexample is smaller than another."""
    numbers = [float(value) for value in parameters.values() if not isinstance(value, str)]
    return (sum(numbers), *numbers)


def _neighbours(claim: Claim, point: Point, budget: Budget) -> list[Point]:
    """Points of the same setting, sizes apart, with one integer parameter less by one.

    From far up the lattice they are also less by each power of 2, so that it is descended in leaps.
    """
    found = []
    for name, value in point.parameters.items():
        for less in _lowered(value):
            smaller = {**point.parameters, name: less}
            if claim.speaks_of(smaller):
                found += [near for near in claim.place(smaller, budget) if _alike(near, point)]
    return found


FAR_UP = 64
"""From here on a parameter is lowered in leaps as well."""


def _lowered(value: Value) -> list[int]:
    if not isinstance(value, int):
        return []
    leaps = value.bit_length() if value >= FAR_UP else 1
    return [value - 2**k for k in range(leaps)]


def _alike(one: Point, other: Point) -> bool:
    """Whether two points simulate the same kind of network on the same kind of inputs."""
    kinds = [{k: v for k, v in p.setting.items() if isinstance(v, str)} for p in (one, other)]
    return kinds[0] == kinds[1]


def _counterexample(
    claim: Claim, judged: Judged, refuted: Sequence[Trial], session: Session
) -> Counterexample:
    """Descend the lattice from the smallest refuted trial; repeat the end under a fresh seed."""
    right = claim.successor(judged)
    least = min(refuted, key=lambda trial: _size(trial.point.parameters))
    corrected = None if right is None else right.identity(least.point)
    mark = fingerprint(claim.id, judged.name, sorted(trial.mark for trial in refuted), corrected)
    stored = session.ledger.record("counterexample", mark)
    if stored is not None:
        return Counterexample(**stored)
    while True:
        points = _neighbours(claim, least.point, session.budget)
        runs = session.judge((claim, point, session.seed) for point in points)
        tried = [t for run in runs for t in run.trials if t.judged is judged and t.counted]
        wrong = [trial for trial in tried if trial.verdict == "REFUTED"]
        size = _size(least.point.parameters)
        # A place may answer with another point than it was asked for: never go back up.
        smaller = [trial for trial in wrong if _size(trial.point.parameters) < size]
        if not smaller:
            break
        least = min(smaller, key=lambda trial: _size(trial.point.parameters))
    fresh = session.seed + FRESH
    again = session.judge([(claim, least.point, fresh)])[0].trials
    repeat = next(trial for trial in again if trial.judged is judged)
    example = Counterexample(
        parameters=dict(least.point.parameters),
        setting=dict(least.point.setting),
        theory=least.target.value,
        corrected=None if right is None else right.target(least.point, ALPHA).value,
        finite_size=least.target.finite_size,
        estimate=seen(least),
        standard_error=0.0 if least.evidence is None else least.evidence.standard_error,
        repeat_seed=fresh,
        repeat_verdict=repeat.verdict or "INCONCLUSIVE",
        repeat_estimate=seen(repeat),
        neighbours=[{"parameters": dict(t.point.parameters), "verdict": t.verdict} for t in tried],
    )
    session.ledger.add_record("counterexample", mark, vars(example))
    return example


FRESH = 1_000_003
"""Added to the master seed where a refutation is repeated."""
