"""Bounds on Lipschitz constants by norms of the weights (Theorems 4 and 5 and their proofs).

The paper writes |.|_2 and |.|_1 of matrices and does not say which. Of |.|_2 the spectral norm and
that of Frobenius both make Theorem 4 true, and Theorem 1 only that of Frobenius; of |.|_1 it is the
sum of absolute entries alone that makes Theorems 4 and 5 true. So norms of Frobenius and sums of
absolute entries make Theorems 1, 4 and 5 true together, and none else of these does.
"""

from __future__ import annotations

from functools import partial

from sympy import gamma, pi, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.lowering.elementary import exponential
from theory.lowering.half_step import log_half_step
from theory.parameters import Parameter
from theory.reading import Reading
from theory.regularisation.norms import HE, INPUTS, LAYERS, UNITS

FEW_LAYERS = LAYERS.narrowed(Integers(1, 1000), typical=(2, 5))
NORM = Parameter("norm", "b", Reals(1e-3, 1e3), "norm b of each matrix of weights", (0.5, 2.0))
TOTAL_NORM = Parameter(
    "norm", "s", Reals(1e-3, 1e3), "sum s of the norms of all matrices of weights", (0.5, 2.0)
)

L, D, D0 = FEW_LAYERS.symbol, UNITS.symbol, INPUTS.symbol
b, s = NORM.symbol, TOTAL_NORM.symbol

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", lies_in=Reals(0))
_of_layers = partial(
    _form, parameters=(FEW_LAYERS, NORM), where="Theorem 4, eq 23", status="printed", expr=b**L
)

INDUCED = "|W|_1 is the operator norm of L1, the greatest sum of absolute entries of a column"

# Theorem 4 -------------------------------------------------------------------------------------

lipschitz_bound_of_spectral_norms = _of_layers(
    name="lipschitz_bound_of_spectral_norms",
    derivation="The constant of a product of maps; matrices of rank one, aligned, attain it.",
)

lipschitz_bound_of_frobenius_norms = _of_layers(
    name="lipschitz_bound_of_frobenius_norms",
    derivation="A spectral norm is at most that of Frobenius, as a matrix of rank one has it.",
)

spectral_bound_of_entrywise_norms = _of_layers(
    name="spectral_bound_of_entrywise_norms",
    derivation="|W| is at most the sum of absolute entries, as one entry has it.",
)

frobenius_bound_of_entrywise_norms = _of_layers(
    name="frobenius_bound_of_entrywise_norms",
    derivation="The root of a sum of squares is at most the sum of absolute values.",
)

_of_inputs = partial(_form, parameters=(FEW_LAYERS, NORM, INPUTS), where="Theorem 4, eq 23")

lipschitz_bound_of_induced_norms_printed = _of_inputs(
    name="lipschitz_bound_of_induced_norms_printed",
    expr=b**L,
    status="printed",
    superseded_by="lipschitz_bound_of_induced_norms",
    reading=Reading(
        says="the Lipschitz constant is at most the product of the L1 norms of the weights",
        kind="matter of reading",
        consequence="nothing, where |W|_1 is the sum of absolute entries; in the sense of operator "
        "norms Theorem 4 and eq 31 fall for two inputs and more; what Remark 1 says of L1 "
        "regularisation stands up to sqrt(D_0)",
        convention=INDUCED + ", which is 1 of W = (1, 1), whose f has the constant sqrt(2)",
        cause="distances are Euclidean, and |g|_2 <= sqrt(D_0) max |g_i|",
        true_if="|W|_1 is the sum of absolute entries; or distances of inputs are in L1; or there "
        "is one input",
    ),
)

lipschitz_bound_of_induced_norms = _of_inputs(
    name="lipschitz_bound_of_induced_norms",
    expr=sqrt(D0) * b**L,
    status="corrected",
    derivation=(
        "The gradient, a row, has max |g_i| <= b^L as gates are at most 1, and so |g|_2 <= "
        "sqrt(D_0) b^L, which columns alike attain."
    ),
)

_of_widths = partial(_form, parameters=(FEW_LAYERS, NORM, UNITS, INPUTS), where="Theorem 4, eq 23")

spectral_bound_of_induced_norms_printed = _of_widths(
    name="spectral_bound_of_induced_norms_printed",
    expr=b**L,
    status="printed",
    superseded_by="spectral_bound_of_induced_norms",
    reading=Reading(
        says="the L2 norm is upper bounded by the L1 norm",
        kind="matter of reading",
        consequence="nothing, where |W|_1 is the sum of absolute entries; in the sense of operator "
        "norms the second inequality of Theorem 4 falls",
        convention=INDUCED + "; W = (1, 1) has |W|_2 = sqrt(2) and |W|_1 = 1",
        cause="it holds of vectors, and of matrices of entrywise norms",
        true_if="|W|_1 is the sum of absolute entries",
    ),
)

