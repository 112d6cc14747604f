"""How large gradients of losses are (section 3.3), and how small a loss can be (section 4.1)."""

from __future__ import annotations

from functools import partial

from sympy import Integer, Rational, exp, log

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.reading import Reading
from theory.weight_paths.parameters import (
    CLASSES,
    DEEP,
    FEW_LAYERS,
    LABEL_RATIO,
    NU,
    TARGET,
)

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024", lies_in=Reals(0))

C, K, L, nu = CLASSES.symbol, LABEL_RATIO.symbol, FEW_LAYERS.symbol, NU.symbol

cross_entropy_gradient_printed = _form(
    name="cross_entropy_gradient_printed",
    expr=4 / C,
    parameters=(CLASSES,),
    where="section 3.3, cross-entropy",
    status="printed",
    improved_by="cross_entropy_gradient",
    derivation="|grad|^2 of -log(softmax)/C, by 4/C^2 for each of its C entries.",
)

cross_entropy_gradient = _form(
    name="cross_entropy_gradient",
    expr=2 / C**2,
    parameters=(CLASSES,),
    where="section 3.3, cross-entropy, sharpened",
    status="corrected",
    derivation=(
        "(1 - p_y)^2 and the squares of the others, which add up to (1 - p_y)^2 at most: 2/C^2, as "
        "one wrong class takes all. It is 2 C times less."
    ),
)

kullback_leibler_gradient_printed = _form(
    name="kullback_leibler_gradient_printed",
    expr=K * exp(Integer(6)),
    parameters=(FEW_LAYERS, LABEL_RATIO),
    where="(3.22)",
    status="printed",
    superseded_by="kullback_leibler_gradient",
    reading=Reading(
        says="the mean of (y_i/h_L)^2 is at most K e^6, where |y_i|/|x_i| <= K and |h_L| >= |x_i| "
        "e^-3",
        kind="lost factor or term",
        consequence="the line; the mean is bounded all the same, which is what Assumption 3.3.2 "
        "needs",
        convention="d = 1; |W_k| <= L^-beta",
        cause="the square of y_i/h_L has K^2; the e^6 hides it up to K = 35",
        true_if="K <= e^6 (1 - 1/L)^(2 L), which is 35 at L = 3 and 55 for deep networks",
    ),
)

kullback_leibler_gradient = _form(
    name="kullback_leibler_gradient",
    expr=K**2 * (1 - 1 / L) ** (-2 * L),
    stable=K**2 * exponential(-2 * L * log1p(-1 / L)),
    parameters=(FEW_LAYERS, LABEL_RATIO),
    where="(3.22) corrected",
    status="corrected",
    derivation="(y/h_L)^2 with |h_L| >= |x| (1 - 1/L)^L, the sharp bound at delta_L |W_k| = 1/L.",
)

_at_any_nu = partial(_form, parameters=(DEEP, NU))

quotient_at_any_nu_printed = _at_any_nu(
    name="quotient_at_any_nu_printed",
    expr=exp(Integer(6)),
    where="(3.21), (3.22)",
    status="printed",
    superseded_by="quotient_at_any_nu",
    reading=Reading(
        says="|h_L| >= |x_i| e^-3 under Assumption 3.1.1 (iii) with L >= 3, and there is no limit "
        "on gamma and nu",
        shows="the square of |x|/|h_L| that (3.22) bounds at K = 1",
        kind="wrong regime",
        consequence="the sentence; Theorem 3.3.3 has nu = 1, where (3.21) holds",
        convention="d = 1; |W_k| = nu L^-beta/2, as the assumption allows",
        cause="(3.21) takes the sum of delta_L |W_k| to be 1 at most, and Lemma 3.2.2 takes |W_k| "
        "<= L^-beta: both have nu <= 2",
        true_if="nu <= 3.79, or nu < 6 and L large enough: (1 - nu/(2 L))^L >= e^-3",
    ),
)

quotient_at_any_nu = _at_any_nu(
    name="quotient_at_any_nu",
    expr=(1 - nu / (2 * L)) ** (-2 * L),
    stable=exponential(-2 * L * log1p(-nu / (2 * L))),
    where="(3.21), (3.22) corrected",
    status="corrected",
    derivation=(
        "|h_L| >= |x| (1 - nu/(2 L))^L, while nu < 2 L; from nu = 2 L on a layer can be 0, and "
        "there is no bound."
    ),
)

