"""Arms of one network in the order that a claim says, and how far two orders of them agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.claims.terms import Parameters
from verify.model import Experiment, OfNumerics, Value
from verify.relations import Ranking

SPEED = "mean loss"
"""The speed that a factor is compared with: that of Theorem 1."""


@dataclass(frozen=True)
class Order:
    """Arms in increasing order of what was measured of them."""

    measured: str
    arms: tuple[str, ...]

    @property
    def quantity(self) -> str:
        """What a draw is a row of."""
        return f"{self.measured}: {' < '.join(self.arms)}"

    def row(
        self, found: Mapping[str, NDArray[np.float64]], names: Sequence[str]
    ) -> NDArray[np.float64]:
        """A row a network."""
        return found[self.measured][:, [names.index(name) for name in self.arms]]


@dataclass(frozen=True)
class Agreement:
    """Whether more pairs of arms are ordered alike than apart by the mean loss and by a factor.

    Alike is that the faster of two has the larger factor.  `reverses` says the opposite, that more
    of them are ordered apart.
    """

    measured: str
    reverses: bool = False

    @property
    def quantity(self) -> str:
        """What a draw is a row of."""
        pairs = ("alike", "apart") if self.reverses else ("apart", "alike")
        return f"pairs of arms {' < '.join(pairs)} by {SPEED} and {self.measured}"

    def row(
        self, found: Mapping[str, NDArray[np.float64]], names: Sequence[str]
    ) -> NDArray[np.float64]:
        """How many pairs are ordered in one way and in the other, a row a network."""
        speed, factor = found[SPEED], found[self.measured]
        signs = np.stack(
            [
                np.sign((speed[:, a] - speed[:, b]) * (factor[:, b] - factor[:, a]))
                for a, b in combinations(range(len(names)), 2)
            ]
        )
        pair = [(signs < 0).sum(axis=0), (signs > 0).sum(axis=0)]
        return np.column_stack(pair[::-1] if self.reverses else pair).astype(np.float64)


Said = Order | Agreement


@dataclass(frozen=True)
class InOrder:
    """A measurement of numerics that takes arms, as rows of what is said of them by their names."""

    function: str
    arms: Mapping[str, Mapping[str, Value | None]]
    said: tuple[Said, ...]

    def __call__(self, values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
        """A row a network for each quantity."""
        measure = OfNumerics(self.function, fixed={"arms": tuple(self.arms.values())})
        found = measure(values, **run)
        return {one.quantity: one.row(found, tuple(self.arms)) for one in self.said}


def judged(
    function: str,
    said: Mapping[tuple[str, ...], Sequence[Said]],
    arms: Mapping[str, Mapping[str, Value | None]],
    settings: Mapping[str, Mapping[str, Value]],
) -> tuple[tuple[Ranking, ...], tuple[Experiment, ...]]:
    """Statements, by the names of the networks that they are judged by, and their experiments.

    Args:
        function: the measurement, as `OfNumerics` takes it.
        said: what is said of which of them.
        arms: of each network.
        settings: of each network.
    """
    experiments = {}
    for name, setting in settings.items():
        measured = [one for names, some in said.items() if name in names for one in some]
        experiments[name] = Experiment(
            name, InOrder(function, arms, tuple(measured)), setting=setting
        )
    return (
        tuple(
            Ranking(one.quantity, by=tuple(experiments[name] for name in names))
            for names, some in said.items()
            for one in some
        ),
        tuple(experiments.values()),
    )
