"""Sure bounds on layers, gradients and weights of one step (Lemmas 3.2.1 to 3.2.4, Theorem 3.5.2).

All norms are those of Frobenius, as in the paper. Where the weights of all layers have the norm
s/(L delta_L), a layer multiplies |h| by 1 - s/L at least and 1 + s/L at most, as |sigma(z)| <= |z|.
"""

from __future__ import annotations

from functools import partial

from sympy import E, Integer, exp, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.reading import Reading
from theory.weight_paths.parameters import (
    ALPHA,
    DIMENSION,
    FEW_LAYERS,
    GAMMA,
    INPUT,
    NORM,
    RATE,
    SCALE,
    STRENGTH,
)

_form = partial(
    ClosedForm,
    subject="weight_paths",
    paper="susanna2024",
    assumptions=("|sigma(z)| <= |z|, |sigma'| <= 1, sigma' 1-Lipschitz",),
    lies_in=Reals(0),
)

s, L, d, alpha = STRENGTH.symbol, FEW_LAYERS.symbol, DIMENSION.symbol, ALPHA.symbol
delta, b, r, eta = SCALE.symbol, NORM.symbol, INPUT.symbol, RATE.symbol

# Lemmas 3.2.1 and 3.2.2 -----------------------------------------------------------------------

_growth = partial(_form, parameters=(FEW_LAYERS, STRENGTH))

hidden_upper_bound_printed = _growth(
    name="hidden_upper_bound_printed",
    expr=exp(s),
    where="(3.1)",
    status="printed",
    improved_by="hidden_upper_bound",
    lies_in=Reals(1),
    derivation="|h_L|/|x| <= exp(sum of delta_L |W_k|).",
)

hidden_upper_bound = _growth(
    name="hidden_upper_bound",
    expr=(1 + s / L) ** L,
    stable=exponential(L * log1p(s / L)),
    where="(3.1) sharpened",
    status="corrected",
    lies_in=Reals(1),
    derivation=(
        "The product of 1 + delta_L |W_k|, without log(1 + x) <= x. Aligned weights of rank one "
        "come arbitrarily near for small x, where tanh is linear."
    ),
)

hidden_lower_bound_printed = _growth(
    name="hidden_lower_bound_printed",
    expr=exp(s * (1 - 4 * s / L - 2 * (s / L) ** 3)),
    where="(3.3)",
    status="printed",
    superseded_by="hidden_lower_bound",
    reading=Reading(
        says="|h_k| >= |x| exp(delta_L sum of |W_j| (1 - 4 delta_L |W_j| - 2 delta_L^3 |W_j|^3))",
        kind="slip of print",
        consequence="the line; the last line of the proof has it right, and (3.21) and (3.22) use "
        "that one",
        convention="k = L, all |W_j| alike, delta_L |W_j| <= 1/L as the proof has it",
        cause="a minus sign is lost before delta_L, and 4 and 2 have the wrong one: layers with "
        "delta_L |W_j| < 0.24 would have to grow, and W_j = -c u u^T shrinks them; with the first "
        "sign put back, which our copy may have lost, it fails for the same weights",
        true_if="every W_j = 0, or weights aligned with layers so short that sigma is linear",
    ),
)

hidden_lower_bound_of_proof_printed = _growth(
    name="hidden_lower_bound_of_proof_printed",
    expr=exp(-s * (1 + 4 * s / L + 2 * (s / L) ** 3)),
    where="Lemma 3.2.2, last line of the proof",
    status="printed",
    improved_by="hidden_lower_bound",
    derivation=(
        "It holds, though not by its proof: of y = delta_L |W_j|, Delta^2 <= 4 y^2 + 2 y^4 fails "
        "below y = 4, as (2 y + y^2)^2 has 4 y^3; log(1 - y) >= -y - 4 y^2 - 2 y^4 up to y = 1/3 "
        "is enough."
    ),
)

hidden_lower_bound = _growth(
    name="hidden_lower_bound",
    expr=(1 - s / L) ** L,
    stable=exponential(L * log1p(-s / L)),
    where="(3.3) corrected",
    status="corrected",
    derivation="The product of 1 - delta_L |W_k|, which W_k = -c u u^T nears for small x.",
)

