"""The experiments by which claims on the generalisation of linear students are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping

from verify.model import Value

MEETS = {
    "inputs x ~ N(0, I/N)": "drawn so, or their eigenvalues from the exact law of such inputs",
    "linear teacher of |w*|^2 = N with independent noise": (
        "a uniformly random teacher of that length and Gaussian noise, drawn anew for each data "
        "set, or averaged over exactly"
    ),
    "trained to convergence, the learning rate annealed to zero": (
        "not quite: judged in the limit of many epochs, extrapolated from half, once and twice "
        "their number"
    ),
    "start in the span of the inputs": (
        "students start in the direction of the covariance of inputs and targets; for alpha < 1 "
        "any part of the start outside the span would stay"
    ),
    "predictions divided by the root of the unbiased variance": (
        "that over the training set, to which running averages of the unbiased variance of "
        "batches tend"
    ),
}


RISK, GAP = "excess risk", "generalisation gap"
NAMES = {"dimension": "inputs"}
"""What a point calls the arguments of numerics."""


def nearest(
    at: Mapping[str, Value], inputs: int, batch_size: int = 1, batches: int = 1
) -> dict[str, Value]:
    """At least so many inputs, and whole batches that make the load: at least so many."""
    load = float(at["load"])
    samples = max(math.ceil(load * inputs / batch_size), batches) * batch_size
    found = round(samples / load)
    return {"load": samples / found, "inputs": found, "samples": samples}
