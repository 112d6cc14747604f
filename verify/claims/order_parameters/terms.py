"""Settings and terms that claims on online students share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.closed_form import ClosedForm
from verify.claims.terms import IDENTITY, Law, Parameters
from verify.relations import SignedEqual

BATCH_NORM, WEIGHT_NORM, SGD = "bn", "wn", "sgd"


FRESH, AVERAGED = "a fresh one at every step", "averaged over one step"

Array = NDArray[np.float64]


LATTICE = 1e-5
"""Variance of an average over one lattice of inputs, in units of the square of its terms' size."""


AVERAGED_WITHIN, RUNS_WITHIN = 0.01, 0.06
"""Relative errors at which averages over lattices and runs are judged at the quick budget."""


def of_lattices(
    form: ClosedForm, quantity: str, size: Law, error: Law | None = None, **terms: Any
) -> SignedEqual:
    """A form judged as the mean of averages over lattices, whose terms are of that size.

    The `error` of the mean is a share of that size too. It has no bound beside a mean of 0, where
    the form is not judged.
    """

    def variance(values: Parameters) -> float:
        return LATTICE * size(values) ** 2

    def finite_size(values: Parameters) -> float:
        mean = form.value(**{name: values[name] for name in form.domain})
        relative_size = size(values) / abs(mean) if mean else math.inf
        return relative_size * (IDENTITY if error is None else error(values))

    return SignedEqual(quantity, form, variance=variance, finite_size=finite_size, **terms)
