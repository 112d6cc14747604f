"""Draws theory against measurement: one small SVG for each panel, to stand inside an HTML page."""

import io
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

Panel = Mapping[str, Any]
Array = NDArray[np.float64]

# Okabe and Ito's colours, which colour-blind readers can tell apart; line style and marker say
# the same a second time. One kind looks alike in every figure.
_STYLES: dict[str, dict[str, Any]] = {
    "theory": {"color": "#0072b2", "linestyle": "-"},
    "corrected": {"color": "#009e73", "linestyle": "-"},
    "printed": {"color": "#d55e00", "linestyle": "--"},
    "bound": {"color": "#9c4f96", "linestyle": ":"},
    "measured": {"color": "#222222", "linestyle": "none"},
    "refuted": {"color": "#c1121f", "linestyle": "none", "marker": "x"},
}
# Series of one kind in one panel, in order: markers for points, opacities for lines.
_MARKERS = "os^Dv"
_OPACITIES = (1.0, 0.65, 0.45, 0.3)

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "touchstone",
    "font.size": 9.0,
    "figure.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#55585c",
    "axes.formatter.useoffset": False,
    "xtick.color": "#55585c",
    "ytick.color": "#55585c",
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
}
WIDE = 50.0
"""Factor between the ends of an axis from which on it is logarithmic."""
_LEGEND_WIDTH = 40  # characters
_LEGEND_LINE = 0.17  # inches that a line of the legend takes from the plot
_LEGEND_LINES_INCLUDED = 3  # for which a panel's own height leaves room
# Lets ElementTree write <svg>, not <ns0:svg>.
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
_FONT = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
_HREF = "{http://www.w3.org/1999/xlink}href"


def figure_svg(panels: Iterable[Panel], *, prefix: str) -> str:
    """Return one inline SVG for each panel, in order; the page decides how they wrap.

    A panel holds `title`, `x_label`, `y_label`, `log_y` and `series`. A series holds `label`,
    `kind` (theory, corrected, printed, bound, measured or refuted), `x`, `y` and
    `standard_error` (of length n each, the last one or None; a y of None breaks a line). Bars
    reach two standard errors either way: a heuristic for the eye, never a verdict. A `map` lies
    under the series: `label`, `x` and `y` (ascending, of lengths n and m) and `values`, m rows of n
    (None where there is none); its axes are logarithmic where they are wide. Every id begins
    with `prefix`, so that the figures of one page do not clash. The same panels always give the
    same text.
    """
    return "".join(
        _panel_svg(panel, size=(3.7, 3.1), prefix=f"{prefix}{index}-", thumbnail=False)
        for index, panel in enumerate(panels)
    )


def thumbnail_svg(panel: Panel, *, prefix: str) -> str:
    """Return a panel as a small inline SVG without title, ticks or legend."""
    return _panel_svg(panel, size=(1.7, 1.05), prefix=prefix, thumbnail=True)


def _panel_svg(panel: Panel, *, size: tuple[float, float], prefix: str, thumbnail: bool) -> str:
    with matplotlib.rc_context(_SETTINGS):
        width, height = size
        if not thumbnail:
            height += _LEGEND_LINE * max(0, _legend_lines(panel) - _LEGEND_LINES_INCLUDED)
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        if "map" in panel:
            _draw_map(figure, axes, panel["map"], bar=not thumbnail)
        _draw_series(axes, panel["series"])
        if panel["log_y"]:
            axes.set_yscale("log")
        if "map" not in panel and _spans_decades(panel["series"]):
            axes.set_xscale("log")
        if thumbnail:
            axes.set(xticks=[], yticks=[])
            axes.minorticks_off()
        else:
            _describe(figure, axes, panel)
        buffer = io.BytesIO()
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=metadata)
    return _inline(buffer.getvalue(), label=_in_words(panel), prefix=prefix)


_SHADES = matplotlib.colormaps["Greys"](np.linspace(0.02, 0.7, 12))
"""Of a heat map, the greatest darkest: few, to be told apart, and grey, for lines to stand out."""


def _draw_map(figure: Figure, axes: Axes, drawn: Mapping[str, Any], *, bar: bool) -> None:
    """Draw cells in shades, decades alike where values or an axis span some."""
    values = np.ma.masked_invalid(np.array(drawn["values"], float))
    edges = []
    for name in ("x", "y"):
        places = np.asarray(drawn[name], float)
        log = bool(places[0] > 0 and places[-1] >= WIDE * places[0])
        getattr(axes, f"set_{name}scale")("log" if log else "linear")
        edges.append(_edges(np.log(places), np.exp) if log else _edges(places, np.asarray))
    log = bool(values.min() > 0 and values.max() >= WIDE * values.min())
    cells = axes.pcolormesh(
        *edges,
        values,
        cmap=ListedColormap(_SHADES),
        norm="log" if log else "linear",
        edgecolors="face",  # else hairs of the page shine through
        linewidth=0.4,
    )
    # Lines that leave the map are cut at its edge.
    axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]], autoscale_on=False)
    if bar:
        figure.colorbar(cells, ax=axes, label=_plain(drawn["label"], 34))


