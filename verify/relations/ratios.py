"""Relation "ratio": E A / E B equals the value r, not 0, for pairs (A, B) with E B > 0.

With B = 1 on every draw it is the mean of a variable of either sign.

It is the ratio of two means that is judged, not the mean of A/B. "E A / E B >= r" says E[A - r B]
>= 0, so the signed variable Y = (A - r B) / (r scale) is tested against a mean of zero by the cut
parabola of `verify.evidence.martingales.falling`, whose docstring proves that it tests the whole
null. `scale`, one positive number, is the stated E B. It is a unit, and no part of the null beyond
giving `relative_variance` its meaning: a bound on Var(A - r' B) / (r' scale)^2 for every r' within
epsilon of r. That bound is part of the null of both sides, as Y has no sign.

The null is r (1 - finite_size) .. r (1 + finite_size); CONFIRMED means within a relative epsilon.
"Above" is farther from 0 than r, on its own side, and "below" nearer to 0 or beyond it.
A draw reads r + (A - r B) / scale, whose mean is the ratio to first order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.evidence.martingales import falling
from verify.relations import draws as drawn
from verify.relations import means
from verify.relations.planning import DETECT_FACTOR, price
from verify.relations.terms import Terms


def check(target: Terms) -> None:
    """Raise ValueError unless the value is not 0, and scale and relative variance are positive."""
    target.require_nonzero_value()
    target.require_relative_errors()
    if target.relative_variance is None:
        raise ValueError("relative_variance = None: a ratio needs a bound on Var(A - r B)")
    if len(target.scale) != 1 or target.scale[0] <= 0:
        raise ValueError(f"scale = {target.scale}: must be one positive number, the stated E B")


def weigh(x: NDArray[np.float64], target: Terms) -> Evidence:
    """Evidence of the draws x, shape (draws, 2), of whatever sign."""
    a, b = drawn.columns(x, "2 numbers", x.shape[-1] == 2).T
    assert target.relative_variance is not None
    (scale,), w = target.scale, target.relative_variance

    def excess(relative: float) -> NDArray[np.float64]:
        tested = target.value * (1 + relative)
        return (a - tested * b) / (tested * scale)

    reading = target.value * (1 + excess(0.0))
    return Evidence.of(
        reading,
        reading / target.value,
        {
            "refute_above": falling(-excess(target.finite_size), w),
            "refute_below": falling(excess(-target.finite_size), w),
            "confirm_above": falling(-excess(-target.epsilon), w),
            "confirm_below": falling(excess(target.epsilon), w),
        },
    )


def decide(evidence: Evidence, target: Terms) -> Verdict | None:
    """REFUTED or CONFIRMED as for an equality of means: the processes are named alike."""
    return means.decide(evidence, target)


def plan(target: Terms) -> float:
    """Draws that CONFIRMED takes, as for an equality of means."""
    return means.plan(target)


def detect(target: Terms, draws: int) -> float:
    """The least relative error that so many draws would have refuted."""
    assert target.relative_variance is not None
    each = (price(target.alpha) + math.log(falling(np.zeros(1), 1.0).size)) / draws
    gap = math.sqrt(DETECT_FACTOR * target.relative_variance * each)
    return target.finite_size + gap * (1 + target.finite_size)
