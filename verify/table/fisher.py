"""Where the top eigenvalue of the Fisher information is judged, and the constants fitted to it.

Remainders and relative variances are laws in depth L, width D and samples N.  Their orders are
derived; their constants were set from exploratory runs at other sizes and seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from verify.claims.fisher.experiments import SINGLE_INPUT, STOCHASTIC_DEPTH
from verify.relations.statement import Law, Values
from verify.table.entry import SHARP, Entry, rows

ROUNDING = 1e-5
"""Normal numbers are drawn in single precision, which costs their variance 6e-7; products of ten
layers err by less than this."""


def over_width(count: Law) -> Law:
    """The remainder count/D of a wide limit."""
    return lambda values: ROUNDING + count(values) / values["width"]


def variance_over_width(count: Law) -> Law:
    """A relative variance of count/D."""
    return lambda values: count(values) / values["width"]


def survival_variance(moment: Callable[[int, Values], float], given: Law, remainder: Law) -> Law:
    """Relative variance of moment(K), K ~ Bin(L, p), times `given`, that of the rest given K.

    The moments are limits too.  Each may lie off by the remainder, and E m^2 / (E m)^2 is greatest
    with those above E m^2 / E m raised by it and those below lowered.
    """

    def law(values: Values) -> float:
        depth, p, off = values["depth"], values["survival"], remainder(values)
        shares = [math.comb(depth, k) * p**k * (1 - p) ** (depth - k) for k in range(depth + 1)]
        moments = [moment(k, values) for k in range(depth + 1)]
        first, second = _weighted(shares, moments)
        moments = [m * (1 + off if m * first > second else 1 - off) for m in moments]
        first, second = _weighted(shares, moments)
        return second / first**2 * (1 + given(values)) - 1

    return law


def _weighted(shares: Sequence[float], moments: Sequence[float]) -> tuple[float, float]:
    """First and second moment of a law on finitely many values."""
    pairs = list(zip(shares, moments, strict=True))
    return sum(share * m for share, m in pairs), sum(share * m**2 for share, m in pairs)


def _laws(remainder: Law, variance: Law, *quantities: str) -> dict[str, Any]:
    """A remainder and a variance of each of these quantities."""
    return {
        "remainder": dict.fromkeys(quantities, remainder),
        "variance": dict.fromkeys(quantities, variance),
    }


def _depths(*depths: int) -> tuple[dict[str, Any], ...]:
    return rows(["depth"], *((depth,) for depth in depths))


EXPECTED_TOP = over_width(lambda v: 2 * (v["depth"] + 1))
DRAW_VARIANCE = variance_over_width(lambda v: 10 * v["depth"])
"""Relative variance of the leading term of one draw."""

SURVIVING_DRAW_VARIANCE = survival_variance(lambda k, values: 2**k - 1, DRAW_VARIANCE, EXPECTED_TOP)
"""The same over which blocks survive: the leading term is proportional to 2^K - 1."""


def averaged(law: Law) -> Law:
    """Relative variance of an average over the draws of a group."""
    return lambda values: law(values) / values["draws"]


def _expected() -> list[Entry]:
    listed: dict[str, Any] = {"points": _depths(1, 2, 3), "further": _depths(4, 5)}
    plain = _laws(EXPECTED_TOP, averaged(DRAW_VARIANCE), "top eigenvalue", "projected")
    surviving = _laws(EXPECTED_TOP, averaged(SURVIVING_DRAW_VARIANCE), "top eigenvalue")
    return [
        Entry("Gaussian inputs: resnet", margin=0.1, **listed, **plain),
        Entry("Gaussian inputs: batch_norm", margin=0.1, **listed, **plain),
        Entry(f"Gaussian inputs: {STOCHASTIC_DEPTH}, 0.8", margin=0.1, **listed, **surviving),
        Entry(SINGLE_INPUT, (), _depths(1), SHARP, kept=True, **plain),
    ]


TABLE: dict[str, Sequence[Entry]] = {
    "furusho2020/expected-fim-lambda-max": _expected(),
}
