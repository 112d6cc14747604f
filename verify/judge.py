"""Judges claims: the grid, then the smallest counterexample of each form that was refuted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from verify.claim import Budget, Claim, Judged, Point, Value, budget_named
from verify.engine import PointRun, executor, run
from verify.errors import UsageError
from verify.ledger import ALPHA, Ledger, Trial, fingerprint
from verify.statistics import Verdict

RANK: tuple[Verdict, ...] = ("REFUTED", "INCONCLUSIVE", "INFEASIBLE", "CONFIRMED")
"""A form's verdict is the first of these that one of its counted points has."""


@dataclass(frozen=True)
class Counterexample:
    """The smallest refuted point that lattice descent found, repeated under a fresh seed."""

    parameters: Mapping[str, Value]
    setting: Mapping[str, Value]
    theory: float
    corrected: float | None
    finite_size: float
    estimate: float
    standard_error: float
    repeat_seed: int
    repeat_verdict: Verdict
    repeat_estimate: float
    neighbours: Sequence[Mapping[str, Any]]

    @property
    def ratio(self) -> float:
        """Measured mean over the form's value."""
        return self.estimate / self.theory


@dataclass(frozen=True, repr=False)
class Judgement:
    """What was found about one form of a claim."""

    claim: Claim
    judged: Judged
    trials: tuple[Trial, ...]
    counterexample: Counterexample | None

    def __repr__(self) -> str:
        return f"<{self.verdict} {self.claim.id} {self.judged.name}, {self.decided} points>"

    @property
    def counted(self) -> tuple[Trial, ...]:
        """Trials inside the form's assumptions; only these decide."""
        return tuple(trial for trial in self.trials if trial.counted)

    @property
    def verdict(self) -> Verdict:
        """The form's verdict over its counted points."""
        found = {trial.verdict for trial in self.counted}
        return next((verdict for verdict in RANK if verdict in found), "INCONCLUSIVE")

    @property
    def expected(self) -> Verdict:
        """The verdict that the catalogue expects at these points.

        A superseded form is right where it differs from its successor by less than the remainder,
        as at a depth before the two part.
        """
        right = self.claim.successor(self.judged)
        if right is None or any(_parted(trial, right) for trial in self.counted):
            return self.judged.expected
        return "CONFIRMED"

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the catalogue expects."""
        return self.verdict == self.expected

    @property
    def epsilon(self) -> float | None:
        """The largest relative error that CONFIRMED leaves open, over the counted points."""
        if self.verdict != "CONFIRMED":
            return None
        return max(trial.target.epsilon for trial in self.counted)

    @property
    def decided(self) -> int:
        """Counted points with a verdict that decides."""
        return sum(trial.verdict in ("CONFIRMED", "REFUTED") for trial in self.counted)

    @property
    def smallest_detectable_error(self) -> float | None:
        """The error that every decided, counted point would have caught; None without one."""
        errors = [trial.smallest_detectable_error for trial in self.counted]
        known = [error for error in errors if error is not None]
        return max(known) if known else None

    @property
    def seconds(self) -> float:
        """Worker time spent on this form; points shared by several forms are split evenly."""
        return sum(trial.seconds for trial in self.trials)

    @property
    def networks(self) -> int:
        """Networks drawn for this form."""
        return sum(block.draws for trial in self.trials for block in trial.blocks)

    def summary(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        found = self.counterexample
        return {
            "id": self.claim.id,
            "form": self.judged.name,
            "verdict": self.verdict,
            "expected": self.expected,
            "eps": self.epsilon,
            "alpha": ALPHA,
            "points": len(self.counted),
            "decided": self.decided,
            "counterexample": None if found is None else dict(found.parameters),
            "smallest_detectable_error": self.smallest_detectable_error,
            "mutation_score": None,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, repr=False)
class ClaimVerdict:
    """What was found about a claim: one judgement for each of its forms."""

    claim: Claim
    judgements: tuple[Judgement, ...]

    def __repr__(self) -> str:
        found = ", ".join(f"{j.judged.name}: {j.verdict}" for j in self.judgements)
        return f"<{self.claim.id}: {found}>"

    def __getitem__(self, form: str) -> Judgement:
        return next(j for j in self.judgements if j.judged is self.claim.form(form))

    @property
    def as_expected(self) -> bool:
        """Whether every form got the verdict that the catalogue expects."""
        return all(judgement.as_expected for judgement in self.judgements)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the forms that are not superseded: what one should believe."""
        standing = {j.verdict for j in self.judgements if j.judged.form.superseded_by is None}
        return next((verdict for verdict in RANK if verdict in standing), "INCONCLUSIVE")


@dataclass(frozen=True)
class Progress:
    """How far a run is, told after each block."""

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
    pool: Executor
    width: int
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

        run(runs, self.pool, self.width, tell)
        return runs


