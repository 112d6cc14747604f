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
WEIGHTS_OF_RESIDUALS = LAYER.narrowed(
    Integers(1, "residuals"), meaning="residual layer l whose weights are moved"
)

UNITS = Parameter("width", "m", Integers(1, 10**6), "width m of the residual layers", (4, 256))
CONVERSE_DEPTH = DEPTH.narrowed(Integers(2, 2**20), meaning="layers L", typical=(4, 64))
EXPONENT = Parameter(
    "exponent", "c", Reals(0, 5, low_open=True), "c, of tau = L^(-1/2 + c)", (0.25, 1.0)
)

TAU_OF_BOUND = TAU.narrowed(Reals(1e-6, 100), typical=(0.0625, 0.125))
EXCESS = Parameter("excess", "c", Reals(1e-6, 1e6), "c of the bound 1 + c on the norm", (0.5, 4.0))
LEAST_SHORTFALL = 1e-6
SHORTFALL = Parameter(
    "shortfall",
    "c",
    Reals(LEAST_SHORTFALL, 1 - 1e-15),
    "c of the bound 1 - c on the norm",
    (0.25, 0.75),
)
THRESHOLD = Parameter(
    "threshold", "c_1", Reals(1e-6, 1e6), "c_1 of the proofs, 2 log(1 + c)", (0.5, 2.0)
)
DEVIATION = Parameter("deviation", "x", Reals(0, 1e6), "deviation x", (0.5, 2.0))
ROWS = Parameter("rows", "N", Integers(1), "rows N of a Gaussian matrix", (8, 64))
COLUMNS = Parameter("columns", "n", Integers(1), "columns n of a Gaussian matrix", (8, 64))
NET = Parameter(
    "net", "epsilon", Reals(0, 1, low_open=True, high_open=True), "net epsilon", (0.25, 0.75)
)

KAPPA = Parameter(
    "kappa", "kappa", Reals(0, 100, low_open=True), "kappa = tau sqrt(L)", (0.25, 1.0)
)
KAPPA_OF_DEPTH = KAPPA.narrowed(Reals(0, 4, low_open=True))
KAPPA_OF_SCALE = KAPPA.narrowed(Reals(0.256, 4), typical=(0.5, 1.0))
"""Down to the least tau at DEEPEST layers."""
KAPPA_OF_BOUND = KAPPA.narrowed(Reals(1e-3, 100))
FRACTION = Parameter("fraction", "t", Reals(0, 1), "fraction t = l/L of the layers", (0.25, 1.0))
DEPTH_OF_CORRECTION = DEPTH.narrowed(
    Integers(1, DEEPEST), meaning="layers L, of which kappa = tau sqrt(L)", typical=(16, 256)
)
LAYER_OF_DEPTH = LAYER.narrowed(Integers(0, "depth"), typical=(4, 16))

WIDE = ("width m -> oo", "start h_0 = phi(A x), half of whose coordinates are 0")

SAMPLES = Parameter("samples", "n", Integers(2, 10**6), "training samples n", (4, 64))
SEPARATION = Parameter(
    "separation", "delta", Reals(1e-3, 2), "least distance delta of two inputs", (0.25, 1.0)
)
OUTPUTS = Parameter("outputs", "d", Integers(1, 10**6), "outputs d", (1, 10))
LOSS = Parameter(
    "loss", "epsilon", Reals(1e-12, 1, high_open=True), "loss epsilon to be reached", (1e-3, 1e-2)
)
SGD_BATCH = Parameter(
    "batch", "b", Integers(1, "samples"), "samples b of a step of stochastic descent", (1, 4)
)
WIDTH_OF_STEPS = UNITS.narrowed(Integers(2, 10**6), typical=(16, 256))
