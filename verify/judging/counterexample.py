"""A small counterexample: descend from a refuted point to simpler ones, and repeat the end.

Integers are lowered, real numbers made simpler: fewer digits, fewer decades from 1.
The descent judges the refuted form alone, smaller points first, each until it is refuted or as many
networks are drawn as would confirm it.  In all it draws no more than the form's verdict might have
taken: it ends at the smallest counterexample that so many networks find, and there may be smaller
ones.  Where formulas are held against formulas, nothing is drawn, and each simpler point is tried.

Where the reading of a form names the regime in which the paper claims it, points in that regime
come before all others: from there the descent does not leave it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from theory.domains import Domain
from verify.engine.run import Run
from verify.engine.session import Session
from verify.engine.sizes import LEAST_BLOCK, OVERDRAW
from verify.engine.trial import Trial
from verify.evidence.accounting import ALPHA, Budget
from verify.judging.verdict import Counterexample
from verify.ledger.identity import fingerprint
from verify.model import Claim, Point, Value
from verify.points import beside, region
from verify.points.simpler import complexity, simpler
from verify.relations import Statement
from verify.relations.said import spoken


def counterexample(
    claim: Claim, statement: Statement, trials: Sequence[Trial], session: Session
) -> Counterexample | None:
    """Descend from the smallest refuted of a form's trials; repeat the end under a fresh seed.

    Where the repeat does not agree, the larger refuted ones are repeated in turn until one does, as
    a small one may be at the edge of what draws tell.  None where time is up before one has.
    """
    right = claim.successors.get(statement.name)
    refuted = [trial for trial in trials if trial.verdict == "REFUTED" and trial.counted]
    corrected = None if right is None else right.form.digest
    marks = sorted(trial.mark for trial in refuted)
    mark = fingerprint(VERSION, claim.id, statement.name, marks, corrected, str(_regime(statement)))
    allowed = max(sum(map(_drawn, trials)), OVERDRAW * max(t.target.plan() for t in refuted))
    runs: list[Run] = []

    found = session.ledger.kept(
        "counterexample",
        mark,
        lambda: _sought(claim, statement, refuted, allowed, session, runs),
        lambda: all(run.lasts for run in runs),
    )
    return None if found is None else Counterexample(**found)


def _sought(
    claim: Claim,
    statement: Statement,
    refuted: list[Trial],
    allowed: float,
    session: Session,
    runs: list[Run],
) -> dict[str, Any] | None:
    """What a `Counterexample` is made of, sought with so many networks; `runs` are all it took."""
    right = claim.successors.get(statement.name)
    size = partial(_size_of, statement)
    refuted.sort(key=lambda trial: size(trial.point))
    least = refuted[0]
    sought: list[Trial] = []
    while True:
        smaller = None
        near = _neighbours(claim, statement, least.point, session.budget)
        for point in sorted(near, key=size):
            limit = allowed - sum(map(_drawn, sought))
            if size(point) < size(least.point) and (limit >= LEAST_BLOCK or not allowed):
                tried = _tried(claim, statement, point, session, limit)
                runs += tried
                counted = [t for run in tried for t in run.trials if t.counted]
                sought += counted
                smaller = next((t for t in counted if t.verdict == "REFUTED"), None)
            if smaller is not None:
                break
        if smaller is None:
            break
        least = smaller
        refuted.insert(0, least)
    repeats = _repeated(claim, statement, refuted, session)
    repeat, beyond = repeats[-1].trials[0], repeats[-1].beyond
    if repeat.verdict == "REFUTED":
        least = refuted[len(repeats) - 1]
    elif repeats[-1].stopped:
        return None
    else:
        repeat = repeats[0].trials[0]
    runs += repeats
    sought += [trial for run in repeats for trial in run.trials]
    evidence = least.evidence if beyond is None else beyond
    return {
        "parameters": dict(least.point.parameters),
        "setting": dict(least.point.setting),
        "theory": least.target.value,
        "corrected": None if right is None else right.target(least.point, ALPHA).value,
        "finite_size": least.target.finite_size,
        "estimate": least.estimate if beyond is None else repeat.target.seen(beyond),
        "standard_error": least.target.standard_error(evidence),
        "limit_of": list(least.limit_of),
        "mean_of": 0 if beyond is None else beyond.draws,
        "repeat_seed": session.seed + FRESH,
        "repeat_verdict": repeat.verdict or "INCONCLUSIVE",
        "repeat_estimate": repeat.estimate,
        "neighbours": [
            {"parameters": dict(t.point.parameters), "verdict": t.verdict}
            for t in sought
            if size(t.point) < size(least.point)
        ],
        "networks": sum(map(_drawn, sought)) + (0 if beyond is None else beyond.draws),
        "seconds": sum(t.seconds for t in sought) + repeats[-1].seconds_beyond,
    }


def _repeated(
    claim: Claim, statement: Statement, refuted: Sequence[Trial], session: Session
) -> list[Run]:
    """Runs of the refuted points, under a fresh seed, up to the first that is refuted again.

    Behind that refutation as many networks are drawn once more as the refuted run took.
    """
    repeats: list[Run] = []
    for trial in refuted:
        repeats += session.judge(
            [(claim, spoken([statement], [trial.point]))],
            seed=session.seed + FRESH,
            beyond=_drawn(trial),
            doing="repeating the counterexample of",
        )
        if repeats[-1].trials[0].verdict == "REFUTED":
            break
    return repeats


def _tried(
    claim: Claim, statement: Statement, point: Point, session: Session, limit: float
) -> list[Run]:
    """The run of the form at a smaller point, if it speaks of it."""
    (asked,) = spoken([statement], [point])
    if not asked.said:
        return []
    (told,) = asked.said
    # Until a pilot is drawn, the plan is the least that any verdict takes, at this alpha.
    plan = told.plan * (OVERDRAW if told.target.awaits_pilot else 1)
    return session.judge(
        [(claim, [asked])],
        limit=int(max(LEAST_BLOCK, min(limit, plan))),
        doing="seeking a smaller counterexample of",
    )


VERSION = 3
"""Counts changes to how one is sought and repeated, so that no ledger answers with earlier ones."""

FRESH = 1_000_003
"""Added to the master seed where a refutation is repeated."""


def _drawn(trial: Trial) -> int:
    return sum(block.draws + block.excluded for block in trial.blocks)


def _neighbours(claim: Claim, statement: Statement, point: Point, budget: Budget) -> list[Point]:
    """Points of the same experiment with one integer less by one, or one real number simpler.

    From far up the lattice they are also less by each power of 2, so that it is descended in leaps.
    """
    found = []
    spoken_of = {name for statement in claim.says for name in statement.form.domain}
    axes = region(statement, point.experiment).axes
    for name, value in point.parameters.items():
        if name not in spoken_of or isinstance(value, str):
            continue
        others = {other: values for other, values in point.values.items() if other != name}
        real = name in axes and not axes[name].few and not axes[name].integral
        for less in simpler(axes[name], value, others) if real else _lowered(value):
            smaller = {**point.parameters, name: less}
            near = beside(claim, point, smaller, budget) if claim.speaks_of(smaller) else None
            if near is not None:
                found.append(near)
    return found


FAR_UP = 16
"""From here on a parameter is lowered in leaps as well."""


def _lowered(value: Value) -> list[int]:
    if not isinstance(value, int):
        return []
    leaps = value.bit_length() if value >= FAR_UP else 1
    return [value - 2**k for k in range(leaps)]


def _regime(statement: Statement) -> Mapping[str, Domain]:
    reading = statement.form.reading
    return {} if reading is None else reading.regime


def _size_of(statement: Statement, point: Point) -> tuple[float, ...]:
    """The order in which one counterexample is smaller than another: integers, then real ones.

    Those outside the regime of the form's reading come last.
    """
    at = point.values
    regime = _regime(statement).items()
    outside = not all(name in at and one.contains(at[name], at) for name, one in regime)
    numbers = [value for value in point.parameters.values() if not isinstance(value, str)]
    whole = [value for value in numbers if isinstance(value, int)]
    real = [complexity(value) for value in numbers if isinstance(value, float)]
    return (outside, sum(whole), sum(real), *numbers)
