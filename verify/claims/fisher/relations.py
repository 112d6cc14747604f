"""Claims on Fisher information that are no equality of means: bounds, order, growth, algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from numerics import fisher
from theory import fisher as forms
from theory.closed_form import ClosedForm
from verify.claims.fisher.assumptions import ASSUMPTIONS_MET
from verify.claims.fisher.terms import BATCH_NORM, GAUSSIAN, RESNET, STOCHASTIC_DEPTH, depths
from verify.claims.measurements import Drawn, measure_nothing, plain
from verify.claims.terms import IDENTITY, Parameters, grid
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Agree, AlwaysAtLeast, AlwaysAtMost, PowerLaw, Ranking

# Bounds on every network ----------------------------------------------------------------------

SEARCHES = {"samples": 3}
MISSED = 0.3
"""CONFIRMED: fewer than this share of searches would find a violation."""


def measure_extremes(values: Parameters, **run: Any) -> Drawn:
    """Least and greatest top over mean eigenvalue that a search over the inputs found."""
    found = fisher.measure_extreme_eigenvalues(plain(values, **run))
    return {"least": found.least.per_network, "greatest": found.greatest.per_network}


def _place_searches(parameters: Parameters, budget: Budget) -> list[Point]:
    return [Point(parameters, SEARCHES, margin=MISSED * budget.sharpness)]


eigenvalue_bounds = Claim(
    id="furusho2020/eigenvalue-bounds",
    statement="Whatever the network and its inputs, the top eigenvalue of the Fisher information "
    "lies between the mean eigenvalue m and (L+1) D² m.",
    says=(
        AlwaysAtLeast("least", 1, finite_size=lambda values: IDENTITY),
        AlwaysAtMost(
            "greatest", forms.eigenvalue_ratio_upper_bound, finite_size=lambda values: IDENTITY
        ),
    ),
    measure=measure_extremes,
    grid=grid(["depth", "width"], [(1, 1), (2, 1), (1, 2)], [(2, 2), (1, 3)]),
    place=_place_searches,
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
    met=ASSUMPTIONS_MET,
)


# Ranking --------------------------------------------------------------------------------------

SURVIVAL = 0.8
"""Survival probability of the network with stochastic depth."""

EXCESS = 0.1
"""Excess over 1/2 of each probability in the ranking that the plan reckons with."""


def measure_ranking(values: Parameters, **run: Any) -> Drawn:
    """Mean eigenvalue of the three networks of one set of weights and inputs, a row a set."""
    sizes = {name: values[name] for name in ("depth", "width", "samples", "inputs")}
    survival = {BATCH_NORM: None, STOCHASTIC_DEPTH: values["survival"], RESNET: None}
    columns = [
        fisher.measure_spectrum(network=name, survival=p, top=False, **sizes, **run)
        for name, p in survival.items()
    ]
    return {"ranking": np.column_stack([one.mean_eigenvalue.per_network for one in columns])}


def _place_ranking(parameters: Parameters, budget: Budget) -> list[Point]:
    setting: dict[str, Value] = {
        "inputs": GAUSSIAN, "width": 32, "samples": 32, "survival": SURVIVAL,
    }  # fmt: skip
    return [Point(parameters, setting, margin=EXCESS * budget.sharpness)]


mean_eigenvalue_order = Claim(
    id="furusho2020/mean-eig-order",
    statement="In deep networks of equal depth the mean eigenvalue is least with batch norm and "
    "greatest in the plain network, with stochastic depth between them.",
    says=(Ranking("ranking"),),
    where="Theorems 6 to 8, Remark 3",
    measure=measure_ranking,
    grid=depths((5, 6, 8, 12), (16,)),
    place=_place_ranking,
    axis="depth",
    notes=(
        "Common random numbers: network k of each kind has the same weights and inputs.  Judged by "
        "paired comparison, network against network, not by the means.",
        "A network with stochastic depth that lost no block equals the plain one: a tie.",
        "In shallow networks it is otherwise: with one block batch norm has the mean eigenvalue "
        "of the plain network, 5/4, and stochastic depth less.",
    ),
    met=ASSUMPTIONS_MET,
)


# Growth with the width ------------------------------------------------------------------------


def widths(values: Parameters) -> tuple[int, ...]:
    """The widths D of a row, from the point's own on."""
    return tuple(values["width"] * factor for factor in (1, 2, 4, 8))


def measure_by_width(values: Parameters, **run: Any) -> Drawn:
    """v^T F v of one network for each of the widths, a row a network number."""
    columns = [
        fisher.measure_expected_spectrum(
            plain({**values, "width": width}, **run), draws=1
        ).projected.per_network
        for width in widths(values)
    ]  # fmt: skip
    return {"projected": np.column_stack(columns)}


def _guessed_means(values: Parameters) -> list[float]:
    form = forms.expected_top_eigenvalue_resnet
    return [form.value(depth=values["depth"], width=width) for width in widths(values)]


def _place_widths(parameters: Parameters, budget: Budget) -> list[Point]:
    sizes: dict[str, Value] = {"width": round(50 / budget.sharpness), "samples": 2}
    return [Point(parameters, sizes, margin=0.3 * budget.sharpness)]


expected_top_eigenvalue_width = Claim(
    id="furusho2020/expected-fim-width",
    statement="At fixed depth the top eigenvalue of the expected Fisher information grows like "
    "the number of weights of a layer, D².",
    says=(
        PowerLaw(
            "projected",
            2,
            finite_size=lambda v: (v["depth"] + 4) / (2 * v["width"]),
            relative_variance=lambda v: 7 * v["depth"] / v["width"],
            sizes=widths,
            scale=_guessed_means,
        ),
    ),
    where="eq 27, Figs 16, 21 sharpened",
    measure=measure_by_width,
    grid=depths((1, 2, 3), ()),
    place=_place_widths,
    axis="depth",
    notes=(
        "Judged on v^T F v for the fixed unit vector v of expected-fim-lambda-max, whose "
        "expectation is at most the top eigenvalue and equals it as D grows.",
        "The remainder (L+4)/(2D) is stated for v^T F v itself; at depth 1 it is (π-1)/D exactly.",
    ),
    met=ASSUMPTIONS_MET,
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


def _place_formula(parameters: Parameters, budget: Budget) -> list[Point]:
    return [Point(parameters, {}, margin=0.0)]


theorem_algebra = Claim(
    id="furusho2020/theorem-algebra",
    statement="Theorems 6, 7 and 8 follow from Lemmas 2, 3 and 4 by eq 37.",
    says=(
        _follows(
            forms.mean_eigenvalue_resnet,
            forms.forward_moment_resnet,
            forms.backward_moment_resnet,
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
    measure=measure_nothing,
    grid=grid(
        ["depth", "survival"],
        [(1, 0.0), (1, 1.0), (2, 0.5), (7, 0.3), (40, 0.8), (200, 0.9)],
        [(1000, 0.7)],
    ),
    place=_place_formula,
    axis="depth",
    notes=(
        "The algebra holds as printed.  Where a theorem fails against networks, its lemma does.",
    ),
    met=ASSUMPTIONS_MET,
)


CLAIMS = (
    eigenvalue_bounds,
    mean_eigenvalue_order,
    expected_top_eigenvalue_width,
    theorem_algebra,
)
