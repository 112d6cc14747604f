"""How a verdict looks in a notebook: in words, with what was measured and the counterexample."""

from __future__ import annotations

import base64
import io
import math
from html import escape
from typing import TYPE_CHECKING

from theory.notebook import new_axes, table
from verify.numbers import with_error
from verify.relations.words import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from verify.judging.point_verdict import PointVerdict
    from verify.judging.verdict import ClaimVerdict, Judgement

_COLOURS = {"CONFIRMED": "tab:blue", "REFUTED": "tab:red"}


def of_claim(verdict: ClaimVerdict) -> str:
    """Return the claim and what was found about each of its forms, as HTML; all is escaped."""
    head = f"<strong>{escape(verdict.claim.id)}</strong>: {escape(verdict.claim.statement)}"
    return f"<div>{head}{''.join(map(of_form, verdict.judgements))}</div>"


def of_form(judgement: Judgement) -> str:
    """Return verdict, formula, source, counterexample and plot of a form; all is escaped.

    The plot is left out where matplotlib is not installed, or nothing was measured.
    """
    form = judgement.statement.form
    rows = [
        ("verdict", f"<strong>{escape(judgement.verdict)}</strong>"),
        ("in words", escape(judgement.sentence)),
        ("formula", f"$\\displaystyle {escape(form.latex)}$"),
    ]
    if form.source is not None:
        rows.append(("source", escape(str(form.source))))
    at = judgement.refuted_at
    if at is not None:
        found = with_error(at.estimate, at.standard_error)
        told = f"{named(at.parameters)}: {at.theory:.4g} claimed, {found} measured"
        rows.append(("counterexample", escape(told)))
    picture = _picture(judgement)
    return f"<div>{escape(judgement.statement.name)}{table(rows)}{picture}</div>"


def plot(judgement: Judgement, axes: Axes | None) -> Axes:
    """Draw measured over claimed at each point; the values themselves where a claimed one is 0.

    The abscissa is the number that takes most values over the points.
    """
    axes = axes or new_axes()
    points, name = _drawn(judgement), None
    if points:
        name = _abscissa(points)
        _draw(axes, points, name)
    else:
        axes.text(0.5, 0.5, "nothing was measured", ha="center", transform=axes.transAxes)
    claim, form = judgement.claim.id, judgement.statement.name
    axes.set_title(_plain(f"{claim}, {form}: {judgement.verdict}"), fontsize="medium")
    axes.set_xlabel(_plain((name or "point").replace("_", " ")))
    return axes


def _draw(axes: Axes, points: list[PointVerdict], name: str | None) -> None:
    relative = all(point.theory for point in points)
    units = [abs(point.theory) if relative else 1.0 for point in points]
    places = [float(point.values[name]) if name else k for k, point in enumerate(points)]
    claimed = [point.theory / unit for point, unit in zip(points, units, strict=True)]
    axes.plot(places, claimed, "_", color="black", markersize=12, label="claimed")
    for verdict in dict.fromkeys(point.verdict for point in points):
        chosen = [k for k, point in enumerate(points) if point.verdict == verdict]
        axes.errorbar(
            [places[k] for k in chosen],
            [points[k].estimate / units[k] for k in chosen],
            yerr=[_error(points[k]) / units[k] for k in chosen],
            fmt="o", markersize=4, capsize=2, label=verdict or "not judged",
            color=_COLOURS.get(verdict or "", "tab:gray"),
        )  # fmt: skip
    if min(places) > 0 and max(places) > 100 * min(places):
        axes.set_xscale("log")
    axes.set_ylabel("measured / claimed" if relative else "measured")
    axes.legend()


def _drawn(judgement: Judgement) -> list[PointVerdict]:
    return [
        point
        for point in judgement.points
        if point.networks and math.isfinite(point.estimate) and math.isfinite(point.theory)
    ]


def _error(point: PointVerdict) -> float:
    error = point.standard_error
    return error if error is not None and math.isfinite(error) else 0.0


def _abscissa(points: list[PointVerdict]) -> str | None:
    """Return the name of the number that takes most values; None where there is none."""
    names = [
        name
        for name in {**points[0].parameters, **points[0].setting}
        if all(_is_number(point.values.get(name)) for point in points)
    ]
    return max(names, key=lambda name: len({p.values[name] for p in points}), default=None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _picture(judgement: Judgement) -> str:
    if not _drawn(judgement):
        return ""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return ""
    figure, file = Figure(figsize=(5, 3), layout="constrained"), io.BytesIO()
    plot(judgement, figure.add_subplot())
    figure.savefig(file, format="png", dpi=100)
    data = base64.b64encode(file.getvalue()).decode()
    name = escape(f"measured over claimed, {judgement.statement.name}", quote=True)
    return f'<img alt="{name}" src="data:image/png;base64,{data}"/>'


def _plain(words: str) -> str:
    """Keep matplotlib from reading mathematics between dollar signs."""
    return words.replace("$", r"\$")
