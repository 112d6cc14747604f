"""Claims on where gradient descent from a random start turns to diverge (Furusho 2020, 4.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from theory import learning_rate as forms
from theory.closed_form import ClosedForm
from theory.domains import Domain, Integers, Reals
from theory.form import Form
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS,
    GAUSSIAN,
    MEETS,
    RESNET,
    STOCHASTIC_DEPTH,
)
from verify.claims.terms import ROUNDING, Parameters, value
from verify.model import Claim, Experiment, HeatMap, Measure, OfNumerics, Value
from verify.relations import AtLeast, Equal

STEPS = 50
RUNS = 5
"""Steps of a run, and runs of a cell, of the paper's figures."""

BOUNDARY, RISE_ABOVE_START = "highest converging rate", "rise above start limit"

LOSSES = OfNumerics(
    "numerics.learning_rate:measure_final_loss",
    fixed={"dtype": "float32"},
    quantities=("final loss",),
)
BOUNDARIES = replace(LOSSES, function="numerics.learning_rate:measure_boundary")
OVER_START = replace(LOSSES, function="numerics.learning_rate:measure_boundary_over_start")

OCTAVES = (2, 6.5)
"""Between which powers of two, in units of 2/(printed upper bound), a boundary is sought."""


def trained(values: Parameters, **run: Any) -> Mapping[str, Any]:
    """Losses at the rates that are asked for, or else the boundary on the grid of the setting."""
    return (LOSSES if "learning_rate" in values else BOUNDARIES)(values, **run)


def trained_beside_start(values: Parameters, **run: Any) -> Mapping[str, Any]:
    """The same, with the boundary in units of 2/lambda_max at the start too."""
    return (LOSSES if "learning_rate" in values else OVER_START)(values, **run)


def on_grid(printed: ClosedForm, at: Parameters, within: float) -> dict[str, Value]:
    """Four inputs a unit, and the grid, which steps by sqrt(2), above the printed line."""
    unit = value(printed, at)
    low, high = OCTAVES
    return {
        "samples": 4 * at["width"],
        "lowest": 2**low * unit,
        "highest": 2**high * unit,
        "rates": round(2 * (high - low)) + 1,
    }


def _on_images(printed: ClosedForm, at: Parameters, within: float) -> dict[str, Value]:
    """As many inputs as there are, of as many coordinates as they have."""
    width = min(at["width"], 48)
    grid = on_grid(printed, {**at, "width": width}, within)
    return {**grid, "width": width, "samples": 300}


def _descents(
    network: str, printed: ClosedForm, measure: Measure = trained, **over: Domain
) -> Experiment:
    """Descent on Gaussian inputs."""
    return Experiment(
        "gradient descent, Gaussian inputs",
        measure,
        over=over,
        setting={"network": network, "inputs": GAUSSIAN, "steps": STEPS},
        sizes=partial(on_grid, printed),
        meets=MEETS,
    )


def _on_both_data(judged: Experiment, printed: ClosedForm) -> tuple[Experiment, Experiment]:
    """The same at sizes of the paper, and on the digits."""
    gaussian = replace(judged, over={}, measure=trained_beside_start)
    digits = replace(
        gaussian,
        label="gradient descent, digits",
        setting={**gaussian.setting, "inputs": DIGITS},
        sizes=partial(_on_images, printed),
    )
    return gaussian, digits


def at_least(form: Form, *, holds: bool | None = None) -> AtLeast:
    """The boundary is at least the form on average; no draw lies beyond the grid.

    That leaves an upper end as well, so that it is told how far above the form the boundary lies.
    """
    return AtLeast(
        BOUNDARY, form, largest=_highest, relative_variance=_of_steps_of_the_grid, holds=holds
    )


def _highest(values: Parameters) -> float:
    return float(values["highest"] * (1 + ROUNDING))


def _of_steps_of_the_grid(values: Parameters) -> float:
    """Relative variance of a boundary that lies up to two steps of the grid off: it only plans."""
    return 0.2


def _decades(low: float, high: float, count: int) -> tuple[float, ...]:
    return tuple(map(float, np.geomspace(low, high, count)))


def _maps(
    judged: Experiment, deepest_rate: float, printed: ClosedForm, right: Form, **given: Value
) -> tuple[HeatMap, HeatMap]:
    """The paper's two maps: over the depth at D = 50, and over the width of two blocks."""
    drawn = partial(
        HeatMap,
        y="learning_rate",
        colour="final loss",
        runs=RUNS,
        boundaries=(BOUNDARY, "start limit"),
        lines=(printed, right),
        by=_on_both_data(judged, printed),
    )
    depths, widths = range(1, 21), (10, 20, 30, 40, 50)
    return (
        drawn(
            x="depth",
            at={"depth": depths, "learning_rate": _decades(deepest_rate, 0.03, 20)},
            coarse={"depth": (1, 4, 16), "learning_rate": _decades(deepest_rate, 0.03, 10)},
            given={"width": 50, **given},
        ),
        drawn(
            x="width",
            at={"width": widths, "learning_rate": _decades(1e-4, 0.3, 20)},
            coarse={"width": (10, 30, 50), "learning_rate": _decades(1e-4, 0.3, 10)},
            given={"depth": 2, **given},
        ),
    )


