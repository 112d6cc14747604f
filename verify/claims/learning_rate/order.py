"""Claims on the order of the three networks: which may step farther, and which is faster."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory import learning_rate as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers
from verify.claims.fisher.experiments import BATCH_NORM, GAUSSIAN, RESNET, STOCHASTIC_DEPTH
from verify.claims.learning_rate.boundary import BOUNDARIES, BOUNDARY, LOSSES, STEPS
from verify.claims.terms import Parameters, value
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Ranking

SURVIVAL = 0.5
PRINTED: Mapping[str, ClosedForm] = {
    RESNET: forms.largest_learning_rate_resnet,
    BATCH_NORM: forms.largest_learning_rate_bn_printed,
    STOCHASTIC_DEPTH: forms.largest_learning_rate_stochastic_depth_printed,
}
"""Of each network 2/(printed upper bound of lambda_max)."""

RESNET_THEN_BN, BN_THEN_RESNET = "ResNet, then batch norm", "batch norm, then ResNet"
RESNET_THEN_SD = "ResNet, then stochastic depth"
SD_THEN_RESNET = "stochastic depth, then ResNet"
KEPT = "share of its start kept: "
FASTEST_FIRST = "batch norm, then ResNet, then stochastic depth"

SPEED = OfNumerics("numerics.learning_rate:measure_speed", fixed={"dtype": "float32"})


def _of_kind(values: Parameters, network: str) -> dict[str, Any]:
    """The same networks, but for their kind."""
    dropping = {"survival": SURVIVAL} if network == STOCHASTIC_DEPTH else {}
    return {**values, "network": network, **dropping}


def _ranked(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Rows of two networks, in each order of those that there are."""
    orders = {
        RESNET_THEN_BN: (RESNET, BATCH_NORM),
        BN_THEN_RESNET: (BATCH_NORM, RESNET),
        RESNET_THEN_SD: (RESNET, STOCHASTIC_DEPTH),
        SD_THEN_RESNET: (STOCHASTIC_DEPTH, RESNET),
    }
    return {
        name: np.column_stack([columns[network] for network in order])
        for name, order in orders.items()
        if columns.keys() >= set(order)
    }


LOWEST, HIGHEST = 2**2, 2**5.5
"""Where a common grid ends: times the lowest of the printed lines, and times the highest."""


def common_grid(values: Parameters, networks: Iterable[str], per_octave: int) -> dict[str, Any]:
    """One grid of rates for networks of several kinds, that steps by 2^(1/per_octave)."""
    lines = [value(PRINTED[network], _of_kind(values, network)) for network in networks]
    lowest = LOWEST * min(lines)
    steps = math.ceil(per_octave * math.log2(HIGHEST * max(lines) / lowest))
    highest = lowest * 2 ** (steps / per_octave)
    return {"lowest": lowest, "highest": highest, "rates": steps + 1}


def _boundaries(
    values: Parameters, run: Mapping[str, Any], networks: tuple[str, ...], per_octave: int
) -> dict[str, NDArray[np.float64]]:
    grid = common_grid(values, networks, per_octave)
    return _ranked(
        {
            network: BOUNDARIES({**_of_kind(values, network), **grid}, **run)[BOUNDARY]
            for network in networks
        }
    )


