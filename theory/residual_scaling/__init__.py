"""Scaling the residual branch by tau (Zhang et al. 2022), from its appendices.

The network is h_0 = phi(A x), h_l = phi(h_{l-1} + tau W_l h_{l-1}) for l < L and
h_L = phi(W_L h_{L-1}), phi the ReLU, |x| = 1, entries A ~ N(0, 2/m), W_l ~ N(0, 1/m) and
W_L ~ N(0, 2/m). Its appendices are at hand without their display equations: what is read as
printed was rebuilt from the sentences around it, and each reading says so.
"""

from theory.residual_scaling.depth_limit import (
    backward_depth_limit,
    depth_limit_energy,
    depth_limit_energy_first_order,
    depth_limit_energy_second_order,
)
from theory.residual_scaling.infinite_width import (
    growth_prefactor,
    growth_rate,
    wide_backward_energy,
    wide_energy,
)
