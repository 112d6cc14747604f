"""Whether the evidence in the ledger would have caught a wrong formula, and how small an error.

A mutant (`verify.judging.mutants`) needs no draws of its own. Evidence leaves a range for the
quantity (`verify.judging.ranges`); a formula whose null interval, widened by the remainder of the
form that it was made of, lies outside that range at some point where the form counts is refuted by
what was measured, at the same error probability. So a mutant of the form ends in one of these ways:

refuted        its null misses the range at some point, or it has no value there
survived       it differs from the form by less than the evidence can tell
true as well   of a bound only: at every point it is confirmed as the bound itself is, because that
               is loose or because the mutant is looser; or, as a bound on the other side, because
               every search reached it
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

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import mpmath
import sympy

from theory.closed_form import ClosedForm
from theory.computed import Computed
from verify.judging.mutants import DIGITS, Evaluator, Mutant, Unevaluated, mutants, probes
from verify.judging.ranges import Ranges, place_of, ranges
from verify.ledger.identity import fingerprint
from verify.relations.symbols import AGREEMENT
from verify.relations.target import Altered

if TYPE_CHECKING:
    from verify.engine.trial import Trial
    from verify.ledger.store import Ledger
    from verify.model import Claim, Value
    from verify.relations import Range, Statement
    from verify.relations.statement import Form, Number

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

VERSION = 10
"""Counts changes to mutants, ranges and outcomes, so that no ledger answers with earlier ones."""

FAR = 10**9
"""How many times a point's sizes are multiplied to see what a formula becomes in the limit."""

MOST_POINTS = 32
"""Points at which mutants of what is computed are tried."""

SPELT_OUT: tuple[Outcome, ...] = ("survived", "equal")


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


@dataclass(frozen=True)
class Caught:
    """What the evidence would have caught of one form.

    `errors_shown` is the least error at each point where it is known, by the point's key.
    """

    mutants: tuple[MutantResult, ...]
    errors_shown: Mapping[str, float]


def caught(claim: Claim, trials: Sequence[Trial], ledger: Ledger) -> dict[str, Caught]:
    """What the evidence of a claim would have caught of each form, kept in the ledger."""
    formulas = [(one.name, one.form.digest, one.form.limit) for one in claim.says]
    weighed = [(one.mark, one.position, one.verdict, len(one.blocks)) for one in trials]
    mark = fingerprint(VERSION, claim.id, formulas, weighed)
    stored = ledger.kept("caught", mark, lambda: _caught(claim, trials))
    return {
        form: Caught(tuple(MutantResult(**one) for one in found["mutants"]), found["errors_shown"])
        for form, found in stored.items()
    }


def _caught(claim: Claim, trials: Sequence[Trial]) -> dict[str, Any]:
    left = ranges(trials)
    found = {}
    for statement in claim.says:
        right = claim.successors.get(statement.name)
        mine, others = ([t for t in trials if t.statement is one] for one in (statement, right))
        results = mutant_results(statement, mine, left, right)
        found[statement.name] = {
            "mutants": [asdict(result) for result in results],
            "errors_shown": errors_shown(mine, others, left),
        }
    return found


def mutation_score(mutants: Iterable[MutantResult]) -> float | None:
    """The share refuted of those that were refuted or survived; None where there are none."""
    outcomes = [mutant.outcome for mutant in mutants]
    counted = outcomes.count("refuted") + outcomes.count("survived")
    return outcomes.count("refuted") / counted if counted else None


def mutant_results(
    statement: Statement, trials: Iterable[Trial], left: Ranges, right: Statement | None = None
) -> list[MutantResult]:
    """The outcome of every mutant of a statement, by its trials that count and were decided.

    Mutants of its formula come first, then other statements about the same formula.  `left` is what
    the whole claim has established (`verify.judging.ranges.ranges`), `right` the statement on the
    successor of its form.
    """
    decided = [t for t in trials if t.counted and t.verdict in ("CONFIRMED", "REFUTED")]
    if not decided:
        return []
    there = [left[place_of(trial)] for trial in decided]
    altered = _altered(decided, there)
    if isinstance(statement.form, Computed):
        return [*_of_parts(statement, statement.form, decided, there), *altered]
    if not statement.has_formula:
        return altered
    closed = cast("ClosedForm | Number", statement.form)
    analysis = _MutationAnalysis(closed, decided, there, right)
    return [*analysis.results(mutants(closed)), *altered]


def _altered(trials: Sequence[Trial], left: Sequence[Range]) -> list[MutantResult]:
    """Other statements about the same formula, refuted where some point refutes them."""
    found: dict[str, set[Altered]] = {}
    for trial, there in zip(trials, left, strict=True):
        for change, outcome in trial.target.altered(there, trial.evidence).items():
            found.setdefault(change, set()).add(outcome)
    return [
        MutantResult(change, next(one for one in get_args(Altered) if one in outcomes))
        for change, outcomes in found.items()
    ]


