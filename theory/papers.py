"""The papers whose claims are held here, and how a form cites them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One paper: its key, authors, title, year and kind of publication.

    The key is what the ids of its claims begin with.  Raises ValueError for a key with other than
    letters, digits, dots, hyphens and underscores, and for authors that are no tuple of names.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    kind: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+", self.key):
            raise ValueError(f"key = {self.key!r}: must be letters, digits, dots, hyphens")
        if not isinstance(self.authors, tuple) or not self.authors:
            raise ValueError(f"authors = {self.authors!r}: must be a tuple of names")

    def __str__(self) -> str:
        surnames = [author.split()[-1] for author in self.authors]
        names = surnames[0] if len(surnames) == 1 else f"{surnames[0]} et al."
        return f"{names} ({self.year})"


PAPERS = {
    paper.key: paper
    for paper in (
        Paper(
            key="furusho2020",
            authors=("Yasutaka Furusho",),
            title="Analysis of Regularization and Optimization for Deep Learning",
            year=2020,
            kind="doctoral dissertation, Nara Institute of Science and Technology",
        ),
        Paper(
            key="zhang2022",
            authors=("Huishuai Zhang", "Da Yu", "Mingyang Yi", "Wei Chen", "Tie-Yan Liu"),
            title="Stabilize deep ResNet with a sharp scaling factor tau",
            year=2022,
            kind="article, Machine Learning",
        ),
        Paper(
            key="susanna2024",
            authors=("Giorgio Susanna",),
            title="Weights regularity for residual neural networks in the depth limit",
            year=2024,
            kind="master's thesis, University of Trento",
        ),
        Paper(
            key="chen2020",
            authors=("Cheng Chen", "Junjie Yang", "Yi Zhou"),
            title=(
                "Neural Network Training Techniques Regularize Optimization Trajectory: "
                "An Empirical Study"
            ),
            year=2020,
            kind="conference article",
        ),
        Paper(
            key="luo2018",
            authors=("Ping Luo", "Xinjiang Wang", "Wenqi Shao", "Zhanglin Peng"),
            title="Understanding Regularization in Batch Normalization",
            year=2018,
            kind="preprint",
        ),
    )
}


@dataclass(frozen=True)
class Source:
    """A place in a paper (one of `PAPERS` by its key, or a Paper): theorem, equation or figure.

    Raises ValueError for a key that is not in `PAPERS`.
    """

    paper: str | Paper
    where: str

    def __post_init__(self) -> None:
        if not isinstance(self.paper, Paper) and self.paper not in PAPERS:
            raise ValueError(
                f"paper {self.paper!r} is unknown; the papers are {sorted(PAPERS)}; "
                "for another give a Paper"
            )

    @property
    def cited(self) -> Paper:
        """The paper itself."""
        return self.paper if isinstance(self.paper, Paper) else PAPERS[self.paper]

    def __str__(self) -> str:
        return f"{self.cited}, {self.where}"
