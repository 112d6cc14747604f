"""Renders what was found as one HTML page that needs nothing else, and as JSON beside it."""

import html
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jinja2
from latex2mathml.converter import convert_to_element
from markupsafe import Markup

from verify.numbers import beside_error, number, percent, plural
from verify.report.plot import Panel, figure_svg, thumbnail_svg
from verify.writing import in_one_step, require_regular

# TeX sets these letters upright and these operators with their limits below and above.
_UPRIGHT = tuple("ΓΔΘΛΞΠΣΥΦΨΩ")
_BIG = tuple("∑∏")
# In the order in which verdicts are counted and shown, with the sign that goes with the word.
_SIGNS = {"CONFIRMED": "✓", "REFUTED": "✗", "INCONCLUSIVE": "?", "INFEASIBLE": "∅", "OBSERVED": "○"}


def render_html(document: Mapping[str, Any]) -> str:
    """Return the whole report as one HTML page: no network, no fonts, no script that it needs.

    Every text of the document is escaped; LaTeX is read only from the keys called `latex`.
    A key that is missing raises jinja2.UndefinedError.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("verify.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        mathml=mathml, number=number, percent=percent, beside_error=beside_error, sign=_SIGNS.get
    )
    environment.globals.update(figure=_figure, thumbnail=_thumbnail, columns=_columns)
    page = environment.get_template("report.html")
    return page.render(
        document=document,
        headline=_headline(document),
        refuted=list(filter(_refuted_as_printed, document["claims"])),
        undecided=[claim for claim in document["claims"] if claim["decided"] < claim["points"]],
        verdicts=list(_SIGNS),
    )


def write_report(document: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the HTML page to `path` and the same document as JSON beside it, each in one step.

    The JSON file has the name of the page with the suffix .json. A reader sees the old file or
    the new one, never a part. Raises ValueError where `path` itself ends in .json or the document
    holds a NaN or an infinity, and OSError where the folder cannot be written.
    """
    require_writable(path)
    page = Path(path)
    texts = {
        page: render_html(document),
        page.with_suffix(".json"): _strict_json(document),
    }
    with in_one_step(*texts) as parts:
        for part, text in zip(parts, texts.values(), strict=True):
            part.write_text(text, encoding="utf-8")


def require_writable(path: str | os.PathLike[str]) -> None:
    """Raise, as `write_report` would, where no report can be written to `path`; write nothing.

    For callers who would rather know before hours of measurement than after.
    """
    page = Path(path)
    if page.suffix == ".json":
        raise ValueError(f"path must not end in .json, which is kept for the data: {page}")
    if page.is_dir():
        raise IsADirectoryError(f"path must name a file, and {page} is a folder")
    for target in (page, page.with_suffix(".json")):
        require_regular(target)
    with tempfile.TemporaryFile(dir=page.parent):
        pass


def _strict_json(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        raise ValueError(f"document holds a number that JSON cannot write: {error}") from error


def mathml(latex: str) -> Markup:
    """Return a formula as a MathML block; every text in it is escaped.

    Raises ValueError where the LaTeX cannot be read.
    """
    try:
        root = convert_to_element(latex, display="block")
    except Exception as error:  # latex2mathml's errors share no class and carry no message
        raise ValueError(f"latex cannot be read ({type(error).__name__}): {latex}") from error
    # latex2mathml writes signs as character references, and its own serialisation lets markup
    # through: resolve them, and let ElementTree escape what must be.
    for element in root.iter():
        element.text = html.unescape(element.text or "")
        if element.tag == "mi" and element.text in _UPRIGHT:
            element.set("mathvariant", "normal")
        if element.tag == "msubsup" and html.unescape(element[0].text or "") in _BIG:
            element.tag = "munderover"
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _headline(document: Mapping[str, Any]) -> str:
    forms = sum(len(claim["forms"]) for claim in document["claims"])
    counts = ", ".join(f"{document['counts'][verdict]} {verdict.lower()}" for verdict in _SIGNS)
    claims = plural(len(document["claims"]), "claim")
    return f"{claims} judged in {plural(forms, 'form')}: {counts}."


def _refuted_as_printed(claim: Mapping[str, Any]) -> bool:
    return any(
        form["status"] == "printed" and form["verdict"] == "REFUTED" for form in claim["forms"]
    )


def _figure(panels: Iterable[Panel], prefix: str) -> Markup:
    return Markup(figure_svg(panels, prefix=prefix))


def _thumbnail(panel: Panel, prefix: str) -> Markup:
    return Markup(thumbnail_svg(panel, prefix=prefix))


def _columns(points: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    """Return the names that occur under `key` of any point, in order of first sight."""
    return list(dict.fromkeys(name for point in points for name in point[key]))
