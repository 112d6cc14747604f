"""Parameters of trajectories of optimisation (chen2020)."""

from __future__ import annotations

from theory.domains import Integers, Reals
from theory.parameters import Parameter

_POSITIVE = Reals(0, low_open=True)

LEARNING_RATE = Parameter("learning_rate", "eta", _POSITIVE, "learning rate eta", (0.125, 0.5))
STEPS = Parameter("steps", "T", Integers(1), "number T of steps", (2, 100))
DISTANCE = Parameter(
    "distance", "d", _POSITIVE, "distance d = |theta_0 - theta_T| of start and end", (0.5, 4.0)
)
REGULARITY = Parameter(
    "regularity", "gamma", _POSITIVE, "gamma, the parameter of regularity", (0.25, 1.0)
)
MEAN_REGULARITY = Parameter(
    "mean_regularity",
    "gamma",
    _POSITIVE,
    "gamma, the mean of gamma_k over the steps, each weighted by its gap",
    (0.25, 1.0),
)
BEFORE = Parameter("before", "A", Reals(0), "A = |theta_k - theta_T|, before the step", (1.0, 2.0))
AFTER = Parameter(
    "after", "B", Reals(0), "B = |theta_(k+1) - theta_T|, after the step", (0.25, 0.75)
)
GAP = Parameter("gap", "g", _POSITIVE, "gap g of the loss of the step to its infimum", (0.5, 2.0))
SHIFT = Parameter(
    "shift",
    "c",
    Reals(0),
    "c, by which the mean of the infima of the batches exceeds that of the total loss",
    (0.25, 1.0),
)

SCALED_RATE = Parameter(
    "scaled_rate",
    "x",
    Reals(0, 4, low_open=True, high_open=True),
    "x = eta h, learning rate times curvature; descent with momentum beta converges up to 2 (1 + "
    "beta)",
    (0.25, 1.75),
)
LEAST_RATE = Parameter(
    "least_rate",
    "a",
    Reals(0, 2, low_open=True, high_open=True),
    "a, learning rate times the least curvature",
    (0.125, 0.5),
)
GREATEST_RATE = Parameter(
    "greatest_rate",
    "b",
    Reals("least_rate", 2, high_open=True),
    "b, learning rate times the greatest curvature",
    (0.75, 1.75),
)
CONTRACTION = Parameter(
    "contraction",
    "rho",
    Reals(0, 1, low_open=True, high_open=True),
    "rho, the factor of a step in the flattest direction, and -rho in the steepest",
    (0.25, 0.75),
)
BALANCE = Parameter(
    "balance",
    "s",
    Reals(-1, 1),
    "s, the share of the loss at the start in the flattest direction less that in the steepest",
    (-0.5, 0.5),
)
ROOT = Parameter(
    "root",
    "z",
    Reals(-1, 1, low_open=True, high_open=True),
    "z, the root of larger modulus, by which steps shrink in the end",
    (-0.75, 0.75),
)
ROOT_RATIO = Parameter(
    "root_ratio", "q", Reals(0, 1, high_open=True), "q, the other root over z", (0.25, 0.75)
)
MOMENTUM = Parameter("momentum", "beta", Reals(0, 1, high_open=True), "momentum beta", (0.25, 0.75))