def measure_boundaries(values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
    """The boundaries of the three networks, on one grid that steps by sqrt(2)."""
    return _boundaries(values, run, tuple(PRINTED), 2)


def measure_close_boundaries(values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
    """Those of the ResNet and with batch norm, on one grid that steps by the cube root of 2."""
    return _boundaries(values, run, (RESNET, BATCH_NORM), 3)


def _losses(
    values: Parameters, run: Mapping[str, Any], steps: int, networks: Iterable[str]
) -> dict[str, Any]:
    """The losses at 1/(printed upper bound) of each network."""
    found = {}
    for network in networks:
        kind = _of_kind(values, network)
        asked = {**kind, "learning_rate": value(PRINTED[network], kind) / 2, "steps": steps}
        found[network] = LOSSES(asked, **run)["final loss"]
    return found


def measure_losses(values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
    """The losses of the three networks at the end."""
    return _ranked(_losses(values, run, values["steps"], PRINTED))


def measure_relative_losses(values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
    """Those of the ResNet and of stochastic depth as shares of their own at the start."""
    two = RESNET, STOCHASTIC_DEPTH
    last, first = (_losses(values, run, steps, two) for steps in (values["steps"], 0))
    ranked = _ranked({network: last[network] / first[network] for network in two})
    return {KEPT + name: rows for name, rows in ranked.items()}


def measure_speeds(values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
    """The share of its loss that each network keeps, at a rate of its own eigenvalues."""
    order = (BATCH_NORM, RESNET, STOCHASTIC_DEPTH)
    kept = [SPEED(_of_kind(values, network), **run)["kept"] for network in order]
    return {
        FASTEST_FIRST: np.column_stack(kept),
        SD_THEN_RESNET: np.column_stack(kept[:0:-1]),
    }


deep_boundaries = Experiment(
    "boundaries of deep networks",
    measure_boundaries,
    over={"depth": Integers(4, 6)},
    setting={"inputs": GAUSSIAN, "width": 12, "samples": 48, "steps": STEPS},
)
boundaries_of_two_blocks = replace(
    deep_boundaries,
    label="boundaries of one or two blocks",
    measure=measure_close_boundaries,
    over={"depth": Integers(1, 2)},
    # Of two blocks and 12 units the two boundaries are alike, and apart the wider they are.
    setting={**deep_boundaries.setting, "width": 24, "samples": 96},
)
losses = Experiment(
    "losses at 1/(upper bound)",
    measure_losses,
    over={"depth": Integers(2, 4)},
    setting={"inputs": GAUSSIAN, "width": 12, "samples": 48, "steps": STEPS},
)
losses_of_one_block = replace(
    losses, label="losses of one block at 1/(upper bound)", over={"depth": Integers(1, 1)}
)
relative_losses = replace(
    losses,
    measure=measure_relative_losses,
    label="losses over those of the start at 1/(upper bound)",
    over={"depth": Integers(4, 4)},
    setting={**losses.setting, "width": 50, "samples": 200},
)
relative_losses_of_one_block = replace(
    losses_of_one_block,
    measure=measure_relative_losses,
    label="losses of one block over those of the start at 1/(upper bound)",
    setting={**losses.setting, "width": 24, "samples": 96},
)

at_inverse_top = Experiment(
    "at 1/lambda_max of each start",
    measure_speeds,
    over={"depth": Integers(2, 4)},
    setting={
        "inputs": GAUSSIAN,
        "width": 16,
        "samples": 32,
        "steps": STEPS,
        "learning_rate": "1/top",
    },
)
at_fastest = replace(
    at_inverse_top,
    label="at 2/(lambda_max + lambda_min) of each start",
    # 2^L masks of each input are N 2^L gradients, of which all eigenvalues are found.
    over={"depth": Integers(2, 3)},
    setting={**at_inverse_top.setting, "learning_rate": "2/(top + bottom)"},
)

of_many_inputs = replace(
    at_inverse_top,
    label="sixteen inputs a unit, at 1/lambda_max of each start",
    over={"depth": Integers(2, 3)},
    setting={**at_inverse_top.setting, "width": 12, "samples": 192, "steps": 25},
)

boundary_order = Claim(
    "furusho2020/boundary-order",
    "In deep networks batch norm and stochastic depth allow larger learning rates than the plain "
    "ResNet, as Remark 3 says; with one or two blocks batch norm allows a smaller one.",
    says=(
        Ranking(RESNET_THEN_BN, by=(deep_boundaries,)),
        Ranking(RESNET_THEN_SD, by=(deep_boundaries,)),
        Ranking(BN_THEN_RESNET, by=(boundaries_of_two_blocks,)),
    ),
    where="Remark 3; secs 4.3.3, B.4.4; Figs 17, 18, 22, 23",
    by=(deep_boundaries, boundaries_of_two_blocks),
    axis="depth",
    within=0.2,
    notes=(
        "Section 4.3.3 says so of deep networks; Remark 3 and section B.4.4 leave that out, and "
        "Figs 18 and 23 are of two blocks, at which batch norm has the lower boundary: with one "
        "block its lambda_max of the start is that of the plain network, which a loss that peaks "
        "brings down in the plain network and hardly with batch norm.",
        "With two blocks of 24 units the boundary is lower with batch norm in 30 to 70 % of the "
        "networks and higher in 5 to 25 %, by how fine the grid is and where it begins; with 32 "
        "units it is lower in 50 to 80 % and higher in 0 to 6 %.",
        f"Stochastic depth keeps each block with probability {SURVIVAL}. Networks that are "
        "compared have one grid, which steps by the square root of 2, and with one or two blocks "
        "by the cube root.",
    ),
)

convergence_speed = Claim(
    "furusho2020/convergence-speed",
    "At 1/(upper bound) networks of two to four blocks reach a smaller training loss with batch "
    "norm and with stochastic depth than the plain ResNet after 50 steps. Yet they start from a "
    "smaller one, and at the size of the paper's figure, four blocks of 50 units, stochastic depth "
    "keeps a larger share of it than the ResNet. Of one block it keeps a smaller share, and batch "
    "norm ends at the larger loss.",
    says=(
        Ranking(BN_THEN_RESNET, by=(losses,)),
        Ranking(SD_THEN_RESNET, by=(losses,)),
        Ranking(RESNET_THEN_BN, by=(losses_of_one_block,)),
        Ranking(KEPT + RESNET_THEN_SD, by=(relative_losses,)),
        Ranking(KEPT + SD_THEN_RESNET, by=(relative_losses_of_one_block,)),
    ),
    where="sec 4.3.4, B.4.5; Figs 19, 24",
    by=(losses, losses_of_one_block, relative_losses, relative_losses_of_one_block),
    axis="depth",
    within=0.2,
    notes=(
        "The figures show losses of networks of four blocks. The plain network starts at about "
        "2^L D/2, that with batch norm at (L + 1) D/2, each and 1/4 of the labels, and that with "
        "stochastic depth, evaluated with branches multiplied by p, lower as well: a lower curve "
        "is no faster one.",
        "With one block batch norm has the larger loss at the end of four inputs a unit and 12 "
        "units, as here; of two inputs a unit it mostly has the smaller one, and of 24 units as "
        "often as not. At D = 12 to 50 stochastic depth keeps the larger share of 5 to 30 % of "
        "networks of one block, of 25 to 60 % of two, 40 to 85 % of three and 60 to 98 % of four; "
        "from two blocks on the more the wider they are. Batch norm keeps the smaller share of "
        "about half of the networks of four blocks of 50 units: what is left of its start says no "
        "more for it than for the ResNet.",
        "A rate of 1/(upper bound) is a tenth of what the networks bear and less "
        "(furusho2020/gd-boundary), so that neither curve shows how fast a network can be trained.",
    ),
)

speed_at_eigenvalues = Claim(
    "furusho2020/speed-at-eigenvalues",
    "With rates that are optimal, 1/lambda_max of each start or the faster 2/(lambda_max + "
    "lambda_min), batch norm accelerates training of two to four blocks. Stochastic depth slows it "
    "where there are two inputs a unit: it keeps a larger share of its loss after 50 steps than "
    "the ResNet. Where there are sixteen it keeps a smaller one after 25.",
    says=(
        Ranking(FASTEST_FIRST, by=(at_inverse_top, at_fastest)),
        Ranking(SD_THEN_RESNET, by=(of_many_inputs,)),
    ),
    where="sec 4.3.4, B.4.5; secs 4.4 and 5 ('with their optimal learning rates')",
    by=(at_inverse_top, at_fastest, of_many_inputs),
    axis="depth",
    within=0.2,
    notes=(
        "lambda_max is that of the matrix which descent meets at its start: with batch norm of F "
        "with gradients through the statistics, with stochastic depth of the mean of F over all "
        "2^L masks, which is the Hessian of the mean loss at a minimum and has the smaller "
        "lambda_max than F of all blocks: the rate is the largest that can be called optimal.",
        "Shares are of the loss at the start. Of the losses themselves stochastic depth has the "
        "smaller one in deeper networks at 1/lambda_max, as it starts from the smaller one.",
        "Stochastic depth falls fast at first and halts early: its blocks drop anew in each step. "
        "A network of few inputs a unit goes on to fit them all, and passes it.",
        "At the paper's size, 50 units and four inputs a unit, stochastic depth keeps the smaller "
        "share at 1/lambda_max up to three blocks, and the larger one at four, those of Fig 19.",
        "The paper's rates, 1/(upper bound), are 3.5 to 5.3 times smaller than 1/lambda_max in the "
        "ResNet, 7.2 to 7.5 times with batch norm and 5 to 7 with stochastic depth at D = 16.",
    ),
)

CLAIMS = (boundary_order, convergence_speed, speed_at_eigenvalues)
