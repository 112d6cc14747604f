"""The experiments by which claims about batch norm are judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory.domains import Integers
from verify.claims.batch_norm.moments import GAUSSIAN, shape
from verify.model import Experiment, Value

WHOLE = 128
"""Batches up to this size are drawn whole; larger ones of Gaussian values exactly in law."""

GROUP = 64
"""Batches of one draw, where no more are needed."""

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


def measured(name: str) -> str:
    """A measurement of the subject, by its name."""
    return f"verify.claims.batch_norm.measurements:measure_{name}"


def group_of_batches(law: str, batch_size: int) -> dict[str, Value]:
    """The setting that says how batches are drawn."""
    method = "batches" if batch_size <= WHOLE else "exact"
    return {"law": law, "method": method, "batches": GROUP}


def of_law(measure: str, law: str, *, smallest: int = 2, **terms: Any) -> Experiment:
    """Groups of batches of hidden values of a law, and its shape."""
    largest = LARGEST_BATCH if law == GAUSSIAN else WHOLE

    def sizes(at: Mapping[str, Any], within: float) -> dict[str, Value]:
        return {**group_of_batches(law, at["batch_size"]), **shape(law)}

    return Experiment(
        law,
        measured(measure),
        over={"batch_size": Integers(smallest, largest)},
        sizes=sizes,
        meets=MEETS,
        **terms,
    )
