"""Assumptions about a student that learns online, and its fixed point (Luo et al. 2018)."""

from __future__ import annotations

from typing import Any

from theory.domains import Reals
from theory.parameters import INPUTS, REGULARISATION, Parameter

LEARNING_RATE = Parameter(
    "learning_rate", "eta", Reals(0, low_open=True), "learning rate", (0.25, 1.0)
)
STUDENT_LENGTH = Parameter(
    "Q",
    "Q",
    Reals(0, low_open=True),
    "length Q of the student's normalised weights, its scale gamma",
    (0.5, 2.0),
)
OVERLAP = Parameter(
    "R",
    "R",
    Reals(-1, 1),
    "overlap R of student and teacher, the cosine of their angle",
    (-0.5, 0.75),
)
NORM = Parameter(
    "norm",
    "L",
    Reals(0, low_open=True),
    "length L of the student's weights, |w| / sqrt(N)",
    (0.5, 2.0),
)
TIME = Parameter(
    "time", "t", Reals(0), "time t = j/N since the start, training steps over inputs", (0.5, 8.0)
)

eta, zeta, L = LEARNING_RATE.symbol, REGULARISATION.symbol, NORM.symbol

ONLINE = ("inputs x ~ N(0, I/N), a fresh one at every step",)
SMALL_STEPS = ("terms in eta^2 dropped",)
HELD = ("gamma and L held", "ReLU", "small deviation from R = 1")
LIMIT: dict[str, Any] = {"grows": (INPUTS,), "remainder": 1 / INPUTS.symbol}
Q0 = 1 / (2 * zeta + 1)
I2 = (1 - Q0) ** 2 / 2
EFFECTIVE = eta * Q0 / L**2
# What readings say of the fixed point where terms in eta^2 are kept.
NOT_AT_REST = (
    "with terms in eta^2 kept R = 1 is no fixed point unless zeta = 0, as they leave dR/dt = "
    "-eta^2 Q0^2 I2/(2 L^4) there, I2 = (1 - Q0)^2/2"
)
