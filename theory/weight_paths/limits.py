"""Limits of infinite depth, where weights are points of a path (section 2.1), and their rates.

The networks are h_(k+1) = h_k + L^-alpha sigma(L^-beta W(k/L) h_k), alpha + beta = 1, of a path W
over [0, 1], so that L^-alpha L^-beta = 1/L is the step of Euler's method.
"""

from __future__ import annotations

from functools import partial

from sympy import Integer, exp, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import expm1
from theory.reading import Reading
from theory.weight_paths.parameters import (
    ALPHA,
    DIMENSION,
    HOELDER,
    INPUT,
    LAYERS,
    NORM,
    OTHER_HOELDER,
    VARIATION,
)

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024")

_NORM = NORM.narrowed(NORM.domain, meaning="b, the greatest norm of the path of scaled weights")
_INPUT = INPUT.narrowed(INPUT.domain, meaning="norm r of the input")
L, b, v, r = LAYERS.symbol, NORM.symbol, VARIATION.symbol, INPUT.symbol
alpha, a = ALPHA.symbol, HOELDER.symbol

ode_error_bound = _form(
    name="ode_error_bound",
    expr=exp(b) * (v + b**2 / 2) / L,
    parameters=(LAYERS, _NORM, VARIATION),
    where="Theorems 2.1.4 and 2.1.5, with a rate",
    status="derived",
    assumptions=("|sigma(z)| <= |z|, |sigma'| <= 1, sigma' 1-Lipschitz",),
    lies_in=Reals(0),
    derivation=(
        "|h_L - H(1)|/|x|, H' = L^beta sigma(L^-beta W H). In a time 1/L from t on the velocity "
        "changes by what W varies, times |H| <= |x| exp(b t), and by b |H| (exp(b s) - 1) after a "
        "time s; later layers multiply an error by 1 + b/L at most. So it is at most exp(b - b/L) "
        "(v/L + L (exp(b/L) - 1 - b/L)), and exp(y) - 1 - y <= y^2 exp(y)/2. A path that is b but "
        "for b - v at its first point comes near it."
    ),
)

rough_exponent = _form(
    name="rough_exponent",
    expr=-a,
    parameters=(HOELDER,),
    where="Theorem 2.1.4, for paths of unbounded variation",
    status="derived",
    derivation=(
        "The velocity changes by |H| |t - s|^a times a constant in a time s - t, so that the error "
        "is at most a constant times L^-a: (2.7) drives h by the time alone, and W need not be of "
        "bounded variation. Of c sum_n 2^(-a n) (1 - cos(2 pi 2^n t)) and L = 2^N the sum over the "
        "points lacks the terms from N on of the integral, c L^-a/(1 - 2^-a)."
    ),
)

young_exponent = _form(
    name="young_exponent",
    expr=1 - 2 * alpha,
    parameters=(ALPHA.narrowed(Reals(0.5, 1)),),
    where="(2.26)",
    status="printed",
    derivation=(
        "Of the Hoelder norm of what Euler's method leaves out, and so of |h^L - H|. For one unit "
        "F(h) = the integral of dh/sigma(h) has F(H(1)) - F(x) = W(1) - W(0), and Euler's method "
        "adds dW - sigma'(h) dW^2/2 to it: where all increments are c L^-alpha in size it is off "
        "by c^2 L^(1 - 2 alpha)/2 times the mean of sigma'(H)."
    ),
)

young_bound = _form(
    name="young_bound",
    expr=1 / (2 ** (a + OTHER_HOELDER.symbol) - 2),
    parameters=(
        HOELDER.narrowed(
            Reals(0.5, 1, low_open=True),
            meaning="exponent a of Hoelder of X",
            typical=(0.75, 1.0),
        ),
        OTHER_HOELDER.narrowed(Reals(0.5, 1, low_open=True)),
    ),
    where="Theorem 2.1.9, (2.22), with its constant",
    status="derived",
    lies_in=Reals(0),
    derivation=(
        "C(a, b) of |int Y dX - Y_s X_{s,t}| <= C |Y|_b |X|_a |t - s|^(a + b): halving each of "
        "2^(n - 1) intervals changes the sum by Y_{u,m} X_{m,v}, at most |Y|_b |X|_a (|t - s|/2^n)"
        "^(a + b), and the sum over n is geometric. X = Y = t attains it at a = b = 1."
    ),
)

_hoelder = partial(
    _form, parameters=(DIMENSION,), lies_in=Reals(0), assumptions=("|sigma| <= 1, |sigma'| <= 1",)
)

hoelder_bound_printed = _hoelder(
    name="hoelder_bound_printed",
    expr=Integer(2),
    where="(2.28)",
    status="printed",
    superseded_by="hoelder_bound",
    reading=Reading(
        says="|h^L|_{alpha;tau} <= 2 |W|_{alpha;tau} |sigma|_infinity, where sigma is a function "
        "of numbers and bounded by M, as is its derivative",
        shows="the bound over |W|_{alpha;tau}, of |sigma|_infinity = 1",
        kind="lost factor or term",
        consequence="(2.27) and (2.28) as inequalities for d > 4; Theorem 2.1.10 stands, which "
        "needs any bound that does not depend on L",
        convention="sigma is tanh, tau = 1, |W|_alpha = 1/20, L = 16: the two conditions before "
        "(2.27) hold with the constant of (2.22)",
        cause="|sigma|_infinity bounds an entry of sigma(h), whose norm is up to sqrt(d) times as "
        "large: (2.27) has |sigma(h)^T W_{s,t}| <= |sigma|_infinity |W_{s,t}|",
        true_if="|sigma|_infinity is the greatest norm of sigma(h) over R^d, as (2.13) would have "
        "it of a map of R^d",
    ),
)

hoelder_bound = _hoelder(
    name="hoelder_bound",
    expr=2 * sqrt(DIMENSION.symbol),
    where="(2.28) corrected",
    status="corrected",
    derivation=(
        "|sigma(h)| <= sqrt(d), and half of |h|_alpha on the right, as printed. Weights of rank one"
        " along (1, .., 1) and inputs at which sigma is 1 reach half of it at any L."
    ),
)

linear_limit_exponent = _form(
    name="linear_limit_exponent",
    expr=2 * alpha - 2,
    parameters=(ALPHA,),
    where="Theorem 3.3.3, its limit of infinite depth",
    status="derived",
    derivation=(
        "tanh(z) = z - z^3/3 + .. at z = L^-beta W h: a layer adds W h/L less L^(-1 - 2 beta) "
        "(W h)^3/3."
    ),
)

linear_limit_bound = _form(
    name="linear_limit_bound",
    expr=exp(b) * ((v + b**2 / 2) / L + L ** (2 * alpha - 2) * b**2 * r**2 * (exp(2 * b) - 1) / 6),
    stable=exp(b) * ((v + b**2 / 2) / L + L ** (2 * alpha - 2) * b**2 * r**2 * expm1(2 * b) / 6),
    parameters=(LAYERS, ALPHA, _NORM, VARIATION, _INPUT),
    where="Theorem 3.3.3, its limit of infinite depth",
    status="derived",
    lies_in=Reals(0),
    derivation=(
        "|h_L - H(1)|/|x| of tanh, H' = W H: to what Euler's method leaves out of a linear "
        "equation comes |z - tanh z| <= |z|^3/3 of each layer, z = L^-beta W h, |h| <= |x| exp(b "
        "t), which later layers multiply by exp(b (1 - t)) at most."
    ),
)
