"""Verdicts in words, each relation in its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from verify.evidence.accounting import ALPHA
from verify.judging.caught import LOWER, UPPER
from verify.judging.ranges import established
from verify.judging.verdict import INPUTS, Counterexample, Judgement, called
from verify.ledger.trial import Trial
from verify.relations import draws_to_confirm
from verify.relations.symbols import DIGITS
from verify.report.page import number, percent


def sentence(judgement: Judgement) -> str:
    """The verdict in words."""
    if judgement.verdict == "CONFIRMED":
        return _CONFIRMED.get(judgement.judged.relation, _mean_confirmed)(judgement)
    if judgement.verdict == "REFUTED" and judgement.counterexample is None:
        return _pool_refuted(judgement)
    if judgement.verdict == "REFUTED":
        refuted = _REFUTED.get(judgement.judged.relation, _mean_refuted)
        return refuted(judgement, judgement.counterexample)
    return _undecided(judgement)


def detectable(judgement: Judgement) -> str | None:
    """The form's smallest detectable error in words; None where there is none."""
    size, relation = judgement.smallest_detectable_error, judgement.judged.relation
    if size is None:
        return None
    if relation == "symbolic":
        return "any difference of the digits computed"
    words = percent(size)
    if relation in UPPER:
        words = f"a bound lower by {_change(size, 1 / (1 - size))}"
    elif relation in LOWER:
        words = f"a bound higher by {_change(size, 1 + size)}"
    elif relation == "exponent":
        words = f"{number(size, 2)} in the exponent"
    elif relation == "order":
        words = f"{percent(size)} of networks beyond one half"
    return f"{words} ({'shown' if judgement.errors_shown else 'planned'})"


def _change(share: float, factor: float) -> str:
    return f"a factor of {number(factor, 2)}" if factor > 2 else percent(share)


# Confirmed --------------------------------------------------------------------------------------


def _mean_confirmed(judgement: Judgement) -> str:
    # With a second mean of 1 it is the mean of a variable of either sign.
    of_two = any(trial.target.scale not in ((), (1.0,)) for trial in judgement.counted)
    subject = "The ratio of the two means" if of_two else "The mean"
    where = "; ".join(
        f"within {percent(_widest(trials))} at {_points(trials)}{_on(inputs)}"
        for inputs, trials in grouped(judgement.counted, "inputs").items()
    )
    return (
        f"{subject} of the networks {_relation(judgement)}: {where}. "
        f"The error probability is at most {number(ALPHA)} for the claim as a whole"
        f"{_given(judgement)}."
    )


def _identity_confirmed(judgement: Judgement) -> str:
    return (
        f"Held on every network at {_points(judgement.counted)}, to a relative"
        f" {number(judgement.epsilon, 2)}; an identity is not estimated, it holds or breaks."
    )


def _bound_confirmed(judgement: Judgement) -> str:
    trials = judgement.counted
    searches = sum(trial.evidence.draws for trial in trials if trial.evidence is not None)
    rare = percent(_widest(trials))
    delta = max(trial.target.violation for trial in trials)
    if delta > 0:
        return (
            f"The bound failed with a probability of at most {percent(delta)} plus {rare} at"
            f" {_points(trials)}, shown by {number(searches)} draws. {_tightest(judgement)}"
        )
    return (
        f"No violation in {number(searches)} searches at {_points(trials)}. {_tightest(judgement)}"
        f" Fewer than {rare} of such searches would find a violation; the error probability is at"
        f" most {number(ALPHA)}."
    )


def _tightest(judgement: Judgement) -> str:
    upper = judgement.judged.relation in UPPER
    evidence = [trial.evidence for trial in judgement.counted if trial.evidence is not None]
    found = max(e.greatest for e in evidence) if upper else min(e.least for e in evidence)
    return f"The tightest ratio to the bound that was found is {number(found)}."


def _given(judgement: Judgement) -> str:
    """The stated bound on the spread, which every CONFIRMED without a sure upper end rests on."""
    if all(trial.target.largest is not None for trial in judgement.counted):
        return ""
    return ", given the stated bound on the relative variance"


def _order_confirmed(judgement: Judgement) -> str:
    return (
        "Under common random numbers each quantity exceeds the one before it on more networks than"
        f" it falls short of it, at {_points(judgement.counted)}; the error probability of the"
        f" whole ranking is at most {number(ALPHA)}."
    )


def _exponent_confirmed(judgement: Judgement) -> str:
    found = "; ".join(f"{_interval(trial)} at {_place(trial)}" for trial in judgement.counted)
    return (
        f"The exponent lies in {found}. These intervals follow from simultaneous confidence bands,"
        f" without regression; the error probability is at most {number(ALPHA)}."
    )


def _symbols_confirmed(judgement: Judgement) -> str:
    return (
        f"The form and an independent derivation, computed to {DIGITS} digits, agree at"
        f" {_points(judgement.counted)}; nothing was sampled."
    )


_CONFIRMED: Mapping[str, Callable[[Judgement], str]] = {
    "exact": _identity_confirmed,
    "always at most": _bound_confirmed,
    "always at least": _bound_confirmed,
    "order": _order_confirmed,
    "exponent": _exponent_confirmed,
    "symbolic": _symbols_confirmed,
}

# Refuted ----------------------------------------------------------------------------------------


