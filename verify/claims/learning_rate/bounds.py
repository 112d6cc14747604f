"""Claims on the learning rates that the eigenvalues at the start allow (Furusho 2020, 4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np

from theory import learning_rate as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from verify.claims.fisher import top_eigenvalue
from verify.claims.fisher.experiments import BATCH_NORM, GAUSSIAN, MEETS, SINGLE_INPUT, measured
from verify.claims.terms import FORMULAS, Parameters
from verify.model import Claim, Experiment, Value
from verify.relations import Agree, AtLeast, AtMost, Equal, Statement

LARGEST, OPTIMAL = "2 / top eigenvalue", "1 / top eigenvalue"
SHARP = "2 / top eigenvalue of one draw"

AVERAGED = 16
"""Draws of v^T F v in an average: its variance is up to 7 times the square of its mean."""

EXPECTED = measured("expected_spectrum")
MEAN_OUTPUT = replace(
    measured("mean_output_gradient", "square", dtype="float64"), names={"width": "units"}
)
OF_FEW_INPUTS = replace(top_eigenvalue.OF_FEW_INPUTS, names={"width": "units"})


def measure_rates(values: Parameters, **run: Any) -> dict[str, Any]:
    """2 and 1 over the top eigenvalue of the Fisher information averaged over draws."""
    return _rates(EXPECTED(values, **run)[top_eigenvalue.TOP])


def measure_rates_from_above(
    values: Parameters, *, networks: int, first_network: int, **run: Any
) -> dict[str, Any]:
    """2 and 1 over v^T F v averaged over draws, v fixed: above the rates in the mean.

    E 1/X >= 1/E X, and E v^T F v is at most the top eigenvalue of E F.
    """
    run |= {"networks": networks * AVERAGED, "first_network": first_network * AVERAGED}
    found = top_eigenvalue.from_below.measure(values, **run)[top_eigenvalue.TOP]
    return _rates(np.reshape(found, (networks, AVERAGED)).mean(axis=1))


def _rates(top: Any) -> dict[str, Any]:
    return {LARGEST: 2 / top, OPTIMAL: 1 / top}


def measure_sharp_rate(values: Parameters, **run: Any) -> dict[str, Any]:
    """2 over what inputs share of the trace, as of networks of the point's width."""
    found = OF_FEW_INPUTS(values, **run)
    share = found["share between inputs"] * found["mean eigenvalue"] * (values["depth"] + 1)
    return {SHARP: 2 / share / values["width"] ** 2}


def rate_by_blocks(values: Parameters) -> Any:
    """2 over what orthogonal inputs share with batch norm, block by block.

    Past block k the variance is 1 + k a, a = 1 - 1/pi; two inputs share half of their gates, and
    the mean 1/(2 pi) of two rectified normal numbers.
    """
    depth, width = values["depth"], mpmath.mpf(values["width"])
    through = (
        mpmath.fprod(1 + 1 / (2 * (1 + k * (1 - 1 / mpmath.pi))) for k in range(block, depth))
        for block in range(1, depth + 1)
    )
    return 2 / (width**2 * mpmath.fsum(through) / (2 * mpmath.pi))


def measure_coupled_rate(values: Parameters, **run: Any) -> dict[str, Any]:
    """2 over the squared gradient of the mean output, as of networks of the point's width."""
    return {SHARP: 2 / MEAN_OUTPUT(values, **run)["square"] / values["width"] ** 2}


def _in_units(at: Parameters, within: float) -> dict[str, Value]:
    sizes = top_eigenvalue.plain.sizes(at, within)
    assert sizes is not None
    return {"units": sizes["width"]}


of_resnet, of_batch_norm, of_stochastic_depth = (
    replace(one, measure=measure_rates)
    for one in (
        top_eigenvalue.of_resnet,
        top_eigenvalue.of_batch_norm,
        top_eigenvalue.of_stochastic_depth,
    )
)
# Of one block, or where few survive, v^T F v is hardly above what the ceiling is made of.
along_direction = replace(
    top_eigenvalue.from_below,
    label=f"{SINGLE_INPUT}, along a fixed direction, averaged",
    measure=measure_rates_from_above,
    over={
        **top_eigenvalue.from_below.over,
        "depth": Integers(2, 5),
        "survival": Reals(0.5, 1),
    },
)
ONE_WIDTH = {"width": Integers(50, 50)}
sharp = replace(
    top_eigenvalue.plain,
    measure=measure_sharp_rate,
    over={"depth": Integers(2, 2), **ONE_WIDTH},
    sizes=_in_units,
    doubled=("units",),
)
by_blocks = replace(
    FORMULAS,
    label="kernel block by block",
    over={"depth": Integers(1, 20), "width": Integers(1, 1000)},
    meets=MEETS,
)
coupled = Experiment(
    "Gaussian inputs, gradients through the batch statistics",
    measure_coupled_rate,
    over={"depth": Integers(1, 2), **ONE_WIDTH},
    setting={"network": BATCH_NORM, "inputs": GAUSSIAN, "units": 48, "samples": 48},
    doubled=("units", "samples"),
    meets=MEETS,
)


