"""Rademacher complexity of perceptrons of bounded norms, and what it bounds (Theorems 1 and 2)."""

from __future__ import annotations

from functools import partial

from sympy import Min, Rational, log, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.reading import Reading
from theory.regularisation.norms import LAYERS

# Of one matrix the product is empty, 1, and K < 1 would leave no perceptron to bound.
FEW_LAYERS = LAYERS.narrowed(Integers(2, 500), typical=(2, 5))
PRODUCT = Parameter(
    "product",
    "K",
    Reals(1e-3, 1e3),
    "bound K on the product of the norms of W^1..W^(L-1)",
    (0.5, 2),
)
SAMPLES = Parameter("samples", "N", Integers(1, 10**6), "number N of samples", (16, 256))
DIMENSION = Parameter(
    "dim", "d", Integers(1, 10**6), "d, the greatest of the inputs and the hidden widths", (4, 64)
)
LOSS = Parameter("loss", "c", Reals(1e-3, 1e3), "upper bound c of losses >= 0", (0.5, 2.0))
FAILURE = Parameter(
    "failure", "delta", Reals(1e-6, 0.5), "probability delta of a failure", (0.125, 0.25)
)

L, K, N, d = FEW_LAYERS.symbol, PRODUCT.symbol, SAMPLES.symbol, DIMENSION.symbol
c, delta = LOSS.symbol, FAILURE.symbol

UNIT_INPUTS = "inputs of norm 1 at most"

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", lies_in=Reals(0))
_bound = partial(
    _form,
    parameters=(FEW_LAYERS, PRODUCT, SAMPLES),
    where="Theorem 1, eq 10",
    assumptions=(UNIT_INPUTS,),
)

complexity_bound_printed = _bound(
    name="complexity_bound_printed",
    expr=2 ** (L - Rational(1, 2)) * K / sqrt(N),
    status="printed",
    improved_by="complexity_bound",
    derivation=(
        "It holds of norms of Frobenius, as of Neyshabur et al. (2015); the factor sqrt(2) is that "
        "of their other norms."
    ),
)

complexity_bound = _bound(
    name="complexity_bound",
    expr=Min(2 ** (L - 1), sqrt(2 * log(2) * L) + 1) * K / sqrt(N),
    status="corrected",
    derivation=(
        "The greatest |sum of sigma_n h(x_n)| over one unit bounds that over a layer of norm 1, as "
        "the sum of squares of rows is that of Frobenius. Each of L - 1 contractions by max(0, .) "
        "doubles it, and E|sum of sigma_n x_n| <= sqrt(N) of a linear one; or once for all, under "
        "the exponential (Golowich et al. 2018, Theorem 1), which is less from L = 3 on."
    ),
)

_of_dimension = partial(
    _form,
    parameters=(FEW_LAYERS, PRODUCT, SAMPLES, DIMENSION),
    where="Theorem 1, eq 10",
    assumptions=(UNIT_INPUTS,),
)

complexity_bound_of_spectral_norms_printed = _of_dimension(
    name="complexity_bound_of_spectral_norms_printed",
    expr=2 ** (L - Rational(1, 2)) * K / sqrt(N),
    status="printed",
    superseded_by="complexity_bound_of_spectral_norms",
    reading=Reading(
        says="the product of |W^l|_2 over l = 1..L-1 is at most K, and |W^L|_2 = 1",
        kind="matter of reading",
        consequence="nothing, where |W|_2 is the norm of Frobenius; in the sense of spectral norms "
        "Theorem 1 of two matrices falls, from some 128 inputs and hidden units and 64 samples on, "
        "and Theorem 4 stands",
        convention="|W|_2 is the spectral norm; L = 2, K = 1, inputs are unit vectors of the axes",
        regime={"dim": Integers(128, 10**6), "samples": Integers(64, 10**6)},
        cause="an orthogonal W^1 of d rows has the spectral norm 1 and d units: half of them "
        "answer to inputs of sigma = 1 alone, the others to those of -1, each to half of its "
        "inputs by sqrt(2/d), and the mean of sigma_n f(x_n) is 1/sqrt(8) and more for any d = N, "
        "where the bound falls as sqrt(8/N)",
        true_if="|W|_2 is the norm of Frobenius; or N <= 2^(2 L - 1), as |f| <= K; or bounds may "
        "grow with sqrt(d)",
    ),
)

complexity_bound_of_spectral_norms = _of_dimension(
    name="complexity_bound_of_spectral_norms",
    expr=2 ** (L - 1) * d ** ((L - 1) / 2) * K / sqrt(N),
    status="corrected",
    derivation="A matrix of rank d at most has a norm of Frobenius of sqrt(d) |W| at most.",
)

_deviation = partial(_form, parameters=(LOSS, FAILURE, SAMPLES), where="Theorem 2, eq 11")

deviation_bound_printed = _deviation(
    name="deviation_bound_printed",
    expr=4 * c * sqrt(2 * log(4 / delta) / N),
    status="printed",
    improved_by="deviation_bound",
    derivation=(
        "What R - R_S may have beyond 2 alpha times the complexity. Losses >= 0 never differ from "
        "their mean by more than c, so that it says nothing up to N = 32 log(4/delta), 140 at "
        "delta = 0.05."
    ),
)

deviation_bound = _deviation(
    name="deviation_bound",
    expr=3 * c * sqrt(log(2 / delta) / (2 * N)),
    status="corrected",
    derivation=(
        "McDiarmid's inequality twice, for the greatest deviation and for the complexity of the "
        "sample, of losses in [0, c]: each changes by c/N with a sample, the second counts twice. "
        "It says something from N = 4.5 log(2/delta) on, 17 at delta = 0.05."
    ),
)
