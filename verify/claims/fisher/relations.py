"""Claims on Fisher information that are no equality of means: bounds, order, growth, algebra."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath

from theory import fisher as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from verify.claims.fisher import experiments as networks
from verify.claims.fisher.experiments import RESNET
from verify.claims.terms import FORMULAS, Parameters, rounding
from verify.model import Claim, Experiment
from verify.relations import Agree, AlwaysAtLeast, AlwaysAtMost, PowerLaw, Ranking

eigenvalue_bounds = Claim(
    "furusho2020/eigenvalue-bounds",
    "Whatever the network and its inputs, the top eigenvalue of the Fisher information lies "
    "between the mean eigenvalue m and (L+1) D² m.",
    says=(
        AlwaysAtLeast("least", 1, remainder=rounding),
        AlwaysAtMost("greatest", forms.eigenvalue_ratio_upper_bound, remainder=rounding),
    ),
    where="Lemma 1, eq 37",
    by=Experiment(
        "a search over the inputs",
        networks.measured("extreme_eigenvalues", network=RESNET, dtype="float64"),
        over={"depth": Integers(1, 2), "width": Integers(1, 2)},
        setting={"samples": 3},
    ),
    axis="width",
    notes=(
        "Searched for by gradient ascent over the inputs of tiny plain networks, from a start of "
        "its own for each network.",
        "Both bounds hold for any positive semidefinite matrix with P eigenvalues: they can fail "
        "only where the simulation is none of a Fisher information.  What is learnt is how tight "
        "they are.",
        "The upper bound is reached: ascent ends at collinear inputs.  With fewer inputs N than "
        "parameters the lower one is not, as at most N eigenvalues are positive.",
    ),
)

mean_eigenvalue_order = Claim(
    "furusho2020/mean-eig-order",
    "In networks of equal depth, from depth 6 on where 0.7 of the blocks survive or more, the mean "
    "eigenvalue is least with batch norm and greatest in the plain network, with stochastic depth "
    "between them.",
    says=Ranking(
        "ranking",
        of=(
            forms.mean_eigenvalue_bn,
            forms.mean_eigenvalue_stochastic_depth,
            forms.mean_eigenvalue_resnet,
        ),
    ),
    where="Theorems 6 to 8, Remark 3 sharpened",
    by=networks.on_gaussian(
        networks.measured("mean_eigenvalue_by_kind", "ranking"),
        setting={"width": 32, "samples": 32},
        over={"depth": Integers(6, 16), "survival": Reals(0.7, 0.95)},
    ),
    within=0.1,
    notes=(
        "The paper says of batch norm and of stochastic depth each that it lies below the plain "
        "network (Remark 3); which of the two is lower, and from which depth on, is ours.",
        "Common random numbers: network k of each kind has the same weights and inputs.  Judged by "
        "paired comparison, network against network, not by the means.",
        "A network with stochastic depth that lost no block equals the plain one: a tie.",
        "In shallow networks it is otherwise: with one block batch norm has the mean eigenvalue "
        "of the plain network, 5/4, and stochastic depth less.  Where 0.8 of the blocks survive "
        "the means are in order at depths 2 and 3, but not the networks by far: at depth 3 about "
        "half of those with stochastic depth, the share 0.512 that loses no block, exceed batch "
        "norm.",
    ),
)

WIDTHS = (1, 2, 4, 8)
"""The widths D of a row, in units of the point's own."""


def widths(values: Parameters) -> list[int]:
    """The widths of a row."""
    return [values["width"] * factor for factor in WIDTHS]


def relative_variance(values: Parameters) -> float:
    """Of v^T F v at depth 1 and one input, S^2 for the sum S of D independent relu(z).

    E S^2 = D/2 + D (D-1)/(2 pi); E S^4 adds up the moments of relu(z), 1/sqrt(2 pi), 1/2,
    2/sqrt(2 pi) and 3/2, over which of four factors are of one unit.
    """
    width, square = values["width"], 1 / (2 * math.pi)
    pairs = width * (width - 1)
    triples, quadruples = pairs * (width - 2), pairs * (width - 2) * (width - 3)
    fourth = (
        1.5 * width + pairs * (8 * square + 0.75) + 3 * triples * square + quadruples * square**2
    )
    return fourth / (width / 2 + pairs * square) ** 2 - 1


def remainder(values: Parameters) -> float:
    """What v^T F v lies above its limit D^2/(2 pi) at depth 1: (pi - 1)/D, by E S^2."""
    return (math.pi - 1) / values["width"]


