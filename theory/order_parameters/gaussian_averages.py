"""Gaussian averages over student and teacher (Luo et al. 2018, Appendix 2 and the proofs there).

s ~ N(0, Q^2) is the student's preactivation and t ~ N(0, 1) the teacher's, of correlation R;
delta = g'(s) (g(t) - g(s)). I1 = <delta s>, I2 = <delta^2>, I3 = <delta t>.

Whatever the activation, Q I3 - R I1 = Q (1 - R^2) <g'(s) g'(t)>: the teacher is t = R s/Q plus an
independent normal part of variance 1 - R^2, over which one integrates by parts (Stein). ALIGNMENT
is this difference without the terms in Q^2 that cancel.
"""

from __future__ import annotations

from functools import partial

import sympy
from sympy import asin, atan, pi, sin, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.arc_cosine import kappa1, kappa_square
from theory.lowering.elementary import by_sign, grouped, hypot
from theory.order_parameters.parameters import OVERLAP, STUDENT_LENGTH
from theory.reading import Reading

Q, R = STUDENT_LENGTH.symbol, OVERLAP.symbol

_form = partial(
    ClosedForm,
    subject="order_parameters",
    paper="luo2018",
    parameters=(STUDENT_LENGTH, OVERLAP),
)
# (1 - R)(1 + R) loses nothing where R is near -1 or 1.
_ONE_MINUS_R2 = (1 - R) * (1 + R)

# Rectified linear activation ------------------------------------------------------------------

_KAPPA1 = pi * R + 2 * sqrt(1 - R**2) + 2 * R * asin(R)  # 2 pi kappa1(R)
_KAPPA_SQUARE = pi + 2 * R * sqrt(1 - R**2) + 2 * asin(R)  # 2 pi kappa_square(R)

# What the kernels are below 1, to all digits by R = 1, where I1 and I2 vanish with Q = 1.
LOST = grouped(grouped(1 - R) - kappa1(-R))
LOST_SQUARE = kappa_square(-R)

i1_relu = _form(
    name="i1_relu",
    expr=Q * _KAPPA1 / (4 * pi) - Q**2 / 2,
    stable=Q * by_sign(R, kappa1(R) - Q, grouped(R - Q) + kappa1(-R)) / 2,
    where="Appendix 2, proof of Proposition 2",
    status="printed",
)

i2_relu_printed = _form(
    name="i2_relu_printed",
    lies_in=Reals(0),
    expr=Q**2 / 2
    + (pi * R + 2 * R * sqrt(1 - R**2) + 2 * asin(R)) / (4 * pi)
    - Q * _KAPPA1 / (2 * pi),
    stable=Q**2 / 2 + R / 4 + (R * sqrt(_ONE_MINUS_R2) + asin(R)) / (2 * pi) - Q * kappa1(R),
    where="Appendix 2, proof of Proposition 2",
    status="printed",
    superseded_by="i2_relu",
    reading=Reading(
        says="I2 = Q^2/2 + (pi R + 2 R sqrt(1 - R^2) + 2 arcsin R)/(4 pi) - Q (pi R + 2 sqrt(1 - "
        "R^2) + 2 R arcsin R)/(2 pi)",
        kind="slip of print",
        consequence="nothing beyond the line: dI2/dR = -Q0 at R = 1, printed below it, is that of "
        "the right I2, where the printed one has 1/4 - Q0",
        convention="x.x taken as 1, as the paper does; s ~ N(0, Q^2) and t ~ N(0, 1) of "
        "correlation R",
        cause="pi R for pi in the second term; I3 in the proof of Proposition 3 has it with pi",
        true_if="R = 1",
    ),
)

i2_relu = _form(
    name="i2_relu",
    lies_in=Reals(0),
    expr=Q**2 / 2 + _KAPPA_SQUARE / (4 * pi) - Q * _KAPPA1 / (2 * pi),
    stable=by_sign(
        R,
        Q**2 / 2 + kappa_square(R) / 2 - Q * kappa1(R),
        ((1 - Q) ** 2 - LOST_SQUARE) / 2 + Q * LOST,
    ),
    where="Appendix 2, proof of Proposition 2, corrected",
    status="corrected",
    derivation=(
        "<t^2; s, t > 0> is the first term of I3, (pi + 2 R sqrt(1 - R^2) + 2 arcsin R)/(4 pi); "
        "the proof of Proposition 2 writes pi R for pi. The two agree at R = 1 only."
    ),
)

