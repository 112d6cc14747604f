"""Renders what was found as one HTML page that needs nothing else, and as JSON beside it."""

import base64
import html
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jinja2
from latex2mathml.converter import convert_to_element
from markupsafe import Markup

from verify.numbers import beside_error, number, percent, plural
from verify.report.contents import (
    SIGNS,
    by_paper,
    choices,
    is_wide,
    kinds,
    parameters,
    points_table,
    survivors,
    why_survived,
)
from verify.report.plot import Panel, figure_svg
from verify.writing import in_one_step, require_regular

# TeX sets these letters upright and these operators with their limits below and above.
_UPRIGHT = tuple("ΓΔΘΛΞΠΣΥΦΨΩ")
_BIG = tuple("∑∏")


def render_html(document: Mapping[str, Any]) -> str:
    """Return the whole report as one HTML page: no network, no fonts.

    What stands below a claim is packed, and drawn by the page's script when the claim is opened: of
    some megabytes a reader opens a part.  All else needs no script.
    Every text of the document is escaped; LaTeX is read only from the keys called `latex`.
    A key that is missing raises jinja2.UndefinedError.
    """
    environment = jinja2.Environment(
        loader=_Templates("verify.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters.update(
        formula=formula, number=number, percent=percent, beside_error=beside_error
    )
    environment.globals.update(
        figure=_figure,
        is_wide=is_wide,
        kinds=kinds,
        parameters=parameters,
        points_table=points_table,
        survivors=survivors,
        why_survived=why_survived,
    )
    body = environment.get_template("body.html")
    papers = by_paper(document["claims"])
    claims = [claim for paper in papers for claim in paper["claims"]]
    return environment.get_template("report.html").render(
        document=document,
        bodies=_packed([body.render(claim=claim) for claim in claims]),
        headline=_headline(document),
        papers=papers,
        choices=choices(papers),
        undecided=_undecided(document["claims"]),
        verdicts=list(SIGNS),
        shown=[name for name in SIGNS if document["counts"][name]],
    )


def _undecided(claims: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Claims of which a form has no verdict yet; one that is refuted needs no further trial."""
    return [
        claim
        for claim in claims
        if any(one["verdict"] in ("INCONCLUSIVE", "INFEASIBLE") for one in claim["forms"])
    ]


def _packed(texts: Sequence[str]) -> str:
    """Texts as one of a fraction of their length: JSON, deflated, in base 64."""
    return base64.b64encode(zlib.compress(json.dumps(texts).encode(), 9)).decode()


class _Templates(jinja2.PackageLoader):
    """Templates without the space that sets them out, which a report would repeat thousandfold."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool] | None]:
        source, file, is_new = super().get_source(environment, template)
        lines = (line.strip() for line in source.splitlines())
        return "\n".join(filter(None, lines)), file, is_new


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
        return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        raise ValueError(f"document holds a number that JSON cannot write: {error}") from error


def formula(latex: str) -> Markup:
    """Return a formula as MathML, and what is told of it in words behind it as lines of text.

    Raises ValueError where the LaTeX cannot be read.
    """
    letter, begins, words = latex.partition(r"\text{, ")
    if not begins or "\\" in words or words.find("}") != len(words) - 1:
        return mathml(latex)
    return Markup("{}, {}").format(mathml(letter, display="inline"), words[:-1])


def mathml(latex: str, display: str = "block") -> Markup:
    """Return a formula as MathML, a block unless it stands in a line; every text in it is escaped.

    Raises ValueError where the LaTeX cannot be read.
    """
    try:
        root = convert_to_element(latex, display=display)
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
    del root.attrib["xmlns"]  # which HTML does not need
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _headline(document: Mapping[str, Any]) -> str:
    forms = sum(len(claim["forms"]) for claim in document["claims"])
    counts = ", ".join(f"{document['counts'][verdict]} {verdict.lower()}" for verdict in SIGNS)
    claims = plural(len(document["claims"]), "claim")
    return f"{claims} judged in {plural(forms, 'form')}: {counts}."


def _figure(panels: Iterable[Panel]) -> Markup:
    return Markup(figure_svg(panels))
