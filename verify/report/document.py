"""The report's content: what was found, as plain data, ready to be rendered or written as JSON."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from verify.evidence.accounting import ALPHA, budget_named
from verify.judging.caught import OUTCOMES, MutantResult
from verify.judging.failure import command
from verify.judging.point_verdict import PointVerdict
from verify.judging.verdict import RANK, ClaimVerdict, Judgement
from verify.ledger.identity import machine
from verify.model import Claim

Panel = dict[str, Any]
Ordinate = Literal["value", "ratio", "difference"]
"""What the vertical axis shows of a measurement: itself, or beside what the form claims."""


def build(
    verdicts: Sequence[ClaimVerdict], figures: Sequence[Mapping[str, Any]], budget: str, seed: int
) -> dict[str, Any]:
    """The whole report for `verify.report.write_report`."""
    judgements = [judgement for verdict in verdicts for judgement in verdict.judgements]
    level = budget_named(budget)
    return {
        "title": f"Touchstone report: {_papers(verdicts)}",
        "version": version("touchstone"),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "budget": {
            "name": level.name,
            "networks_per_point": level.draws,
            "statement": level.statement,
        },
        "seed": seed,
        "alpha": ALPHA,
        "counts": {name: sum(j.verdict == name for j in judgements) for name in RANK},
        "unexpected": sum(not judgement.as_expected for judgement in judgements),
        "figures": list(figures),
        "claims": [_claim(verdict, budget) for verdict in verdicts],
    }


def _papers(verdicts: Sequence[ClaimVerdict]) -> str:
    sources = (verdict.claim.source for verdict in verdicts)
    return ", ".join(dict.fromkeys(str(source.cited) for source in sources))


def _claim(verdict: ClaimVerdict, budget: str) -> dict[str, Any]:
    claim = verdict.claim
    source = claim.source
    paper = source.cited
    return {
        "id": claim.id,
        "paper": claim.paper,
        "subject": claim.says[0].form.subject,
        "statement": claim.statement,
        "source": {
            "paper": paper.key,
            "cited": str(paper),
            "authors": ", ".join(paper.authors),
            "title": paper.title,
            "year": paper.year,
            "where": source.where,
        },
        "notes": list(claim.notes),
        "panels": panels(verdict),
        **_sensitivity_and_cost(verdict.judgements),
        "forms": [_form(judgement, budget) for judgement in verdict.judgements],
    }


def _form(judgement: Judgement, budget: str) -> dict[str, Any]:
    statement, form = judgement.statement, judgement.statement.form
    return {
        "form": statement.name,
        "name": statement.name.replace("_", " "),
        "status": form.status,
        "relation": statement.relation,
        "seen_by": statement.seen_by,
        "verdict": judgement.verdict,
        "expected": judgement.expected,
        "as_expected": judgement.as_expected,
        "sentence": judgement.sentence,
        "eps": judgement.epsilon,
        "alpha": ALPHA if statement.tested else None,
        "tightest": judgement.tightest and vars(judgement.tightest),
        "region": judgement.coverage.region,
        "coverage": str(judgement.coverage),
        "latex": form.latex,
        "python": form.python,
        "where": form.where,
        "limit": form.limit,
        "finite_size": form.finite_size,
        "derivation": form.derivation or None,
        "superseded_by": None if statement.stands else form.superseded_by,
        "improved_by": form.improved_by,
        "reading": form.reading and form.reading.told,
        "supersedes": judgement.supersedes,
        "assumptions": [{"text": text, "met": met} for text, met in judgement.assumptions],
        "parameters": [
            {
                "name": parameter.name,
                "symbol": str(parameter.symbol),
                "domain": parameter.domain.describe(),
                "meaning": parameter.meaning,
            }
            for parameter in form.parameters
        ],
        "points": [_point(found) for found in judgement.points],
        "counterexample": _counterexample(judgement, budget),
        "contradiction": judgement.contradiction and vars(judgement.contradiction),
        "decided": judgement.decided,
        "total": len(judgement.counted),
        "smallest_detectable_error": judgement.smallest_detectable_error,
        "detectable": judgement.detectable,
        "mutation_score": judgement.mutation_score,
        "mutants": _mutants(judgement.mutants),
        "pool": None if judgement.pool is None else vars(judgement.pool),
        "seconds": judgement.seconds,
        "networks": judgement.networks,
    }


def _sensitivity_and_cost(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """A claim's mutants over all its forms, the error that each form would show, and the cost."""
    outcomes = [mutant.outcome for judgement in judgements for mutant in judgement.mutants]
    errors = [j.smallest_detectable_error for j in judgements if j.statement.is_equality]
    known = [error for error in errors if error is not None]
    return {
        "mutants_refuted": outcomes.count("refuted"),
        "mutants_judged": outcomes.count("refuted") + outcomes.count("survived"),
        "smallest_detectable_error": max(known, default=None),
        "points": sum(len(judgement.counted) for judgement in judgements),
        "decided": sum(judgement.decided for judgement in judgements),
        "networks": sum(judgement.networks for judgement in judgements),
        "seconds": sum(judgement.seconds for judgement in judgements),
    }


