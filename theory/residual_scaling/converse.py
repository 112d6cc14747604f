"""The converse: what tau = L^(-1/2 + c) does (Theorem 4, Proposition 1, Appendix G).

The displays of Appendix G are missing. Its sentences give: (62) (h_l)_k >= phi(S_l), S_l the sum
over a <= l of (tau W_a h_{a-1})_k; its variance, tau^2/m times the sum of E|h_{a-1}|^2; "S_l is
Gaussian with mean 0", and so E phi(S_l)^2 = E S_l^2/2; E|h_l|^2 >= E|h_{l-1}|^2 >= ... >= 1.
"""

from __future__ import annotations

from functools import partial

import sympy
from sympy import Rational, atan, erfc, exp, pi, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.reading import Reading
from theory.residual_scaling.parameters import (
    CONVERSE_DEPTH,
    EXPONENT,
    LAYER,
    TAU,
    UNITS,
    WIDE,
)

_form = partial(ClosedForm, subject="residual_scaling", paper="zhang2022")

L, c = CONVERSE_DEPTH.symbol, EXPONENT.symbol
tau, m, l = TAU.symbol, UNITS.symbol, LAYER.symbol  # noqa: E741

_ANY_START = "start h_0 >= 0 of mean squared norm 1"

# A normal value above -1/tau: its probability and, times tau, the density of its end.
_ABOVE = erfc(-1 / (sqrt(2) * tau)) / 2
_BELOW = erfc(1 / (sqrt(2) * tau)) / 2
_EDGE = tau * exp(-1 / (2 * tau**2)) / sqrt(2 * pi)


# Theorem 4 ------------------------------------------------------------------------------------

_theorem = partial(_form, parameters=(CONVERSE_DEPTH, EXPONENT), assumptions=(_ANY_START,))

converse_energy_bound_printed = _theorem(
    name="converse_energy_bound_printed",
    expr=L ** (2 * c) / 2,
    where="Theorem 4",
    status="printed",
    lies_in=Reals(0),
    superseded_by="converse_energy_bound",
    reading=Reading(
        says="at tau = L^(-1/2 + c) the energy E|h_L|^2 of the last layer is at least L^(2c)/2; "
        "rebuilt from the end of its proof, E|h_{L-1}|^2 >= L^(2c)/2",
        kind="wrong regime",
        consequence="two layers at large c alone; the theorem stands for every L >= 3 and every c "
        "> 0, by another proof, and its message, that the forward pass explodes, for all",
        convention="any start h_0 >= 0 of mean squared norm 1, the network's own or fixed; "
        "E|h_L|^2 = E|h_{L-1}|^2, as W_L ~ N(0, 2/m)",
        cause="L terms are counted where the sum over the residual layers has L - 1; with one "
        "residual layer, L = 2, E|h_1|^2 -> tau^2/2 at large tau, and tau^2 is claimed",
        true_if="L >= 3, or tau <= sqrt(2)",
    ),
)

converse_energy_bound = _theorem(
    name="converse_energy_bound",
    expr=(1 + L ** (2 * c - 1) / 2) ** (L - 1),
    stable=exponential((L - 1) * log1p(L ** (2 * c - 1) / 2)),
    where="Theorem 4 corrected",
    status="corrected",
    lies_in=Reals(1),
    derivation=(
        "Given h_{l-1} >= 0 a coordinate has E phi(x + s g)^2 >= x^2 + s^2/2 for x >= 0, since s^2 "
        "E[(g - x/s)^2, g > x/s] <= s^2/2 is cut off. Over coordinates E|h_l|^2 >= (1 + tau^2/2) "
        "E|h_{l-1}|^2, for the L - 1 residual layers in turn. With z = tau^2/2 it is above L z = "
        "L^(2c)/2 for L >= 3, as 1 - z + z^2 > 0, and for L = 2 where z <= 1."
    ),
)

partial_sum_bound_printed = _theorem(
    name="partial_sum_bound_printed",
    expr=L ** (2 * c) / 2,
    where="Appendix G, (62), (64) and the choice of tau",
    status="printed",
    lies_in=Reals(0),
    superseded_by="partial_sum_bound",
    reading=Reading(
        says="the sum over a < L of tau^2 E|h_{a-1}|^2, halved, is at least L^(2c)/2 once each "
        "E|h_{a-1}|^2 is at least 1",
        kind="slip of print",
        consequence="the proof gives 1 - 1/L of the bound of Theorem 4",
        convention="what the proof has shown by then of E|h_a|^2, that it is at least 1",
        cause="the sum has a term for each of the L - 1 residual layers, W_1 to W_{L-1}",
        true_if="tau = L^c/sqrt(L - 1)",
    ),
)

partial_sum_bound = _theorem(
    name="partial_sum_bound",
    expr=(L - 1) * L ** (2 * c - 1) / 2,
    where="Appendix G, (62), (64) corrected",
    status="corrected",
    lies_in=Reals(0),
    derivation="(L - 1) tau^2/2 at tau = L^(-1/2 + c).",
)

_step = partial(_form, parameters=(TAU,), assumptions=("h_{l-1} >= 0",))

least_growth_printed = _step(
    name="least_growth_printed",
    expr=sympy.Integer(1),
    where="Appendix G, the monotone step",
    status="printed",
    improved_by="least_growth",
    derivation=(
        "E|h_l|^2 >= E|h_{l-1}|^2, which the proof leaves to 'numerical integral of Gaussian "
        "variable over an interval'. It is true, and less than what the theorem needs."
    ),
)

