"""What was found about a form, and about a claim: the words that verdicts are told in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verify.engine.trial import Trial
from verify.errors import UsageError
from verify.evidence import Verdict
from verify.evidence.accounting import ALPHA
from verify.judging import notebook, words
from verify.judging.caught import MutantResult, mutation_score
from verify.judging.coverage import Coverage
from verify.judging.point_verdict import PointVerdict, point_verdicts
from verify.judging.pooling import Pool
from verify.judging.tightness import Tightness, tightness
from verify.model import Claim, Value
from verify.relations import Statement
from verify.relations.words import called, data, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from verify.points.refuting import Contradiction

RANK: tuple[Verdict, ...] = ("REFUTED", "INCONCLUSIVE", "INFEASIBLE", "OBSERVED", "CONFIRMED")
"""A form's verdict is the first of these that one of its counted points has."""


@dataclass(frozen=True)
class Counterexample:
    """The smallest refuted point that lattice descent found, repeated under a fresh seed.

    Draws that stop at a refutation lie on its side by chance, too: where the repeat refutes the
    form as well, `estimate` is the mean of `mean_of` networks drawn behind its verdict, as many as
    the refuted run took.  Else, and where it is no mean of draws (`mean_of` is 0), it is what was
    refuted, and what a single draw refutes has no standard error.  Of sizes in `limit_of` it is the
    limit, extrapolated.  `networks` and `seconds` are what descent, repeat and that mean took.
    """

    parameters: Mapping[str, Value]
    setting: Mapping[str, Value]
    theory: float
    corrected: float | None
    finite_size: float
    estimate: float
    standard_error: float | None
    limit_of: Sequence[str]
    mean_of: int
    repeat_seed: int
    repeat_verdict: Verdict
    repeat_estimate: float
    neighbours: Sequence[Mapping[str, Any]]
    networks: int = field(compare=False)
    seconds: float = field(compare=False)

    @property
    def kind(self) -> str:
        """What its setting calls by name: the kind of network, of inputs, the distribution."""
        kinds = {name: kind for name, kind in self.setting.items() if isinstance(kind, str)}
        kinds.pop("digest", None)
        return ", ".join(called(name, kind) for name, kind in kinds.items())

    @property
    def contradicted(self) -> str | None:
        """That the repeat does not refute the form as well, in words."""
        if self.repeat_verdict == "REFUTED":
            return None
        return (
            f"repeated under a fresh seed it is {self.repeat_estimate:.4g}, {self.repeat_verdict}"
        )

    @property
    def ratio(self) -> float | None:
        """What was measured over the form's value; None where that is zero."""
        return self.estimate / self.theory if self.theory else None


