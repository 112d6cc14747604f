"""The options that commands share, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from verify.model import Claim

DEFAULT_WORKERS = 2
DEFAULT_LEDGER = Path("touchstone.sqlite")


def integer(text: str) -> int:
    """The value of an option that is an integer; the error names it."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an integer") from None


def count(text: str) -> int:
    """The value of an option that counts something."""
    number = integer(text)
    if number < 1:
        raise typer.BadParameter(f"{text} must be an integer >= 1")
    return number


def duration(text: str) -> float:
    """Seconds of a duration such as 90s, 10m or 2h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration such as 90s, 10m or 2h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]


Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="Claims; if none, all, or those of --claims."),
]
Paper = Annotated[str | None, typer.Option(help="Only claims of this paper, e.g. furusho2020.")]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--claims",
        metavar="FILE",
        help="The claims of this Python file, which is run, and without ID or --paper they alone;"
        " repeatable.",
    ),
]
BudgetName = Annotated[str, typer.Option("--budget", help=f"One of {', '.join(BUDGETS)}.")]
Seed = Annotated[
    int, typer.Option(parser=integer, metavar="N", help="Master seed of every random number.")
]
Examples = Annotated[
    int | None,
    typer.Option(
        parser=count,
        metavar="N",
        help="Draw N points of each region, where the budget draws 8, 24 or 64.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        parser=integer,
        metavar="N",
        help=f"Worker processes; {DEFAULT_WORKERS} without --scheduler.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Draw on this Dask cluster, e.g. tcp://host:8786."),
]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto: cuda where there is one.")]


def _folder(text: str) -> Path:
    """A path that is no empty text, which would be the current folder."""
    if not text:
        raise typer.BadParameter("must be a folder that holds MNIST or CIFAR-10")
    return Path(text)


Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        parser=_folder,
        help="Judge on MNIST or CIFAR-10 in this folder what is judged on digits without it.",
    ),
]
LedgerFile = Annotated[
    Path, typer.Option("--ledger", metavar="FILE", help="Where results are kept.")
]
Time = Annotated[
    float | None,
    typer.Option(
        "--time",
        parser=duration,
        metavar="DURATION",
        help="Stop drawing after so long, e.g. 10m; what is undecided by then is INCONCLUSIVE.",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Only this parameter point, e.g. --at depth=2."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


def selected(
    ids: Sequence[str] | None, paper: str | None, files: Sequence[Path] | None
) -> list[Claim]:
    """The claims that ids and paper name, or else those of the files; all where nothing is given.

    Raises UsageError for an id of another paper.
    """
    from verify.claims import find, load, of_paper

    loaded = {claim.id: claim for file in files or () for claim in load(file)}
    if not ids:
        return of_paper(paper) if paper or not loaded else list(loaded.values())
    named_ones = [find(name) for name in dict.fromkeys(ids)]
    for claim in named_ones:
        if paper is not None and claim not in of_paper(paper):
            raise UsageError(f"{claim.id}: not of --paper {paper}; leave one of the two out")
    return named_ones


def on_data(claims: list[Claim], folder: Path | None) -> list[Claim]:
    """The same claims on the images that --data names, those of them that take images.

    Raises UsageError where none does, and for a folder that holds none that can be read.
    """
    if folder is None:
        return claims
    from verify.model.image_sets import in_folder, on_images, takes_images

    if not any(map(takes_images, claims)):
        raise UsageError(f"--data {folder}: none of the claims is judged on images")
    try:
        sets = in_folder(folder)
    except UsageError as error:
        raise UsageError(f"--{error}") from error
    return [on_images(claim, sets) for claim in claims]


def parsed(
    claim: Claim,
    assignments: Sequence[str],
    option: str = "",
    allowed: str = "NAME=NUMBER or NAME=NUMBER,NUMBER",
) -> dict[str, list[Any]]:
    """NAME=VALUE[,VALUE...] arguments, or those of an option.

    They are numbers, or names where a form of the claim takes names.
    """
    from theory.domains import OneOf  # loads sympy, which --help and list do without

    named = {
        name
        for statement in claim.says
        for name, domain in statement.form.domain.items()
        if isinstance(domain, OneOf) and domain.holds_names
    }
    values: dict[str, list[Any]] = {}
    for text in assignments:
        name, _, numbers = text.partition("=")
        if name in values:
            raise UsageError(f"{option}{text}: {name} is given twice")
        try:
            values[name] = [part if name in named else number(part) for part in numbers.split(",")]
        except ValueError:
            name = ""
        if not name:
            raise UsageError(f"{option}{text}: must read {allowed}")
    return values


def number(text: str) -> float:
    """An int where the text is one, else a float."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def expanded(values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination of the listed values, the last name varying fastest."""
    points: list[dict[str, Any]] = [{}]
    for name, listed in values.items():
        points = [{**point, name: value} for point in points for value in listed]
    yield from points


def one_point(claim: Claim, assignments: Sequence[str]) -> dict[str, Any]:
    """The parameter point of a claim that --at names."""
    for text in assignments:
        if "," in text:
            raise UsageError(f"--at {text}: must read NAME=NUMBER, once for each name")
    (point,) = expanded(parsed(claim, assignments, "--at ", "NAME=NUMBER, such as depth=2"))
    return point


def processes(workers: int | None, scheduler: str | None) -> int | None:
    """How many worker processes draw; None on a cluster, whose workers are its own."""
    if scheduler is None:
        return DEFAULT_WORKERS if workers is None else workers
    if workers is not None:
        raise UsageError("--workers: not together with --scheduler, whose workers are its own")
    return None


@contextmanager
def cluster_at(scheduler: str | None, files: Sequence[Path] | None) -> Iterator[Executor | None]:
    """The cluster that --scheduler names, which is sent the files of claims; None without one."""
    if scheduler is None:
        yield None
        return
    from verify.engine.cluster import cluster

    with cluster(scheduler, files or ()) as executor:
        yield executor
