"""Where claims on the Fisher information are judged, and the constants fitted to their networks.

Remainders and relative variances are laws in depth L, width D and samples N.  Their orders are
derived; their constants were set from exploratory runs at other sizes and seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from verify.claims.fisher.experiments import RESNET, SINGLE_INPUT, STOCHASTIC_DEPTH
from verify.relations.planning import CONFIRM_FACTOR
from verify.relations.statement import Law, Values
from verify.table.entry import PRICE, SHARP, Entry, rows

ROUNDING = 1e-5
"""Normal numbers are drawn in single precision, which costs their variance 6e-7; products of ten
layers err by less than this."""

# Remainders -----------------------------------------------------------------------------------


def over_width(count: Law) -> Law:
    """The remainder count/D of a wide limit at one input."""
    return lambda values: ROUNDING + count(values) / values["width"]


def over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N), for quantities that batch statistics enter."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"])


def squared_over_width_and_samples(count: Law) -> Law:
    """The remainder count (1/D + 1/N)^2 of a value extrapolated from D and N and their halves."""
    return lambda v: ROUNDING + count(v) * (1 / v["width"] + 1 / v["samples"]) ** 2


BY_DEPTH = over_width(lambda v: v["depth"])
BY_LAYER = over_width(lambda v: v["layer"])

EXTRAPOLATED = squared_over_width_and_samples(lambda v: 12)
"""Of one block's means, averaged over its weights and extrapolated in D and N."""

# Relative variances ---------------------------------------------------------------------------


def variance_of_products(values: Values) -> float:
    """A bound on the relative variance of a product over L layers.

    At one input exp(6 L / D) - 1: |u|^2 / D at the first layer has relative variance 5/D exactly
    (the fourth moment of half a normal number), and each further layer multiplies the second moment
    by about 1 + 4/D.  Averaged over at least D inputs exp(2 (L + 1) / D) - 1.
    """
    return _product_variance(values, one_input=6)


def variance_of_mean_eigenvalue(values: Values) -> float:
    """The same for the mean over layers of such products: exp(4.5 L / D) - 1 at one input."""
    return _product_variance(values, one_input=4.5)


def _product_variance(values: Values, one_input: float) -> float:
    depth, width = values["depth"], values["width"]
    if values["inputs"] == SINGLE_INPUT:
        return math.expm1(one_input * depth / width)
    return math.expm1(2 * (depth + 1) / width)


def variance_over_width(count: Law) -> Law:
    """A relative variance of count/D."""
    return lambda values: count(values) / values["width"]


def survival_variance(moment: Callable[[int, Values], float], given: Law, remainder: Law) -> Law:
    """Relative variance of moment(K), K ~ Bin(L, p), times `given`, that of the rest given K.

    The moments are limits too.  Each may lie off by the remainder, and E m^2 / (E m)^2 is greatest
    with those above E m^2 / E m raised by it and those below lowered.
    """

    def law(values: Values) -> float:
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


def doubling_variance(blocks: Callable[[Values], float], survives: bool) -> Law:
    """Relative variance of a product that doubles with each of so many blocks that survives.

    E 4^K / (E 2^K)^2 = ((1 + 3p) / (1 + p)^2)^blocks, and one more block must itself survive where
    it `survives`.  The doubling is a limit: given K the moments may be off by their remainder.
    """

    def law(values: Values) -> float:
        p = values["survival"]
        spread = ((1 + 3 * p) / (1 + p) ** 2) ** blocks(values) / (p if survives else 1)
        off = ((1 + BY_DEPTH(values)) / (1 - BY_DEPTH(values))) ** 2
        return spread * off * (1 + variance_of_products(values)) - 1

    return law


# Margins ----------------------------------------------------------------------------------------

DRAWS = 100_000
"""Networks that one point at one input may plan for at the quick budget."""


def one_input(layers: str = "depth", *variances: Law) -> Callable[[Values, float], float]:
    """The margin at one input, as sharp as is cheap.

    A relative error takes time like layers^2 over its square, at any width: shallow points are
    judged more sharply.  A relative variance that no width reduces sets a floor: so many draws must
    confirm (at the quick budget).
    """

    def margin(at: Values, sharpness: float) -> float:
        rough = {**at, "inputs": SINGLE_INPUT, "width": 300 * at[layers]}
        variance = max((law(rough) for law in variances), default=0)
        floor = math.sqrt(CONFIRM_FACTOR * variance * PRICE / DRAWS)
        return sharpness * max(0.026 * min(1, max(at[layers] / 10, 0.3)), floor)

    return margin


