"""What a verdict speaks of: the region of a form, and the points of it that were judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from theory.domains import OneOf
from verify.engine.trial import Trial
from verify.model import Claim, Experiment, Point
from verify.numbers import plural
from verify.points import Layout, region
from verify.relations import Statement


@dataclass(frozen=True)
class Coverage:
    """A region in words, such as "1 <= L <= 50, 0.1 <= p <= 1", and how many points were judged.

    `drawn` of the points were drawn over it; without any, the region is the hull of the points.
    `refused` is how many more were drawn where the experiment cannot run, `unbounded` are the
    parameters for want of whose ends none were.
    """

    region: str
    points: int
    drawn: int
    refused: int
    unbounded: tuple[str, ...]

    def __str__(self) -> str:
        """What is said, and no more, in words that follow a verdict."""
        met = plural(self.points, "point")
        if not self.drawn:
            inside = f" in {self.region}" if self.region else ""
            why = f", as nothing bounds {' and '.join(self.unbounded)}" if self.unbounded else ""
            return f"at {met}{inside}, none of them drawn{why}; nothing is said beyond"
        refused = f"; at {self.refused} more the experiment cannot run" if self.refused else ""
        return (
            f"for {self.region}; {met}, {self.drawn} of them drawn{refused}; nothing is said beyond"
        )


def coverage(
    claim: Claim, statement: Statement, trials: Sequence[Trial], layout: Layout
) -> Coverage:
    """What the counted trials of a statement cover, of the points that were laid out."""
    trials = [trial for trial in trials if trial.counted]
    words: dict[str, str] = {}
    not_run = drawn = 0
    for experiment in claim.by:
        met = [trial.point for trial in trials if trial.point.experiment.label == experiment.label]
        if not met:
            continue
        if any(point.drawn for point in met):
            words[experiment.label] = str(region(statement, _met(experiment, met)))
            not_run += layout.refused.get(experiment.label, 0)
            drawn += sum(point.drawn for point in met)
        else:
            words[experiment.label] = _hull(statement, met)
    distinct = list(dict.fromkeys(words.values()))
    if len(distinct) > 1:
        distinct = [f"{label}: {text}" for label, text in words.items()]
    return Coverage("; ".join(distinct), len(trials), drawn, not_run, layout.unbounded)


def _met(experiment: Experiment, points: Sequence[Point]) -> Experiment:
    """The same over those members alone of each finite set that points have met."""
    over = {
        name: OneOf(*(one for one in domain.values if one in {p.parameters[name] for p in points}))
        if isinstance(domain, OneOf) and name in points[0].parameters
        else domain
        for name, domain in experiment.over.items()
    }
    return replace(experiment, over=over)


def _hull(statement: Statement, met: Sequence[Point]) -> str:
    """The ranges of the parameters over some points, in words."""
    letters = {one.name: one.letter for one in statement.form.parameters}
    columns = {name: [point.parameters[name] for point in met] for name in met[0].parameters}
    return ", ".join(range_of(letters.get(name, name), listed) for name, listed in columns.items())


def range_of(letter: str, listed: Sequence[object]) -> str:
    """The range of a parameter over some points, or the names that it takes."""
    numbers = [one for one in listed if isinstance(one, int | float)]
    if len(numbers) < len(listed):
        return f"{letter} = {' or '.join(dict.fromkeys(map(str, listed)))}"
    low, high = min(numbers), max(numbers)
    return f"{letter} = {low:g}" if low == high else f"{low:g} <= {letter} <= {high:g}"
