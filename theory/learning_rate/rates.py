"""The learning rates that the eigenvalues of the Fisher information at the start allow."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

from sympy import pi

from theory import fisher
from theory.closed_form import ClosedForm, by_logarithm
from theory.fisher.parameters import SAMPLES, WIDE
from theory.parameters import DEPTH, WIDTH
from theory.reading import Reading

_form = partial(ClosedForm, subject="learning_rate", paper="furusho2020")


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

# From above, as the top eigenvalue is at least the mean of all.
(
    largest_learning_rate_mean_stochastic_depth,
    optimal_learning_rate_mean_stochastic_depth,
) = _from_top_eigenvalue(fisher.mean_eigenvalue_stochastic_depth, "mean_stochastic_depth")


def _sharp(
    share: ClosedForm, trace: ClosedForm, network: str, status: Literal["corrected", "derived"]
) -> ClosedForm:
    """Return 2/(rho trace): 2/lambda_max where lambda_max is that of one draw."""
    return _form(
        name=f"largest_learning_rate_sharp_{network}",
        expr=2 / (share.expr * trace.expr),
        stable=by_logarithm(2 / (share.lowered * trace.lowered)),
        parameters=(share.parameters[0], WIDTH),
        where=f"sec 4.3.3, {share.source.where}; Figs 17, 18, 22, 23",
        status=status,
        assumptions=share.assumptions,
        grows=share.grows,
        remainder=share.remainder,
        derivation=f"2/lambda_max, lambda_max = fisher.{share.name} times the trace of the FIM.",
    )


# It corrects the printed boundary, which descent passes unharmed, as it does this one.
largest_learning_rate_sharp_resnet = _sharp(
    fisher.top_eigenvalue_share, fisher.top_eigenvalue_upper_bound_resnet, "resnet", "corrected"
)
largest_learning_rate_sharp_bn = _sharp(
    fisher.top_eigenvalue_share_bn, fisher.top_eigenvalue_upper_bound_bn, "bn", "derived"
)

_L, _D, _N = DEPTH.symbol, WIDTH.symbol, SAMPLES.symbol

largest_learning_rate_sharp_bn_coupled = _form(
    name="largest_learning_rate_sharp_bn_coupled",
    expr=4 * pi / (_L * _D**2),
    parameters=(DEPTH, WIDTH),
    where="sec 4.3.3, eq 28 sharpened; Figs 17, 18, 22, 23",
    status="derived",
    assumptions=WIDE,
    grows=(WIDTH, SAMPLES),
    remainder=1 / _D + 1 / _N,
    derivation=(
        "2/lambda_max with gradients through the batch statistics, as training takes them: lambda_"
        "max = L D^2/(2 pi). The gradient of the mean output by W^l is the mean over inputs of g_n "
        "(u_n^l)^T, g_n the derivative by h_n^l of the sum of all outputs. Along the shortcut g_n "
        "is 1 in every unit. What comes through a batch normalisation above is orthogonal over the "
        "inputs to constants and to its own z, and so of mean 0 against the signals of other units "
        "but for terms that vanish with D and N. So every block l >= 1 gives D^2 (E u)^2 = "
        "D^2/(2 pi), u = relu(z), and block 0, whose inputs have mean 0, nothing: the constant "
        "vector over inputs is the top one of the tangent kernel, of L D^2/(2 pi)."
    ),
)
