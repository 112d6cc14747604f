"""Generalisation of linear students of a noisy teacher (Luo et al. 2018, section 4).

P = alpha N samples y = w* . x + noise of variance v, x ~ N(0, I/N), |w*|^2 = N. A student w has the
excess risk |w - w*|^2 / N, the error on fresh inputs without noise; its validation error is v more.
The paper calls both the excess risk and "validation loss - training loss" the generalisation error.

Exact forms are in G, the trace of the resolvent (eq 16), which obeys 1/G = zeta + alpha / (1 + G).
"""

from theory.generalisation.batch_norm import (
    excess_risk_bn,
    excess_risk_bn_printed,
)
from theory.generalisation.least_squares import (
    excess_risk_ols,
    excess_risk_ols_printed,
    generalisation_gap_ols,
    generalisation_gap_ols_printed,
    least_risk_load,
)
from theory.generalisation.ridge import (
    excess_risk_ridge,
    excess_risk_weight_norm,
    excess_risk_weight_norm_printed,
    generalisation_gap_ridge,
    generalisation_gap_ridge_printed,
    greatest_eigenvalue,
    least_eigenvalue,
    optimal_ridge,
    resolvent_trace,
    weight_norm_ridge,
    weight_norm_ridge_printed,
)
