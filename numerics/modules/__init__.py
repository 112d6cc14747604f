"""What is measured on any `torch.nn.Module`, many independent ones at once.

The general path, by automatic differentiation under `torch.func.vmap`: slow beside the subjects
that batch their own networks by hand (`numerics.fisher`), with which it shares no pass over one.
"""

from numerics.modules.ensemble import Ensemble
from numerics.modules.layers import LayerMoments, measure_layer_moments
from numerics.modules.norms import Norms, measure_jacobian_norm, measure_norms
from numerics.modules.spectra import (
    Spectrum,
    measure_fisher,
    measure_hessian,
    measure_tangent_kernel,
)

__all__ = [
    "Ensemble",
    "LayerMoments",
    "Norms",
    "Spectrum",
    "measure_fisher",
    "measure_hessian",
    "measure_jacobian_norm",
    "measure_layer_moments",
    "measure_norms",
    "measure_tangent_kernel",
]