@dataclass(frozen=True)
class Request:
    """What was asked for: a run, which is a budget and a seed, and the one point, or all."""

    budget: str = "quick"
    seed: int = 0
    at: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Judgement:
    """What was found about one form of a claim: made once, and complete.

    `assumptions` are what the form assumes, each with how the experiments meet it, `by_draws` is
    what its trials come to, `coverage` the region that the verdict is about, `mutants` are those of
    the form with their outcomes, `errors_shown` the least error that would have been caught at a
    point (by its key), `pool` the evidence pooled over points, `cap` the largest error at which an
    equality passes, and `contradiction` what refutes the form without a draw.  All that is told of
    these follows from them, and is worked out when they are known.  It is true where the verdict is
    the expected one.
    """

    claim: Claim
    statement: Statement
    assumptions: tuple[tuple[str, str | None], ...]
    trials: tuple[Trial, ...]
    by_draws: Verdict
    coverage: Coverage
    counterexample: Counterexample | None
    mutants: tuple[MutantResult, ...]
    errors_shown: Mapping[str, float]
    pool: Pool | None
    cap: float = math.inf
    contradiction: Contradiction | None = None
    request: Request = field(default_factory=Request)

    verdict: Verdict = field(init=False)
    """The form's verdict over its counted points, one by one and pooled, or by another form."""

    expected: Verdict = field(init=False)
    """The verdict that the catalogue expects at these points."""

    epsilon: float | None = field(init=False)
    """The largest relative error that CONFIRMED leaves open, over the counted points."""

    rarest: float | None = field(init=False)
    """Of events with a lower probability CONFIRMED says nothing; None where it takes none."""

    tightest: Tightness | None = field(init=False)
    """How tight a bound that is CONFIRMED was where it was tightest."""

    doubt: str | None = field(init=False)
    """What is stated of draws that they contradict, where that keeps a point undecided."""

    points: tuple[PointVerdict, ...] = field(init=False)
    """What was found at the point of each trial."""

    smallest_detectable_error: float | None = field(init=False)
    """An error of this size, made everywhere, would have been caught; None if none would."""

    detectable: str | None = field(init=False)
    """The same in words."""

    sentence: str = field(init=False)
    """The verdict in words."""

    supersedes: str | None = field(init=False)
    """The form of the claim that this one takes the place of."""

    def __post_init__(self) -> None:
        statement, counted = self.statement, self.counted
        successors = self.claim.successors.items()
        superseded = [name for name, right in successors if right is statement]
        by_form = self.contradiction is not None and not self.observational
        self._tell("verdict", "REFUTED" if by_form else self.by_draws)
        self._tell("expected", self._expected())
        confirmed = self.verdict == "CONFIRMED"
        self._tell("epsilon", max(t.target.epsilon for t in counted) if confirmed else None)
        self._tell("rarest", words.rarest(self) if confirmed else None)
        self._tell("tightest", tightness(statement, counted) if confirmed else None)
        self._tell("doubt", self._doubt())
        self._tell("points", point_verdicts(self.trials, self.errors_shown))
        self._tell("smallest_detectable_error", self._smallest_detectable_error())
        self._tell("detectable", words.detectable(self))
        self._tell("sentence", words.sentence(self))
        self._tell("supersedes", superseded[0] if superseded else None)

    def _tell(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"<{self.verdict} {self.claim.id} {self.statement.name}, {self.decided} points>"

    def _repr_html_(self) -> str:
        return notebook.of_form(self)

    def plot(self, axes: Axes | None = None, /) -> Axes:
        """Draw what was measured over what the form says, at each point where both are known.

        On a new figure of matplotlib, or on `axes`, which are returned. Raises ImportError where
        matplotlib is not installed.
        """
        return notebook.plot(self, axes)

    @property
    def counted(self) -> tuple[Trial, ...]:
        """Trials inside the form's assumptions; only these decide."""
        return tuple(trial for trial in self.trials if trial.counted)

    @property
    def observational(self) -> bool:
        """Whether all that was measured is only shown."""
        return only_shown(self.trials)

    @property
    def data(self) -> str:
        """On which images it was judged, in words; nothing where it takes none."""
        return data(self.trials)

    def _expected(self) -> Verdict:
        """The verdict that the catalogue expects at these points.

        A superseded form is right where it differs from its successor by less than the remainder,
        as at a depth before the two part.  What is only shown is expected to be OBSERVED, and so
        decides no exit status.
        """
        if self.observational:
            return "OBSERVED"
        right = self.claim.successors.get(self.statement.name)
        if right is None or self.contradiction is not None:
            return self.statement.expected
        parted = any(_parted(trial, right) for trial in self.counted)
        return self.statement.expected if parted else "CONFIRMED"

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the one that the catalogue expects."""
        return self.verdict == self.expected

    def __bool__(self) -> bool:
        return self.as_expected

    def _doubt(self) -> str | None:
        for trial in self.counted:
            if trial.evidence is not None and trial.verdict not in ("CONFIRMED", "REFUTED"):
                found = trial.target.doubt(trial.evidence)
                if found is not None:
                    return f"at {named(trial.point.parameters)} {found}"
        return None

    @property
    def decided(self) -> int:
        """Counted points with a verdict that decides."""
        return sum(trial.verdict in ("CONFIRMED", "REFUTED") for trial in self.counted)

    @property
    def refuted_at(self) -> Counterexample | PointVerdict | None:
        """The counterexample, or where time was up before one was sought the first refuted point.

        None of a form that is refuted nowhere.
        """
        every = (point for point in self.points if point.counted and point.verdict == "REFUTED")
        return self.counterexample or next(every, None)

    @property
    def refuting_pool(self) -> Pool | None:
        """The evidence of all points together, where it refutes the form and no point does."""
        alone = self.pool is not None and self.pool.refuted and self.refuted_at is None
        return self.pool if alone else None

    def _smallest_detectable_error(self) -> float | None:
        """The least over the counted points that was shown, or else the least that was planned.

        It was shown by the form's own evidence or its successor's.
        """
        counted = [one for one in self.points if one.counted]
        shown = [one for one in counted if one.detectable_shown] or counted
        errors = [one.smallest_detectable_error for one in shown]
        return min((error for error in errors if error is not None), default=None)

    @property
    def mutation_score(self) -> float | None:
        """The share of mutants that the evidence refutes; None where none could be judged."""
        return mutation_score(self.mutants)

    @property
    def seconds(self) -> float:
        """Worker time spent on this form, its counterexample included.

        Networks shared by several forms are split evenly.
        """
        sought = 0.0 if self.counterexample is None else self.counterexample.seconds
        return sum(trial.seconds for trial in self.trials) + sought

    @property
    def networks(self) -> int:
        """Networks drawn for this form, its counterexample included; read by others, too."""
        sought = 0 if self.counterexample is None else self.counterexample.networks
        return sought + sum(block.draws for trial in self.trials for block in trial.blocks)

    def summary(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        found, broken, tightest = self.counterexample, self.contradiction, self.tightest
        at = self.refuted_at
        return {
            "id": self.claim.id,
            "form": self.statement.name,
            "relation": self.statement.relation,
            "verdict": self.verdict,
            "expected": self.expected,
            "eps": self.epsilon,
            "alpha": ALPHA if self.statement.tested else None,
            "tightest": None if tightest is None else vars(tightest),
            "region": self.coverage.region,
            "data": self.data or None,
            "points": len(self.counted),
            "drawn": self.coverage.drawn,
            "decided": self.decided,
            "doubt": self.doubt,
            "rarest": self.rarest,
            "counterexample": None if found is None else dict(found.parameters),
            "claimed": None if at is None else at.theory,
            "measured": None if at is None else at.estimate,
            "standard_error": None if at is None else at.standard_error,
            "limit_of": [] if at is None else list(at.limit_of),
            "repeated": None if found is None else found.repeat_verdict,
            "contradiction": None if broken is None else vars(broken),
            "pool": None if self.pool is None else vars(self.pool),
            "sentence": self.sentence,
            "smallest_detectable_error": self.smallest_detectable_error,
            "mutation_score": self.mutation_score,
            "seconds": round(self.seconds, 3),
        }


def only_shown(trials: Sequence[Trial]) -> bool:
    """Whether all that was measured is only shown."""
    return bool(trials) and all(trial.observational for trial in trials)


def verdict_by_draws(
    statement: Statement,
    trials: Sequence[Trial],
    counterexample: Counterexample | None,
    pool: Pool | None,
    cap: float,
) -> Verdict:
    """A form's verdict over its counted points, one by one and pooled.

    OBSERVED, which is no pass, where all are only shown, and where an equality was confirmed more
    loosely than the budget's cap.  INCONCLUSIVE where a fresh seed refutes none of the refuted
    points again.
    """
    if only_shown(trials):
        return "OBSERVED"
    if counterexample is not None and counterexample.contradicted:
        return "INCONCLUSIVE"  # and so is a pool, which holds the same draws
    if pool is not None and pool.refuted:
        return "REFUTED"
    counted = [trial for trial in trials if trial.counted]
    found = {trial.verdict for trial in counted}
    loose = any(trial.target.epsilon > cap for trial in counted)
    # A table has an error of its own.
    if found == {"CONFIRMED"} and loose and statement.is_equality and statement.tested:
        return "OBSERVED"
    return next((verdict for verdict in RANK if verdict in found), "INCONCLUSIVE")


@dataclass(frozen=True, repr=False)
class ClaimVerdict:
    """What was found about a claim: one judgement for each of its forms; true if all are."""

    claim: Claim
    judgements: tuple[Judgement, ...]

    def __repr__(self) -> str:
        found = ", ".join(f"{j.statement.name}: {j.verdict}" for j in self.judgements)
        return f"<{self.claim.id}: {found}>"

    def _repr_html_(self) -> str:
        return notebook.of_claim(self)

    def plot(self) -> list[Axes]:
        """Draw each form's points on a figure of its own, as `Judgement.plot` does."""
        return [judgement.plot() for judgement in self.judgements]

    def __getitem__(self, form: str) -> Judgement:
        wanted = self.claim.form(form)
        for judgement in self.judgements:
            if judgement.statement is wanted:
                return judgement
        raise UsageError(f"form = {form!r}: does not speak of the point that was judged")

    @property
    def as_expected(self) -> bool:
        """Whether every form got the verdict that the catalogue expects."""
        return all(judgement.as_expected for judgement in self.judgements)

    def __bool__(self) -> bool:
        return self.as_expected

    @property
    def verdict(self) -> Verdict:
        """The verdict on the statements that the catalogue holds to be true: what to believe.

        What is only shown has no part in it, unless there is nothing else.
        """
        true = [judgement for judgement in self.judgements if judgement.statement.stands]
        standing = {j.verdict for j in true if not j.observational} or {j.verdict for j in true}
        return next((verdict for verdict in RANK if verdict in standing), "INCONCLUSIVE")


def _parted(trial: Trial, successor: Statement) -> bool:
    """Whether a superseded form differs from its successor by more than the remainder.

    A printed number that is compared, and not tested, agrees with another within its tolerance.
    """
    right, printed = successor.target(trial.point, ALPHA).value, trial.target.value
    unit = abs(getattr(trial.target, "error_unit", printed))
    close = trial.target.finite_size if trial.statement.tested else trial.target.epsilon
    return abs(right - printed) > close * unit
