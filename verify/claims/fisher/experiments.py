"""The experiments by which claims on the Fisher information are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from verify.model import Experiment, Value

SINGLE_INPUT = "one input, exact in law"
FEW_INPUTS = "a few inputs, exact in law"
FIRST_BLOCK = "gaussian, averaged exactly over the block"
GAUSSIAN, DIGITS = "gaussian", "digits"

NOTHING: Mapping[str, Value] = MappingProxyType({})

RESNET, BATCH_NORM, STOCHASTIC_DEPTH = "resnet", "batch_norm", "stochastic_depth"

MEETS = {
    "Assumption 1: forward and backward signals are independent": (
        "not imposed: the product is measured as it is, and judged by itself under "
        "moment-independence"
    ),
    "Assumption 2: half of the units are active in every layer": (
        "not imposed: whatever units are active in the simulated networks; judged by itself under "
        "half-active"
    ),
    "weights of eq 26": "drawn from these laws",
    "whitened inputs": (
        "Gaussian inputs have zero mean and unit covariance in law; the digits are PCA-whitened, "
        "exactly so over the training set"
    ),
    "inputs orthogonal": (
        "Gaussian inputs are orthogonal up to cosines of order 1/sqrt(D), part of the remainder"
    ),
    "every block survives independently with probability p": "drawn so, anew for each network",
    "exactly K blocks survive": "a uniformly random set of exactly K blocks, for each network",
    "deep nets drop nearly (1 - p) L blocks": (
        "not imposed: blocks are dropped independently; exactly K survivors are judged under "
        "mean-eig-sd-fixed"
    ),
}

DIGITS_NOTE = (
    "On the digits the width is that of the whitened images, 48 at most, so the wide limit is "
    "reached only for shallow networks; deeper ones are shown and not counted."
)

ONE_INPUT_NOTE = (
    "Plain and stochastic-depth networks are positively homogeneous and W^0 is rotation invariant: "
    "the mean over weights depends on the inputs through the mean of |x|^2 alone. One input a "
    "network, simulated exactly in law, therefore stands for every whitened data set of its width."
)


def measured(name: str) -> str:
    """A measurement of the subject, by its name."""
    return f"verify.claims.fisher.measurements:measure_{name}"


def _wide(at: Mapping[str, Any], within: float) -> dict[str, Value]:
    """The remainder, of order layers/D, is an eighth of the wanted error."""
    return {"width": math.ceil(8 * at["depth"] / within)}


def _as_deep_as_its_layer(at: Mapping[str, Any], within: float) -> dict[str, Value]:
    return {"width": math.ceil(8 * at["layer"] / within), "depth": at["layer"]}


one_input = Experiment(
    SINGLE_INPUT,
    measured("single_input"),
    setting={"inputs": SINGLE_INPUT},
    sizes=_wide,
    reads=("layer",),
    meets=MEETS,
)
one_input_to_its_layer = replace(one_input, sizes=_as_deep_as_its_layer, reads=())


def of_data(
    measure: str, label: str, inputs: str, setting: Mapping[str, Value], **terms: Any
) -> Experiment:
    """Networks on data of that kind."""
    return Experiment(
        label, measured(measure), setting={"inputs": inputs, **setting}, meets=MEETS, **terms
    )


def on_gaussian(measure: str, setting: Mapping[str, Value] = NOTHING, **terms: Any) -> Experiment:
    """Networks on Gaussian inputs."""
    return of_data(measure, "Gaussian inputs", GAUSSIAN, setting, **terms)


def on_digits(measure: str, **terms: Any) -> Experiment:
    """Networks on the digits 0 and 1, whitened, at the full width that they allow."""
    return of_data(measure, "the digits", DIGITS, {"width": 48, "samples": 300}, **terms)


def first_block(measure: str, **terms: Any) -> Experiment:
    """Batch norm at one block, averaged exactly over its weights and extrapolated in its sizes."""
    sizes: dict[str, Value] = {"width": 300, "samples": 300, "network": BATCH_NORM}
    return of_data(measure, "one block, averaged exactly", FIRST_BLOCK, sizes, **terms)
