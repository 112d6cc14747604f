"""Claims on the learning rates of gradient descent (Furusho 2020, section 2.4)."""

from __future__ import annotations

from theory import learning_rate as forms
from verify.model import Claim, Experiment
from verify.relations import Exactly

MEETS = {
    "loss quadratic around the minimum": (
        "a quadratic loss, or a real network so near an interpolating minimum that it is one"
    ),
}

small_network = Experiment(
    "a small network at its minimum",
    "verify.claims.learning_rate.measurements:measure_divergence",
    meets=MEETS,
)

divergence = Claim(
    "furusho2020/divergence-learning-rate",
    "Gradient descent converges to a minimum only with a learning rate below 2 / lambda_max.",
    says=Exactly("learning rate", forms.largest_learning_rate, remainder=lambda values: 1e-4),
    by=tuple(
        small_network.given(f"depth {depth}", depth=depth, width=width, samples=samples)
        for depth, width, samples in ((1, 4, 3), (2, 5, 4), (3, 6, 8))
    ),
    notes=(
        "Real small networks whose targets are their own outputs, so that the start is a minimum "
        "and the Hessian is the Fisher information; displaced along its top eigenvector.",
    ),
)

STEPS = 1000
"""Steps of gradient descent from which the fastest rate is read."""

fastest = Claim(
    "furusho2020/fastest-learning-rate",
    "The paper says that gradient descent converges fastest with 1 / lambda_max; the largest "
    "factor |1 - eta lambda_i| is least at 2 / (lambda_max + lambda_min).",
    says=Exactly.each(
        "learning rate",
        forms.fastest_learning_rate_printed,
        forms.fastest_learning_rate,
        remainder=lambda values: 5 / values["steps"],
    ),
    by=Experiment(
        "a quadratic loss",
        "verify.claims.learning_rate.measurements:measure_fastest",
        setting={"steps": STEPS},
        meets=MEETS,
    ),
    axis="bottom_eigenvalue",
    notes=(
        "The two agree where all eigenvalues are equal. Elsewhere 1 / lambda_max kills the top "
        "mode at once and leaves the slowest one; a larger rate balances the two.",
    ),
)

CLAIMS = (divergence, fastest)
