"""Largest eigenvalue: bounds by the mean eigenvalue, and its value over draws of the network."""

from __future__ import annotations

from functools import partial
from typing import Literal

from sympy import pi

from theory.closed_form import ClosedForm, by_logarithm
from theory.domains import Integers, OneOf, Reals
from theory.fisher.batch_norm import mean_eigenvalue_bn, mean_eigenvalue_bn_printed
from theory.fisher.parameters import DROPPING, LIMIT, SURVIVAL, WIDE
from theory.fisher.resnet import mean_eigenvalue_resnet
from theory.fisher.stochastic_depth import (
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_stochastic_depth_printed,
)
from theory.lowering.elementary import exponential, log1p
from theory.parameters import DEPTH, WIDTH
from theory.reading import Reading

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, D, p = DEPTH.symbol, WIDTH.symbol, SURVIVAL.symbol


_STOCHASTIC_DEPTH = Reading(
    says="lambda_max <= (L + 1) D^2 m, m = (pL + 4)/(4L + 4) 2^(pL), for simplicity under the "
    "supposition that 100 (1 - p) percent of the layers are dropped, which an extremely deep "
    "ResNet is said to satisfy by the law of large numbers",
    shows="the bound with its m put in",
    kind="wrong assumption",
    consequence="the bound stands for exactly pL survivors; where every layer is dropped by "
    "itself, it holds in shallow networks and fails in deep ones: at L = 100, p = 0.5 lambda_max "
    "is at least 1.4 times the bound at any width",
    convention="the FIM averaged over weights, inputs and dropped layers, of a wide network; the "
    "paper names no depth for its extremely deep network, and 100 blocks or more are our reading "
    "of it; p = 0.5 is that of Figs 16 and 21",
    regime={"depth": Integers(100), "survival": OneOf(0.5)},
    cause="the bound by the trace is right, m is not: the mean of 2^K over the number K of "
    "survivors is (1 + p)^L",
    true_if="exactly pL blocks survive in every network",
    against="top_eigenvalue_lower_bound_stochastic_depth",
)


# Of the expected FIM --------------------------------------------------------------------------


def _bound(
    mean: ClosedForm,
    network: str,
    status: Literal["printed", "corrected"],
    equation: str,
    why: str = "",
) -> ClosedForm:
    """Return lambda_max <= (L + 1) D^2 m, the trace.

    The printed m of batch norm is too small as a mean, and so its bound the tighter one; that of
    stochastic depth is so much too small in deep networks that lambda_max exceeds its bound.
    """
    printed = mean.superseded_by is not None
    refuted = printed and network == "stochastic_depth"
    return _form(
        name=f"top_eigenvalue_upper_bound_{network}{'_printed' if printed else ''}",
        expr=(L + 1) * D**2 * mean.expr,
        stable=by_logarithm((L + 1) * D**2 * mean.lowered),
        parameters=(DEPTH, WIDTH, *mean.parameters[1:]),
        where=f"{equation}; Figs 16, 21",
        status=status,
        assumptions=mean.assumptions,
        grows=mean.grows,
        remainder=mean.remainder,
        superseded_by=f"top_eigenvalue_upper_bound_{network}" if refuted else None,
        reading=_STOCHASTIC_DEPTH if refuted else None,
        derivation="" if status == "printed" else f"From {mean.name}.{why}",
    )


top_eigenvalue_upper_bound_resnet = _bound(mean_eigenvalue_resnet, "resnet", "printed", "eq 27")

top_eigenvalue_upper_bound_bn_printed = _bound(mean_eigenvalue_bn_printed, "bn", "printed", "eq 28")

top_eigenvalue_upper_bound_bn = _bound(mean_eigenvalue_bn, "bn", "corrected", "eq 28 corrected")

top_eigenvalue_upper_bound_stochastic_depth_printed = _bound(
    mean_eigenvalue_stochastic_depth_printed, "stochastic_depth", "printed", "eq 29"
)

top_eigenvalue_upper_bound_stochastic_depth = _bound(
    mean_eigenvalue_stochastic_depth,
    "stochastic_depth",
    "corrected",
    "eq 29 corrected",
    " The printed bound grows like 2^(p L), lambda_max like (1 + p)^L at least, which is more for "
    "0 < p < 1: top_eigenvalue_lower_bound_stochastic_depth.",
)

top_eigenvalue_lower_bound_stochastic_depth = _form(
    name="top_eigenvalue_lower_bound_stochastic_depth",
    expr=D**2 * p * (1 + p) ** (L - 1) / (2 * pi),
    stable=D**2 * p * exponential((L - 1) * log1p(p)) / (2 * pi),
    parameters=(DEPTH, WIDTH, SURVIVAL.narrowed(Reals(0, 1, low_open=True))),
    where="eq 29; Figs 16, 21, from below",
    status="derived",
    assumptions=DROPPING,
    **LIMIT,
    derivation=(
        "v^T F v for the unit vector v of the weights of the last block alone, 1/D each: the "
        "derivative of the output by weight (i, j) there is u_j^L, so that v^T F v = E (sum_j "
        "u_j^L)^2. The block survives with probability p, and given K survivors below it "
        "E u_j u_k = (E relu(h))^2 = 2^K/(2 pi) for j != k, of mean (1 + p)^(L-1)/(2 pi)."
    ),
)

expected_top_eigenvalue_resnet = _form(
    name="expected_top_eigenvalue_resnet",
    expr=D**2 * (2**L - 1) / (2 * pi),
    stable=by_logarithm(D**2 * 2 ** (L - 1) * (1 - 2 ** (-L)) / pi),
    parameters=(DEPTH, WIDTH),
    where="eq 27, Figs 16, 21 sharpened",
    status="derived",
    assumptions=WIDE,
    **LIMIT,
    derivation=(
        "Averaged over draws, distinct weights keep E u_j u_j' = (E relu)^2 for the signals u_j "
        "into a block, and E delta_i delta_i' = 1 for the derivatives delta_i of the output by its "
        "units, the empty path. Blocks l and l' so share the all-ones direction "
        "with weight sqrt(2^(l-1) 2^(l'-1))/(2 pi), a rank-one matrix over blocks: the top "
        "eigenvalue is D^2 sum_{l=1}^L 2^(l-1)/(2 pi)."
    ),
)


# Over the mean eigenvalue ---------------------------------------------------------------------

eigenvalue_ratio_upper_bound = _form(
    name="eigenvalue_ratio_upper_bound",
    expr=(L + 1) * D**2,
    parameters=(DEPTH, WIDTH),
    where="Lemma 1, eq 37",
    status="printed",
    derivation=(
        "The top eigenvalue over the mean eigenvalue m: none of P = (L + 1) D^2 non-negative "
        "numbers exceeds their sum, P m. The two are equal where all gradients are parallel, as "
        "at inputs that are multiples of one another."
    ),
)