least_growth = _step(
    name="least_growth",
    expr=1 + tau**2 / 2,
    where="Appendix G, the monotone step sharpened",
    status="corrected",
    derivation=(
        "By what a residual layer multiplies E|h|^2 at least, at every width: E phi(x + s g)^2 >= "
        "x^2 + s^2/2 for x >= 0. It is reached where all of h sits in few of many units."
    ),
)


first_layer_energy = _form(
    name="first_layer_energy",
    expr=tau**2 / 4 + ((2 + tau**2) * (pi - atan(tau / sqrt(2))) + sqrt(2) * tau) / (2 * pi),
    parameters=(TAU,),
    where="Theorem 4 for L = 2, at infinite width",
    status="derived",
    assumptions=WIDE,
    lies_in=Reals(1),
    derivation=(
        "E|h_1|^2/E|h_0|^2, all that there is with one residual layer, and what L^(2c)/2 = tau^2 "
        "is to bound for L = 2: it is below tau^2 from tau = 1.683 on, c = 1.251. Half of the "
        "units start at 0 and give tau^2/4. The others are the normal plane's wedge g > 0, "
        "sqrt(2) g + tau g' > 0, on which the square of the latter is integrated."
    ),
)

first_layer_energy_flat = _form(
    name="first_layer_energy_flat",
    expr=(1 + tau**2) * _ABOVE + _EDGE,
    parameters=(TAU,),
    where="Theorem 4 for L = 2, at every width",
    status="derived",
    assumptions=("unit start, the same in every unit",),
    lies_in=Reals(1),
    derivation=("E|h_1|^2 = E phi(1 + tau g)^2. It is below tau^2 from tau = 2.125 on, c = 1.587."),
)


# "Jointly Gaussian", "symmetric" --------------------------------------------------------------

_two_terms = partial(
    _form,
    parameters=(TAU, UNITS),
    assumptions=("unit start, the same in every unit", "sum of two terms, l = 2"),
)
_OF_TWO = (
    "S_2 = X + Z for a unit of the start 1/sqrt(m): X = s g_k, s = tau/sqrt(m), and given W_1 Z is "
    "normal of variance V = tau^2/m |h_1|^2, |h_1|^2 = s^2 sum_j phi(a + g_j)^2, a = 1/tau. "
)
_VARIANCE = 1 + (1 + tau**2) * _ABOVE + _EDGE

partial_sum_skewness = _two_terms(
    name="partial_sum_skewness",
    expr=6 * tau * (_ABOVE + _EDGE) / (m * _VARIANCE ** Rational(3, 2)),
    where="Appendix G, the second step of (65)",
    status="derived",
    lies_in=Reals(0),
    derivation=(
        "By 'the symmetry of the Gaussian distribution' the proof has E phi(S_l)^2 = E S_l^2/2, "
        "for which it would be 0. The sum leans to the right instead, since the second term is "
        "wider where the first is larger, and the step is an inequality that helps the proof. "
        f"{_OF_TWO}E S^3 = 3 E[X V] = 6 s^3 (tau^2/m) E phi(a + g) by Stein's lemma, and E S^2 = "
        "s^2 (1 + tau^2 E phi(a + g)^2)."
    ),
)

partial_sum_kurtosis_printed = _two_terms(
    name="partial_sum_kurtosis_printed",
    expr=sympy.Integer(3),
    where="Appendix G, 'jointly Gaussian'",
    status="printed",
    superseded_by="partial_sum_kurtosis",
    reading=Reading(
        says="(tau W_1 h_0)_k and (tau W_2 h_1)_k are jointly Gaussian, since the second is "
        "Gaussian given W_1; so their sum is Gaussian",
        kind="wrong assumption",
        consequence="no sum beyond the first term is Gaussian at finite width; the variance (64), "
        "which needs uncorrelated terms alone, stands",
        convention="h_0 fixed, as the proof has it",
        cause="given W_1 the second term has the variance tau^2 |h_1|^2/m, which W_1 moves: a "
        "mixture of normal laws",
        true_if="m -> oo",
    ),
)

# tau^4 (E phi(a + g)^4 - (E phi(a + g)^2)^2), without the terms in 1 that cancel at small tau.
_SPREAD = _ABOVE * (4 * tau**2 + 2 * tau**4 + (1 + tau**2) ** 2 * _BELOW) + _EDGE * (
    1 + 5 * tau**2 - 2 * (1 + tau**2) * _ABOVE - _EDGE
)

partial_sum_kurtosis = _two_terms(
    name="partial_sum_kurtosis",
    expr=3 + 3 * (4 * tau**2 * _ABOVE + _SPREAD) / (m * _VARIANCE**2),
    where="Appendix G, 'jointly Gaussian' corrected",
    status="corrected",
    lies_in=Reals(3),
    derivation=(
        f"{_OF_TWO}In E S^4/(E S^2)^2, E S^4 - 3 (E S^2)^2 = 6 Cov(X^2, V) + 3 Var V, with "
        "Cov(g^2, phi(a + g)^2) = 2 P(g > -a)."
    ),
)


# Proposition 1 --------------------------------------------------------------------------------

normalised_energy_bound = _form(
    name="normalised_energy_bound",
    expr=tau**2 * l / 2,
    parameters=(TAU, LAYER),
    where="Proposition 1",
    status="printed",
    assumptions=(
        "branches of mean 0 and variance 1 in every unit, symmetric given those before",
        "any start h_0 >= 0",
    ),
    derivation=(
        "E (h_l)_k^2 of h_l = phi(h_{l-1} + tau z_l) with a normalised branch z_l, rebuilt from "
        "the proof. It calls each z_l symmetric, of which E phi(sum z)^2 = E (sum z)^2/2 does not "
        "follow; but E phi(x + z)^2 >= x^2 + E z^2/2 for x >= 0 and symmetric z adds up to it."
    ),
)