i3_relu = _form(
    name="i3_relu",
    expr=_KAPPA_SQUARE / (4 * pi) - Q * R / 2,
    stable=(kappa_square(R) - Q * R) / 2,
    where="Appendix 2, proof of Proposition 3",
    status="printed",
)


# Error function, g(x) = erf(x/sqrt 2) ---------------------------------------------------------

_ROOT = sqrt(2 + 2 * Q**2 - Q**2 * R**2)
_TWICE = 2 * (1 + 2 * Q**2) - 2 * Q**2 * R**2
# The same for students of any length: no square overflows, and all terms are positive.
_STABLE_ROOT = hypot(Q * sqrt(1 + _ONE_MINUS_R2), sqrt(2))
_STABLE_LONG = hypot(sqrt(2) * Q, 1)  # sqrt(1 + 2 Q^2)
_BALANCE = 1 / (Q + 1 / Q)  # Q/(1 + Q^2)
_SHORT, _LONG = _BALANCE / Q, Q * _BALANCE  # 1/(1 + Q^2) and Q^2/(1 + Q^2)
# sqrt(1 + 3 Q^2) sqrt(_TWICE)/(1 + Q^2), of roots that are exact at Q = R = 1, where I2 is 0
_STABLE_PRODUCT = sqrt(2 + 4 * _LONG) * sqrt(1 + _LONG * _ONE_MINUS_R2)

i1_erf = _form(
    name="i1_erf",
    expr=2 * Q * R / ((pi + pi * Q**2) * _ROOT)
    - 2 * Q**2 / ((pi + pi * Q**2) * sqrt(1 + 2 * Q**2)),
    stable=2 / pi * _BALANCE * (R / _STABLE_ROOT - Q / _STABLE_LONG),
    where="Appendix 2, proof of Proposition 2",
    status="printed",
)

i2_erf_printed = _form(
    name="i2_erf_printed",
    lies_in=Reals(0),
    expr=4
    / (pi * sqrt(1 + 2 * Q**2))
    * (asin(1 / (1 + 3 * Q**2)) - asin(1 / (sqrt(1 + 3 * Q**2) * sqrt(_TWICE)))),
    # arcsin(1/(1 + 3 Q^2)) by its tangent: the sine is near 1 for short students
    stable=4
    / (pi * _STABLE_LONG)
    * (atan(1 / (Q * hypot(3 * Q, sqrt(6)))) - asin(_SHORT / _STABLE_PRODUCT)),
    where="Appendix 2, proof of Proposition 2",
    status="printed",
    superseded_by="i2_erf",
    reading=Reading(
        says="I2 = 4/(pi sqrt(1 + 2 Q^2)) (arcsin(1/(1 + 3 Q^2)) - arcsin(1/(sqrt(1 + 3 Q^2) "
        "sqrt(2 (1 + 2 Q^2) - 2 Q^2 R^2))))",
        kind="lost factor or term",
        consequence="nothing beyond the line: dI2/dR < 0, all that is used, holds at the fixed "
        "point for the right one too",
        convention="g(x) = erf(x/sqrt(2)), x.x taken as 1, as for ReLU",
        cause="of the three moments <t t>, <s t> and <s s> one arcsine is lost, with a factor "
        "1/pi, and the numerators of the others; as Q -> 0 it gives 1 for 2/(3 pi)",
        true_if="Q = R = 1, where both vanish",
    ),
)

# With T, S and V the moments <t t>, <s s>, <s t> of I2's derivation and E half the sum of arcsines,
# sin E sin((A + C)/2 + B) = sin((A + C)/2)^2 - sin(B)^2 is a sum of positive terms.
_ARCSINES = (
    asin((_SHORT + 2 * _LONG * _ONE_MINUS_R2) / (2 + 2 * _LONG * _ONE_MINUS_R2))
    - 2 * asin(R * _BALANCE / _STABLE_PRODUCT)
    + asin(_LONG / (1 + 2 * _LONG))
)
_T = (1 / (1 + Q**2) + 2 * _LONG * _ONE_MINUS_R2) / (1 + _LONG)
_S, _V = _LONG / (1 + _LONG), by_sign(R, 0, R) * _BALANCE / (1 + _LONG)
_T_MINUS_S = ((1 - Q) * (1 / (1 + Q**2) + _BALANCE) + 2 * _LONG * _ONE_MINUS_R2) / (1 + _LONG)
_SINES = ((_T_MINUS_S / (sqrt(1 + 2 * _T) + sqrt(1 + 2 * _S))) ** 2 + _S * _ONE_MINUS_R2) / (
    (1 + _T) * (1 + _S)
)
_MEAN_ANGLE = (asin(_T / (1 + _T)) + asin(_S / (1 + _S))) / 2
_NEAR_ARCSINES = 2 * asin(_SINES / sin(_MEAN_ANGLE + asin(_V / sqrt((1 + _T) * (1 + _S)))))

