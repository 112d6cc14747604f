"""Batch normalisation as a regulariser (Luo et al. 2018, sections 2 and 4, Appendix 1).

A hidden value h of mean mu_P and standard deviation sigma_P is normalised by the mean mu_B and
the (biased) standard deviation sigma_B of a batch of M: hhat = gamma (h - mu_B)/sigma_B + beta,
hbar the same with mu_P and sigma_P. In the derivations z = (h - mu_P)/sigma_P,
m = (mu_B - mu_P)/sigma_P and t = sigma_B/sigma_P; rho is the excess kurtosis and s the skewness.

penalty.py holds zeta, the strength of the penalty zeta gamma^2 (`zeta_linear` of eq 13, `zeta_relu`
and `zeta_general` of Theorem 1), and the gamma that it leaves least; moments.py the moments of
mu_B, sigma_B and 1/sigma_B; weight_norm.py gain and bias of eq 5; parameters.py the letters.
"""

from theory.batch_norm.moments import (
    batch_mean_fourth_moment,
    batch_mean_variance,
    batch_std_fourth_moment,
    batch_std_mean,
    batch_std_mean_limit,
    batch_std_variance,
    batch_std_variance_printed,
    inverse_std_excess,
    inverse_std_excess_printed,
    inverse_std_moment,
    inverse_std_spread,
    inverse_variance_moment,
    inverse_variance_moment_printed,
    normalised_mean_excess,
    normalised_mean_excess_printed,
    scaled_inverse_std_moment,
    scaled_inverse_std_moment_printed,
    std_moment,
)
from theory.batch_norm.penalty import (
    optimal_gamma_in_batch,
    optimal_gamma_independent,
    optimal_gamma_penalised,
    zeta_general,
    zeta_general_in_batch,
    zeta_general_printed,
    zeta_linear,
    zeta_linear_centred,
    zeta_linear_centred_printed,
    zeta_linear_large_batch,
    zeta_linear_large_batch_printed,
    zeta_of_32_least,
    zeta_of_32_most,
    zeta_relu,
    zeta_relu_printed,
)
from theory.batch_norm.weight_norm import (
    weight_norm_bias,
    weight_norm_bias_printed,
    weight_norm_gain,
    weight_norm_gain_printed,
)
