"""Weights across depth: paths of matrices over the layers of a residual network, and its bounds."""

from numerics.weight_paths.branches import NormalisedBranches, measure_normalised_branches
from numerics.weight_paths.depth_extremes import ExtremeErrors, measure_extreme_errors
from numerics.weight_paths.depth_limit import (
    measure_nonlinearity_exponent,
    measure_ode_exponent,
    measure_rough_exponent,
    measure_young_exponent,
)
from numerics.weight_paths.extremes import (
    ExtremeGradients,
    ExtremeIncrements,
    ExtremeJacobians,
    ExtremeLayers,
    Search,
    measure_extreme_gradients,
    measure_extreme_increments,
    measure_extreme_jacobians,
    measure_extreme_layers,
)
from numerics.weight_paths.gradients import OutputGradients, measure_output_gradients
from numerics.weight_paths.hoelder import measure_hoelder_quotient, measure_young_quotient
from numerics.weight_paths.images.classified import Classified, ClassifiedPaths, measure_classified
from numerics.weight_paths.images.landscapes import (
    Convexity,
    Learning,
    measure_convexity,
    measure_landscape,
)
from numerics.weight_paths.images.trends import (
    ImageLosses,
    ImageTrends,
    measure_image_losses,
    measure_image_trends,
)
from numerics.weight_paths.losses import (
    LineNetworks,
    LossGradients,
    MeanSquares,
    measure_line_networks,
    measure_loss_gradients,
    measure_mean_squares,
)
from numerics.weight_paths.partitions import Variations, measure_variations
from numerics.weight_paths.proofs import (
    measure_columns,
    measure_layer_derivatives,
    measure_splits,
)
from numerics.weight_paths.remarks import measure_first_increments, measure_separated_dimension
from numerics.weight_paths.setting import (
    DescentSteps,
    Recursions,
    Tensors,
    measure_carried_one,
    measure_descent_steps,
    measure_grid_steps,
    measure_lipschitz,
    measure_recursions,
    measure_tensors,
)
from numerics.weight_paths.start import (
    measure_alternating_variation,
    measure_initial_variation,
    measure_largest_initial_variation,
)
from numerics.weight_paths.trained.assumptions import (
    StartSizes,
    TrainingSizes,
    measure_start_sizes,
    measure_training_sizes,
)
from numerics.weight_paths.trained.c10k import C10k, measure_c10k
from numerics.weight_paths.trained.layers import TrainedLayers, measure_trained_layers
from numerics.weight_paths.trained.moved import (
    ExtremeMoves,
    MovedExponents,
    measure_extreme_moves,
    measure_moved_exponents,
    measure_norm_variation,
)
from numerics.weight_paths.trained.training import Descended, Descent, gauss_rule, measure_descent
from numerics.weight_paths.variation import p_variation

__all__ = [
    "C10k",
    "Classified",
    "ClassifiedPaths",
    "Convexity",
    "Descended",
    "Descent",
    "DescentSteps",
    "ExtremeErrors",
    "ExtremeGradients",
    "ExtremeIncrements",
    "ExtremeJacobians",
    "ExtremeLayers",
    "ExtremeMoves",
    "ImageLosses",
    "ImageTrends",
    "Learning",
    "LineNetworks",
    "LossGradients",
    "MeanSquares",
    "MovedExponents",
    "NormalisedBranches",
    "OutputGradients",
    "Recursions",
    "Search",
    "StartSizes",
    "Tensors",
    "TrainedLayers",
    "TrainingSizes",
    "Variations",
    "gauss_rule",
    "measure_alternating_variation",
    "measure_c10k",
    "measure_carried_one",
    "measure_classified",
    "measure_columns",
    "measure_convexity",
    "measure_descent",
    "measure_descent_steps",
    "measure_extreme_errors",
    "measure_extreme_gradients",
    "measure_extreme_increments",
    "measure_extreme_jacobians",
    "measure_extreme_layers",
    "measure_extreme_moves",
    "measure_first_increments",
    "measure_grid_steps",
    "measure_hoelder_quotient",
    "measure_image_losses",
    "measure_image_trends",
    "measure_initial_variation",
    "measure_landscape",
    "measure_largest_initial_variation",
    "measure_layer_derivatives",
    "measure_line_networks",
    "measure_lipschitz",
    "measure_loss_gradients",
    "measure_mean_squares",
    "measure_moved_exponents",
    "measure_nonlinearity_exponent",
    "measure_norm_variation",
    "measure_normalised_branches",
    "measure_ode_exponent",
    "measure_output_gradients",
    "measure_recursions",
    "measure_rough_exponent",
    "measure_separated_dimension",
    "measure_splits",
    "measure_start_sizes",
    "measure_tensors",
    "measure_trained_layers",
    "measure_training_sizes",
    "measure_variations",
    "measure_young_exponent",
    "measure_young_quotient",
    "p_variation",
]
