"""An axis of a region: the part of a parameter where all its domains meet, and its strata."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from theory.domains import Integers, OneOf, Reals
from verify.points.measure import NEAREST, nearest_of_integers, quantile

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Known = Mapping[str, Any]
NOTHING: Known = {}


@dataclass(frozen=True)
class Axis:
    """Where one parameter may lie: in every one of its domains.

    `poles` are values at which a form has none, or another beyond: they split the range into pieces
    of equal measure, and are no values themselves.
    """

    domains: tuple[Integers | Reals | OneOf, ...]
    poles: tuple[float, ...] = ()

    @property
    def few(self) -> tuple[Any, ...]:
        """The names or numbers that a parameter has, where one of its domains lists them."""
        listed = [domain.values for domain in self.domains if isinstance(domain, OneOf)]
        return tuple(one for one in listed[0] if self.contains(one)) if listed else ()

    @property
    def _ranges(self) -> list[Integers | Reals]:
        """Its domains, of a parameter that has more than a few values."""
        return [domain for domain in self.domains if not isinstance(domain, OneOf)]

    @property
    def integral(self) -> bool:
        """Whether its values are integers."""
        return any(isinstance(domain, Integers) for domain in self.domains)

    @property
    def depends_on(self) -> set[str]:
        """The parameters that its ends name."""
        return {name for domain in self.domains for name in domain.depends_on}

    def contains(self, value: Any, others: Known = NOTHING) -> bool:
        """Whether a value lies in every domain, and on no pole."""
        inside = all(domain.contains(value, others) for domain in self.domains)
        return inside and value not in self.poles

    def ends(self, others: Known = NOTHING) -> tuple[Any, Any]:
        """(low, high); infinite where no domain ends, or where the end is named and not known."""
        listed = [domain.endpoints(others) for domain in self._ranges]
        low, high = max(low for low, _ in listed), min(high for _, high in listed)
        return (_up(low), _down(high)) if self.integral else (float(low), float(high))

    def open(self, others: Known = NOTHING) -> tuple[bool, bool]:
        """Whether the low and the high end are left out."""
        low, high = self.ends(others)
        lows, highs = False, False
        for domain in self.domains:
            if isinstance(domain, Reals):
                ends = domain.endpoints(others)
                lows |= domain.low_open and ends[0] == low
                highs |= domain.high_open and ends[1] == high
        return lows, highs

    @property
    def unbounded(self) -> bool:
        """Whether it has an end that nothing gives, neither a number nor another parameter."""
        if self.few:
            return False
        lows = [domain.low for domain in self._ranges]
        highs = [domain.high for domain in self._ranges]
        return not all(any(map(_is_end, ends)) for ends in (lows, highs))

    @property
    def void(self) -> bool:
        """Whether it has no value, whatever those of other parameters."""
        if any(isinstance(domain, OneOf) for domain in self.domains):
            return not self.few
        return self.empty(NOTHING)

    def empty(self, others: Known) -> bool:
        """Whether the others leave it no value."""
        low, high = self.ends(others)
        return bool(low > high or (low == high and not self.contains(low, others)))

    def describe(self, letters: Mapping[str, str], name: str) -> str:
        """The axis of the parameter `name` in words, such as "1 <= L <= 50"; letters by name."""
        letter = letters.get(name, name)
        if self.few:
            return f"{letter} = {' or '.join(map(str, self.few))}"
        low, high = self.ends()
        (low_open, high_open), words = self.open(), letter
        lows = [letters.get(d.low, d.low) for d in self._ranges if isinstance(d.low, str)]
        highs = [letters.get(d.high, d.high) for d in self._ranges if isinstance(d.high, str)]
        if low == high and not lows + highs:
            return f"{letter} = {low:g}"
        if low > -math.inf:
            lows.insert(0, f"{low:g}")
        if high < math.inf:
            highs.append(f"{high:g}")
        if lows:
            words = f"{_one('max', lows)} {'<' if low_open else '<='} {words}"
        if highs:
            words = f"{words} {'<' if high_open else '<='} {_one('min', highs)}"
        return words

    def between(self, low: Any, high: Any) -> SearchStrategy[Any]:
        """Its values between two of its own, both included."""
        if self.integral:
            return st.integers(low, high).filter(lambda value: value not in self.poles)
        reals = st.floats(low, high, allow_subnormal=False)
        return reals.filter(lambda value: value not in self.poles)

    def values(self, others: Known) -> SearchStrategy[Any]:
        """All its values, given those of the parameters that its ends name; the ends by themselves.

        What hypothesis tries of its own accord depends on the modules that are loaded.
        """
        if self.few:
            return st.sampled_from(self.few)
        if self.empty(others):
            return st.nothing()
        ends = self.ends(others)
        inside = self.between(*ends).filter(lambda x: self.contains(x, others))
        own = [end for end in dict.fromkeys(ends) if self.contains(end, others)]
        return inside | st.sampled_from(own) if own else inside

    # Strata ------------------------------------------------------------------------------------

    def integers(self, others: Known, cell: int, n: int) -> SearchStrategy[int]:
        """The integers of stratum `cell` of n; of one that lies between two, the lower."""
        low, high = self.ends(others)
        nearest = nearest_of_integers(low, high)
        first, end = (quantile(u / n, low, high + 1, nearest) for u in (cell, cell + 1))
        first = min(int(first), high)
        return st.integers(first, max(first, min(math.ceil(end) - 1, high)))

    def reals(self, others: Known, cell: int, n: int) -> SearchStrategy[float]:
        """The real numbers of stratum `cell` of n: of one across a pole, those of its larger part.

        Nearer to an end than decades are counted, there is the end itself, where it belongs to the
        domains: nothing says how small a number besides is still of interest.
        """
        low, high = self.ends(others)
        if low == high:
            return st.just(low)
        ends = [low, *sorted(pole for pole in self.poles if low < pole < high), high]
        pieces = list(pairwise(ends))
        first, last = cell * len(pieces) / n, (cell + 1) * len(pieces) / n
        piece = int(first)
        if piece + 1 < last:
            if last - piece - 1 > piece + 1 - first:
                piece += 1
                first = float(piece)
            else:
                last = float(piece + 1)
        a, b = pieces[piece]
        near = NEAREST * (b - a)
        left, right = quantile(first - piece, a, b), quantile(last - piece, a, b)
        reals = st.floats(max(left, a + near), min(right, b - near), allow_subnormal=False)
        kept = [
            end
            for end, met in zip((low, high), (left == low, right == high), strict=True)
            if met and self.contains(end, others)
        ]
        return reals | st.sampled_from(kept) if kept else reals


def _is_end(end: float | str | None) -> bool:
    """Whether an end bounds: lengths between two of them have to be floats."""
    return end is not None and (isinstance(end, str) or abs(end) <= sys.float_info.max / 2)


def _up(x: float) -> float:
    return math.ceil(x) if math.isfinite(x) else x


def _down(x: float) -> float:
    return math.floor(x) if math.isfinite(x) else x


def _one(of_several: str, ends: list[str]) -> str:
    distinct = list(dict.fromkeys(ends))
    return distinct[0] if len(distinct) == 1 else f"{of_several}({', '.join(distinct)})"
