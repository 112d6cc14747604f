"""Stochastic depth as it is evaluated, the mean over its masks, and the error of Assumption 1."""

from __future__ import annotations

from functools import partial

import sympy

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.fisher.parameters import DELTA, DROPPING, LIMIT, SURVIVAL
from theory.lowering.elementary import exponential, log1p
from theory.parameters import DEPTH, WIDTH, Parameter

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, p = DEPTH.symbol, SURVIVAL.symbol

AFTER_EQ_14 = "after eq 14"


# Evaluation -----------------------------------------------------------------------------------

evaluated_mean_square = _form(
    name="evaluated_mean_square",
    expr=(1 + p**2) ** L,
    stable=exponential(L * log1p(p**2)),
    parameters=(DEPTH, SURVIVAL),
    where=AFTER_EQ_14,
    status="derived",
    assumptions=DROPPING,
    **LIMIT,
    derivation=(
        "The mean square of a unit of h^L with every branch multiplied by p: a branch adds p^2 "
        "times that of h^(l-1), as 2/D times D units of which a half is active."
    ),
)

excess_of_mean_over_masks = _form(
    name="excess_of_mean_over_masks",
    expr=2 * p**3 * (1 - p) * (1 / sympy.pi - sympy.Rational(1, 4)),
    parameters=(SURVIVAL,),
    where=AFTER_EQ_14,
    status="derived",
    assumptions=DROPPING,
    grows=(WIDTH,),
    remainder=1 / WIDTH.symbol,
    derivation=(
        "How far the mean square of a unit of E h^2, the mean over all masks of two blocks, "
        "exceeds that at evaluation. It is E h h' of two masks drawn by themselves, and a second "
        "block that both have adds 2 E relu relu' of the first: (3/4 + 1/pi) where one of them has "
        "the first block, at a cosine of 1/sqrt(2), and not 1."
    ),
)


# Assumption 1 ---------------------------------------------------------------------------------

_cumulant = partial(Parameter, domain=Reals(-10, 10), typical=(-1.0, 1.0))

FOURTH = _cumulant("fourth", "kappa_22", meaning="joint cumulant of u, u, delta, delta")
THIRD_FORWARD = _cumulant("third_forward", "kappa_21", meaning="joint cumulant of u, u, delta")
THIRD_BACKWARD = _cumulant(
    "third_backward", "kappa_12", meaning="joint cumulant of u, delta, delta"
)
COVARIANCE = _cumulant("covariance", "kappa_11", meaning="covariance of u and delta")
MEAN_FORWARD = _cumulant("mean_forward", "a", meaning="mean of u")
MEAN_BACKWARD = _cumulant("mean_backward", "b", meaning="mean of delta")

a, b, kappa_11 = MEAN_FORWARD.symbol, MEAN_BACKWARD.symbol, COVARIANCE.symbol

assumption_error = _form(
    name="assumption_error",
    expr=FOURTH.symbol
    + 2 * b * THIRD_FORWARD.symbol
    + 2 * a * THIRD_BACKWARD.symbol
    + 2 * kappa_11**2
    + 4 * a * b * kappa_11,
    parameters=(
        FOURTH, THIRD_FORWARD, THIRD_BACKWARD, COVARIANCE, MEAN_FORWARD, MEAN_BACKWARD,
    ),
    where="section 4.1, after Assumption 1",
    status="derived",
    derivation=(
        "E[u^2 delta^2] - E[u^2] E[delta^2]: the partitions of (u, u, delta, delta) that no cut "
        "between u and delta leaves whole."
    ),
)  # fmt: skip

mean_product_over_mean_signal = _form(
    name="mean_product_over_mean_signal",
    expr=sympy.Integer(1),
    parameters=(),
    where="section 4.1, after Assumption 1",
    status="derived",
    derivation=(
        f"E[u_i^l delta_i^l]/E[u_i^l]. {DELTA}Given h^l it is 1 plus sums of products of weights "
        "above, each linear in the weights of its topmost block, which are independent of all "
        "below and of mean 0. So delta_i^l has mean 1 given u_i^l, at any width."
    ),
)
