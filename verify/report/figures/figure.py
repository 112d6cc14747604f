"""A figure redrawn from our own networks: what it shows, where, and how it is drawn.

What it shows is a claim that claims nothing (`Observed`): its networks are drawn by the engine that
judges, block by block into the ledger, and the figure is drawn from the ledger's trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from verify.engine.progress import Progress
from verify.engine.session import Session, resolved
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.model import Claim, Experiment, Point, Value
from verify.relations.said import spoken

Seen = Callable[[Point, str], tuple[float, float] | None]
"""Mean and standard error of a quantity at a point; None where every draw broke an assumption.

The error of a single draw, which is not known, is given as 0: no bar is drawn.
"""


CUT_SHORT = " Time was up before all of these networks were drawn."


@dataclass(frozen=True)
class Figure:
    """A figure of a paper: what it shows, at which points, and how it is drawn from that.

    Figures that show the same claim share the points that both of them have.
    """

    id: str
    title: str
    caption: str
    source: str
    shows: Claim
    points: Sequence[Point]
    panels: Callable[[Seen], list[dict[str, Any]]]

    def drawn(self, seen: Seen) -> dict[str, Any]:
        """The figure for the report."""
        return {
            "id": self.id,
            "paper": self.shows.paper,
            "title": self.title,
            "caption": self.caption,
            "source": self.source,
            "panels": self.panels(seen),
        }


def draw(
    figures: Sequence[Figure],
    seed: int,
    executor: Executor,
    device: str,
    ledger: Ledger,
    report: Callable[[Progress], None],
    deadline: float = math.inf,
) -> list[dict[str, Any]]:
    """Run what the ledger lacks, and draw the figures; the same at every budget.

    After the `deadline` (of `time.monotonic`) no further block is drawn, and a figure that lacks
    some shows what there is, and says so.
    """
    session = Session(BUDGETS["quick"], seed, resolved(device), ledger, executor, report, deadline)
    claims = {figure.shows.id: figure.shows for figure in figures}
    points: dict[str, dict[tuple[str, str], Point]] = {name: {} for name in claims}
    for figure in figures:
        points[figure.shows.id].update({_place(point): point for point in figure.points})
    wanted = [(one, spoken(one.says, points[name].values())) for name, one in claims.items()]
    found = {
        (run.claim.id, *_place(trial.point), trial.statement.quantity): trial
        for run in session.judge(wanted, doing="drawing")
        for trial in run.trials
    }

    def drawn_from_ledger(figure: Figure) -> dict[str, Any]:
        cut_short = False

        def seen(point: Point, quantity: str) -> tuple[float, float] | None:
            nonlocal cut_short
            trial = found[figure.shows.id, *_place(point), quantity]
            evidence = trial.evidence
            drawn = trial.excluded + (0 if evidence is None else evidence.draws)
            cut_short |= drawn < trial.target.plan()
            if evidence is None:
                return None
            return evidence.mean, evidence.standard_error if evidence.draws > 1 else 0.0

        content = figure.drawn(seen)
        return {**content, "caption": content["caption"] + CUT_SHORT} if cut_short else content

    return [drawn_from_ledger(figure) for figure in figures]


def _place(point: Point) -> tuple[str, str]:
    return point.experiment.label, point.key


def at(experiment: Experiment, **parameters: Value) -> Point:
    """The point of an experiment at those parameters."""
    return Point(experiment, parameters, experiment.setting, margin=0.0)


def measured_series(
    label: str, x: Sequence[float], points: Sequence[Point], quantity: str, seen: Seen
) -> dict[str, Any]:
    """A series of markers with error bars, where anything was seen."""
    places = zip(x, (seen(point, quantity) for point in points), strict=True)
    found = [(abscissa, *one) for abscissa, one in places if one is not None]
    return {
        "label": label,
        "kind": "measured",
        "x": [abscissa for abscissa, _, _ in found],
        "y": [mean for _, mean, _ in found],
        "standard_error": [error for _, _, error in found],
    }


def line(label: str, kind: str, x: Sequence[float], y: Sequence[float | None]) -> dict[str, Any]:
    """A series without errors; it is broken where y is None."""
    return {"label": label, "kind": kind, "x": list(x), "y": list(y), "standard_error": None}
