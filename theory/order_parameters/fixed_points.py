"""Fixed points of the order parameters, and the Jacobian there."""

from __future__ import annotations

from functools import partial

from sympy import Rational, pi, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.order_parameters.gaussian_averages import i1_erf
from theory.order_parameters.parameters import (
    EFFECTIVE,
    I2,
    LEARNING_RATE,
    LIMIT,
    NORM,
    NOT_AT_REST,
    ONLINE,
    OVERLAP,
    Q0,
    SMALL_STEPS,
    STUDENT_LENGTH,
)
from theory.parameters import REGULARISATION
from theory.reading import Reading

_form = partial(ClosedForm, subject="order_parameters", paper="luo2018")

eta, zeta = LEARNING_RATE.symbol, REGULARISATION.symbol
Q, R, L = STUDENT_LENGTH.symbol, OVERLAP.symbol, NORM.symbol


# Fixed points ---------------------------------------------------------------------------------

fixed_point_scale = _form(
    name="fixed_point_scale",
    expr=Q0,
    parameters=(REGULARISATION,),
    where="Table 2, section 3.2",
    status="printed",
    assumptions=(*ONLINE, *SMALL_STEPS),
    **LIMIT,
)

norm_drift_at_fixed_point = _form(
    name="norm_drift_at_fixed_point",
    expr=eta**2 * zeta**2 / ((2 * zeta + 1) ** 4 * L**3),
    parameters=(LEARNING_RATE, REGULARISATION, NORM),
    where="Table 2 with eq 11",
    status="derived",
    assumptions=ONLINE,
    derivation=(
        "At R = 1 and Q0 = 1/(2 zeta + 1), I2 = (1 - Q0)^2/2: eq 11 does not stand still there, "
        "nor does eq 10, whose value is -1/L times this one. Table 2 lists a fixed point of the "
        "terms in eta alone, unless zeta = 0."
    ),
    **LIMIT,
)

_fixed_point_erf = partial(
    _form,
    parameters=(STUDENT_LENGTH.narrowed(Reals(0, 1, low_open=True)),),
    assumptions=(*ONLINE, *SMALL_STEPS),
)

_TEACHER, _LONG = sqrt(2 + Q**2), sqrt(1 + 2 * Q**2)
_SHORT = Q * _TEACHER

regularisation_at_fixed_point_erf_printed = _fixed_point_erf(
    name="regularisation_at_fixed_point_erf_printed",
    expr=1 / (2 * Q) - Rational(1, 2),
    stable=(1 - Q) / (2 * Q),
    where="Proposition 2, for erf",
    status="printed",
    superseded_by="regularisation_at_fixed_point_erf",
    reading=Reading(
        says="the fixed point for the sigmoid, as erf(x/sqrt(2)), is Q = 1/(2 zeta + 1), R = 1",
        shows="this solved for zeta, as the right equation has no solution for Q in closed form",
        kind="wrong regime",
        consequence="nothing beyond the line: at the right fixed point too lambda_Q < 0 and "
        "dI2/dR < 0",
        convention="terms in eta^2 dropped, as in section 3.2",
        cause="it is the fixed point of ReLU; section 3.2 says that gamma_0 depends on the "
        "activation function and gives this one for ReLU",
        true_if="zeta = 0, or the activation is ReLU",
    ),
    derivation=(
        "The zeta at which Q = 1/(2 zeta + 1), which the proof of Proposition 2 takes as the fixed "
        "point of erf too."
    ),
)

regularisation_at_fixed_point_erf = _fixed_point_erf(
    name="regularisation_at_fixed_point_erf",
    expr=i1_erf.expr.subs(R, 1) / Q**2,
    stable=2 * (1 - Q) * (1 + Q) / (pi * _SHORT * _LONG * (_SHORT + _LONG)),
    where="Proposition 2, for erf, corrected",
    status="corrected",
    derivation=(
        "The zeta at which eq 9 stands still at R = 1, I1 = zeta Q^2 with I1 of erf. It falls from "
        "infinity to 0 on (0, 1): each zeta has one such Q, without a closed form."
    ),
)


# Jacobian -------------------------------------------------------------------------------------

_scale_eigenvalue = partial(_form, parameters=(LEARNING_RATE, REGULARISATION))
_overlap_eigenvalue = partial(_form, parameters=(LEARNING_RATE, REGULARISATION, NORM))

