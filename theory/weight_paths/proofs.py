"""Steps of the proofs of Lemmas 3.2.1, 3.2.3 and 3.2.4 that fail, where what they prove may stand.

All norms are those of Frobenius, as in the paper.
"""

from __future__ import annotations

from functools import partial

from sympy import Integer, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.reading import Reading
from theory.weight_paths.parameters import DIMENSION, FEW_LAYERS, INPUT, SCALE, STRENGTH

_form = partial(
    ClosedForm,
    subject="weight_paths",
    paper="susanna2024",
    assumptions=("|sigma(z)| <= |z|, |sigma'| <= 1, sigma' 1-Lipschitz",),
    lies_in=Reals(0),
)

s, L, d = STRENGTH.symbol, FEW_LAYERS.symbol, DIMENSION.symbol
delta, r = SCALE.symbol, INPUT.symbol

_column = partial(_form, parameters=(FEW_LAYERS, STRENGTH))

column_bound_printed = _column(
    name="column_bound_printed",
    expr=Integer(1),
    where="Lemma 3.2.1, proof of (3.2)",
    status="printed",
    superseded_by="column_bound",
    reading=Reading(
        says="the norm of a product of matrices I + delta_L A_i applied to e_m is at most the "
        "product of the norms of each applied to e_m",
        shows="the quotient of the two",
        kind="wrong assumption",
        consequence="the proof of (3.2), which holds by the product of spectral norms",
        convention="A_i = diag sigma'(W_i h_i) W_i, all |W_i| alike",
        cause="|A B e| <= |A e| |B e| fails for A = I + t e_1 e_2^T, B = I + t e_2 e_1^T and e = "
        "e_1: e_1 is no eigenvector of B",
        true_if="d = 1, or every W_i is diagonal",
    ),
)

column_bound = _column(
    name="column_bound",
    expr=((1 + s / L) / (1 - s / L)) ** (L - 1),
    stable=exponential((L - 1) * (log1p(s / L) - log1p(-s / L))),
    where="Lemma 3.2.1, proof of (3.2), corrected",
    status="corrected",
    derivation=(
        "Each matrix but the first has a spectral norm of 1 + s/L at most, and takes e_m to 1 - "
        "s/L at least; the first is in both products."
    ),
)

_split = partial(_form, parameters=(SCALE,))

split_bound_printed = _split(
    name="split_bound_printed",
    expr=Integer(1),
    where="Lemma 3.2.4, proof",
    status="printed",
    superseded_by="split_bound",
    reading=Reading(
        says="|grad_{k+1} J - grad_k J|^2 <= mean of |grad l|^2 |M_{k+2}|^2 (|D|^2 + |C|^2)",
        shows="the left side over the right",
        kind="lost factor or term",
        consequence="the line; the next one has the factor, 4 and 2 where 2 and 1 would follow",
        convention="D = dh_{k+2}/dW_{k+1} - dh_{k+1}/dW_k, C = delta_L diag sigma'(W_{k+1} h_{k+1})"
        " W_{k+1} dh_{k+1}/dW_k; one sample of one unit",
        cause="|D - C|^2 is up to twice |D|^2 + |C|^2, where D and C are opposite",
        true_if="<D, C> >= 0",
    ),
)

split_bound = _split(
    name="split_bound",
    expr=Integer(2),
    where="Lemma 3.2.4, proof, corrected",
    status="corrected",
    derivation="|D - C|^2 = 2 |D|^2 + 2 |C|^2 - |D + C|^2, and D = -C can be had.",
)

_derivative = partial(_form, parameters=(DIMENSION, SCALE, INPUT))

layer_derivative_bound_printed = _derivative(
    name="layer_derivative_bound_printed",
    expr=d * delta**2 * r**2,
    where="Lemma 3.2.3, proof",
    status="printed",
    superseded_by="layer_derivative_bound",
    reading=Reading(
        says="|dh_{k+1}/dW_k| <= d delta_L^2 |h_k|^2",
        kind="slip of print",
        consequence="the line; the next one takes it as that of the square",
        cause="the square of the norm is bounded, and the norm stands on the left",
        true_if="sqrt(d) delta_L |h_k| >= 1",
    ),
)

layer_derivative_bound = _derivative(
    name="layer_derivative_bound",
    expr=sqrt(d) * delta * r,
    where="Lemma 3.2.3, proof, corrected",
    status="corrected",
    derivation="delta |sigma'(W_k h_k)| |h_k|, which W_k = 0 makes sqrt(d) delta |h_k|.",
)
