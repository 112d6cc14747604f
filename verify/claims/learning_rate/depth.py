"""Claims on how the boundary of a plain ResNet falls with its depth (Furusho 2020, Remark 2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory import learning_rate as forms
from theory.domains import Integers, OneOf
from verify.claims.fisher.experiments import GAUSSIAN, RESNET
from verify.claims.learning_rate.boundary import BOUNDARIES, BOUNDARY, OVER_START, STEPS
from verify.claims.terms import Parameters, value
from verify.model import Claim, Experiment, Value
from verify.relations import Ranking

MORE = 4
"""Blocks by which the deeper of two networks is the deeper one."""

FALLS = f"{MORE} times the boundary of {MORE} blocks more, then the boundary"
SLOWER = f"boundary over the printed line, then that of {MORE} blocks more"
BELOW_LIMIT = "boundary, then 2/lambda_max of the start"

LINE = forms.boundary_resnet_printed

HIGHEST = 2**7
"""The highest rate of a grid, in units of the printed line."""


def _by_octaves(width: int, lowest: float, highest: float) -> dict[str, Value]:
    """Four inputs a unit, and a grid that steps by 2."""
    octaves = math.ceil(math.log2(highest / lowest))
    highest = lowest * 2.0**octaves
    return {"samples": 4 * width, "lowest": lowest, "highest": highest, "rates": octaves + 1}


def common_grid(at: Parameters, within: float) -> dict[str, Value]:
    """One grid of both depths, from twice the line of the deeper one on."""
    lowest = 2 * value(LINE, {**at, "depth": at["depth"] + MORE})
    return _by_octaves(at["width"], lowest, HIGHEST * value(LINE, at))


def deep_grid(at: Parameters, within: float) -> dict[str, Value]:
    """From the line on: what begins far above a loss of 1000, lower rates move less still."""
    lowest = value(LINE, at)
    return _by_octaves(at["width"], lowest, HIGHEST * lowest)


def measure_boundaries_by_depth(
    values: Parameters, **run: Any
) -> Mapping[str, NDArray[np.float64]]:
    """Boundaries of networks and of such with MORE blocks, as they are and over their lines."""
    deeper = {**values, "depth": values["depth"] + MORE}
    near, far = (BOUNDARIES(one, **run)[BOUNDARY] for one in (values, deeper))
    return {
        FALLS: np.column_stack([MORE * far, near]),
        SLOWER: np.column_stack([near / value(LINE, values), far / value(LINE, deeper)]),
    }


def measure_boundary_and_limit(values: Parameters, **run: Any) -> Mapping[str, NDArray[np.float64]]:
    """The boundary, 0 where there is none, and 2/lambda_max of the start."""
    found = OVER_START(values, **run)
    return {BELOW_LIMIT: np.column_stack([found[BOUNDARY], found["start limit"]])}


by_depth = Experiment(
    f"networks and such of {MORE} blocks more",
    measure_boundaries_by_depth,
    over={"depth": OneOf(2, 4, 6), "width": Integers(12, 12)},
    setting={"network": RESNET, "inputs": GAUSSIAN, "steps": STEPS},
    sizes=common_grid,
)
deep = Experiment(
    "deep networks",
    measure_boundary_and_limit,
    over={"depth": Integers(22, 22), "width": Integers(16, 16)},
    setting={"network": RESNET, "inputs": GAUSSIAN, "steps": STEPS},
    sizes=deep_grid,
)

boundary_depth = Claim(
    "furusho2020/boundary-depth",
    "The boundary of a plain ResNet falls exponentially with its depth, as Remark 2 says: four "
    "more blocks of 12 units lower it by a factor of 4 and more, up to ten blocks. It falls more "
    "slowly than 2/(upper bound of lambda_max), and most networks of 22 blocks of 16 units have "
    "none.",
    says=(
        Ranking(FALLS, by=(by_depth,)),
        Ranking(SLOWER, by=(by_depth,)),
        Ranking(BELOW_LIMIT, by=(deep,)),
    ),
    where="Remark 2; sec 4.3.3, Figs 17, 22",
    by=(by_depth, deep),
    axis="depth",
    within=0.2,
    notes=(
        "Remark 2 has no proof but Theorem 6, that lambda_max of the start grows exponentially, "
        "and the boundary lies above 2/lambda_max (furusho2020/gd-boundary): so it is judged by "
        "runs. Each depth is compared with one four blocks deeper, on one grid that steps by 2. "
        "The printed line falls by a factor of 22 to 27 in four blocks. With 50 units the boundary "
        "falls more slowly than that from two blocks to six, and from four to eight and on as the "
        "line does: over the line it rises in as many networks as it falls in.",
        "A run converges where its loss is at most 1000 after 50 steps, which takes more the "
        "deeper the network is, as it starts at about 2^L D/2. Where it starts far above, no rate "
        "of the grid leaves so little, from the printed line to 128 times that, and what is said "
        "is that no boundary is found up to 2/lambda_max of the start. Few networks converge at "
        "larger rates by chance.",
    ),
)

CLAIMS = (boundary_depth,)
