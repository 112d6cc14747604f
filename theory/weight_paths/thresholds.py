"""The depths from which Theorem 3.3.3 holds, by the inequalities of its proof."""

from __future__ import annotations

import math
from functools import partial

import sympy

from theory.computed import computed
from theory.domains import Reals
from theory.weight_paths.parameters import ALPHA_OF_THRESHOLD, DIMENSION, EPOCHS, GRADIENT

_threshold = partial(
    computed,
    subject="weight_paths",
    paper="susanna2024",
    status="derived",
    symbol=sympy.Symbol("M"),
    parameters=(ALPHA_OF_THRESHOLD, DIMENSION, EPOCHS, GRADIENT),
    lies_in=Reals(1),
)


def _excess(log_depth: float, alpha: float, log_factor: float, bracket: float) -> float:
    """The logarithm of factor (bracket L^-beta + 1) log L over L^(2 alpha - 1), at l = log L."""
    more = math.log1p(bracket * math.exp((alpha - 1) * log_depth))
    return log_factor + more + math.log(log_depth) - (2 * alpha - 1) * log_depth


def _depth_from(alpha: float, log_factor: float, bracket: float) -> float:
    """Return the depth from which on that is at most 0: it falls from l = 1/(2 alpha - 1) on."""
    from scipy.optimize import brentq

    at = (alpha, log_factor, bracket)
    high = least = 1 / (2 * alpha - 1)
    if _excess(least, *at) <= 0:
        return 1.0
    while _excess(high, *at) > 0:
        high *= 2
    return math.exp(brentq(_excess, least, high, args=at, xtol=1e-13, rtol=1e-14))


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
