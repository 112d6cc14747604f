"""How the errata of a paper are written: Markdown, LaTeX or JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from verify.numbers import plural
from verify.relations.words import shown
from verify.report.errata import DERIVATION, SIMULATION

MATTER = "matter of reading"
RIGHT = {None: "Right", "lower": "Right, a lower bound", "upper": "Right, an upper bound"}


def _greek(letter: str) -> str:
    """LaTeX's name of a Greek letter, as π's is pi."""
    size, name = unicodedata.name(letter).removeprefix("GREEK ").split(" LETTER ")
    name = "lambda" if name == "LAMDA" else name.lower()
    return name if size == "SMALL" else name.capitalize()


SYMBOLS = {
    **{"±": "pm", "∫": "int", "∇": "nabla"},
    **{letter: _greek(letter) for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"},
}
"""Signs of mathematics by their names in LaTeX."""

TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "²": r"\textsuperscript{2}",
    **{sign: rf"\ensuremath{{\{name}}}" for sign, name in SYMBOLS.items()},
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""What means something else in LaTeX's text, and how it is written."""


def written(document: Mapping[str, Any], suffix: str) -> str:
    """The sheet as text, for a file of that suffix: one of FORMATS."""
    return FORMATS[suffix](document)


def _sections(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Lines that are wrong, and those that are wrong in one reading; with their titles."""
    every = document["errors"]
    matters = [one for one in every if one["reading"].get("kind") == MATTER]
    lines = [one for one in every if one not in matters]
    for title, some in (("Lines that are wrong", lines), ("Matters of reading", matters)):
        if some:
            yield title, some


def tally(document: Mapping[str, Any]) -> str:
    """How many lines are wrong, and how many are a matter of reading."""
    counts = [f"{title.lower()}: {len(some)}" for title, some in _sections(document)]
    return ", ".join(counts) or "no formula differs"


def _opening(document: Mapping[str, Any]) -> str:
    count = len(document["errors"])
    cited = document["paper"]["cited"]
    if not count:
        held = plural(document["held"], "formula")
        return f"Touchstone {document['version']} holds {held} of {cited}, and differs from none."
    return (
        f"{plural(count, 'formula')} of {cited}, printed or implied, that differ from ours, those"
        f" of Touchstone {document['version']} ({tally(document)}), each beside the right one."
        f" {_judged(document)} Places are the paper's, and so are the"
        " letters but where it has none or a longer sign; below each formula it is said what they"
        " stand for. The words are ours. Where a formula is called implied, it is printed nowhere"
        " as it stands and follows from what is. Where a machine-readable copy may differ from the"
        " print, it is said. Each counterexample is the simplest one that was found of the"
        " formulas, and is reproduced by the command beside it. A formula that holds in a limit"
        " leaves out a remainder of which the order alone is stated, such as L/D: there the"
        " counterexample lies at sizes at which the two formulas differ by more than the square"
        " root of that order, by a tenth where it is 0.01."
    )


def _judged(document: Mapping[str, Any]) -> str:
    """How many of the formulas the ledger refutes, and by what."""
    by = [error["refuted_by"] for error in document["errors"]]
    drawn, derived = by.count(SIMULATION), by.count(DERIVATION)
    if not drawn + derived:
        return "None of them is refuted by networks in a ledger here."
    told = (
        f"Of them {drawn} {_are(drawn)} refuted by networks in this ledger, and {derived} by"
        " derivations independent of the formulas."
    )
    if drawn:
        told += (
            " A number behind ± is one standard error of the mean before it. Draws end once they"
            " refute, and so their mean lies on that side by chance, too: `touchstone check` shows"
            " that of fresh ones. Where one draw refutes what is said of all of them, such as a"
            " bound, the number has no ±."
        )
    return told


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


class Point(NamedTuple):
    """What is told of an error: a label, its words, and what stands below them."""

    label: str
    words: str
    command: str | None = None
    latex: str | None = None


def _points(error: Mapping[str, Any]) -> Iterator[Point]:
    for label, words in error["reading"].items():
        yield Point(label, words)
    if error["derivation"]:
        words = error["derivation"]
        yield Point("why", words if words.endswith("...") else words.removesuffix("."))
    found = error["counterexample"]
    if found is not None:
        at = shown({name: _six(value) for name, value in found["parameters"].items()})
        beside = {
            True: " (in that regime)",
            False: " (outside that regime, in which none was found)",
        }.get(found["inside"], "")
        bounds = {None: "", "lower": "at least ", "upper": "at most "}[error["right"]["bound"]]
        values = f"{_origin(error)} {_six(found['printed'])}, right"
        values += f" {bounds}{_six(found['right'])}"
        for name, one in found["against"].items():
            values += f", {name} {_six(one['value'])}"
        place = f"at {at}{beside}: " if at else ""
        yield Point("counterexample", f"{place}{values}", found["command"])
        for name, one in found["against"].items():
            yield Point(name, one["derivation"], latex=one["latex"])
    yield Point("refuted", error["evidence"], error["check"])


def _six(value: str | float) -> str:
    """Six digits of a number; a name as it is."""
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return str(value)


def _origin(error: Mapping[str, Any]) -> str:
    return "printed" if error["is_printed"] else "implied"


def _heading(error: Mapping[str, Any]) -> str:
    implied = "" if error["is_printed"] else " (implied)"
    return f"{error['where']}: {error['name']}{implied}"


def _letters(error: Mapping[str, Any]) -> str:
    return "; ".join(f"{letter}: {meaning}" for letter, meaning in error["letters"].items())


# Markdown -------------------------------------------------------------------------------------


def _markdown(document: Mapping[str, Any]) -> str:
    paper = document["paper"]
    lines = [
        f"# Errata of {_md(paper['cited'])}",
        f"{_md(', '.join(paper['authors']))}: *{_md(paper['title'])}* ({_md(paper['kind'])},"
        f" {paper['year']}).",
        _md(_opening(document)),
    ]
    number = 0
    for title, errors in _sections(document):
        lines.append(f"## {title}")
        for error in errors:
            number += 1
            lines += [
                f"### {number}. {_md(_heading(error))}",
                f"{_origin(error).capitalize()}:\n\n$$ {error['printed']['latex']} $$",
                f"{RIGHT[error['right']['bound']]}:\n\n$$ {error['right']['latex']} $$",
            ]
            if error["letters"]:
                lines.append(f"Letters: {_md(_letters(error))}.")
            lines += [_item(one) for one in _points(error)]
    return "\n\n".join(lines) + "\n"


def _item(point: Point) -> str:
    text = f"- **{point.label[0].upper()}{point.label[1:]}:** {_md(point.words)}."
    if point.latex is not None:
        text += f"\n\n  $$ {point.latex} $$"
    return text if point.command is None else f"{text}\n\n      {point.command}"


def _md(text: str) -> str:
    """Words as Markdown shows them; an underscore within a word needs no mark."""
    marked = re.sub(r"[\\`*{}\[\]<>|#~$]", lambda sign: f"\\{sign[0]}", text)
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", marked)


# LaTeX ----------------------------------------------------------------------------------------

PREAMBLE = (
    r"\documentclass{article}",
    r"\usepackage[T1]{fontenc}",
    r"\usepackage{amsmath,amssymb,graphicx}",
    r"\usepackage[margin=2cm]{geometry}",
    r"\newcommand{\fitted}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"
    r"{$\displaystyle #1$}}",
    r"\setlength{\parindent}{0pt}",
    r"\setlength{\emergencystretch}{3em}",
)
"""What stands above the text; a formula that is too wide is made as wide as the text."""


def _latex(document: Mapping[str, Any]) -> str:
    paper = document["paper"]
    lines = [
        *PREAMBLE,
        r"\begin{document}",
        rf"\section*{{Errata of {_tex(paper['cited'])}}}",
        rf"{_tex(', '.join(paper['authors']))}: \emph{{{_tex(paper['title'])}}}"
        rf" ({_tex(paper['kind'])}, {paper['year']}).\par\medskip\noindent",
        _tex(_opening(document)),
    ]
    number = 0
    for title, errors in _sections(document):
        lines.append(rf"\section*{{{_tex(title)}}}")
        for error in errors:
            number += 1
            lines += [
                rf"\subsection*{{{number}. {_tex(_heading(error))}}}",
                rf"{_origin(error).capitalize()}: \[ \fitted{{{error['printed']['latex']}}} \]",
                rf"{RIGHT[error['right']['bound']]}: \[ \fitted{{{error['right']['latex']}}} \]",
            ]
            if error["letters"]:
                lines.append(f"Letters: {_tex(_letters(error))}.")
            lines.append(r"\begin{description}")
            lines += [_described(one) for one in _points(error)]
            lines.append(r"\end{description}")
    return "\n".join([*lines, r"\end{document}"]) + "\n"


def _described(point: Point) -> str:
    label, words, command, latex = point
    text = rf"\item[{label[0].upper()}{label[1:]}] {_broken(_tex(words))}."
    if latex is not None:
        text += rf" \[ \fitted{{{latex}}} \]"
    if command is None:
        return text
    # Two hyphens would be set as one dash.
    return rf"{text}\\ {{\raggedright\small\ttfamily {_tex(command).replace('--', '-{}-')}\par}}"


def _broken(text: str) -> str:
    """Names of forms may be longer than a line; commands are broken at spaces alone."""
    return text.replace(r"\_", r"\_\allowbreak{}")


def _tex(text: str) -> str:
    return "".join(TEX.get(sign, sign) for sign in text)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


FORMATS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    ".md": _markdown,
    ".tex": _latex,
    ".json": _json,
}
"""How a sheet is written, by the suffix of its file."""
