"""Scaling the residual branch by tau (Zhang et al. 2022), from its appendices.

The network is h_0 = phi(A x), h_l = phi(h_{l-1} + tau W_l h_{l-1}) for l < L and
h_L = phi(W_L h_{L-1}), phi the ReLU, |x| = 1, entries A ~ N(0, 2/m), W_l ~ N(0, 1/m) and
W_L ~ N(0, 2/m). Its appendices are at hand without their display equations: what is read as
printed was rebuilt from the sentences around it, and each reading says so.
"""

from theory.residual_scaling.activations import (
    greatest_switched_share,
    perturbed_energy_bound,
    sparse_gradient_bound,
    sparse_gradient_share,
    switched_share,
    switched_share_bound,
)
from theory.residual_scaling.backward import gradient_depth_limit, wide_gradient_energy
from theory.residual_scaling.converse import (
    converse_energy_bound,
    converse_energy_bound_printed,
    first_layer_energy,
    first_layer_energy_flat,
    least_growth,
    least_growth_printed,
    normalised_energy_bound,
    partial_sum_bound,
    partial_sum_bound_printed,
    partial_sum_kurtosis,
    partial_sum_kurtosis_printed,
    partial_sum_skewness,
)
from theory.residual_scaling.depth_limit import (
    backward_depth_limit,
    depth_limit_energy,
    depth_limit_energy_first_order,
    depth_limit_energy_second_order,
    relative_change_depth_limit,
    scaled_wide_energy,
    tangent_depth_limit,
)
from theory.residual_scaling.infinite_width import (
    growth_prefactor,
    growth_rate,
    wide_backward_energy,
    wide_energy,
    wide_relative_change,
    wide_tangent_energy,
)
from theory.residual_scaling.perturbation import (
    change_energy_bound,
    gradient_energy_bound,
    greatest_change_depth_limit,
    kernel_trace_bound,
    least_gradient_bound,
)
from theory.residual_scaling.probability import (
    change_sum_tail,
    change_sum_tail_printed,
    forward_lower_bound,
    forward_lower_bound_printed,
    forward_lower_limit,
    forward_upper_bound,
    forward_upper_bound_printed,
    forward_upper_limit,
    least_excess,
    least_product_norm,
    least_shortfall,
    log_norm_mean,
    log_norm_variance,
    lower_least_width,
    norm_constant_printed,
    norm_depth_limit,
    theorem_2_least_width,
    upper_least_width,
)
from theory.residual_scaling.start import (
    dead_start,
    forward_lower_bound_own,
    forward_upper_bound_own,
    forward_upper_bound_own_printed,
    start_energy_variance,
    start_lower,
    start_upper,
)
from theory.residual_scaling.tails import (
    chi_square_generating_function,
    chi_square_generating_function_printed,
    chi_square_tail,
    chi_square_tail_printed,
    cross_term_tail,
    cross_term_tail_printed,
    gaussian_small_ball,
    gaussian_small_ball_printed,
    gaussian_tail,
    gaussian_tail_printed,
    spectral_norm_bound,
    spectral_norm_failure,
    square_term_tail,
    square_term_tail_printed,
)
from theory.residual_scaling.training import (
    gradient_descent_steps,
    gradient_descent_width,
    stochastic_descent_steps,
    stochastic_descent_width,
)
