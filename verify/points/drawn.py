"""Points of a claim as hypothesis draws them one by one, for tests."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from verify.evidence.accounting import BUDGETS
from verify.points.placed import reachable, rows
from verify.points.region import regions

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.model import Claim
    from verify.points.region import Region

SETTINGS = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
"""What suits tests that simulate: the same examples in every run, no clock, no explain phase."""


def points_of(claim: Claim) -> SearchStrategy[dict[str, Any]]:
    """Parameter points at which a claim can be checked: inside the domains of its forms.

    Draws stay where an experiment that decides can run.  Ends are included, and draws shrink
    towards the low ones, if those are integers.  No seed is ever drawn: the noise at a point
    follows from the point alone.  Where no region is bounded, they are the author's points.
    """
    quick = BUDGETS["quick"]

    def can_be_checked(values: dict[str, Any]) -> bool:
        return claim.speaks_of(values) and bool(reachable(claim, values, quick))

    listed = [dict(row) for row in rows(claim, quick)]
    judging = [by for by in claim.by if not by.observational]
    whole = [_rows(one) for by in judging for one in regions(claim, by) if not one.unbounded]
    drawn = [one.filter(can_be_checked) for one in whole]
    return st.one_of(*drawn) if drawn else st.sampled_from(listed)


@st.composite
def _rows(draw: Any, region: Region) -> dict[str, Any]:
    """A row of a region; parameters whose ends name others are drawn behind them."""
    depends = {name: axis.depends_on for name, axis in region.axes.items()}
    row: dict[str, Any] = {}
    for name in TopologicalSorter(depends).static_order():
        row[name] = draw(region.axes[name].values(row))
    return {name: row[name] for name in region.axes}