def _mean_refuted(judgement: Judgement, found: Counterexample) -> str:
    return (
        f"At {_where(found)} the form says {found.theory:.4g} and simulated networks"
        f" give {found.estimate:.4g}, a ratio of {found.ratio:.3f}; {_false_alarm(found)}"
    )


def _identity_refuted(judgement: Judgement, found: Counterexample) -> str:
    return (
        f"At {_where(found)} the form says {found.theory:.4g} and the"
        f" measurement, which has no noise, gives {found.estimate:.4g}."
    )


def _bound_refuted(judgement: Judgement, found: Counterexample) -> str:
    return (
        f"At {_where(found)} the bound is {found.theory:.4g} and a search found"
        f" {found.estimate:.4g}, a ratio of {found.ratio:.3f}."
        f" Repeated under a fresh seed: {found.repeat_verdict}."
    )


def _order_refuted(judgement: Judgement, found: Counterexample) -> str:
    return (
        f"At {_where(found)} a quantity falls short of the one before it on more networks"
        f" than it exceeds it; {_false_alarm(found)}"
    )


def _exponent_refuted(judgement: Judgement, found: Counterexample) -> str:
    trial = next(trial for trial in judgement.counted if trial.verdict == "REFUTED")
    return (
        f"The form says an exponent of {trial.target.value:.4g} at {_place(trial)}, and the means"
        f" allow {_interval(trial)}; {_false_alarm(found)}"
    )


def _symbols_refuted(judgement: Judgement, found: Counterexample) -> str:
    return (
        f"At {_where(found)} the form says {found.theory:.10g} and an independent"
        f" derivation {found.estimate:.10g}, both computed to {DIGITS} digits; nothing was sampled."
    )


def _false_alarm(found: Counterexample) -> str:
    return (
        f"the chance of a false alarm is at most {number(ALPHA)}."
        f" Repeated under a fresh seed: {found.repeat_verdict}."
    )


_REFUTED: Mapping[str, Callable[[Judgement, Any], str]] = {
    "exact": _identity_refuted,
    "always at most": _bound_refuted,
    "always at least": _bound_refuted,
    "order": _order_refuted,
    "exponent": _exponent_refuted,
    "symbolic": _symbols_refuted,
}


def _pool_refuted(judgement: Judgement) -> str:
    pool = judgement.pool
    assert pool is not None
    sides = {"above": pool.above, "below": pool.below}
    value, side = max((value, name) for name, value in sides.items() if value is not None)
    return (
        f"No single point refutes the form, but {pool.points} points together do: measured means"
        f" lie {side} it on the whole, with a pooled log e-value of {number(value)}, where"
        f" {number(pool.threshold)} refutes. The pool has a false-alarm budget of its own."
    )


# Undecided --------------------------------------------------------------------------------------


def _undecided(judgement: Judgement) -> str:
    trials = [trial for trial in judgement.counted if trial.verdict == judgement.verdict]
    if not trials:
        return "There is no point at which the form could be judged; this is not a pass."
    share = f"{len(trials)} of {_points(judgement.counted)}"
    if judgement.verdict == "INFEASIBLE":
        plan = max(draws_to_confirm(trial.target) for trial in trials)
        needed = f"{number(plan)} networks" if math.isfinite(plan) else "more than any budget"
        return f"Not judged at {share}: planned at up to {needed}. This is not a pass."
    drawn = max(trial.evidence.draws for trial in trials if trial.evidence is not None)
    return f"No decision at {share}, after up to {number(drawn)} networks. This is not a pass."


# Parts ------------------------------------------------------------------------------------------


def named(parameters: Mapping[str, Any]) -> str:
    """The values of a point in words."""
    words = (f"{name.replace('_', ' ')} = {value}" for name, value in parameters.items())
    return ", ".join(words) or "the one point"


def grouped(trials: Iterable[Trial], *names: str) -> dict[str, list[Trial]]:
    """Trials by what their setting calls by these names, in order of first sight.

    A number, as of how many inputs there are, is no kind and tells no groups apart.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        kinds = {name: trial.point.setting.get(name) for name in names}
        words = [called(name, kind) for name, kind in kinds.items() if isinstance(kind, str)]
        groups.setdefault(", ".join(words), []).append(trial)
    return groups


def _on(inputs: str) -> str:
    """Of a group by "inputs": on what it was measured."""
    if inputs.startswith(tuple(INPUTS.values())):
        return f" on {inputs}"
    return f" ({inputs})" if inputs else ""


def _where(found: Counterexample) -> str:
    return f"{named(found.parameters)} ({found.kind})" if found.kind else named(found.parameters)


def _place(trial: Trial) -> str:
    return named(trial.point.parameters)


def _interval(trial: Trial) -> str:
    left = established(trial)
    if left.low > left.high:
        return "no power law at all"
    return f"[{number(left.low)}, {number(left.high)}]"


def _points(trials: Sequence[Trial]) -> str:
    return "1 point" if len(trials) == 1 else f"{len(trials)} points"


def _widest(trials: Iterable[Trial]) -> float:
    return max(trial.target.epsilon for trial in trials)


def _relation(judgement: Judgement) -> str:
    relation = judgement.judged.relation
    if relation in ("equal", "ratio"):
        return "equals the form"
    beyond = "exceeding it" if relation == "at most" else "falling short of it"
    return f"is {relation} the form ({beyond} by no more than what follows)"
