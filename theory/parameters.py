"""Typed parameters, defined once: two symbols of one name with other assumptions differ."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from theory.domains import Domain, Integers, Reals


@dataclass(frozen=True)
class Parameter:
    """A parameter of closed forms.

    `domain` is where statements are claimed; `typical` is the range (low, high) from which
    tests and plots draw.
    """

    name: str
    symbol: sympy.Symbol
    domain: Domain
    meaning: str
    typical: tuple[float, float]


DEPTH = Parameter(
    name="depth",
    symbol=sympy.Symbol("L", integer=True, positive=True),
    domain=Integers(1),
    meaning="number L of residual blocks",
    typical=(2, 40),
)
LAYER = Parameter(
    name="layer",
    symbol=sympy.Symbol("l", integer=True, nonnegative=True),
    domain=Integers(1),
    meaning="index l of a residual block",
    typical=(1, 40),
)
WIDTH = Parameter(
    name="width",
    symbol=sympy.Symbol("D", integer=True, positive=True),
    domain=Integers(1),
    meaning="units D in a layer",
    typical=(10, 1000),
)
SAMPLES = Parameter(
    name="samples",
    symbol=sympy.Symbol("N", integer=True, positive=True),
    domain=Integers(1),
    meaning="inputs N in the training set",
    typical=(10, 1000),
)
INPUTS = Parameter(
    name="inputs",
    symbol=sympy.Symbol("N", integer=True, positive=True),
    domain=Integers(1),
    meaning="inputs N of a linear student or of a perceptron",
    typical=(10, 1000),
)
SURVIVAL = Parameter(
    name="survival",
    symbol=sympy.Symbol("p", nonnegative=True),
    domain=Reals(0, 1),
    meaning="probability p that a residual branch survives",
    typical=(0.5, 0.9),
)
SURVIVORS = Parameter(
    name="survivors",
    symbol=sympy.Symbol("K", integer=True, nonnegative=True),
    domain=Integers(0, "depth"),
    meaning="number K of residual branches that survive",
    typical=(1, 20),
)
TOP_EIGENVALUE = Parameter(
    name="top_eigenvalue",
    symbol=sympy.Symbol("lambda_max", positive=True),
    domain=Reals(0, low_open=True),
    meaning="largest eigenvalue of the Hessian at the minimum",
    typical=(1.0, 100.0),
)
BOTTOM_EIGENVALUE = Parameter(
    name="bottom_eigenvalue",
    symbol=sympy.Symbol("lambda_min", positive=True),
    domain=Reals(0, "top_eigenvalue", low_open=True),
    meaning="least positive eigenvalue of the Hessian at the minimum",
    typical=(0.1, 1.0),
)

# Batch normalisation and its students ---------------------------------------------------------

BATCH_SIZE = Parameter(
    name="batch_size",
    symbol=sympy.Symbol("M", integer=True, positive=True),
    domain=Integers(2),
    meaning="samples M in a batch",
    typical=(8, 512),
)
POPULATION_STD = Parameter(
    name="population_std",
    symbol=sympy.Symbol("sigma_P", positive=True),
    domain=Reals(0, low_open=True),
    meaning="standard deviation of the hidden value over the population",
    typical=(0.5, 2.0),
)
EIGENVALUE = Parameter(
    name="eigenvalue",
    symbol=sympy.Symbol("lambda", positive=True),
    domain=Reals(0, low_open=True),
    meaning="eigenvalue of the correlation matrix of the inputs",
    typical=(0.5, 4.0),
)
KURTOSIS = Parameter(
    name="kurtosis",
    symbol=sympy.Symbol("rho", real=True),
    domain=Reals(-2),
    meaning="excess kurtosis of the hidden value, 0 for a normal one",
    typical=(-1.0, 3.0),
)
SKEWNESS = Parameter(
    name="skewness",
    symbol=sympy.Symbol("s", real=True),
    domain=Reals(),
    meaning="skewness of the hidden value",
    typical=(0.5, 2.0),
)
SCALE = Parameter(
    name="scale",
    symbol=sympy.Symbol("gamma", positive=True),
    domain=Reals(0, low_open=True),
    meaning="scale parameter of batch normalisation",
    typical=(0.5, 2.0),
)
POPULATION_MEAN = Parameter(
    name="population_mean",
    symbol=sympy.Symbol("mu_P", real=True),
    domain=Reals(),
    meaning="mean of the hidden value over the population",
    typical=(0.5, 2.0),
)
SHIFT = Parameter(
    name="shift",
    symbol=sympy.Symbol("beta", real=True),
    domain=Reals(),
    meaning="shift parameter of batch normalisation",
    typical=(-1.0, 2.5),
)
INPUT_VARIANCE = Parameter(
    name="input_variance",
    symbol=sympy.Symbol("a", positive=True),
    domain=Reals(0, low_open=True),
    meaning="variance a of each coordinate of the input",
    typical=(0.25, 4.0),
)
WEIGHT_NORM = Parameter(
    name="weight_norm",
    symbol=sympy.Symbol("w", positive=True),
    domain=Reals(0, low_open=True),
    meaning="Euclidean norm of the weight vector",
    typical=(0.5, 2.0),
)
FISHER_INFORMATION = Parameter(
    name="fisher_information",
    symbol=sympy.Symbol("F_gamma", nonnegative=True),
    domain=Reals(0),
    meaning="Fisher information of gamma, E A''(hbar) z^2, z the standardised hidden value",
    typical=(0.25, 1.0),
)
MEAN_CURVATURE = Parameter(
    name="mean_curvature",
    symbol=sympy.Symbol("c_0", nonnegative=True),
    domain=Reals(0),
    meaning="E A''(hbar)",
    typical=(0.25, 1.0),
)
CURVATURE_MOMENT = Parameter(
    name="curvature_moment",
    symbol=sympy.Symbol("c_1", real=True),
    domain=Reals(),
    meaning="E A''(hbar) z",
    typical=(0.125, 0.5),
)
MEAN_SIGMOID = Parameter(
    name="mean_sigmoid",
    symbol=sympy.Symbol("c_0", nonnegative=True),
    domain=Reals(0, 1),
    meaning="E sigmoid(hbar)",
    typical=(0.25, 0.75),
)
SIGMOID_MOMENT = Parameter(
    name="sigmoid_moment",
    symbol=sympy.Symbol("c_1", real=True),
    domain=Reals(),
    meaning="E sigmoid(hbar) z",
    typical=(0.125, 0.5),
)
RESIDUAL_MEAN = Parameter(
    name="residual_mean",
    symbol=sympy.Symbol("r_0", real=True),
    domain=Reals(),
    meaning="E r of the residual r = A'(hbar) - E[y | x]",
    typical=(0.125, 0.5),
)
RESIDUAL_MOMENT = Parameter(
    name="residual_moment",
    symbol=sympy.Symbol("r_1", real=True),
    domain=Reals(),
    meaning="E r z",
    typical=(0.125, 0.5),
)
RESIDUAL_CUBE = Parameter(
    name="residual_cube",
    symbol=sympy.Symbol("r_3", real=True),
    domain=Reals(),
    meaning="E r z^3",
    typical=(-0.5, 0.25),
)
REGULARISATION = Parameter(
    name="regularisation",
    symbol=sympy.Symbol("zeta", nonnegative=True),
    domain=Reals(0),
    meaning="strength of the penalty zeta gamma^2",
    typical=(0.125, 0.5),
)
LEARNING_RATE = Parameter(
    name="learning_rate",
    symbol=sympy.Symbol("eta", positive=True),
    domain=Reals(0, low_open=True),
    meaning="learning rate",
    typical=(0.25, 1.0),
)
STUDENT_LENGTH = Parameter(
    name="Q",
    symbol=sympy.Symbol("Q", positive=True),
    domain=Reals(0, low_open=True),
    meaning="length Q of the student's normalised weights, its scale gamma",
    typical=(0.5, 2.0),
)
OVERLAP = Parameter(
    name="R",
    symbol=sympy.Symbol("R", real=True),
    domain=Reals(-1, 1),
    meaning="overlap R of student and teacher, the cosine of their angle",
    typical=(-0.5, 0.75),
)
NORM = Parameter(
    name="norm",
    symbol=sympy.Symbol("L", positive=True),
    domain=Reals(0, low_open=True),
    meaning="length L of the student's weights, |w| / sqrt(N)",
    typical=(0.5, 2.0),
)
TIME = Parameter(
    name="time",
    symbol=sympy.Symbol("t", positive=True),
    domain=Reals(0, low_open=True),
    meaning="time t = j/N, training steps over inputs",
    typical=(0.5, 8.0),
)
LOAD = Parameter(
    name="load",
    symbol=sympy.Symbol("alpha", positive=True),
    domain=Reals(0, low_open=True),
    meaning="load alpha = P/N, samples over inputs",
    typical=(0.25, 4.0),
)
RIDGE = Parameter(
    name="ridge",
    symbol=sympy.Symbol("zeta", positive=True),
    domain=Reals(0, low_open=True),
    meaning="ridge strength: zeta |w|^2 beside the sum of squared errors",
    typical=(0.25, 1.0),
)
NOISE_VARIANCE = Parameter(
    name="noise_variance",
    symbol=sympy.Symbol("v", nonnegative=True),
    domain=Reals(0),
    meaning="variance v of the noise in the teacher's output",
    typical=(0.125, 0.5),
)
