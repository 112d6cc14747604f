"""Forward and backward passes and training of residual networks with scaled branches.

Their signals at initialisation are found in law, without weight matrices, and from real matrices
where only those tell.
"""

from numerics.residual_scaling.backward import (
    Backward,
    measure_backward,
    measure_sparse_gradient,
)
from numerics.residual_scaling.beside import (
    Perturbation,
    Tangent,
    measure_perturbation,
    measure_tangent,
)
from numerics.residual_scaling.branch_sums import BranchSums, measure_branch_sums
from numerics.residual_scaling.descent import Training
from numerics.residual_scaling.few_inputs import (
    Separation,
    TangentKernel,
    measure_separation,
    measure_tangent_kernel,
)
from numerics.residual_scaling.forward import (
    ExtremeNorms,
    Forward,
    NormEvents,
    measure_extreme_norms,
    measure_forward,
    measure_norm_events,
    measure_switchable_share,
)
from numerics.residual_scaling.gaussian_norm import measure_gaussian_norm
from numerics.residual_scaling.increments import Increments, measure_increments
from numerics.residual_scaling.log_norm import LogNorm, measure_log_norm
from numerics.residual_scaling.matrices import (
    MatrixForward,
    ProductNorms,
    measure_matrix_forward,
    measure_product_norms,
)
from numerics.residual_scaling.mean_energy import measure_mean_energy
from numerics.residual_scaling.networks import Ensemble
from numerics.residual_scaling.normalised import measure_normalised_energy
from numerics.residual_scaling.start import Start, measure_start
from numerics.residual_scaling.training import (
    Trained,
    TrainedByKind,
    measure_training,
    measure_training_by_kind,
)

__all__ = [
    "Backward",
    "BranchSums",
    "Ensemble",
    "ExtremeNorms",
    "Forward",
    "Increments",
    "LogNorm",
    "MatrixForward",
    "NormEvents",
    "Perturbation",
    "ProductNorms",
    "Separation",
    "Start",
    "Tangent",
    "TangentKernel",
    "Trained",
    "TrainedByKind",
    "Training",
    "measure_backward",
    "measure_branch_sums",
    "measure_extreme_norms",
    "measure_forward",
    "measure_gaussian_norm",
    "measure_increments",
    "measure_log_norm",
    "measure_matrix_forward",
    "measure_mean_energy",
    "measure_norm_events",
    "measure_normalised_energy",
    "measure_perturbation",
    "measure_product_norms",
    "measure_separation",
    "measure_sparse_gradient",
    "measure_start",
    "measure_switchable_share",
    "measure_tangent",
    "measure_tangent_kernel",
    "measure_training",
    "measure_training_by_kind",
]
