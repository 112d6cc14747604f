"""Weights across depth as paths, of a network at its start.

The path is L^beta W_k over the layers k = 0..L-1, alpha + beta = 1. Of its truncated normal start
the text says (4.2) that entries have the variance a and lie in [-a, a], with L^(-1/gamma - beta)
over d^2 as a. The tables, where training hardly moves the weights, are those of entries of the
deviation a before they are cut off at -a and a, where a is half of L^(-1/gamma - beta): at d = 15
they are over 100 times what the text has.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import sympy
from numpy.polynomial import legendre

from theory.computed import computed
from theory.weight_paths.parameters import DIMENSION, GAMMA, LAYERS

REACH, STEP = 34.0, 1 / 16
"""Of the logarithm of the Laplace variable about that of its scale, whose integrand falls off like
exp(-|s|/2) on either side and is analytic: what is left out is 1e-15 of the whole."""

NODES, CUT = 64, 7.0
"""Of the integral over a difference, which ends where exp(-t u^2) is exp(-CUT^2)."""


@lru_cache(maxsize=256)
def _mean_norm(count: int) -> float:
    """Return E |D| of D in R^count, its entries differences of two normals cut off at -1 and 1.

    The density of a difference u is exp(-u^2/4) erf(1 - |u|/2)/(2 sqrt(pi) Z^2), Z = erf(1/sqrt 2),
    and E sqrt(S) is the integral of (1 - E exp(-t S)) t^(-3/2)/(2 sqrt(pi)) over t > 0.
    """
    from scipy.special import erf

    inside = math.erf(math.sqrt(0.5))
    if count == 1:
        pieces = math.erf(1) - math.sqrt(2 / math.e) * inside
        return 2 / (math.sqrt(math.pi) * inside**2) * pieces
    s = np.arange(-REACH * 2, REACH * 2 + STEP, STEP)
    t = np.exp(s) / count
    nodes, weights = legendre.leggauss(NODES)
    ends = np.minimum(2.0, CUT / np.sqrt(t))
    u = ends[:, None] * (nodes + 1) / 2
    density = np.exp(-u * u / 4) * erf(1 - u / 2) / (math.sqrt(math.pi) * inside**2)
    # 1 - E exp(-t u^2), to its last digits also where t is small.
    lost = (-np.expm1(-t[:, None] * u * u) * density) @ weights * ends / 2
    beyond = np.where(ends < 2, 1 - (density @ weights) * ends / 2, 0.0)
    log_power = count * np.log1p(-np.clip(lost + beyond, 0, 1 - 1e-300))
    values = -np.expm1(log_power) / np.sqrt(t)
    return float(values.sum() * STEP / (2 * math.sqrt(math.pi)))


@computed(
    subject="weight_paths",
    paper="susanna2024",
    status="derived",
    where="(4.2), of the start that Tables 4.3 to 4.6, B.3 and B.4 imply",
    symbol=sympy.Function("V")(LAYERS.symbol),
    parameters=(LAYERS, DIMENSION, GAMMA),
    assumptions=("entries normal of deviation a, cut off at -a and a, a = L^(-1/gamma - beta)/2",),
)
def expected_initial_variation(depth: int, dim: int, gamma: float) -> float:
    """The mean 1-variation of scaled weights over the layers, in the Frobenius norm, at the start.

    Of L^beta W_k, k = 0..L-1: (L - 1) L^(-1/gamma) E|D|/2, D the difference of two d x d matrices
    of independent standard normals cut off at -1 and 1. It does not depend on alpha, and so not on
    the class of the model.
    """
    return (depth - 1) * depth ** (-1 / gamma) * _mean_norm(dim**2) / 2
