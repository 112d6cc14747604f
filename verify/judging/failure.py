"""What a test that failed tells of a verdict: what was said and found, and how to see it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from verify.claims import find
from verify.errors import UsageError
from verify.judging.point_verdict import PointVerdict
from verify.judging.verdict import Counterexample, Judgement
from verify.model import Claim
from verify.numbers import with_error
from verify.relations.words import shown


def failure(judgement: Judgement, otherwise: str) -> str:
    """Statement, form and source; what is claimed and was measured at a point; how to repeat it.

    By a command, of a counterexample the one that judges the form there, or as is said `otherwise`
    where no command finds the claim.
    """
    claim, statement, refuted = judgement.claim, judgement.statement, judgement.counterexample
    form = statement.form
    source = "" if form.source is None else f", {form.source}"
    lines = [
        f"{claim.id}, {statement.name}: {judgement.verdict}, expected {judgement.expected}",
        f"    {claim.statement}",
        f"    {statement.name} ({statement.relation}){source}: {form.latex}",
        f"    {judgement.sentence}",
    ]
    at = judgement.refuted_at or _first(judgement)
    if at is not None:
        found = with_error(at.estimate, at.standard_error)
        where = shown(at.parameters) or "the one point"
        lines.append(f"    at {where}: {at.theory:.4g} claimed, {found} measured")
    asked = judgement.request
    if not _is_in_catalogue(claim):
        again = otherwise
    elif refuted is not None:
        again = command(claim, refuted, asked.budget)
    else:
        again = _words(claim, asked.at, asked.budget, asked.seed, on_images=True)
    return "\n".join([*lines, f"    again: {again}"])


def _is_in_catalogue(claim: Claim) -> bool:
    try:
        return find(claim.id).id == claim.id
    except UsageError:
        return False


def _first(judgement: Judgement) -> PointVerdict | None:
    """The first point that the verdict is of, or that was measured at all."""
    points = [point for point in judgement.points if point.networks]
    mine = (one for one in points if one.counted and one.verdict == judgement.verdict)
    return next(mine, next(iter(points), None))


def command(claim: Claim, found: Counterexample, budget: str) -> str:
    """The command that judges the claim at the counterexample again, under the fresh seed."""
    on_images = "digest" in found.setting
    return _words(claim, found.parameters, budget, found.repeat_seed, on_images=on_images)


def _words(claim: Claim, at: Mapping[str, Any], budget: str, seed: int, *, on_images: bool) -> str:
    place = [f"--at {name}={value}" for name, value in at.items()]
    file = [] if claim.file is None else [f"--claims {shlex.quote(str(claim.file))}"]
    folders = {one.folder for one in claim.by if one.folder and on_images}
    data = [f"--data {shlex.quote(folder)}" for folder in folders]
    words = ["touchstone check", claim.id, *file, *place, *data, f"--budget {budget}"]
    return " ".join([*words, f"--seed {seed}"])
