"""Parameters and assumptions of the networks of Furusho (2020)."""

from __future__ import annotations

from typing import Any

from sympy import pi

from theory.domains import Integers, Reals
from theory.parameters import DEPTH, WIDTH, Parameter

LAYER = Parameter("layer", "l", Integers(0), "index l of a hidden signal h^l", (1, 40))
SAMPLES = Parameter("samples", "N", Integers(1), "inputs N in the training set", (10, 1000))
SURVIVAL = Parameter(
    "survival", "p", Reals(0, 1), "probability p that a residual branch survives", (0.5, 0.9)
)
SURVIVORS = Parameter(
    "survivors", "K", Integers(0, "depth"), "number K of residual branches that survive", (1, 20)
)

BLOCK = LAYER.narrowed(Integers(1), meaning="index l of a residual block")
BLOCK_OF_NETWORK = BLOCK.narrowed(Integers(1, "depth"))
SIGNAL = LAYER
SIGNAL_OF_NETWORK = SIGNAL.narrowed(Integers(0, "depth"))
# The recursion runs in time proportional to the depth, its binomial mean to the square.
RECURSION_DEPTH = DEPTH.narrowed(Integers(1, 1_000_000))
MEAN_RECURSION_DEPTH = DEPTH.narrowed(Integers(1, 10_000))
PAPER = (
    "Assumption 1: forward and backward signals are independent",
    "Assumption 2: half of the units are active in every layer",
)

WIDE = ("weights of eq 26", "whitened inputs")
DROPPING = (*WIDE, "every block survives independently with probability p")
LIMIT: dict[str, Any] = {"grows": (WIDTH,), "remainder": DEPTH.symbol / WIDTH.symbol}
# b of the subject: a sum over blocks becomes a ratio of Gamma functions in it.
B = pi / (pi - 1)

# What derivations say of letters that are no parameters.
DELTA = "delta_l is the derivative of the output f by a unit of h^l. "
OF_B = "b = pi/(pi - 1)"
