"""What a ledger holds of a form, in prose: one sentence a budget."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from verify.numbers import percent, plural, with_error

if TYPE_CHECKING:
    from verify.judging.pooling import Pool
    from verify.ledger.entries import Entry
    from verify.model import Claim
    from verify.relations import Statement


def last_verdicts(ledger: Path, claim: Claim, statement: Statement) -> Iterator[str]:
    """The last verdict on a form at each budget; no ledger is made where there is none.

    UsageError where one of them does not follow from its evidence.
    """
    if not ledger.exists():
        yield f"none yet (no ledger {ledger})"
        return
    from verify.judging.audit import sound_entries
    from verify.ledger.store import Ledger

    with Ledger(ledger, read_only=True) as kept:
        every = sound_entries(kept, claim=claim.id, form=statement.name)
    runs = list(_last_runs([entry for entry in every if entry.row["verdict"] is not None]))
    for run in runs:
        beside = [entry for entry in every if _run(entry) == _run(run[0])]
        yield _in_prose(claim, statement, run, _pool(claim, statement, beside))
    if not runs:
        yield "none yet"


def _last_runs(recorded: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The trials of the last run at each budget, the last budget first."""
    from verify.judging.counterexample import FRESH

    seeds = {int(entry.row["seed"]) for entry in recorded}
    # Under such a seed refutations are repeated.
    own = [entry for entry in recorded if int(entry.row["seed"]) - FRESH not in seeds]
    for budget in dict.fromkeys(entry.row["budget"] for entry in reversed(own)):
        run = next(_run(entry) for entry in reversed(own) if entry.row["budget"] == budget)
        yield [entry for entry in own if _run(entry) == run]


def _run(entry: Entry) -> tuple[str, ...]:
    row = entry.row
    return row["budget"], row["seed"], row["device"], row["touchstone"]


def _pool(claim: Claim, statement: Statement, run: Sequence[Entry]) -> Pool | None:
    """The evidence of all points of a run together, those included that are not decided yet.

    Points that differ in what some experiment reads off one run count as of one run.
    """
    from verify.judging.pooling import pool_of

    reads = {name for one in claim.by for name in one.reads}
    seen = []
    for entry in run:
        place, told = _place(entry), json.loads(entry.row["measured"])
        name = [f"{key}={place[key]!r}" for key in sorted(place) if key not in reads]
        if statement.decides and entry.row["verdict"] != "OBSERVED":
            seen.append(((*told, *name), entry.row["point"], entry.target, entry.evidence))
    return pool_of(seen, len(claim.says))


def _in_prose(claim: Claim, statement: Statement, run: Sequence[Entry], pool: Pool | None) -> str:
    from verify.judging.verdict import RANK

    tally = Counter(entry.row["verdict"] for entry in run)
    met = {entry.row["verdict"] for entry in run if _decides(entry)} or set(tally)
    verdict = next(one for one in RANK if one in met)
    seed = f"{run[0].row['budget']}, seed {run[0].row['seed']}"
    if verdict != "REFUTED" and pool is not None and pool.refuted:
        alone = ", ".join(f"{plural(n, 'point')} {name}" for name, n in tally.items())
        return f"REFUTED ({seed}): {pool} ({alone})"
    some = [entry for entry in run if entry.row["verdict"] == verdict]
    share = "" if len(some) == len(run) else f"{len(some)} of "
    words = [f"at {share}{plural(len(run), 'point')}{_region(statement, some)}"]
    stated = statement.tested or statement.tolerance
    if verdict == "CONFIRMED" and statement.is_equality and stated:
        words.insert(0, f"within {percent(max(one.target.epsilon for one in some))}")
    if len(some) == 1 or verdict == "REFUTED":
        # The simplest of them; of several the last, which was sought as a smaller one.
        place, found = _seen(claim, statement, min(reversed(some), key=_digits))
        words.append(f"{f'such as {place}, ' if len(some) > 1 else ''}with {found}")
    if verdict == "CONFIRMED" and (size := _caught(some)) is not None:
        words.append(f"where it would have caught {statement.detectable(size)}")
    others = [f"{plural(n, 'point')} {name}" for name, n in tally.items() if name != verdict]
    rest = f" ({', '.join(others)})" if others else ""
    return f"{verdict} ({seed}): {', '.join(words)}{rest}"


def _decides(entry: Entry) -> bool:
    """Whether a trial has a part in the verdict: not where it is only shown, or out of reach."""
    verdict = entry.row["verdict"]
    return verdict == "REFUTED" or (verdict != "OBSERVED" and entry.target.within_reach)


def _region(statement: Statement, run: Sequence[Entry]) -> str:
    """The ranges of the form's parameters over some points."""
    from verify.judging.coverage import range_of

    letters = {one.name: one.letter for one in statement.form.parameters}
    places = [_place(entry) for entry in run]
    told = [
        range_of(letters.get(name, name), [place[name] for place in places])
        for name in statement.form.domain
        if all(name in place for place in places)
    ]
    return f" of {', '.join(told)}" if told else ""


def _place(entry: Entry) -> dict[str, str | int | float]:
    return dict(json.loads(entry.row["point"]))


def _digits(entry: Entry) -> int:
    return len(entry.row["point"])


def _seen(claim: Claim, statement: Statement, entry: Entry) -> tuple[str, str]:
    """A point, and what is claimed and was found there."""
    from verify.relations.words import seen, shown

    place, value, evidence = _place(entry), entry.target.value, entry.evidence
    at = shown({name: place[name] for name in statement.form.domain if name in place})
    words = ["nothing claimed" if math.isnan(value) else f"{value:.4g} claimed"]
    if evidence is not None and evidence.draws:
        how = seen(statement.seen_by, entry.limit_of(statement.by or claim.by))
        words.append(f"{with_error(*_number(entry))} {how}")
    return at, " and ".join(words)


def _number(entry: Entry) -> tuple[float, float | None]:
    return entry.target.seen(entry.evidence), entry.target.standard_error(entry.evidence)


def _caught(run: Sequence[Entry]) -> float | None:
    """The least error that the evidence of a point would have shown."""
    errors = [
        entry.target.detectable(
            entry.target.before_draws()
            if entry.evidence is None
            else entry.target.left(entry.evidence)
        )
        for entry in run
    ]
    return min((one for one in errors if one is not None), default=None)
