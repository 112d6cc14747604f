"""Where a refuted form and its successor part: the simplest point, of formulas alone.

Points are tried from the simplest on: integers from their least value, real numbers from 1, 2 and
1/2.  What an experiment works out of a point, such as the moments of a law of hidden values, is
taken from it, so that values that cannot go together are never tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import mpmath
import numpy as np

from theory.computed import Computed
from theory.domains import Domain, Integers, OneOf
from verify.model import Experiment, Value
from verify.points.comparison import DIGITS, EQUAL, Comparison, value_at
from verify.relations.statement import Form

SIMPLE = (1.0, 2.0, 0.5, 3.0, 0.25, 0.75, 0.1, 10.0, 0.0, -1.0, -0.5, 0.9, 100.0, 0.01)
"""Values of real parameters, the simplest first; at 0 and 1 wrong terms often vanish."""

APART = (0.02, 0.002, 0.0)
"""How far apart values are sought, (a - b)/(|a| + |b|): by 4 %, by 4 in a thousand, at all."""

TRIED = 4000
"""So many points are tried for each."""


@dataclass(frozen=True)
class Parted:
    """A point, as one calls the forms there, and both values in DIGITS digits.

    `inside` says whether it lies in the regime of the form's reading, or None without a regime.
    """

    parameters: Mapping[str, Value]
    printed: str
    right: str
    inside: bool | None


def parted(
    form: Form,
    right: Form,
    experiments: Sequence[Experiment],
    relation: str = EQUAL,
    apart: Sequence[float] = APART,
) -> Parted | None:
    """The simplest point found at which they part, in the regime of the reading if there is one.

    They part where the form is not what it has to be, which is `relation` to the right one, by the
    first of `apart` by which they part at all.
    """
    regime = form.reading.regime if form.reading else {}
    for within in [regime, {}] if regime else [{}]:
        found = _simplest(Comparison(form, relation, right), experiments, within, apart)
        if found is not None:
            values = values_at(form, right, found)
            return Parted(found, *values, bool(within) if regime else None)
    return None


def values_at(form: Form, right: Form, place: Mapping[str, Value]) -> tuple[str, str]:
    """Both values at a point in DIGITS digits, or in those that a computed form has."""
    with mpmath.workdps(DIGITS):
        values = [(each, mpmath.mpf(value_at(each, place))) for each in (form, right)]
        one, other = (mpmath.nstr(value, _digits(each)) for each, value in values)
        return one, other


def _digits(form: Form) -> int:
    """How many digits are right of a value that is worked out in DIGITS digits where it can be."""
    return round(-math.log10(form.precision)) if isinstance(form, Computed) else DIGITS


def _simplest(
    asked: Comparison,
    experiments: Sequence[Experiment],
    regime: Mapping[str, Domain],
    apart: Sequence[float],
) -> dict[str, Value] | None:
    form = asked.form
    domains = {name: [domain] for name, domain in form.domain.items()}
    called: Callable[[dict[str, Value]], dict[str, Value] | None] = dict
    derived = next((one for one in experiments if _works_out(one, form)), None)
    if derived is not None:
        domains = {name: [domain] for name, domain in derived.over.items()}

        def called(place: dict[str, Value]) -> dict[str, Value] | None:
            point = derived.point(place, APART[0])
            return None if point is None else {name: point.values[name] for name in form.domain}

    for name, domain in regime.items():
        domains.setdefault(name, []).append(domain)
    for least in apart:
        comparison = replace(asked, least=least)

        def parts(place: dict[str, Value], comparison: Comparison = comparison) -> Any:
            at = called(place) if _holds(domains, place) else None
            return at if at is not None and _breaks(comparison, at) else None

        tried = islice(_places(domains), TRIED)
        found = next((one for one in tried if parts(one) is not None), None)
        if found is not None:
            return parts(_least(domains, found, parts))
    return None


def _works_out(experiment: Experiment, form: Form) -> bool:
    """Whether the form takes what follows from the experiment's point, or is fixed in it."""
    told = (name for name in form.domain if name in experiment.setting)
    return experiment.has_sizes and any(
        len(set(form.domain[name].endpoints())) > 1 for name in told
    )


def _breaks(comparison: Comparison, at: Mapping[str, Value]) -> bool:
    arrays = {name: np.atleast_1d(value) for name, value in at.items()}
    if not np.nan_to_num(comparison.violation(arrays), nan=-1.0)[0] > 0:
        return False
    values = comparison.broken_at(at)
    return values is not None and all(mpmath.isfinite(mpmath.mpf(one)) for one in values)


def _holds(domains: Mapping[str, Sequence[Domain]], place: Mapping[str, Value]) -> bool:
    return all(one.contains(place[name], place) for name, many in domains.items() for one in many)


def _places(domains: Mapping[str, Sequence[Domain]]) -> Iterator[dict[str, Value]]:
    """Points, those whose values stand first among their candidates first."""
    listed = {name: _candidates(many) for name, many in domains.items()}
    for total in range(sum(len(one) - 1 for one in listed.values()) + 1):
        for ranks in _ranks([len(one) for one in listed.values()], total):
            yield {name: one[k] for (name, one), k in zip(listed.items(), ranks, strict=True)}


def _ranks(lengths: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    """Tuples of ranks below their lengths of that sum."""
    if not lengths:
        if total == 0:
            yield ()
        return
    for first in range(min(lengths[0] - 1, total) + 1):
        for rest in _ranks(lengths[1:], total - first):
            yield (first, *rest)


def _candidates(many: Sequence[Domain]) -> list[Any]:
    names = [one for one in many if isinstance(one, OneOf)]
    if names:
        return [x for x in names[0].values if all(one.contains(x) for one in many)]
    if any(isinstance(one, Integers) for one in many):
        least = max(
            1, *(int(one.endpoints()[0]) for one in many if one.endpoints()[0] > -np.inf), 0
        )
        steps = [least, least + 1, *(least * 2**k for k in range(1, 12))]
        return [x for x in dict.fromkeys(steps) if all(one.contains(x) for one in many)]
    inside = [x for x in SIMPLE if all(one.contains(x) for one in many)]
    ends = [end for one in many for end in one.endpoints() if np.isfinite(end)]
    return inside or [x for x in ends if all(one.contains(x) for one in many)]


def _least(
    domains: Mapping[str, Sequence[Domain]],
    place: dict[str, Value],
    apart: Callable[[dict[str, Value]], Any],
) -> dict[str, Value]:
    """The same point with each integer made less, in ever smaller steps, while they part there."""
    for name, many in domains.items():
        step = int(place[name]) // 2 if any(isinstance(one, Integers) for one in many) else 0
        while step:
            if apart(below := {**place, name: int(place[name]) - step}) is not None:
                place = below
            else:
                step //= 2
    return place
