"""Assumptions about a student that learns online, and its fixed point (Luo et al. 2018)."""

from __future__ import annotations

from typing import Any

from theory.parameters import INPUTS, LEARNING_RATE, NORM, REGULARISATION

eta, zeta, L = LEARNING_RATE.symbol, REGULARISATION.symbol, NORM.symbol

ONLINE = ("inputs x ~ N(0, I/N), a fresh one at every step",)
SMALL_STEPS = ("terms in eta^2 dropped",)
HELD = ("gamma and L held", "ReLU", "small deviation from R = 1")
LIMIT: dict[str, Any] = {"grows": (INPUTS,), "remainder": 1 / INPUTS.symbol}
Q0 = 1 / (2 * zeta + 1)
I2 = (1 - Q0) ** 2 / 2
EFFECTIVE = eta * Q0 / L**2
