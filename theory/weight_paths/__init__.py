"""Weights across depth: residual networks whose branches are scaled by L^-alpha (Susanna 2024).

The network is h_{k+1} = h_k + delta_L sigma(W_k h_k), delta_L = L^-alpha, alpha + beta = 1, with
d x d weights of norm L^-beta at most, trained by gradient descent on all samples.
"""

from theory.weight_paths.bounds import (
    first_step_bound,
    first_step_bound_printed,
    gradient_factor,
    gradient_factor_printed,
    hidden_lower_bound,
    hidden_lower_bound_of_proof_printed,
    hidden_lower_bound_printed,
    hidden_upper_bound,
    hidden_upper_bound_printed,
    increment_bound,
    increment_bound_printed,
    jacobian_bound,
    jacobian_bound_of_steps_printed,
    jacobian_bound_printed,
    squared_change_bound,
    squared_change_bound_printed,
    trained_increment_bound,
    trained_weight_bound,
)
from theory.weight_paths.branches import (
    branch_scale,
    branch_scale_of_pytorch,
    branch_scale_printed,
    branch_scale_without_norm,
)
from theory.weight_paths.gradients import (
    descended_loss,
    descended_loss_bound,
    mean_loss_gradient,
    untrained_gradient,
    untrained_gradient_printed,
    wrong_gradient,
)
from theory.weight_paths.image_tables import start_columns
from theory.weight_paths.limits import (
    hoelder_bound,
    hoelder_bound_printed,
    linear_limit_bound,
    linear_limit_exponent,
    ode_error_bound,
    rough_exponent,
    young_bound,
    young_exponent,
)
from theory.weight_paths.losses import (
    cross_entropy_gradient,
    cross_entropy_gradient_printed,
    kullback_leibler_gradient,
    kullback_leibler_gradient_printed,
    mean_squares_bound,
    mean_squares_bound_printed,
    odd_loss_floor,
    quotient_at_any_nu,
    quotient_at_any_nu_printed,
    rate_sum,
    rate_sum_printed,
)
from theory.weight_paths.proofs import (
    column_bound,
    column_bound_printed,
    layer_derivative_bound,
    layer_derivative_bound_printed,
    split_bound,
    split_bound_printed,
)
from theory.weight_paths.remarks import (
    first_increment_bound,
    first_increment_bound_printed,
    rate_term,
    rate_term_printed,
    separated_dimension,
    separated_dimension_printed,
)
from theory.weight_paths.setting import (
    carried_one,
    carried_one_printed,
    grid_steps,
    grid_steps_printed,
    lipschitz_bound,
    lipschitz_bound_printed,
    recursion_bound,
    recursion_bound_printed,
    step_share,
    step_share_printed,
)
from theory.weight_paths.start import (
    expected_initial_variation,
    start_increment,
    start_increment_of_tables,
    start_increment_of_tables_printed,
    start_increment_printed,
)
from theory.weight_paths.tables import columns
from theory.weight_paths.thresholds import (
    decay_threshold,
    increments_threshold,
    weights_threshold,
)
from theory.weight_paths.training import (
    alternating_variation,
    decaying_variation_bound,
    decaying_variation_bound_printed,
    movement_bound,
    movement_bound_printed,
    norm_variation_bound_printed,
    one_step_variation_bound,
    one_step_variation_bound_printed,
    training_exponent,
    variation_bound,
    variation_bound_printed,
    variation_exponent,
)

# Thirty columns and more of tables, each a form of the subject by its own name.
globals().update({column.name: column for column in (*columns, *start_columns)})
