"""The papers whose claims are held here, and how a form cites them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One paper: its key, authors, title, year and kind of publication."""

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    kind: str

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
    """A place in a paper: the paper's key and the theorem, equation or figure.

    Raises ValueError for a key that is not in `PAPERS`.
    """

    paper: str
    where: str

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise ValueError(f"paper {self.paper!r} is unknown; the papers are {sorted(PAPERS)}")

    def __str__(self) -> str:
        return f"{PAPERS[self.paper]}, {self.where}"
