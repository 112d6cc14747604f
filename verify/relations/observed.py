"""Observed: nothing is claimed of the quantity; its mean is shown, with a standard error.

A stated number of networks is drawn.  The verdict is OBSERVED, which is no pass, and none of it
decides anything: no wealth is staked, so that the evidence is a mean and its spread alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations import draws as drawn
from verify.relations.ranges import Range
from verify.relations.statement import Number, Statement
from verify.relations.target import Target
from verify.relations.words import Found, Place, Seen

SHOWN = 256
"""Draws of what an observational experiment shows of a mean that is judged by others."""


@dataclass(frozen=True, kw_only=True)
class ObservedTarget(Target):
    """So many draws to take; one that breaks an assumption is one of them.

    The value is NaN, or one that is claimed elsewhere and is shown beside what is measured here.
    """

    draws: int

    kind: ClassVar[str] = "observed"
    stated_draws: ClassVar[bool] = True
    claims_value: ClassVar[bool] = False

    def check(self) -> None:
        """Raise ValueError for fewer draws than one."""
        if self.draws < 1:
            raise ValueError(f"draws = {self.draws}: must be at least 1")

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Mean and spread of the draws x, shape (draws,); their extremes are themselves."""
        drawn.one_number(x)
        return Evidence.of(x, x, {})

    def decide(self, evidence: Evidence) -> Verdict | None:
        """OBSERVED when all draws are in."""
        return "OBSERVED" if evidence.draws + evidence.excluded >= self.draws else None

    def _plan(self) -> float:
        """The stated number of draws."""
        return self.draws

    def detect(self, draws: int) -> None:
        """Nothing is refuted."""
        return

    def left(self, evidence: Evidence) -> Range:
        """Nothing is ruled out."""
        return Range()


class _Nothing(Number):
    """No formula, with the face of a form."""

    status: ClassVar[str] = "observed"

    @property
    def latex(self) -> str:
        """No text."""
        return ""

    formula = python = latex


@dataclass(frozen=True, kw_only=True)
class Observed(Statement):
    """The mean of the quantity over so many networks, of which nothing is claimed.

    Raises ValueError unless `networks` is an integer >= 1.
    """

    claimed: float = field(default=math.nan, init=False)
    networks: int

    relation: ClassVar[str] = "shown, nothing is claimed"
    has_formula: ClassVar[bool] = False
    relative: ClassVar[bool] = False
    decides: ClassVar[bool] = False
    ordinate: ClassVar[Literal["value"]] = "value"

    def __post_init__(self) -> None:
        whole = isinstance(self.networks, int) and not isinstance(self.networks, bool)
        if not (whole and self.networks >= 1):
            raise ValueError(
                f"{self.quantity}: networks = {self.networks!r}: must be an integer >= 1"
            )

    @cached_property
    def form(self) -> Number:
        """No formula; its name is that of the quantity, and of the experiments that it is by."""
        return _Nothing(self.claimed, ", ".join([self.quantity, *(one.label for one in self.by)]))

    @property
    def expected(self) -> Verdict:
        """It is shown, and nothing else is expected of it."""
        return "OBSERVED"

    def remainder_at(self, point: Place) -> float:
        """No limit is claimed that the quantity could lie off."""
        return 0.0

    def _target(self, point: Place, terms: dict[str, Any]) -> ObservedTarget:
        return ObservedTarget(**{**terms, "epsilon": 0.0}, draws=self.networks)

    def confirmed(self, trials: Sequence[Seen]) -> NoReturn:
        """It never is."""
        raise AssertionError(f"{self.quantity}: nothing is claimed of it")

    def refuted(self, found: Found, trials: Sequence[Seen]) -> NoReturn:
        """It never is."""
        raise AssertionError(f"{self.quantity}: nothing is claimed of it")
