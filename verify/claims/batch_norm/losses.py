"""Claims on what batch norm adds to any loss (Luo et al. 2018, Theorem 1 and Appendix 1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from theory import batch_norm as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.batch_norm.experiments import MEETS, SHAPES
from verify.claims.terms import Parameters, value
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import SignedEqual


def softplus(h: float) -> float:
    """log(1 + e^h)."""
    return max(h, 0.0) + math.log1p(math.exp(-abs(h)))


def expit(h: float) -> float:
    """The logistic function."""
    return math.exp(-softplus(-h))


LOSSES: Mapping[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "relu": (softplus, expit),
    "logistic": (expit, lambda h: expit(h) * expit(-h)),
}
"""A' and A'' of losses A(h) - y h."""


def loss_moments(at: Parameters) -> dict[str, float]:
    """What the penalty takes of a loss: F = E A'' z^2, E A'', E A'' z, and E r, E r z, E r z^3.

    Last the root of E r^2.  r = A'(hbar) - E[y | z], and the hidden value z is -a, 0 or b with
    b - a = s and a b = rho + 3 - s^2: it has the skewness s and the excess kurtosis rho.
    """
    s, product = at["skewness"], at["kurtosis"] + 3 - at["skewness"] ** 2
    b = (s + math.sqrt(s**2 + 4 * product)) / 2
    a = b - s
    law = ((-a, 1 / (a * (a + b))), (0.0, 1 - 1 / product), (b, 1 / (b * (a + b))))
    slope, curvature = LOSSES[at["loss"]]

    def mean(function: Callable[[float], float], power: int) -> float:
        return sum(share * function(z) * z**power for z, share in law)

    def bent(z: float) -> float:
        return curvature(at["scale"] * z + at["shift"])

    def residual(z: float) -> float:
        teacher = slope(at["teacher_scale"] * z + at["teacher_shift"])
        return slope(at["scale"] * z + at["shift"]) - teacher

    return {
        "fisher_information": mean(bent, 2),
        "mean_curvature": mean(bent, 0),
        "curvature_moment": mean(bent, 1),
        "residual_mean": mean(residual, 0),
        "residual_moment": mean(residual, 1),
        "residual_cube": mean(residual, 3),
        "residual_size": math.sqrt(mean(lambda z: residual(z) ** 2, 0)),
    }


OF_RELU = {"mean_curvature": "mean_sigmoid", "curvature_moment": "sigmoid_moment"}
MOMENTS = (
    "fisher_information", "mean_curvature", "curvature_moment",
    "residual_mean", "residual_moment", "residual_cube", "residual_size", *OF_RELU.values(),
)  # fmt: skip


def sizes(at: Parameters, within: float) -> dict[str, Value]:
    """The batch size to draw, and the moments of the loss."""
    found = loss_moments(at)
    found |= {name: found[of] for of, name in OF_RELU.items()}
    return {"drawn": at["batch_size"] - at["batch_size"] % 2, **found}


calibrated = Experiment(
    "calibrated labels",
    OfNumerics(
        "numerics.batch_norm:measure_loss_excess",
        {"batch_size": "drawn", "told_at": "batch_size"},
        quantities=("excess",),
    ),
    # Of batches that are half as large the remainder is below 6 %.
    over={
        "batch_size": Integers(512, 10**6),
        **SHAPES,
        "scale": Reals(0.25, 2),
        "shift": Reals(-1, 1),
        "loss": OneOf(*LOSSES),
        "teacher_scale": Reals("scale", "scale"),
        "teacher_shift": Reals("shift", "shift"),
    },
    # The moments follow from the loss and the law.
    setting={
        "distribution": "three_values",
        "method": "exact",
        "batches": 64,
        "batch": "independent",
        **dict.fromkeys(MOMENTS, 0.0),
    },
    sizes=sizes,
    doubled=("drawn",),
    meets=MEETS,
)
teachers = {"teacher_scale": Reals(-2, 2), "teacher_shift": Reals(-1, 1)}
independent = replace(calibrated, label="any labels", over={**calibrated.over, **teachers})
own = independent.given("own batch", batch="own")


def size_of_terms(values: Parameters) -> float:
    """What errors are shares of, as terms may cancel: the printed penalty and r/(M gamma)."""
    return value(forms.zeta_general_printed, values) + float(
        values["residual_size"] / values["scale"] / values["batch_size"]
    )


zeta_relu = Claim(
    "luo2018/zeta-relu",
    "Theorem 1: for ReLU batch norm raises the loss by ζ γ², "
    "ζ = (ρ+2)/(8M) F + (1/2M) E sigmoid. Of skewed hidden values it leaves out "
    "s E[z sigmoid]/(2M), the covariance of batch mean and variance.",
    says=SignedEqual.each("excess", forms.zeta_relu_printed, forms.zeta_relu),
    by=replace(calibrated, over={**calibrated.over, "loss": OneOf("relu")}),
    notes=(
        "A' is softplus, as F and the sigmoid in eq 4 require, and labels are calibrated. They "
        "are averaged over exactly.",
        "Batches are independent of the sample. For symmetric laws the printed form is right.",
    ),
)

zeta_general = Claim(
    "luo2018/zeta-general",
    "Batch norm raises a loss A(h) - y h by (ρ+2)/(8M) F γ² + E A''/(2M) γ². "
    "That holds for labels calibrated to a symmetric hidden value; otherwise the skewness "
    "and the mean error of the labels add terms of the same order.",
    says=(
        SignedEqual("excess", forms.zeta_general_printed, by=(calibrated,), unit=size_of_terms),
        SignedEqual("excess", forms.zeta_general, by=(calibrated, independent), unit=size_of_terms),
        SignedEqual("excess", forms.zeta_general_in_batch, by=(own,), unit=size_of_terms),
    ),
    by=(calibrated, independent, own),
    notes=(
        "Labels have the mean A'(γ* z + β*): calibrated where the teacher's scale and shift "
        "are the unit's own, which is the paper's R^f = 0. Errors are shares of the printed "
        "penalty and of the root mean square of r/(Mγ), as terms of either sign may cancel.",
        "In training the batch contains the sample: the first-order term then has another "
        "coefficient, and a term of its own in E[r z³].",
        "Hidden values have three values, which give them any skewness and kurtosis; statistics "
        "of batches are drawn from the multinomial law of their counts.",
    ),
)

CLAIMS = (zeta_general, zeta_relu)
