"""A hunt: the largest violation of a relation between forms, over their whole common domain.

Forms are cheap: thousands of points are searched, quasi-random in the coordinates of the unit cube
by the measure of each parameter, and the best of them climbed from; what is found is then made
simple.  Everything here is deterministic.

A parameter's range is measured half by length and a quarter in decades of the distance to each
end; where a range has one end or none, in decades of the distance to that or to 0 alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from theory.domains import LARGEST, Domain, Integers
from verify.points.measure import NEAREST, nearest_of_integers, quantiles

Array = NDArray[np.float64]
Place = dict[str, int | float]
Violation = Callable[[Mapping[str, Array]], Array]
"""How far a relation is broken at points, which are arrays by parameter: above 0 where it is."""

POINTS = 4096
CLIMBED, GENERATIONS = 32, 24
"""How many of the best points are climbed from, and for how long."""

FAR = 1000
"""Integers that reach so far are measured in decades alone."""

AT_END, SLICE, NEAR = 0.05, 1024, 0.3
"""How near an end a coordinate is put on it, points of a slice, and how near is beside."""


@dataclass(frozen=True)
class Space:
    """Where parameters lie: in all of the domains listed for each."""

    domains: Mapping[str, tuple[Domain, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters, those first whose ends name no other."""
        ends = {name: self._ends(name) for name in self.domains}
        return tuple(TopologicalSorter(ends).static_order())

    def _ends(self, name: str) -> set[str]:
        return {end for one in self.domains[name] for end in one.depends_on if end in self.domains}

    def whole(self, name: str) -> bool:
        """Whether the parameter is an integer."""
        return any(isinstance(one, Integers) for one in self.domains[name])

    def _open(self, name: str, end: str) -> float:
        return 1 / LARGEST if any(getattr(one, end, False) for one in self.domains[name]) else 0.0

    def bounds(self, name: str, others: Mapping[str, Any]) -> tuple[Any, Any]:
        """The ends of a parameter's range, finite, the other parameters given."""
        pairs = [one.endpoints(others) for one in self.domains[name]]
        low, high = -float(LARGEST), float(LARGEST)
        for one in pairs:
            low, high = np.maximum(low, one[0]), np.minimum(high, one[1])
        return (np.ceil(low), np.floor(high)) if self.whole(name) else (low, high)

    def at(self, held: Mapping[str, int | float]) -> Space:
        """The part where some integers have these values."""
        fixed = {name: (Integers(int(value), int(value)),) for name, value in held.items()}
        return Space({name: (*many, *fixed.get(name, ())) for name, many in self.domains.items()})

    def contains(self, point: Mapping[str, int | float]) -> bool:
        """Whether a point lies in every domain."""
        return all(
            one.contains(point[name], point) for name, many in self.domains.items() for one in many
        )

    def points(self, coordinates: Array) -> dict[str, Array]:
        """The points at coordinates in the unit cube, shape (points, parameters), by parameter.

        A parameter is NaN where the others leave it no value.
        """
        found: dict[str, Array] = {}
        for name, u in zip(self.names, coordinates.T, strict=True):
            low, high = (np.broadcast_to(end, u.shape) for end in self.bounds(name, found))
            if self.whole(name):
                low, high = _where_ordered(low, high)
                found[name] = np.minimum(np.floor(quantile(u, low, high + 1, whole=True)), high)
            else:
                low, high = low + self._open(name, "low_open"), high - self._open(name, "high_open")
                found[name] = quantile(u, *_where_ordered(low, high))
        return found


def _where_ordered(low: Any, high: Any) -> tuple[Any, Any]:
    """The ends of ranges, NaN where there is nothing between them."""
    return np.where(low <= high, low, np.nan), np.where(low <= high, high, np.nan)


