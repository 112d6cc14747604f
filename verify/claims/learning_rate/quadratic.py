"""Claims on gradient descent around a minimum (Furusho 2020, section 2.4)."""

from __future__ import annotations

import math

from theory import learning_rate as forms
from theory.domains import Integers, Reals
from verify.claims.terms import Parameters
from verify.model import Checked, Claim, Experiment, OfNumerics
from verify.relations import Exactly

QUADRATIC = "loss quadratic around the minimum"

OF_REAL_NETWORKS = 1e-4
"""To what the rate is claimed: far beyond the bracket (1e-7) and what is not quadratic (1e-8)."""

divergence = Claim(
    "furusho2020/divergence-learning-rate",
    "Gradient descent converges to a minimum only with a learning rate below 2 / lambda_max.",
    says=Exactly(
        "learning rate",
        forms.largest_learning_rate,
        remainder=lambda values: OF_REAL_NETWORKS,
    ),
    by=Experiment(
        "a small network at its minimum",
        OfNumerics(
            "numerics.learning_rate:measure_divergence_rate",
            fixed={"network": "resnet"},
        ),
        over={
            "depth": Integers(1, 3),
            "width": Integers(4, 6),
            "samples": Integers(3, 8),
            "top_eigenvalue": Reals(0.1, 10),
        },
        meets={QUADRATIC: Checked("gates unchanged")},
    ),
    notes=(
        "Real small networks whose targets are their own outputs, so that the start is a minimum "
        "and the Hessian is the Fisher information; displaced along its top eigenvector, by 1e-9 "
        "of the weights. Their loss is multiplied by what makes its top eigenvalue lambda_max.",
        "The loss is quadratic unless a unit switches between active and silent near the minimum: "
        "networks of which one does within 64 displacements count neither for nor against.",
    ),
)


def _last_of_the_start(values: Parameters) -> float:
    """After T steps both ends of the spectrum are equally far where 1 - eta l = r (eta h - 1).

    r = (h / l)^(1 / (2 T - 1)), so that (r - 1)(h - l) / (2 (l + r h)) of the rate is missing.
    """
    low, high = values["bottom_eigenvalue"], values["top_eigenvalue"]
    return 1e-6 + math.expm1(math.log(high / low) / (2 * values["steps"] - 1)) / 2


fastest = Claim(
    "furusho2020/fastest-learning-rate",
    "The paper says that gradient descent converges fastest with 1 / lambda_max; the largest "
    "factor |1 - eta lambda_i| is least at 2 / (lambda_max + lambda_min).",
    says=Exactly.each(
        "learning rate",
        forms.fastest_learning_rate_printed,
        forms.fastest_learning_rate,
        remainder=_last_of_the_start,
    ),
    by=Experiment(
        "a quadratic loss",
        OfNumerics("numerics.learning_rate:measure_fastest_rate", quantities=("learning rate",)),
        over={
            "top_eigenvalue": Reals(0.1, 10),
            "bottom_eigenvalue": Reals(0.01, "top_eigenvalue"),
        },
        setting={"steps": 1000},
        meets={QUADRATIC: "a quadratic loss"},
    ),
    examples=[{"top_eigenvalue": 1.0, "bottom_eigenvalue": 1.0}],
    axis="bottom_eigenvalue",
    notes=(
        "The two agree where all eigenvalues are equal. Elsewhere 1 / lambda_max kills the top "
        "mode at once and leaves the slowest one; a larger rate balances the two.",
    ),
)

CLAIMS = (divergence, fastest)
