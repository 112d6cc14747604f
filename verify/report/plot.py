"""Draws theory against measurement: one small SVG for each panel, to stand inside an HTML page.

The lines are written here, and not by matplotlib, whose pictures of the same take fifty times as
long and ten times as many bytes: a report has hundreds.  Colours stand in the page's style sheet,
by the kind of a series; only where ticks stand is asked of matplotlib.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import NDArray

from verify.numbers import number

Panel = Mapping[str, Any]
Array = NDArray[np.float64]

KINDS = ("theory", "corrected", "printed", "bound", "measured", "refuted")
"""Kinds of series; each is a class of the style sheet, and looks alike in every figure."""

WIDE = 50.0
"""Factor between the ends of an axis from which on it is logarithmic."""

# All lengths are pixels of a picture that is shown at about its own size.
_WIDTH, _HEIGHT, _LINE, _EDGE = 360.0, 170.0, 15.0, 8.0
_LETTER = 7.0  # width of a letter, or of a digit
_TITLE, _LABEL = 48, 54  # letters a line
_MARKERS = (
    "m-2.5 0a2.5 2.5 0 1 1 0 .1z",
    "m-2.3-2.3h4.6v4.6h-4.6z",
    "m0-3.2 3 5.4h-6z",
    "m0-3.2 3.2 3.2-3.2 3.2-3.2-3.2z",
    "m0 3.2 3-5.4h-6z",
)
"""Of measured series of one panel, in order, from the middle of the marker on."""
_CROSS = "m-3.5-3.5 7 7m0-7-7 7"
_SHADES = tuple(f"#{round(250 - 170 * k / 11):02x}" for k in range(12))
"""Of heat maps, the greatest darkest: few, to be told apart, and grey, for lines to stand out."""


def figure_svg(panels: Iterable[Panel]) -> str:
    """Return one inline SVG for each panel, in order; the page decides how they wrap.

    A panel holds `title`, `x_label`, `y_label`, `log_y` and `series`. A series holds `label`,
    `kind` (one of KINDS), `x`, `y` and `standard_error` (of length n each, the last one or None; a
    y of None breaks a line). Bars reach two standard errors either way: a heuristic for the eye,
    never a verdict. A `map` lies under the series: `label`, `x` and `y` (ascending, of lengths n
    and m) and `values`, m rows of n (None where there is none); its axes are logarithmic where they
    are wide, and so are its shades. One that is an `image` has square cells, and even shades.
    Raises ValueError for an unknown kind.
    """
    return "".join(map(_panel_svg, panels))


def _panel_svg(panel: Panel) -> str:
    series = [_Series.of(one) for one in panel["series"]]
    title, y_label, x_label = (
        textwrap.wrap(panel[name], width)
        for name, width in (("title", _TITLE), ("y_label", _LABEL), ("x_label", _LABEL))
    )
    across, up = _axes(panel, series)
    ticks = up.ticks(6)
    left = _EDGE + max(20.0, _LETTER * max(len(label) for _, label in ticks))
    width = _WIDTH - left - _EDGE
    top = _LINE * (len(title) + len(y_label)) + 8
    height = _height(panel, width)
    bottom = top + height
    body = _texts(title, _EDGE, 13, "title")
    body += _texts(y_label, _EDGE, 13 + _LINE * len(title), "soft")
    if "map" not in panel:
        body.append(_grid(ticks, left, bottom, width, height))
    body.append(_ticks("end", [(left - 5, bottom - height * at + 4, one) for at, one in ticks]))
    stand = [(left + width * at, one) for at, one in across.ticks(6)]
    body.append(_frame([x for x, _ in stand], left, bottom, width, height))
    # An inner picture cuts what leaves the axes.
    body.append(
        f'<svg x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}">'
        f"{_cells(panel, across, up, width, height)}"
        f"{''.join(_drawn(series, across, up, width, height))}</svg>"
    )
    below = bottom + 2 * _LINE + 2
    names = [(left + width / 2, below + _LINE * k, one) for k, one in enumerate(x_label)]
    body.append(_ticks("mid", [*((x, bottom + 16, one) for x, one in stand), *names]))
    below += _LINE * len(x_label) + 4
    if "map" in panel:
        body += _key(panel["map"], below)
        below += _LINE + 4
    for one, style, marker in _looks(series):
        lines = textwrap.wrap(one.described, _LABEL - 5) or [""]
        body.append(_sample(one, style, marker, below - 4))
        body += _texts(lines, 38, below, "")
        below += _LINE * len(lines)
    return (
        f'<svg class="plot" viewBox="0 0 {_n(_WIDTH)} {_n(below - 6)}" role="img"'
        f' aria-label="{escape(_in_words(panel))}">{"".join(body)}</svg>'
    )


def _height(panel: Panel, width: float) -> float:
    """Of what lies within the axes."""
    if "map" in panel and panel["map"].get("image"):
        return width * len(panel["map"]["y"]) / len(panel["map"]["x"])
    return _HEIGHT


def _n(value: float) -> str:
    """A length to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def _texts(lines: Iterable[str], x: float, y: float, kind: str) -> list[str]:
    name = f' class="{kind}"' if kind else ""
    return [
        f'<text{name} x="{x:.0f}" y="{y + _LINE * k:.0f}">{escape(one, quote=False)}</text>'
        for k, one in enumerate(lines)
    ]


