"""Drawn points: one hypothesis draw is a whole design, stratified in every parameter.

Row i lies in stratum (i g_k + shift_k) mod n of parameter k: n strata of equal measure, given those
parameters that its ends name, and g a lattice vector, so that boxes are met as well as ranges.
Hypothesis draws the shifts and the value inside each stratum, so the strata are the ranges that it
generates.  Left to itself it is too uneven to carry a verdict: 24 draws of two parameters miss a
tenth of one in 45 of 100 cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from verify.errors import UsageError
from verify.points.axis import Axis

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from verify.evidence.accounting import Budget
    from verify.model import Value

Row = dict[str, "Value"]

MOST_VALUES = 800
"""Values of a design: one draw of hypothesis holds so many."""


def rows_over(budget: Budget, parameters: int) -> int:
    """How many points of a budget are drawn over a region of so many parameters."""
    return budget.rows if parameters < 3 else budget.rows_of_many


@cache
def vector(n: int, parameters: int) -> tuple[int, ...]:
    """A lattice vector of n points, as far as there is one: at most one component a parameter.

    Each component makes the worst two-dimensional projection the most even.  Components that agree
    up to sign would put two parameters in step, so that 8 points carry two parameters, 24 four,
    32 eight and 64 sixteen.
    """

    def folded(i: int, x: int) -> int:
        return min(i * x % n, n - i * x % n)

    def evenness(x: int, y: int) -> int:
        return min((folded(i, x) ** 2 + folded(i, y) ** 2 for i in range(1, n)), default=0)

    found = [1]
    while len(found) < parameters:
        taken = {one % n for x in found for one in (x, -x)}
        free = [x for x in range(2, n) if math.gcd(x, n) == 1 and x not in taken]
        if not free:
            break
        found.append(max(free, key=lambda x: (min(e := [evenness(x, y) for y in found]), sum(e))))
    return tuple(found[:parameters])


def drawn(axes: Mapping[str, Axis], n: int) -> list[Row]:
    """The design of one version: at most n rows over the axes, the same in every run.

    A row is left out where the ends that follow its other parameters leave it no value.  Without
    axes there is one row, without parameters.  Raises UsageError for more rows than one draw holds.
    """
    if not axes:
        return [{}]
    if n * len(axes) > MOST_VALUES:
        most = MOST_VALUES // len(axes)
        raise UsageError(f"examples = {n}: at most {most} are drawn of {', '.join(axes)}")
    return [dict(row) for row in _drawn(tuple(axes.items()), n)] if n else []


@cache
def _drawn(axes: tuple[tuple[str, Axis], ...], n: int) -> Sequence[Row]:
    kept: list[list[Row]] = []

    @settings(SETTINGS, max_examples=2)
    @given(designs(dict(axes), n))
    def collect(rows: list[Row]) -> None:
        kept.append(rows)

    collect()
    # The first example is the simplest value of every stratum, which is no even draw.
    return kept[-1]


class _Alone(HypothesisProvider):
    """Hypothesis' draws, but for constants that it finds in whatever modules are loaded.

    With those a report drew other points than a check, and found none of its evidence.
    """

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


AVAILABLE_PROVIDERS["touchstone"] = f"{__name__}.{_Alone.__name__}"  # older versions: by name
SETTINGS = settings(
    backend="touchstone",
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@st.composite
def designs(draw: Callable[..., Any], axes: Mapping[str, Axis], n: int) -> list[Row]:
    """Designs of n rows; parameters whose ends name others are drawn behind them."""
    depends = {name: axis.depends_on for name, axis in axes.items()}
    order = [name for name in TopologicalSorter(depends).static_order() if name in axes]
    cells = dict(zip(order, strata(draw, n, len(order)), strict=True))
    rows = []
    for i in range(n):
        row: Row = {}
        for name in order:
            values = stratum(axes[name], row, cells[name][i], n)
            if values is None:
                break
            row[name] = draw(values)
        else:
            rows.append({name: row[name] for name in axes})
    return rows


def strata(draw: Callable[..., Any], n: int, parameters: int) -> list[Sequence[int]]:
    """The strata of the rows in each parameter, every one of n once.

    A parameter for which the lattice has no component left takes its strata in any order: one met
    before would put two parameters in step, and leave most boxes of the two empty for good.
    """
    found: list[Sequence[int]] = []
    for component in vector(n, parameters):
        shift = draw(st.integers(0, n - 1))
        found.append([(i * component + shift) % n for i in range(n)])
    while len(found) < parameters:
        found.append(draw(st.permutations(range(n))))
    return found


def stratum(
    axis: Axis, others: Mapping[str, Value], cell: int, n: int
) -> SearchStrategy[Any] | None:
    """The values of an axis in stratum `cell` of n; None where the others leave it none."""
    if axis.few:
        first, last = cell * len(axis.few) // n, -(-(cell + 1) * len(axis.few) // n)
        return st.sampled_from(axis.few[first:last])
    if axis.empty(others):
        return None
    return axis.integers(others, cell, n) if axis.integral else axis.reals(others, cell, n)