def _edges(places: Array, back: Callable[[Array], Array]) -> Array:
    """Return the edges of cells around places, half-way between neighbours."""
    halves = np.diff(places) / 2
    return back(
        np.concatenate([[places[0] - halves[0]], places[:-1] + halves, [places[-1] + halves[-1]]])
    )


def _draw_series(axes: Axes, series: Iterable[Mapping[str, Any]]) -> None:
    seen: Counter[str] = Counter()
    for one in series:
        kind = one["kind"]
        if kind not in _STYLES:
            raise ValueError(f"kind of a series must be one of {', '.join(_STYLES)}, not {kind!r}")
        x, y = np.asarray(one["x"], float), np.asarray(one["y"], float)
        style = {"label": _plain(one["label"], _LEGEND_WIDTH), **_STYLES[kind]}
        if kind == "measured":
            marker = _MARKERS[seen[kind] % len(_MARKERS)]
            bars = one["standard_error"]
            if bars is not None:
                bars = 2 * np.asarray(bars, float)
                style["label"] += " ± 2 s.e."
            axes.errorbar(x, y, bars, marker=marker, mfc="white", elinewidth=1, zorder=3, **style)
        elif kind == "refuted":
            axes.plot(x, y, markersize=8, markeredgewidth=2, zorder=4, **style)
        else:
            opacity = _OPACITIES[min(seen[kind], len(_OPACITIES) - 1)]
            # A line through a single point would not be seen.
            axes.plot(x, y, alpha=opacity, marker="_" if len(x) == 1 else "", **style)
        seen[kind] += 1


def _spans_decades(series: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the abscissae, such as batch sizes, are positive and far apart."""
    x = [float(value) for one in series for value in one["x"]]
    return bool(x) and min(x) > 0 and max(x) >= WIDE * min(x)


def _describe(figure: Figure, axes: Axes, panel: Panel) -> None:
    title = _plain(panel["title"], 40)
    figure.suptitle(title, x=0.02, horizontalalignment="left", fontweight="bold")
    axes.set_xlabel(_plain(panel["x_label"], 48))
    axes.set_ylabel(_plain(panel["y_label"], 34))
    if axes.get_xscale() == "linear" and all(
        float(x).is_integer() for one in panel["series"] for x in one["x"]
    ):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if "map" not in panel:
        axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
        axes.set_axisbelow(True)
    _, labels = axes.get_legend_handles_labels()
    if labels:
        columns = 2 if max(map(len, labels)) <= 17 else 1
        figure.legend(loc="outside lower left", ncols=columns)


def _legend_lines(panel: Panel) -> int:
    """Lines of text in a panel's legend, one entry under the other."""
    return sum(_plain(one["label"], _LEGEND_WIDTH).count("\n") + 1 for one in panel["series"])


def _plain(text: str, width: int) -> str:
    """Wrap a text, and keep matplotlib from reading mathematics between dollar signs."""
    return textwrap.fill(text, width).replace("$", r"\$")


def _in_words(panel: Panel) -> str:
    drawn = [f"{one['label']} ({one['kind']})" for one in panel["series"]]
    if "map" in panel:
        drawn.insert(0, f"{panel['map']['label']} (shades)")
    return f"{panel['title']}. {panel['y_label']} against {panel['x_label']}: {'; '.join(drawn)}."


def _inline(svg: bytes, *, label: str, prefix: str) -> str:
    """Make matplotlib's SVG file a part of an HTML page: named, scalable, with ids of its own."""
    root = ElementTree.fromstring(svg)
    # matplotlib's style element would reach every other picture of the page.
    root.remove(root[0])
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg.decode()))
    for element in root.iter():
        identifier = element.attrib.pop("id", "")
        if identifier in used:
            element.set("id", prefix + identifier)
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF).replace("#", f"#{prefix}"))
        if "clip-path" in element.attrib:
            element.set("clip-path", element.attrib["clip-path"].replace("#", f"#{prefix}"))
        if "style" in element.attrib:
            element.set("style", re.sub(r"font-family: [^;]+;? ?", "", element.attrib["style"]))
    root.attrib.update({"role": "img", "aria-label": label, "font-family": _FONT})
    return ElementTree.tostring(root, encoding="unicode")
