"""Typed parameters, and the few that several subjects share; others stand in their subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy

from theory.domains import Domain, Integers, Reals


@dataclass(frozen=True)
class Parameter:
    """A parameter of closed forms, and its letter in formulas.

    `domain` is where statements are claimed; `typical` is the range (low, high) from which
    tests and plots draw, or two names of it. What is known of `symbol` (an integer, positive)
    follows from the domain; it is made once, since two symbols of one name with other assumptions
    differ.
    """

    name: str
    letter: str
    domain: Domain
    meaning: str
    typical: tuple[Any, Any]
    symbol: sympy.Symbol = field(init=False, repr=False)

    def __post_init__(self) -> None:
        symbol = sympy.Symbol(self.letter, **self.domain.assumptions)
        object.__setattr__(self, "symbol", symbol)

    def narrowed(
        self,
        domain: Domain,
        *,
        meaning: str | None = None,
        typical: tuple[Any, Any] | None = None,
    ) -> Parameter:
        """Return the same parameter, its symbol kept, on a part of its domain."""
        part = Parameter(
            self.name, self.letter, domain, meaning or self.meaning, typical or self.typical
        )
        object.__setattr__(part, "symbol", self.symbol)
        return part


DEPTH = Parameter("depth", "L", Integers(1), "number L of residual blocks", (2, 40))
WIDTH = Parameter("width", "D", Integers(1), "units D in a layer", (10, 1000))
INPUTS = Parameter(
    "inputs", "N", Integers(1), "inputs N of a linear student or of a perceptron", (10, 1000)
)
BATCH_SIZE = Parameter("batch_size", "M", Integers(2), "samples M in a batch", (8, 512))
REGULARISATION = Parameter(
    "regularisation", "zeta", Reals(0), "strength of the penalty zeta gamma^2", (0.125, 0.5)
)
