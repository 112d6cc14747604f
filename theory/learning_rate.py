"""Learning rates at which gradient descent converges, and converges fastest.

Near a minimum gradient descent multiplies the error along eigenvector i of the Hessian by
1 - eta lambda_i (Furusho 2020, eq 17).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from theory import fisher
from theory.closed_form import ClosedForm, by_logarithm
from theory.domains import Reals
from theory.parameters import WIDTH, Parameter
from theory.reading import Reading

TOP_EIGENVALUE = Parameter(
    "top_eigenvalue",
    "lambda_max",
    Reals(0, low_open=True),
    "largest eigenvalue of the Hessian at the minimum",
    (1.0, 100.0),
)
BOTTOM_EIGENVALUE = Parameter(
    "bottom_eigenvalue",
    "lambda_min",
    Reals(0, "top_eigenvalue", low_open=True),
    "least positive eigenvalue of the Hessian at the minimum",
    (0.1, 1.0),
)

_form = partial(ClosedForm, subject="learning_rate", paper="furusho2020")
_top, _bottom = TOP_EIGENVALUE.symbol, BOTTOM_EIGENVALUE.symbol

largest_learning_rate = _form(
    name="largest_learning_rate",
    expr=2 / _top,
    parameters=(TOP_EIGENVALUE,),
    where="sec 2.4, eq 17",
    status="printed",
    assumptions=("loss quadratic around the minimum",),
)

fastest_learning_rate_printed = _form(
    name="fastest_learning_rate_printed",
    expr=1 / _top,
    parameters=(TOP_EIGENVALUE, BOTTOM_EIGENVALUE),
    where="sec 2.4, eq 17",
    status="printed",
    assumptions=("loss quadratic around the minimum",),
    superseded_by="fastest_learning_rate",
    reading=Reading(
        says="gradient descent converges fastest around the minimum when eta = 1/lambda_max",
        kind="wrong regime",
        consequence="no theorem; the fastest rate is larger, up to twice, and the rates of section "
        "4.3.4 are not the optimal ones",
        convention="fastest in the largest factor |1 - eta lambda_i| of eq 17, over all "
        "lambda_i > 0",
        cause="this rate ends the error along the top eigenvector in one step, and leaves a factor "
        "1 - lambda_min/lambda_max along the last; 2/(lambda_max + lambda_min) balances the two",
        true_if="all eigenvalues are equal, as of a single parameter",
    ),
)

fastest_learning_rate = _form(
    name="fastest_learning_rate",
    expr=2 / (_top + _bottom),
    parameters=(TOP_EIGENVALUE, BOTTOM_EIGENVALUE),
    where="sec 2.4, eq 17 corrected",
    status="corrected",
    assumptions=("loss quadratic around the minimum",),
    derivation=(
        "The rate is max_i |1 - eta lambda_i|, the larger of 1 - eta lambda_min and "
        "eta lambda_max - 1, one falling and one rising in eta: least where they are equal."
    ),
)


def _from_top_eigenvalue(top: ClosedForm, network: str) -> tuple[ClosedForm, ClosedForm]:
    """Return 2/top, the largest learning rate, and 1/top, the one the paper trains with.

    They are refuted where the bound is: below a bound that holds, gradient descent converges.
    """
    trace = top.lowered
    why = f" {top.derivation}" if top.status == "derived" else ""
    rate = partial(
        _form,
        parameters=top.parameters,
        status=top.status,
        assumptions=top.assumptions,
        grows=top.grows,
        remainder=top.remainder,
        derivation="" if top.status == "printed" else f"From fisher.{top.name}.{why}",
    )
    successor = network.removesuffix("_printed") if top.superseded_by else None

    def reading(rate: str, over: int, ceiling: str) -> Reading | None:
        return top.reading and replace(
            top.reading,
            says=f"{rate} is {over}/(upper bound of lambda_max); that is (L + 1) D^2 m with "
            "m = (pL + 4)/(4L + 4) 2^(pL) by eq 29, under the supposition of Theorem 8 that 100 "
            "(1 - p) percent of the layers are dropped",
            shows="the rate with the bound of eq 29 put in",
            consequence="stands for exactly pL survivors, and in shallow networks; where every "
            f"layer is dropped by itself, it is beyond {over}/lambda_max in deep ones: at L = 100, "
            "p = 0.5 at least 1.4 times that, at any width",
            against=ceiling,
        )

    largest = rate(
        name=f"largest_learning_rate_{network}",
        expr=2 / top.expr,
        stable=by_logarithm(2 / trace),
        where=f"sec 4.3.3, {top.source.where.split(';')[0]}; Figs 17, 18, 22, 23",
        superseded_by=successor and f"largest_learning_rate_{successor}",
        reading=reading(
            "the maximum learning rate for convergence in theory",
            2,
            "largest_learning_rate_ceiling_stochastic_depth",
        ),
    )
    optimal = rate(
        name=f"optimal_learning_rate_{network}",
        expr=1 / top.expr,
        stable=by_logarithm(1 / trace),
        where=f"sec 4.3.4, {top.source.where.split(';')[0]}; Figs 19, 24",
        superseded_by=successor and f"optimal_learning_rate_{successor}",
        reading=reading(
            "the optimal learning rate", 1, "optimal_learning_rate_ceiling_stochastic_depth"
        ),
    )
    return largest, optimal


largest_learning_rate_resnet, optimal_learning_rate_resnet = _from_top_eigenvalue(
    fisher.top_eigenvalue_upper_bound_resnet, "resnet"
)
largest_learning_rate_bn_printed, optimal_learning_rate_bn_printed = _from_top_eigenvalue(
    fisher.top_eigenvalue_upper_bound_bn_printed, "bn_printed"
)
largest_learning_rate_bn, optimal_learning_rate_bn = _from_top_eigenvalue(
    fisher.top_eigenvalue_upper_bound_bn, "bn"
)
(
    largest_learning_rate_stochastic_depth_printed,
    optimal_learning_rate_stochastic_depth_printed,
) = _from_top_eigenvalue(
    fisher.top_eigenvalue_upper_bound_stochastic_depth_printed, "stochastic_depth_printed"
)
largest_learning_rate_stochastic_depth, optimal_learning_rate_stochastic_depth = (
    _from_top_eigenvalue(fisher.top_eigenvalue_upper_bound_stochastic_depth, "stochastic_depth")
)
(
    largest_learning_rate_ceiling_stochastic_depth,
    optimal_learning_rate_ceiling_stochastic_depth,
) = _from_top_eigenvalue(
    fisher.top_eigenvalue_lower_bound_stochastic_depth, "ceiling_stochastic_depth"
)


def _sharp(share: ClosedForm, trace: ClosedForm, network: str) -> ClosedForm:
    """Return 2/(rho trace): the boundary where the top eigenvalue of one draw sets it."""
    return _form(
        name=f"largest_learning_rate_sharp_{network}",
        expr=2 / (share.expr * trace.expr),
        stable=by_logarithm(2 / (share.lowered * trace.lowered)),
        parameters=(share.parameters[0], WIDTH),
        where=f"sec 4.3.3, {share.source.where}; Figs 17, 18, 22, 23",
        status="derived",
        assumptions=share.assumptions,
        grows=share.grows,
        remainder=share.remainder,
        derivation=f"2/lambda_max, lambda_max = fisher.{share.name} times the trace of the FIM.",
    )


largest_learning_rate_sharp_resnet = _sharp(
    fisher.top_eigenvalue_share, fisher.top_eigenvalue_upper_bound_resnet, "resnet"
)
largest_learning_rate_sharp_bn = _sharp(
    fisher.top_eigenvalue_share_bn, fisher.top_eigenvalue_upper_bound_bn, "bn"
)
