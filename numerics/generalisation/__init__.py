"""What linear regression and linear students reach on samples that they have not seen."""

from numerics.generalisation.comparisons import (
    measure_converged_risk,
    measure_losses_over_epochs,
)
from numerics.generalisation.linear_students import (
    LinearStudents,
    Training,
    measure_least_squares,
    measure_linear_students,
)
from numerics.generalisation.regression import (
    Errors,
    measure_average_errors,
    measure_best_ridge,
    measure_errors,
)
from numerics.generalisation.tasks import Task
from numerics.generalisation.weight_norm import (
    WeightNorm,
    measure_trained_risk,
    measure_weight_norm,
)
from numerics.generalisation.wishart import WishartErrors, measure_wishart_errors

__all__ = [
    "Errors",
    "LinearStudents",
    "Task",
    "Training",
    "WeightNorm",
    "WishartErrors",
    "measure_average_errors",
    "measure_best_ridge",
    "measure_converged_risk",
    "measure_errors",
    "measure_least_squares",
    "measure_linear_students",
    "measure_losses_over_epochs",
    "measure_trained_risk",
    "measure_weight_norm",
    "measure_wishart_errors",
]
