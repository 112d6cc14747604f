"""Whether the evidence in the ledger would have caught a wrong formula, and how small an error.

A mutant (`verify.judging.mutants`) needs no draws of its own. Evidence leaves a range for the
quantity (`verify.judging.ranges`); a formula whose null interval, widened by the remainder of the
form that it was made of, lies outside that range at some point where the form counts is refuted by
what was measured, at the same error probability. So a mutant of the form ends in one of these ways:

refuted        its null misses the range at some point, or it has no value there
survived       it differs from the form by less than the evidence can tell
true as well   of a bound only: at every point it is confirmed as the bound itself is, because that
               is loose or because the mutant is looser
equal          it agrees with the form to 40 digits wherever the form is judged, and at points in
               general position
limit          it was not refuted, and agrees with the form in the limit in which alone the form
               is claimed (D and D + 1 as D grows)
impossible     it has no value that the quantity could have anywhere that the form is judged
the successor  it is the formula that supersedes the form
unevaluated    a value of it, or of the form itself, could not be worked out to 50 digits

The first two make the mutation score, the share refuted; the others say nothing about the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, get_args

import mpmath
import sympy

from verify.judging.mutants import DIGITS, Evaluator, Mutant, Unevaluated, mutants, probes
from verify.judging.ranges import Range, Ranges, place_of
from verify.relations.orders import shown
from verify.relations.symbols import AGREEMENT

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm
    from verify.ledger.trial import Trial
    from verify.model import Judged, Value
    from verify.relations import Target

Outcome = Literal[
    "refuted",
    "survived",
    "true as well",
    "equal",
    "limit",
    "impossible",
    "the successor",
    "unevaluated",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

VERSION = 3
"""Counts changes to mutants, ranges and outcomes, so that no ledger answers with earlier ones."""

FAR = 10**9
"""How many times a point's sizes are multiplied to see what a formula becomes in the limit."""

SPELT_OUT: tuple[Outcome, ...] = ("survived", "equal")

UPPER, LOWER = ("at most", "always at most"), ("at least", "always at least")
OPPOSITE = {one: two for pair in zip(UPPER, LOWER, strict=True) for one, two in (pair, pair[::-1])}
NON_NEGATIVE = ("equal", "at most")
"""Relations under which no formula may be negative; a lower bound that is says little, truly."""


@dataclass(frozen=True)
class MutantResult:
    """A mutant, and what the evidence says of it.

    The `formula` is spelt out where it matters.  Of a survivor: its largest relative `difference`
    from the form, the `point` where it is that, and the error that would have been caught there
    (None where that is not known).
    """

    change: str
    outcome: Outcome
    formula: str | None = None
    difference: float | None = None
    point: Mapping[str, Value] | None = None
    detectable: float | None = None


def mutation_score(mutants: Iterable[MutantResult]) -> float | None:
    """The share refuted of those that were refuted or survived; None where there are none."""
    outcomes = [mutant.outcome for mutant in mutants]
    counted = outcomes.count("refuted") + outcomes.count("survived")
    return outcomes.count("refuted") / counted if counted else None


def mutant_results(
    judged: Judged, trials: Iterable[Trial], left: Ranges, right: Judged | None = None
) -> list[MutantResult]:
    """The outcome of every mutant of a form, by those of its trials that count and were decided.

    `left` is what the whole claim has established (`verify.judging.ranges.ranges`), `right` the
    form's successor.
    """
    decided = [t for t in trials if t.counted and t.verdict in ("CONFIRMED", "REFUTED")]
    if not decided:
        return []
    if judged.relation == "order":
        return _swaps(decided)
    analysis = _MutationAnalysis(judged, decided, left, right)
    return [*analysis.results(mutants(judged.form)), *analysis.relation_reversed()]


