"""Claims on the learning rates of gradient descent (Furusho 2020, section 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numerics import learning_rate
from theory import learning_rate as forms
from verify.claims.measurements import Drawn, plain
from verify.claims.terms import grid
from verify.evidence.accounting import Budget
from verify.model import Claim, Point
from verify.relations import Exactly

ASSUMPTIONS_MET = {
    "loss quadratic around the minimum": (
        "a quadratic loss, or a real network so near an interpolating minimum that it is one"
    ),
}
"""What the forms assume, and how the simulations meet it."""


STEPS = 1000
"""Steps of gradient descent from which the fastest rate is read."""


def measure_divergence(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Learning rate at which gradient descent turns to divergence, times the top eigenvalue."""
    measured = learning_rate.measure_divergence_rate(plain(values, **run)).per_network
    return {"learning rate": measured / values["top_eigenvalue"]}


def measure_fastest(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Learning rate of fastest descent; the run is deterministic, each repetition the same."""
    condition = values["top_eigenvalue"] / values["bottom_eigenvalue"]
    measured = learning_rate.measure_fastest_rate(condition_number=condition, steps=STEPS)
    rate = float(measured.estimate) / values["top_eigenvalue"]
    return {"learning rate": np.full(run["networks"], rate)}


def _place_divergence(parameters: Mapping[str, Any], budget: Budget) -> list[Point]:
    sizes = ((1, 4, 3), (2, 5, 4), (3, 6, 8))
    return [
        Point(
            parameters=parameters,
            setting={"depth": depth, "width": width, "samples": samples},
            margin=0.0,
        )
        for depth, width, samples in sizes
    ]


def _place_fastest(parameters: Mapping[str, Any], budget: Budget) -> list[Point]:
    return [Point(parameters=parameters, setting={"steps": STEPS}, margin=0.0)]


divergence = Claim(
    id="furusho2020/divergence-learning-rate",
    statement="Gradient descent converges to a minimum only with a learning rate below "
    "2 / lambda_max.",
    says=(Exactly("learning rate", forms.largest_learning_rate, finite_size=lambda values: 1e-4),),
    measure=measure_divergence,
    grid=grid(["top_eigenvalue"], [(4.0,)], []),
    place=_place_divergence,
    axis="top_eigenvalue",
    notes=(
        "Real small networks whose targets are their own outputs, so that the start is a minimum "
        "and the Hessian is the Fisher information; displaced along its top eigenvector.",
    ),
    met=ASSUMPTIONS_MET,
)

fastest = Claim(
    id="furusho2020/fastest-learning-rate",
    statement="The paper says that gradient descent converges fastest with 1 / lambda_max; the "
    "largest factor |1 - eta lambda_i| is least at 2 / (lambda_max + lambda_min).",
    says=Exactly.each(
        "learning rate",
        forms.fastest_learning_rate_printed,
        forms.fastest_learning_rate,
        finite_size=lambda values: 5 / STEPS,
    ),
    measure=measure_fastest,
    grid=grid(
        ["top_eigenvalue", "bottom_eigenvalue"],
        [(1.0, 1.0), (1.0, 0.5), (1.0, 0.1), (4.0, 1.0)],
        [],
    ),
    place=_place_fastest,
    axis="bottom_eigenvalue",
    notes=(
        "The two agree where all eigenvalues are equal. Elsewhere 1 / lambda_max kills the top "
        "mode at once and leaves the slowest one; a larger rate balances the two.",
    ),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (divergence, fastest)