expected_top_eigenvalue_width = Claim(
    "furusho2020/expected-fim-width",
    "With one block the top eigenvalue of the expected Fisher information grows like the number of "
    "weights of a layer, D².",
    says=PowerLaw(
        "projected",
        2,
        sizes=widths,
        scale=lambda values: [width**2 / (2 * math.pi) for width in widths(values)],
        relative_variance=relative_variance,
        remainder=remainder,
    ),
    where="eq 27, Figs 16, 21 sharpened",
    by=Experiment(
        "widths D to 8 D",
        networks.measured("projection_by_width", "projected", factors=WIDTHS, **networks.ONE),
        over={"width": Integers(400, 800)},
        setting={
            "inputs": networks.SINGLE_INPUT,
            "samples": 1,
            "network": RESNET,
            "depth": 1,
        },
        meets=networks.MEETS,
    ),
    within=0.06,
    notes=(
        "Judged on v^T F v for the fixed unit vector v of expected-fim-lambda-max, whose "
        "expectation is at most the top eigenvalue and equals it as D grows.  At larger depths "
        "neither its remainder nor its variance is derived.",
    ),
)


# Algebra --------------------------------------------------------------------------------------


def eq_37(forward: ClosedForm, backward: ClosedForm) -> Callable[[Parameters], Any]:
    """The mean eigenvalue of eq 37 with these second moments, E[u_0²] = 1 by eq 38."""

    def mean_eigenvalue(values: Parameters) -> Any:
        exact = {name: mpmath.mpf(value) for name, value in values.items()}

        def moment(form: ClosedForm, layer: int) -> Any:
            given = {**exact, "layer": mpmath.mpf(layer)}
            return form.value(**{name: given[name] for name in form.domain})

        later = (
            moment(backward, layer) * moment(forward, layer)
            for layer in range(1, values["depth"] + 1)
        )
        return (moment(backward, 0) + mpmath.fsum(later)) / (exact["depth"] + 1)

    return mean_eigenvalue


def _follows(theorem: ClosedForm, forward: ClosedForm, backward: ClosedForm) -> Agree:
    return Agree("formula", theorem, witness=eq_37(forward, backward), holds=True)


theorem_algebra = Claim(
    "furusho2020/theorem-algebra",
    "Theorems 6, 7 and 8 follow from Lemmas 2, 3 and 4 by eq 37.",
    says=(
        _follows(
            forms.mean_eigenvalue_resnet, forms.forward_moment_resnet, forms.backward_moment_resnet
        ),
        _follows(
            forms.mean_eigenvalue_bn_printed,
            forms.forward_moment_bn,
            forms.backward_moment_bn_printed,
        ),
        _follows(
            forms.mean_eigenvalue_stochastic_depth_printed,
            forms.forward_moment_stochastic_depth_printed,
            forms.backward_moment_stochastic_depth_printed,
        ),
    ),
    by=replace(FORMULAS, over={"depth": Integers(1, 1000)}, meets=networks.MEETS),
    notes=(
        "The algebra holds as printed.  Where a theorem fails against networks, its lemma does.",
        "Slips of print on the way: eq 37 has the signal u_j^0 = (W^0 x)_j in the gradient by W^0, "
        "which has the input x_j, of the same second moment; the first line of eq 58 lacks the sum "
        "over paths; eq 65 has [p] for the [pL] of eq 67; and what B.1 derives at its end is "
        "Theorem 6, not 2.",
    ),
)


def doubled(values: Parameters) -> Any:
    """The exponent that a doubling of 10^120 blocks shows: there 50 digits have no next order."""
    once, twice = (
        forms.mean_eigenvalue_bn.value(depth=blocks * mpmath.mpf(10) ** 120) for blocks in (1, 2)
    )
    return mpmath.log(twice / once, 2)


growth_batch_norm = Claim(
    "furusho2020/growth-bn",
    "With batch norm the mean eigenvalue is said to grow like log L; it grows like L^(1/(pi-1)).",
    says=Agree("exponent", forms.growth_exponent_bn, witness=doubled),
    by=replace(FORMULAS, meets=networks.MEETS),
    notes=("The exponent is that of the form that mean-eig-bn holds against networks.",),
)

CLAIMS = (
    eigenvalue_bounds,
    mean_eigenvalue_order,
    expected_top_eigenvalue_width,
    theorem_algebra,
    growth_batch_norm,
)