class _MutationAnalysis:
    """The outcomes of one form's mutants at the points where it was decided."""

    def __init__(
        self, judged: Judged, trials: Sequence[Trial], left: Ranges, right: Judged | None
    ) -> None:
        self.judged, self.trials = judged, trials
        self.left = [left[place_of(trial)] for trial in trials]
        form = judged.form
        points = [trial.point.values for trial in trials]
        growing = _growing(form)
        far = [
            {**values, **{name: values[name] * FAR for name in growing}}
            for values in points
            if growing
        ]
        near = [*points, *probes(form)]
        everywhere = [*near, *far]
        self.places = _evaluators(form, everywhere)
        self.judged_at, self.far_off = slice(len(points)), slice(len(near), None)
        self.claimed = self._values(form.expr)
        self.unevaluated = not self._is_understood()
        self.right = None if right is None else _values_of(right.form, near)

    def _is_understood(self) -> bool:
        """Whether the form has the same values here as it had when it was judged."""
        judged_at = zip(self.claimed[self.judged_at], self.trials, strict=True)
        return all(
            isinstance(value, mpmath.mpf)
            and mpmath.almosteq(value, trial.target.value, rel_eps=1e-9, abs_eps=1e-300)
            for value, trial in judged_at
        )

    def _values(self, formula: sympy.Expr) -> list[Any]:
        """Values where the form is judged, after them at the probes, and last in its limit."""
        return [_value(formula, place) for place in self.places]

    def results(self, listed: Iterable[Mutant]) -> Iterator[MutantResult]:
        """The outcome of each mutant; one that has the values of an earlier one is left out."""
        met = set()
        for mutant in listed:
            values = self._values(mutant.expr)
            outcome, key = self._outcome(values), _rounded(values)
            if outcome in ("impossible", "unevaluated") or key not in met:
                found = self._farthest(values) if outcome == "survived" else {}
                formula = str(mutant.expr) if outcome in SPELT_OUT else None
                yield MutantResult(mutant.change, outcome, formula, **found)
            met.add(key)

    def _outcome(self, values: Sequence[Any]) -> Outcome:
        judged_at = values[self.judged_at]
        if self.unevaluated or UNKNOWN in judged_at:
            return "unevaluated"
        signed = self.judged.relation not in NON_NEGATIVE
        if not any(value is not None and (signed or value > 0) for value in judged_at):
            return "impossible"
        if all(map(_agree, values, self.claimed)):
            return "equal"
        if self.right is not None and _is_successor(values, self.right):
            return "the successor"
        places = list(zip(judged_at, self.trials, self.left, strict=True))
        if any(value is None or _misses(value, t.target, left) for value, t, left in places):
            return "refuted"
        far_off = list(zip(values[self.far_off], self.claimed[self.far_off], strict=True))
        if far_off and all(_near(value, claimed) for value, claimed in far_off):
            return "limit"
        if all(_confirmed(value, t.target, left) for value, t, left in places):
            return "true as well"
        return "survived"

    def _farthest(self, values: Sequence[Any]) -> dict[str, Any]:
        differences = [
            float(abs(value - claimed) / abs(claimed or 1))
            for value, claimed in zip(
                values[self.judged_at], self.claimed[self.judged_at], strict=True
            )
        ]
        most = max(range(len(differences)), key=differences.__getitem__)
        trial = self.trials[most]
        return {
            "difference": differences[most],
            "point": trial.point.values,
            "detectable": _detectable(trial.target, self.left[most]),
        }

    def relation_reversed(self) -> list[MutantResult]:
        """Of a bound: the same formula as a bound on the other side."""
        relation = self.judged.relation
        if relation not in OPPOSITE or any(trial.target.violation for trial in self.trials):
            return []
        other = OPPOSITE[relation]
        refuted = any(
            _misses(trial.target.value, trial.target, left, other)
            for trial, left in zip(self.trials, self.left, strict=True)
        )
        return [MutantResult(f"{relation} → {other}", "refuted" if refuted else "survived")]


UNKNOWN = "unknown"
"""Stands for a value that could not be worked out."""


def _evaluators(form: ClosedForm, points: Sequence[Mapping[str, Any]]) -> list[Evaluator]:
    """An evaluator a point; points that differ in other parameters alone share theirs."""

    @cache
    def evaluator(*arguments: Any) -> Evaluator:
        symbols = (item.symbol for item in form.parameters)
        return Evaluator(dict(zip(symbols, arguments, strict=True)))

    return [evaluator(*(values[item.name] for item in form.parameters)) for values in points]


def _value(formula: sympy.Expr, place: Evaluator) -> Any:
    try:
        return place.value(formula)
    except Unevaluated:
        return UNKNOWN


def _values_of(form: ClosedForm, points: Sequence[Mapping[str, Any]]) -> list[Any]:
    """A form's values; UNKNOWN at points that lack some of its parameters."""
    whole = [set(form.domain) <= set(values) for values in points]
    places = iter(_evaluators(form, list(compress(points, whole))))
    return [_value(form.expr, next(places)) if known else UNKNOWN for known in whole]


def _is_successor(values: Sequence[Any], right: Sequence[Any]) -> bool:
    both = [pair for pair in zip(values, right, strict=False) if UNKNOWN not in pair]
    return bool(both) and all(_agree(value, other) for value, other in both)


