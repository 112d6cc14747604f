"""How far training moves scaled weights, and the 1-variation of their paths (sections 3.3, 3.4).

Weights start with norms of L^-beta/2 and increments of L^(-1/gamma - beta)/(2e) at most, as
Assumption 3.1.1 (iii) has it at nu = 1, and learn labels |y| <= 1 at inputs |x| <= 1 by the loss
|y - h_L|^2/2, whose gradient is 1 + e at most while no norm exceeds L^-beta.
"""

from __future__ import annotations

from functools import partial

from sympy import E, Integer, Max, Rational, exp, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.reading import Reading
from theory.weight_paths.parameters import (
    ALPHA,
    DIMENSION,
    GAMMA,
    LAYERS,
    POWER,
    RATE,
    RATE_POWER,
    TOTAL_RATE,
)

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024")

_ALPHA = ALPHA.narrowed(Reals(0.5, 1))
_SMALL = "S e (1 + e) L^(1 - 2 alpha) <= 1/2"
_LASTING = "1 - 2 alpha + rho <= 0"
L, d, alpha, gamma = LAYERS.symbol, DIMENSION.symbol, ALPHA.symbol, GAMMA.symbol
S, rho, eta = TOTAL_RATE.symbol, RATE_POWER.symbol, RATE.symbol

# How far weights move --------------------------------------------------------------------------

_movement = partial(_form, parameters=(LAYERS, _ALPHA, DIMENSION, TOTAL_RATE), lies_in=Reals(0))
_HALF = Rational(1, 2)
_q = S * E * (1 + E) * L ** (1 - 2 * alpha)

movement_bound_printed = _movement(
    name="movement_bound_printed",
    expr=S * d * E**2 * (1 + E) * L ** (1 - 2 * alpha),
    where="(3.23)",
    status="printed",
    improved_by="movement_bound",
    assumptions=(_SMALL,),
    derivation=(
        "L^beta |W_k(t) - W_k(0)| <= L^(beta - alpha) d sqrt(C_l) e^2 times the sum of the rates, "
        "sqrt(C_l) = 1 + e. It tends to 0 for alpha > 1/2: to have |W_k| <= L^-beta the proof "
        "shows that nothing moves."
    ),
)

movement_bound = _movement(
    name="movement_bound",
    expr=S * L ** (1 - 2 * alpha) * exp(_q + _HALF) * (1 + exp(_q + _HALF)),
    where="(3.23) sharpened",
    status="corrected",
    assumptions=(_SMALL,),
    derivation=(
        "|M_{k+1}| |h_k| in spectral norms is at most exp(sum of delta_L |W_j|), and so e: "
        "q = S e (1 + e) L^(1 - 2 alpha) bounds the movement; if that is 1/2 at most, the sum is "
        "1/2 + q at most, and |y - h_L| is 1 + exp(1/2 + q). Aligned weights come near it as L "
        "grows."
    ),
)

training_exponent = _form(
    name="training_exponent",
    expr=1 - 2 * alpha + rho,
    parameters=(_ALPHA, RATE_POWER),
    where="Theorem 3.3.3, for rates of L^rho",
    status="derived",
    assumptions=(_LASTING,),
    derivation=(
        "The gradient of W_k is L^-alpha M_{k+1}^T (h_L - y) h_k^T to leading order: a step of the "
        "rate L^rho moves L^beta W_k by L^(rho + beta - alpha), smoothly in k, and the loss by the "
        "sum of L squared gradients, L^(rho + 1 - 2 alpha). Of greater rates that holds of "
        "the weights at the first step alone, and of the loss at none."
    ),
)

# Variations ------------------------------------------------------------------------------------

_LATER = E * L ** (alpha - 1) + 2

_variation = partial(_form, parameters=(LAYERS, _ALPHA, GAMMA, TOTAL_RATE), lies_in=Reals(0))

variation_bound_printed = _variation(
    name="variation_bound_printed",
    expr=Integer(1),
    where="Theorem 3.4.2 and Proposition 3.4.6, last lines of the proofs",
    status="printed",
    improved_by="variation_bound",
    assumptions=("deep enough for (3.25)",),
    derivation="The sum of L - 1 increments of L^(-1/gamma) at most; the text adds up L of them.",
)

variation_bound = _variation(
    name="variation_bound",
    expr=(L - 1)
    * exp(S * (1 + E) * E**2 * L**-alpha)
    * (
        L ** (-1 / gamma) / (2 * E)
        + S * (1 + E) * E * L ** (-2 * alpha) * (E * L ** (alpha - 1) + 2)
    ),
    where="Theorem 3.4.2 sharpened",
    status="corrected",
    assumptions=(_SMALL,),
    derivation=(
        "Increments c of a step grow by eta L^-alpha (1 + e) e^2 c + eta L^(-2 alpha - beta) (1 + "
        "e) e (e L^-beta + 2), by (3.8) mended, where |M_{k+2}| |h_k| <= e; then Gronwall. It "
        "needs no gamma > 1/(2 alpha), and tends to L^(1 - 1/gamma)/(2e) of such gamma: to 1/(2e) "
        "= 0.184 at gamma = 1, and to 0 below."
    ),
)

