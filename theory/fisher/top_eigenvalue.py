"""Largest eigenvalue: bounds by the mean eigenvalue, and its value over draws of the network."""

from __future__ import annotations

from functools import partial
from typing import Literal

import sympy
from sympy import pi

from theory.closed_form import ClosedForm, by_logarithm
from theory.fisher.batch_norm import mean_eigenvalue_bn, mean_eigenvalue_bn_printed
from theory.fisher.parameters import LIMIT, WIDE
from theory.fisher.resnet import mean_eigenvalue_resnet
from theory.fisher.stochastic_depth import (
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_stochastic_depth_printed,
)
from theory.parameters import DEPTH, WIDTH

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, D = DEPTH.symbol, WIDTH.symbol


# Of the expected FIM --------------------------------------------------------------------------


def _bounds(
    mean: ClosedForm, network: str, status: Literal["printed", "corrected"], equation: str
) -> tuple[ClosedForm, ClosedForm]:
    """Return m <= lambda_max and lambda_max <= (L + 1) D^2 m, the trace, as two forms."""
    refuted = mean.superseded_by is not None
    bound = partial(
        _form,
        where=f"{equation}; Figs 16, 21",
        status=status,
        assumptions=mean.assumptions,
        grows=mean.grows,
        remainder=mean.remainder,
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
    expr=D**2 * (2**L - 1) / (2 * pi),
    stable=by_logarithm(D**2 * 2 ** (L - 1) * (1 - 2 ** (-L)) / pi),
    parameters=(DEPTH, WIDTH),
    where="eq 27, Figs 16, 21 sharpened",
    status="derived",
    assumptions=WIDE,
    **LIMIT,
    derivation=(
        "Averaged over draws, distinct weights keep E u_j u_j' = (E relu)^2 and "
        "E delta_i delta_i' = 1, the empty path. Blocks l and l' so share the all-ones direction "
        "with weight sqrt(2^(l-1) 2^(l'-1))/(2 pi), a rank-one matrix over blocks: the top "
        "eigenvalue is D^2 sum_{l=1}^L 2^(l-1)/(2 pi)."
    ),
)

expected_top_eigenvalue_width_exponent = _form(
    name="expected_top_eigenvalue_width_exponent",
    expr=sympy.Integer(2),
    parameters=(DEPTH,),
    where="eq 27, Figs 16, 21 sharpened",
    status="derived",
    assumptions=WIDE,
    grows=(WIDTH,),
    remainder=1 / D,
    derivation="The exponent of D in expected_top_eigenvalue_resnet.",
)


# Over the mean eigenvalue ---------------------------------------------------------------------

_ratio_bound = partial(
    _form,
    parameters=(DEPTH, WIDTH),
    where="Lemma 1, eq 37",
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
