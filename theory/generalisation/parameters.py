"""Parameters and assumptions of linear students of a noisy teacher (Luo et al. 2018)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from theory.domains import Integers, Reals
from theory.parameters import BATCH_SIZE, INPUTS, NOISE_VARIANCE, REGULARISATION, RIDGE, Parameter

# Without noise there is no limit at alpha = 1.
NOISE = replace(NOISE_VARIANCE, domain=Reals(0, low_open=True))
PENALTY = replace(REGULARISATION, domain=Reals(0, low_open=True), typical=RIDGE.typical)
FITTED_BATCH = replace(BATCH_SIZE, domain=Integers(32, 32), typical=(32, 32))
EPOCHS = Parameter(
    name="epochs",
    symbol=sympy.Symbol("t", integer=True, positive=True),
    domain=Integers(1),
    meaning="epochs t of training",
    typical=(40, 160),
)

TASK = ("inputs x ~ N(0, I/N)", "linear teacher of |w*|^2 = N with independent noise")
LIMIT: dict[str, Any] = {"grows": (INPUTS,), "remainder": 1 / INPUTS.symbol}
