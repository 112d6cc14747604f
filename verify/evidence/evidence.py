"""Evidence: what draws say about a target, in numbers that add up over blocks, workers and runs."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["CONFIRMED", "REFUTED", "INCONCLUSIVE", "INFEASIBLE", "OBSERVED"]
LogWealth = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What some draws say about a target; evidence of further draws is added to it.

    `draws`, `mean` and `squares` (the sum of squared deviations) describe one number a draw, the
    quantity itself where the relation has a single one, and decide nothing.  `least` and `greatest`
    are the extreme ratios of a draw to what is claimed of it.  `wealth` holds the log-wealths of
    each test process under its name, the bets along the last axis; their mixture decides.  Those of
    many bets are rounded down, block by block, to DIGITS, for which no test is less valid: wealth
    that is understated is no more than a true null lets anyone make.  Beside them stand sums that
    targets need.
    `excluded` draws broke an assumption, and count neither for nor against.
    """

    draws: int
    mean: float
    squares: float
    least: float
    greatest: float
    wealth: Mapping[str, LogWealth]
    excluded: int = 0

    @classmethod
    def of(
        cls,
        reading: NDArray[np.float64],
        ratios: NDArray[np.float64],
        wealth: Mapping[str, LogWealth],
        sums: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> Evidence:
        """The evidence of draws with these readings (shape (draws,)) and ratios (any shape).

        `sums` over the draws are kept as they are, under names of their own.
        """
        mean = float(reading.mean())
        return cls(
            draws=len(reading),
            mean=mean,
            squares=float(((reading - mean) ** 2).sum()),
            least=float(ratios.min()),
            greatest=float(ratios.max()),
            wealth={name: _rounded_down(bets) for name, bets in wealth.items()} | dict(sums or {}),
        )

    @classmethod
    def none(cls, excluded: int) -> Evidence:
        """What draws say that all broke an assumption: nothing."""
        return cls(0, 0.0, 0.0, math.inf, -math.inf, {}, excluded)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Evidence:
        """The evidence that `as_dict` described.

        Raises TypeError or ValueError for a mapping that describes none.
        """
        held = {name: _unpacked(bets) for name, bets in content["wealth"].items()}
        return cls(**{**content, "wealth": held})

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON: numbers, and of many numbers their bytes, packed."""
        return {**vars(self), "wealth": {name: _packed(one) for name, one in self.wealth.items()}}

    def __add__(self, other: Evidence) -> Evidence:
        excluded = self.excluded + other.excluded
        if not (self.draws and other.draws):
            return replace(self if self.draws else other, excluded=excluded)
        draws = self.draws + other.draws
        shift = other.mean - self.mean
        return Evidence(
            draws=draws,
            mean=self.mean + shift * other.draws / draws,
            squares=self.squares + other.squares + shift**2 * self.draws * other.draws / draws,
            least=min(self.least, other.least),
            greatest=max(self.greatest, other.greatest),
            wealth={name: bets + other.wealth[name] for name, bets in self.wealth.items()},
            excluded=excluded,
        )

    @property
    def standard_error(self) -> float:
        """Heuristic standard error of `mean`, for plots only."""
        if self.draws < 2:
            return math.inf
        return math.sqrt(self.squares / (self.draws - 1) / self.draws)

    @property
    def worst(self) -> float:
        """The largest relative distance of a draw from what is claimed of it."""
        return max(self.greatest - 1, 1 - self.least)


# How many numbers are held ----------------------------------------------------------------------

DIGITS = 12
"""Binary digits of a log-wealth: of one that decides, near 20, it loses no more than 0.01."""

FEW = 16
"""So many numbers of a kind are held as they are, and written out."""

KINDS = ("<f4", "<f8")
"""Kinds of number that are packed: the first that holds them all as they are."""


def _rounded_down(bets: LogWealth) -> LogWealth:
    """Log-wealths to DIGITS binary digits, each at most what it was."""
    if bets.size <= FEW:
        return bets
    mantissas, exponents = np.frexp(bets)
    return np.ldexp(np.floor(mantissas * 2.0**DIGITS), exponents - DIGITS)


def _packed(values: NDArray[np.float64]) -> Any:
    """Numbers as nested lists or, of many, deflated: bytes of one place together, which repeat."""
    if values.size <= FEW:
        return values.tolist()
    with np.errstate(over="ignore"):
        kind = next(one for one in KINDS if np.array_equal(values.astype(one), values, True))
    numbers = np.ascontiguousarray(values, dtype=kind)
    places = numbers.reshape(-1, 1).view(np.uint8).T
    text = base64.b64encode(zlib.compress(places.tobytes())).decode()
    return {"shape": list(values.shape), "kind": kind, "packed": text}


def _unpacked(content: Any) -> NDArray[np.float64]:
    """The numbers that were packed, or written out as in older ledgers."""
    if not isinstance(content, Mapping):
        return np.array(content, dtype=np.float64)
    shape, kind, text = content["shape"], content["kind"], content["packed"]
    if kind not in KINDS:
        raise ValueError(f"kind of packed numbers must be one of {', '.join(KINDS)}, not {kind!r}")
    try:
        places = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.uint8)
    except zlib.error as error:
        raise ValueError(f"packed numbers cannot be read: {error}") from error
    numbers = np.ascontiguousarray(places.reshape(np.dtype(kind).itemsize, -1).T).view(kind)
    return numbers.astype(np.float64).reshape(shape)
