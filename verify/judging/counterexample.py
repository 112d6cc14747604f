"""The smallest counterexample: descend the lattice from a refuted point, and repeat its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.evidence.accounting import ALPHA, Budget
from verify.judging.ranges import seen
from verify.judging.session import Session
from verify.judging.verdict import Counterexample
from verify.ledger.identity import fingerprint
from verify.ledger.trial import Trial
from verify.model import Claim, Point, Value
from verify.relations import Statement


def counterexample(
    claim: Claim, statement: Statement, refuted: Sequence[Trial], session: Session
) -> Counterexample:
    """Descend the lattice from the smallest refuted trial; repeat the end under a fresh seed."""
    right = claim.successor(statement)
    least = min(refuted, key=lambda trial: _size(trial.point.parameters))
    corrected = None if right is None else right.identity(least.point)
    mark = fingerprint(claim.id, statement.name, sorted(trial.mark for trial in refuted), corrected)
    stored = session.ledger.record("counterexample", mark)
    if stored is not None:
        return Counterexample(**stored)
    while True:
        points = _neighbours(claim, least.point, session.budget)
        runs = session.judge(
            ((claim, point, session.seed) for point in points),
            "seeking a smaller counterexample of",
        )
        tried = [t for run in runs for t in run.trials if t.statement is statement and t.counted]
        wrong = [trial for trial in tried if trial.verdict == "REFUTED"]
        size = _size(least.point.parameters)
        # A place may answer with another point than it was asked for: never go back up.
        smaller = [trial for trial in wrong if _size(trial.point.parameters) < size]
        if not smaller:
            break
        least = min(smaller, key=lambda trial: _size(trial.point.parameters))
    fresh = session.seed + FRESH
    (again,) = session.judge([(claim, least.point, fresh)], "repeating the counterexample of")
    repeat = next(trial for trial in again.trials if trial.statement is statement)
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


def _size(parameters: Mapping[str, Value]) -> tuple[float, ...]:
    """The order in which one counterexample is smaller than another."""
    numbers = [float(value) for value in parameters.values() if not isinstance(value, str)]
    return (sum(numbers), *numbers)
