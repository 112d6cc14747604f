"""Learning rates at which gradient descent converges, and converges fastest.

Near a minimum gradient descent multiplies the error along eigenvector i of the Hessian by
1 - eta lambda_i (Furusho 2020, eq 17).
"""

from theory.learning_rate.boundary import boundary_resnet_printed
from theory.learning_rate.quadratic import (
    BOTTOM_EIGENVALUE,
    TOP_EIGENVALUE,
    fastest_learning_rate,
    fastest_learning_rate_printed,
    largest_learning_rate,
)
from theory.learning_rate.rates import (
    largest_learning_rate_bn,
    largest_learning_rate_bn_printed,
    largest_learning_rate_ceiling_stochastic_depth,
    largest_learning_rate_mean_stochastic_depth,
    largest_learning_rate_resnet,
    largest_learning_rate_sharp_bn,
    largest_learning_rate_sharp_bn_coupled,
    largest_learning_rate_sharp_resnet,
    largest_learning_rate_stochastic_depth,
    largest_learning_rate_stochastic_depth_printed,
    optimal_learning_rate_bn,
    optimal_learning_rate_bn_printed,
    optimal_learning_rate_ceiling_stochastic_depth,
    optimal_learning_rate_mean_stochastic_depth,
    optimal_learning_rate_resnet,
    optimal_learning_rate_stochastic_depth,
    optimal_learning_rate_stochastic_depth_printed,
)
