"""Regularisers of perceptrons: norms of weights and what they bound, and spectra of networks."""

from numerics.regularisation.complexity import (
    measure_complexity,
    measure_deviations,
    measure_spectral_complexity,
)
from numerics.regularisation.fourier import fourier_transform
from numerics.regularisation.fourier_pair import measure_inversion_constant
from numerics.regularisation.fourier_plane import (
    PlanePowers,
    measure_doubled_support,
    measure_plane_powers,
)
from numerics.regularisation.fourier_search import (
    PathNormSpectra,
    PieceSpectra,
    SpectralPowers,
    measure_path_norm_spectra,
    measure_piece_spectra,
    measure_spectral_powers,
)
from numerics.regularisation.lipschitz import (
    ExactConstants,
    lipschitz_constant,
    measure_exact_constants,
)
from numerics.regularisation.lipschitz_search import (
    ExtremePaths,
    ExtremeProducts,
    NormSearch,
    measure_extreme_paths,
    measure_extreme_products,
)
from numerics.regularisation.norms import (
    NormProducts,
    PathNorms,
    PathSums,
    Start,
    StartBounds,
    measure_norm_products,
    measure_path_norms,
    measure_path_sums,
    measure_spectral_product,
    measure_squared_gradient,
    measure_start_bounds,
    path_norm,
)
from numerics.regularisation.proof_steps import (
    ProofSteps,
    measure_proof_steps,
    measure_steepest_share,
)
from numerics.regularisation.regions import LinearPieces, linear_pieces
from numerics.regularisation.regions_count import (
    measure_folded_regions,
    measure_regions_at_start,
)
from numerics.regularisation.training.constants import (
    TrainedConstants,
    measure_trained_constants,
)
from numerics.regularisation.training.latent_path import measure_latent_path
from numerics.regularisation.training.noisy_labels import (
    NoisyCourse,
    NoisyLabels,
    NoisyOrders,
    measure_noisy_course,
    measure_noisy_orders,
)
from numerics.regularisation.training.random_labels import RandomLabels, measure_random_labels
from numerics.regularisation.training.toy import (
    Toy,
    ToyCourse,
    ToyOrders,
    ToyTargets,
    measure_toy_course,
    measure_toy_orders,
    measure_toy_targets,
)
from numerics.regularisation.wide_constant import measure_wide_constant

__all__ = [
    "ExactConstants",
    "ExtremePaths",
    "ExtremeProducts",
    "LinearPieces",
    "NoisyCourse",
    "NoisyLabels",
    "NoisyOrders",
    "NormProducts",
    "NormSearch",
    "PathNormSpectra",
    "PathNorms",
    "PathSums",
    "PieceSpectra",
    "PlanePowers",
    "ProofSteps",
    "RandomLabels",
    "SpectralPowers",
    "Start",
    "StartBounds",
    "Toy",
    "ToyCourse",
    "ToyOrders",
    "ToyTargets",
    "TrainedConstants",
    "fourier_transform",
    "linear_pieces",
    "lipschitz_constant",
    "measure_complexity",
    "measure_deviations",
    "measure_doubled_support",
    "measure_exact_constants",
    "measure_extreme_paths",
    "measure_extreme_products",
    "measure_folded_regions",
    "measure_inversion_constant",
    "measure_latent_path",
    "measure_noisy_course",
    "measure_noisy_orders",
    "measure_norm_products",
    "measure_path_norm_spectra",
    "measure_path_norms",
    "measure_path_sums",
    "measure_piece_spectra",
    "measure_plane_powers",
    "measure_proof_steps",
    "measure_random_labels",
    "measure_regions_at_start",
    "measure_spectral_complexity",
    "measure_spectral_powers",
    "measure_spectral_product",
    "measure_squared_gradient",
    "measure_start_bounds",
    "measure_steepest_share",
    "measure_toy_course",
    "measure_toy_orders",
    "measure_toy_targets",
    "measure_trained_constants",
    "measure_wide_constant",
    "path_norm",
]
