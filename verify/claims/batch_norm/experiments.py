"""The experiments by which claims about batch norm are judged."""

from __future__ import annotations

from theory.domains import Domain, Integers, Reals
from verify.model import QUANTITY, Experiment, OfNumerics

LARGEST_BATCH = 10**9
"""The largest batch of a draw."""

MEETS = {
    "hidden values of a batch independent, with one law": (
        "drawn so, from the law that the point names"
    ),
    "Gaussian hidden values": (
        "drawn so, or batch mean and variance drawn from their exact laws, normal and chi-square"
    ),
    "batch drawn independently of the sample": "drawn so",
    "batch contains the sample": "the loss is averaged over members of the batch itself",
    "student equal to the teacher": "both are z before the batch normalises the student",
    "batch mean not subtracted": "the student is z/t: the batch divides it and does not centre it",
    "labels calibrated: E[y | x] = A'(hbar)": (
        "imposed where the point says calibrated; the other points show what it is worth"
    ),
    "rectifier smoothed: A' is softplus": "the loss is built from softplus as its A'",
    "linear student of the teacher's direction, no noise": (
        "student and teacher are multiples of one hidden value"
    ),
    "inputs of covariance a times the identity": (
        "mean and covariance of the inputs enter as they are; no further law is assumed"
    ),
}


SHAPES = {"kurtosis": Reals(-1, 3), "skewness": Reals(-1, 1)}
"""Of laws of hidden values: each pair belongs to one, as kurtosis >= skewness^2 - 2."""


def measured(name: str, *quantities: str, **fixed: float) -> OfNumerics:
    """A measurement of the subject, by its name."""
    # What hidden values are scaled by has the names of theory, and those of numerics.
    names = {"variance": "eigenvalue"}
    return OfNumerics(
        f"numerics.batch_norm:measure_{name}", names, fixed, quantities or (QUANTITY,)
    )


STATISTICS = measured("batch_statistics", population_mean=3.0)


def of_gaussian(measure: OfNumerics, label: str, sizes: Integers, **over: Domain) -> Experiment:
    """Groups of Gaussian batches, whose statistics are drawn from their exact law."""
    return Experiment(
        label,
        measure,
        over={"batch_size": sizes, **over},
        setting={"distribution": "gaussian", "method": "exact", "batches": 64},
        meets=MEETS,
    )
