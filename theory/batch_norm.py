"""Batch normalisation as a regulariser (Luo et al. 2018, sections 2 and 4, Appendix 1).

A hidden value h of mean mu_P and standard deviation sigma_P is normalised by the mean mu_B and
the (biased) standard deviation sigma_B of a batch of M: hhat = gamma (h - mu_B)/sigma_B + beta,
hbar the same with mu_P and sigma_P. In the derivations z = (h - mu_P)/sigma_P,
m = (mu_B - mu_P)/sigma_P and t = sigma_B/sigma_P; rho is the excess kurtosis and s the skewness.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sympy import Expr, gamma, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Integers
from theory.kernels import expm1, exponential, log1p, log_half_step
from theory.papers import Source
from theory.parameters import (
    BATCH_SIZE,
    CURVATURE_MOMENT,
    EIGENVALUE,
    FISHER_INFORMATION,
    INPUT_VARIANCE,
    KURTOSIS,
    MEAN_CURVATURE,
    MEAN_SIGMOID,
    POPULATION_MEAN,
    POPULATION_STD,
    RESIDUAL_CUBE,
    RESIDUAL_MEAN,
    RESIDUAL_MOMENT,
    SCALE,
    SHIFT,
    SIGMOID_MOMENT,
    SKEWNESS,
    WEIGHT_NORM,
)

_form = partial(ClosedForm, subject="batch_norm")
_source = partial(Source, "luo2018")

_BATCH_OF_3 = replace(BATCH_SIZE, domain=Integers(3))
_BATCH_OF_4 = replace(BATCH_SIZE, domain=Integers(4))
# Where the paper uses its expansions in 1/M: "M > 30" of eq 2, "M > 32" of zeta.
_ABOVE_30 = replace(BATCH_SIZE, domain=Integers(31), typical=(32, 512))
_ABOVE_32 = replace(BATCH_SIZE, domain=Integers(33), typical=(64, 512))

M, sigma_P, lam = BATCH_SIZE.symbol, POPULATION_STD.symbol, EIGENVALUE.symbol
rho, s = KURTOSIS.symbol, SKEWNESS.symbol
scale, shift = SCALE.symbol, SHIFT.symbol

_DRAWN = "hidden values of a batch independent, with one law"
_GAUSSIAN = (_DRAWN, "Gaussian hidden values")
_INDEPENDENT = "batch drawn independently of the sample"
_IN_BATCH = "batch contains the sample"


# Moments of the batch statistics --------------------------------------------------------------

_batch_moment = partial(_form, claim="luo2018/batch-moments", assumptions=(_DRAWN,))
_batch_std = partial(_batch_moment, parameters=(_ABOVE_30, POPULATION_STD, KURTOSIS))
_DELTA_METHOD = (
    "t = 1 + V/2 - V^2/8 + ... with V = t^2 - 1, E V = -1/M (the variance is the biased one) and "
    "E V^2 = (rho + 2)/M + O(1/M^2). "
)

batch_mean_variance = _batch_moment(
    name="batch_mean_variance",
    expr=sigma_P**2 / M,
    parameters=(BATCH_SIZE, POPULATION_STD),
    source=_source("eq 2"),
    status="printed",
)

batch_std_mean_printed = _batch_std(
    name="batch_std_mean_printed",
    expr=sigma_P,
    source=_source("eq 2"),
    status="printed",
    limit="M -> oo",
    finite_size="O(1/M^2)",
    superseded_by="batch_std_mean",
)

batch_std_mean = _batch_std(
    name="batch_std_mean",
    expr=sigma_P * (1 - (rho + 6) / (8 * M)),
    source=_source("eq 2 corrected"),
    status="corrected",
    limit="M -> oo",
    finite_size="O(1/M^2)",
    derivation=(
        f"{_DELTA_METHOD}So E t = 1 - 1/(2 M) - (rho + 2)/(8 M). Theorem 1 keeps the order 1/M, "
        "and to that order the printed mean is not right."
    ),
)

batch_std_variance_printed = _batch_std(
    name="batch_std_variance_printed",
    expr=(rho + 2) / (4 * M),
    source=_source("eq 2"),
    status="printed",
    limit="M -> oo",
    finite_size="O(1/M)",
    superseded_by="batch_std_variance",
)

batch_std_variance = _batch_std(
    name="batch_std_variance",
    expr=sigma_P**2 * (rho + 2) / (4 * M),
    source=_source("eq 2 corrected"),
    status="corrected",
    limit="M -> oo",
    finite_size="O(1/M)",
    derivation=f"{_DELTA_METHOD}So Var t = E V^2/4; the paper lost the square of sigma_P.",
)

inverse_std_excess_printed = _batch_std(
    name="inverse_std_excess_printed",
    expr=(rho + 2) / (4 * M * sigma_P),
    source=_source("Appendix 1, R^f: E[1/sigma_B - 1/sigma_P]"),
    status="printed",
    limit="M -> oo",
    finite_size="O(1/M)",
    superseded_by="inverse_std_excess",
)

inverse_std_excess = _batch_std(
    name="inverse_std_excess",
    expr=(3 * rho + 10) / (8 * M * sigma_P),
    source=_source("Appendix 1, R^f: E[1/sigma_B - 1/sigma_P], corrected"),
    status="corrected",
    limit="M -> oo",
    finite_size="O(1/M)",
    derivation=(
        "1/t = 1 - V/2 + 3 V^2/8 - ... with V = t^2 - 1, E V = -1/M and E V^2 = (rho + 2)/M + "
        "O(1/M^2): E[1/t] - 1 = 1/(2 M) + 3 (rho + 2)/(8 M). The printed mean is Var t alone, as "
        "if sigma_B had no bias: E[1/t] - 1 = (1 - E t) + Var t to this order."
    ),
)

std_moment = _form(
    name="std_moment",
    claim="luo2018/batch-moments",
    expr=sqrt(2 / M) * gamma(M / 2) / gamma((M - 1) / 2),
    stable=exponential(log1p(-1 / M) / 2 + log_half_step((M - 1) / 2)),
    parameters=(BATCH_SIZE,),
    source=_source("eq 2, exactly"),
    status="derived",
    assumptions=_GAUSSIAN,
    derivation="E[sigma_B] at sigma_P = 1: M sigma_B^2 has the chi-square law of M - 1 degrees.",
)


# Inverse moments of a Gaussian batch ----------------------------------------------------------

_inverse = partial(_form, claim="luo2018/inverse-moments", assumptions=_GAUSSIAN)
_INVERSE_RATIO = gamma((M - 2) / 2) / gamma((M - 1) / 2)
# log E[1/sigma_B] at sigma_P = 1
_LOG_INVERSE_STD = -log1p(-2 / M) / 2 - log_half_step((M - 2) / 2)

inverse_std_moment = _inverse(
    name="inverse_std_moment",
    expr=sqrt(M / 2) * _INVERSE_RATIO,
    stable=exponential(_LOG_INVERSE_STD),
    parameters=(_BATCH_OF_3,),
    source=_source("Appendix 1, E[1/sigma_B] at sigma_P = 1"),
    status="printed",
)

inverse_variance_moment_printed = _inverse(
    name="inverse_variance_moment_printed",
    expr=M * gamma((M - 1) / 2 - 1) / gamma((M - 1) / 2),
    stable=2 * M / (M - 3),
    parameters=(_BATCH_OF_4,),
    source=_source("Appendix 1, E[1/sigma_B^2] at sigma_P = 1"),
    status="printed",
    superseded_by="inverse_variance_moment",
)

inverse_variance_moment = _inverse(
    name="inverse_variance_moment",
    expr=M / (M - 3),
    parameters=(_BATCH_OF_4,),
    source=_source("Appendix 1, E[1/sigma_B^2] at sigma_P = 1, corrected"),
    status="corrected",
    derivation=(
        "M sigma_B^2 has the chi-square law of M - 1 degrees of freedom, whose inverse has mean "
        "1/(M - 3). Printed is twice that: Gamma(x - 1)/Gamma(x) = 1/(x - 1) = 2/(M - 3). Eq 13 "
        "halves it again, and is right."
    ),
)

scaled_inverse_std_moment_printed = _inverse(
    name="scaled_inverse_std_moment_printed",
    expr=sqrt(M) / sqrt(2 * sigma_P) * _INVERSE_RATIO,
    stable=exponential(_LOG_INVERSE_STD) / sqrt(sigma_P),
    parameters=(_BATCH_OF_3, POPULATION_STD),
    source=_source("Appendix 1, E[1/sigma_B]"),
    status="printed",
    superseded_by="scaled_inverse_std_moment",
)

scaled_inverse_std_moment = _inverse(
    name="scaled_inverse_std_moment",
    expr=sqrt(M / 2) / sigma_P * _INVERSE_RATIO,
    stable=exponential(_LOG_INVERSE_STD) / sigma_P,
    parameters=(_BATCH_OF_3, POPULATION_STD),
    source=_source("Appendix 1, E[1/sigma_B] corrected"),
    status="corrected",
    derivation="sigma_B scales with sigma_P; the printed root reaches over sigma_P.",
)


# Strength of the penalty of a linear student --------------------------------------------------

_zeta = partial(_form, claim="luo2018/zeta-linear", parameters=(_BATCH_OF_4, EIGENVALUE))
_STUDENT = (*_GAUSSIAN, _INDEPENDENT, "student equal to the teacher")
_UNCENTRED = (*_STUDENT, "batch mean not subtracted")
_ZETA = 1 + M * gamma((M - 3) / 2) / (2 * gamma((M - 1) / 2)) - sqrt(2 * M) * _INVERSE_RATIO
_STABLE_ZETA = 3 / (M - 3) - 2 * expm1(_LOG_INVERSE_STD)

zeta_linear = _zeta(
    name="zeta_linear",
    expr=lam * _ZETA,
    stable=lam * _STABLE_ZETA,
    source=_source("eq 13"),
    status="printed",
    assumptions=_UNCENTRED,
    derivation=(
        "lambda E[(1/t - 1)^2], with the moments of 1/sigma_B corrected. It is the whole excess "
        "loss over gamma^2 where student and teacher agree; elsewhere E[1/t] - 1 adds its part."
    ),
)

_zeta_large = partial(
    _form,
    claim="luo2018/zeta-linear",
    parameters=(_ABOVE_32, EIGENVALUE),
    assumptions=_UNCENTRED,
)

zeta_linear_large_batch_printed = _zeta_large(
    name="zeta_linear_large_batch_printed",
    expr=lam / (2 * M),
    source=_source("Appendix 1, zeta for M > 32"),
    status="printed",
    superseded_by="zeta_linear_large_batch",
)

zeta_linear_large_batch = _zeta_large(
    name="zeta_linear_large_batch",
    expr=lam / (2 * M) * (1 + 71 / (8 * M)),
    source=_source("Appendix 1, zeta for M > 32, corrected"),
    status="corrected",
    limit="M -> oo",
    finite_size="O(1/M^2)",
    derivation=(
        "Eq 13 is lambda/(2 M) (1 + 71/(8 M) + 1153/(32 M^2) + ...). The first term, right as "
        "M -> oo, is 23 % too small at M = 33, where the paper begins to use it, and 1 % at "
        "M = 888."
    ),
)

zeta_linear_centred_printed = _zeta(
    name="zeta_linear_centred_printed",
    expr=lam * _ZETA,
    stable=lam * _STABLE_ZETA,
    source=_source("eq 13; Appendix 1, the contribution of mu_B neglected"),
    status="printed",
    assumptions=_STUDENT,
    superseded_by="zeta_linear_centred",
)

zeta_linear_centred = _zeta(
    name="zeta_linear_centred",
    expr=lam * (_ZETA + 1 / (M - 3)),
    stable=lam * (_STABLE_ZETA + 1 / (M - 3)),
    source=_source("eq 13 corrected for mu_B"),
    status="corrected",
    assumptions=_STUDENT,
    derivation=(
        "lambda E[((z - m)/t - z)^2], sigma_P^2 = lambda throughout: teacher and student are "
        "sqrt(lambda) z before the batch enters. m and t are independent and E m = 0, so the batch "
        "mean adds lambda E[m^2] E[1/t^2] = lambda/(M - 3): for large M twice zeta, which makes it "
        "three times zeta in all. Theorem 1 itself, with F = 2 lambda and the curvature "
        "E A'' = 2 of a hidden value so scaled, gives lambda/(2 M) + lambda/M."
    ),
)


# Strength of the penalty of any generalised linear loss ---------------------------------------

F, r0, r1, r3 = (
    item.symbol for item in (FISHER_INFORMATION, RESIDUAL_MEAN, RESIDUAL_MOMENT, RESIDUAL_CUBE)
)
_MOMENTS = (
    BATCH_SIZE,
    KURTOSIS,
    SKEWNESS,
    SCALE,
    FISHER_INFORMATION,
    MEAN_CURVATURE,
    CURVATURE_MOMENT,
    RESIDUAL_MEAN,
    RESIDUAL_MOMENT,
)
_penalty = partial(_form, limit="M -> oo", finite_size="O(1/M)")
_CURVATURE_TERM = (
    "E[(hhat - hbar)^2 | z]/gamma^2 = (1 + z^2 (rho + 2)/4 + s z)/M: mu_B and sigma_B^2 have the "
    "covariance mu_3/M, which the paper overlooks. "
)


def _printed_penalty(mean_curvature: Expr) -> Expr:
    return (rho + 2) / (8 * M) * F + mean_curvature / (2 * M)


zeta_general_printed = _penalty(
    name="zeta_general_printed",
    claim="luo2018/zeta-general",
    expr=_printed_penalty(MEAN_CURVATURE.symbol),
    parameters=_MOMENTS,
    source=_source("Theorem 1, Appendix 1"),
    status="printed",
    assumptions=(_DRAWN, _INDEPENDENT, "labels calibrated: E[y | x] = A'(hbar)"),
    superseded_by="zeta_general",
)
_SKEWED = zeta_general_printed.expr + s * CURVATURE_MOMENT.symbol / (2 * M)

zeta_general = _penalty(
    name="zeta_general",
    claim="luo2018/zeta-general",
    expr=_SKEWED + ((3 * rho + 10) / (8 * M) * r1 + s / (2 * M) * r0) / scale,
    parameters=_MOMENTS,
    source=_source("Theorem 1, Appendix 1 corrected"),
    status="corrected",
    assumptions=(_DRAWN, _INDEPENDENT),
    derivation=(
        f"{_CURVATURE_TERM}E[hhat - hbar | z]/gamma = z E[1/t - 1] - E[m/t] = "
        "z (3 rho + 10)/(8 M) + s/(2 M). The paper has z (rho + 2)/(4 M), from a batch std "
        "without bias, and drops it, the labels being calibrated, r = 0."
    ),
)

zeta_general_in_batch = _penalty(
    name="zeta_general_in_batch",
    claim="luo2018/zeta-general",
    expr=_SKEWED + (3 * (rho + 2) / (8 * M) * r1 - r3 / (2 * M) + s / (2 * M) * r0) / scale,
    parameters=(*_MOMENTS, RESIDUAL_CUBE),
    source=_source("Theorem 1, Appendix 1 for the batch in training"),
    status="derived",
    assumptions=(_DRAWN, _IN_BATCH),
    derivation=(
        f"{_CURVATURE_TERM}The sample moves its own batch: E[m | z] gains z/M and E[t^2 - 1 | z] "
        "gains (z^2 - 1)/M, so that E[hhat - hbar | z]/gamma changes by (z - z^3)/(2 M) - z/M to "
        "z 3 (rho + 2)/(8 M) - z^3/(2 M) + s/(2 M)."
    ),
)

_RELU_MOMENTS = (
    BATCH_SIZE,
    KURTOSIS,
    SKEWNESS,
    FISHER_INFORMATION,
    MEAN_SIGMOID,
    SIGMOID_MOMENT,
)
_RELU = (
    _DRAWN,
    _INDEPENDENT,
    "labels calibrated: E[y | x] = A'(hbar)",
    "rectifier smoothed: A' is softplus",
)

zeta_relu_printed = _penalty(
    name="zeta_relu_printed",
    claim="luo2018/zeta-relu",
    expr=_printed_penalty(MEAN_SIGMOID.symbol),
    parameters=_RELU_MOMENTS,
    source=_source("Theorem 1, eq 4"),
    status="printed",
    assumptions=_RELU,
    superseded_by="zeta_relu",
)

zeta_relu = _penalty(
    name="zeta_relu",
    claim="luo2018/zeta-relu",
    expr=zeta_relu_printed.expr + s * SIGMOID_MOMENT.symbol / (2 * M),
    parameters=_RELU_MOMENTS,
    source=_source("Theorem 1, eq 4 corrected"),
    status="corrected",
    assumptions=_RELU,
    derivation=f"{_CURVATURE_TERM}From zeta_general with A'' the sigmoid and r = 0.",
)


# The scale that minimises the loss of a linear student ----------------------------------------

_optimal_gamma = partial(_form, claim="luo2018/gamma-in-batch")
_TEACHER = (*_GAUSSIAN, "linear student of the teacher's direction, no noise")

optimal_gamma_printed = _optimal_gamma(
    name="optimal_gamma_printed",
    expr=1 / (1 + _ZETA),
    stable=1 / (1 + _STABLE_ZETA),
    parameters=(_BATCH_OF_4,),
    source=_source("eqs 3, 13"),
    status="printed",
    assumptions=(*_TEACHER, _IN_BATCH),
    derivation="The minimum of the population loss with its penalty, (1 - gamma)^2 + zeta gamma^2.",
    superseded_by="optimal_gamma_in_batch",
)

optimal_gamma_in_batch = _optimal_gamma(
    name="optimal_gamma_in_batch",
    expr=std_moment.expr,
    stable=std_moment.stable,
    parameters=(BATCH_SIZE,),
    source=_source("eqs 3, 13 corrected"),
    status="corrected",
    assumptions=(*_TEACHER, _IN_BATCH),
    derivation=(
        "Over a batch the normalised values have mean square 1 and mean product t with z: the "
        "loss is 1 - 2 gamma E t + gamma^2 exactly. E t = 1 - 3/(4 M) - ..., 1/(1 + zeta) = "
        "1 - 1/(2 M) - ..."
    ),
)

optimal_gamma_independent = _optimal_gamma(
    name="optimal_gamma_independent",
    expr=sqrt(M / 2) * _INVERSE_RATIO * (M - 3) / (M + 1),
    stable=exponential(_LOG_INVERSE_STD) * (1 - 4 / (M + 1)),
    parameters=(_BATCH_OF_4,),
    source=_source("eqs 3, 13 for independent batches"),
    status="derived",
    assumptions=(*_TEACHER, _INDEPENDENT),
    derivation=(
        "E[z hhat]/E[hhat^2] at gamma = 1: E[1/t] over (1 + 1/M) E[1/t^2] = (M + 1)/(M - 3). It "
        "is 1 - 11/(4 M) + ..., of which the first-order term of the expansion is the most part."
    ),
)


# Batch normalisation by population statistics as weight normalisation --------------------------

a, w, mu_P = INPUT_VARIANCE.symbol, WEIGHT_NORM.symbol, POPULATION_MEAN.symbol
_weight_norm = partial(
    _form,
    claim="luo2018/bn-is-wn",
    source=_source("eq 5"),
    assumptions=("inputs of covariance a times the identity",),
)
_GAIN = (SCALE, INPUT_VARIANCE)
_BIAS = (SCALE, INPUT_VARIANCE, WEIGHT_NORM, POPULATION_MEAN, SHIFT)

weight_norm_gain_printed = _weight_norm(
    name="weight_norm_gain_printed",
    expr=scale / a,
    parameters=_GAIN,
    status="printed",
    superseded_by="weight_norm_gain",
)

weight_norm_gain = _weight_norm(
    name="weight_norm_gain",
    expr=scale / sqrt(a),
    parameters=_GAIN,
    source=_source("eq 5 corrected"),
    status="corrected",
    derivation=(
        "w.x has the standard deviation sqrt(a) ||w||. Section 3 agrees: with a = 1/N it uses the "
        "gain sqrt(N) gamma."
    ),
)

weight_norm_bias_printed = _weight_norm(
    name="weight_norm_bias_printed",
    expr=-scale * mu_P / (a * w) + shift,
    parameters=_BIAS,
    status="printed",
    superseded_by="weight_norm_bias",
)

weight_norm_bias = _weight_norm(
    name="weight_norm_bias",
    expr=-scale * mu_P / (sqrt(a) * w) + shift,
    parameters=_BIAS,
    source=_source("eq 5 corrected"),
    status="corrected",
    derivation="gamma mu_P/sigma_P with sigma_P = sqrt(a) ||w||.",
)
