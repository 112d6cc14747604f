"""Where claims on online students are judged, and the constants fitted to them."""

from __future__ import annotations

import math
from typing import Any

from theory import order_parameters as forms
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
)
from verify.relations.statement import Values
from verify.table.entry import SHARP, Entry, rows

AVERAGED_WITHIN, RUNS_WITHIN = 0.01, 0.06
"""Relative errors at which averages over lattices and runs are judged at the quick budget."""

LATTICE = 1e-4
"""Relative variance of an average over one lattice of inputs."""

# Fixed points -----------------------------------------------------------------------------------


def _ageing(values: Values) -> tuple[float, float, float]:
    """Rates at which gamma and R settle, and where 1 - R does while L hardly moves.

    At R = 1 the terms in eta^2 push R away at the rate rate^2 I2/2, I2 = (1 - Q)^2/2.
    """
    zeta = values["regularisation"]
    scale = 1 / (1 + 2 * zeta)
    rate = values["learning_rate"] * scale / values["norm"] ** 2
    i2 = (1 - scale) ** 2 / 2
    settling = rate - rate**2 * (scale - i2) / 2
    return values["learning_rate"] * (zeta + 0.5), settling, rate**2 * i2 / (2 * settling)


def _turning(values: Values) -> float:
    """The effective learning rate at the fixed point."""
    arguments = {name: values[name] for name in forms.effective_learning_rate.domain}
    return float(forms.effective_learning_rate.value(**arguments))


def not_yet_there(values: Values) -> float:
    """The relative distance of gamma from the fixed point that is left at the point's time.

    What remains of the start (half the rate of R, as L grows), and kappa1(R) = R + O((1-R)^(3/2))
    to which gamma is proportional where it rests, raised by a fifth.
    """
    of_scale, of_overlap, resting = _ageing(values)
    if of_overlap <= 0:
        return math.inf
    time, apart = values["time"], 1 - values["overlap"]
    left = 2 * math.exp(-of_scale * time) + apart * math.exp(-of_overlap * time / 2)
    return left + 1.2 * resting


def _fixed_points() -> list[Entry]:
    names = ["learning_rate", "regularisation", "norm"]
    points = rows(names, (0.75, 0.0, 1.0), (0.75, 0.0625, 1.0), (0.75, 0.25, 1.25))
    further = rows(names, (1.0, 0.0625, 2.0))
    student = f"{BATCH_NORM}, relu"
    late: dict[str, Any] = {
        "remainder": {"scale": not_yet_there}, "variance": {"scale": lambda v: 0.25 / v["size"]},
    }  # fmt: skip
    return [
        Entry(f"runs: {student}", points, further, RUNS_WITHIN, **late),
        Entry(f"runs: {student}", (), further, SHARP, kept=True,
              setting={"time": 16.0, "overlap": 1.0}, **late),
        Entry("formulas", points, further),
        Entry(
            f"one step: {student}", points, further, AVERAGED_WITHIN,
            remainder={"norm": lambda v: 10 * (1 + _turning(v) ** 2) / v["size"]},
            variance={"norm": lambda v: 10 * LATTICE},
        ),
    ]  # fmt: skip


TABLE = {
    "luo2018/fixed-points": _fixed_points(),
}  # fmt: skip
