"""Strength zeta of the penalty, and the scale gamma that it leaves least."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Rational, gamma, sqrt

from theory.batch_norm.moments import INVERSE_RATIO, LOG_INVERSE_STD, std_moment
from theory.batch_norm.parameters import (
    ABOVE_32,
    BATCH_OF_4,
    CURVATURE_MOMENT,
    DRAWN,
    EIGENVALUE,
    FISHER_INFORMATION,
    GAUSSIAN,
    IN_BATCH,
    INDEPENDENT,
    KURTOSIS,
    MEAN_CURVATURE,
    MEAN_SIGMOID,
    OF_T,
    OF_Z,
    RESIDUAL_CUBE,
    RESIDUAL_MEAN,
    RESIDUAL_MOMENT,
    SCALE,
    SIGMOID_MOMENT,
    SKEWNESS,
)
from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.lowering.elementary import expm1, exponential
from theory.parameters import BATCH_SIZE
from theory.reading import Reading

_form = partial(ClosedForm, subject="batch_norm", paper="luo2018")

M, lam, scale = BATCH_SIZE.symbol, EIGENVALUE.symbol, SCALE.symbol
rho, s = KURTOSIS.symbol, SKEWNESS.symbol
F, r0, r1, r3 = (
    item.symbol for item in (FISHER_INFORMATION, RESIDUAL_MEAN, RESIDUAL_MOMENT, RESIDUAL_CUBE)
)


# Of a linear student --------------------------------------------------------------------------

_zeta = partial(_form, parameters=(BATCH_OF_4, EIGENVALUE))
_STUDENT = (*GAUSSIAN, INDEPENDENT, "student equal to the teacher")
_UNCENTRED = (*_STUDENT, "batch mean not subtracted")
_ZETA = 1 + M * gamma((M - 3) / 2) / (2 * gamma((M - 1) / 2)) - sqrt(2 * M) * INVERSE_RATIO
_STABLE_ZETA = 3 / (M - 3) - 2 * expm1(LOG_INVERSE_STD)

zeta_linear = _zeta(
    name="zeta_linear",
    expr=lam * _ZETA,
    stable=lam * _STABLE_ZETA,
    where="eq 13",
    status="printed",
    assumptions=_UNCENTRED,
    derivation=(
        f"lambda E[(1/t - 1)^2], {OF_T}, with the moments of 1/sigma_B corrected. It is the whole "
        "excess loss over gamma^2 where student and teacher agree; elsewhere E[1/t] - 1 adds its "
        "part."
    ),
)

_zeta_large = partial(
    _form,
    parameters=(ABOVE_32, EIGENVALUE),
    assumptions=_UNCENTRED,
)

zeta_linear_large_batch_printed = _zeta_large(
    name="zeta_linear_large_batch_printed",
    expr=lam / (2 * M),
    where="Appendix 1, zeta for M > 32",
    status="printed",
    superseded_by="zeta_linear_large_batch",
    reading=Reading(
        says="zeta = lambda/(2 M) when M > 32, from Theorem 1 with F = 2 lambda and rho = 0; the "
        "exact expression, eq 13, follows",
        kind="matter of reading",
        consequence="nothing beyond the line: section 4 uses eq 13",
        convention="as the leading order of eq 13 it is right; read as the equation for M > 32 as "
        "which it stands, it is 23 % below eq 13 at M = 33 and 1 % at M = 888; the batch mean is "
        "not subtracted, as in the loss there",
        cause="the next term of eq 13 is 71/(8 M) of the first; section 4.1 itself finds zeta of "
        "about 0.02 lambda at M = 32, as eq 13 gives it, where lambda/(2 M) is 0.0156 lambda",
        true_if="M -> oo, to leading order",
    ),
)

zeta_linear_large_batch = _zeta_large(
    name="zeta_linear_large_batch",
    expr=lam / (2 * M) * (1 + 71 / (8 * M) + 1153 / (32 * M**2)),
    where="Appendix 1, zeta for M > 32, corrected",
    status="corrected",
    grows=(BATCH_SIZE,),
    remainder=1 / M**3,
    derivation=(
        "Eq 13 is lambda/(2 M) (1 + 71/(8 M) + 1153/(32 M^2) + ...), where what is left out is "
        "below 140/M^3 from M = 33 on. The first term, right as "
        "M -> oo, is 23 % too small at M = 33, where the paper begins to use it, and 1 % at "
        "M = 888."
    ),
)

_zeta_of_32 = partial(
    _form,
    parameters=(EIGENVALUE,),
    where="section 4.1: zeta of about 0.02 lambda at M = 32",
    status="derived",
    assumptions=_UNCENTRED,
    derivation=(
        "An end of what 0.02 lambda stands for, rounded to two decimals. Eq 13 is 0.0206 lambda "
        "at M = 32."
    ),
)

zeta_of_32_least = _zeta_of_32(name="zeta_of_32_least", expr=Rational(15, 1000) * lam)

zeta_of_32_most = _zeta_of_32(name="zeta_of_32_most", expr=Rational(25, 1000) * lam)

zeta_linear_centred_printed = _zeta(
    name="zeta_linear_centred_printed",
    expr=lam * _ZETA,
    stable=lam * _STABLE_ZETA,
    where="eq 13; Appendix 1, the contribution of mu_B neglected",
    status="printed",
    assumptions=_STUDENT,
    superseded_by="zeta_linear_centred",
    reading=Reading(
        says="eq 13 is the zeta by which the penalty stands for the BN of section 4, gamma (w.x - "
        "mu_B)/sigma_B; it is derived for gamma w.x/sigma_B (Appendix 1), where the contribution "
        "of mu_B is said to be negligible",
        kind="wrong assumption",
        consequence="the zeta of section 4, about 0.02 lambda at M = 32, is 0.055 lambda with mu_B",
        convention="batch drawn independently of the sample, student equal to the teacher",
        cause="mu_B adds lambda/(M - 3), about twice eq 13; Theorem 1 itself has it right: for "
        "this loss it gives lambda/(2 M) + lambda/M",
        true_if="the batch mean is not subtracted, as in the loss of Appendix 1 (zeta_linear)",
    ),
)

zeta_linear_centred = _zeta(
    name="zeta_linear_centred",
    expr=lam * (_ZETA + 1 / (M - 3)),
    stable=lam * (_STABLE_ZETA + 1 / (M - 3)),
    where="eq 13 corrected for mu_B",
    status="corrected",
    assumptions=_STUDENT,
    derivation=(
        "As in the paper's F = 2 lambda, what gamma multiplies has the mean square lambda over the "
        "population: at gamma = 1 the teacher is sqrt(lambda) z and the student of a batch "
        f"sqrt(lambda) (z - m)/t, {OF_Z}, m = (mu_B - mu_P)/sigma_P and {OF_T}. The loss of the "
        "student is lambda E[((z - m)/t - z)^2], where m and t are independent and E m = 0, so "
        "that the batch mean adds lambda E[m^2] E[1/t^2] = lambda/(M - 3): for large M twice eq "
        "13, which makes it three times eq 13 in all. Theorem 1 itself gives lambda/(2 M) + "
        "lambda/M, from F = 2 lambda and, scaled alike, 2 lambda for the mean of A''."
    ),
)


# Of any generalised linear loss ---------------------------------------------------------------

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

# Theorem 1 rests on eq 2, of which the paper says that M > 30 is a good approximation.
_BEYOND_30 = {"batch_size": Integers(31)}

_penalty = partial(_form, grows=(BATCH_SIZE,), remainder=1 / M)
_CURVATURE_TERM = (
    f"hhat is h normalised by the batch and hbar by the population, {OF_Z}. "
    "E[(hhat - hbar)^2 | z]/gamma^2 = (1 + z^2 (rho + 2)/4 + s z)/M: mu_B and sigma_B^2 have the "
    "covariance mu_3/M, which the paper overlooks. "
)


def _printed_penalty(mean_curvature: Expr) -> Expr:
    return (rho + 2) / (8 * M) * F + mean_curvature / (2 * M)


zeta_general_printed = _penalty(
    name="zeta_general_printed",
    expr=_printed_penalty(MEAN_CURVATURE.symbol),
    parameters=_MOMENTS,
    where="Theorem 1, Appendix 1",
    status="printed",
    assumptions=(DRAWN, INDEPENDENT, "labels calibrated: E[y | x] = A'(hbar)"),
    superseded_by="zeta_general",
    reading=Reading(
        says="R^q = (rho + 2)/(8 M) F(gamma) gamma^2 + (mean of A'')/(2 M) gamma^2 up to "
        "O(1/M^2), and R^f is small; section 1.1 says that Theorem 1 needs no Gaussian input",
        shows="R^q over gamma^2, R^f being 0",
        kind="lost factor or term",
        consequence="Theorem 1 lacks a term of its own order for skewed hidden values; for "
        "symmetric ones it stands",
        convention="batch drawn independently of the sample, labels right on average (E[y | x] = "
        "A'(hbar)), so that R^f = 0; to leading order in 1/M",
        regime=_BEYOND_30,
        cause="mu_B and sigma_B^2 have the covariance mu_3/M; the display of R^q drops their "
        "cross term at its sign of approximation, as if they were independent",
        true_if="the hidden value has no skewness, as if Gaussian, or E A''(hbar) z = 0",
    ),
)

_SKEWED = zeta_general_printed.expr + s * CURVATURE_MOMENT.symbol / (2 * M)

zeta_general = _penalty(
    name="zeta_general",
    expr=_SKEWED + ((3 * rho + 10) / (8 * M) * r1 + s / (2 * M) * r0) / scale,
    parameters=_MOMENTS,
    where="Theorem 1, Appendix 1 corrected",
    status="corrected",
    assumptions=(DRAWN, INDEPENDENT),
    derivation=(
        f"{_CURVATURE_TERM}E[hhat - hbar | z]/gamma = z E[1/t - 1] - E[m/t] with "
        f"{OF_T} and m = (mu_B - mu_P)/sigma_P, which is z (3 rho + 10)/(8 M) + s/(2 M). The paper "
        "has z (rho + 2)/(4 M), from a batch std without bias, and drops it, the labels being "
        "calibrated, r = 0."
    ),
)

zeta_general_in_batch = _penalty(
    name="zeta_general_in_batch",
    expr=_SKEWED + (3 * (rho + 2) / (8 * M) * r1 - r3 / (2 * M) + s / (2 * M) * r0) / scale,
    parameters=(*_MOMENTS, RESIDUAL_CUBE),
    where="Theorem 1, Appendix 1 for the batch in training",
    status="derived",
    assumptions=(DRAWN, IN_BATCH),
    derivation=(
        f"{_CURVATURE_TERM}The sample moves its own batch: with {OF_T} and "
        "m = (mu_B - mu_P)/sigma_P, E[m | z] gains z/M and E[t^2 - 1 | z] gains (z^2 - 1)/M, so "
        "that E[hhat - hbar | z]/gamma changes by (z - z^3)/(2 M) - z/M to "
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
    DRAWN,
    INDEPENDENT,
    "labels calibrated: E[y | x] = A'(hbar)",
    "rectifier smoothed: A' is softplus",
)

zeta_relu_printed = _penalty(
    name="zeta_relu_printed",
    expr=_printed_penalty(MEAN_SIGMOID.symbol),
    parameters=_RELU_MOMENTS,
    where="Theorem 1, eq 4",
    status="printed",
    assumptions=_RELU,
    superseded_by="zeta_relu",
    reading=Reading(
        says="zeta = (rho + 2)/(8 M) F_gamma + 1/(2 M) times the mean of sigmoid(hbar), from "
        "sigma_B and from mu_B; section 1.1 says that this needs no Gaussian input",
        kind="lost factor or term",
        consequence="Theorem 1 lacks a term of its own order for skewed hidden values; for "
        "symmetric ones it stands",
        convention="ReLU as its smooth softplus, A' = softplus, as Appendix 1 has it; batch drawn "
        "independently of the sample, labels right on average; to leading order in 1/M",
        regime=_BEYOND_30,
        cause="as in R^q of Appendix 1: the covariance mu_3/M of mu_B and sigma_B^2 is dropped",
        true_if="the hidden value has no skewness, as if Gaussian, or E sigmoid(hbar) z = 0",
    ),
)

zeta_relu = _penalty(
    name="zeta_relu",
    expr=zeta_relu_printed.expr + s * SIGMOID_MOMENT.symbol / (2 * M),
    parameters=_RELU_MOMENTS,
    where="Theorem 1, eq 4 corrected",
    status="corrected",
    assumptions=_RELU,
    # Negative at moments that no law has, of which the domains of the parameters admit some: never
    # where s^2 <= rho + 2 (Pearson) and c_1^2 <= F_gamma c_0 (Cauchy and Schwarz).
    lies_in=Reals(),
    derivation=f"{_CURVATURE_TERM}From zeta_general with A'' the sigmoid and r = 0.",
)


# The scale that minimises the loss of a linear student ----------------------------------------

_TEACHER = (*GAUSSIAN, "linear student of the teacher's direction, no noise")

optimal_gamma_penalised = _form(
    name="optimal_gamma_penalised",
    expr=1 / (1 + _ZETA),
    stable=1 / (1 + _STABLE_ZETA),
    parameters=(BATCH_OF_4,),
    where="eqs 3, 13",
    status="derived",
    assumptions=(*_TEACHER, IN_BATCH),
    derivation="The minimum of the population loss with its penalty, (1 - gamma)^2 + zeta gamma^2.",
    superseded_by="optimal_gamma_in_batch",
    reading=Reading(
        says="the mean loss over batches is that of the population plus zeta gamma^2, zeta by eq "
        "13; no best gamma of a linear student is printed, this one follows",
        kind="matter of reading",
        consequence="nothing that the paper prints: in training, where the sample is in its "
        "batch, zeta gamma^2 is not all that batches add to the loss of a linear student",
        convention="the loss is (1 - gamma)^2 + zeta gamma^2 at sigma_P = 1; the batch of "
        "training contains the sample",
        cause="Theorem 1 averages over mu_B and sigma_B as if they were independent of the "
        "sample, and drops the terms of first order, which are of the order of zeta once gamma is "
        "not 1",
    ),
)

optimal_gamma_in_batch = _form(
    name="optimal_gamma_in_batch",
    expr=std_moment.expr,
    stable=std_moment.stable,
    parameters=(BATCH_SIZE,),
    where="eqs 3, 13 corrected",
    status="corrected",
    assumptions=(*_TEACHER, IN_BATCH),
    derivation=(
        "Over a batch the normalised values have mean square 1 and mean product t with z, "
        f"{OF_T} and {OF_Z}: the "
        "loss is 1 - 2 gamma E t + gamma^2 exactly. E t = 1 - 3/(4 M) - ..., 1/(1 + zeta) = "
        "1 - 1/(2 M) - ..."
    ),
)

optimal_gamma_independent = _form(
    name="optimal_gamma_independent",
    expr=sqrt(M / 2) * INVERSE_RATIO * (M - 3) / (M + 1),
    stable=exponential(LOG_INVERSE_STD) * (1 - 4 / (M + 1)),
    parameters=(BATCH_OF_4,),
    where="eqs 3, 13 for independent batches",
    status="derived",
    assumptions=(*_TEACHER, INDEPENDENT),
    derivation=(
        f"E[z hhat]/E[hhat^2] at gamma = 1, hhat being h normalised by the batch, {OF_Z}, {OF_T}: "
        "E[1/t] over (1 + 1/M) E[1/t^2] = (M + 1)/(M - 3). It is 1 - 11/(4 M) + ..., of which the "
        "first-order term of the expansion is the most part."
    ),
)