def _mutants(mutants: Sequence[MutantResult]) -> dict[str, list[dict[str, Any]]] | None:
    """Mutants by their outcome; None where there are none."""
    if not mutants:
        return None
    return {
        outcome: [_finite(vars(mutant)) for mutant in mutants if mutant.outcome == outcome]
        for outcome in OUTCOMES
    }


def _finite(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same with None for each NaN or infinity, which JSON cannot write."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in content.items()
    }


def _point(found: PointVerdict) -> dict[str, Any]:
    content = _finite(vars(found))
    del content["kind"]  # of the plot alone
    return content


def _counterexample(judgement: Judgement, budget: str) -> dict[str, Any] | None:
    found = judgement.counterexample
    if found is None:
        return None
    again = command(judgement.claim, found, budget)
    return _finite({**vars(found), "kind": found.kind, "ratio": found.ratio, "command": again})


# Plots ----------------------------------------------------------------------------------------


def panels(verdict: ClaimVerdict) -> list[Panel]:
    """One panel a form: measured over claimed, against the claim's axis.

    Along one parameter all values stand in a panel of their own before them.  Without a parameter
    that is a number there is no axis, and nothing to be drawn.
    """
    if not _parameters(verdict):
        return []
    drawn = []
    alone = len(_parameters(verdict)) == 1
    if alone:
        drawn.append(_values_panel(verdict))
    drawn += [
        _panel_of(judgement)
        for judgement in verdict.judgements
        if _seen(judgement) and not (alone and judgement.statement.ordinate == "value")
    ]
    return [panel for panel in drawn if panel["series"]]


def _parameters(verdict: ClaimVerdict) -> tuple[str, ...]:
    """Names of the parameters of the points that were judged, of those that are numbers."""
    return _names(verdict.judgements)


