"""Moments of the mean and standard deviation of a batch, and of their inverses."""

from __future__ import annotations

from functools import partial

from sympy import gamma, sqrt

from theory.batch_norm.parameters import (
    ABOVE_30,
    BATCH_OF_3,
    BATCH_OF_4,
    DRAWN,
    GAUSSIAN,
    KURTOSIS,
    OF_T,
    POPULATION_STD,
    SKEWNESS,
)
from theory.closed_form import ClosedForm
from theory.domains import OneOf, Reals
from theory.lowering.elementary import exponential, log1p
from theory.lowering.half_step import log_half_step
from theory.parameters import BATCH_SIZE
from theory.reading import Reading

_form = partial(ClosedForm, subject="batch_norm", paper="luo2018")

M, sigma_P, rho = BATCH_SIZE.symbol, POPULATION_STD.symbol, KURTOSIS.symbol
s = SKEWNESS.symbol


# Any law --------------------------------------------------------------------------------------

_batch_moment = partial(_form, assumptions=(DRAWN,))
# M numbers have an excess kurtosis of at most M - 2 + 1/(M - 1): a batch shows no larger one, and
# the expansions below, in rho/M, would make the mean of sigma_B negative from rho = 8 M - 6 on.
_SHOWN_KURTOSIS = KURTOSIS.narrowed(Reals(-2, "batch_size"))
_batch_std = partial(_batch_moment, parameters=(ABOVE_30, POPULATION_STD, _SHOWN_KURTOSIS))
_DELTA_METHOD = (
    f"{OF_T} = 1 + V/2 - V^2/8 + ... with V = t^2 - 1, E V = -1/M (the variance is the biased "
    "one) and E V^2 = (rho + 2)/M + O(1/M^2). "
)

batch_mean_variance = _batch_moment(
    name="batch_mean_variance",
    expr=sigma_P**2 / M,
    parameters=(BATCH_SIZE, POPULATION_STD),
    where="eq 2",
    status="printed",
)

batch_std_mean_limit = _batch_moment(
    name="batch_std_mean_limit",
    expr=sigma_P,
    parameters=(ABOVE_30, POPULATION_STD),
    where="eq 2",
    status="printed",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
)

batch_std_mean = _batch_std(
    name="batch_std_mean",
    expr=sigma_P * (1 - (rho + 6) / (8 * M)),
    where="eq 2 to the order 1/M",
    status="derived",
    grows=(BATCH_SIZE,),
    remainder=1 / M**2,
    derivation=(
        f"{_DELTA_METHOD}So E t = 1 - 1/(2 M) - (rho + 2)/(8 M). Eq 2 states the limit, which is "
        "right; R^f of Appendix 1 takes it to the order 1/M, where it is not: inverse_std_excess."
    ),
)

batch_std_variance_printed = _batch_std(
    name="batch_std_variance_printed",
    expr=(rho + 2) / (4 * M),
    where="eq 2",
    status="printed",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
    superseded_by="batch_std_variance",
    reading=Reading(
        says="sigma_B ~ N(sigma_P, (rho + 2)/(4 M)), rho being C/sigma_P^4 - 3 of the fourth "
        "central moment C; M > 30 is said to be a good approximation",
        kind="lost factor or term",
        consequence="nothing beyond the line",
        convention="sigma_B is the biased standard deviation of a batch, as in batch norm and in "
        "the Gamma functions of Appendix 1; to leading order in 1/M",
        cause="a standard deviation scales with sigma_P, its variance with sigma_P^2; the display "
        "of R^q in Appendix 1 is what the variance with sigma_P^2 gives",
        true_if="sigma_P = 1",
    ),
)

batch_std_variance = _batch_std(
    name="batch_std_variance",
    expr=sigma_P**2 * (rho + 2) / (4 * M),
    where="eq 2 corrected",
    status="corrected",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
    derivation=f"{_DELTA_METHOD}So Var t = E V^2/4; the paper lost the square of sigma_P.",
)

