"""Whether the evidence in the ledger would have caught a wrong formula, and how small an error.

A mutant (`verify.mutation`) needs no draws of its own.  Evidence leaves a range for the quantity
(`verify.established`); a formula whose null interval, widened by the remainder of the form that it
was made of, lies outside that range at some point where the form counts is refuted by what was
measured, at the same error probability.  So a mutant of the form ends in one of these ways:

refuted        its null misses the range at some point, or it has no value there
survived       it differs from the form by less than the evidence can tell
true as well   of a bound only: at every point it is confirmed as the bound itself is, because that
               is loose or because the mutant is looser
equal          it agrees with the form to 40 digits wherever the form is judged, and at points in
               general position
limit          it was not refuted, and agrees with the form in the limit in which alone the form
               is claimed (D and D + 1 as D grows)
impossible     it has no value that the quantity could have anywhere that the form is judged

The first two make the mutation score, the share refuted; the others say nothing about the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import mpmath
import sympy

from verify.established import NOTHING_KNOWN, Range, Ranges, place_of
from verify.mutation import DIGITS, Evaluator, Mutant, mutants, probes
from verify.relations.orders import shown
from verify.relations.symbols import AGREEMENT

if TYPE_CHECKING:
    from theory.closed_form import ClosedForm
    from verify.claim import Judged, Value
    from verify.ledger import Trial
    from verify.statistics import Target

Fate = Literal["refuted", "survived", "true as well", "equal", "limit", "impossible"]
FATES: tuple[Fate, ...] = ("refuted", "survived", "true as well", "equal", "limit", "impossible")

FAR = 10**9
"""How many times a point's sizes are multiplied to see what a formula becomes in the limit."""

SPELT_OUT: tuple[Fate, ...] = ("survived", "equal")

UPPER, LOWER = ("at most", "always at most"), ("at least", "always at least")
OPPOSITE = {one: two for pair in zip(UPPER, LOWER, strict=True) for one, two in (pair, pair[::-1])}
SIGNED = ("exponent", "symbolic", *LOWER)
"""Relations under which a formula may be negative: a lower bound that is says little, truly."""


@dataclass(frozen=True)
class Bite:
    """What became of one mutant.

    The `formula` is spelt out where it matters.  Of a survivor: its largest relative `difference`
    from the form, the `point` where it is that, and the error that would have been caught there
    (None where that is not known).
    """

    change: str
    fate: Fate
    formula: str | None = None
    difference: float | None = None
    point: Mapping[str, Value] | None = None
    detectable: float | None = None


def score(bites: Iterable[Bite]) -> float | None:
    """The share refuted of those that were refuted or survived; None where there are none."""
    fates = [bite.fate for bite in bites]
    counted = fates.count("refuted") + fates.count("survived")
    return fates.count("refuted") / counted if counted else None


def bites(judged: Judged, trials: Iterable[Trial], left: Ranges) -> list[Bite]:
    """The fate of every mutant of a form, by those of its trials that count and were decided.

    `left` is what the whole claim has established (`verify.established.ranges`).
    """
    decided = [t for t in trials if t.counted and t.verdict in ("CONFIRMED", "REFUTED")]
    if not decided:
        return []
    if judged.relation == "order":
        return _swaps(decided)
    court = _Court(judged, decided, left)
    return [*court.judge(mutants(judged.form)), *court.turned_round()]