scale_eigenvalue_prop1_printed = _scale_eigenvalue(
    name="scale_eigenvalue_prop1_printed",
    expr=eta / Q0 * (Rational(1, 2) - Q0) - eta * zeta * Q0,
    stable=eta * (zeta - Rational(1, 2) - zeta / (2 * zeta + 1)),
    where="Proposition 1",
    status="printed",
    superseded_by="scale_eigenvalue",
    reading=Reading(
        says="lambda_Q = (eta/Q0) dI1/dQ - eta zeta Q0",
        shows="this for ReLU at its fixed point, dI1/dQ = 1/2 - Q0",
        kind="slip of print",
        consequence="nothing beyond the line: Proposition 2 uses the right one",
        convention="ReLU, at Q0 = 1/(2 zeta + 1) and R = 1",
        cause="zeta Q0 for 2 zeta: the Jacobian in the proof of Proposition 1 and the display "
        "below it have 2 eta zeta",
        true_if="zeta = 0",
    ),
)

scale_eigenvalue_prop2_printed = _scale_eigenvalue(
    name="scale_eigenvalue_prop2_printed",
    expr=-zeta - Rational(1, 2),
    where="proof of Proposition 2",
    status="printed",
    superseded_by="scale_eigenvalue",
    reading=Reading(
        says="lambda_Q = eta ((1/Q0) dI1/dQ - 2 zeta) = ... = -zeta - 1/2 < 0",
        kind="slip of print",
        consequence="nothing beyond the line: the sign, all that is used, is right",
        convention="ReLU, at Q0 = 1/(2 zeta + 1) and R = 1",
        cause="the factor eta with which the chain begins is missing at its end; on the way there "
        "is a 1/Q0 too many, before -1 + 1/(2 Q0) - 2 zeta, which is dI1/dQ/Q0 - 2 zeta by itself",
        true_if="eta = 1",
    ),
)

scale_eigenvalue = _scale_eigenvalue(
    name="scale_eigenvalue",
    expr=-eta * (zeta + Rational(1, 2)),
    where="proof of Proposition 1, corrected",
    status="corrected",
    derivation=(
        "d(dQ/dt)/dQ: for ReLU eq 9 is eta (kappa1(R) - Q)/2 - eta zeta Q, linear in Q. It is "
        "the entry eta/Q0 dI1/dQ - 2 eta zeta of the printed Jacobian, which Proposition 1 states "
        "as eta/Q0 dI1/dQ - eta zeta Q0 and the proof of Proposition 2 without eta."
    ),
)

scale_eigenvalue_erf = _form(
    name="scale_eigenvalue_erf",
    expr=(i1_erf.expr.subs(R, 1) / Q).diff(Q) - zeta,
    stable=-2 * (Q / _TEACHER**3 + 1 / _LONG**3) / (pi * (1 + Q**2))
    - 4 * Q * (1 - Q) * (1 + Q) / (pi * (1 + Q**2) * _TEACHER * _LONG * (_SHORT + _LONG))
    - zeta,
    parameters=(STUDENT_LENGTH.narrowed(Reals(0, 1, low_open=True)), REGULARISATION),
    where="Proposition 2, for erf",
    status="printed",
    assumptions=(*ONLINE, *SMALL_STEPS),
    lies_in=Reals(high=0, high_open=True),
    derivation=(
        "lambda_Q/eta, which the proof of Proposition 2 states as d(I1/Q)/dQ - zeta < 0, worked "
        "out at R = 1: every term of it is negative, at the fixed point as at any other Q up to 1."
    ),
)

overlap_eigenvalue_prop1_printed = _overlap_eigenvalue(
    name="overlap_eigenvalue_prop1_printed",
    expr=-Q0 / 2 * eta * Q0 / (2 * L**2) * (2 + 4 * zeta - EFFECTIVE),
    stable=(-EFFECTIVE + EFFECTIVE**2 * Q0 / 2) / 2,
    where="Proposition 1",
    status="printed",
    superseded_by="overlap_eigenvalue",
    reading=Reading(
        says="lambda_R = dI2/(2 dR) eta Q0/(2 L0^2) (eta_max - eta_eff)",
        shows="this for ReLU at its fixed point, dI2/dR = -Q0 and eta_max = 2 + 4 zeta",
        kind="slip of print",
        consequence="nothing beyond the line: the sign, all that is used, is that of eq 12",
        convention="ReLU, at Q0 = 1/(2 zeta + 1) and R = 1, with eta_max and eta_eff of Table 2; "
        f"rate of R while Q and L are held; {NOT_AT_REST}",
        cause="the factor 1/2 stands twice; eq 12 and the last display of the proof of "
        "Proposition 1 have it once, and are wrong in second order in eta alone",
    ),
)