inverse_std_excess_printed = _batch_std(
    name="inverse_std_excess_printed",
    expr=(rho + 2) / (4 * M * sigma_P),
    where="Appendix 1, R^f: E[1/sigma_B - 1/sigma_P]",
    status="printed",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
    superseded_by="inverse_std_excess",
    reading=Reading(
        says="by the laws of eq 2 the mean of 1/sigma_B - 1/sigma_P is (rho + 2)/(4 M sigma_P)",
        shows="what the last display of R^f has for the mean in the display above it",
        kind="lost factor or term",
        consequence="the constant of R^f and of its bound (rho + 2)/(4 M) epsilon; Theorem 1 "
        "stands, as R^f is dropped for labels that are right on average",
        convention="sigma_B is the biased standard deviation, as in batch norm and in the Gamma "
        "functions below it; of the unbiased one it would be 3 (rho + 2)/(8 M sigma_P)",
        cause="eq 2 centres sigma_B at sigma_P, which is right in the limit; its bias -(rho + 6) "
        "sigma_P/(8 M) is of the order that R^f keeps",
        true_if="sigma_B had no bias of the order 1/M",
    ),
)

inverse_std_excess = _batch_std(
    name="inverse_std_excess",
    expr=(3 * rho + 10) / (8 * M * sigma_P),
    where="Appendix 1, R^f: E[1/sigma_B - 1/sigma_P], corrected",
    status="corrected",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
    derivation=(
        f"1/t = 1 - V/2 + 3 V^2/8 - ... with {OF_T}, V = t^2 - 1, E V = -1/M and "
        "E V^2 = (rho + 2)/M + O(1/M^2): E[1/t] - 1 = 1/(2 M) + 3 (rho + 2)/(8 M). The printed "
        "mean is Var t alone, as if sigma_B had no bias: E[1/t] - 1 = (1 - E t) + Var t to this "
        "order."
    ),
)

batch_mean_fourth_moment = _batch_moment(
    name="batch_mean_fourth_moment",
    expr=3 * sigma_P**4 / M**2,
    parameters=(BATCH_SIZE, POPULATION_STD),
    where="eq 2, mu_B normal",
    status="printed",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
    derivation=(
        "E(mu_B - mu_P)^4 of the normal law of eq 2. That of any law is sigma_P^4 (3 + rho/M)/M^2."
    ),
)

inverse_std_spread = _batch_std(
    name="inverse_std_spread",
    expr=(rho + 2) / (4 * M * sigma_P**2),
    where="Appendix 1, R^q: E[(1/sigma_B - 1/sigma_P)^2]",
    status="printed",
    grows=(BATCH_SIZE,),
    remainder=1 / M,
)

_second_order = partial(_batch_moment, grows=(BATCH_SIZE,), remainder=1 / M)

batch_std_fourth_moment = _second_order(
    name="batch_std_fourth_moment",
    expr=3 * (rho + 2) ** 2 / 16,
    parameters=(KURTOSIS,),
    where="eq 2, sigma_B normal",
    status="printed",
    derivation="M^2 E(sigma_B - sigma_P)^4 of the normal law of eq 2, at sigma_P = 1.",
)

normalised_mean_excess_printed = _second_order(
    name="normalised_mean_excess_printed",
    expr=3 * (rho + 2) / 4,
    parameters=(KURTOSIS, SKEWNESS),
    where="Appendix 1, R^q: E[((mu_B - mu_P)/sigma_B)^2]",
    status="printed",
    superseded_by="normalised_mean_excess",
    reading=Reading(
        says="E[((mu_B - mu_P)/sigma_B)^2] is (1/M)(1 + 3 (rho + 2)/(4 M))",
        shows="what stands over M beside the 1 of the bracket",
        kind="wrong assumption",
        consequence="nothing beyond the line: the order 1/M^2 of R^q is dropped in the next one",
        convention="sigma_B is the biased standard deviation of a batch, as in batch norm",
        cause="mu_B and sigma_B are taken for independent, and sigma_B for unbiased",
        true_if="s^2 = 3 (rho - 2)/8",
    ),
)

normalised_mean_excess = _second_order(
    name="normalised_mean_excess",
    expr=3 + 2 * s**2,
    parameters=(KURTOSIS, SKEWNESS),
    where="Appendix 1, R^q: E[((mu_B - mu_P)/sigma_B)^2], corrected",
    status="corrected",
    derivation=(
        "E[m^2/t^2] = E[m^2 (1 - V + V^2)] with m = (mu_B - mu_P)/sigma_P, V = t^2 - 1, "
        f"{OF_T}: E m^2 = 1/M, E[m^2 V] = (rho + 2 - 3)/M^2 and E[m^2 V^2] = "
        "(rho + 2 + 2 s^2)/M^2, of which rho drops out. The printed bracket takes mu_B and sigma_B "
        "for independent, and sigma_B for unbiased. Of Gaussian values it is 1/(M - 3) exactly. "
        "Theorem 1 drops this order."
    ),
)


# A Gaussian batch -----------------------------------------------------------------------------