squared_change_bound_printed = _growth(
    name="squared_change_bound_printed",
    expr=4 * (s / L) ** 2 + 2 * (s / L) ** 4,
    where="Lemma 3.2.2, before (3.3)",
    status="printed",
    superseded_by="squared_change_bound",
    reading=Reading(
        says="Delta_j^2 <= 4 delta_L^2 |W|^2 + 2 delta_L^4 |W|^4, from Delta_j <= 2 delta_L |W| + "
        "delta_L^2 |W|^2",
        kind="lost factor or term",
        consequence="the line; the bound that it is used for holds by log(1 - y) >= -y - 4 y^2 - 2 "
        "y^4 for y <= 1/3",
        convention="Delta_j is what layer j adds to |h|^2, over |h|^2; y = delta_L |W| = s/L",
        cause="the square of 2 y + y^2 has the term 4 y^3, which is above y^4 below y = 4",
        true_if="y = 0, or y >= 4, beyond the assumptions; or the layer only ever shrinks",
    ),
)

squared_change_bound = _growth(
    name="squared_change_bound",
    expr=(s / L) ** 2 * (2 + s / L) ** 2,
    where="Lemma 3.2.2, before (3.3), corrected",
    status="corrected",
    derivation="(2 y + y^2)^2 itself, which a short layer nears that its weights are aligned with.",
)

# Jacobians and gradients ----------------------------------------------------------------------

_jacobian = partial(_form, parameters=(FEW_LAYERS, STRENGTH, DIMENSION), lies_in=Reals(1))

jacobian_bound_printed = _jacobian(
    name="jacobian_bound_printed",
    expr=sqrt(d) * exp(s),
    where="(3.2)",
    status="printed",
    improved_by="jacobian_bound",
    derivation=(
        "|M_0| <= sqrt(d) exp(sum of delta_L |W_k|). It holds, though not by its proof, which "
        "takes the norm of a product applied to e_m to be at most the product of the norms of "
        "columns; the product of spectral norms is enough."
    ),
)

jacobian_bound = _jacobian(
    name="jacobian_bound",
    expr=sqrt(d) - 1 + (1 + s / L) ** L,
    stable=sqrt(d) - 1 + exponential(L * log1p(s / L)),
    where="(3.2) sharpened",
    status="corrected",
    derivation=(
        "|M - I| is at most the product of 1 + delta_L |W_k|, less 1, and |I| is sqrt(d). The "
        "spectral norm of M has no sqrt(d) at all."
    ),
)

jacobian_bound_of_steps_printed = _jacobian(
    name="jacobian_bound_of_steps_printed",
    expr=exp(s),
    where="Theorem 3.5.2, proof",
    status="printed",
    superseded_by="jacobian_bound",
    reading=Reading(
        says="|M_k|, |h_k| <= exp(1), where the weights have norms of at most L^-beta",
        shows="the same of weights of the norm s L^-beta, exp(s)",
        kind="lost factor or term",
        consequence="the line; the proof goes on with G <= d e sqrt(C_l), which has the sqrt(d)",
        convention="norms of Frobenius",
        cause="the sqrt(d) of (3.2), which the same line of Theorem 3.3.3 has: at W = 0, M_k is "
        "the identity, whose norm is above e from d = 8 on",
        true_if="d = 1; or the norm is the spectral one",
    ),
)

_factor = partial(_form, parameters=(DIMENSION,))

gradient_factor_printed = _factor(
    name="gradient_factor_printed",
    expr=sqrt(d),
    where="(3.5), (3.6)",
    status="printed",
    improved_by="gradient_factor",
    derivation=(
        "|grad_k J| over delta_L max |M_{k+1}| |h_k| and the root of the mean square gradient of "
        "the loss. The proof prints |dh_{k+1}/dW_k| <= d delta_L^2 |h_k|^2 for its square."
    ),
)

gradient_factor = _factor(
    name="gradient_factor",
    expr=Integer(1),
    where="(3.5) sharpened",
    status="corrected",
    derivation=(
        "Of one sample the gradient is delta_L (sigma' M^T g) h^T, a matrix of rank one, of norm "
        "at most delta_L |M| |g| |h|: no sqrt(d), which d = 1 attains."
    ),
)

# Lemma 3.2.4 ----------------------------------------------------------------------------------

_increment = partial(_form, parameters=(SCALE, NORM, INPUT))

