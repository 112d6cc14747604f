"""What statements say at points, asked once: the targets of draws, or why there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from verify.evidence.accounting import ALPHA
from verify.numbers import plural
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import Place, shown

P = TypeVar("P", bound=Place)


@dataclass(frozen=True)
class Said:
    """What a statement says at a point, and the draws that takes, at the alpha of a whole claim."""

    statement: Statement
    target: Target
    plan: float


@dataclass(frozen=True)
class Spoken(Generic[P]):
    """A point and what is said there; `silent` are statements about it that cannot be judged.

    Each of those comes with the reason.
    """

    point: P
    said: tuple[Said, ...]
    silent: tuple[tuple[Statement, str], ...]


def spoken(says: Sequence[Statement], points: Iterable[P]) -> list[Spoken[P]]:
    """What statements say at each point; UsageError where one says what cannot be tested."""
    return [_spoken(says, point) for point in points]


def _spoken(says: Sequence[Statement], point: P) -> Spoken[P]:
    said, silent = [], []
    for one in says:
        if one.applies(point):
            target = one.target(point, ALPHA)
            said.append(Said(one, target, target.plan()))
        elif one.is_about(point) and (why := one.silence(point)) is not None:
            silent.append((one, why))
    return Spoken(point, tuple(said), tuple(silent))


def silences(claim_id: str, says: Sequence[Statement], asked: Sequence[Spoken[P]]) -> list[str]:
    """A line on each statement of a claim that is silent at points that it is about, and why."""
    lines = []
    for statement in says:
        said = sum(told.statement is statement for one in asked for told in one.said)
        silent = [(one.point, why) for one in asked for who, why in one.silent if who is statement]
        if silent:
            point, reason = silent[0]
            lines.append(
                f"{claim_id} {statement.name}: not judged at {len(silent)} of"
                f" {plural(len(silent) + said, 'point')}; at {shown(point.parameters)}, {reason}"
            )
    return lines