def _ticks(kind: str, texts: Iterable[tuple[float, float, str]]) -> str:
    """Texts that are anchored alike, each at its place."""
    placed = "".join(text for x, y, one in texts for text in _texts([one], x, y, ""))
    return f'<g class="{kind}">{placed}</g>'


def _in_words(panel: Panel) -> str:
    drawn = [f"{one['label']} ({one['kind']})" for one in panel["series"]]
    if "map" in panel:
        drawn.insert(0, f"{panel['map']['label']} (shades)")
    return f"{panel['title']}. {panel['y_label']} against {panel['x_label']}: {'; '.join(drawn)}."


# Axes -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Axis:
    """From `low` to `high`; `whole` where it counts something."""

    low: float
    high: float
    log: bool
    whole: bool = False

    @classmethod
    def around(cls, values: Array, *, log: bool, whole: bool = False) -> _Axis:
        """The axis on which all values are seen, with a little room at its ends."""
        seen = values[np.isfinite(values) & ((values > 0) | (not log))]
        if not seen.size:
            return cls(1.0, 10.0, log) if log else cls(0.0, 1.0, log)
        low, high = (np.log(seen) if log else seen)[[seen.argmin(), seen.argmax()]]
        room = 0.06 * (high - low) or 0.1 * abs(low) or 0.5
        low, high = low - room, high + room
        return cls(math.exp(low), math.exp(high), log) if log else cls(low, high, log, whole)

    @classmethod
    def over(cls, places: Sequence[float]) -> _Axis:
        """The axis that cells around places fill."""
        edges = _edges(places)
        return cls(float(edges[0]), float(edges[-1]), _is_wide(np.asarray(places, float)))

    def share(self, values: Any) -> Array:
        """How far along the axis values lie, from 0 to 1; NaN for what has no place on it."""
        found = np.asarray(values, float)
        if self.log:
            found = np.log(np.where(found > 0, found, np.nan))
            return (found - math.log(self.low)) / math.log(self.high / self.low)
        return (found - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """How far along ticks stand, and what is written at them."""
        if self.log:
            few = self.high < 100 * self.low
            decades = LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=most)
            found = self._within(decades.tick_values(self.low, self.high))
            if len(found) > 1:
                return [(float(self.share(one)), number(one)) for one in found]
        even = MaxNLocator(most, steps=[1, 2, 5, 10], integer=self.whole)
        found = self._within(even.tick_values(self.low, self.high))
        step = min(np.diff(found), default=1.0)
        digits = max(4, 2 + math.floor(math.log10(max([step, *map(abs, found)]) / step)))
        return [
            (float(self.share(one)), number(0.0 if abs(one) < step / 2 else one, digits))
            for one in found
        ]

    def _within(self, values: Iterable[float]) -> list[float]:
        return [float(one) for one in values if self.low <= one <= self.high]