# The table --------------------------------------------------------------------------------------


def _dropped(*forward: Law) -> Callable[[Values, float], float]:
    """The margin where blocks are dropped: nothing forward is judged at layer 0."""
    every, backward_only = one_input("depth", *forward, BACKWARD), one_input("depth", BACKWARD)
    return lambda at, sharpness: (backward_only if at["layer"] == 0 else every)(at, sharpness)


FORWARD = doubling_variance(lambda v: v["layer"] - 1, survives=True)
BACKWARD = doubling_variance(lambda v: v["depth"] - v["layer"], survives=False)
SURVIVORS = survival_variance(
    lambda k, values: 2**k * (1 + k / 4), variance_of_mean_eigenvalue, BY_DEPTH
)


def _laws(remainder: Law, variance: Law, *quantities: str) -> dict[str, Any]:
    """A remainder and a variance of each of these quantities."""
    return {
        "remainder": dict.fromkeys(quantities, remainder),
        "variance": dict.fromkeys(quantities, variance),
    }


def _labels(label: str, *settings: str) -> list[str]:
    return [f"{label}: {setting}" for setting in settings]


ACTIVE = _laws(BY_LAYER, variance_over_width(lambda v: 1.5), "activation_rate")
LAYERS: dict[str, Any] = {"points": rows(["layer"], (1,), (2,), (3,), (5,)),
          "further": rows(["layer"], (4,), (8,), (10,))}  # fmt: skip
DROPPED = f"{STOCHASTIC_DEPTH}, 0.5"

PRODUCTS = _laws(BY_DEPTH, variance_of_products, "forward", "backward", "product")
MEAN_OF_PRODUCTS = _laws(BY_DEPTH, variance_of_mean_eigenvalue, "mean eigenvalue")


def _signals(points: Any, further: Any) -> tuple[Entry, ...]:
    listed: dict[str, Any] = {
        "points": rows(["layer", "depth"], *points),
        "further": rows(["layer", "depth"], *further),
        **PRODUCTS,
    }
    return (
        Entry(f"{SINGLE_INPUT}: {RESNET}", margin=one_input(), **listed),
        Entry(f"the digits: {RESNET}", margin=0.05, kept=True, **listed),
    )


def _depths(*depths: int) -> tuple[dict[str, Any], ...]:
    return rows(["depth"], *((depth,) for depth in depths))


def _survival(listed: dict[str, Any], margin: Any, **laws: Any) -> tuple[Entry, ...]:
    return (
        Entry(f"{SINGLE_INPUT}: {STOCHASTIC_DEPTH}", margin=margin, **listed, **laws),
        Entry(f"the digits: {STOCHASTIC_DEPTH}", margin=0.08, kept=True, **listed, **laws),
    )


ONCE = over_width_and_samples(lambda v: 1)
BY_BATCH_DEPTH = over_width_and_samples(lambda v: v["depth"] + 1)
ABOVE = over_width_and_samples(lambda v: v["depth"] - v["layer"] + 1)
OF_ONE_BLOCK: dict[str, Any] = {"kept": True, "margin": SHARP}
BLOCK_VARIANCE: Law = lambda values: 60 / values["width"] ** 2  # noqa: E731
"""Of every mean over one block, extrapolated."""

MOMENTS_BN: dict[str, Any] = {
    "remainder": {"forward": ONCE, "variance": ONCE, "backward": ABOVE},
    "variance": {
        "forward": variance_over_width(lambda v: 1),
        "variance": variance_over_width(lambda v: 1),
        "backward": variance_over_width(lambda v: v["depth"] - v["layer"] + 1),
    },
}
MEAN_BN = _laws(BY_BATCH_DEPTH, variance_over_width(lambda v: v["depth"] + 1), "mean eigenvalue")
COUPLED: dict[str, Any] = {
    "remainder": {
        "mean eigenvalue": over_width_and_samples(lambda v: (v["depth"] + 1) / 2),
        "share": squared_over_width_and_samples(lambda v: 2 * (v["depth"] + 1)),
    },
    "variance": {
        "mean eigenvalue": variance_over_width(lambda v: 0.6 * (v["depth"] + 1)),
        "share": variance_over_width(lambda v: 0.3),
    },
}
ON_BLOCK = _laws(EXTRAPOLATED, BLOCK_VARIANCE, "forward", "variance", "backward", "share",
                 "mean eigenvalue")  # fmt: skip