class _Court:
    """Judges mutants of one form at the points where it was decided."""

    def __init__(self, judged: Judged, trials: Sequence[Trial], left: Ranges) -> None:
        self.judged, self.trials = judged, trials
        self.left = [_left_of(trial, left) for trial in trials]
        form = judged.form

        @cache
        def evaluator(*arguments: Any) -> Evaluator:
            symbols = (item.symbol for item in form.parameters)
            return Evaluator(dict(zip(symbols, arguments, strict=True)))

        def at(values: Mapping[str, Any]) -> Evaluator:
            return evaluator(*(values[item.name] for item in form.parameters))

        self.places = [at(trial.point.values) for trial in trials]
        growing = _growing(form)
        self.far = [
            at({**values, **{name: values[name] * FAR for name in growing}})
            for values in (trial.point.values for trial in trials)
            if growing
        ]
        self.everywhere = [*self.places, *map(at, probes(form)), *self.far]
        self.claimed = self._values(form.expr)

    def _values(self, formula: sympy.Expr) -> list[Any]:
        """Values where the form is judged, after them at the probes, and last in its limit."""
        return [place.value(formula) for place in self.everywhere]

    def judge(self, listed: Iterable[Mutant]) -> Iterator[Bite]:
        """The fate of each mutant; one that has the values of an earlier one is left out."""
        met = set()
        for mutant in listed:
            values = self._values(mutant.expr)
            fate, key = self._fate(values), _rounded(values)
            if fate == "impossible" or key not in met:
                found = self._farthest(values) if fate == "survived" else {}
                formula = str(mutant.expr) if fate in SPELT_OUT else None
                yield Bite(mutant.change, fate, formula, **found)
            met.add(key)

    def _fate(self, values: Sequence[Any]) -> Fate:
        judged_at = values[: len(self.places)]
        signed = self.judged.relation in SIGNED
        if not any(value is not None and (signed or value > 0) for value in judged_at):
            return "impossible"
        if all(map(_agree, values, self.claimed)):
            return "equal"
        places = list(zip(judged_at, self.trials, self.left, strict=True))
        if any(value is None or _misses(value, t.target, left) for value, t, left in places):
            return "refuted"
        if self.far and all(map(_near, values[-len(self.far) :], self.claimed[-len(self.far) :])):
            return "limit"
        if all(_confirmed(value, t.target, left) for value, t, left in places):
            return "true as well"
        return "survived"

    def _farthest(self, values: Sequence[Any]) -> dict[str, Any]:
        differences = [
            float(abs(value - claimed) / abs(claimed or 1))
            for value, claimed, _ in zip(values, self.claimed, self.places, strict=False)
        ]
        most = max(range(len(differences)), key=differences.__getitem__)
        trial = self.trials[most]
        return {
            "difference": differences[most],
            "point": trial.point.values,
            "detectable": _detectable(trial.target, self.left[most]),
        }

    def turned_round(self) -> list[Bite]:
        """Of a bound: the same formula as a bound on the other side."""
        relation = self.judged.relation
        if relation not in OPPOSITE or any(trial.target.violation for trial in self.trials):
            return []
        other = OPPOSITE[relation]
        refuted = any(
            _misses(trial.target.value, trial.target, left, other)
            for trial, left in zip(self.trials, self.left, strict=True)
        )
        return [Bite(f"{relation} → {other}", "refuted" if refuted else "survived")]


def _rounded(values: Iterable[Any]) -> tuple[Any, ...]:
    with mpmath.workdps(DIGITS - 10):
        return tuple(None if value is None else +value for value in values)


def _agree(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    with mpmath.workdps(DIGITS):
        return bool(mpmath.almosteq(one, other, rel_eps=AGREEMENT, abs_eps=0))


def _near(one: Any, other: Any) -> bool:
    """Whether two values far out in a limit agree but for what vanishes in it."""
    if one is None or other is None:
        return False
    return bool(mpmath.almosteq(one, other, rel_eps=1e3 / FAR, abs_eps=0))


def _growing(form: ClosedForm) -> list[str]:
    """Names of the parameters that grow in the limit in which a form is claimed."""
    letters = set(re.findall(r"\w+", form.limit or ""))
    return [item.name for item in form.parameters if str(item.symbol) in letters]


def _left_of(trial: Trial, left: Ranges) -> Range:
    return left.get(place_of(trial), NOTHING_KNOWN)


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


def _swaps(trials: Sequence[Trial]) -> list[Bite]:
    """Of an order: two neighbours that change places."""
    pairs = [
        shown(trial.evidence.wealth["increasing"], trial.target)
        for trial in trials
        if trial.evidence is not None
    ]
    return [
        Bite(
            change=f"columns {place} and {place + 1} swapped",
            fate="refuted" if any(increasing) else "survived",
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
        error = _detectable(trial.target, _left_of(trial, left))
        if trial.verdict == "CONFIRMED" and error is not None:
            found.setdefault(trial.point.key, error)
    return found


def _detectable(target: Target, left: Range) -> float | None:
    """The least s such that a formula off by a factor 1 - s, or 1 + s, misses the range.

    For an equality with low = m (1 - eps) and high = m (1 + eps) the larger of the two is
    (eps + r)/(1 - r).  A formula for a bound is only ever refuted for being too tight.
    """
    m, r = target.value, target.finite_size
    if target.relation == "symbolic":
        return AGREEMENT
    if target.relation == "exponent":
        return float(max(left.high - m, m - left.low)) if left.two_sided else None
    too_low = 1 - left.low / (m * (1 + r)) if left.low > 0 else None
    too_high = left.high / (m * (1 - r)) - 1 if left.high < mpmath.inf else None
    if target.relation in UPPER:
        return too_low
    if target.relation in LOWER or too_high is None or too_low is None:
        return too_high if target.relation in LOWER else None
    return max(too_low, too_high)
