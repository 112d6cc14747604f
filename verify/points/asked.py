"""What a claim is asked: points, what is said there, and what is known before any draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from verify.claims import is_ours
from verify.errors import UsageError
from verify.evidence.accounting import Budget
from verify.ledger.identity import fingerprint
from verify.ledger.store import Ledger
from verify.model import Claim, Point, Value
from verify.points.placed import Layout, at, laid_out
from verify.points.refuting import Contradiction, Refuting
from verify.relations import Target
from verify.relations.said import Said, Spoken, silences, spoken


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

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; `from_dict` reads them back, given the claim."""
        return {
            "points": [_plain(point) for point in self.layout.points],
            "refused": dict(self.layout.refused),
            "unbounded": self.layout.unbounded,
            "said": [
                [(told.statement.name, told.target.as_dict(), told.plan) for told in one.said]
                for one in self.spoken
            ],
            "silent": [[(who.name, why) for who, why in one.silent] for one in self.spoken],
            "remarks": self.remarks,
            "refuting": {
                name: [(vars(one.contradiction), sorted(one.rests_on)) for one in found]
                for name, found in self.refuting.items()
            },
        }

    @classmethod
    def from_dict(cls, claim: Claim, content: Mapping[str, Any]) -> Asked:
        """What `as_dict` described."""
        points = tuple(
            Point(claim.experiment(label), **terms) for label, terms in content["points"]
        )
        told = zip(points, content["said"], content["silent"], strict=True)
        return cls(
            Layout(points, content["refused"], tuple(content["unbounded"])),
            [
                Spoken(
                    point,
                    tuple(
                        Said(claim.form(name), Target.from_dict(target), plan)
                        for name, target, plan in said
                    ),
                    tuple((claim.form(name), why) for name, why in silent),
                )
                for point, said, silent in told
            ],
            tuple(content["remarks"]),
            {
                name: [Refuting(Contradiction(**one), frozenset(names)) for one, names in found]
                for name, found in content["refuting"].items()
            },
        )


def _plain(point: Point) -> tuple[str, dict[str, Any]]:
    """A point by the label of its experiment, and what else it is made of."""
    terms = {one.name: getattr(point, one.name) for one in fields(point)}
    return terms.pop("experiment").label, terms


def asked(
    claim: Claim,
    budget: Budget,
    ledger: Ledger,
    only: Mapping[str, Value] | None = None,
    examples: int | None = None,
) -> Asked:
    """What is asked of a claim: over its regions, or at `only` one point; see `laid_out`.

    Besides the points that are laid out there are those that its forms are found to call for.
    What is asked of a claim of ours follows from our code, and is kept in the ledger.
    """
    if only is None and examples is None and is_ours(claim):
        mark = fingerprint(claim.id, str(budget))
        kept = ledger.kept("asked", mark, lambda: _asked(claim, budget, ledger).as_dict())
        return Asked.from_dict(claim, kept)
    return _asked(claim, budget, ledger, only, examples)


def _asked(
    claim: Claim,
    budget: Budget,
    ledger: Ledger,
    only: Mapping[str, Value] | None = None,
    examples: int | None = None,
) -> Asked:
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
