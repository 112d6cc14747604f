"""Inequality (2) with gamma > 0 on walks that follow no loss, in as many dimensions."""

from __future__ import annotations

from functools import partial

import numpy as np
from sympy import Function

from theory.computed import computed
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.trajectories.parameters import STEPS

DIMENSION = Parameter(
    "dim", "D", Integers(1, 10**9), "number D of parameters of the network", (10, 1000)
)
_STEPS = STEPS.narrowed(Integers(2, 10**7), typical=(2, 100))

GAUSSIAN_STEPS = ("independent Gaussian steps, of one variance in each coordinate",)

_computed = partial(
    computed,
    subject="trajectories",
    paper="chen2020",
    status="derived",
    parameters=(DIMENSION, _STEPS),
    assumptions=GAUSSIAN_STEPS,
    lies_in=Reals(0),
    precision=1e-6,
)


@_computed(
    where="Definition 2, gamma > 0, at the first step of a walk without a loss",
    symbol=Function("P")(DIMENSION.symbol, STEPS.symbol),
)
def walk_violation(dim: int, steps: int) -> float:
    """The probability that a walk of T steps does not come nearer to its end at its first step.

    With a step x and the sum S of the T - 1 others it does not where |x|^2 + 2 <x, S> is negative,
    that is |x| + 2 sqrt(T - 1) Z for a standard normal Z: where Student's t of D degrees of freedom
    is below -sqrt(D/(4 (T - 1))).
    """
    from scipy.special import stdtr  # 0.4 s to import, and no formula needs it

    return float(stdtr(dim, -np.sqrt(dim / (4 * (steps - 1)))))


@_computed(
    where="Definition 2, gamma > 0, throughout a walk without a loss",
    symbol=Function("Q")(DIMENSION.symbol, STEPS.symbol),
)
def walk_violation_bound(dim: int, steps: int) -> float:
    """The most that the probability can be that a walk of T steps breaks (2) somewhere.

    The sum of those of its steps, of which the k-th is the first of a walk of T - k. It is small
    where D is many times T: in the dimensions of a network that is trained for fewer steps than it
    has weights, a walk that knows of no loss obeys the principle.
    """
    from scipy.special import stdtr

    ahead = np.arange(1, steps, dtype=float)
    return float(stdtr(dim, -np.sqrt(dim / (4 * ahead))).sum())
