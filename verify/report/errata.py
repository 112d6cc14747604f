"""The errata of a paper: each refuted line of it beside the right one, to be sent to its authors.

Nothing is drawn: values are worked out of the formulas, and what the ledger holds is told.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import theory
from theory.papers import PAPERS
from verify.claims import of_paper
from verify.errors import UsageError
from verify.judging.audit import sound_entries
from verify.ledger.entries import Entry
from verify.ledger.store import Ledger
from verify.model import Claim, Value
from verify.numbers import plural, with_error
from verify.points.comparison import AT_LEAST, AT_MOST, EQUAL
from verify.points.parted import APART, Parted, parted
from verify.relations import Statement, Tabulated, words
from verify.relations.words import shown

if TYPE_CHECKING:
    from theory.form import Form

Judged = tuple[Claim, Statement]


def errata(paper: str, ledger: Path) -> dict[str, Any]:
    """The sheet of a paper as plain data: its errors in the order of its claims.

    `ledger` is read where there is one.  Raises UsageError for a paper of which no printed formula
    is held.
    """
    claims, forms = of_paper(None), theory.catalogue()
    said = (one.form for claim in claims for one in claim.says)
    printed = [form.source for form in (*forms, *said) if form.status == "printed"]
    papers = {source.cited.key: source.cited for source in printed if source is not None}
    if paper not in papers and any(claim.paper == paper for claim in claims):
        raise UsageError(
            f'PAPER {paper}: none of its formulas is printed in a paper (status="printed",'
            f" paper=Paper(...)), and errata are of such; `touchstone check` judges its claims"
        )
    if paper not in papers:
        nothing = "Touchstone holds no printed formula of it yet; " if paper in PAPERS else ""
        raise UsageError(f"PAPER {paper}: {nothing}must be one of {', '.join(sorted(papers))}")
    cited = papers[paper]
    judged: dict[Any, Judged | None] = {
        one.form: (claim, one)
        for claim in claims
        for one in claim.says
        if claim.paper == paper and one.form.superseded_by and not one.stands
    }
    every = [form for form in forms if form.source.cited == cited]
    judged |= {form: None for form in every if form.superseded_by and form not in judged}
    with Ledger(ledger, read_only=True) if ledger.exists() else nullcontext() as kept:
        wrong = [_error(form, pair, kept) for form, pair in judged.items()]
    return {
        "paper": {**vars(cited), "authors": list(cited.authors), "cited": str(cited)},
        "version": version("touchstone"),
        "held": len(
            {*every, *(one.form for claim in claims if claim.paper == paper for one in claim.says)}
        ),
        "errors": wrong,
    }


def _error(form: Form, judged: Judged | None, kept: Ledger | None) -> dict[str, Any]:
    right = _successor(form, judged)
    name = form.reading.against if form.reading else ""
    against = [theory.find(f"{form.subject}.{name}")] if name else []
    found = _counterexample(form, right, judged, told_against=bool(against))
    return {
        "form": form.id,
        "name": form.name.removesuffix("_printed").replace("_", " "),
        "where": form.where,
        "is_printed": form.status == "printed" and not (form.reading and form.reading.shows),
        "reading": form.reading.told if form.reading else {},
        "printed": {"formula": form.formula, "latex": form.latex},
        "right": {
            "form": right.id,
            "formula": right.formula,
            "latex": right.latex,
            "bound": _bound(judged),
        },
        "derivation": right.derivation,
        "letters": {str(item.symbol): item.meaning for item in form.parameters},
        "counterexample": None
        if found is None
        else {
            **vars(found),
            "against": {
                one.name.replace("_", " "): {
                    "value": one.value(**{name: found.parameters[name] for name in one.domain}),
                    "latex": one.latex,
                    "derivation": one.derivation.removesuffix("."),
                }
                for one in against
            },
            "command": _evaluation([form, right, *against], judged, found.parameters),
        },
        **_evidence(form, judged, kept, of_formulas=found is not None),
    }


def _counterexample(
    form: Form, right: Form, judged: Judged | None, *, told_against: bool
) -> Parted | None:
    """Where the right form contradicts this one: a bound only if the right one is no bound.

    With a form that is told to contradict it, where the two bounds part.
    """
    if judged is None:
        return parted(form, right, [])
    claim, one = judged
    relation = EQUAL
    if one.side in ("upper", "lower") and not told_against:
        successor = claim.successors.get(one.name)
        if successor is not None and successor.side != "both":
            return None
        relation = AT_LEAST if one.side == "upper" else AT_MOST
    by = [claim.experiment(each.label) for each in one.by or claim.by]
    apart = (one.within / 2,) if isinstance(one, Tabulated) else APART
    return parted(form, right, by, relation, apart)


def _successor(form: Form, judged: Judged | None) -> Any:
    """The right form: that of the same claim, or of the same subject."""
    right = judged and judged[0].successors.get(judged[1].name)
    return right.form if right else theory.find(f"{form.subject}.{form.superseded_by}")


def _bound(judged: Judged | None) -> str | None:
    """On which side the right form bounds what the wrong one equates, where it does no more."""
    if judged is None or judged[1].side != "both":
        return None
    right = judged[0].successors.get(judged[1].name)
    return right.side if right is not None and right.side in ("lower", "upper") else None


def _evaluation(
    listed: Sequence[Form], judged: Judged | None, parameters: Mapping[str, Value]
) -> str:
    """The command that prints the values of all."""
    if judged is not None:
        forms = [f"--form {one.name}" for one in listed]
        values = [f"{name}={value}" for name, value in parameters.items()]
        return " ".join(["touchstone eval", *_named(judged[0]), *forms, *values])
    at = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    values = [f"theory.{one.id}.value({at})" for one in listed]
    return f'python -c "import theory; print({", ".join(values)})"'


def _named(claim: Claim) -> list[str]:
    return [claim.id, *([] if claim.file is None else ["--claims", shlex.quote(str(claim.file))])]


# What the ledger holds ------------------------------------------------------------------------


def _evidence(
    form: Form, judged: Judged | None, kept: Ledger | None, *, of_formulas: bool
) -> dict[str, str | None]:
    """By what the line is refuted, and the command that judges it (again).

    `refuted_by` says by what it is in the ledger, None where it is not.
    """
    if judged is None:
        return {
            "refuted_by": None,
            "evidence": "by formulas alone: the right one is derived, and no claim judges the two",
            "check": None,
        }
    claim, statement = judged
    check = " ".join(["touchstone check", *_named(claim)])
    listed = [] if kept is None else _decided(kept, claim, statement)
    refuted = [entry for entry in listed if entry.row["verdict"] == "REFUTED"]
    if refuted:
        points = plural(len({one.row["point"] for one in refuted}), "point")
        by = SIMULATION if statement.seen_by == "measured" else DERIVATION
        # Of points that are alike that of the first seed: others repeat under a fresh one.
        least = min(refuted, key=lambda one: (*_far(form, one), int(one.row["seed"])))
        seen = _seen(claim, statement, least)
        return {
            "refuted_by": by,
            "evidence": f"{by} refutes it at {points} of the ledger, such as {seen}",
            "check": f"{check} --budget {least.row['budget']} --seed {least.row['seed']}",
        }
    right = claim.successors.get(statement.name)
    beside = _decided(kept, claim, right) if kept is not None and right else []
    found = {entry.row["verdict"] for entry in beside}
    holds = "confirms the right one" if found == {"CONFIRMED"} else "has measured neither yet"
    if isinstance(statement, Tabulated):
        return {
            "refuted_by": None,
            "evidence": f"by the runs recorded in its successor, {_successor(form, judged).where}; "
            "the ledger holds no cell at which they part",
            "check": f"{check} --budget thorough",
        }
    by = "formulas alone" if of_formulas else "simulated networks alone"
    return {"refuted_by": None, "evidence": f"by {by}: the ledger {holds}", "check": check}


SIMULATION, DERIVATION = "simulation", "an independent derivation"
"""By what the ledger may refute a line."""


def _decided(kept: Ledger, claim: Claim, statement: Statement) -> list[Entry]:
    """The trials of a statement that have a verdict, each of which follows from its evidence.

    Those on a user's own images are left out: the command that is told draws none of them.
    """
    listed = sound_entries(kept, claim=claim.id, form=statement.name)
    decided = [entry for entry in listed if entry.row["verdict"] is not None]
    return [entry for entry in decided if "digest" not in _place(entry)]


def _place(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(entry.row["point"]))


def _seen(claim: Claim, statement: Statement, entry: Entry) -> str:
    """A trial of the form in words: where, what is claimed there, and what was found."""
    values = _place(entry)
    at = shown({name: _six(values[name]) for name in statement.form.domain if name in values})
    claimed, seen = entry.target.value, entry.target.seen(entry.evidence)
    digits = 4 if abs(seen - claimed) > abs(seen) / 100 else 12
    found = with_error(seen, entry.target.standard_error(entry.evidence), digits)
    how = words.seen("found", entry.limit_of(statement.by or claim.by))
    return f"{at or 'its one point'}, {claimed:.{digits}g} claimed and {found} {how}"


def _six(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def _far(form: Form, entry: Entry) -> tuple[bool, bool, int]:
    """Whether a trial lies outside the regime of the reading, or is hardly off; and its digits."""
    values = _place(entry)
    claimed, seen = entry.target.value, entry.target.seen(entry.evidence)
    regime = form.reading.regime if form.reading else {}
    outside = not all(one.contains(values.get(name), values) for name, one in regime.items())
    numbers = [values[name] for name in form.domain if isinstance(values.get(name), int | float)]
    near = not abs(seen - claimed) > abs(seen) / 100
    return outside, near, sum(len(repr(value)) for value in numbers)
