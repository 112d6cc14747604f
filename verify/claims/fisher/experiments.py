"""The experiments by which claims on the Fisher information are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from theory.domains import Domain, Integers
from verify.claims.terms import Parameters
from verify.model import QUANTITY, Experiment, OfNumerics, Value

SINGLE_INPUT = "one input, exact in law"
FEW_INPUTS = "a few inputs, exact in law"
ORTHOGONAL = "orthogonal, exact in law"
GAUSSIAN, DIGITS = "gaussian", "digits"

RESNET, BATCH_NORM, STOCHASTIC_DEPTH = "resnet", "batch_norm", "stochastic_depth"

MEETS = {
    "Assumption 1: forward and backward signals are independent": (
        "not imposed: the product is measured as it is, and judged by itself, of the plain "
        "network, under moment-independence"
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
    "On the digits the width is that of the whitened images, 48 at most, so the wide limit is not "
    "reached: what is measured there is shown, of shallow networks, and decides nothing."
)

ONE_INPUT_NOTE = (
    "Plain and stochastic-depth networks are positively homogeneous and W^0 is rotation invariant: "
    "the mean over weights depends on the inputs through the mean of |x|^2 alone. One input a "
    "network, simulated exactly in law, therefore stands for every whitened data set of its width."
)


def measured(name: str, *quantities: str, **fixed: Any) -> OfNumerics:
    """A measurement of numerics, in float32: its rounding is far below any error that is judged."""
    fixed = {"dtype": "float32", **fixed}
    return OfNumerics(f"numerics.fisher:measure_{name}", {}, fixed, quantities or (QUANTITY,))


ONE = {"inputs": GAUSSIAN, "samples": 1}
"""The one input of a network, as numerics speaks of it."""

MOMENTS = measured("moments")
MEAN_EIGENVALUE = measured("mean_eigenvalue", "mean eigenvalue")

SHALLOW: Mapping[str, Domain] = {"depth": Integers(1, 2)}
DEEPER: Mapping[str, Domain] = {"depth": Integers(1, 5)}
LAYERS: Mapping[str, Domain] = {"layer": Integers(0, "depth")}


def eight_a_block(at: Parameters, within: float) -> dict[str, Value]:
    """Widths at which the remainder, of order layers/D, is nearly its first order alone."""
    width = max(48, 8 * at["depth"])
    return {"width": width, "units": 2 * width}


one_input = Experiment(
    SINGLE_INPUT,
    measured("single_input", **ONE),
    over={"depth": Integers(1, 20)},
    setting={"inputs": SINGLE_INPUT, "samples": 1},
    sizes=eight_a_block,
    doubled=("width",),
    meets=MEETS,
)
"""An error of the mean eigenvalue takes time like the square of the depth, at any width."""

# Each layer has its own best law of survivors; all layers together have the plain one.
moments_of_one_input = replace(one_input, measure=measured("single_moments", **ONE))


def square(at: Parameters, within: float) -> dict[str, Value]:
    """Widths and numbers of samples at which the next order of the remainder is small."""
    size = 2 * math.ceil(0.3 / within) * max(4, at["depth"] + 1)
    return {"width": size, "samples": size}


def on_gaussian(measure: OfNumerics, **terms: Any) -> Experiment:
    """Networks on Gaussian inputs."""
    setting = {"inputs": GAUSSIAN, **terms.pop("setting", {})}
    return Experiment("Gaussian inputs", measure, setting=setting, meets=MEETS, **terms)


def normalised(
    measure: OfNumerics, over: Mapping[str, Domain] = DEEPER, **terms: Any
) -> Experiment:
    """Networks with batch norm, in the limit of many units and Gaussian inputs."""
    experiment = on_gaussian(
        measure, over=over, sizes=square, doubled=("width", "samples"), **terms
    )
    return experiment.given(network=BATCH_NORM)


def on_digits(
    measure: OfNumerics, over: Mapping[str, Domain] = SHALLOW, **terms: Any
) -> Experiment:
    """Networks on the digits 0 and 1, whitened, at the full width that they allow."""
    setting: dict[str, Value] = {"inputs": DIGITS, "width": 48, "samples": 300}
    return Experiment(
        "the digits", measure, over, setting, meets=MEETS, observational=True, **terms
    )


moments_on_digits = on_digits(MOMENTS, {**SHALLOW, **LAYERS}, reads=("layer",))
mean_on_digits = on_digits(MEAN_EIGENVALUE)
