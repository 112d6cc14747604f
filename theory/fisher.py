"""Eigenvalues of the Fisher information matrix of wide residual networks at initialisation.

The networks of Furusho (2020), eqs 12-14, with the weights of eq 26 and whitened inputs: L blocks
of width D, f = 1^T h^L, the FIM over the (L + 1) D^2 weights of blocks 0 to L. u_l is a forward
signal into block l, delta_l the derivative of f by a unit of h^l.

Two constants of batch normalisation: a = 1 - 1/pi is the variance of sqrt(2) relu(z) for a normal
z, and b = 1/a = pi/(pi - 1).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import sympy
from sympy import Rational, gamma, harmonic, pi

from theory.closed_form import ClosedForm, by_logarithm
from theory.domains import Integers
from theory.kernels import (
    exponential,
    log1p,
    log_gamma_ratio,
    mean_top_eigenvalue_share,
)
from theory.kernels import top_eigenvalue_share as share
from theory.papers import Source
from theory.parameters import DEPTH, LAYER, SAMPLES, SURVIVAL, SURVIVORS, WIDTH

_form = partial(ClosedForm, subject="fisher")
_source = partial(Source, "furusho2020")

_BLOCK = LAYER
_BLOCK_OF_NETWORK = replace(LAYER, domain=Integers(1, "depth"))
_SIGNAL = replace(LAYER, domain=Integers(0), meaning="index l of a hidden signal h^l")
_SIGNAL_OF_NETWORK = replace(_SIGNAL, domain=Integers(0, "depth"))
# The recursion runs in time proportional to the depth, its binomial mean to the square.
_RECURSION_DEPTH = replace(DEPTH, domain=Integers(1, 1_000_000))
_MEAN_RECURSION_DEPTH = replace(DEPTH, domain=Integers(1, 10_000))

L, l, D, N = DEPTH.symbol, LAYER.symbol, WIDTH.symbol, SAMPLES.symbol  # noqa: E741
p, K = SURVIVAL.symbol, SURVIVORS.symbol

_PAPER = (
    "Assumption 1: forward and backward signals are independent",
    "Assumption 2: half of the units are active in every layer",
)
_WIDE = ("weights of eq 26", "whitened inputs")
_LIMIT: dict[str, Any] = {"limit": "D -> oo", "finite_size": "O(L/D)"}


# Assumptions of the paper ---------------------------------------------------------------------

activation_rate = _form(
    name="activation_rate",
    claim="furusho2020/half-active",
    expr=Rational(1, 2),
    parameters=(_BLOCK,),
    source=_source("Assumption 2; Figs 15, 20"),
    status="printed",
    **_LIMIT,
)

second_moment_product_resnet = _form(
    name="second_moment_product_resnet",
    claim="furusho2020/moment-independence",
    expr=2 ** (l - 2) * 2 ** (L - l),
    stable=2 ** (L - 2),
    parameters=(_BLOCK_OF_NETWORK, DEPTH),
    source=_source("Assumption 1 with eq 39"),
    status="printed",
    assumptions=_PAPER,
    **_LIMIT,
)


# Plain network --------------------------------------------------------------------------------

forward_moment_resnet = _form(
    name="forward_moment_resnet",
    claim="furusho2020/moments-resnet",
    expr=2 ** (l - 2),
    parameters=(_BLOCK,),
    source=_source("Lemma 2, eq 39"),
    status="printed",
    assumptions=_PAPER,
    **_LIMIT,
)

backward_moment_resnet = _form(
    name="backward_moment_resnet",
    claim="furusho2020/moments-resnet",
    expr=2 ** (L - l),
    parameters=(_SIGNAL_OF_NETWORK, DEPTH),
    source=_source("Lemma 2, eq 39"),
    status="printed",
    assumptions=_PAPER,
    **_LIMIT,
)

mean_eigenvalue_resnet = _form(
    name="mean_eigenvalue_resnet",
    claim="furusho2020/mean-eig-resnet",
    expr=(L + 4) / (4 * L + 4) * 2**L,
    stable=2 ** (L - 2) * (1 + 3 / (L + 1)),
    parameters=(DEPTH,),
    source=_source("Theorem 6, eq 27"),
    status="printed",
    assumptions=_PAPER,
    **_LIMIT,
)


# Batch normalisation, statistics held constant in the backward pass ---------------------------

_B = pi / (pi - 1)
# E delta_0^2 = prod_{k=0}^{L-1} (k + 2b)/(k + b)
_TOP_MOMENT = gamma(L + 2 * _B) * gamma(_B) / (gamma(L + _B) * gamma(2 * _B))
_STABLE_TOP_MOMENT = exponential(log_gamma_ratio(L + _B, _B) - log_gamma_ratio(_B, _B))


def _mean_eigenvalue_bn(top_moment: sympy.Expr) -> sympy.Expr:
    """(R + (pi R - (pi - 1) L - pi)/2)/(L + 1); the bracket is the sum of E delta_l^2."""
    return ((pi + 2) * top_moment - (pi - 1) * L - pi) / (2 * (L + 1))


def _mean_eigenvalue_bn_coupled(top_moment: sympy.Expr) -> sympy.Expr:
    return ((pi + 1) * top_moment - (pi - 2) * L - (pi - 1)) / (2 * (L + 1))


forward_moment_bn = _form(
    name="forward_moment_bn",
    claim="furusho2020/moments-bn",
    expr=Rational(1, 2),
    parameters=(_BLOCK,),
    source=_source("Lemma 3, eq 50"),
    status="printed",
    assumptions=_PAPER,
    **_LIMIT,
)

variance_bn_printed = _form(
    name="variance_bn_printed",
    claim="furusho2020/moments-bn",
    expr=l + 1,
    parameters=(_SIGNAL,),
    source=_source("Lemma 3, eq 54"),
    status="printed",
    assumptions=_PAPER,
    superseded_by="variance_bn",
)

variance_bn = _form(
    name="variance_bn",
    claim="furusho2020/moments-bn",
    expr=1 + l * (1 - 1 / pi),
    parameters=(_SIGNAL,),
    source=_source("Lemma 3, eq 54 corrected"),
    status="corrected",
    assumptions=_WIDE,
    **_LIMIT,
    derivation=(
        "Eq 53 adds E (W u)^2 = 1 a block, but batch normalisation divides by the variance over "
        "inputs at fixed weights. There the mean of the rectified features, E relu(z) = "
        "1/sqrt(2 pi), drops out: a block adds (2/D) D Var relu(z) = 2 (1/2 - 1/(2 pi)) = a."
    ),
)

backward_moment_bn_printed = _form(
    name="backward_moment_bn_printed",
    claim="furusho2020/moments-bn",
    expr=(L + 1) / (l + 1),
    parameters=(_SIGNAL_OF_NETWORK, DEPTH),
    source=_source("Lemma 3, eqs 50, 58"),
    status="printed",
    assumptions=_PAPER,
    superseded_by="backward_moment_bn",
)

backward_moment_bn = _form(
    name="backward_moment_bn",
    claim="furusho2020/moments-bn",
    expr=gamma(L + 2 * _B) * gamma(l + _B) / (gamma(l + 2 * _B) * gamma(L + _B)),
    stable=exponential(log_gamma_ratio(L + _B, _B) - log_gamma_ratio(l + _B, _B)),
    parameters=(_SIGNAL_OF_NETWORK, DEPTH),
    source=_source("Lemma 3, eqs 50, 58 corrected"),
    status="corrected",
    assumptions=_WIDE,
    **_LIMIT,
    derivation=(
        "Eq 58 with the right variances: a path through block k + 1 carries 1/(1 + k a), so "
        "E delta_l^2 = prod_{k=l}^{L-1} (1 + 1/(1 + k a)) = prod (k + 2b)/(k + b)."
    ),
)

mean_eigenvalue_bn_printed = _form(
    name="mean_eigenvalue_bn_printed",
    claim="furusho2020/mean-eig-bn",
    expr=(harmonic(L + 1) + 1) / 2,
    parameters=(DEPTH,),
    source=_source("Theorem 7, eq 28"),
    status="printed",
    assumptions=_PAPER,
    superseded_by="mean_eigenvalue_bn",
)

mean_eigenvalue_bn = _form(
    name="mean_eigenvalue_bn",
    claim="furusho2020/mean-eig-bn",
    expr=_mean_eigenvalue_bn(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    source=_source("Theorem 7, eq 28 corrected"),
    status="corrected",
    assumptions=_WIDE,
    **_LIMIT,
    derivation=(
        "m = (E delta_0^2 + sum_l E delta_l^2 / 2)/(L + 1) with R = E delta_0^2 = "
        "Gamma(L + 2b) Gamma(b)/(Gamma(L + b) Gamma(2b)). S(l) = Gamma(l + b)/Gamma(l + 2b - 1) "
        "telescopes, S(l + 1) - S(l) = (1 - b) Gamma(l + b)/Gamma(l + 2b), which gives "
        "sum_{l=1}^L E delta_l^2 = (b R - L - b)/(b - 1) = pi R - (pi - 1) L - pi."
    ),
)

growth_exponent_bn = _form(
    name="growth_exponent_bn",
    claim="furusho2020/mean-eig-bn",
    expr=1 / (pi - 1),
    source=_source("Theorem 7, eq 28 corrected"),
    status="derived",
    assumptions=_WIDE,
    limit="L -> oo",
    derivation=(
        "The exponent of L in the mean eigenvalue: Gamma(L + 2b)/Gamma(L + b) ~ L^b, so that m "
        "grows like L^(b - 1), b - 1 = 1/a - 1 = 1/(pi - 1)."
    ),
)

mean_eigenvalue_bn_coupled = _form(
    name="mean_eigenvalue_bn_coupled",
    claim="furusho2020/mean-eig-bn-coupled",
    expr=_mean_eigenvalue_bn_coupled(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn_coupled(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    source=_source("Theorem 7 with gradients through the batch statistics"),
    status="derived",
    assumptions=_WIDE,
    limit="D, N -> oo",
    finite_size="O(L/D + L/N)",
    derivation=(
        "Let g[n, m] be the derivative of f at input n by a unit of h^l at input m. What batch "
        "normalisation sends back sums to zero over the batch, so sum_m g[n, m] = 1. The many "
        "small g[n, m], m != n, see the mean of u alone: sum_m g[n, m] u_m = g[n, n] (u_n - ubar) "
        "+ ubar to leading order, its parts uncorrelated. With E|u - ubar|^2 = "
        "D (1/2 - 1/(2 pi)) and |ubar|^2 = D/(2 pi) block l contributes "
        "1/2 + (1/2 - 1/(2 pi)) (E delta_l^2 - 1); block 0, whose inputs are centred, E delta_0^2."
    ),
)

coupled_share_bn = _form(
    name="coupled_share_bn",
    claim="furusho2020/mean-eig-bn-coupled",
    expr=_mean_eigenvalue_bn_coupled(_TOP_MOMENT) / _mean_eigenvalue_bn(_TOP_MOMENT),
    stable=_mean_eigenvalue_bn_coupled(_STABLE_TOP_MOMENT)
    / _mean_eigenvalue_bn(_STABLE_TOP_MOMENT),
    parameters=(DEPTH,),
    source=_source("Theorem 7 with gradients through the batch statistics"),
    status="derived",
    assumptions=_WIDE,
    limit="D, N -> oo",
    finite_size="O(1/D + 1/N)",
    derivation=(
        "mean_eigenvalue_bn_coupled over mean_eigenvalue_bn, the share of the mean eigenvalue that "
        "is left when gradients flow through the batch statistics; 1 at L = 1, falling to "
        "(pi + 1)/(pi + 2)."
    ),
)


# Hessian --------------------------------------------------------------------------------------

hessian_decomposition = _form(
    name="hessian_decomposition",
    claim="furusho2020/hessian-fisher",
    expr=sympy.Integer(1),
    parameters=(DEPTH,),
    source=_source("eq 20"),
    status="printed",
    assumptions=("squared loss",),
    derivation=(
        "The norm of F - E[(y - f) grad grad f] over that of H, plus the relative distance of the "
        "two: 1 exactly when eq 20 holds."
    ),
)


# Stochastic depth -----------------------------------------------------------------------------

_DROPPING = (*_WIDE, "every block survives independently with probability p")

forward_moment_stochastic_depth_printed = _form(
    name="forward_moment_stochastic_depth_printed",
    claim="furusho2020/moments-sd",
    expr=p * 2 ** (l - 2),
    stable=by_logarithm(p * 2 ** (l - 2)),
    parameters=(_BLOCK, SURVIVAL),
    source=_source("Lemma 4, eq 59"),
    status="printed",
    assumptions=_PAPER,
    superseded_by="forward_moment_stochastic_depth",
)

forward_moment_stochastic_depth = _form(
    name="forward_moment_stochastic_depth",
    claim="furusho2020/moments-sd",
    expr=p / 2 * (1 + p) ** (l - 1),
    stable=p / 2 * exponential((l - 1) * log1p(p)),
    parameters=(_BLOCK, SURVIVAL),
    source=_source("Lemma 4, eq 59 corrected"),
    status="corrected",
    assumptions=_DROPPING,
    **_LIMIT,
    derivation=(
        "A path exists when all its blocks survive: eq 63 becomes sum_F p^|F| = (1 + p)^(l-1)."
    ),
)

backward_moment_stochastic_depth_printed = _form(
    name="backward_moment_stochastic_depth_printed",
    claim="furusho2020/moments-sd",
    expr=2 ** (p * L - l),
    parameters=(_SIGNAL_OF_NETWORK, DEPTH, SURVIVAL),
    source=_source("Lemma 4, eq 59"),
    status="printed",
    assumptions=_PAPER,
    superseded_by="backward_moment_stochastic_depth",
)

backward_moment_stochastic_depth = _form(
    name="backward_moment_stochastic_depth",
    claim="furusho2020/moments-sd",
    expr=(1 + p) ** (L - l),
    stable=exponential((L - l) * log1p(p)),
    parameters=(_SIGNAL_OF_NETWORK, DEPTH, SURVIVAL),
    source=_source("Lemma 4, eq 59 corrected"),
    status="corrected",
    assumptions=_DROPPING,
    **_LIMIT,
    derivation=(
        "Eq 67 over the L - l blocks above h^l, each surviving with probability p: "
        "sum_F p^|F| = (1 + p)^(L-l). It is 1 at l = L, where eq 59 prints 2^(pL-L)."
    ),
)

mean_eigenvalue_stochastic_depth_printed = _form(
    name="mean_eigenvalue_stochastic_depth_printed",
    claim="furusho2020/mean-eig-sd",
    expr=(p * L + 4) / (4 * L + 4) * 2 ** (p * L),
    stable=by_logarithm((p * L + 4) / (4 * L + 4) * 2 ** (p * L)),
    parameters=(DEPTH, SURVIVAL),
    source=_source("Theorem 8, eq 29"),
    status="printed",
    assumptions=(*_PAPER, "deep nets drop nearly (1 - p) L blocks"),
    superseded_by="mean_eigenvalue_stochastic_depth",
)

mean_eigenvalue_stochastic_depth = _form(
    name="mean_eigenvalue_stochastic_depth",
    claim="furusho2020/mean-eig-sd",
    expr=((1 + p) ** L + L * p / 2 * (1 + p) ** (L - 1)) / (L + 1),
    stable=exponential(
        (L - 1) * log1p(p) + sympy.log(1 + p + L * p / 2) - sympy.log(L + 1), evaluate=False
    ),
    parameters=(DEPTH, SURVIVAL),
    source=_source("Theorem 8, eq 29 corrected"),
    status="corrected",
    assumptions=_DROPPING,
    **_LIMIT,
    derivation=(
        "Theorem 6 given K survivors, K ~ Bin(L, p), has sum of moments 2^K + K 2^(K-2), and "
        "E 2^K = (1 + p)^L, E K 2^K = 2 p L (1 + p)^(L-1): the mean of an exponential, not the "
        "exponential of the mean."
    ),
)

mean_eigenvalue_fixed_survivors = _form(
    name="mean_eigenvalue_fixed_survivors",
    claim="furusho2020/mean-eig-sd-fixed",
    expr=(K + 4) / (4 * L + 4) * 2**K,
    stable=by_logarithm((K + 4) / (4 * L + 4) * 2**K),
    parameters=(DEPTH, SURVIVORS),
    source=_source("Theorem 8, eq 29 at K = pL"),
    status="printed",
    assumptions=(*_PAPER, "exactly K blocks survive"),
    **_LIMIT,
)


# Largest eigenvalue of the expected FIM -------------------------------------------------------


def _bounds(
    mean: ClosedForm, network: str, status: Literal["printed", "corrected"], equation: str
) -> tuple[ClosedForm, ClosedForm]:
    """Return m <= lambda_max and lambda_max <= (L + 1) D^2 m, the trace, as two forms."""
    refuted = mean.superseded_by is not None
    bound = partial(
        _form,
        claim="furusho2020/expected-fim-lambda-max",
        source=_source(f"{equation}; Figs 16, 21"),
        status=status,
        assumptions=mean.assumptions,
        limit=mean.limit,
        finite_size=mean.finite_size,
        derivation="" if status == "printed" else f"From {mean.name}.",
    )
    ending = f"{network}_printed" if refuted else network
    lower = bound(
        name=f"top_eigenvalue_lower_bound_{ending}",
        expr=mean.expr,
        stable=mean.stable,
        parameters=mean.parameters,
        superseded_by=f"top_eigenvalue_lower_bound_{network}" if refuted else None,
    )
    upper = bound(
        name=f"top_eigenvalue_upper_bound_{ending}",
        expr=(L + 1) * D**2 * mean.expr,
        stable=by_logarithm((L + 1) * D**2 * mean.lowered),
        parameters=(DEPTH, WIDTH, *mean.parameters[1:]),
        superseded_by=f"top_eigenvalue_upper_bound_{network}" if refuted else None,
    )
    return lower, upper


top_eigenvalue_lower_bound_resnet, top_eigenvalue_upper_bound_resnet = _bounds(
    mean_eigenvalue_resnet, "resnet", "printed", "eq 27"
)
top_eigenvalue_lower_bound_bn_printed, top_eigenvalue_upper_bound_bn_printed = _bounds(
    mean_eigenvalue_bn_printed, "bn", "printed", "eq 28"
)
top_eigenvalue_lower_bound_bn, top_eigenvalue_upper_bound_bn = _bounds(
    mean_eigenvalue_bn, "bn", "corrected", "eq 28 corrected"
)
(
    top_eigenvalue_lower_bound_stochastic_depth_printed,
    top_eigenvalue_upper_bound_stochastic_depth_printed,
) = _bounds(mean_eigenvalue_stochastic_depth_printed, "stochastic_depth", "printed", "eq 29")
(
    top_eigenvalue_lower_bound_stochastic_depth,
    top_eigenvalue_upper_bound_stochastic_depth,
) = _bounds(mean_eigenvalue_stochastic_depth, "stochastic_depth", "corrected", "eq 29 corrected")

expected_top_eigenvalue_resnet = _form(
    name="expected_top_eigenvalue_resnet",
    claim="furusho2020/expected-fim-lambda-max",
    expr=D**2 * (2**L - 1) / (2 * pi),
    stable=by_logarithm(D**2 * 2 ** (L - 1) * (1 - 2 ** (-L)) / pi),
    parameters=(DEPTH, WIDTH),
    source=_source("eq 27, Figs 16, 21 sharpened"),
    status="derived",
    assumptions=_WIDE,
    **_LIMIT,
    derivation=(
        "Averaged over draws, distinct weights keep E u_j u_j' = (E relu)^2 and "
        "E delta_i delta_i' = 1, the empty path. Blocks l and l' so share the all-ones direction "
        "with weight sqrt(2^(l-1) 2^(l'-1))/(2 pi), a rank-one matrix over blocks: the top "
        "eigenvalue is D^2 sum_{l=1}^L 2^(l-1)/(2 pi)."
    ),
)


# Largest eigenvalue of the FIM of one draw, as a share of its trace ---------------------------


def _finite(limit_share: sympy.Expr) -> sympy.Expr:
    """The top eigenvalue (t + (N - 1) s)/N over the trace t, s/t being the share of the limit."""
    return (1 + (N - 1) * limit_share) / N


def _share_bn(mean: sympy.Expr, path_factor: sympy.Expr) -> sympy.Expr:
    between_inputs = ((pi - 1) * L + pi - pi * path_factor) / (pi * (pi - 2))
    return between_inputs / ((L + 1) * mean)


_sharp = partial(
    _form,
    claim="furusho2020/lambda-max-sharp",
    status="derived",
    assumptions=(*_WIDE, "inputs orthogonal"),
    limit="D -> oo, then N -> oo",
    finite_size="O(1/D + 1/N)",
)
_SHARE = (
    "For a wide network the nonzero FIM eigenvalues are those of the N x N tangent kernel over N. "
    "At orthogonal inputs it is t on the diagonal and s off it: trace t, top eigenvalue "
    "(t + (N - 1) s)/N, share rho + (1 - rho)/N with rho = s/t"
)
_SHARE_RESNET = (
    f"{_SHARE}. rho follows the arc-cosine recursion: k_0 = c_0 = 0, k_l = k_(l-1) + 2^(l-1) "
    "kappa1(c_(l-1)), c_l = k_l/2^l; numerator sum_l 2^(l-1) kappa1(c_(l-1))/2 "
    "prod_{j=l}^{L-1} (1 + kappa0(c_j)), denominator 2^L (1 + L/4)."
)
_SHARE_BN = (
    f"{_SHARE}. Batch normalisation centres every unit, so inputs stay orthogonal: kappa0 = 1/2, "
    "kappa1 = 1/pi at every layer, numerator sum_{l=1}^L (1/(2 pi)) prod_{k=l}^{L-1} "
    "(1 + 1/(2 (1 + k a))), denominator (L + 1) m. Gamma(l + b)/Gamma(l + 3b/2 - 1) telescopes: "
    "with Q = prod_{k=0}^{L-1} (k + 3b/2)/(k + b) the sum of products is "
    "(L + b - b Q)/(1 - b/2) = 2 ((pi - 1) L + pi - pi Q)/(pi - 2)."
)
_PATH_FACTOR = gamma(L + 3 * _B / 2) * gamma(_B) / (gamma(L + _B) * gamma(3 * _B / 2))
_STABLE_PATH_FACTOR = exponential(log_gamma_ratio(L + _B, _B / 2) - log_gamma_ratio(_B, _B / 2))

top_eigenvalue_share = _sharp(
    name="top_eigenvalue_share",
    expr=share(L),
    parameters=(_RECURSION_DEPTH,),
    source=_source("eq 27 sharpened"),
    derivation=_SHARE_RESNET,
)

top_eigenvalue_share_finite = _sharp(
    name="top_eigenvalue_share_finite",
    expr=_finite(share(L)),
    parameters=(_RECURSION_DEPTH, SAMPLES),
    source=_source("eq 27 sharpened"),
    derivation=_SHARE_RESNET,
    limit="D -> oo",
    finite_size="O(1/D)",
)

top_eigenvalue_share_bn = _sharp(
    name="top_eigenvalue_share_bn",
    expr=_share_bn(mean_eigenvalue_bn.expr, _PATH_FACTOR),
    stable=_share_bn(mean_eigenvalue_bn.lowered, _STABLE_PATH_FACTOR),
    parameters=(DEPTH,),
    source=_source("eq 28 sharpened"),
    derivation=_SHARE_BN,
)

top_eigenvalue_share_bn_finite = _sharp(
    name="top_eigenvalue_share_bn_finite",
    expr=_finite(top_eigenvalue_share_bn.expr),
    stable=_finite(top_eigenvalue_share_bn.lowered),
    parameters=(DEPTH, SAMPLES),
    source=_source("eq 28 sharpened"),
    derivation=_SHARE_BN,
    limit="D, N -> oo",
    finite_size="O(1/D + 1/N)",
)

_LINEAR_EXCESS = ((1 + sympy.sqrt(N / D)) ** 2 - 1) / N

top_eigenvalue_share_stochastic_depth = _sharp(
    name="top_eigenvalue_share_stochastic_depth",
    expr=sympy.Sum(sympy.binomial(L, K) * p**K * (1 - p) ** (L - K) * _finite(share(K)), (K, 0, L))
    + (1 - p) ** L * _LINEAR_EXCESS,
    stable=_finite(mean_top_eigenvalue_share(L, p)) + (1 - p) ** L * _LINEAR_EXCESS,
    parameters=(_MEAN_RECURSION_DEPTH, SURVIVAL, SAMPLES, WIDTH),
    source=_source("eq 29 sharpened"),
    derivation=(
        "The network with K >= 1 survivors is the plain one of depth K; its share is averaged over "
        "K ~ Bin(L, p). Without survivors the network is linear, its tangent kernel D X X^T, and "
        "inputs are not orthogonal enough: the top eigenvalue sits at the Marchenko-Pastur edge, "
        f"a share of (1 + sqrt(N/D))^2 / N instead of 1/N. {_SHARE_RESNET}"
    ),
    limit="D, N -> oo",
    finite_size="O(1/D + 1/N)",
)


# What the theorems say beside their formulas --------------------------------------------------

_algebra = partial(replace, claim="furusho2020/theorem-algebra", superseded_by=None)

mean_eigenvalue_from_lemma_2 = _algebra(
    mean_eigenvalue_resnet,
    name="mean_eigenvalue_from_lemma_2",
    derivation="Theorem 6 as the value that eq 37 takes with the moments of Lemma 2.",
)

mean_eigenvalue_from_lemma_3 = _algebra(
    mean_eigenvalue_bn_printed,
    name="mean_eigenvalue_from_lemma_3",
    derivation=(
        "Theorem 7 as the value that eq 37 takes with the moments of Lemma 3. The theorem does "
        "follow; what is wrong is the lemma, and so the formula as a mean eigenvalue."
    ),
)

mean_eigenvalue_from_lemma_4 = _algebra(
    mean_eigenvalue_stochastic_depth_printed,
    name="mean_eigenvalue_from_lemma_4",
    derivation=(
        "Theorem 8 as the value that eq 37 takes with the moments of Lemma 4. The theorem does "
        "follow; what is wrong under Bernoulli dropping is the lemma."
    ),
)

_ratio_bound = partial(
    _form,
    claim="furusho2020/eigenvalue-bounds",
    parameters=(DEPTH, WIDTH),
    source=_source("Lemma 1, eq 37"),
    status="printed",
)

eigenvalue_ratio_lower_bound = _ratio_bound(
    name="eigenvalue_ratio_lower_bound",
    expr=sympy.Integer(1),
    derivation="The top eigenvalue over the mean eigenvalue m: no mean exceeds the greatest.",
)

eigenvalue_ratio_upper_bound = _ratio_bound(
    name="eigenvalue_ratio_upper_bound",
    expr=(L + 1) * D**2,
    derivation=(
        "The top eigenvalue over the mean eigenvalue m: none of P = (L + 1) D^2 non-negative "
        "numbers exceeds their sum, P m. The two are equal where all gradients are parallel, as "
        "at inputs that are multiples of one another."
    ),
)

mean_eigenvalue_order = _form(
    name="mean_eigenvalue_order",
    claim="furusho2020/mean-eig-order",
    expr=sympy.Integer(1),
    parameters=(DEPTH,),
    source=_source("Theorems 6 to 8, Remark 3"),
    status="printed",
    assumptions=_DROPPING,
    limit="L -> oo",
    derivation=(
        "The share of adjacent pairs in the order batch normalisation < stochastic depth < plain "
        "network of mean eigenvalues at equal depth. Batch normalisation grows by a power of L, "
        "the others exponentially; with few blocks it is not the least."
    ),
)

expected_top_eigenvalue_width_exponent = _form(
    name="expected_top_eigenvalue_width_exponent",
    claim="furusho2020/expected-fim-width",
    expr=sympy.Integer(2),
    parameters=(DEPTH,),
    source=_source("eq 27, Figs 16, 21 sharpened"),
    status="derived",
    assumptions=_WIDE,
    limit="D -> oo",
    finite_size="O(1/D)",
    derivation="The exponent of D in expected_top_eigenvalue_resnet.",
)