SHARE_VARIANCE = variance_over_width(lambda v: v["depth"])
TOP_SHARE = _laws(over_width(lambda v: 10), SHARE_VARIANCE, "top share")
TOP_SHARE_FEW = _laws(over_width(lambda v: 15), SHARE_VARIANCE, "top share")
TOP_SHARE_BN = _laws(
    over_width(lambda v: 2 if v["depth"] == 1 and 2 * v["samples"] == v["width"] else 10),
    variance_over_width(lambda v: 0.6),
    "top share",
)

EXPECTED_TOP = over_width(lambda v: 2 * (v["depth"] + 1))
DRAW_VARIANCE = variance_over_width(lambda v: 10 * v["depth"])
"""Relative variance of the leading term of one draw."""

SURVIVING_DRAW_VARIANCE = survival_variance(lambda k, values: 2**k - 1, DRAW_VARIANCE, EXPECTED_TOP)
"""The same over which blocks survive: the leading term is proportional to 2^K - 1."""


def averaged(law: Law) -> Law:
    """Relative variance of an average over the draws of a group."""
    return lambda values: law(values) / values["draws"]


def _top_shares() -> list[Entry]:
    listed: dict[str, Any] = {"points": _depths(1, 2, 3, 5), "further": _depths(4, 8)}
    dropping = f"{STOCHASTIC_DEPTH}, 0.8"
    few = "a few inputs, exact in law"
    return [
        Entry("Gaussian inputs: resnet", margin=0.05, **listed, **TOP_SHARE),
        Entry("Gaussian inputs: batch_norm", margin=0.05, **listed, **TOP_SHARE_BN),
        Entry(f"Gaussian inputs: {dropping}", margin=0.05, **listed, **TOP_SHARE),
        Entry("the digits: resnet", margin=0.05, kept=True, **listed, **TOP_SHARE),
        Entry("the digits: batch_norm", margin=0.05, kept=True, **listed, **TOP_SHARE_BN),
        Entry("Gaussian inputs: batch_norm", (), _depths(1), 0.0048, kept=True,
              setting={"width": 800, "samples": 400}, **TOP_SHARE_BN),
        # Most networks lose their one block, and the term of the linear ones can be told.
        Entry(f"Gaussian inputs: {dropping}", (), _depths(1), 0.02, kept=True,
              setting={"width": 480, "samples": 240, "survival": 0.2}, **TOP_SHARE),
        Entry(f"{few}: resnet", (), _depths(3), SHARP, kept=True, **TOP_SHARE_FEW),
        Entry(f"{few}: {dropping}", (), _depths(3), SHARP, kept=True, **TOP_SHARE_FEW),
        Entry(f"{few}: {dropping}", (), _depths(3), SHARP, kept=True,
              setting={"survival": 1.0}, **TOP_SHARE_FEW),
    ]  # fmt: skip


def _expected() -> list[Entry]:
    listed: dict[str, Any] = {"points": _depths(1, 2, 3), "further": _depths(4, 5)}
    plain = _laws(EXPECTED_TOP, averaged(DRAW_VARIANCE), "top eigenvalue", "projected")
    surviving = _laws(EXPECTED_TOP, averaged(SURVIVING_DRAW_VARIANCE), "top eigenvalue")
    return [
        Entry("Gaussian inputs: resnet", margin=0.1, **listed, **plain),
        Entry("Gaussian inputs: batch_norm", margin=0.1, **listed, **plain),
        Entry(f"Gaussian inputs: {STOCHASTIC_DEPTH}, 0.8", margin=0.1, **listed, **surviving),
        Entry(SINGLE_INPUT, (), _depths(1), SHARP, kept=True, **plain),
    ]


