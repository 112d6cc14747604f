"""Largest eigenvalue of the FIM of one draw, as a share of its trace."""

from __future__ import annotations

from functools import partial

import sympy
from sympy import gamma, pi

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.fisher.batch_norm import mean_eigenvalue_bn
from theory.fisher.eigenvalue_share import mean_top_eigenvalue_share
from theory.fisher.eigenvalue_share import top_eigenvalue_share as share
from theory.fisher.parameters import (
    MEAN_RECURSION_DEPTH,
    OF_B,
    RECURSION_DEPTH,
    SAMPLES,
    SURVIVAL,
    SURVIVORS,
    WIDE,
    B,
)
from theory.lowering.elementary import exponential
from theory.lowering.gamma_ratio import log_gamma_ratio
from theory.parameters import DEPTH, WIDTH

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, D, N = DEPTH.symbol, WIDTH.symbol, SAMPLES.symbol
p, K = SURVIVAL.symbol, SURVIVORS.symbol


def _finite(limit_share: sympy.Expr) -> sympy.Expr:
    """The top eigenvalue (t + (N - 1) s)/N over the trace t, s/t being the share of the limit."""
    return (1 + (N - 1) * limit_share) / N


def _share_bn(mean: sympy.Expr, path_factor: sympy.Expr) -> sympy.Expr:
    between_inputs = ((pi - 1) * L + pi - pi * path_factor) / (pi * (pi - 2))
    return between_inputs / ((L + 1) * mean)


_sharp = partial(
    _form,
    status="derived",
    assumptions=(*WIDE, "inputs orthogonal"),
    grows=(WIDTH, SAMPLES),
    remainder=1 / D + 1 / N,
    lies_in=Reals(0, 1),
)

_SHARE = (
    "For a wide network (D grows first, then N) the nonzero FIM eigenvalues are those of the "
    "N x N tangent kernel over N. At orthogonal inputs it is t on the diagonal and s off it: trace "
    "t, top eigenvalue (t + (N - 1) s)/N, share rho + (1 - rho)/N with rho = s/t"
)

_SHARE_RESNET = (
    f"{_SHARE}. rho follows the recursion of the arc-cosine kernels kappa0(c) = theta/pi and "
    "kappa1(c) = (sin theta - theta cos theta)/pi, theta = pi - arccos c: k_0 = c_0 = 0, "
    "k_l = k_(l-1) + 2^(l-1) kappa1(c_(l-1)), c_l = k_l/2^l; numerator "
    "sum_l 2^(l-1) kappa1(c_(l-1))/2 prod_{j=l}^{L-1} (1 + kappa0(c_j)), denominator 2^L "
    "(1 + L/4). Between whole L there is no rho: as a gradient in L torch is given 0."
)

_SHARE_BN = (
    f"{_SHARE}. Batch normalisation centres every unit, so inputs stay orthogonal: kappa0 = 1/2, "
    "kappa1 = 1/pi at every layer, numerator sum_{l=1}^L (1/(2 pi)) prod_{k=l}^{L-1} "
    f"(1 + 1/(2 (1 + k/b))), denominator (L + 1) m, m the mean eigenvalue and {OF_B}. "
    "Gamma(l + b)/Gamma(l + 3b/2 - 1) telescopes: with Q = prod_{k=0}^{L-1} (k + 3b/2)/(k + b) the "
    "sum of products is (L + b - b Q)/(1 - b/2) = 2 ((pi - 1) L + pi - pi Q)/(pi - 2)."
)

_PATH_FACTOR = gamma(L + 3 * B / 2) * gamma(B) / (gamma(L + B) * gamma(3 * B / 2))
_STABLE_PATH_FACTOR = exponential(log_gamma_ratio(L + B, B / 2) - log_gamma_ratio(B, B / 2))

top_eigenvalue_share = _sharp(
    name="top_eigenvalue_share",
    expr=share(L),
    parameters=(RECURSION_DEPTH,),
    where="eq 27 sharpened",
    derivation=_SHARE_RESNET,
)

top_eigenvalue_share_finite = _sharp(
    name="top_eigenvalue_share_finite",
    expr=_finite(share(L)),
    parameters=(RECURSION_DEPTH, SAMPLES),
    where="eq 27 sharpened",
    derivation=_SHARE_RESNET,
    grows=(WIDTH,),
    remainder=1 / D,
)

top_eigenvalue_share_bn = _sharp(
    name="top_eigenvalue_share_bn",
    expr=_share_bn(mean_eigenvalue_bn.expr, _PATH_FACTOR),
    stable=_share_bn(mean_eigenvalue_bn.lowered, _STABLE_PATH_FACTOR),
    parameters=(DEPTH,),
    where="eq 28 sharpened",
    derivation=_SHARE_BN,
)

top_eigenvalue_share_bn_finite = _sharp(
    name="top_eigenvalue_share_bn_finite",
    expr=_finite(top_eigenvalue_share_bn.expr),
    stable=_finite(top_eigenvalue_share_bn.lowered),
    parameters=(DEPTH, SAMPLES),
    where="eq 28 sharpened",
    derivation=_SHARE_BN,
    grows=(WIDTH, SAMPLES),
    remainder=1 / D + 1 / N,
)

_LINEAR_EXCESS = ((1 + sympy.sqrt(N / D)) ** 2 - 1) / N

_DROPPED = (
    "The network with K >= 1 survivors is the plain one of depth K, without survivors a linear "
    "one; its share is averaged over K ~ Bin(L, p)."
)

top_eigenvalue_share_stochastic_depth = _sharp(
    name="top_eigenvalue_share_stochastic_depth",
    expr=sympy.Sum(sympy.binomial(L, K) * p**K * (1 - p) ** (L - K) * share(K), (K, 0, L)),
    stable=mean_top_eigenvalue_share(L, p),
    parameters=(MEAN_RECURSION_DEPTH, SURVIVAL),
    where="eq 29 sharpened",
    derivation=f"{_DROPPED} {_SHARE_RESNET}",
)

top_eigenvalue_share_stochastic_depth_finite = _sharp(
    name="top_eigenvalue_share_stochastic_depth_finite",
    expr=sympy.Sum(sympy.binomial(L, K) * p**K * (1 - p) ** (L - K) * _finite(share(K)), (K, 0, L))
    + (1 - p) ** L * _LINEAR_EXCESS,
    stable=_finite(mean_top_eigenvalue_share(L, p)) + (1 - p) ** L * _LINEAR_EXCESS,
    parameters=(
        MEAN_RECURSION_DEPTH,
        SURVIVAL,
        SAMPLES.narrowed(Integers(4)),
        WIDTH.narrowed(Integers(4)),
    ),
    where="eq 29 sharpened",
    derivation=(
        f"{_DROPPED} The tangent kernel of the linear one is D X X^T, and Gaussian "
        "inputs are not orthogonal enough: the top eigenvalue sits at the Marchenko-Pastur edge, "
        "a share of (1 + sqrt(N/D))^2 / N = (1/sqrt(N) + 1/sqrt(D))^2 instead of 1/N. It is an "
        "edge of large matrices: below 4 inputs or units it may exceed 1, as no share can. "
        f"{_SHARE_RESNET}"
    ),
    grows=(WIDTH, SAMPLES),
    remainder=1 / D + 1 / N,
)
