"""The report's content: what was found, as plain data, ready to be rendered or written as JSON."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from theory.papers import PAPERS
from verify.assumptions import ASSUMPTIONS_MET
from verify.claim import Claim, Judged, budget_named
from verify.judge import RANK, ClaimVerdict, Counterexample, Judgement
from verify.ledger import ALPHA, Trial, machine
from verify.report import number

Panel = dict[str, Any]


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
    return ", ".join(dict.fromkeys(str(PAPERS[verdict.claim.paper]) for verdict in verdicts))


def _claim(verdict: ClaimVerdict, budget: str) -> dict[str, Any]:
    claim = verdict.claim
    source = claim.judged[0].form.source
    paper = PAPERS[source.paper]
    return {
        "id": claim.id,
        "paper": claim.paper,
        "subject": claim.judged[0].form.subject,
        "statement": claim.statement,
        "source": {
            "paper": paper.key,
            "authors": ", ".join(paper.authors),
            "title": paper.title,
            "year": paper.year,
            "where": source.where,
        },
        "notes": list(claim.notes),
        "panels": panels(verdict),
        "forms": [_form(judgement, budget) for judgement in verdict.judgements],
    }


def _form(judgement: Judgement, budget: str) -> dict[str, Any]:
    judged, form = judgement.judged, judgement.judged.form
    claim = judgement.claim
    supersedes = [one.name for one in claim.judged if claim.successor(one) is judged]
    return {
        "form": judged.name,
        "name": judged.name.replace("_", " "),
        "status": form.status,
        "relation": judged.relation,
        "verdict": judgement.verdict,
        "expected": judgement.expected,
        "as_expected": judgement.as_expected,
        "sentence": sentence(judgement),
        "eps": judgement.epsilon,
        "alpha": ALPHA,
        "latex": form.latex,
        "python": form.python,
        "where": form.source.where,
        "limit": form.limit,
        "finite_size": form.finite_size,
        "derivation": form.derivation or None,
        "superseded_by": form.superseded_by,
        "supersedes": supersedes[0] if supersedes else None,
        "assumptions": [{"text": text, "met": ASSUMPTIONS_MET[text]} for text in form.assumptions],
        "parameters": [
            {
                "name": parameter.name,
                "symbol": str(parameter.symbol),
                "domain": parameter.domain.describe(),
                "meaning": parameter.meaning,
            }
            for parameter in form.parameters
        ],
        "points": [_point(trial) for trial in judgement.trials],
        "counterexample": _counterexample(judgement, budget),
        "decided": judgement.decided,
        "total": len(judgement.counted),
        "smallest_detectable_error": judgement.smallest_detectable_error,
        "mutation_score": None,
        "seconds": judgement.seconds,
        "networks": judgement.networks,
    }


def _point(trial: Trial) -> dict[str, Any]:
    evidence = trial.evidence
    error = None if evidence is None or evidence.draws < 2 else evidence.standard_error
    return {
        "parameters": dict(trial.point.parameters),
        "setting": dict(trial.point.setting),
        "theory": trial.target.value,
        "estimate": None if evidence is None else evidence.mean,
        "standard_error": error,
        "networks": 0 if evidence is None else evidence.draws,
        "verdict": trial.verdict,
        "eps": trial.target.epsilon if trial.verdict == "CONFIRMED" else None,
        "alpha": trial.target.alpha,
        "finite_size": trial.target.finite_size,
        "relative_variance": trial.target.relative_variance,
        "smallest_detectable_error": trial.smallest_detectable_error,
        "remark": trial.remark,
        "counted": trial.counted,
    }


def _counterexample(judgement: Judgement, budget: str) -> dict[str, Any] | None:
    found = judgement.counterexample
    if found is None:
        return None
    return {**vars(found), "ratio": found.ratio, "command": command(judgement.claim, found, budget)}


def command(claim: Claim, found: Counterexample, budget: str) -> str:
    """The command that judges the claim at the counterexample again, under the fresh seed."""
    place = [f"--at {name}={value}" for name, value in found.parameters.items()]
    words = ["touchstone check", claim.id, *place, f"--budget {budget}"]
    return " ".join([*words, f"--seed {found.repeat_seed}"])


def sentence(judgement: Judgement) -> str:
    """The verdict in words."""
    if judgement.verdict == "CONFIRMED" and judgement.judged.relation == "exact":
        return (
            f"Held on every network at {_points(judgement.counted)}, to a relative"
            f" {judgement.epsilon:.2g}; an identity is not estimated, it holds or breaks."
        )
    if judgement.verdict == "CONFIRMED":
        where = "; ".join(
            f"within {_percent(max(trial.target.epsilon for trial in trials))} at "
            f"{_points(trials)}{f' ({inputs})' if inputs else ''}"
            for inputs, trials in _grouped(judgement.counted, "inputs").items()
        )
        return (
            f"The mean of the networks {_relation(judgement.judged)}: {where}. "
            f"The error probability is at most {number(ALPHA)} for the claim as a whole."
        )
    if judgement.verdict == "REFUTED":
        found = judgement.counterexample
        assert found is not None
        if judgement.judged.relation == "exact":
            return (
                f"At {_place(found.parameters)} the form says {found.theory:.4g} and the"
                f" measurement, which has no noise, gives {found.estimate:.4g}."
            )
        return (
            f"At {_place(found.parameters)} the form says {found.theory:.4g} and simulated networks"
            f" give {found.estimate:.4g}, a ratio of {found.ratio:.3f}; the chance of a false alarm"
            f" is at most {number(ALPHA)}. Repeated under a fresh seed: {found.repeat_verdict}."
        )
    if judgement.verdict == "INFEASIBLE":
        return "The planned number of networks exceeds the budget at some point; nothing decided."
    return "The budget ended before a decision at some point; this is not a pass."


def _points(trials: Sequence[Trial]) -> str:
    return "1 point" if len(trials) == 1 else f"{len(trials)} points"


def _place(parameters: Mapping[str, Any]) -> str:
    named = (f"{name.replace('_', ' ')} = {value}" for name, value in parameters.items())
    return ", ".join(named) or "the one point"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def _grouped(trials: Iterable[Trial], *names: str) -> dict[str, list[Trial]]:
    """Trials by what their setting says under these names, in order of first sight."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        setting = trial.point.setting
        words = [str(setting[name]).replace("_", " ") for name in names if name in setting]
        groups.setdefault(", ".join(words), []).append(trial)
    return groups


