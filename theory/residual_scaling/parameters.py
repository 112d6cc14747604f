"""Parameters and assumptions of residual networks whose branches are scaled by tau (zhang2022)."""

from __future__ import annotations

from theory.domains import Integers, Reals
from theory.parameters import DEPTH, Parameter

DEEPEST = 2**14
"""Layers that are followed one by one."""

TAU = Parameter(
    "tau", "tau", Reals(0.002, 100), "scale tau of the residual branch, h + tau W h", (0.125, 1.0)
)
TAU_OF_PREFACTOR = TAU.narrowed(Reals(0.05, 100))
LAYER = Parameter("layer", "l", Integers(0, DEEPEST), "residual layer l, 0 the start", (4, 64))
RESIDUALS = Parameter(
    "residuals", "D", Integers(1, DEEPEST), "residual layers D, one less than layers L", (8, 64)
)
LAYER_OF_RESIDUALS = LAYER.narrowed(Integers(0, "residuals"))

KAPPA = Parameter(
    "kappa", "kappa", Reals(0, 100, low_open=True), "kappa = tau sqrt(L)", (0.25, 1.0)
)
KAPPA_OF_DEPTH = KAPPA.narrowed(Reals(0, 4, low_open=True))
FRACTION = Parameter("fraction", "t", Reals(0, 1), "fraction t = l/L of the layers", (0.25, 1.0))
DEPTH_OF_CORRECTION = DEPTH.narrowed(
    Integers(1, DEEPEST), meaning="layers L, of which kappa = tau sqrt(L)", typical=(16, 256)
)
LAYER_OF_DEPTH = LAYER.narrowed(Integers(0, "depth"), typical=(4, 16))

WIDE = ("width m -> oo", "start h_0 = phi(A x), half of whose coordinates are 0")
