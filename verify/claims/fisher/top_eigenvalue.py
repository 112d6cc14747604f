"""Claims on the top eigenvalue of the Fisher information, of one draw and in expectation."""

from __future__ import annotations

from theory import fisher as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    FEW_INPUTS,
    RESNET,
    SINGLE_INPUT,
    STOCHASTIC_DEPTH,
    measured,
    of_data,
    on_digits,
    on_gaussian,
    one_input,
)
from verify.model import Claim, Experiment
from verify.relations import AtLeast, AtMost, Equal, Statement

SURVIVAL = 0.8
"""Survival probability at which the top eigenvalue is judged."""

square = on_gaussian("top_share", setting={"width": 240, "samples": 120})
few_inputs = of_data("top_share", FEW_INPUTS, FEW_INPUTS, {"width": 10_000, "samples": 4})
digits = on_digits("top_share")

plain = (
    square.given(network=RESNET),
    digits.given(network=RESNET),
    few_inputs.given(network=RESNET),
)
normalised = (square.given(network=BATCH_NORM), digits.given(network=BATCH_NORM))
dropping = (
    square.given(network=STOCHASTIC_DEPTH, survival=SURVIVAL),
    few_inputs.given(network=STOCHASTIC_DEPTH, survival=SURVIVAL),
)

top_eigenvalue_share = Claim(
    "furusho2020/lambda-max-sharp",
    "The top eigenvalue of the Fisher information of one draw is rho_L times its trace, rho_L from "
    "the arc-cosine recursion at orthogonal inputs.",
    says=(
        Equal("top share", forms.top_eigenvalue_share_finite, by=plain),
        Equal("top share", forms.top_eigenvalue_share_bn_finite, by=normalised),
        Equal("top share", forms.top_eigenvalue_share_stochastic_depth, by=dropping),
    ),
    by=(*plain, *normalised, *dropping),
    notes=(
        "With stochastic depth a network that loses every block is linear. The claim as first "
        "posed gave it the share 1/N of orthogonal inputs and was REFUTED at L = 1, p = 0.8 "
        "(0.0588 claimed, 0.0633 measured): its kernel is X X^T, whose top eigenvalue sits at the "
        "Marchenko-Pastur edge. The form below has that term.",
        "The share under dropping is averaged exactly over the number of survivors.",
        "Stated for N/D between 1/4 and 4, with the share of N inputs rho + (1 - rho)/N and a "
        "remainder of 10/D: inputs are orthogonal up to cosines of order 1/sqrt(D).",
        "At width 48 the remainder is 0.21: the digits are shown and not counted.",
    ),
)

average = on_gaussian("expected", setting={"width": 130, "samples": 65, "draws": 30})
of_resnet = average.given(network=RESNET)
of_batch_norm = average.given(network=BATCH_NORM)
of_stochastic_depth = average.given(network=STOCHASTIC_DEPTH, survival=SURVIVAL)
projected = Experiment(
    SINGLE_INPUT,
    measured("expected"),
    over={"depth": Integers(1, 1)},
    setting={"inputs": SINGLE_INPUT, "network": RESNET, "width": 4000, "draws": 1},
    meets=one_input.meets,
)


def _between(
    by: Experiment, lower: ClosedForm, upper: ClosedForm, *of: ClosedForm
) -> tuple[Statement, Statement]:
    # A form that is refuted as an equality may bound all the same.
    return (
        AtLeast("top eigenvalue", lower, by=(by,), holds=True, of=of),
        AtMost("top eigenvalue", upper, by=(by,), of=of),
    )


expected_top_eigenvalue = Claim(
    "furusho2020/expected-fim-lambda-max",
    "The top eigenvalue of the Fisher information averaged over draws lies between the mean "
    "eigenvalue m and (L+1) D^2 m.",
    says=(
        *_between(
            of_resnet,
            forms.mean_eigenvalue_resnet,
            forms.top_eigenvalue_upper_bound_resnet,
            forms.expected_top_eigenvalue_resnet,
        ),
        *_between(
            of_batch_norm,
            forms.mean_eigenvalue_bn_printed,
            forms.top_eigenvalue_upper_bound_bn_printed,
        ),
        *_between(of_batch_norm, forms.mean_eigenvalue_bn, forms.top_eigenvalue_upper_bound_bn),
        *_between(
            of_stochastic_depth,
            forms.mean_eigenvalue_stochastic_depth_printed,
            forms.top_eigenvalue_upper_bound_stochastic_depth_printed,
        ),
        *_between(
            of_stochastic_depth,
            forms.mean_eigenvalue_stochastic_depth,
            forms.top_eigenvalue_upper_bound_stochastic_depth,
        ),
        Equal("projected", forms.expected_top_eigenvalue_resnet, by=(of_resnet, projected)),
    ),
    by=(of_resnet, of_batch_norm, of_stochastic_depth, projected),
    notes=(
        "The top eigenvalue of an average over finitely many draws exceeds that of the "
        "expectation on average, so 'at most' is judged on the safe side and 'at least' is easy.",
        "With stochastic depth the printed upper bound grows like 2^(pL) D^2, the mean eigenvalue "
        "like (1+p)^L: deep networks have a larger mean than that bound, and a larger top "
        "eigenvalue. No simulation reaches so far; in shallow ones it bounds.",
        "The printed upper bound with batch norm, from a mean that is too small, is the smaller of "
        "the two, and bounds all the same.",
        "The bounds are (L+1) D^2 apart. The sharp form is judged on v^T F v for the fixed unit "
        "vector v of its derivation, whose expectation is at most the top eigenvalue.",
    ),
)

CLAIMS = (top_eigenvalue_share, expected_top_eigenvalue)
