"""Settings, remainders and variances that claims on the Fisher information share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numerics.simulation.data import MAXIMUM_WIDTH, TRAIN_SAMPLES
from verify.claims.terms import PRICE, Grid, Law, Parameters, grid, sharp
from verify.evidence.accounting import Budget
from verify.model import Point, Value
from verify.relations.planning import CONFIRM_FACTOR

ROUNDING = 1e-5
"""Normal numbers are drawn in single precision, which costs their variance 6e-7; products of ten
layers err by less than this."""


SINGLE_INPUT = "one input, exact in law"


FEW_INPUTS = "a few inputs, exact in law"


FIRST_BLOCK = "gaussian, averaged exactly over the block"


GAUSSIAN, DIGITS = "gaussian", "digits"


RESNET, BATCH_NORM, STOCHASTIC_DEPTH = "resnet", "batch_norm", "stochastic_depth"


def three_networks(survival: float) -> tuple[dict[str, Value], ...]:
    """The settings that name the plain network, that with batch norm and that with dropping."""
    dropping: dict[str, Value] = {"network": STOCHASTIC_DEPTH, "survival": survival}
    return {"network": RESNET}, {"network": BATCH_NORM}, dropping


DIGITS_NOTE = (
    "On the digits the width is that of the whitened images, 48 at most, so the wide limit is "
    "reached only for shallow networks; deeper ones are shown and not counted."
)


ONE_INPUT_NOTE = (
    "Plain and stochastic-depth networks are positively homogeneous and W^0 is rotation invariant: "
    "the mean over weights depends on the inputs through the mean of |x|^2 alone. One input a "
    "network, simulated exactly in law, therefore stands for every whitened data set of its width."
)


def depths(quick: Sequence[int], further: Sequence[int]) -> Grid:
    """A grid over depth alone."""
    return grid(["depth"], [(depth,) for depth in quick], [(depth,) for depth in further])


def over_width(count: Law) -> Law:
    """The remainder count/D of a wide limit at one input."""
    return lambda values: ROUNDING + count(values) / values["width"]


def over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N), for quantities that batch statistics enter."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"])


def squared_over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N)^2 of a value extrapolated from D and N and their halves."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"]) ** 2


EXTRAPOLATED = squared_over_width_and_samples(lambda v: 12)
"""The remainder of one block's means, averaged over its weights and extrapolated in D and N."""


def at_first_block(law: Law, otherwise: Law) -> Law:
    """A law of its own where one block is averaged exactly over its weights."""
    return lambda v: law(v) if v["inputs"] == FIRST_BLOCK else otherwise(v)


BY_DEPTH = over_width(lambda v: v["depth"])


BY_LAYER = over_width(lambda v: v["layer"])


def variance_of_products(values: Mapping[str, Any]) -> float:
    """A bound on the relative variance of a product over L layers.

    At one input exp(6 L / D) - 1: |u|^2 / D at the first layer has relative variance 5/D exactly
    (the fourth moment of half a normal number), and each further layer multiplies the second moment
    by about 1 + 4/D.  Averaged over at least D inputs exp(2 (L + 1) / D) - 1.
    """
    return _product_variance(values, one_input=6)


def variance_of_mean_eigenvalue(values: Mapping[str, Any]) -> float:
    """The same for the mean over layers of such products: exp(4.5 L / D) - 1 at one input."""
    return _product_variance(values, one_input=4.5)


def _product_variance(values: Mapping[str, Any], one_input: float) -> float:
    depth, width = values["depth"], values["width"]
    if values["inputs"] == SINGLE_INPUT:
        return math.expm1(one_input * depth / width)
    return math.expm1(2 * (depth + 1) / width)


def variance_over_width(count: Law) -> Law:
    """A relative variance of count/D."""
    return lambda values: count(values) / values["width"]


def variance_over_square(count: float) -> Law:
    """A relative variance of count/D^2, of what is averaged exactly over the last weights."""
    return lambda values: count / values["width"] ** 2


def survival_variance(
    moment: Callable[[int, Parameters], float], given: Law, remainder: Law
) -> Law:
    """Relative variance of moment(K), K ~ Bin(L, p), times `given`, that of the rest given K.

    The moments are limits too.  Each may lie off by the remainder, and E m^2 / (E m)^2 is greatest
    with those above E m^2 / E m raised by it and those below lowered.
    """

    def law(values: Parameters) -> float:
        depth, p, off = values["depth"], values["survival"], remainder(values)
        shares = [math.comb(depth, k) * p**k * (1 - p) ** (depth - k) for k in range(depth + 1)]
        moments = [moment(k, values) for k in range(depth + 1)]
        first, second = _weighted(shares, moments)
        moments = [m * (1 + off if m * first > second else 1 - off) for m in moments]
        first, second = _weighted(shares, moments)
        return second / first**2 * (1 + given(values)) - 1

    return law


def _weighted(shares: Sequence[float], moments: Sequence[float]) -> tuple[float, float]:
    """First and second moment of a law on finitely many values."""
    pairs = list(zip(shares, moments, strict=True))
    return sum(share * m for share, m in pairs), sum(share * m**2 for share, m in pairs)


PRODUCTS: dict[str, Any] = {"finite_size": BY_DEPTH, "relative_variance": variance_of_products}


MEAN_OF_PRODUCTS: dict[str, Any] = {
    "finite_size": BY_DEPTH,
    "relative_variance": variance_of_mean_eigenvalue,
}


DRAWS = 100_000
"""Networks that one point at one input may plan for at the quick budget."""


def one_input(
    parameters: Mapping[str, Value],
    budget: Budget,
    layers: int,
    variance: float = 0,
    **setting: Any,
) -> Point:
    """The point at one input, judged as sharply as it is cheap.

    A relative error takes time like layers^2 over its square, at any width: shallow points are
    judged more sharply.  The remainder layers/D is an eighth of the margin.  A relative `variance`
    that no width reduces sets a floor: so many draws must confirm (at the quick budget).
    """
    floor = math.sqrt(CONFIRM_FACTOR * variance * PRICE / DRAWS)
    margin = budget.sharpness * max(0.026 * min(1, max(layers / 10, 0.3)), floor)
    size: dict[str, Value] = {"inputs": SINGLE_INPUT, "width": math.ceil(8 * layers / margin)}
    return Point(parameters=parameters, setting={**size, **setting}, margin=margin)


def first_block(parameters: Mapping[str, Value], budget: Budget, **setting: Value) -> list[Point]:
    """Batch norm at one block, averaged exactly over its weights and extrapolated in its sizes."""
    sizes: dict[str, Value] = {"inputs": FIRST_BLOCK, "width": 300, "samples": 300}
    return sharp(parameters, budget, {"network": BATCH_NORM, **sizes, **setting})


def on_digits(parameters: Mapping[str, Value], margin: float, **setting: Any) -> Point:
    """The point on the digits, at the full width that they allow.

    The remainder there is far larger than the margin, which larger budgets therefore keep.
    """
    size: dict[str, Value] = {
        "inputs": DIGITS,
        "width": MAXIMUM_WIDTH,
        "samples": TRAIN_SAMPLES,
    }
    return Point(parameters=parameters, setting={**size, **setting}, margin=margin)