overlap_eigenvalue_printed = _overlap_eigenvalue(
    name="overlap_eigenvalue_printed",
    expr=-Q0 * eta * Q0 / (2 * L**2) * (2 + 4 * zeta - EFFECTIVE),
    stable=-EFFECTIVE + EFFECTIVE**2 * Q0 / 2,
    where="eq 12",
    status="printed",
    superseded_by="overlap_eigenvalue",
    reading=Reading(
        says="lambda_R = dI2/dR eta gamma_0/(2 L0^2) (eta_max - eta_eff), with terms in eta^2 "
        "neglected but for the one in dI2/dR",
        shows="this for ReLU at its fixed point, dI2/dR = -gamma_0 and eta_max = 2 + 4 zeta",
        kind="lost factor or term",
        consequence="the maximum learning rate of batch norm in Table 2 for zeta > 0; that of WN "
        "and SGD, and the sign at small eta, stand",
        convention="ReLU, at gamma_0 = 1/(2 zeta + 1) and R = 1, with eta_max = 2 + 4 zeta by "
        f"Table 2; rate of R while gamma and L are held; {NOT_AT_REST}",
        cause="eta^2 gamma^2 R I2/(2 L^4) of eq 10 is differentiated in I2 and not in its factor "
        "R, which adds I2 = (1 - gamma_0)^2/2 of the same order",
        true_if="zeta = 0, or to first order in eta",
    ),
    derivation="With dI2/dR = -Q0 and eta_max = 2 + 4 zeta at the fixed point of ReLU.",
)

overlap_eigenvalue = _overlap_eigenvalue(
    name="overlap_eigenvalue",
    expr=-EFFECTIVE + EFFECTIVE**2 * (Q0 - I2) / 2,
    where="eq 12 corrected",
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

_norm_response = partial(_overlap_eigenvalue, where="Appendix 2, entry (3, 2) of J")

norm_response_printed = _norm_response(
    name="norm_response_printed",
    expr=-(eta**2) * Q0**3 / (2 * L**2),
    status="printed",
    superseded_by="norm_response",
    reading=Reading(
        says="the entry of the Jacobian in row L and column R is eta^2 Q0^2/(2 L0^2) dI2/dR",
        shows="this for ReLU at its fixed point, dI2/dR = -Q0",
        kind="matter of reading",
        consequence="nothing beyond the line: no eigenvalue is read off this entry",
        convention="ReLU, at Q0 = 1/(2 zeta + 1) and R = 1, where dI2/dR = -Q0 as printed; the "
        "exponent is that of our copy, which is a scan: the paper itself may have L0^3, which is "
        "right",
        cause="L0^2 for L0^3: eq 11, of which it is the derivative, has 2 L^3",
        true_if="L0 = 1",
    ),
    derivation="eta^2 Q0^2/(2 L0^2) dI2/dR with dI2/dR = -Q0 for ReLU.",
)

norm_response = _norm_response(
    name="norm_response",
    expr=-(eta**2) * Q0**3 / (2 * L**3),
    status="corrected",
    derivation="d(dL/dt)/dR of eq 11, whose denominator is 2 L^3.",
)

norm_eigenvalue = _form(
    name="norm_eigenvalue",
    expr=-3 * eta**2 * Q0**2 * I2 / (2 * L**4),
    stable=-3 * eta**2 * zeta**2 * Q0**4 / L**4,
    parameters=(
        LEARNING_RATE,
        REGULARISATION.narrowed(Reals(0, low_open=True)),
        NORM,
    ),
    where="Appendix 2, entry (3, 3) of J",
    status="derived",
    derivation=(
        "d(dL/dt)/dL of eq 11, with I2 = (1 - Q0)^2/2. The paper prints 0, as for lambda_L, and "
        "drops what is of order eta^2 here while it keeps it in R; it is 0 for zeta = 0 alone."
    ),
)
