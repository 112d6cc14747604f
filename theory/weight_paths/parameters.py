"""Parameters of residual networks whose branches are scaled by L^-alpha (susanna2024)."""

from __future__ import annotations

from theory.domains import Integers, Reals
from theory.parameters import DEPTH, Parameter

LAYERS = DEPTH.narrowed(Integers(2, 10**6), meaning="number L of layers", typical=(64, 4096))
DIMENSION = Parameter("dim", "d", Integers(1, 100), "d, of the d x d weights", (1, 15))
ALPHA = Parameter("alpha", "alpha", Reals(0, 1), "alpha, of the scale L^-alpha", (0.625, 0.875))
GAMMA = Parameter(
    "gamma", "gamma", Reals(0.1, 100), "gamma, of increments L^(-1/gamma - beta)", (1.0, 2.0)
)

FEW_LAYERS = LAYERS.narrowed(Integers(3, 10**6), typical=(4, 64))
STRENGTH = Parameter(
    "strength",
    "s",
    Reals(0, 1, low_open=True),
    "s, the sum of delta_L |W_k| over the layers, all alike",
    (0.25, 0.75),
)
"""At most 1 under Assumption 3.1.1 (iii) with nu = 2, and in Theorem 3.3.3 throughout training."""

SCALE = Parameter(
    "scale", "delta", Reals(1e-6, 1), "scale delta_L of the residual branch", (0.125, 0.5)
)
NORM = Parameter("norm", "b", Reals(1e-6, 10), "norm b of the weights W_{k+1}", (0.25, 1.0))
INPUT = Parameter("input_norm", "r", Reals(1e-6, 1), "norm r of the layer h_k", (0.125, 0.5))
RATE = Parameter("rate", "eta", Reals(0, 1e6), "learning rate eta of the first step", (0.125, 0.5))

CLASSES = Parameter("classes", "C", Integers(2, 10**6), "number C of classes", (4, 64))
BATCH = Parameter("batch_size", "N", Integers(1, 10**6), "samples N of a mean loss", (16, 128))
LABEL_RATIO = Parameter(
    "label_ratio", "K", Reals(1e-3, 1e6), "K, the greatest |y_i|/|x_i|", (0.5, 2.0)
)

ALPHA_OF_THRESHOLD = ALPHA.narrowed(Reals(0.5, 1, low_open=True))
EPOCHS = Parameter(
    "epochs", "Q", Reals(0.1, 1000), "Q, of at most Q log L steps of gradient descent", (1.0, 5.0)
)
GRADIENT = Parameter(
    "gradient", "G", Reals(1e-3, 1000), "C_l, the greatest mean square gradient", (0.5, 2.0)
)

TARGET = Parameter(
    "target", "y", Reals(-1e3, 1e3), "y, asked for at every input; 0.01 of C10k", (0.125, 0.5)
)

VARIATION = Parameter(
    "variation", "v", Reals(0, 100), "1-variation v of the path of scaled weights", (0.125, 0.5)
)
HOELDER = Parameter(
    "hoelder",
    "a",
    Reals(0, 1, low_open=True),
    "exponent a of Hoelder of a path of weights",
    (0.25, 0.75),
)
OTHER_HOELDER = Parameter(
    "other", "b", Reals(0, 1, low_open=True), "exponent b of Hoelder of the integrand", (0.75, 1.0)
)

TOTAL_RATE = Parameter(
    "total", "S", Reals(0, 10), "S, the sum of the learning rates", (0.0078125, 0.03125)
)
RATE_POWER = Parameter(
    "rate_power", "rho", Reals(0, 2), "rho, of learning rates that grow like L^rho", (0.75, 1.0)
)
POWER = Parameter("p", "p", Reals(1, 1000), "p, of a p-variation", (1.0, 2.0))
MARGIN = Parameter(
    "margin", "epsilon", Reals(0, 10), "epsilon, of rates below a bound by L^-epsilon", (0.125, 0.5)
)
DECAY = Parameter("decay", "rho", Reals(0, 2), "rho, of gradients C_l/(t + 1)^rho", (0.25, 1.0))
RATE_FACTOR = Parameter("factor", "Q", Reals(1e-6, 1e6), "Q, of the learning rates", (0.125, 0.5))
STEP = Parameter("step", "r", Integers(0, 10**6), "step r of gradient descent", (1, 100))
SAMPLES = Parameter("samples", "N", Integers(2, 10**6), "number N of samples", (2, 16))

DEEP = FEW_LAYERS.narrowed(Integers(16, 10**6), typical=(16, 64))
NU = Parameter(
    "nu", "nu", Reals(0, 20, low_open=True), "nu, of weights of norm nu L^-beta/2", (7.0, 12.0)
)

DESCENT_RATE = Parameter(
    "rate", "eta", Reals(0, 100), "eta, of learning rates eta L^(alpha - beta)", (0.125, 0.5)
)
STEPS = Parameter("steps", "n", Integers(1, 10**6), "step n, the first being 1", (2, 32))

BRANCH_VARIANCE = Parameter(
    "variance", "v", Reals(1e-6, 1e6), "variance v of a channel before batch norm", (0.125, 0.5)
)
