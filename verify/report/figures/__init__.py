"""The figures of the papers, redrawn: one file a paper."""

from __future__ import annotations

from collections.abc import Iterable

from verify.report.figures import furusho2020, luo2018
from verify.report.figures.observations import Figure

BY_PAPER = {"furusho2020": furusho2020.FIGURES, "luo2018": luo2018.FIGURES}


def of_papers(papers: Iterable[str]) -> list[Figure]:
    """The figures of the papers of those keys, in the order of the papers."""
    wanted = set(papers)
    return [figure for paper, drawn in BY_PAPER.items() if paper in wanted for figure in drawn]