spectral_bound_of_induced_norms = _of_widths(
    name="spectral_bound_of_induced_norms",
    expr=sqrt(D0) * D ** ((L - 1) / 2) * b**L,
    status="corrected",
    derivation=(
        "|W x|_2 <= |W x|_1 <= |W|_1 |x|_1 <= sqrt(n) |W|_1 |x|_2 of n columns, which n columns "
        "(1, 0, .., 0) attain."
    ),
)

# Theorem 5 -------------------------------------------------------------------------------------

path_norm_bound_of_entrywise_norms_printed = _form(
    name="path_norm_bound_of_entrywise_norms_printed",
    expr=s**L,
    parameters=(FEW_LAYERS, TOTAL_NORM),
    where="Theorem 5, eq 24",
    status="printed",
    improved_by="path_norm_bound_of_entrywise_norms",
    derivation=(
        "psi_P1 <= psi_L1^L, which the paper takes from Neyshabur et al. (2015, Theorem 5). Of one "
        "matrix it is sharp."
    ),
)

path_norm_bound_of_entrywise_norms = _form(
    name="path_norm_bound_of_entrywise_norms",
    expr=(s / L) ** L,
    parameters=(FEW_LAYERS, TOTAL_NORM),
    where="Theorem 5, eq 24, sharpened",
    status="corrected",
    derivation=(
        "A sum over paths is at most the product of the sums of all absolute entries, of which "
        "paths are some terms; and the product of L numbers of the sum s is at most (s/L)^L. One "
        "entry s/L a matrix, on one path, attains it."
    ),
)

_of_sums = partial(_form, parameters=(FEW_LAYERS, TOTAL_NORM, INPUTS), where="Theorem 5, eq 24")

path_norm_bound_of_induced_norms_printed = _of_sums(
    name="path_norm_bound_of_induced_norms_printed",
    expr=s**L,
    status="printed",
    superseded_by="path_norm_bound_of_induced_norms",
    reading=Reading(
        says="psi_P1 <= psi_L1^L",
        kind="matter of reading",
        consequence="nothing, where |W|_1 is the sum of absolute entries; in the sense of operator "
        "norms Theorem 5 falls for D_0 > L^L inputs",
        convention=INDUCED + "; W = (1, 1) has psi_P1 = 2 and psi_L1 = 1",
        cause="every input begins paths, and a norm that is the greatest of columns counts one",
        true_if="|W|_1 is the sum of absolute entries, or of rows the greatest",
    ),
)

path_norm_bound_of_induced_norms = _of_sums(
    name="path_norm_bound_of_induced_norms",
    expr=D0 * (s / L) ** L,
    status="corrected",
    derivation=(
        "Paths from one input sum to at most the product of the norms, that to (s/L)^L, and there "
        "are D_0 inputs; columns alike attain it."
    ),
)

# The proof of Theorem 5 ------------------------------------------------------------------------

_of_units = partial(
    _form, parameters=(UNITS,), where="Appendix A.2, eq 36", assumptions=(HE,), lies_in=Reals(0)
)

worst_gradient_printed = _of_units(
    name="worst_gradient_printed",
    expr=4 * sqrt(D) / pi,
    status="printed",
    superseded_by="worst_gradient",
    reading=Reading(
        says="the supremum over inputs of |grad f|_1 is the path norm",
        shows="what that makes of its mean at He's initialisation: the mean path norm of two "
        "matrices and one input",
        kind="wrong assumption",
        consequence="the line alone: Theorem 5 needs at most, which holds; of hidden units with "
        "weights of random signs the supremum is about 0.8/sqrt(D) of the path norm",
        cause="no input need open all gates, and open paths of either sign cancel: of f(x) = "
        "max(0, x) + max(0, -x) the gradient is 1 and the path norm 2",
        true_if="at most is said; or one input opens every unit, and weights have one sign",
    ),
)

worst_gradient = _of_units(
    name="worst_gradient",
    expr=4 * gamma((D + 1) / 2) / (sqrt(pi * D) * gamma(D / 2)),
    stable=sqrt(8 / pi) * exponential(log_half_step(D / 2)),
    status="corrected",
    derivation=(
        "Given W^1, f(1) and f(-1) are independent normals of variances a and b, a + b = (2/D) "
        "|W^1|^2, and max(|u|, |v|) = (|u + v| + |u - v|)/2 has the mean sqrt(2 (a + b)/pi); "
        "|W^1|/sqrt(2) is a chi variable of D degrees."
    ),
)
