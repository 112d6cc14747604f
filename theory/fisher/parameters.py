"""Parameters and assumptions of the networks of Furusho (2020)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import pi

from theory.domains import Integers
from theory.parameters import DEPTH, LAYER, WIDTH

BLOCK = LAYER
BLOCK_OF_NETWORK = replace(LAYER, domain=Integers(1, "depth"))
SIGNAL = replace(LAYER, domain=Integers(0), meaning="index l of a hidden signal h^l")
SIGNAL_OF_NETWORK = replace(SIGNAL, domain=Integers(0, "depth"))
# The recursion runs in time proportional to the depth, its binomial mean to the square.
RECURSION_DEPTH = replace(DEPTH, domain=Integers(1, 1_000_000))
MEAN_RECURSION_DEPTH = replace(DEPTH, domain=Integers(1, 10_000))
PAPER = (
    "Assumption 1: forward and backward signals are independent",
    "Assumption 2: half of the units are active in every layer",
)

WIDE = ("weights of eq 26", "whitened inputs")
DROPPING = (*WIDE, "every block survives independently with probability p")
LIMIT: dict[str, Any] = {"grows": (WIDTH,), "remainder": DEPTH.symbol / WIDTH.symbol}
# b of the subject: a sum over blocks becomes a ratio of Gamma functions in it.
B = pi / (pi - 1)
