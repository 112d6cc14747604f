"""What was found at each point of a form, in plain numbers and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.engine.trial import Trial
from verify.evidence import Verdict
from verify.model import Value
from verify.relations.words import grouped

KINDS = ("network", "inputs")
"""What always tells the points of one abscissa apart."""


@dataclass(frozen=True)
class PointVerdict:
    """One trial as it is told: what was claimed, measured and decided at a point.

    Of sizes in `limit_of` the estimate is the limit, extrapolated; `kind` is what its setting calls
    by name, where that tells it from the form's other points; `detectable_shown` says that the
    error was shown, and not planned alone.
    """

    parameters: Mapping[str, Value]
    setting: Mapping[str, Value]
    kind: str
    theory: float
    estimate: float
    limit_of: Sequence[str]
    standard_error: float | None
    planned: float
    networks: int
    excluded: int
    verdict: Verdict | None
    eps: float | None
    alpha: float | None
    finite_size: float
    relative_variance: float | None
    smallest_detectable_error: float | None
    detectable_shown: bool
    remark: str | None
    counted: bool

    @property
    def values(self) -> dict[str, Value]:
        """Setting and parameters in one mapping."""
        return {**self.setting, **self.parameters}


def point_verdicts(
    trials: Sequence[Trial], errors_shown: Mapping[str, float]
) -> tuple[PointVerdict, ...]:
    """What was found at each trial's point; `errors_shown` are errors by the key of a point."""
    kinds = {id(one): kind for kind, alike in _by_kind(trials).items() for one in alike}
    return tuple(_of(one, kinds[id(one)], errors_shown.get(one.point.key)) for one in trials)


def _of(trial: Trial, kind: str, shown: float | None) -> PointVerdict:
    target, evidence = trial.target, trial.evidence
    return PointVerdict(
        parameters=dict(trial.point.parameters),
        setting=dict(trial.point.setting),
        kind=kind,
        theory=target.value,
        estimate=trial.estimate,
        limit_of=list(trial.limit_of),
        standard_error=target.standard_error(evidence),
        planned=target.plan(),
        networks=0 if evidence is None else evidence.draws,
        excluded=trial.excluded,
        verdict=trial.verdict,
        eps=target.epsilon if trial.verdict == "CONFIRMED" else None,
        alpha=target.alpha if trial.statement.tested else None,
        finite_size=target.finite_size,
        relative_variance=target.relative_spread,
        smallest_detectable_error=trial.planned_detectable_error if shown is None else shown,
        detectable_shown=shown is not None,
        remark=trial.remark,
        counted=trial.counted,
    )


def _by_kind(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """Trials by what their settings call by name: the KINDS, and whatever else differs by itself.

    A name that follows from those before it, as a distribution from a case, says nothing.
    """
    settings = [trial.point.setting for trial in trials if trial.evidence is not None]
    worded = dict.fromkeys(
        name for setting in settings for name, value in setting.items() if isinstance(value, str)
    )
    names = [name for name in KINDS if name in worded]
    for name in worded:
        before = {tuple(setting.get(one) for one in names) for setting in settings}
        with_it = {tuple(setting.get(one) for one in (*names, name)) for setting in settings}
        if len(with_it) > len(before):
            names.append(name)
    return grouped(trials, *names)
