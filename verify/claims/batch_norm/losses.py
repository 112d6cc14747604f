"""Claims on what batch norm adds to any loss (Luo et al. 2018, Theorem 1 and Appendix 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from theory import batch_norm as forms
from theory.domains import Integers
from verify.claims.batch_norm.experiments import LARGEST_BATCH, MEETS, measured
from verify.claims.batch_norm.moments import GAUSSIAN, loss_moments, shape
from verify.model import Claim, Experiment, Value
from verify.relations import Equal, SignedEqual


@dataclass(frozen=True)
class Case:
    """A loss, a law of hidden values, a unit and its teacher."""

    name: str
    batch: Literal["independent", "own"]
    loss: str
    law: str
    scale: float
    shift: float
    teacher_scale: float
    teacher_shift: float

    @property
    def drawn(self) -> dict[str, Any]:
        """What is simulated."""
        names = ("loss", "law", "scale", "shift", "teacher_scale", "teacher_shift")
        return {name: getattr(self, name) for name in names}

    @property
    def method(self) -> str:
        """Statistics of Gaussian batches are drawn from their exact law."""
        return "exact" if self.law == GAUSSIAN else "batches"

    @property
    def setting(self) -> dict[str, Value]:
        """What is simulated, and the arguments of forms."""
        own = {"case": self.name, "batch": self.batch, "method": self.method}
        return {**own, **self.drawn, **shape(self.law), **loss_moments(**self.drawn)}


def _calibrated(name: str, batch: Literal["independent", "own"], loss: str, law: str) -> Case:
    return Case(name, batch, loss, law, 1.0, 0.25, 1.0, 0.25)


RELU_CASES = (
    _calibrated("gaussian", "independent", "relu", "gaussian"),
    _calibrated("laplace", "independent", "relu", "laplace"),
    _calibrated("half-normal", "independent", "relu", "half_normal"),
)
GENERAL_CASES = (
    _calibrated("calibrated", "independent", "logistic", "gaussian"),
    _calibrated("calibrated, skewed", "independent", "logistic", "exponential"),
    Case("turned", "independent", "relu", "gaussian", 0.5, 0.25, -1.0, 0.25),
    Case("turned, skewed", "independent", "relu", "exponential", 0.5, 0.25, -1.0, 0.25),
    Case("shifted, skewed", "independent", "relu", "half_normal", 0.25, 0.5, 0.25, -1.0),
    _calibrated("own, calibrated", "own", "logistic", "gaussian"),
    _calibrated("own, calibrated, skewed", "own", "logistic", "exponential"),
    Case("own, steep", "own", "relu", "gaussian", 0.5, 0.25, 1.5, 0.25),
    Case("own, steep, flat", "own", "relu", "uniform", 0.5, 0.25, 1.5, 0.25),
    Case("own, steep, skewed", "own", "relu", "half_normal", 0.25, 0.25, 0.75, -1.0),
)
CASES = {case.name: case for case in (*RELU_CASES, *GENERAL_CASES)}

LEAST = 128
"""The batch size from which on the remainders are stated."""

DRAWN = 2**15
"""Hidden values of one draw, about."""

SAMPLES = 16
"""Hidden values that stand for a batch drawn from its exact law."""


def _batches(case: Case, batch_size: int) -> int:
    numbers = SAMPLES if case.method == "exact" else batch_size
    return max(16, DRAWN // numbers)


def experiment(case: Case, names: Mapping[str, str]) -> Experiment:
    """Batches of a case; `names` are those under which forms take its moments."""
    # Batches of other laws than the Gaussian are drawn whole.
    largest = LARGEST_BATCH if case.method == "exact" else 1024

    def sizes(at: Mapping[str, Any], within: float) -> dict[str, Value]:
        drawn = {**case.setting, "batches": _batches(case, at["batch_size"])}
        return {names.get(name, name): value for name, value in drawn.items()}

    return Experiment(
        case.name,
        measured("excess"),
        over={"batch_size": Integers(LEAST, largest)},
        sizes=sizes,
        meets=MEETS,
    )


zeta_relu = Claim(
    "luo2018/zeta-relu",
    "Theorem 1: for ReLU batch norm raises the loss by ζ γ², "
    "ζ = (ρ+2)/(8M) F + (1/2M) E sigmoid. Of skewed hidden values it leaves out "
    "s E[z sigmoid]/(2M), the covariance of batch mean and variance.",
    says=Equal.each("excess", forms.zeta_relu_printed, forms.zeta_relu),
    by=tuple(
        experiment(case, {"mean_curvature": "mean_sigmoid", "curvature_moment": "sigmoid_moment"})
        for case in RELU_CASES
    ),
    notes=(
        "A' is softplus, as F and the sigmoid in eq 4 require, and labels are calibrated. They "
        "are averaged over exactly, so that a draw is a Bregman divergence and never negative.",
        "Batches are independent of the sample. For symmetric laws the printed form is right.",
    ),
)

independent, own = (
    tuple(experiment(case, {}) for case in GENERAL_CASES if case.batch == batch)
    for batch in ("independent", "own")
)

zeta_general = Claim(
    "luo2018/zeta-general",
    "Batch norm raises a loss A(h) - y h by (ρ+2)/(8M) F γ² + E A''/(2M) γ². "
    "That holds for labels calibrated to a symmetric hidden value; otherwise the skewness "
    "and the mean error of the labels add terms of the same order.",
    says=(
        *SignedEqual.each("excess", forms.zeta_general_printed, forms.zeta_general, by=independent),
        SignedEqual("excess", forms.zeta_general_in_batch, by=own),
    ),
    by=(*independent, *own),
    notes=(
        "Labels have the mean A'(γ* z + β*): calibrated where the teacher's scale and shift "
        "are the unit's own, which is the paper's R^f = 0. The printed form holds in the case "
        "'calibrated', and fails for every other law or teacher here.",
        "In training the batch contains the sample: the first-order term then has another "
        "coefficient, and a term of its own in E[r z³].",
        "Batches of other laws than the Gaussian are drawn whole; those of the Gaussian from the "
        "exact law of their statistics, with one member where the sample is in the batch.",
    ),
)

CLAIMS = (zeta_general, zeta_relu)
