"""Eigenvalues of the Fisher information matrix of wide residual networks at initialisation.

The networks of Furusho (2020), eqs 12-14, with the weights of eq 26 and whitened inputs: L blocks
of width D, f = 1^T h^L, the FIM over the (L + 1) D^2 weights of blocks 0 to L. u_l is a forward
signal into block l, delta_l the derivative of f by a unit of h^l.

Two constants of batch normalisation: a = 1 - 1/pi is the variance of sqrt(2) relu(z) for a normal
z, and b = 1/a = pi/(pi - 1).
"""

from theory.fisher.batch_norm import (
    backward_moment_bn,
    backward_moment_bn_printed,
    coupled_share_bn,
    forward_moment_bn,
    growth_exponent_bn,
    mean_eigenvalue_bn,
    mean_eigenvalue_bn_coupled,
    mean_eigenvalue_bn_printed,
    variance_bn,
    variance_bn_printed,
)
from theory.fisher.evaluation import (
    assumption_error,
    evaluated_mean_square,
    excess_of_mean_over_masks,
    mean_product_over_mean_signal,
)
from theory.fisher.rectified import rectified_square, rectified_square_printed
from theory.fisher.resnet import (
    activation_rate,
    backward_moment_resnet,
    forward_moment_resnet,
    mean_eigenvalue_resnet,
    second_moment_product_resnet,
)
from theory.fisher.share import (
    top_eigenvalue_share,
    top_eigenvalue_share_bn,
    top_eigenvalue_share_bn_finite,
    top_eigenvalue_share_finite,
    top_eigenvalue_share_stochastic_depth,
    top_eigenvalue_share_stochastic_depth_finite,
)
from theory.fisher.stochastic_depth import (
    backward_moment_stochastic_depth,
    backward_moment_stochastic_depth_printed,
    forward_moment_stochastic_depth,
    forward_moment_stochastic_depth_printed,
    mean_eigenvalue_fixed_survivors,
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_stochastic_depth_printed,
)
from theory.fisher.top_eigenvalue import (
    eigenvalue_ratio_upper_bound,
    expected_top_eigenvalue_resnet,
    top_eigenvalue_lower_bound_stochastic_depth,
    top_eigenvalue_upper_bound_bn,
    top_eigenvalue_upper_bound_bn_printed,
    top_eigenvalue_upper_bound_resnet,
    top_eigenvalue_upper_bound_stochastic_depth,
    top_eigenvalue_upper_bound_stochastic_depth_printed,
)