def _allowed(
    by: Experiment, largest: ClosedForm, optimal: ClosedForm
) -> tuple[Statement, Statement]:
    return AtLeast(LARGEST, largest, by=(by,)), AtLeast(OPTIMAL, optimal, by=(by,))


rates = Claim(
    "furusho2020/learning-rates",
    "2/(upper bound of lambda_max) and 1/(upper bound of lambda_max), the largest and the optimal "
    "learning rate of the paper, are at most 2/lambda_max and 1/lambda_max of the Fisher "
    "information at the start; the printed ones with stochastic depth are not, in deep networks.",
    says=(
        *_allowed(
            of_resnet, forms.largest_learning_rate_resnet, forms.optimal_learning_rate_resnet
        ),
        *_allowed(
            of_batch_norm,
            forms.largest_learning_rate_bn_printed,
            forms.optimal_learning_rate_bn_printed,
        ),
        *_allowed(of_batch_norm, forms.largest_learning_rate_bn, forms.optimal_learning_rate_bn),
        *_allowed(
            of_stochastic_depth,
            forms.largest_learning_rate_stochastic_depth_printed,
            forms.optimal_learning_rate_stochastic_depth_printed,
        ),
        *_allowed(
            of_stochastic_depth,
            forms.largest_learning_rate_stochastic_depth,
            forms.optimal_learning_rate_stochastic_depth,
        ),
        *(
            AtMost(quantity, form, by=(of_stochastic_depth, along_direction))
            for quantity, form in (
                (LARGEST, forms.largest_learning_rate_ceiling_stochastic_depth),
                (LARGEST, forms.largest_learning_rate_mean_stochastic_depth),
                (OPTIMAL, forms.optimal_learning_rate_ceiling_stochastic_depth),
                (OPTIMAL, forms.optimal_learning_rate_mean_stochastic_depth),
            )
        ),
    ),
    by=(of_resnet, of_batch_norm, of_stochastic_depth, along_direction),
    notes=(
        "Averages over two draws at four inputs have rates some three times too small: 'at least' "
        "is judged on the safe side, and 'at most' is easy. So that is judged too on 2 and 1 over "
        f"v^T F v, v a fixed unit vector, averaged over {AVERAGED} draws, whose mean is above the "
        "rates.",
        "'At least' is settled by some 90 networks a point at quick, which leave open how far "
        "above the rates lie: formulas of larger rates survive. Equalities of one draw "
        "(learning-rates-sharp) have both ends.",
        "With stochastic depth the printed rates are 2 and 1 over a bound that deep networks "
        "exceed; no simulation reaches so far, and they are refuted by the form on the other side.",
    ),
)

sharp_rates = Claim(
    "furusho2020/learning-rates-sharp",
    "In a wide network 2/lambda_max of the Fisher information of one draw is 2 over its share "
    "rho_L of the trace; with batch norm, and gradients that flow through its statistics as "
    "training takes them, it is 4 pi/(L D^2).",
    says=(
        Equal(SHARP, forms.largest_learning_rate_sharp_resnet, by=(sharp,)),
        Agree(SHARP, forms.largest_learning_rate_sharp_bn, witness=rate_by_blocks, by=(by_blocks,)),
        Equal(SHARP, forms.largest_learning_rate_sharp_bn_coupled, by=(coupled,)),
    ),
    by=(sharp, by_blocks, coupled),
    axis="depth",
    notes=(
        "With the statistics held fixed the share of the trace is judged under lambda-max-sharp, "
        "and here what follows from it, by its formulas.",
        "Networks are drawn at widths and numbers of inputs of their own, doubled twice, and their "
        "rates multiplied by the square of their width over that of the point.",
        "With batch norm lambda_max of one draw grows with L, and not with L log L, in wide "
        "networks of many inputs: with the statistics held it tends to c L D^2/(2 pi) in deep "
        "ones, c = 1/(1 - 1/(2 a)) = 3.75 and a = 1 - 1/pi, though slowly (c is 1.7 at L = 10 and "
        "2.5 at 100), and through them it is L D^2/(2 pi) at any depth: what comes back through a "
        "batch normalisation is orthogonal to constants over the inputs, and only the shortcut "
        "carries the direction in which all inputs pull alike.",
        "Theorem 7 is on F averaged over draws, whose lambda_max is at most the average of theirs, "
        "as a convex function. So its 'L log L order at most' holds there, though not by the "
        "trace, which grows like L^1.467.",
    ),
)

CLAIMS = (rates, sharp_rates)
