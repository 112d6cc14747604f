"""How a claim and its draws are related: one module a family of relations.

| relation | the claim | a draw |
| --- | --- | --- |
| equal, at most, at least | on E X, X >= 0 | X |
| exact | X equals the value on every draw | X |
| always at most, always at least | on X itself, surely or but for a stated probability | X |
| order | k quantities are in increasing order | a row of k |
| ratio | E A / E B equals the value | a row (A, B) |
| exponent | E X_i grows like a power of the size n_i | a row of k, one a size |
| symbolic | two formulas agree to 50 digits | none |

Each module offers the functions of `Family`.

Where a claim factorises, state it by its factors.  The product of L independent layers has a
relative variance that grows like (1 + w)^L, and the draws that confirm it with it; the mean over
layers of the ratios R_l = X_l / X_(l-1) is one draw of relative variance w/L.  Judge "equal" on
that mean, at a margin of (1 + eps)^(1/L) - 1 for an error of eps in the product.  What is confirmed
then is the mean factor, which bounds the product from above (arithmetic and geometric mean) and
gives it where the layers are alike; where they are not, judge each layer's ratio by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.relations import bounds, exponents, identities, means, orders, ratios, symbols

if TYPE_CHECKING:
    from verify.statistics import Target

Relation = Literal[
    "equal",
    "at most",
    "at least",
    "exact",
    "always at most",
    "always at least",
    "order",
    "ratio",
    "exponent",
    "symbolic",
]


class Family(Protocol):
    """What a family of relations can do; see the functions of `verify.statistics`."""

    def check(self, target: Target) -> None:
        """Raise ValueError for a target that the family cannot judge."""

    def weigh(self, x: NDArray[np.float64], target: Target) -> Evidence:
        """Evidence of finite draws, one a row."""

    def decide(self, evidence: Evidence, target: Target) -> Verdict | None:
        """CONFIRMED or REFUTED where the evidence reaches a verdict, else None."""

    def plan(self, target: Target) -> float:
        """Draws that CONFIRMED takes."""

    def detect(self, target: Target, draws: int) -> float | None:
        """The least error that so many draws would have refuted."""


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "equal": means,
        "at most": means,
        "at least": means,
        "exact": identities,
        "always at most": bounds,
        "always at least": bounds,
        "order": orders,
        "ratio": ratios,
        "exponent": exponents,
        "symbolic": symbols,
    }
)