def check(
    claim: str | Claim,
    *,
    budget: str = "quick",
    seed: int = 0,
    workers: int = 1,
    device: str = "auto",
    ledger: str | Ledger = ":memory:",
    **parameters: Value,
) -> ClaimVerdict:
    """Judge one claim: on its whole grid, or at the one parameter point that is given.

    `claim` is an id such as "furusho2020/mean-eig-resnet", or a Claim.  The verdict depends on
    budget and seed, not on workers.  A ledger that already holds it gives it back; one that holds
    other trials of the claim under that seed leaves less of alpha for new ones.
    Raises UsageError (one line) for anything that cannot be met, and theory's DomainError for a
    parameter outside a form's domain.
    """
    from verify.claims import find

    chosen = find(claim) if isinstance(claim, str) else claim
    if not isinstance(chosen, Claim):
        raise UsageError(f"claim = {claim!r}: must be the id of a claim, or a Claim")
    if isinstance(ledger, Ledger):
        return check_all([chosen], budget, seed, workers, device, ledger, only=parameters or None)[
            0
        ]
    with Ledger(ledger) as opened:
        return check_all([chosen], budget, seed, workers, device, opened, only=parameters or None)[
            0
        ]


def check_all(
    claims: Sequence[Claim],
    budget: str,
    seed: int,
    workers: int,
    device: str,
    ledger: Ledger,
    *,
    only: Mapping[str, Value] | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> list[ClaimVerdict]:
    """Judge several claims with one pool of workers; `only` narrows them to one point."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed = {seed!r}: must be an integer >= 0")
    level = budget_named(budget)
    points = {
        claim.id: claim.points(level) if only is None else claim.select(only, level)
        for claim in claims
    }
    with executor(workers) as (pool, width):
        session = Session(level, seed, resolved(device), ledger, pool, width, report)
        runs = session.judge((claim, point, seed) for claim in claims for point in points[claim.id])
        trials = [(point_run.claim, trial) for point_run in runs for trial in point_run.trials]
        return [_conclude(claim, [t for c, t in trials if c is claim], session) for claim in claims]


def resolved(device: str) -> str:
    """The device type that `device` stands for here."""
    from numerics.networks import resolved_device

    try:
        return resolved_device(device)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def _parted(trial: Trial, successor: Judged) -> bool:
    """Whether a superseded form differs from its successor by more than the remainder."""
    ratio = successor.target(trial.point, ALPHA).value / trial.target.value
    return abs(ratio - 1) > trial.target.finite_size


def _conclude(claim: Claim, trials: Sequence[Trial], session: Session) -> ClaimVerdict:
    judgements = []
    for judged in claim.judged:
        mine = tuple(trial for trial in trials if trial.judged is judged)
        refuted = [t for t in mine if t.verdict == "REFUTED" and t.counted]
        found = _counterexample(claim, judged, refuted, session) if refuted else None
        judgements.append(Judgement(claim, judged, mine, found))
    return ClaimVerdict(claim, tuple(judgements))


def _size(parameters: Mapping[str, Value]) -> tuple[float, ...]:
    """The order in which one counterexample is smaller than another."""
    numbers = [float(value) for value in parameters.values() if not isinstance(value, str)]
    return (sum(numbers), *numbers)


def _neighbours(claim: Claim, point: Point, budget: Budget) -> list[Point]:
    """Points of the same setting, sizes apart, with one integer parameter less by one."""
    found = []
    for name, value in point.parameters.items():
        smaller = {**point.parameters, name: value - 1} if isinstance(value, int) else {}
        if smaller and claim.speaks_of(smaller):
            found += [near for near in claim.place(smaller, budget) if _alike(near, point)]
    return found


def _alike(one: Point, other: Point) -> bool:
    """Whether two points simulate the same kind of network on the same kind of inputs."""
    kinds = [{k: v for k, v in p.setting.items() if isinstance(v, str)} for p in (one, other)]
    return kinds[0] == kinds[1]


def _counterexample(
    claim: Claim, judged: Judged, refuted: Sequence[Trial], session: Session
) -> Counterexample:
    """Descend the lattice from the smallest refuted trial; repeat the end under a fresh seed."""
    mark = fingerprint(
        claim.id, judged.name, session.budget.name, str(session.seed), session.device,
        sorted(trial.point.key for trial in refuted),
    )  # fmt: skip
    stored = session.ledger.record("counterexample", mark)
    if stored is not None:
        return Counterexample(**stored)
    least = min(refuted, key=lambda trial: _size(trial.point.parameters))
    while True:
        points = _neighbours(claim, least.point, session.budget)
        runs = session.judge((claim, point, session.seed) for point in points)
        tried = [t for run in runs for t in run.trials if t.judged is judged and t.counted]
        smaller = [trial for trial in tried if trial.verdict == "REFUTED"]
        if not smaller:
            break
        least = min(smaller, key=lambda trial: _size(trial.point.parameters))
    right = claim.successor(judged)
    fresh = session.seed + FRESH
    again = session.judge([(claim, least.point, fresh)])[0].trials
    repeat = next(trial for trial in again if trial.judged is judged)
    assert least.evidence is not None
    example = Counterexample(
        parameters=dict(least.point.parameters),
        setting=dict(least.point.setting),
        theory=least.target.value,
        corrected=None if right is None else right.target(least.point, ALPHA).value,
        finite_size=least.target.finite_size,
        estimate=least.evidence.mean,
        standard_error=least.evidence.standard_error,
        repeat_seed=fresh,
        repeat_verdict=repeat.verdict or "INCONCLUSIVE",
        repeat_estimate=repeat.evidence.mean if repeat.evidence else float("nan"),
        neighbours=[{"parameters": dict(t.point.parameters), "verdict": t.verdict} for t in tried],
    )
    session.ledger.add_record("counterexample", mark, vars(example))
    return example


FRESH = 1_000_003
"""Added to the master seed where a refutation is repeated."""
