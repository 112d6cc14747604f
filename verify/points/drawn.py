"""Points of a claim as hypothesis draws them one by one, for tests; and beside a table's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from theory.domains import OneOf
from verify.evidence.accounting import BUDGETS
from verify.points.placed import names, reachable, rows
from verify.points.region import regions
from verify.table import entries

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.evidence.accounting import Budget
    from verify.model import Claim, Value
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

    Draws stay where an experiment can run; of a claim in the transitional table, between the ends
    of its quick grid, so that a point costs no more than one of that.  Ends are included, and draws
    shrink towards the low ones, if those are integers.  No seed is ever drawn: the noise at a point
    follows from the point alone.
    """
    quick = BUDGETS["quick"]

    def can_be_checked(values: dict[str, Any]) -> bool:
        return claim.speaks_of(values) and bool(reachable(claim, values, quick))

    listed = [dict(row) for row in rows(claim, quick)]
    if entries(claim):
        few = {
            name
            for statement in claim.says
            for name, domain in statement.form.domain.items()
            if isinstance(domain, OneOf)
        }
        columns = {name: [row[name] for row in listed] for name in listed[0]}
        each = {
            name: st.sampled_from(list(dict.fromkeys(values))) if name in few else _values(values)
            for name, values in columns.items()
        }
        return st.fixed_dictionaries(each).filter(can_be_checked) | st.sampled_from(listed)
    whole = [_rows(one) for by in claim.by for one in regions(claim, by) if not one.unbounded]
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


def _values(listed: Sequence[Any]) -> SearchStrategy[Any]:
    low, high = min(listed), max(listed)
    between = st.floats(low, high) if isinstance(low, float) else st.integers(low, high)
    return st.one_of(between, st.sampled_from([low, high]))


def explored(claim: Claim, budget: Budget, count: int) -> list[Mapping[str, Value]]:
    """`count` further parameter points of a claim in the table, fewer where there are no more.

    They differ from each other and from the grid's, can be measured, and are the same in every run
    of one version of hypothesis: none depends on a seed or on a verdict.
    """
    wanted_names = names(claim, budget)
    found = {_key(row, wanted_names): row for row in rows(claim, budget)}
    wanted = len(found) + count

    @settings(
        SETTINGS,
        phases=[Phase.generate],
        max_examples=DRAWN_FOR_EACH * count,
        suppress_health_check=list(HealthCheck),
    )
    @given(points_of(claim).filter(lambda values: reachable(claim, values, budget)))
    def collect(values: Mapping[str, Value]) -> None:
        if len(found) < wanted:
            key = _key(values, wanted_names)
            found.setdefault(key, dict(zip(wanted_names, key, strict=True)))

    collect()
    return list(found.values())[wanted - count :]


def _key(values: Mapping[str, Value], ordered: Sequence[str]) -> tuple[Value, ...]:
    """A parameter point as its values in that order."""
    return tuple(values[name] for name in ordered)


DRAWN_FOR_EACH = 20
"""Draws for each further point: most of a small grid's surroundings are in the grid already."""