def _of_parts(
    statement: Statement, form: Computed, trials: Sequence[Trial], left: Sequence[Range]
) -> Iterator[MutantResult]:
    """Mutants of what is computed: those of the closed forms that it is made of.

    Each is worked out at one point after another, until it is refuted. As every value may solve an
    equation, it is tried at a few points only, those where the evidence tells the smallest errors.
    """
    places = sorted(zip(trials, left, strict=True), key=lambda place: _least_error(*place))
    trials, left = zip(*places[:MOST_POINTS], strict=True)
    for part in form.of:
        for mutant in mutants(part) if isinstance(part, ClosedForm) else ():
            found = form.with_parts(**{part.name: mutant.expr})
            yield _of_part(f"{part.name}: {mutant.change}", statement, form, found, trials, left)


def _least_error(trial: Trial, left: Range) -> float:
    error = trial.target.detectable(left)
    return math.inf if error is None else error


def _of_part(
    change: str,
    statement: Statement,
    form: Computed,
    mutant: Computed,
    trials: Sequence[Trial],
    left: Sequence[Range],
) -> MutantResult:
    differences, values = [], []
    for trial, there in zip(trials, left, strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of solvers that give up
                value = float(mutant.value(**statement.arguments(trial.point.values)))
        except (ArithmeticError, ValueError):
            return MutantResult(change, "refuted")
        except TypeError:  # rounding leaves no digit of it
            continue
        if trial.target.allowed(value).misses(there):
            return MutantResult(change, "refuted")
        values.append(value)
        differences.append(abs(value - trial.target.value) / abs(trial.target.value or 1))
    if len(values) < len(trials):
        return MutantResult(change, "unevaluated")
    most = max(range(len(differences)), key=differences.__getitem__)
    if differences[most] <= 10 * form.precision:
        return MutantResult(change, "equal")
    if all(map(_as_true, values, trials, left)):
        return MutantResult(change, "true as well")
    return MutantResult(
        change,
        "survived",
        difference=differences[most],
        point=trials[most].point.values,
        detectable=trials[most].target.detectable(left[most]),
    )


def _as_true(value: Any, trial: Trial, left: Range) -> bool:
    """Whether a bound of that value is confirmed as the trial's own is, or says less than it."""
    target, side = trial.target, trial.statement.side
    looser = value >= target.value if side == "upper" else value <= target.value
    says_less = side in ("upper", "lower") and looser
    return target.confirms(value, left) or (trial.verdict == "CONFIRMED" and bool(says_less))


class _MutationAnalysis:
    """The outcomes of one form's mutants at the points where it was decided."""

    def __init__(
        self,
        form: ClosedForm | Number,
        trials: Sequence[Trial],
        left: Sequence[Range],
        right: Statement | None,
    ) -> None:
        self.trials = trials
        self.left = left
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
        self.right = (
            None  # no mutant has the formula of what is computed
            if right is None or isinstance(right.form, Computed)
            else _values_of(cast("ClosedForm | Number", right.form), near)
        )

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
        targets = [trial.target for trial in self.trials]
        there = zip(judged_at, targets, strict=True)
        if not any(value is not None and target.possible(value) for value, target in there):
            return "impossible"
        if all(map(_agree, values, self.claimed)):
            return "equal"
        if self.right is not None and _is_successor(values, self.right):
            return "the successor"
        places = list(zip(judged_at, self.trials, self.left, strict=True))
        if any(value is None or t.target.allowed(value).misses(left) for value, t, left in places):
            return "refuted"
        far_off = list(zip(values[self.far_off], self.claimed[self.far_off], strict=True))
        if far_off and all(_near(value, claimed) for value, claimed in far_off):
            return "limit"
        if all(_as_true(*place) for place in places):
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
            "detectable": trial.target.detectable(self.left[most]),
        }


UNKNOWN = "unknown"
"""Stands for a value that could not be worked out."""


def _evaluators(form: ClosedForm | Number, points: Sequence[Mapping[str, Any]]) -> list[Evaluator]:
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


def _values_of(form: ClosedForm | Number, points: Sequence[Mapping[str, Any]]) -> list[Any]:
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


def _growing(form: Form) -> list[str]:
    """Names of the form's own parameters that grow in its limit."""
    letters = {item.symbol for item in form.grows}
    return [item.name for item in form.parameters if item.symbol in letters]


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
        error = trial.target.detectable(left[place_of(trial)])
        if trial.verdict == "CONFIRMED" and error is not None:
            found.setdefault(trial.point.key, error)
    return found
