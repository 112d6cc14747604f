"""The depths from which Theorems 3.3.3 and 3.5.2 hold, by the inequalities of their proofs."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import sympy

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Reals
from theory.weight_paths.parameters import (
    ALPHA,
    ALPHA_OF_THRESHOLD,
    DIMENSION,
    EPOCHS,
    GRADIENT,
)

_AT_LEAST_HALF = ALPHA.narrowed(Reals(0.5, 1))

LEAST_LOG, SEARCHED = math.log(1.5), 4096
"""Where the last depth at which a condition fails is looked for, from below two layers on."""

_threshold = partial(
    computed,
    subject="weight_paths",
    paper="susanna2024",
    status="derived",
    symbol=sympy.Symbol("M"),
    parameters=(ALPHA_OF_THRESHOLD, DIMENSION, EPOCHS, GRADIENT),
    lies_in=Reals(1),
)


def _excess(log_depth: Any, alpha: float, log_factor: float, bracket: float) -> Any:
    """The logarithm of factor (bracket L^-beta + 1) log L over L^(2 alpha - 1), at l = log L."""
    more = np.log1p(bracket * np.exp((alpha - 1) * log_depth))
    return log_factor + more + np.log(log_depth) - (2 * alpha - 1) * log_depth


def _depth_from(alpha: float, log_factor: float, bracket: float) -> float:
    """Return the depth from which on that is at most 0; 1 where it is so at all depths.

    It falls from l = 1/(2 alpha - 1) on, and may fall and rise before.
    """
    from scipy.optimize import brentq

    at = (alpha, log_factor, bracket)
    high = 1 / (2 * alpha - 1)
    while _excess(high, *at) > 0:
        high *= 2
    ends = np.geomspace(LEAST_LOG, max(high, 2 * LEAST_LOG), SEARCHED)
    above = np.flatnonzero(_excess(ends, *at) > 0)
    if not len(above):
        return 1.0
    last = above[-1]
    return math.exp(brentq(_excess, ends[last], ends[last + 1], args=at, xtol=1e-13, rtol=1e-14))


@_threshold(where="(3.24)")
def weights_threshold(alpha: float, dim: int, epochs: float, gradient: float) -> float:
    """The depth from which on (3.24) holds, the condition for the norms of weights.

    L^(2 alpha - 1)/log L is at least 4 d Q sqrt(C_l) e^2, which is twice what (3.23) asks for.
    """
    return _depth_from(alpha, math.log(4 * dim * epochs) + math.log(gradient) / 2 + 2, 0.0)


@_threshold(where="(3.25) at gamma = 1")
def increments_threshold(alpha: float, dim: int, epochs: float, gradient: float) -> float:
    """The depth from which on (3.25) holds, the condition for increments between layers.

    L^(2 alpha - 1)/log L is at least 2 d sqrt(2 C_l) e^3 Q (3 e L^-beta + sqrt(2)). The condition
    before it, without the bracket and of L^alpha, asks for less. With Lemma 3.2.4 mended the
    bracket is 2 e L^-beta + sqrt(2) + 1.
    """
    factor = math.log(2 * dim * epochs) + math.log(2 * gradient) / 2 + 3 + math.log(2) / 2
    return _depth_from(alpha, factor, 3 * math.e / math.sqrt(2))


decay_threshold = ClosedForm(
    name="decay_threshold",
    subject="weight_paths",
    paper="susanna2024",
    expr=(sympy.sqrt(2) * sympy.E**3 / 5) ** (1 / _AT_LEAST_HALF.symbol),
    parameters=(_AT_LEAST_HALF,),
    where="Theorem 3.5.2, its proof",
    status="derived",
    lies_in=Reals(1),
    derivation=(
        "2 sqrt(2) d Lambda e^3 <= L^alpha at d Lambda = 1/10, the only condition of the proof on "
        "L: 33 layers at alpha = 1/2, 6 at alpha = 1, whatever d, the loss and the steps."
    ),
)