def _names(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    points = (point for judgement in judgements for point in judgement.points)
    first = next(points, None)
    if first is None:
        return ()
    return tuple(name for name, value in first.parameters.items() if not isinstance(value, str))


def _axis(claim: Claim, judgements: Sequence[Judgement]) -> str:
    """The parameter along the horizontal axis: the claim's, or the first of its points."""
    return claim.axis or _names(judgements)[0]


def _seen(judgement: Judgement) -> list[PointVerdict]:
    return [point for point in judgement.points if point.networks]


def _by_kind(points: Iterable[PointVerdict]) -> dict[str, list[PointVerdict]]:
    """Points by what their settings call by name."""
    groups: dict[str, list[PointVerdict]] = {}
    for point in points:
        groups.setdefault(point.kind, []).append(point)
    return groups


CURVES = {"corrected": "corrected"}
"""Kinds of curve for statuses that have one of their own."""


def _values_panel(verdict: ClaimVerdict) -> Panel:
    """Claimed curves and measured means themselves, for claims along one parameter."""
    axis = _axis(verdict.claim, verdict.judgements)
    series: list[dict[str, Any]] = []
    measured: dict[str, list[PointVerdict]] = {}
    for judgement in verdict.judgements:
        form = judgement.statement.form
        groups = _by_kind(_seen(judgement))
        if not groups:
            continue
        kind = (
            "printed"
            if not judgement.statement.stands
            else ("corrected" if form.status == "corrected" else "theory")
        )
        kind = judgement.statement.curve or kind
        first = next(iter(groups.values()))
        if judgement.statement.ordinate != "value":
            series.append(_line(judgement.statement.name.replace("_", " "), kind, axis, first))
        for name, points in groups.items():
            measured.setdefault(_label(judgement.statement.quantity, name), points)
    for name, points in measured.items():
        series.append(_markers(name, "measured", axis, points, "value"))
    values = [y for one in series for y in one["y"] if y > 0]
    spread = bool(values) and max(values) > 10 * min(values)
    return _panel("claimed and measured", axis, "value", spread, series)


CLAIMED: Panel = {
    "label": "the claim",
    "kind": "theory",
    "standard_error": None,
}


LABELS: Mapping[Ordinate, str] = {
    "value": "measured",
    "ratio": "measured / claimed",
    "difference": "measured − claimed",
}


def _panel_of(judgement: Judgement) -> Panel:
    axis = _axis(judgement.claim, [judgement])
    ordinate = judgement.statement.ordinate
    points = [point for point in _seen(judgement) if ordinate != "ratio" or point.theory]
    level = 1.0 if ordinate == "ratio" else 0.0
    series: list[Panel] = []
    abscissae = sorted({float(point.values[axis]) for point in points})
    if abscissae and ordinate != "value":
        ends = [abscissae[0], abscissae[-1]]
        series.append({**CLAIMED, "x": ends, "y": [level, level]})
    for name, group in _by_kind(points).items():
        standing = [point for point in group if point.verdict != "REFUTED"]
        refuted = [point for point in group if point.verdict == "REFUTED"]
        if standing:
            how = "extrapolated" if all(point.limit_of for point in standing) else "measured"
            series.append(_markers(name or how, "measured", axis, standing, ordinate))
        if refuted:
            series.append(_markers(_label(name, "refuted"), "refuted", axis, refuted, ordinate))
    ratios = [y for one in series for y in one["y"] if y > 0]
    spread = bool(ratios) and max(ratios) > 10 * min(ratios)
    title = judgement.statement.name.replace("_", " ")
    return _panel(title, axis, LABELS[ordinate], spread and ordinate != "difference", series)


def _label(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _panel(title: str, axis: str, y_label: str, log_y: bool, series: list[dict[str, Any]]) -> Panel:
    return {
        "title": title,
        "x_label": axis.replace("_", " "),
        "y_label": y_label,
        "log_y": log_y,
        "series": series,
    }


def _line(label: str, kind: str, axis: str, points: Sequence[PointVerdict]) -> dict[str, Any]:
    rows = sorted((float(point.values[axis]), point.theory) for point in points)
    return {
        "label": label,
        "kind": kind,
        "x": [x for x, _ in rows],
        "y": [y for _, y in rows],
        "standard_error": None,
    }


def _markers(
    label: str, kind: str, axis: str, points: Sequence[PointVerdict], ordinate: Ordinate
) -> dict[str, Any]:
    x, y, errors = [], [], []
    for point in points:
        unit = point.theory if ordinate == "ratio" else 1.0
        x.append(float(point.values[axis]))
        y.append((point.estimate - (point.theory if ordinate == "difference" else 0.0)) / unit)
        errors.append((point.standard_error or 0.0) / abs(unit))
    none = all(point.standard_error is None for point in points)
    bars = None if none else errors
    return {"label": label, "kind": kind, "x": x, "y": y, "standard_error": bars}