std_moment = _form(
    name="std_moment",
    lies_in=Reals(0, 1),
    expr=sqrt(2 / M) * gamma(M / 2) / gamma((M - 1) / 2),
    stable=exponential(log1p(-1 / M) / 2 + log_half_step((M - 1) / 2)),
    parameters=(BATCH_SIZE,),
    where="eq 2, exactly",
    status="derived",
    assumptions=GAUSSIAN,
    derivation="E[sigma_B] at sigma_P = 1: M sigma_B^2 has the chi-square law of M - 1 degrees.",
)

_inverse = partial(_form, assumptions=GAUSSIAN)
INVERSE_RATIO = gamma((M - 2) / 2) / gamma((M - 1) / 2)
# log E[1/sigma_B] at sigma_P = 1
LOG_INVERSE_STD = -log1p(-2 / M) / 2 - log_half_step((M - 2) / 2)

inverse_std_moment = _inverse(
    name="inverse_std_moment",
    expr=sqrt(M / 2) * INVERSE_RATIO,
    stable=exponential(LOG_INVERSE_STD),
    parameters=(BATCH_OF_3,),
    where="Appendix 1, E[1/sigma_B] at sigma_P = 1",
    status="printed",
)

inverse_variance_moment_printed = _inverse(
    name="inverse_variance_moment_printed",
    expr=M * gamma((M - 1) / 2 - 1) / gamma((M - 1) / 2),
    stable=2 * M / (M - 3),
    parameters=(BATCH_OF_4,),
    where="Appendix 1, E[1/sigma_B^2] at sigma_P = 1",
    status="printed",
    superseded_by="inverse_variance_moment",
    reading=Reading(
        says="E[1/sigma_B^2] = M/sigma_P^2 Gamma((M - 1)/2 - 1)/Gamma((M - 1)/2)",
        shows="this at sigma_P = 1",
        kind="slip of print",
        consequence="nothing beyond the line",
        convention="Gaussian hidden values, sigma_P = 1, sigma_B the biased standard deviation, "
        "as E[1/sigma_B] beside it has it",
        cause="a factor 1/2 is lost; eq 13, printed just below, has it: M Gamma((M - 3)/2)/(2 "
        "Gamma((M - 1)/2))",
    ),
)

inverse_variance_moment = _inverse(
    name="inverse_variance_moment",
    expr=M / (M - 3),
    parameters=(BATCH_OF_4,),
    where="Appendix 1, E[1/sigma_B^2] at sigma_P = 1, corrected",
    status="corrected",
    derivation=(
        "M sigma_B^2 has the chi-square law of M - 1 degrees of freedom, whose inverse has mean "
        "1/(M - 3). Printed is twice that: Gamma(x - 1)/Gamma(x) = 1/(x - 1) = 2/(M - 3). Eq 13 "
        "halves it again, and is right."
    ),
)

scaled_inverse_std_moment_printed = _inverse(
    name="scaled_inverse_std_moment_printed",
    expr=sqrt(M) / sqrt(2 * sigma_P) * INVERSE_RATIO,
    stable=exponential(LOG_INVERSE_STD) / sqrt(sigma_P),
    parameters=(BATCH_OF_3, POPULATION_STD),
    where="Appendix 1, E[1/sigma_B]",
    status="printed",
    superseded_by="scaled_inverse_std_moment",
    reading=Reading(
        says="E[1/sigma_B] = sqrt(M)/sqrt(2 sigma_P) Gamma((M - 2)/2)/Gamma((M - 1)/2), for h of "
        "the law N(0, 1)",
        kind="matter of reading",
        consequence="nothing: the passage has sigma_P = 1, where the line is right",
        convention="the root reaches over sigma_P in our copy, which is a scan: the paper itself "
        "may have sqrt(2) sigma_P, which is right; E[1/sigma_B^2] beside it has sigma_P^2",
        regime={"population_std": OneOf(1)},
        cause="1/sigma_B scales with 1/sigma_P",
        true_if="sigma_P = 1",
    ),
)

scaled_inverse_std_moment = _inverse(
    name="scaled_inverse_std_moment",
    expr=sqrt(M / 2) / sigma_P * INVERSE_RATIO,
    stable=exponential(LOG_INVERSE_STD) / sigma_P,
    parameters=(BATCH_OF_3, POPULATION_STD),
    where="Appendix 1, E[1/sigma_B] corrected",
    status="corrected",
    derivation="sigma_B scales with sigma_P; the printed root reaches over sigma_P.",
)
