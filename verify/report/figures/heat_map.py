"""The heat maps that claims ask for, drawn from networks of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from theory.domains import DomainError
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model import Claim, Experiment, HeatMap, Point
from verify.numbers import plural
from verify.points.placed import margin_of
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, line, measured_series

if TYPE_CHECKING:
    from theory.form import Form

KINDS = {"printed": "printed", "corrected": "corrected"}
"""Kinds of line for statuses that have one of their own; the others are theory."""


def of_claims(claims: Iterable[Claim], budget: str = "standard") -> list[Figure]:
    """The heat maps of the claims, in order; at the quick budget the coarse ones."""
    return [
        _figure(claim, _at(heat_map, budget), number)
        for claim in claims
        for number, heat_map in enumerate(claim.figures, 1)
    ]


def _at(asked: HeatMap, budget: str) -> HeatMap:
    if budget != "quick":
        return asked
    return replace(asked, at={**asked.at, **asked.coarse})


def _figure(claim: Claim, asked: HeatMap, number: int) -> Figure:
    within = margin_of(claim, BUDGETS["quick"])  # at any budget: a map only shows
    maps = [_Map(asked, experiment, within) for experiment in asked.by or claim.by]
    says = [Observed(asked.colour, networks=asked.runs, by=tuple(one.cells_by for one in maps))]
    by = tuple(one.experiment for one in maps)
    says += [Observed(name, networks=asked.runs, by=by) for name in asked.boundaries]
    shows = Claim(
        f"{claim.id}-map-{number}",
        claim.statement,
        says=says,
        by=[one for each in maps for one in (each.experiment, each.cells_by)],
    )
    x, y = (name.replace("_", " ") for name in (asked.x, asked.y))
    return Figure(
        id=shows.id.replace("/", "-"),
        title=f"{asked.colour} over {x} and {y}",
        caption=f"Mean {asked.colour} of {plural(asked.runs, 'run')} a cell. {claim.statement}",
        source=f"{claim.id}: {claim.source}",
        shows=shows,
        points=[point for one in maps for point in one.points],
        panels=partial(_panels, maps),
    )


def _panels(maps: Sequence[_Map], seen: Seen) -> list[dict[str, Any]]:
    return [one.panel(seen) for one in maps]


class _Map:
    """A heat map by one experiment: a run for each x, from which every y is read off."""

    def __init__(self, asked: HeatMap, experiment: Experiment, within: float) -> None:
        self.asked, self.experiment = asked, experiment
        # Points of the same run, whichever they are by, show the same networks.
        self.cells_by = replace(
            experiment, label=f"{experiment.label}, by {asked.y}", reads=(asked.y,)
        )
        self.places: list[Point] = []
        for x in sorted(set(asked.at[asked.x])):
            place = experiment.point({asked.x: x, **asked.given}, within)
            if place is not None:
                self.places.append(replace(place, margin=0.0))
        self.rates = sorted(set(asked.at[asked.y]))
        if not self.places:
            raise UsageError(f"{experiment.label}: runs at no {asked.x} of its heat map")

    def cell(self, place: Point, y: float) -> Point:
        """The point of a cell."""
        return Point(
            self.cells_by, {**place.parameters, self.asked.y: y}, place.setting, margin=0.0
        )

    @property
    def points(self) -> list[Point]:
        """All that is shown."""
        cells = [self.cell(place, y) for place in self.places for y in self.rates]
        return [*cells, *(self.places if self.asked.boundaries else ())]

    def panel(self, seen: Seen) -> dict[str, Any]:
        """The map, and over it the lines and the boundaries of its networks."""
        asked = self.asked
        x = [float(place.values[asked.x]) for place in self.places]
        series = [
            line(
                form.name.replace("_", " "), KINDS.get(form.status, "theory"), x, self._along(form)
            )
            for form in asked.lines
        ]
        series += [measured_series(name, x, self.places, name, seen) for name in asked.boundaries]
        return {
            "title": self.experiment.label,
            "x_label": asked.x.replace("_", " "),
            "y_label": asked.y.replace("_", " "),
            "log_y": False,
            "series": series,
            "map": {
                "label": asked.colour,
                "x": x,
                "y": [float(y) for y in self.rates],
                "values": [
                    [self._value(self.cell(place, y), seen) for place in self.places]
                    for y in self.rates
                ],
            },
        }

    def _value(self, cell: Point, seen: Seen) -> float | None:
        """The mean of a cell, None where no run met its assumptions."""
        found = seen(cell, self.asked.colour)
        return None if found is None else found[0]

    def _along(self, form: Form) -> list[float | None]:
        """A form at every place, None outside its domain."""
        found: list[float | None] = []
        for place in self.places:
            if missing := set(form.domain) - set(place.values):
                raise UsageError(f"{form.id}: a line of a heat map lacks {', '.join(missing)}")
            try:
                found.append(float(form.value(**{k: place.values[k] for k in form.domain})))
            except DomainError:
                found.append(None)
        return found