def hunt(
    violation: Violation, space: Space, count: int = POINTS, *, any_will_do: bool = False
) -> Place | None:
    """The point of the largest violation that was found, or None where there is none.

    Where `any_will_do` the search ends with the first one.
    """
    if not space.names:
        return {} if _worst(violation, space, np.zeros((1, 0)))[0] > 0 else None
    slow = any(FAR < space.bounds(name, {})[1] < LARGEST for name in space.names)
    if slow:
        count = min(count, SLICE // 4)
    here = cube(len(space.names), count)
    worst = _worst(violation, space, here)
    order = np.argsort(-worst, kind="stable")
    if not (any_will_do and worst[order[0]] > 0):
        generations = GENERATIONS // 8 if slow else GENERATIONS
        here = _climbed(violation, space, here[order[:CLIMBED]], generations)
        worst = _worst(violation, space, here)
        order = np.argsort(-worst, kind="stable")
    best = order[0]
    return _one(space, space.points(here[best : best + 1])) if worst[best] > 0 else None


def cube(dimensions: int, count: int = POINTS) -> Array:
    """Quasi-random points of the unit cube; of a quarter, coordinates near an end lie on it."""
    found = np.asarray(qmc.Sobol(dimensions, scramble=True, rng=0).random(count))
    ends = found[::4]
    ends[ends < AT_END], ends[ends > 1 - AT_END] = 0.0, 1.0
    return found


def _worst(violation: Violation, space: Space, coordinates: Array) -> Array:
    return _violated(violation, space.points(coordinates), len(coordinates))


def _violated(violation: Violation, points: Mapping[str, Array], count: int) -> Array:
    """The violation at so many points; -2, which none is, where there is no point to ask it at."""
    there = np.ones(count, dtype=bool)
    for x in points.values():
        there &= ~np.isnan(x)
    worst = np.full(count, -2.0)
    if there.any():
        worst[there] = violation({name: x[there] for name, x in points.items()})
    return np.nan_to_num(worst, nan=-2.0)


def _climbed(violation: Violation, space: Space, start: Array, generations: int) -> Array:
    """Points that climbed from the given ones, the highest first."""
    found = differential_evolution(
        lambda tried: -_worst(violation, space, np.atleast_2d(tried.T)),
        [(0.0, 1.0)] * start.shape[1],
        init=start,
        maxiter=generations,
        vectorized=True,
        updating="deferred",
        polish=False,
        tol=0.0,
        rng=0,
    )
    return np.vstack([found.x, start])


def _one(space: Space, points: Mapping[str, Array]) -> Place:
    return {
        name: int(points[name][0]) if space.whole(name) else float(points[name][0])
        for name in space.domains
    }


# Simple points --------------------------------------------------------------------------------


def simplest(
    violation: Violation,
    space: Space,
    point: Mapping[str, int | float],
    surely: Callable[[Place], bool] = lambda place: True,
) -> Place:
    """A simple point at which the relation is broken, from one where it is.

    Integers are made least in the order of the parameters, the others free; then real ones are
    given the fewest digits, the others held, and once more, since one may bar another.  Where
    rounding may be all that breaks it, `surely` tells.
    """
    held: Place = {}
    here = dict(point)
    for name in (one for one in space.domains if space.whole(one)):
        here = _least(violation, space, held, here, name)
        held[name] = here[name]
    for name in 2 * [one for one in space.domains if not space.whole(one)]:
        here[name] = _simple(violation, space, here, name, surely)
    return here


def _simple(
    violation: Violation,
    space: Space,
    here: Mapping[str, int | float],
    name: str,
    surely: Callable[[Place], bool],
) -> float:
    """The first candidate of a real parameter at which the relation is broken."""
    every = _candidates(space, name, here)
    listed = (x for x in every if space.contains({**here, name: x}))
    count = 8
    while (some := np.array(list(islice(listed, count)))).size:
        at = {other: np.full(some.size, here[other], dtype=float) for other in here}
        broken = np.nan_to_num(violation({**at, name: some}), nan=-1.0) > 0
        for x in map(float, some[broken]):
            if surely({**here, name: x}):
                return x
        count *= 8
    return float(here[name])


def _least(
    violation: Violation,
    space: Space,
    held: Mapping[str, int | float],
    here: Place,
    name: str,
) -> Place:
    """The point of the least value of an integer at which a violation is found."""
    low = int(space.bounds(name, here)[0])
    bottom = low - 1
    while here[name] - bottom > 1:
        gap = int(here[name]) - bottom
        trial = bottom + max(1, min(gap // 2, bottom - low + 2))
        found = hunt(violation, space.at({**held, name: trial}), SLICE, any_will_do=True)
        if found is None:
            bottom = trial
        else:
            here = found
    while here[name] > low:  # next to where the violation ends it is small, and easily missed
        below = space.at({**held, name: here[name] - 1})
        found = _beside(violation, below, {**here, name: here[name] - 1})
        if found is None:
            break
        here = found
    return here


def _beside(violation: Violation, space: Space, here: Place) -> Place | None:
    """The point of the largest violation near another one, up to a share NEAR or NEAR^2 off."""
    spread = np.where(np.arange(SLICE) % 2, NEAR, NEAR**2)
    found: dict[str, Array] = {}
    for name, u in zip(space.names, cube(len(space.names), SLICE).T, strict=True):
        low, high = _where_ordered(*space.bounds(name, found))
        x = np.clip(here[name] * (1 + spread * (2 * u - 1)), low, high)
        found[name] = np.rint(x) if space.whole(name) else x
    worst = _violated(violation, found, SLICE)
    best = int(np.argmax(worst))
    one = {name: x[best : best + 1] for name, x in found.items()}
    return _one(space, one) if worst[best] > 0 else None


def _candidates(space: Space, name: str, here: Mapping[str, int | float]) -> Iterator[float]:
    """Members of a real parameter's range, those of the fewest digits first."""
    low, high = (float(end) for end in space.bounds(name, here))
    for digits in range(1, 7):
        for size in sorted(range(-9, 10), key=lambda k: (abs(k), k < 0)):
            for count in range(10 ** (digits - 1), 10**digits) if digits < 3 else ():
                x = float(f"{count}e{size}")
                yield from (one for one in (x, -x) if low <= one <= high)
        value = float(here[name])
        rounded = float(f"{value:.{digits - 1}e}")
        if low <= rounded <= high:
            yield rounded
    yield float(here[name])


# The measure ----------------------------------------------------------------------------------


def quantile(u: Any, low: Any, high: Any, *, whole: bool = False) -> Array:
    """The value below which a share u of the measure of [low, high] lies, LARGEST being no end.

    A range without an end on one side or both has decades alone: from its other end on, or from 0.
    So have `whole` numbers that reach FAR, where a recursion that ends its own parameter is slow.
    """
    far, nearest = (FAR, 1.0) if whole else (LARGEST, NEAREST)
    from_low = low + _decade(u, high - low, nearest)
    from_high = high - _decade(1 - u, high - low, nearest)
    around = np.sign(2 * u - 1) * _decade(abs(2 * u - 1), LARGEST, nearest)
    bounded = quantiles(u, low, high, nearest_of_integers(low, high - 1) if whole else NEAREST)
    endless_low, endless_high = low <= -LARGEST, high >= far
    found = np.where(endless_high, np.where(endless_low, around, from_low), bounded)
    return np.asarray(np.clip(np.where(endless_low & ~endless_high, from_high, found), low, high))


def _decade(u: Any, length: Any, nearest: float) -> Array:
    """A distance up to the length, as likely in each decade beyond the nearest."""
    return np.expm1(u * np.log1p(np.asarray(length) / nearest)) * nearest
