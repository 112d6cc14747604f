"""Batch normalisation: moments and mean eigenvalue.

The statistics are held constant in the backward pass, except where a form says "coupled": there
gradients flow through them too.
"""

from __future__ import annotations

from functools import partial

import sympy
from sympy import Rational, gamma, harmonic, pi

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.fisher.parameters import (
    BLOCK,
    DELTA,
    LAYER,
    LIMIT,
    OF_B,
    PAPER,
    SAMPLES,
    SIGNAL,
    SIGNAL_OF_NETWORK,
    WIDE,
    B,
)
from theory.lowering.elementary import exponential
from theory.lowering.gamma_ratio import log_gamma_ratio
from theory.parameters import DEPTH, WIDTH
from theory.reading import Reading

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, l, D, N = DEPTH.symbol, LAYER.symbol, WIDTH.symbol, SAMPLES.symbol  # noqa: E741

# E delta_0^2 = prod_{k=0}^{L-1} (k + 2b)/(k + b)
_TOP_MOMENT = gamma(L + 2 * B) * gamma(B) / (gamma(L + B) * gamma(2 * B))
_STABLE_TOP_MOMENT = exponential(log_gamma_ratio(L + B, B) - log_gamma_ratio(B, B))


def _mean_eigenvalue_bn(top_moment: sympy.Expr) -> sympy.Expr:
    """(R + (pi R - (pi - 1) L - pi)/2)/(L + 1); the bracket is the sum of E delta_l^2."""
    return ((pi + 2) * top_moment - (pi - 1) * L - pi) / (2 * (L + 1))


def _mean_eigenvalue_bn_coupled(top_moment: sympy.Expr) -> sympy.Expr:
    return ((pi + 1) * top_moment - (pi - 2) * L - (pi - 1)) / (2 * (L + 1))


_HELD = (
    "the statistics of eq 13, over the inputs at fixed weights, held constant in the backward pass "
    "as in eq 56; wide networks, whitened inputs"
)
_OVER_WEIGHTS = (
    "batch normalisation divides by sqrt(l + 1), the standard deviation over weights and inputs"
)


# Moments --------------------------------------------------------------------------------------

forward_moment_bn = _form(
    name="forward_moment_bn",
    expr=Rational(1, 2),
    parameters=(BLOCK,),
    where="Lemma 3, eq 50",
    status="printed",
    assumptions=PAPER,
    **LIMIT,
)

variance_bn_printed = _form(
    name="variance_bn_printed",
    expr=l + 1,
    parameters=(SIGNAL,),
    where="Lemma 3, eq 54",
    status="printed",
    assumptions=PAPER,
    superseded_by="variance_bn",
    reading=Reading(
        says="Var(h_i^l) = l + 1, from eqs 52 to 54; it is put into the statistics of BN",
        kind="matter of reading",
        consequence="right as a variance over weights and inputs; BN divides by another, so that "
        "eq 58 and the mean eigenvalue of Theorem 7 fall",
        convention="the variance of eq 13, over the inputs at fixed weights; wide networks, "
        "whitened inputs",
        cause="eqs 51 to 54 average over weights and inputs, eq 13 over inputs alone; the mean "
        "1/sqrt(2 pi) of a rectified unit does not vary with the input, and a block adds 1 - 1/pi",
        true_if="the variance is taken over weights and inputs",
    ),
)

variance_bn = _form(
    name="variance_bn",
    expr=1 + l * (1 - 1 / pi),
    parameters=(SIGNAL,),
    where="Lemma 3, eq 54 corrected",
    status="corrected",
    assumptions=WIDE,
    **LIMIT,
    derivation=(
        "Eq 53 adds E (W u)^2 = 1 a block, but batch normalisation divides by the variance over "
        "inputs at fixed weights. There the mean of the rectified features, E relu(z) = "
        "1/sqrt(2 pi), drops out: a block adds (2/D) D Var relu(z) = 2 (1/2 - 1/(2 pi))."
    ),
)

backward_moment_bn_printed = _form(
    name="backward_moment_bn_printed",
    expr=(L + 1) / (l + 1),
    parameters=(SIGNAL_OF_NETWORK, DEPTH),
    where="Lemma 3, eqs 50, 58",
    status="printed",
    assumptions=PAPER,
    superseded_by="backward_moment_bn",
    reading=Reading(
        says="E (delta_i^l)^2 = (L + 1)/(l + 1) for l = 0 to L",
        kind="wrong assumption",
        consequence="the mean eigenvalue of Theorem 7 falls with it",
        convention=_HELD,
        cause="eqs 56 to 58 divide by the variance over weights and inputs, l + 1 (eq 54), where "
        "eq 13 divides by that over inputs alone, 1 + l (1 - 1/pi)",
        true_if=_OVER_WEIGHTS,
    ),
)

