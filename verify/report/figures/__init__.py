"""The figures of the papers, redrawn: one file a paper, called by the paper's key."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from verify.report.figures.figure import Figure


def of_papers(papers: Iterable[str]) -> list[Figure]:
    """The figures of the papers of those keys, in the order of the keys."""
    drawn = {found.name for found in iter_modules(__path__)}
    wanted = sorted(drawn & set(papers))
    return [figure for key in wanted for figure in import_module(f"{__name__}.{key}").FIGURES]
