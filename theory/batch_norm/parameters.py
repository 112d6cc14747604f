"""Parameters and assumptions of batch normalisation as a regulariser (Luo et al. 2018)."""

from __future__ import annotations

from theory.domains import Integers, Reals
from theory.parameters import BATCH_SIZE, Parameter

POPULATION_STD = Parameter(
    "population_std",
    "sigma_P",
    Reals(0, low_open=True),
    "standard deviation of the hidden value over the population",
    (0.5, 2.0),
)
EIGENVALUE = Parameter(
    "eigenvalue",
    "lambda",
    Reals(0, low_open=True),
    "eigenvalue of the correlation matrix of the inputs",
    (0.5, 4.0),
)
KURTOSIS = Parameter(
    "kurtosis",
    "rho",
    Reals(-2),
    "excess kurtosis of the hidden value, 0 for a normal one",
    (-1.0, 3.0),
)
SKEWNESS = Parameter("skewness", "s", Reals(), "skewness of the hidden value", (0.5, 2.0))
SCALE = Parameter(
    "scale", "gamma", Reals(0, low_open=True), "scale parameter of batch normalisation", (0.5, 2.0)
)
POPULATION_MEAN = Parameter(
    "population_mean", "mu_P", Reals(), "mean of the hidden value over the population", (0.5, 2.0)
)
SHIFT = Parameter("shift", "beta", Reals(), "shift parameter of batch normalisation", (-1.0, 2.5))
INPUT_VARIANCE = Parameter(
    "input_variance",
    "a",
    Reals(0, low_open=True),
    "variance a of each coordinate of the input",
    (0.25, 4.0),
)
WEIGHT_NORM = Parameter(
    "weight_norm", "w", Reals(0, low_open=True), "Euclidean norm of the weight vector", (0.5, 2.0)
)
FISHER_INFORMATION = Parameter(
    "fisher_information",
    "F_gamma",
    Reals(0),
    "Fisher information of gamma, E A''(hbar) z^2, z the standardised hidden value",
    (0.25, 1.0),
)
MEAN_CURVATURE = Parameter("mean_curvature", "c_0", Reals(0), "E A''(hbar)", (0.25, 1.0))
CURVATURE_MOMENT = Parameter("curvature_moment", "c_1", Reals(), "E A''(hbar) z", (0.125, 0.5))
MEAN_SIGMOID = Parameter("mean_sigmoid", "c_0", Reals(0, 1), "E sigmoid(hbar)", (0.25, 0.75))
SIGMOID_MOMENT = Parameter("sigmoid_moment", "c_1", Reals(), "E sigmoid(hbar) z", (0.125, 0.5))
RESIDUAL_MEAN = Parameter(
    "residual_mean", "r_0", Reals(), "E r of the residual r = A'(hbar) - E[y | x]", (0.125, 0.5)
)
RESIDUAL_MOMENT = Parameter("residual_moment", "r_1", Reals(), "E r z", (0.125, 0.5))
RESIDUAL_CUBE = Parameter("residual_cube", "r_3", Reals(), "E r z^3", (-0.5, 0.25))

BATCH_OF_3 = BATCH_SIZE.narrowed(Integers(3))
BATCH_OF_4 = BATCH_SIZE.narrowed(Integers(4))
# Where the paper uses its expansions in 1/M: "M > 30" of eq 2, "M > 32" of zeta.
ABOVE_30 = BATCH_SIZE.narrowed(Integers(31), typical=(32, 512))
ABOVE_32 = BATCH_SIZE.narrowed(Integers(33), typical=(64, 512))
# What derivations say of letters that are no parameters.
OF_T = "t = sigma_B/sigma_P"
OF_Z = "z = (h - mu_P)/sigma_P of the hidden value h"
DRAWN = "hidden values of a batch independent, with one law"
GAUSSIAN = (DRAWN, "Gaussian hidden values")
INDEPENDENT = "batch drawn independently of the sample"
IN_BATCH = "batch contains the sample"
