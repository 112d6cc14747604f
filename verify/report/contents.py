"""How the page orders what was found: by paper, what was refuted first, and what it filters by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verify.numbers import beside_error, number, percent

SIGNS = {"CONFIRMED": "✓", "REFUTED": "✗", "INCONCLUSIVE": "?", "INFEASIBLE": "∅", "OBSERVED": "○"}
"""Verdicts in the order in which they are counted and shown, each with the sign of its word."""

MATTER = "matter of reading"

WIDE = 200
"""Letters of LaTeX."""

MOST_SURVIVORS = 8
"""Of a form's mutants that survived, how many the page names."""

Item = Mapping[str, Any]


def by_paper(claims: Iterable[Item]) -> list[dict[str, Any]]:
    """The claims by paper, in order of first sight, with what was refuted of each.

    A finding is a claim, its refuted form, and the form that supersedes it, if that is judged too;
    matters of reading come last.
    """
    grouped: dict[str, list[Item]] = {}
    for claim in claims:
        grouped.setdefault(claim["paper"], []).append(claim)
    return [
        {
            "key": key,
            "cited": listed[0]["source"]["cited"],
            "title": listed[0]["source"]["title"],
            "claims": listed,
            "findings": sorted(_findings(listed), key=lambda one: kind_of(one[1]) == MATTER),
            "counts": {name: _count(listed, name) for name in SIGNS},
        }
        for key, listed in grouped.items()
    ]


def _findings(claims: Iterable[Item]) -> list[tuple[Item, Item, Item | None]]:
    return [
        (claim, form, next((f for f in claim["forms"] if f["form"] == form["superseded_by"]), None))
        for claim in claims
        for form in claim["forms"]
        if form["verdict"] == "REFUTED"
    ]


def _count(claims: Iterable[Item], verdict: str) -> int:
    return sum(form["verdict"] == verdict for claim in claims for form in claim["forms"])


def kind_of(form: Item) -> str | None:
    """The kind of error that a refuted form is, where its reading says it."""
    return form["reading"] and form["reading"]["kind"]


def kinds(claim: Item) -> list[str]:
    """What a claim says, and what kinds of error it shows, each once."""
    forms = claim["forms"]
    errors = [kind_of(form) for form in forms if form["verdict"] == "REFUTED"]
    return list(dict.fromkeys([*(form["relation"] for form in forms), *filter(None, errors)]))


def is_wide(forms: Iterable[Item | None]) -> bool:
    """Whether a formula is too long to stand beside another."""
    return any(form is not None and len(form["latex"]) > WIDE for form in forms)


def choices(papers: Iterable[Item]) -> dict[str, dict[str, str]]:
    """What the page can be filtered by: the values of each choice, and their words."""
    papers = list(papers)
    claims = [claim for paper in papers for claim in paper["claims"]]
    met = {form["verdict"] for claim in claims for form in claim["forms"]}
    every = sorted({kind for claim in claims for kind in kinds(claim)})
    return {
        "paper": {paper["key"]: paper["cited"] for paper in papers},
        "verdict": {name: name.lower() for name in SIGNS if name in met},
        "kind": {kind: kind for kind in every},
    }


def survivors(form: Item) -> list[Item]:
    """The mutants that survived, those that differ most from the form."""
    found = form["mutants"]["survived"]
    far = sorted(found, key=lambda one: -(one["difference"] or 0.0))[:MOST_SURVIVORS]
    return [one for one in found if any(one is other for other in far)]


def why_survived(form: Item) -> str:
    """Why mutants of a form survived: too near, or on a side that the evidence leaves open."""
    found = form["mutants"]["survived"]
    near = sum(_is_near(one) for one in found)
    words = [
        f"{near} differ by less than the evidence would have caught" if near else "",
        f"{len(found) - near} lie on the side of a bound that few draws decide and leave open"
        if near < len(found)
        else "",
    ]
    return " and ".join(filter(None, words))


def _is_near(mutant: Item) -> bool:
    difference, detectable = mutant["difference"], mutant["detectable"]
    return None not in (difference, detectable) and difference <= detectable


def parameters(claim: Item) -> dict[str, str]:
    """What the parameters of a claim's forms are: their domain and meaning, with their names."""
    listed: dict[str, list[str]] = {}
    for one in (one for form in claim["forms"] for one in form["parameters"]):
        letter = "" if one["symbol"] == one["name"] else f" {one['symbol']}"
        names = listed.setdefault(f"{one['meaning']}; {one['domain']}", [])
        names += [name for name in [f"{one['name']}{letter}"] if name not in names]
    return {told: ", ".join(names) for told, names in listed.items()}


# Points -----------------------------------------------------------------------------------------


def points_table(points: Sequence[Item]) -> dict[str, Any]:
    """A form's points as a table: `names` of columns, and `rows` of texts, each whether it counts.

    What all points share stands apart, as `same`, and what none has nowhere.
    """
    names = {
        key: list(dict.fromkeys(name for point in points for name in point[key]))
        for key in ("parameters", "setting")
    }
    columns = {
        name: [number(point[key].get(name)) for point in points]
        for key, listed in names.items()
        for name in listed
    }
    told = [_told(point) for point in points]
    columns |= {name: [one[name] for one in told] for name in told[0]}
    shared = {name for name, cells in columns.items() if len({*cells, *cells[1:2]}) == 1}
    same = {name: columns[name][0] for name in columns if name in shared and name not in ALWAYS}
    shown = [name for name in columns if name not in same]
    rows = zip(*(columns[name] for name in shown), strict=True)
    return {
        "same": {name: cell for name, cell in same.items() if cell not in NOTHING},
        "names": shown,
        "rows": list(zip((point["counted"] for point in points), rows, strict=True)),
    }


ALWAYS = ("theory", "measured")
"""Columns that are shown even where all points share them."""
NOTHING = ("", "–")


def _told(point: Item) -> dict[str, str]:
    error = point["standard_error"]
    measured = beside_error(point["estimate"], error)
    detectable = percent(point["smallest_detectable_error"])
    if point["smallest_detectable_error"] is not None:
        detectable += " shown" if point["detectable_shown"] else " planned"
    verdict, planned = point["verdict"], point["planned"]
    remark = point["remark"] or ""
    return {
        "theory": beside_error(point["theory"], error),
        "measured": f"{measured} ± {beside_error(error, error)}" if error else measured,
        "verdict": "" if verdict is None else f"{SIGNS[verdict]} {verdict.lower()}",
        "networks": number(point["networks"]),
        "planned": "no number suffices" if planned is None else number(planned),
        "eps": percent(point["eps"]),
        "alpha": number(point["alpha"], 2),
        "finite-size term": percent(point["finite_size"]),
        "relative variance": number(point["relative_variance"], 3),
        "smallest detectable error": detectable,
        "extrapolated to the limit of": ", ".join(point["limit_of"]),
        "remark": remark if point["counted"] else f"not counted: {remark}",
    }
