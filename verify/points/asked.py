"""What a claim is asked: points, what is said there, and what is known before any draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from verify.errors import UsageError
from verify.evidence.accounting import Budget
from verify.ledger.store import Ledger
from verify.model import Claim, Point, Value
from verify.points.placed import Layout, at, laid_out
from verify.relations.said import Spoken, silences, spoken

if TYPE_CHECKING:
    from verify.points.contradictions import Refuting


@dataclass(frozen=True)
class Asked:
    """The points of a claim, all known before the first is judged, and what is said there.

    `refuting` is what refutes each form without a draw, by its name.  `remarks` are lines on where
    statements are silent, and on the forms that are not compared.
    """

    layout: Layout
    spoken: Sequence[Spoken[Point]]
    remarks: tuple[str, ...]
    refuting: Mapping[str, Sequence[Refuting]] = field(default_factory=dict)


def asked(
    claim: Claim,
    budget: Budget,
    ledger: Ledger,
    only: Mapping[str, Value] | None = None,
    examples: int | None = None,
) -> Asked:
    """What is asked of a claim: over its regions, or at `only` one point; see `laid_out`.

    Besides the points that are laid out there are those that its forms are found to call for.
    """
    from verify.points.contradictions import refuting, telling, unsought  # takes scipy

    if only is None:
        layout = laid_out(claim, budget, examples)
        said = spoken(claim.says, layout.points)
        found = refuting(claim, budget, ledger)
        further = telling(claim, said, found, budget, ledger)
        layout = replace(layout, points=(*layout.points, *further))
        said += spoken(claim.says, further)
    elif examples:
        raise UsageError(f"examples = {examples}: are drawn, and one point is asked for")
    else:
        layout, found = Layout(at(claim, only, budget)), {}
        said = spoken(claim.says, layout.points)
    remarks = (*silences(claim.id, claim.says, said), *unsought(claim, budget))
    return Asked(layout, said, remarks, found)
