"""Parameters and assumptions of linear students of a noisy teacher (Luo et al. 2018)."""

from __future__ import annotations

from typing import Any

from theory.domains import Integers, Reals
from theory.parameters import BATCH_SIZE, INPUTS, REGULARISATION, Parameter

LOAD = Parameter(
    "load", "alpha", Reals(0, low_open=True), "load alpha = P/N, samples over inputs", (0.25, 4.0)
)
RIDGE = Parameter(
    "ridge",
    "zeta",
    Reals(0, low_open=True),
    "ridge strength: zeta |w|^2 beside the sum of squared errors",
    (0.25, 1.0),
)
NOISE_VARIANCE = Parameter(
    "noise_variance", "v", Reals(0), "variance v of the noise in the teacher's output", (0.125, 0.5)
)

# Without noise there is no limit at alpha = 1.
NOISE = NOISE_VARIANCE.narrowed(Reals(0, low_open=True))
PENALTY = REGULARISATION.narrowed(Reals(0, low_open=True), typical=RIDGE.typical)
FITTED_BATCH = BATCH_SIZE.narrowed(Integers(32, 32), typical=(32, 32))
EPOCHS = Parameter("epochs", "t", Integers(1), "epochs t of training", (40, 160))

TASK = ("inputs x ~ N(0, I/N)", "linear teacher of |w*|^2 = N with independent noise")
LIMIT: dict[str, Any] = {"grows": (INPUTS,), "remainder": 1 / INPUTS.symbol}
