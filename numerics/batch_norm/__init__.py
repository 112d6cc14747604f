"""What batch norm does to hidden values, to a student and to its loss."""

from numerics.batch_norm.hidden_values import LARGEST_BATCH, MOST_VALUES, HiddenValues
from numerics.batch_norm.losses import GeneralisedLinearUnit, measure_loss_excess
from numerics.batch_norm.statistics import (
    BatchExpansion,
    BatchStatistics,
    LinearStudent,
    NormalisationError,
    measure_batch_expansion,
    measure_batch_statistics,
    measure_linear_student,
    measure_normalisation_error,
)
from numerics.batch_norm.weight_norm import Unit, WeightNorm, measure_weight_norm

__all__ = [
    "LARGEST_BATCH",
    "MOST_VALUES",
    "BatchExpansion",
    "BatchStatistics",
    "GeneralisedLinearUnit",
    "HiddenValues",
    "LinearStudent",
    "NormalisationError",
    "Unit",
    "WeightNorm",
    "measure_batch_expansion",
    "measure_batch_statistics",
    "measure_linear_student",
    "measure_loss_excess",
    "measure_normalisation_error",
    "measure_weight_norm",
]