_squares = partial(_form, parameters=(FEW_LAYERS, TARGET))

mean_squares_bound_printed = _squares(
    name="mean_squares_bound_printed",
    expr=Integer(2),
    where="after (4.3)",
    status="printed",
    superseded_by="mean_squares_bound",
    reading=Reading(
        says="twice the mean of |y_i|^2 + |y'_i|^2 is 2 at most, on C10k at alpha = 0.975",
        kind="wrong assumption",
        consequence="the step; of tanh and alpha = 0.975 the mean square gradient is below 2 up to "
        "7e12 layers all the same, as of an odd network it is the mean of |y'|^2 + y^2; at alpha "
        "<= 0.9 it need not be, "
        "and C_l = e^2/3 + y^2 for 2 makes (4.3) ask for more layers",
        convention="x uniform in [-1, 1], y = f(x) constant, embeddings of 1; |W_k| <= L^-beta, "
        "which is what Theorem 3.3.3 has throughout training",
        cause="outputs are as large as e |x|, not |x|",
        true_if="|W_k| <= L^-beta/2, as at the start; or the mean of |y'|^2 is below 1, as with "
        "the embeddings of the runs, whose product is 0.75 at most",
    ),
)

mean_squares_bound = _squares(
    name="mean_squares_bound",
    expr=Rational(2, 3) * (1 + 1 / L) ** (2 * L) + 2 * TARGET.symbol**2,
    stable=Rational(2, 3) * exponential(2 * L * log1p(1 / L)) + 2 * TARGET.symbol**2,
    where="after (4.3), corrected",
    status="corrected",
    derivation="|y'| <= |x| (1 + 1/L)^L, and the mean of x^2 is 1/3.",
)

odd_loss_floor = _form(
    name="odd_loss_floor",
    expr=TARGET.symbol**2 / 2,
    parameters=(TARGET,),
    where="section 4.1, C10k",
    status="derived",
    assumptions=("inputs symmetric about 0",),
    derivation=(
        "A network of tanh without biases is odd in x: E (h_L - y)^2/2 = (E h_L^2 + y^2)/2 is at "
        "least y^2/2, which W_k = -1/delta_L nears as L grows. Of C10k, y = 0.01, it is 0.00005: "
        "no training tells the target from 0, nor learns a constant."
    ),
)

_sum = partial(_form, parameters=(FEW_LAYERS,), assumptions=("inputs symmetric about 0",))

rate_sum_printed = _sum(
    name="rate_sum_printed",
    expr=Integer(1),
    where="section 4, (3.34)",
    status="printed",
    superseded_by="rate_sum",
    reading=Reading(
        says="a letter B names models that are coherent with the assumptions of Theorem 3.3.3 or "
        "3.5.2, of which (3.34) asks for a sum over r = 1..T_L of eta(r) sqrt(C_l)/(r + 1)^(rho/2) "
        "below 1/(10 d)",
        shows="that sum over 1/(10 d), of C10k-B33 and of the mean square gradients themselves",
        kind="wrong assumption",
        consequence="section 4.3 says itself that Assumption 3.5.1 fails on C10k; the runs at "
        "alpha = 1/2 test no theorem: B31 and B33 at each depth of "
        "the tables and B32 from 512 on whatever training does, B32 before by its gradients",
        convention="d = 1, eta = 1, T_L = 5 log L; (y - y')^2, of which the tables are; (3.33) "
        "bounds the mean square gradients, so the sum that (3.34) has is larger",
        cause="of an odd network and a constant y the mean square gradient never falls below 4 y^2",
        true_if="5 eta log L is below about 0.1: gradients begin from a root mean square of 0.86",
    ),
)

rate_sum = _sum(
    name="rate_sum",
    expr=log(L) - Rational(1, 5),
    where="section 4, (3.34), of C10k-B33",
    status="corrected",
    derivation=(
        "The sum is that at least: each of at least 5 log L - 1 steps adds 10 times 2 y, y = "
        "0.01. The runs have 14 times that."
    ),
)