def _relation(judged: Judged) -> str:
    if judged.relation == "equal":
        return "equals the form"
    beyond = "exceeding it" if judged.relation == "at most" else "falling short of it"
    return f"is {judged.relation} the form ({beyond} by no more than what follows)"


# Plots ----------------------------------------------------------------------------------------


def panels(verdict: ClaimVerdict) -> list[Panel]:
    """One panel a form: measured over claimed, against the claim's axis."""
    drawn = []
    if len(verdict.claim.grid_parameters()) == 1:
        drawn.append(_values_panel(verdict))
    drawn += [_ratio_panel(judgement) for judgement in verdict.judgements if _seen(judgement)]
    return [panel for panel in drawn if panel["series"]]


def _seen(judgement: Judgement) -> list[Trial]:
    return [trial for trial in judgement.trials if trial.blocks]


KINDS = ("network", "inputs")
"""What tells the points of one abscissa apart."""

CURVES = {"corrected": "corrected"}
"""Kinds of curve for statuses that have one of their own."""


def _values_panel(verdict: ClaimVerdict) -> Panel:
    """Claimed curves and measured means themselves, for claims along one parameter."""
    axis = verdict.claim.axis
    series: list[dict[str, Any]] = []
    measured: dict[str, list[Trial]] = {}
    for judgement in verdict.judgements:
        form = judgement.judged.form
        groups = _grouped(_seen(judgement), *KINDS)
        if not groups:
            continue
        kind = (
            "printed"
            if form.superseded_by
            else ("corrected" if form.status == "corrected" else "theory")
        )
        if judgement.judged.relation in ("at most", "at least"):
            kind = "bound"
        first = next(iter(groups.values()))
        series.append(_line(judgement.judged.name.replace("_", " "), kind, axis, first))
        for name, trials in groups.items():
            measured.setdefault(f"{judgement.judged.quantity}, {name}", trials)
    for name, trials in measured.items():
        series.append(_markers(name, "measured", axis, trials, relative=False))
    values = [y for one in series for y in one["y"] if y > 0]
    spread = bool(values) and max(values) > 10 * min(values)
    return _panel("claimed and measured", axis, "value", spread, series)


CLAIMED: Panel = {
    "label": "the claim",
    "kind": "theory",
    "y": [1.0, 1.0],
    "standard_error": None,
}


def _ratio_panel(judgement: Judgement) -> Panel:
    axis = judgement.claim.axis
    trials = _seen(judgement)
    series: list[Panel] = []
    abscissae = sorted({float(trial.point.values[axis]) for trial in trials})
    if abscissae:
        ends = [abscissae[0], abscissae[-1]]
        series.append({**CLAIMED, "x": ends})
    for name, group in _grouped(trials, *KINDS).items():
        standing = [trial for trial in group if trial.verdict != "REFUTED"]
        refuted = [trial for trial in group if trial.verdict == "REFUTED"]
        if standing:
            series.append(_markers(name, "measured", axis, standing, relative=True))
        if refuted:
            series.append(_markers(f"{name}, refuted", "refuted", axis, refuted, relative=True))
    ratios = [y for one in series for y in one["y"] if y > 0]
    spread = bool(ratios) and max(ratios) > 10 * min(ratios)
    title = judgement.judged.name.replace("_", " ")
    return _panel(title, axis, "measured / claimed", spread, series)


def _panel(title: str, axis: str, y_label: str, log_y: bool, series: list[dict[str, Any]]) -> Panel:
    return {
        "title": title,
        "x_label": axis.replace("_", " "),
        "y_label": y_label,
        "log_y": log_y,
        "series": series,
    }


def _line(label: str, kind: str, axis: str, trials: Sequence[Trial]) -> dict[str, Any]:
    rows = sorted((float(trial.point.values[axis]), trial.target.value) for trial in trials)
    return {
        "label": label,
        "kind": kind,
        "x": [x for x, _ in rows],
        "y": [y for _, y in rows],
        "standard_error": None,
    }


def _markers(
    label: str, kind: str, axis: str, trials: Sequence[Trial], *, relative: bool
) -> dict[str, Any]:
    x, y, errors = [], [], []
    for trial in trials:
        evidence = trial.evidence
        assert evidence is not None
        unit = trial.target.value if relative else 1.0
        x.append(float(trial.point.values[axis]))
        y.append(evidence.mean / unit)
        errors.append(evidence.standard_error / unit if evidence.draws > 1 else 0.0)
    return {"label": label, "kind": kind, "x": x, "y": y, "standard_error": errors}
