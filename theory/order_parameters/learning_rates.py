"""Largest learning rates at which the overlap is stable, Table 2 and Proposition 3."""

from __future__ import annotations

from functools import partial

import sympy
from sympy import Rational, pi, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.order_parameters.parameters import (
    EFFECTIVE,
    HELD,
    LEARNING_RATE,
    NORM,
    NOT_AT_REST,
)
from theory.parameters import REGULARISATION
from theory.reading import Reading

_form = partial(ClosedForm, subject="order_parameters", paper="luo2018")

zeta = REGULARISATION.symbol

# The denominator 1 + 2 zeta - 2 zeta^2 vanishes at zeta = (1 + sqrt 3)/2.
_MODERATE = REGULARISATION.narrowed(Reals(0, 1))

max_learning_rate_bn_printed = _form(
    name="max_learning_rate_bn_printed",
    expr=2 + 4 * zeta,
    parameters=(_MODERATE,),
    where="Table 2",
    status="printed",
    superseded_by="max_learning_rate_bn",
    reading=Reading(
        says="eta_max of BN is (d(gamma_0 I3 - I1)/(gamma_0 dR) - zeta gamma_0)/(dI2/(2 dR)), and "
        "that of WN and SGD d(I3 - I1)/dR/(dI2/(2 dR)); section 7 says that for ReLU the first is "
        "larger by 2 zeta",
        shows="the first for ReLU at its fixed point; the second is 2 there",
        kind="lost factor or term",
        consequence="a constant: the right maximum is larger for 0 < zeta, so that Proposition 3, "
        "a lower bound, stands while gamma and L are held; larger by 2 zeta, as section 7 has it, "
        "it is by neither formula, as Table 2 gives 4 zeta; apart from that the effective rate of "
        "BN in Table 2 is gamma_0 < 1 times that of WN at one eta and L0, where sections 3 and 3.2 "
        "call it larger",
        convention="a bound on the effective learning rate eta gamma_0/L0^2; gamma and L held, "
        "since with gamma let free Proposition 3 fails for small zeta "
        f"(max_learning_rate_bn_joint); {NOT_AT_REST}",
        cause="the term of eq 12 that is lost: I2 = (1 - gamma_0)^2/2 beside dI2/dR",
        true_if="zeta = 0, or to first order in zeta",
    ),
    assumptions=HELD,
    derivation=(
        "(d(Q0 I3 - I1)/dR/Q0 - zeta Q0)/(dI2/dR/2), Table 2's formula, evaluated at the fixed "
        "point of ReLU, (Q0 + 1 + 2 zeta Q0)/Q0: the paper does not print the number."
    ),
)

max_learning_rate_bn = _form(
    name="max_learning_rate_bn",
    expr=2 * (1 + 2 * zeta) ** 2 / (1 + 2 * zeta - 2 * zeta**2),
    parameters=(_MODERATE,),
    where="Table 2 corrected",
    status="corrected",
    assumptions=HELD,
    derivation=(
        "The effective learning rate eta Q0/L^2 at which overlap_eigenvalue changes its sign, "
        "2/(Q0 - I2): it is negative if and only if the effective learning rate is below. No rate "
        "is too large from zeta = (1 + sqrt 3)/2 on."
    ),
)

max_learning_rate_bn_joint = _form(
    name="max_learning_rate_bn_joint",
    expr=2 * (1 + 2 * zeta) ** 2 / (1 + 4 * zeta - 6 * zeta**2),
    parameters=(REGULARISATION.narrowed(Reals(0, 0.75)),),
    where="Table 2 with Q let free",
    status="derived",
    assumptions=("L held", *HELD[1:]),
    derivation=(
        "The effective learning rate at which the Jacobian of eqs 9-10 in Q and R, L held, becomes "
        "singular at (Q0, 1): d(dR/dt)/dQ = -eta^2 d(Q^2 I2)/dQ/(2 L^4) = "
        "-eta^2 Q0 (1 - Q0) (1 - 2 Q0)/(2 L^4) and d(dQ/dt)/dR = eta/2 make it "
        "4/(10 Q0 - 3 - 5 Q0^2) = 2 + 20 zeta^2 + ...: below the bound of Proposition 3 for small "
        "zeta, which holds only while Q is held."
    ),
)

max_learning_rate_wn = _form(
    name="max_learning_rate_wn",
    expr=sympy.Integer(2),
    where="Table 2, weight normalisation and vanilla SGD",
    status="printed",
    assumptions=HELD,
    derivation=(
        "2 d(I3 - I1)/dR/(dI2/dR) at Q = R = 1 for ReLU. I1 and I2 vanish there, so that no term "
        "of the Jacobian is missing."
    ),
)

max_learning_rate_wn_erf = _form(
    name="max_learning_rate_wn_erf",
    expr=pi * sqrt(Rational(5, 3)),
    where="Table 2, weight normalisation and vanilla SGD, for erf",
    status="derived",
    derivation=(
        "2 d(I3 - I1)/dR/(dI2/dR) at Q = R = 1, with d(I3 - I1)/dR = -4/(sqrt(3) pi) and "
        "dI2/dR = -8/(sqrt(5) pi^2)."
    ),
)

max_learning_rate_advantage = _form(
    name="max_learning_rate_advantage",
    expr=2 * zeta + 2,
    parameters=(_MODERATE,),
    where="Proposition 3",
    status="printed",
    assumptions=HELD,
    derivation=(
        "A lower bound on the maximum learning rate of batch normalisation, 2 zeta above that of "
        "weight normalisation and vanilla SGD."
    ),
)

effective_learning_rate = _form(
    name="effective_learning_rate",
    expr=EFFECTIVE,
    parameters=(LEARNING_RATE, REGULARISATION, NORM),
    where="Table 2, section 3.3",
    status="printed",
)
