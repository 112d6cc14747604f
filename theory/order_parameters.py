"""Order parameters of a student that learns online from a teacher (Luo et al. 2018, section 3).

The teacher is g(w*.x) with |w*|^2 = N, the inputs are x ~ N(0, I/N), a fresh one at every step,
and time is t = j/N. Q = gamma is the length of the student's normalised weights, R the cosine
between student and teacher and L = |w|/sqrt(N). The vector fields below are eqs 9-11 with the
Gaussian averages I1, I2, I3 as they should be: I2 as corrected in `theory.gaussian_averages`.

Methods: "bn" is the paper's model of batch normalisation, weight normalisation with the penalty
zeta gamma^2; "wn" is the same at zeta = 0; "sgd" trains w itself, so that Q = L.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import sympy
from sympy import Rational, pi, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.gaussian_averages import ALIGNMENT, AVERAGES, STABLE_AVERAGES
from theory.gaussian_averages import i1_erf as i1_erf
from theory.gaussian_averages import i1_relu as i1_relu
from theory.gaussian_averages import i2_erf as i2_erf
from theory.gaussian_averages import i2_erf_printed as i2_erf_printed
from theory.gaussian_averages import i2_relu as i2_relu
from theory.gaussian_averages import i2_relu_printed as i2_relu_printed
from theory.gaussian_averages import i3_erf as i3_erf
from theory.gaussian_averages import i3_relu as i3_relu
from theory.papers import Source
from theory.parameters import (
    LEARNING_RATE,
    NORM,
    OVERLAP,
    REGULARISATION,
    STUDENT_LENGTH,
    TIME,
)

Method = Literal["bn", "wn", "sgd"]
Activation = Literal["relu", "erf"]

_form = partial(ClosedForm, subject="order_parameters")
_source = partial(Source, "luo2018")

eta, zeta = LEARNING_RATE.symbol, REGULARISATION.symbol
Q, R, L = STUDENT_LENGTH.symbol, OVERLAP.symbol, NORM.symbol

_ONLINE = ("inputs x ~ N(0, I/N), a fresh one at every step",)
_SMALL_STEPS = ("terms in eta^2 dropped",)
_HELD = ("gamma and L held", "ReLU", "small deviation from R = 1")
_LIMIT: dict[str, Any] = {"limit": "N -> oo", "finite_size": "O(1/N)"}


# Dynamics -------------------------------------------------------------------------------------


def _field_normalised(
    i1: sympy.Expr, i2: sympy.Expr, alignment: sympy.Expr, penalty: sympy.Expr
) -> dict[str, sympy.Expr]:
    """Return eqs 9-11, with alignment = Q I3 - R I1."""
    return {
        "Q": eta * i1 / Q - eta * penalty * Q,
        "R": eta * alignment / L**2 - eta**2 * Q**2 * R * i2 / (2 * L**4),
        "norm": eta**2 * Q**2 * i2 / (2 * L**3),
    }


def _field_sgd(i1: sympy.Expr, i2: sympy.Expr, alignment: sympy.Expr) -> dict[str, sympy.Expr]:
    field = {
        "R": eta * alignment / L**2 - eta**2 * R * i2 / (2 * L**2),
        "norm": eta * i1 / L + eta**2 * i2 / (2 * L),
    }
    return {name: velocity.subs(Q, L) for name, velocity in field.items()}


def vector_field(method: Method, activation: Activation) -> dict[str, sympy.Expr]:
    """Return the velocities of the order parameters as expressions, by parameter name.

    `method` is "bn", "wn" (both have "Q", "R" and "norm") or "sgd" ("R" and "norm"), `activation`
    "relu" or "erf". The symbols are those of `theory.parameters`: eta, zeta, Q, R, L.

    Raises ValueError for another method or activation.
    """
    if method not in ("bn", "wn", "sgd"):
        raise ValueError(f'method = {method!r}: must be "bn", "wn" or "sgd"')
    if activation not in AVERAGES:
        raise ValueError(f'activation = {activation!r}: must be "relu" or "erf"')
    i1, i2, i3 = AVERAGES[activation]
    alignment = Q * i3 - R * i1
    if method == "sgd":
        return _field_sgd(i1, i2, alignment)
    penalty = zeta if method == "bn" else sympy.S.Zero
    return _field_normalised(i1, i2, alignment, penalty)


def _stable_field(activation: Activation) -> dict[str, sympy.Expr]:
    i1, i2 = STABLE_AVERAGES[activation]
    return _field_normalised(i1, i2, ALIGNMENT[activation], zeta)


_velocity = partial(_form, claim="luo2018/order-parameters", assumptions=_ONLINE, **_LIMIT)


def _velocities(
    activation: Activation, ending: str, status: Literal["printed", "derived"]
) -> tuple[ClosedForm, ClosedForm, ClosedForm]:
    """Return dQ/dt, dR/dt and dL/dt of batch normalisation."""
    field, stable = vector_field("bn", activation), _stable_field(activation)
    note = "With I2 of the Appendix corrected: see i2_relu and i2_erf."
    scale = _velocity(
        name=f"scale_velocity{ending}",
        expr=field["Q"],
        stable=stable["Q"],
        parameters=(LEARNING_RATE, REGULARISATION, STUDENT_LENGTH, OVERLAP),
        source=_source("eq 9"),
        status=status,
    )
    overlap = _velocity(
        name=f"overlap_velocity{ending}",
        expr=field["R"],
        stable=stable["R"],
        parameters=(LEARNING_RATE, STUDENT_LENGTH, OVERLAP, NORM),
        source=_source("eq 10"),
        status=status,
        derivation=note,
    )
    norm = _velocity(
        name=f"norm_velocity{ending}",
        expr=field["norm"],
        stable=stable["norm"],
        parameters=(LEARNING_RATE, STUDENT_LENGTH, OVERLAP, NORM),
        source=_source("eq 11"),
        status=status,
        derivation=note,
    )
    return scale, overlap, norm


scale_velocity, overlap_velocity, norm_velocity = _velocities("relu", "", "printed")
scale_velocity_erf, overlap_velocity_erf, norm_velocity_erf = _velocities("erf", "_erf", "derived")

_SGD_FIELD = vector_field("sgd", "relu")
_STABLE_SGD_FIELD = _field_sgd(*STABLE_AVERAGES["relu"], ALIGNMENT["relu"])
_sgd_velocity = partial(
    _velocity,
    parameters=(LEARNING_RATE, OVERLAP, NORM),
    source=_source("section 3.2, vanilla SGD"),
    status="derived",
    derivation=(
        "The step of w is eta delta x: N times that of L^2 is 2 eta I1 + eta^2 I2, N times that "
        "of R L is eta I3, and Q = L."
    ),
)

sgd_overlap_velocity = _sgd_velocity(
    name="sgd_overlap_velocity", expr=_SGD_FIELD["R"], stable=_STABLE_SGD_FIELD["R"]
)
sgd_norm_velocity = _sgd_velocity(
    name="sgd_norm_velocity", expr=_SGD_FIELD["norm"], stable=_STABLE_SGD_FIELD["norm"]
)

_followed = partial(
    _form,
    claim="luo2018/order-parameters",
    expr=sympy.Integer(1),
    parameters=(TIME,),
    status="printed",
    assumptions=_ONLINE,
    derivation="The simulated order parameter over the solution of eqs 9-11 at the same time.",
    **_LIMIT,
)

scale_followed = _followed(name="scale_followed", source=_source("eq 9"))
overlap_followed = _followed(name="overlap_followed", source=_source("eq 10"))
norm_followed = _followed(name="norm_followed", source=_source("eq 11"))


# Fixed point ----------------------------------------------------------------------------------

_Q0 = 1 / (2 * zeta + 1)
_I2 = (1 - _Q0) ** 2 / 2

fixed_point_scale = _form(
    name="fixed_point_scale",
    claim="luo2018/fixed-points",
    expr=_Q0,
    parameters=(REGULARISATION,),
    source=_source("Table 2, section 3.2"),
    status="printed",
    assumptions=(*_ONLINE, *_SMALL_STEPS),
    **_LIMIT,
)

norm_drift_at_fixed_point = _form(
    name="norm_drift_at_fixed_point",
    claim="luo2018/fixed-points",
    expr=eta**2 * zeta**2 / ((2 * zeta + 1) ** 4 * L**3),
    parameters=(LEARNING_RATE, REGULARISATION, NORM),
    source=_source("Table 2 with eq 11"),
    status="derived",
    assumptions=_ONLINE,
    derivation=(
        "At R = 1 and Q0 = 1/(2 zeta + 1), I2 = (1 - Q0)^2/2: eq 11 does not stand still there, "
        "nor does eq 10, whose value is -1/L times this one. Table 2 lists a fixed point of the "
        "terms in eta alone, unless zeta = 0."
    ),
    **_LIMIT,
)


_fixed_point_erf = partial(
    _form,
    claim="luo2018/fixed-points",
    parameters=(replace(STUDENT_LENGTH, domain=Reals(0, 1, low_open=True)),),
    assumptions=(*_ONLINE, *_SMALL_STEPS),
)
_SHORT, _LONG = Q * sqrt(2 + Q**2), sqrt(1 + 2 * Q**2)

regularisation_at_fixed_point_erf_printed = _fixed_point_erf(
    name="regularisation_at_fixed_point_erf_printed",
    expr=1 / (2 * Q) - Rational(1, 2),
    stable=(1 - Q) / (2 * Q),
    source=_source("Proposition 2, for erf"),
    status="printed",
    superseded_by="regularisation_at_fixed_point_erf",
    derivation=(
        "The zeta at which Q = 1/(2 zeta + 1), which the proof of Proposition 2 takes as the fixed "
        "point of erf too."
    ),
)

regularisation_at_fixed_point_erf = _fixed_point_erf(
    name="regularisation_at_fixed_point_erf",
    expr=i1_erf.expr.subs(R, 1) / Q**2,
    stable=2 * (1 - Q) * (1 + Q) / (pi * _SHORT * _LONG * (_SHORT + _LONG)),
    source=_source("Proposition 2, for erf, corrected"),
    status="corrected",
    derivation=(
        "The zeta at which eq 9 stands still at R = 1, I1 = zeta Q^2 with I1 of erf. It falls from "
        "infinity to 0 on (0, 1): each zeta has one such Q, without a closed form."
    ),
)


# Eigenvalues at the fixed point ---------------------------------------------------------------

_eigenvalue = partial(_form, claim="luo2018/eigenvalues")
_scale_eigenvalue = partial(_eigenvalue, parameters=(LEARNING_RATE, REGULARISATION))
_overlap_eigenvalue = partial(_eigenvalue, parameters=(LEARNING_RATE, REGULARISATION, NORM))

scale_eigenvalue_prop1_printed = _scale_eigenvalue(
    name="scale_eigenvalue_prop1_printed",
    expr=eta / _Q0 * (Rational(1, 2) - _Q0) - eta * zeta * _Q0,
    stable=eta * (zeta - Rational(1, 2) - zeta / (2 * zeta + 1)),
    source=_source("Proposition 1"),
    status="printed",
    superseded_by="scale_eigenvalue",
)

scale_eigenvalue_prop2_printed = _scale_eigenvalue(
    name="scale_eigenvalue_prop2_printed",
    expr=-zeta - Rational(1, 2),
    source=_source("proof of Proposition 2"),
    status="printed",
    superseded_by="scale_eigenvalue",
)

scale_eigenvalue = _scale_eigenvalue(
    name="scale_eigenvalue",
    expr=-eta * (zeta + Rational(1, 2)),
    source=_source("proof of Proposition 1, corrected"),
    status="corrected",
    derivation=(
        "d(dQ/dt)/dQ: for ReLU eq 9 is eta (kappa1(R) - Q)/2 - eta zeta Q, linear in Q. It is "
        "the entry eta/Q0 dI1/dQ - 2 eta zeta of the printed Jacobian, which Proposition 1 states "
        "as eta/Q0 dI1/dQ - eta zeta Q0 and the proof of Proposition 2 without eta."
    ),
)

_EFFECTIVE = eta * _Q0 / L**2

overlap_eigenvalue_prop1_printed = _overlap_eigenvalue(
    name="overlap_eigenvalue_prop1_printed",
    expr=-_Q0 / 2 * eta * _Q0 / (2 * L**2) * (2 + 4 * zeta - _EFFECTIVE),
    stable=(-_EFFECTIVE + _EFFECTIVE**2 * _Q0 / 2) / 2,
    source=_source("Proposition 1"),
    status="printed",
    superseded_by="overlap_eigenvalue",
)

overlap_eigenvalue_printed = _overlap_eigenvalue(
    name="overlap_eigenvalue_printed",
    expr=-_Q0 * eta * _Q0 / (2 * L**2) * (2 + 4 * zeta - _EFFECTIVE),
    stable=-_EFFECTIVE + _EFFECTIVE**2 * _Q0 / 2,
    source=_source("eq 12"),
    status="printed",
    superseded_by="overlap_eigenvalue",
    derivation="With dI2/dR = -Q0 and eta_max = 2 + 4 zeta at the fixed point of ReLU.",
)

overlap_eigenvalue = _overlap_eigenvalue(
    name="overlap_eigenvalue",
    expr=-_EFFECTIVE + _EFFECTIVE**2 * (_Q0 - _I2) / 2,
    source=_source("eq 12 corrected"),
    status="corrected",
    derivation=(
        "d(dR/dt)/dR of eq 10 at R = 1 from below, where dI1/dR = Q0/2, dI2/dR = -Q0, "
        "dI3/dR = -Q0/2 and I1 = zeta Q0^2. Eq 12 keeps dI2/dR and forgets that "
        "eta^2 Q^2 R I2/(2 L^4) is differentiated in its R too, a term I2 = (1 - Q0)^2/2 of the "
        "same order; Proposition 1 has a factor 1/2 too many besides. An entry of the Jacobian, "
        "the rate of R while Q and L are held: at order eta^2 the others of its row vanish only "
        "for zeta = 0, where it is an eigenvalue."
    ),
)


_norm_response = partial(_overlap_eigenvalue, source=_source("Appendix 2, entry (3, 2) of J"))

norm_response_printed = _norm_response(
    name="norm_response_printed",
    expr=-(eta**2) * _Q0**3 / (2 * L**2),
    status="printed",
    superseded_by="norm_response",
    derivation="eta^2 Q0^2/(2 L0^2) dI2/dR with dI2/dR = -Q0 for ReLU.",
)

norm_response = _norm_response(
    name="norm_response",
    expr=-(eta**2) * _Q0**3 / (2 * L**3),
    status="corrected",
    derivation="d(dL/dt)/dR of eq 11, whose denominator is 2 L^3.",
)

norm_eigenvalue = _eigenvalue(
    name="norm_eigenvalue",
    expr=-3 * eta**2 * _Q0**2 * _I2 / (2 * L**4),
    parameters=(
        LEARNING_RATE,
        replace(REGULARISATION, domain=Reals(0, low_open=True)),
        NORM,
    ),
    source=_source("Appendix 2, entry (3, 3) of J"),
    status="derived",
    derivation=(
        "d(dL/dt)/dL of eq 11, with I2 = (1 - Q0)^2/2. The paper prints 0, as for lambda_L, and "
        "drops what is of order eta^2 here while it keeps it in R; it is 0 for zeta = 0 alone."
    ),
)


# Learning rates -------------------------------------------------------------------------------

_rate = partial(_form, claim="luo2018/max-effective-lr")
# The denominator 1 + 2 zeta - 2 zeta^2 vanishes at zeta = (1 + sqrt 3)/2.
_MODERATE = replace(REGULARISATION, domain=Reals(0, 1))

max_learning_rate_bn_printed = _rate(
    name="max_learning_rate_bn_printed",
    expr=2 + 4 * zeta,
    parameters=(_MODERATE,),
    source=_source("Table 2"),
    status="printed",
    superseded_by="max_learning_rate_bn",
    assumptions=_HELD,
    derivation=(
        "(d(Q0 I3 - I1)/dR/Q0 - zeta Q0)/(dI2/dR/2), Table 2's formula, evaluated at the fixed "
        "point of ReLU, (Q0 + 1 + 2 zeta Q0)/Q0: the paper does not print the number."
    ),
)

max_learning_rate_bn = _rate(
    name="max_learning_rate_bn",
    expr=2 * (1 + 2 * zeta) ** 2 / (1 + 2 * zeta - 2 * zeta**2),
    parameters=(_MODERATE,),
    source=_source("Table 2 corrected"),
    status="corrected",
    assumptions=_HELD,
    derivation=(
        "The effective learning rate eta Q0/L^2 at which overlap_eigenvalue changes its sign, "
        "2/(Q0 - I2): it is negative if and only if the effective learning rate is below. No rate "
        "is too large from zeta = (1 + sqrt 3)/2 on."
    ),
)

max_learning_rate_bn_joint = _rate(
    name="max_learning_rate_bn_joint",
    expr=2 * (1 + 2 * zeta) ** 2 / (1 + 4 * zeta - 6 * zeta**2),
    parameters=(replace(REGULARISATION, domain=Reals(0, 0.75)),),
    source=_source("Table 2 with Q let free"),
    status="derived",
    assumptions=("L held", *_HELD[1:]),
    derivation=(
        "The effective learning rate at which the Jacobian of eqs 9-10 in Q and R, L held, becomes "
        "singular at (Q0, 1): d(dR/dt)/dQ = -eta^2 d(Q^2 I2)/dQ/(2 L^4) = "
        "-eta^2 Q0 (1 - Q0) (1 - 2 Q0)/(2 L^4) and d(dQ/dt)/dR = eta/2 make it "
        "4/(10 Q0 - 3 - 5 Q0^2) = 2 + 20 zeta^2 + ...: below the bound of Proposition 3 for small "
        "zeta, which holds only while Q is held."
    ),
)

max_learning_rate_wn = _rate(
    name="max_learning_rate_wn",
    expr=sympy.Integer(2),
    source=_source("Table 2, weight normalisation and vanilla SGD"),
    status="printed",
    assumptions=_HELD,
    derivation=(
        "2 d(I3 - I1)/dR/(dI2/dR) at Q = R = 1 for ReLU. I1 and I2 vanish there, so that no term "
        "of the Jacobian is missing."
    ),
)

max_learning_rate_wn_erf = _rate(
    name="max_learning_rate_wn_erf",
    expr=pi * sqrt(Rational(5, 3)),
    source=_source("Table 2, weight normalisation and vanilla SGD, for erf"),
    status="derived",
    derivation=(
        "2 d(I3 - I1)/dR/(dI2/dR) at Q = R = 1, with d(I3 - I1)/dR = -4/(sqrt(3) pi) and "
        "dI2/dR = -8/(sqrt(5) pi^2)."
    ),
)

max_learning_rate_advantage = _rate(
    name="max_learning_rate_advantage",
    expr=2 * zeta + 2,
    parameters=(_MODERATE,),
    source=_source("Proposition 3"),
    status="printed",
    assumptions=_HELD,
    derivation=(
        "A lower bound on the maximum learning rate of batch normalisation, 2 zeta above that of "
        "weight normalisation and vanilla SGD."
    ),
)

effective_learning_rate = _rate(
    name="effective_learning_rate",
    expr=_EFFECTIVE,
    parameters=(LEARNING_RATE, REGULARISATION, NORM),
    source=_source("Table 2, section 3.3"),
    status="printed",
)
