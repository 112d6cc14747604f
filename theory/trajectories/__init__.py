"""Trajectories of optimisation, and the regularity principle for them (Chen et al. 2020).

A run of T steps theta_(k+1) = theta_k - eta U_k obeys the principle with gamma > 0 where, at each
step, <theta_k - theta_T, U_k> >= eta |U_k|^2/2 + gamma times the gap of the loss to its infimum.
"""

from theory.trajectories.quadratic import (
    fastest_rate_regularity,
    heavy_ball_limit,
    heavy_ball_regularity,
    quadratic_limit,
    quadratic_lower_bound,
    quadratic_regularity,
    smooth_upper_bound,
)
from theory.trajectories.rates import (
    average_gap_exponent,
    bound_exponent,
    bound_exponent_printed,
)
from theory.trajectories.theorem import (
    average_gap,
    average_gap_bound,
    average_gap_bound_of_batches,
    average_gap_bound_of_batches_printed,
    largest_regularity,
)
from theory.trajectories.walks import walk_violation, walk_violation_bound
