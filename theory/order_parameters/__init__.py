"""Order parameters of a student that learns online from a teacher (Luo et al. 2018, section 3).

The teacher is g(w*.x) with |w*|^2 = N, the inputs are x ~ N(0, I/N), a fresh one at every step,
and time is t = j/N. Q = gamma is the length of the student's normalised weights, R the cosine
between student and teacher and L = |w|/sqrt(N). The vector fields below are eqs 9-11 with the
Gaussian averages I1, I2, I3 as they should be: I2 as corrected in `gaussian_averages`.

Methods: "bn" is the paper's model of batch normalisation, weight normalisation with the penalty
zeta gamma^2; "wn" is the same at zeta = 0; "sgd" trains w itself, so that Q = L.
"""

from theory.order_parameters.dynamics import (
    descent_factor,
    descent_factor_printed,
    norm_velocity,
    norm_velocity_erf,
    overlap_velocity,
    overlap_velocity_erf,
    scale_step,
    scale_step_printed,
    scale_velocity,
    scale_velocity_erf,
    sgd_norm_velocity,
    sgd_overlap_velocity,
    vector_field,
)
from theory.order_parameters.fixed_points import (
    fixed_point_scale,
    norm_drift_at_fixed_point,
    norm_eigenvalue,
    norm_response,
    norm_response_printed,
    overlap_eigenvalue,
    overlap_eigenvalue_printed,
    overlap_eigenvalue_prop1_printed,
    regularisation_at_fixed_point_erf,
    regularisation_at_fixed_point_erf_printed,
    scale_eigenvalue,
    scale_eigenvalue_erf,
    scale_eigenvalue_prop1_printed,
    scale_eigenvalue_prop2_printed,
)
from theory.order_parameters.gaussian_averages import (
    i1_erf,
    i1_relu,
    i2_erf,
    i2_erf_printed,
    i2_relu,
    i2_relu_printed,
    i3_erf,
    i3_relu,
    slope_product_erf,
)
from theory.order_parameters.learning_rates import (
    effective_learning_rate,
    max_learning_rate_advantage,
    max_learning_rate_bn,
    max_learning_rate_bn_joint,
    max_learning_rate_bn_printed,
    max_learning_rate_wn,
    max_learning_rate_wn_erf,
)
from theory.order_parameters.solutions import (
    norm_over_time,
    norm_over_time_erf,
    overlap_over_time,
    overlap_over_time_erf,
    scale_over_time,
    scale_over_time_erf,
    sgd_norm_over_time,
    sgd_overlap_over_time,
)