def _rounded(values: Iterable[Any]) -> tuple[Any, ...]:
    with mpmath.workdps(DIGITS - 10):
        return tuple(+value if isinstance(value, mpmath.mpf) else value for value in values)


def _agree(one: Any, other: Any) -> bool:
    if not (isinstance(one, mpmath.mpf) and isinstance(other, mpmath.mpf)):
        return one is other
    with mpmath.workdps(DIGITS):
        return bool(mpmath.almosteq(one, other, rel_eps=AGREEMENT, abs_eps=0))


def _near(one: Any, other: Any) -> bool:
    """Whether two values far out in a limit agree but for what vanishes in it."""
    if not (isinstance(one, mpmath.mpf) and isinstance(other, mpmath.mpf)):
        return False
    return bool(mpmath.almosteq(one, other, rel_eps=1e3 / FAR, abs_eps=0))


def _growing(form: ClosedForm) -> list[str]:
    """Names of the form's own parameters that grow in its limit."""
    letters = {item.symbol for item in form.grows}
    return [item.name for item in form.parameters if item.symbol in letters]


def _allowed(value: Any, target: Target, relation: str) -> Range:
    """The values of the quantity that a formula allows, the remainder included."""
    remainder = {"exponent": 0.0, "symbolic": AGREEMENT}.get(relation, target.finite_size)
    with mpmath.workdps(DIGITS):
        low, high = sorted((value * (1 - remainder), value * (1 + remainder)))
    return Range(
        low=-mpmath.inf if relation in UPPER else low,
        high=mpmath.inf if relation in LOWER else high,
    )


def _misses(value: Any, target: Target, left: Range, relation: str | None = None) -> bool:
    allowed = _allowed(value, target, relation or target.relation)
    return bool(allowed.high < left.low or allowed.low > left.high)


def _confirmed(value: Any, target: Target, left: Range) -> bool:
    """Whether a bound that was not refuted is confirmed in the sense in which the form is."""
    if target.relation == "at most":
        return bool(left.high <= value * (1 + target.epsilon))
    if target.relation == "at least":
        return bool(left.low >= value * (1 - target.epsilon))
    if target.relation not in OPPOSITE:
        return False
    # The same searches found no violation of it, unless some are allowed: those were not counted.
    looser = value >= target.value if target.relation in UPPER else value <= target.value
    return target.violation == 0 or bool(looser)


def _swaps(trials: Sequence[Trial]) -> list[MutantResult]:
    """Of an order: two neighbours that change places."""
    pairs = [
        shown(trial.evidence.wealth["increasing"], trial.target)
        for trial in trials
        if trial.evidence is not None
    ]
    return [
        MutantResult(
            change=f"columns {place} and {place + 1} swapped",
            outcome="refuted" if any(increasing) else "survived",
        )
        for place, increasing in enumerate(zip(*pairs, strict=True), 1)
    ]


# The smallest error that was caught -------------------------------------------------------------


def errors_shown(
    trials: Iterable[Trial], others: Iterable[Trial], left: Ranges
) -> dict[str, float]:
    """The least error that the evidence would have caught, by key of the point.

    Known where a trial is CONFIRMED.  For the points where a form is not, `others` are the trials
    of its successor: the same networks would have caught an error of the right form.
    """
    found: dict[str, float] = {}
    for trial in (*trials, *others):
        error = _detectable(trial.target, left[place_of(trial)])
        if trial.verdict == "CONFIRMED" and error is not None:
            found.setdefault(trial.point.key, error)
    return found


def _detectable(target: Target, left: Range) -> float | None:
    """The least s >= 0 such that a formula off by a factor 1 - s, or 1 + s, misses the range.

    For an equality with low = m (1 - eps) and high = m (1 + eps) the larger of the two is
    (eps + r)/(1 - r).  A formula for a bound is only ever refuted for being too tight.
    """
    m, r = target.value, target.finite_size
    if m < 0 and target.relation == "ratio":
        m, left = -m, Range(-left.high, -left.low)
    if target.relation == "symbolic":
        return AGREEMENT
    if target.relation == "exponent":
        return float(max(left.high - m, m - left.low)) if left.two_sided else None
    # Another form of the quantity may have established that this one is off already.
    too_low = max(0.0, 1 - left.low / (m * (1 + r))) if left.low > 0 else None
    too_high = max(0.0, left.high / (m * (1 - r)) - 1) if left.high < mpmath.inf else None
    if target.relation in UPPER:
        return too_low
    if target.relation in LOWER or too_high is None or too_low is None:
        return too_high if target.relation in LOWER else None
    return max(too_low, too_high)