def _axes(panel: Panel, series: Sequence[_Series]) -> tuple[_Axis, _Axis]:
    if "map" in panel:
        return _Axis.over(panel["map"]["x"]), _Axis.over(panel["map"]["y"])
    x = np.concatenate([[], *(one.x for one in series)])
    whole = all(one.is_integer() for one in x.tolist())
    y = np.concatenate([[], *(one.y for one in series), *(one.ends.ravel() for one in series)])
    # Bars of a logarithmic axis may reach below 0, and are cut there.
    return (
        _Axis.around(x, log=_is_wide(x), whole=whole),
        _Axis.around(y, log=panel["log_y"]),
    )


def _is_wide(values: Array) -> bool:
    """Whether values, such as batch sizes, are positive and far apart."""
    return bool(values.size and values.min() > 0 and values.max() >= WIDE * values.min())


def _grid(
    ticks: Iterable[tuple[float, str]], left: float, bottom: float, width: float, height: float
) -> str:
    lines = [f"M{_n(left)} {_n(bottom - height * share)}h{_n(width)}" for share, _ in ticks]
    return f'<path class="grid" d="{"".join(lines)}"/>'


def _frame(marked: Iterable[float], left: float, bottom: float, width: float, height: float) -> str:
    marks = [f"M{_n(x)} {_n(bottom)}v4" for x in marked]
    axes = f"M{_n(left)} {_n(bottom - height)}v{_n(height)}h{_n(width)}"
    return f'<path class="frame" d="{axes}{"".join(marks)}"/>'


