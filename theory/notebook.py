"""How a form looks in a notebook: its formula and where it holds, and its graph."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from theory.form import Form

_DECADES = 1e3
"""Values that differ by more than this factor are drawn on a logarithmic axis."""


def new_axes() -> Axes:
    """Return the axes of a new figure, which a notebook shows.

    Raises ImportError (one line) where matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plot needs matplotlib: pip install 'touchstone[report]'") from None
    return pyplot.subplots()[1]


def table(rows: list[tuple[str, str]]) -> str:
    """Return a table of heads and cells, both HTML already."""
    cells = (
        f'<tr><th style="text-align:left;vertical-align:top">{head}</th>'
        f'<td style="text-align:left">{cell}</td></tr>'
        for head, cell in rows
    )
    return f"<table>{''.join(cells)}</table>"


def html(form: Form) -> str:
    """Return formula, domain, status and source as a table of HTML; every text is escaped."""
    said = "" if form.superseded_by is None else f"; refuted, use {form.superseded_by}"
    rows = [
        ("formula", f"$\\displaystyle {form.latex}$"),
        ("status", form.status + said),
        ("source", str(form.source)),
        *(
            (f"{item.name} ({item.letter})", f"{item.domain.describe()}; {item.meaning}")
            for item in form.parameters
        ),
    ]
    if form.limit is not None:
        up_to = f", up to {form.finite_size}" if form.finite_size else ""
        rows.append(("holds as", form.limit + up_to))
    if form.assumptions:
        rows.append(("assumes", "; ".join(form.assumptions)))
    if form.reading is not None:
        rows += form.reading.told.items()
    escaped = [(escape(head), escape(cell)) for head, cell in rows]
    return f"<div><strong>{escape(form.id)}</strong>{table(escaped)}</div>"


def plot(form: Form, axes: Axes | None, values: dict[str, Any]) -> Axes:
    """Draw a form over the parameter that is given as a sequence, the others being numbers.

    Raises TypeError unless one parameter is a sequence, and what a call of the form raises.
    """
    import numpy as np

    arrays = {name: np.asarray(value) for name, value in values.items()}
    running = [name for name, value in arrays.items() if value.ndim]
    if len(running) != 1 or arrays[running[0]].ndim != 1:
        given = ", ".join(running) or "none"
        raise TypeError(
            f"{form.id}: give one parameter as a sequence of numbers, such as range(1, 50), "
            f"and the others as numbers; given as sequences: {given}"
        )
    (name,) = running
    found = np.broadcast_to(form.value(**{**values, name: arrays[name]}), arrays[name].shape)
    fixed = [f"{other} = {value}" for other, value in values.items() if other != name]
    if axes is None:  # others belong to whoever made them
        axes = new_axes()
        axes.set_title(_plain(str(form.source)), fontsize="medium")
    label = ", ".join([form.name + (" (refuted)" if form.superseded_by else ""), *fixed])
    whole = np.issubdtype(arrays[name].dtype, np.integer)
    shown = np.where(np.isfinite(found), found, np.nan)  # an infinity has no place on an axis
    axes.plot(arrays[name], shown, ".-" if whole else "-", label=_plain(label))
    drawn = shown[~np.isnan(shown)]
    if len(drawn) and drawn.min() > 0 and drawn.max() > _DECADES * drawn.min():
        axes.set_yscale("log")
    axes.set_xlabel(_plain(name))
    axes.legend()
    return axes


def _plain(words: str) -> str:
    """Keep matplotlib from reading mathematics between dollar signs."""
    return words.replace("$", r"\$")