GRID_NOTE = (
    "Within one network the diverging rates are no interval: between them others converge, and a "
    "bisection finds any of the crossings. The boundary is the highest rate of a grid that steps "
    "by the square root of 2, from 4 to 90 times the printed line, at which the loss is at most "
    "1000 after 50 steps. Runs stop only where the loss overflows: some that converge peak at "
    "thousands of times their start."
)
LOSS_NOTE = (
    "The loss is that of eqs 1 and 3, (1/2N) sum (f - y)^2, whose Hessian at a minimum is the "
    "Fisher information, with labels 0 and 1 for y; the paper does not name N, here four times D. "
    "From 6 blocks on a plain network of 50 units begins above 1000: its small rates 'diverge' as "
    "well. In the maps a loss counts as 1000 where it is above, so that the shade of a cell tells "
    "how many of its runs diverge; the paper averages losses as they are, and a cell is white "
    "where one run diverges far."
)

of_resnet = _descents(
    RESNET,
    forms.boundary_resnet_printed,
    trained_beside_start,
    depth=Integers(2, 4),
    width=Integers(16, 20),
)
of_bn = _descents(
    BATCH_NORM,
    forms.largest_learning_rate_bn_printed,
    trained_beside_start,
    depth=Integers(1, 3),
    width=Integers(10, 16),
)
of_dropping = _descents(
    STOCHASTIC_DEPTH,
    forms.largest_learning_rate_stochastic_depth_printed,
    depth=Integers(1, 4),
    width=Integers(10, 16),
    survival=Reals(0.4, 0.9),
)

resnet = Claim(
    "furusho2020/gd-boundary",
    "The paper says that 2/(upper bound of lambda_max) matches the boundary between convergence "
    "and divergence of gradient descent in a ResNet; in networks of two to four blocks it lies "
    "above 2/lambda_max of the start, and so above the printed line by 1/rho_L and more. That is a "
    "lower bound there, and most networks that are much deeper have no boundary.",
    says=(
        Equal(BOUNDARY, forms.boundary_resnet_printed),
        at_least(forms.largest_learning_rate_sharp_resnet),
        AtLeast(RISE_ABOVE_START, 1.0),
    ),
    by=of_resnet,
    axis="depth",
    figures=_maps(
        of_resnet, 1e-10, forms.boundary_resnet_printed, forms.largest_learning_rate_sharp_resnet
    ),
    notes=(
        GRID_NOTE,
        LOSS_NOTE,
        "2/lambda_max of one draw is a lower bound of the boundary and no more: at D = 50 the "
        "boundary of the median network lies about 2, 3, 5 and 6 times above it with one to four "
        "blocks. It is none where the start, at about 2^L D/2 on average, is so far above 1000 "
        "that 50 steps do not get there (furusho2020/boundary-depth): of the networks with "
        "D = 50 a quarter have no boundary at 12 blocks, more than half at 13 and most at 14.",
    ),
)

batch_norm = Claim(
    "furusho2020/gd-boundary-bn",
    "2/(upper bound of lambda_max), printed or right, is a learning rate at which gradient descent "
    "converges in a ResNet with batch norm, and so is no match of the boundary: that lies 8 times "
    "above and more.",
    says=(
        at_least(forms.largest_learning_rate_bn_printed),
        at_least(forms.largest_learning_rate_bn),
        AtLeast(RISE_ABOVE_START, 1.0),
    ),
    by=of_bn,
    axis="depth",
    figures=_maps(
        of_bn,
        1e-5,
        forms.largest_learning_rate_bn_printed,
        forms.largest_learning_rate_sharp_bn_coupled,
    ),
    notes=(GRID_NOTE, LOSS_NOTE),
)

stochastic_depth = Claim(
    "furusho2020/gd-boundary-sd",
    "2/(upper bound of lambda_max), printed or right, is a learning rate at which gradient descent "
    "converges in a shallow ResNet with stochastic depth, and so is no match of the boundary: that "
    "lies several times above.",
    says=(
        at_least(forms.largest_learning_rate_stochastic_depth_printed, holds=True),
        at_least(forms.largest_learning_rate_stochastic_depth),
    ),
    by=of_dropping,
    axis="depth",
    figures=_maps(
        of_dropping,
        1e-7,
        forms.largest_learning_rate_stochastic_depth_printed,
        forms.largest_learning_rate_stochastic_depth,
        survival=0.5,
    ),
    notes=(
        GRID_NOTE,
        LOSS_NOTE,
        "Blocks drop anew in each step, as the paper describes; the loss is that of the network "
        "as the paper evaluates it, with branches multiplied by p.",
    ),
)

CLAIMS = (resnet, batch_norm, stochastic_depth)