# Series -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Series:
    label: str
    kind: str
    x: Array
    y: Array
    ends: Array
    """Of the bars, shape (2, n); none of a series without errors."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> _Series:
        kind, errors = content["kind"], content["standard_error"]
        if kind not in KINDS:
            raise ValueError(f"kind of a series must be one of {', '.join(KINDS)}, not {kind!r}")
        x, y = np.asarray(content["x"], float), np.asarray(content["y"], float)
        ends = np.empty((2, 0))
        if errors is not None and kind == "measured":
            reach = 2 * np.asarray(errors, float)
            ends = np.stack([y - reach, y + reach])
        return cls(content["label"], kind, x, y, ends)

    @property
    def described(self) -> str:
        return f"{self.label} ± 2 s.e." if self.ends.size else self.label


def _looks(series: Iterable[_Series]) -> Iterator[tuple[_Series, str, str]]:
    """Each series with its class of the style sheet and its marker; a line has none."""
    seen: Counter[str] = Counter()
    for one in series:
        number, seen[one.kind] = seen[one.kind], seen[one.kind] + 1
        if one.kind == "measured":
            yield one, one.kind, _MARKERS[number % len(_MARKERS)]
        elif one.kind == "refuted":
            yield one, one.kind, _CROSS
        else:
            yield one, one.kind + (f" faint{min(number, 3)}" if number else ""), ""


def _drawn(
    series: Sequence[_Series], across: _Axis, up: _Axis, width: float, height: float
) -> Iterator[str]:
    # Markers stand over lines, and what is refuted over all.
    order = {"measured": 1, "refuted": 2}
    for one, style, marker in sorted(_looks(series), key=lambda each: order.get(each[0].kind, 0)):
        x, y = width * across.share(one.x), height * (1 - up.share(one.y))
        known = np.isfinite(x) & np.isfinite(y)
        if one.ends.size:
            bottom = np.where(np.isnan(up.share(one.ends[0])), 0, up.share(one.ends[0]))
            low, high = height * (1 - bottom), height * (1 - up.share(one.ends[1]))
            bars = [f"M{_n(x[k])} {_n(low[k])}V{_n(high[k])}" for k in np.flatnonzero(known)]
            yield f'<path class="bars" d="{"".join(bars)}"/>'
        if marker:
            path = "".join(f"M{_n(x[k])} {_n(y[k])}{marker}" for k in np.flatnonzero(known))
        elif known.sum() == 1:  # which a line does not show
            (k,) = np.flatnonzero(known)
            path = f"M{_n(x[k] - 6)} {_n(y[k])}h12"
        else:
            path = _line(x, y, known)
        yield f'<path class="{style}" d="{path}"/>'


def _line(x: Array, y: Array, known: NDArray[np.bool_]) -> str:
    """A line through points, broken where there is none."""
    path, pen = [], "M"
    for k, there in enumerate(known):
        if there:
            path.append(f"{pen}{_n(x[k])} {_n(y[k])}")
        pen = " " if there else "M"
    return "".join(path)


def _sample(one: _Series, style: str, marker: str, y: float) -> str:
    """How a series looks, beside its label."""
    bar = f'<path class="bars" d="M19 {y - 6:.0f}v12"/>' if one.ends.size else ""
    path = f"M19 {y:.0f}{marker}" if marker else f"M7 {y:.0f}h24"
    return f'{bar}<path class="{style}" d="{path}"/>'


# Heat maps --------------------------------------------------------------------------------------


def _edges(places: Any) -> Array:
    """The edges of cells around places, half-way between neighbours."""
    at = np.asarray(places, float)
    return np.exp(_edges_between(np.log(at))) if _is_wide(at) else _edges_between(at)


def _edges_between(at: Array) -> Array:
    halves = np.diff(at) / 2 if at.size > 1 else np.array([0.5])
    inner = at[:-1] + halves[: at.size - 1]
    return np.concatenate([[at[0] - halves[0]], inner, [at[-1] + halves[-1]]])


def _shades(drawn: Mapping[str, Any]) -> Array:
    """The shade of each cell, from 0 on, decades alike where values span some; NaN for none."""
    values = np.array(drawn["values"], float)
    known = values[np.isfinite(values)]
    even = drawn.get("image") or not _is_wide(known)
    values = values if even else np.log(values)
    low, high = np.nanmin(values), np.nanmax(values)
    return np.minimum((values - low) / ((high - low) or 1) * len(_SHADES), len(_SHADES) - 1)


def _cells(panel: Panel, across: _Axis, up: _Axis, width: float, height: float) -> str:
    if "map" not in panel:
        return ""
    x = (width * across.share(_edges(panel["map"]["x"]))).tolist()
    y = (height * (1 - up.share(_edges(panel["map"]["y"])))).tolist()
    cells: dict[int, list[str]] = {}
    for (row, column), shade in np.ndenumerate(_shades(panel["map"])):
        if np.isfinite(shade):
            wide, high = x[column + 1] - x[column], y[row + 1] - y[row]
            cells.setdefault(int(shade), []).append(
                f"M{_n(x[column])} {_n(y[row])}h{_n(wide)}v{_n(high)}h{_n(-wide)}z"
            )
    return "".join(
        f'<path class="cells" fill="{_grey(shade)}" d="{"".join(cells[shade])}"/>'
        for shade in sorted(cells)
    )


def _grey(shade: int) -> str:
    return f"#{_SHADES[shade][1:] * 3}"


def _key(drawn: Mapping[str, Any], y: float) -> Iterator[str]:
    """What the shades stand for, from the least value to the greatest."""
    values = np.array(drawn["values"], float)
    low, high = (number(float(one), 3) for one in (np.nanmin(values), np.nanmax(values)))
    start = _EDGE + _LETTER * (len(drawn["label"]) + len(low) + 3)
    yield from _texts([f"{drawn['label']}: {low}"], _EDGE, y, "")
    for shade in range(len(_SHADES)):
        yield f'<path fill="{_grey(shade)}" d="M{_n(start + 9 * shade)} {_n(y - 10)}h9v12h-9z"/>'
    yield from _texts([high], start + 9 * len(_SHADES) + 6, y, "")
