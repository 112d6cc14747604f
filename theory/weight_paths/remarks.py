"""What remarks say of learning rates and of data (Remarks 3.3.5 and 3.5.3, after Theorem 3.3.1)."""

from __future__ import annotations

from functools import partial

from sympy import exp, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.reading import Reading
from theory.weight_paths.parameters import (
    ALPHA_OF_THRESHOLD,
    DECAY,
    GAMMA,
    GRADIENT,
    LAYERS,
    MARGIN,
    RATE_FACTOR,
    SAMPLES,
    STEP,
)

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024", lies_in=Reals(0))

L, alpha, gamma = LAYERS.symbol, ALPHA_OF_THRESHOLD.symbol, GAMMA.symbol
epsilon, rho, Q = MARGIN.symbol, DECAY.symbol, RATE_FACTOR.symbol
C, N, r = GRADIENT.symbol, SAMPLES.symbol, STEP.symbol

_root_e = sqrt(exp(1))

_first_increment = partial(
    _form,
    parameters=(LAYERS, ALPHA_OF_THRESHOLD, GAMMA, MARGIN),
    assumptions=("|sigma(z)| <= |z|, |sigma'| <= 1, sigma' 1-Lipschitz",),
)

first_increment_bound_printed = _first_increment(
    name="first_increment_bound_printed",
    expr=L ** (alpha - 1 - 1 / gamma),
    where="Remark 3.3.5",
    status="printed",
    superseded_by="first_increment_bound",
    reading=Reading(
        says="the bounds of Theorem 3.3.3 hold for rates of L^(alpha - beta - epsilon), for any "
        "epsilon > 0 and gamma in (1/(2 alpha), 1]",
        shows="the bound L^(-1/gamma - beta) on increments after the first step",
        kind="wrong regime",
        consequence="the remark, and the rate that it calls a practical choice, for gamma < 1; the "
        "theorem has rates of at most 1 and stands",
        convention="eta(0) = L^(alpha - beta - epsilon), layers all alike at the start, |W| <= "
        "L^-beta/2, the loss (1/2)|y - h_L|^2 of one sample",
        regime={"gamma": Reals(0.5, 1)},
        cause="the second condition that the remark prints, L^(-2 alpha + 1/gamma) times the sum "
        "of rates below a constant, is L^(1/gamma - 1 - epsilon) log L: what one step makes "
        "leaves the bound by as large a factor as one likes as L grows",
        true_if="epsilon > 1/gamma - 1, so of any epsilon > 0 at gamma = 1 alone",
    ),
)

first_increment_bound = _first_increment(
    name="first_increment_bound",
    expr=L ** (alpha - 2 - epsilon)
    * _root_e
    * (1 + _root_e)
    * (1 + _root_e * L ** (alpha - 1) / 4),
    where="Remark 3.3.5 corrected",
    status="corrected",
    derivation=(
        "eta delta^2 |M_{k+2}| |h_k| |g| (|W|^2 |h_k| + 2 |W|), the mended Lemma 3.2.4 where all "
        "layers are alike: |W| <= L^-beta/2, |M_{k+2}| |h_k| <= sqrt(e) with the spectral norm, "
        "|h_k| <= sqrt(e), |g| <= 1 + sqrt(e)."
    ),
)

_term = partial(_form, parameters=(RATE_FACTOR, GRADIENT, DECAY, MARGIN, STEP))

rate_term_printed = _term(
    name="rate_term_printed",
    expr=Q * (r + 1) ** (rho / 2 - 1 - epsilon) * sqrt(C / (r + 1) ** (rho / 2)),
    where="Remark 3.5.3",
    status="printed",
    superseded_by="rate_term",
    reading=Reading(
        says="rates of Q/(r + 1)^(1 - rho/2 + epsilon) have a sum of eta(r) sqrt(C_l/(r + "
        "1)^(rho/2)) that is at most that of Q sqrt(C_l)/(r + 1)^(1 + epsilon)",
        shows="the term r of the sum on the left, to be that of (3.34)",
        kind="slip of print",
        consequence="the line, which is false as printed for every rho > 0, and whose left side "
        "has no bound in T_L where epsilon <= rho/4; with the term of (3.34) the remark stands",
        cause="the power of (3.34), rho/2, is that of the root of (3.33) already, and comes under "
        "the root once more",
        true_if="rho = 0, or the power under the root is rho",
    ),
)

rate_term = _term(
    name="rate_term",
    expr=Q * sqrt(C) * (r + 1) ** (-1 - epsilon),
    where="Remark 3.5.3 corrected",
    status="corrected",
    derivation="eta(r) times the root of C_l/(r + 1)^rho.",
)

_separated = partial(_form, parameters=(SAMPLES,), lies_in=Reals(1))

separated_dimension_printed = _separated(
    name="separated_dimension_printed",
    expr=N**4,
    where="after Theorem 3.3.1, of (3.12)",
    status="printed",
    superseded_by="separated_dimension",
    reading=Reading(
        says="(3.12), |<x_i, x_j>| <= exp(-4 c_0)/(8 N), implies d > N^4",
        kind="wrong regime",
        consequence="the sentence; what Theorem 3.3.3 gains by doing without (3.12) is less than "
        "it says",
        convention="unit vectors x_1..x_N in R^d, N >= 2",
        cause="two orthogonal unit vectors of the plane meet (3.12), and N of them in R^N",
        true_if="N = 1, but for the strict sign",
    ),
)

separated_dimension = _separated(
    name="separated_dimension",
    expr=N,
    where="after Theorem 3.3.1, of (3.12), corrected",
    status="corrected",
    derivation=(
        "The matrix of <x_i, x_j> has 1 on its diagonal and less than 1/8 in a row beside it: it "
        "is not singular, so d >= N, which orthogonal vectors attain."
    ),
)
