"""Weights across depth as paths, of a network at its start.

The path is L^beta W_k over the layers k = 0..L-1, alpha + beta = 1. Of its truncated normal start
the text says (4.2) that entries have the variance a and lie in [-a, a], with L^(-1/gamma - beta)
over d^2 as a. The tables, where training hardly moves the weights, are those of entries of the
deviation a before they are cut off at -a and a, where a is half of L^(-1/gamma - beta): at d = 15
they are over 100 times what the text has.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
import sympy
from numpy.polynomial import legendre

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Reals
from theory.reading import Reading
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


_increment = partial(
    ClosedForm,
    subject="weight_paths",
    paper="susanna2024",
    parameters=(DIMENSION,),
    lies_in=Reals(0),
)

start_increment_printed = _increment(
    name="start_increment_printed",
    expr=1 / (2 * sympy.E),
    where="after (4.2)",
    status="printed",
    superseded_by="start_increment",
    reading=Reading(
        says="entries are cut off at +-L^(-1/gamma - beta)/d^2 to satisfy Assumption 3.1.1 (iii)",
        shows="its bound on increments, over L^(-1/gamma - beta)",
        kind="wrong regime",
        consequence="what Theorems 3.3.3 and 3.5.2 ask of the start for d < 11, and so for C10k, d "
        "= 1; CIFAR10, d = 15, has it for Theorem 3.3.3, and not for 3.5.2, where nu = 1/5",
        convention="nu = 1, as Theorem 3.3.3 has it; norms of Frobenius",
        cause="an increment may be as large as 2 d entries, 2/d, and 1/(2 e) is asked for: d = 1 "
        "has up to 11 times as much",
        true_if="nu >= 4 e/d, which the assumption allows and the theorems do not; at nu = 1, d >= "
        "4 e, so from 11 on, and at nu = 1/5 from 55 on; or entries are cut off at nu/(4 e d) of "
        "L^(-1/gamma - beta)",
    ),
)

start_increment = _increment(
    name="start_increment",
    expr=2 / DIMENSION.symbol,
    where="after (4.2), corrected",
    status="corrected",
    derivation="d^2 entries, each moved by twice what it is cut off at, 2/d^2, at most.",
)

start_increment_of_tables_printed = _increment(
    name="start_increment_of_tables_printed",
    expr=1 / (2 * sympy.E),
    where="section 4, Tables 4.3 to 4.6, B.3 and B.4",
    status="printed",
    superseded_by="start_increment_of_tables",
    reading=Reading(
        says="a letter B names models that are coherent with the assumptions of Theorem 3.3.3 or "
        "3.5.2",
        shows="the bound of Assumption 3.1.1 (iii) on increments, over L^(-1/gamma - beta)",
        kind="wrong assumption",
        consequence="the columns of truncated starts: at d = 15 increments at the start are 31 "
        "times too large, 155 times at nu = 1/5, and what the tables show of them is no test of "
        "the theorems",
        convention="nu = 1; the start that the tables imply, normals cut off at one deviation of "
        "L^(-1/gamma - beta)/2",
        cause="that start is d^2/2 times as large as (4.2) has it; neither the text nor the "
        "program as it is published, where the variance is that size, made the tables",
        true_if="entries are cut off at a quarter of 1/(e d) of L^(-1/gamma - beta)",
    ),
)

start_increment_of_tables = _increment(
    name="start_increment_of_tables",
    expr=DIMENSION.symbol,
    where="section 4, Tables 4.3 to 4.6, B.3 and B.4, corrected",
    status="corrected",
    derivation="d^2 entries, each moved by twice a half at most.",
)