i2_erf = _form(
    name="i2_erf",
    lies_in=Reals(0),
    expr=4
    / (pi**2 * sqrt(1 + 2 * Q**2))
    * (
        asin((1 + 2 * Q**2 - 2 * Q**2 * R**2) / _TWICE)
        - 2 * asin(Q * R / (sqrt(1 + 3 * Q**2) * sqrt(_TWICE)))
        + asin(Q**2 / (1 + 3 * Q**2))
    ),
    stable=4 / (pi**2 * _STABLE_LONG) * by_sign(R, _ARCSINES, _NEAR_ARCSINES),
    where="Appendix 2, proof of Proposition 2, corrected",
    status="corrected",
    derivation=(
        "g'(s)^2 = (2/pi) exp(-s^2) turns the law of s into one of variance Q^2/(1 + 2 Q^2), "
        "with weight 1/sqrt(1 + 2 Q^2); <g(x) g(y)> = (2/pi) arcsin(<x y>/sqrt((1 + <x^2>) "
        "(1 + <y^2>))) under it, for the pairs t t, s t and s s (Saad and Solla 1996). The printed "
        "form has lost one of the three, a factor pi and the covariances."
    ),
)

i3_erf = _form(
    name="i3_erf",
    expr=2
    / pi
    * (
        (1 + Q**2 - Q**2 * R**2) / ((1 + Q**2) * sqrt(2 * (1 + Q**2) - Q**2 * R**2))
        - Q * R / ((1 + Q**2) * sqrt(1 + 2 * Q**2))
    ),
    stable=2 / pi * ((_SHORT + _LONG * _ONE_MINUS_R2) / _STABLE_ROOT - R * _BALANCE / _STABLE_LONG),
    where="Appendix 2, I3 for erf",
    status="derived",
    derivation=(
        "g'(s) turns the law of s into one of variance Q^2/(1 + Q^2), with weight "
        "1/sqrt(1 + Q^2) times sqrt(2/pi); under it <g(x) t> = sqrt(2/pi) <x t>/sqrt(1 + <x^2>), "
        "for x = t and x = s."
    ),
)

slope_product_erf = _form(
    name="slope_product_erf",
    lies_in=Reals(0),
    expr=2 / (pi * _ROOT),
    stable=2 / (pi * _STABLE_ROOT),
    where="Appendix 2, proof of Proposition 2: the Fourier identity",
    status="derived",
    derivation=(
        "<g'(s) g'(t)> by the identity printed there, of a mean of f_1(x_1) f_2(x_2) under the "
        "normal law of covariance C: g' = sqrt(2/pi) exp(-x^2/2) is its own transform, so that the "
        "right side is (2/pi)/(2 pi) times the integral of exp(-y (1 + C) y/2), which is "
        "(2/pi)/sqrt(det(1 + C)), det(1 + C) = 2 (1 + Q^2) - Q^2 R^2. This root is that of I1."
    ),
)

# For the vector fields ------------------------------------------------------------------------

AVERAGES: dict[str, tuple[sympy.Expr, sympy.Expr, sympy.Expr]] = {
    "relu": (i1_relu.expr, i2_relu.expr, i3_relu.expr),
    "erf": (i1_erf.expr, i2_erf.expr, i3_erf.expr),
}
STABLE_AVERAGES: dict[str, tuple[sympy.Expr, sympy.Expr]] = {
    "relu": (i1_relu.lowered, i2_relu.lowered),
    "erf": (i1_erf.lowered, i2_erf.lowered),
}
ALIGNMENT: dict[str, sympy.Expr] = {
    "relu": Q
    * by_sign(R, kappa_square(R) - R * kappa1(R), _ONE_MINUS_R2 - LOST_SQUARE - R * kappa1(-R))
    / 2,
    "erf": 2 * Q * _ONE_MINUS_R2 / (pi * _STABLE_ROOT),
}