increment_bound_printed = _increment(
    name="increment_bound_printed",
    expr=2 * sqrt(2) * delta * r**2 * b + sqrt(2) * delta**2 * r**2 * b**2,
    where="(3.8)",
    status="printed",
    superseded_by="increment_bound",
    reading=Reading(
        says="|W_{k,k+1}(t+1)| <= |W_{k,k+1}(t)| (1 + 2 sqrt(2) eta delta G |h_k|^2) + sqrt(2) eta "
        "delta^2 G |h_k| (2 |W_{k+1}| |W_k| |h_k| + sqrt(2) |W_k| + |W_{k+1}|^2 |h_{k+1}|)",
        shows="what it allows the gradients of two layers to differ by, over G, at W_k = 0 where "
        "h_{k+1} = h_k",
        kind="lost factor or term",
        consequence="statement and proof of the lemma, at small |h_k|; Theorems 3.3.3 and 3.5.2 "
        "stand, with 2 e L^-beta + sqrt(2) + 1 for 3 e L^-beta + sqrt(2) in their proofs",
        convention="G as in (3.6), of the layer k + 1; norms of Frobenius; t fixed, one sample",
        cause="(3.11) bounds a term that is linear in W_{k+1} by |W_{k+1}|^2 |h_{k+1}|: a factor "
        "|W_{k+1}| |h_{k+1}| too many",
        true_if="|W_{k+1}| |h_{k+1}| >= 1, or |h_k| >= 0.55 delta",
    ),
)

increment_bound = _increment(
    name="increment_bound",
    expr=delta * r**2 * b + delta**2 * r * b,
    where="(3.8) corrected",
    status="corrected",
    derivation=(
        "At W_k = 0 of delta |h_k|^2 |W_{k,k+1}| + delta^2 |h_k| (|W_{k+1}| |W_k| |h_k| + |W_k| + "
        "|W_{k+1}|): the triangle inequality over the terms themselves, not over their squares."
    ),
)

# Theorem 3.3.3 --------------------------------------------------------------------------------

_trained = partial(_form, where="Theorem 3.3.3", status="printed", assumptions=("L great enough",))

trained_weight_bound = _trained(
    name="trained_weight_bound",
    expr=L ** (alpha - 1),
    parameters=(FEW_LAYERS, ALPHA),
)

trained_increment_bound = _trained(
    name="trained_increment_bound",
    expr=L ** (alpha - 1 - 1 / GAMMA.symbol),
    parameters=(FEW_LAYERS, ALPHA, GAMMA),
)

# Theorem 3.5.2 --------------------------------------------------------------------------------

_step = partial(_form, parameters=(FEW_LAYERS, ALPHA, RATE), where="Theorem 3.5.2, (3.34)")

first_step_bound_printed = _step(
    name="first_step_bound_printed",
    expr=L ** (alpha - 1),
    status="printed",
    superseded_by="first_step_bound",
    reading=Reading(
        says="|W(t)| <= L^-beta where the sum over r = 1..T_L of eta(r) sqrt(C_l)/(r + 1)^(rho/2) "
        "is below 1/(10 d)",
        shows="the bound after the first step, which has the rate eta(0)",
        kind="slip of print",
        consequence="the statement: a first step of any size is allowed; the proof sums from r = 0 "
        "and needs that, and the rates of Remark 3.5.3 meet it",
        convention="d = 1, one sample, (1/2)|y - h_L|^2; |W(0)| = L^-beta/10; T_L = 1, or a first "
        "step that hits y, after which (3.33) holds for every rho",
        regime={"alpha": Reals(0.5, 1)},
        cause="the sum begins at r = 1, and the steps are r = 0..T_L - 1; L = 64, alpha = 1/2, x = "
        "0.25, y = 0.99, eta(0) = 6.58 lands on y with |W| = 0.174, where 0.125 is claimed",
        true_if="the sum begins at r = 0, where d Lambda < 1/10 is enough and the proof asks for d "
        "sqrt(d) Lambda; or alpha > 1/2 and M may depend on eta(0)",
    ),
)

first_step_bound = _step(
    name="first_step_bound",
    expr=L ** (alpha - 1) / 10 + L ** (-alpha) * eta * (1 + E) * E**2,
    status="corrected",
    derivation=(
        "L^-beta/10 + L^-alpha eta(0) d e^2 sqrt(C_l) at d = 1, as in the proof, with sqrt(C_l) = "
        "1 + e: |y| <= 1 and |h_L| <= e."
    ),
)
