"""Hypothesis strategies over the points of a claim, built from the domains of its forms.

from hypothesis import given
import verify
from verify import strategies

@given(parameters=strategies.parameters("furusho2020/mean-eig-resnet"))
def test_theorem_6(parameters):
    assert verify.check("furusho2020/mean-eig-resnet", **parameters).as_expected
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from verify.claim import BUDGETS
from verify.claims import find

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.claim import Claim


def parameters(claim: str | Claim) -> SearchStrategy[dict[str, Any]]:
    """Parameter points that a claim speaks of: inside the domains of its forms.

    Draws stay between the ends of the claim's own quick grid, which are included, so that a point
    costs no more than one of the grid; they shrink towards the low end.  No seed is ever drawn: the
    noise at a point follows from the point alone.
    """
    chosen = find(claim) if isinstance(claim, str) else claim
    grid = chosen.grid(BUDGETS["quick"])
    draw = st.fixed_dictionaries({name: _values([row[name] for row in grid]) for name in grid[0]})
    return draw.filter(chosen.speaks_of)


def _values(listed: Sequence[Any]) -> SearchStrategy[Any]:
    low, high = min(listed), max(listed)
    between = st.floats(low, high) if isinstance(low, float) else st.integers(low, high)
    return st.one_of(between, st.sampled_from([low, high]))
