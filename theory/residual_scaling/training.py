"""Widths and numbers of steps that Theorems 5 and 9 ask for, with 1 for the constants not given.

They are stated up to constants; these forms are for orders of magnitude beside what is run.
"""

from __future__ import annotations

import math
from functools import partial

import sympy
from sympy import log

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Reals
from theory.residual_scaling.exponential import exponential
from theory.residual_scaling.parameters import (
    CONVERSE_DEPTH,
    LOSS,
    OUTPUTS,
    SAMPLES,
    SEPARATION,
    SGD_BATCH,
    WIDTH_OF_STEPS,
)

n, delta, d, L = SAMPLES.symbol, SEPARATION.symbol, OUTPUTS.symbol, CONVERSE_DEPTH.symbol
m, b, epsilon = WIDTH_OF_STEPS.symbol, SGD_BATCH.symbol, LOSS.symbol

_width = partial(
    computed,
    subject="residual_scaling",
    paper="zhang2022",
    status="printed",
    symbol=sympy.Symbol("m"),
    kinds=("number", "numpy", "mpmath"),
    assumptions=("constants of the order taken as 1",),
)
_steps = partial(
    ClosedForm,
    subject="residual_scaling",
    paper="zhang2022",
    status="printed",
    lies_in=Reals(0),
    assumptions=("constants of the order taken as 1",),
)


def _root(log_factor: float) -> float:
    """Return log m for the greatest m of m = K log^2 m, at log K above log(e^2/4)."""
    from scipy.optimize import brentq

    # y - 2 log y grows from y = 2 on.
    return float(brentq(lambda y: y - 2 * math.log(y) - log_factor, 2.0, 4 + 2 * log_factor))


@_width(where="Theorem 5, Appendix F.1", parameters=(SAMPLES, SEPARATION, OUTPUTS, CONVERSE_DEPTH))
def gradient_descent_width(samples: int, separation: float, outputs: int, depth: int) -> float:
    """The least width from which on the condition of gradient descent holds.

    The greatest m of m = n^8 d L^7 log^2 m/delta^4. Its derivation, omega = delta^(3/2)/(n^3
    L^(7/2)) above sqrt(n^2 d log m/(m delta)), asks for log m alone.
    """
    factor = 8 * math.log(samples) + math.log(outputs) + 7 * math.log(depth)
    return exponential(_root(factor - 4 * math.log(separation)), separation)


@_width(
    where="Theorem 9",
    parameters=(SAMPLES, SEPARATION, OUTPUTS, CONVERSE_DEPTH, SGD_BATCH),
)
def stochastic_descent_width(
    samples: int, separation: float, outputs: int, depth: int, batch: int
) -> float:
    """The least width from which on the condition of stochastic gradient descent holds.

    The greatest m of m = n^17 d L^7 log^2 m/(b^4 delta^8).
    """
    factor = 17 * math.log(samples) + math.log(outputs) + 7 * math.log(depth)
    factor -= 4 * math.log(batch) + 8 * math.log(separation)
    return exponential(_root(factor), separation)


gradient_descent_steps = _steps(
    name="gradient_descent_steps",
    expr=n**2 / delta * log(n * log(m) ** 2 / epsilon),
    parameters=(SAMPLES, SEPARATION, WIDTH_OF_STEPS, LOSS),
    where="Theorem 5, Appendix F.1",
    lies_in=None,
    derivation=(
        "d n/(eta delta m) log(n log^2 m/epsilon) at the rate eta = d/(m n): depth enters by "
        "the width alone."
    ),
)

stochastic_descent_steps = _steps(
    name="stochastic_descent_steps",
    expr=n**5 / (b * delta**2) * log(m) * log(epsilon) ** 2,
    parameters=(SAMPLES, SEPARATION, WIDTH_OF_STEPS, SGD_BATCH, LOSS),
    where="Theorem 9",
    derivation="As stated; the proof is left to Theorem 3.8 of Zou and Gu (2019).",
)
