"""Verdicts in words, each relation in its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from verify.evidence.accounting import BUDGETS
from verify.numbers import number, percent, plural
from verify.relations.identities import IdentityTarget
from verify.relations.means.varied import rarest_met
from verify.relations.target import WIDEST_REMAINDER
from verify.relations.words import named, points

if TYPE_CHECKING:
    from verify.judging.verdict import Judgement


def sentence(judgement: Judgement) -> str:
    """The verdict in words, and on which images it was reached."""
    return _verdict(judgement) + (f" Judged on {judgement.data}." if judgement.data else "")


def _verdict(judgement: Judgement) -> str:
    statement, found = judgement.statement, judgement.counterexample
    if judgement.verdict == "CONFIRMED":
        tight = judgement.tightest
        how = "" if tight is None else f" As a bound: {tight}."
        return statement.confirmed(judgement.counted) + how
    if judgement.verdict == "REFUTED":
        broken = judgement.contradiction
        said = [] if found is None else [statement.refuted(found, judgement.counted)]
        if (pool := judgement.refuting_pool) is not None:
            told = str(pool)
            said.append(
                f"{told[0].upper()}{told[1:]}. The pool has a false-alarm budget of its own."
            )
        if broken is not None:
            said.append(f"By {broken.by}, without a draw: {broken}.")
        return " ".join(said) or "Refuted; time was up before its smallest point was sought."
    if judgement.observational:
        seen = sum(trial.evidence is not None for trial in judgement.trials)
        return f"Shown at {plural(seen, 'point')}; it decides nothing, and is not a pass."
    if judgement.verdict == "OBSERVED":
        loosest = max(trial.target.epsilon for trial in judgement.counted)
        return (
            f"Not refuted, but judged within {percent(loosest)} only, where the budget asks for"
            f" {percent(judgement.cap)}; this is not a pass."
        )
    if found is not None and found.contradicted:
        claimed = statement.refuted(found, judgement.counted)
        return f"{claimed} The two do not agree: {found.contradicted}. This is not a pass."
    why = "" if judgement.doubt is None else f" Of the claim's own terms, {judgement.doubt}."
    return _undecided(judgement) + why


def rarest(judgement: Judgement) -> float | None:
    """Of events with a lower probability a CONFIRMED says nothing; None where it takes none."""
    exceptions = [
        trial.target.exceptions
        for trial in judgement.counted
        if isinstance(trial.target, IdentityTarget)
    ]
    met = rarest_met(judgement.counted)
    return max([*exceptions, *([] if met is None else [met])], default=None)


def detectable(judgement: Judgement) -> str | None:
    """The form's smallest detectable error in words; None where there is none."""
    size = judgement.smallest_detectable_error
    if size is None:
        return None
    words = judgement.statement.detectable(size)
    if not any(trial.blocks for trial in judgement.trials):
        return words
    return f"{words} ({'shown' if judgement.errors_shown else 'planned'})"


# Undecided --------------------------------------------------------------------------------------


def why_undecided(judgement: Judgement) -> str | None:
    """Why the first point that has the verdict is undecided, in words; None where none is."""
    open_ = [trial for trial in judgement.counted if trial.verdict == judgement.verdict]
    if judgement.verdict not in ("INCONCLUSIVE", "INFEASIBLE") or not open_:
        return None
    trial = open_[0]
    target, drawn = trial.target, 0 if trial.evidence is None else trial.evidence.draws
    if not target.within_reach:
        why = (
            f"the stated remainder is {target.finite_size:.2g}, and none above"
            f" {WIDEST_REMAINDER:g} is confirmed: draws stopped after {drawn:,}"
        )
    elif judgement.verdict == "INFEASIBLE":
        budget = BUDGETS[judgement.request.budget]
        takes = f"CONFIRMED takes about {trial.plan:,.0f} draws, and {budget.name} allows"
        why = f"{takes} {budget.draws:,}" if math.isfinite(trial.plan) else target.no_plan()
    elif trial.allowed_draws:
        why = f"the draws that it was allowed ended, after {drawn:,}"
    else:
        why = f"time was up, after {drawn:,} draws"
    return f"undecided at {named(trial.point.parameters)}, as {why}"


def _undecided(judgement: Judgement) -> str:
    trials = [trial for trial in judgement.counted if trial.verdict == judgement.verdict]
    if not trials:
        return "There is no point at which the form could be judged; this is not a pass."
    share = f"{len(trials)} of {points(judgement.counted)}"
    if judgement.verdict == "INFEASIBLE":
        plan = max(trial.target.plan() for trial in trials)
        needed = f"{number(plan)} draws" if math.isfinite(plan) else "more than any budget"
        return f"Not judged at {share}: planned at up to {needed}. This is not a pass."
    drawn = max((t.evidence.draws for t in trials if t.evidence is not None), default=0)
    return f"No decision at {share}, after up to {number(drawn)} draws. This is not a pass."