norm_variation_bound_printed = _variation(
    name="norm_variation_bound_printed",
    expr=Integer(1),
    where="Theorem 3.4.4, last line of the proof, and Corollary 3.4.5",
    status="printed",
    improved_by="variation_bound",
    assumptions=("deep enough for (3.25)",),
    derivation=(
        "|W*_t - W*_s| <= lim sup |W_t - W_s| <= |t - s| at gamma = 1, and 0 below, of any cells."
    ),
)

_one_step = partial(_form, parameters=(LAYERS, _ALPHA, GAMMA, RATE), lies_in=Reals(0))

one_step_variation_bound_printed = _one_step(
    name="one_step_variation_bound_printed",
    expr=Integer(1),
    where="Theorem 3.4.2, as it is stated",
    status="printed",
    superseded_by="one_step_variation_bound",
    reading=Reading(
        says="under Assumption 3.1.1 and Assumption 3.3.2 with nu = 1, gamma in (1/(2 alpha), 1] "
        "and alpha > 1/2 there is K > 0 that bounds the 1-variation of the scaled weights at all "
        "depths",
        shows="the bound of the proof, of all L that are large enough",
        kind="matter of reading",
        consequence="the statements of Theorems 3.4.2, 3.4.4 and 3.4.7 and of Proposition 3.4.6 as "
        "they stand; the proofs call Theorem 3.3.3, whose (3.18) limits rates and steps",
        convention="d = 2; T_L = 1, a step of any rate, which may be L^(2 alpha) at the depth L",
        cause="neither of the two assumptions says anything of learning rates, and one step makes "
        "a variation in proportion to its rate, a constant times eta L^(1 - 2 alpha)",
        true_if="(3.18): rates of at most 1, and Q log L steps",
    ),
)

one_step_variation_bound = _one_step(
    name="one_step_variation_bound",
    expr=(L - 1)
    * (
        (1 + eta * (1 + E) * E**2 * L**-alpha) * L ** (-1 / gamma) / (2 * E)
        + eta * (1 + E) * E * L ** (-2 * alpha) * _LATER
    ),
    where="Theorem 3.4.2, of one step",
    status="corrected",
    derivation="As variation_bound, of one step, before which no norm exceeds L^-beta/2.",
)

_decaying = partial(_form, parameters=(LAYERS, _ALPHA, GAMMA), lies_in=Reals(0))
_DECAYING = "nu = 1/5, and (3.34) with its first step, d Lambda <= 1/10"

decaying_variation_bound_printed = _decaying(
    name="decaying_variation_bound_printed",
    expr=(L - 1) * L ** (-1 / gamma) * (1 + sqrt(2) * E**3 * (3 * E + sqrt(2))) / 10,
    where="Theorem 3.5.2, Remark 3.5.4",
    status="printed",
    improved_by="decaying_variation_bound",
    assumptions=(_DECAYING,),
    derivation=(
        "L - 1 increments, each of L^-(1/gamma) (1/10 + sqrt(2) e^3 (3 e + sqrt(2))/10) at most, "
        "27.3 L^(-1/gamma), from L^alpha = 5.7 on and for gamma >= 1/(2 alpha)."
    ),
)

decaying_variation_bound = _decaying(
    name="decaying_variation_bound",
    expr=(L - 1)
    * exp(E**2 * L**-alpha / 10)
    * (L ** (-1 / gamma) / (10 * E) + E * L ** (-2 * alpha) * _LATER / 10),
    where="Theorem 3.5.2, Remark 3.5.4, sharpened",
    status="corrected",
    assumptions=(_DECAYING,),
    derivation=(
        "As variation_bound, with Lambda <= 1/10 for S (1 + e): at alpha = 1/2 and gamma = 1 it "
        "tends to 1/(10 e) + e/5 = 0.58, which is 47 times less. Training keeps its share there."
    ),
)

variation_exponent = _form(
    name="variation_exponent",
    expr=Max(1 - 1 / gamma, 1 - 2 * alpha),
    parameters=(GAMMA, _ALPHA),
    where="Theorem 3.4.2, its rate",
    status="derived",
    derivation=(
        "L - 1 increments of L^(-1/gamma)/(2e), the largest that are allowed at the start; a step "
        "of a rate that has no depth adds increments of L^(-2 alpha), as gradients of neighbours "
        "differ by 1/L of what scaled weights move by, L^(1 - 2 alpha)."
    ),
)

alternating_variation = _form(
    name="alternating_variation",
    expr=(L - 1) ** (1 / POWER.symbol) * L ** (-1 / gamma) / (2 * E),
    parameters=(LAYERS, GAMMA, POWER),
    where="Theorem 3.4.7, of weights that go up and down",
    status="derived",
    lies_in=Reals(0),
    derivation=(
        "All L - 1 increments count, as no part of the path goes farther than one. Such weights "
        "tend to a constant, from which they are as far in p-variation as this: at gamma = 1 it "
        "tends to 0 for p > 1, as the theorem has it, and to 1/(2e) for p = 1."
    ),
)