backward_moment_bn = _form(
    name="backward_moment_bn",
    expr=gamma(L + 2 * B) * gamma(l + B) / (gamma(l + 2 * B) * gamma(L + B)),
    stable=exponential(log_gamma_ratio(L + B, B) - log_gamma_ratio(l + B, B)),
    parameters=(SIGNAL_OF_NETWORK, DEPTH),
    where="Lemma 3, eqs 50, 58 corrected",
    status="corrected",
    assumptions=WIDE,
    **LIMIT,
    derivation=(
        f"{DELTA}Eq 58 with the right variances: a path through block k + 1 carries 1/(1 + k/b), "
        f"{OF_B}, so E delta_l^2 = prod_{{k=l}}^{{L-1}} (1 + 1/(1 + k/b)) = "
        "prod (k + 2b)/(k + b)."
    ),
)


# Mean eigenvalue ------------------------------------------------------------------------------

mean_eigenvalue_bn_printed = _form(
    name="mean_eigenvalue_bn_printed",
    expr=(harmonic(L + 1) + 1) / 2,
    parameters=(DEPTH,),
    where="Theorem 7, eq 28",
    status="printed",
    assumptions=PAPER,
    superseded_by="mean_eigenvalue_bn",
    reading=Reading(
        says="m = (H_(L+1) + 1)/2, and lambda_max is of L log L order at most",
        kind="wrong assumption",
        consequence="m grows like L^(1/(pi - 1)) = L^0.467 and not like log L, so that the trace "
        "(L + 1) D^2 m does not hold lambda_max to L log L order; it is of that order at most all "
        "the same in wide networks of many inputs, where lambda_max of one draw is of order L and "
        "that of the mean over draws at most the mean of it",
        convention=_HELD,
        cause="Lemma 1 and the sum are right; Lemma 3 divides by the variance over weights and "
        "inputs, l + 1, where eq 13 divides by that over inputs alone, 1 + l (1 - 1/pi)",
        true_if=_OVER_WEIGHTS,
    ),
)

mean_eigenvalue_bn = _form(
    name="mean_eigenvalue_bn",
    expr=_mean_eigenvalue_bn(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    where="Theorem 7, eq 28 corrected",
    status="corrected",
    assumptions=WIDE,
    **LIMIT,
    derivation=(
        f"{DELTA}m = (E delta_0^2 + sum_l E delta_l^2 / 2)/(L + 1) with R = E delta_0^2 = "
        f"Gamma(L + 2b) Gamma(b)/(Gamma(L + b) Gamma(2b)), {OF_B}. "
        "S(l) = Gamma(l + b)/Gamma(l + 2b - 1) telescopes, "
        "S(l + 1) - S(l) = (1 - b) Gamma(l + b)/Gamma(l + 2b), which gives "
        "sum_{l=1}^L E delta_l^2 = (b R - L - b)/(b - 1) = pi R - (pi - 1) L - pi."
    ),
)

growth_exponent_bn = _form(
    name="growth_exponent_bn",
    expr=1 / (pi - 1),
    where="Theorem 7, eq 28 corrected",
    status="derived",
    assumptions=WIDE,
    grows=(DEPTH,),
    derivation=(
        f"The exponent of L in the mean eigenvalue m: Gamma(L + 2b)/Gamma(L + b) ~ L^b, {OF_B}, "
        "so that m grows like L^(b - 1), b - 1 = 1/(pi - 1)."
    ),
)


# Gradients through the batch statistics -------------------------------------------------------

mean_eigenvalue_bn_coupled = _form(
    name="mean_eigenvalue_bn_coupled",
    expr=_mean_eigenvalue_bn_coupled(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn_coupled(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    where="Theorem 7 with gradients through the batch statistics",
    status="derived",
    assumptions=WIDE,
    grows=(WIDTH, SAMPLES),
    remainder=L / D + L / N,
    derivation=(
        "Let g[n, m] be the derivative of the output f at input n by a unit of h^l at input m, u_m "
        "the signal into block l at input m, ubar its mean over the N inputs and delta_l the "
        "derivative with the batch statistics held. What batch "
        "normalisation sends back sums to zero over the batch, so sum_m g[n, m] = 1. The many "
        "small g[n, m], m != n, see the mean of u alone: sum_m g[n, m] u_m = g[n, n] (u_n - ubar) "
        "+ ubar to leading order, its parts uncorrelated. With E|u - ubar|^2 = "
        "D (1/2 - 1/(2 pi)) and |ubar|^2 = D/(2 pi) block l contributes "
        "1/2 + (1/2 - 1/(2 pi)) (E delta_l^2 - 1); block 0, whose inputs are centred, E delta_0^2."
    ),
)

coupled_share_bn = _form(
    name="coupled_share_bn",
    expr=_mean_eigenvalue_bn_coupled(_TOP_MOMENT) / _mean_eigenvalue_bn(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn_coupled(_STABLE_TOP_MOMENT)
    / _mean_eigenvalue_bn(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    where="Theorem 7 with gradients through the batch statistics",
    status="derived",
    assumptions=WIDE,
    grows=(WIDTH, SAMPLES),
    remainder=1 / D + 1 / N,
    lies_in=Reals(0, 1),
    derivation=(
        "mean_eigenvalue_bn_coupled over mean_eigenvalue_bn, the share of the mean eigenvalue that "
        "is left when gradients flow through the batch statistics; 1 at L = 1, falling to "
        "(pi + 1)/(pi + 2)."
    ),
)