TABLE: dict[str, Sequence[Entry]] = {
    "furusho2020/half-active": [
        *(
            Entry(label, margin=one_input("layer"), **LAYERS, **ACTIVE)
            for label in _labels(SINGLE_INPUT, RESNET, DROPPED)
        ),
        Entry("Gaussian inputs: batch_norm", margin=0.04, **LAYERS, **ACTIVE),
        *(
            Entry(label, margin=0.05, kept=True, **LAYERS, **ACTIVE)
            for label in _labels("the digits", RESNET, "batch_norm", DROPPED)
        ),
    ],
    "furusho2020/moment-independence": _signals(
        [(1, 1), (1, 2), (2, 2), (1, 5), (3, 5), (5, 5), (5, 10)], [(1, 10), (10, 10), (10, 20)]
    ),
    "furusho2020/moments-resnet": _signals(
        [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (0, 5), (2, 5), (5, 5)],
        [(0, 10), (5, 10), (10, 10)],
    ),
    "furusho2020/mean-eig-resnet": [
        Entry(f"{SINGLE_INPUT}: {RESNET}", _depths(*range(1, 21)), margin=one_input(),
              **MEAN_OF_PRODUCTS),
        Entry(f"the digits: {RESNET}", _depths(*range(1, 21)), margin=0.05, kept=True,
              **MEAN_OF_PRODUCTS),
    ],
    "furusho2020/moments-bn": [
        Entry(label, rows(["layer", "depth"], *points), rows(["layer", "depth"], *further), **terms)
        for label, points, further, terms in (
            (
                "Gaussian inputs: batch_norm",
                [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 4), (4, 4)],
                [(0, 3), (2, 3), (0, 5), (5, 5)],
                {"margin": 0.04, **MOMENTS_BN},
            ),
            (
                "the digits: batch_norm",
                [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 4), (4, 4)],
                [(0, 3), (2, 3), (0, 5), (5, 5)],
                {"margin": 0.04, "kept": True, **MOMENTS_BN},
            ),
            ("one block, averaged exactly", [], [(0, 1), (1, 1)], {**OF_ONE_BLOCK, **ON_BLOCK}),
        )
    ],
    "furusho2020/mean-eig-bn": [
        Entry("Gaussian inputs: batch_norm", _depths(1, 2, 3, 4), _depths(5, 6), 0.04, **MEAN_BN),
        Entry("the digits: batch_norm", _depths(1, 2, 3, 4), _depths(5, 6), 0.04, kept=True,
              **MEAN_BN),
        Entry("one block, averaged exactly", (), _depths(1), **OF_ONE_BLOCK, **ON_BLOCK),
    ],
    "furusho2020/mean-eig-bn-coupled": [
        Entry("Gaussian inputs", _depths(1, 2, 3, 5, 8), _depths(4), 0.05, **COUPLED),
        Entry("one block", (), _depths(1), **OF_ONE_BLOCK, **ON_BLOCK),
        # Where the share of one depth differs most from that of the next.
        Entry("Gaussian inputs, the share", (), _depths(2), 0.007, kept=True, **COUPLED),
    ],
    "furusho2020/moments-sd": _survival(
        {
            "points": rows(
                ["layer", "depth", "survival"],
                (0, 1, 0.5), (1, 1, 0.5), (0, 2, 0.5), (2, 2, 0.5), (0, 4, 0.8), (3, 4, 0.8),
                (2, 3, 1.0),
            ),
            "further": rows(
                ["layer", "depth", "survival"],
                (0, 4, 0.2), (4, 4, 0.5), (0, 8, 0.5), (4, 8, 0.5),
            ),
        },
        _dropped(FORWARD),
        remainder={"forward": BY_DEPTH, "backward": BY_DEPTH},
        variance={"forward": FORWARD, "backward": BACKWARD},
    ),
    "furusho2020/mean-eig-sd": _survival(
        {
            "points": rows(
                ["depth", "survival"],
                (1, 0.5), (2, 0.5), (3, 0.5), (5, 0.5), (3, 0.8), (6, 0.8), (4, 1.0), (3, 0.0),
            ),
            "further": rows(["depth", "survival"], (8, 0.5), (4, 0.2), (10, 0.8), (10, 0.5)),
        },
        one_input("depth", SURVIVORS),
        **_laws(BY_DEPTH, SURVIVORS, "mean eigenvalue"),
    ),
    "furusho2020/mean-eig-sd-fixed": _survival(
        {
            "points": rows(
                ["depth", "survivors"], (1, 0), (1, 1), (2, 1), (4, 2), (6, 3), (5, 4), (10, 5)
            ),
            "further": rows(["depth", "survivors"], (8, 4), (10, 8), (20, 10)),
        },
        one_input(),
        **MEAN_OF_PRODUCTS,
    ),
    "furusho2020/lambda-max-sharp": _top_shares(),
    "furusho2020/expected-fim-lambda-max": _expected(),
    "furusho2020/expected-fim-width": [
        Entry("widths D to 8 D", _depths(1, 2, 3), margin=0.3,
              **_laws(
                  lambda v: (v["depth"] + 4) / (2 * v["width"]),
                  lambda v: 7 * v["depth"] / v["width"],
                  "projected",
              )),
    ],
}  # fmt: skip
