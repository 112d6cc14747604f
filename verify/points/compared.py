"""Forms against forms: how far a relation between their values is broken, at arrays of points.

Values are compared as (a - b)/(|a| + |b|), between -1 and 1 and right where floats overflow.  What
forms leave open counts for neither: only points where each term of their remainders is below
LARGEST_TERM are asked, and of a term t, whose constant nobody knows, sqrt(t) is allowed: a constant
of up to 1/sqrt(t).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from numpy.typing import NDArray

from theory.domains import Domain, Reals
from verify.points.hunted import Space

if TYPE_CHECKING:
    from verify.relations.statement import Form

Array = NDArray[np.float64]
Points = Mapping[str, Any]

LARGEST_TERM = 1 / 8
"""The largest term of a remainder, such as L/D, at which a form is held to what it says."""

ROUNDING = 1e-9
"""A relative difference far beyond the rounding of forms in double precision."""


@dataclass(frozen=True)
class Signed:
    """Values by sign and logarithm of their size."""

    sign: Array
    log: Array

    @classmethod
    def of(cls, form: Form, points: Points) -> Signed:
        """The values of a form; NaN where it has none."""
        given = {name: np.asarray(points[name]) for name in form.domain}
        given = {k: x if x.dtype.kind == "U" else x.astype(float) for k, x in given.items()}
        shape = np.broadcast_shapes((1,), *(one.shape for one in points.values()))
        with np.errstate(all="ignore"):
            value = np.broadcast_to(_values(form, given), shape)
            sign, log = np.sign(value), np.log(abs(value))
            beyond = np.isinf(value)
            if beyond.any() and given:
                far = {name: np.broadcast_to(one, shape)[beyond] for name, one in given.items()}
                sign, log = sign.copy(), log.copy()
                log[beyond] = _logs(form, far, log[beyond])
                sign[beyond] = np.where(np.isfinite(log[beyond]), 1.0, sign[beyond])
        return cls(sign, log)

    @classmethod
    def number(cls, value: Any) -> Signed:
        """A number, or an array of them."""
        with np.errstate(divide="ignore"):
            return cls(np.sign(value), np.log(abs(np.asarray(value, dtype=float))))

    def moved(self, share: float) -> Signed:
        """The values moved up by a share, of a size below 1, of their own sizes."""
        return Signed(self.sign, self.log + np.log1p(share * self.sign))


def _values(form: Form, given: Mapping[str, Array]) -> Array:
    """The values of a form; NaN at points where it has none, as at a pole."""
    try:
        return np.asarray(form.value(**given))
    except ValueError:
        points = dict(zip(given, np.broadcast_arrays(*given.values()), strict=True))
        count = next(iter(points.values())).size
        if count == 1:
            return np.full(1, np.nan)
        halves = [
            {name: one.ravel()[part] for name, one in points.items()}
            for part in (slice(count // 2), slice(count // 2, None))
        ]
        return np.concatenate([np.atleast_1d(_values(form, half)) for half in halves])


def _logs(form: Form, given: Mapping[str, Array], otherwise: Array) -> Array:
    try:
        return np.asarray(form.log(**given))
    except ValueError:  # one of them is negative
        return otherwise


def gap(one: Signed, other: Signed) -> Array:
    """(a - b)/(|a| + |b|)."""
    with np.errstate(invalid="ignore"):
        same = one.sign * np.tanh((one.log - other.log) / 2)
    equal = (one.sign == other.sign) & (one.log == other.log)
    apart = np.sign(one.sign - other.sign)
    found = np.where(one.sign == other.sign, same, apart)
    return np.where(np.isnan(one.sign + other.sign), np.nan, np.where(equal, 0.0, found))


def term(form: Form, points: Points) -> Any:
    """The term of a form's remainder; sizes that are none of the points' are as large as needed."""
    if form.remainder is None:
        return 0.0
    free, law = _law(form.remainder)
    names = {item.symbol: item.name for item in (*form.parameters, *form.grows)}
    large = {item.symbol for item in form.grows}
    given = [points.get(names.get(one, ""), np.inf if one in large else 1.0) for one in free]
    with np.errstate(all="ignore"):
        return law(*(np.asarray(one, dtype=float) for one in given))


@cache
def _law(remainder: sympy.Expr) -> tuple[list[sympy.Symbol], Callable[..., Any]]:
    free = sorted(remainder.free_symbols, key=str)
    return free, sympy.lambdify(free, remainder, "numpy")


def beyond(forms: Sequence[Form], points: Points, difference: Array) -> Array:
    """How far a difference exceeds what the forms leave open; NaN where that is too much."""
    terms = [term(form, points) for form in forms]
    allowed = sum(map(np.sqrt, terms)) + ROUNDING
    asked = np.all([np.less(one, LARGEST_TERM) + 0 * difference for one in terms], axis=0)
    return np.where(asked, difference - allowed, np.nan)


def common(forms: Sequence[Form], held: Mapping[str, Domain | float] | None = None) -> Space:
    """Where all of the forms speak, some parameters held at a value or in a further domain."""
    domains: dict[str, tuple[Domain, ...]] = {}
    for form in forms:
        for name, domain in form.domain.items():
            domains[name] = (*domains.get(name, ()), domain)
    for name, where in (held or {}).items():
        if name in domains:
            within = Reals(where, where) if isinstance(where, int | float) else where
            domains[name] = (*domains[name], within)
    return Space(domains)
