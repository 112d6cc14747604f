"""Learning rates of gradient descent: where it diverges, where it is fastest, how fast it is."""

from numerics.learning_rate.boundary import (
    Boundary,
    BoundaryOverStart,
    measure_boundary,
    measure_boundary_over_start,
    measure_final_loss,
)
from numerics.learning_rate.curves import (
    LossCurves,
    Speed,
    measure_loss_curves,
    measure_speed,
)
from numerics.learning_rate.divergence import DivergenceRate, measure_divergence_rate
from numerics.learning_rate.eigenvalues import (
    TrainedEigenvalues,
    measure_loss_by_condition,
    measure_trained_eigenvalues,
)
from numerics.learning_rate.quadratic import measure_fastest_rate

__all__ = [
    "Boundary",
    "BoundaryOverStart",
    "DivergenceRate",
    "LossCurves",
    "Speed",
    "TrainedEigenvalues",
    "measure_boundary",
    "measure_boundary_over_start",
    "measure_divergence_rate",
    "measure_fastest_rate",
    "measure_final_loss",
    "measure_loss_by_condition",
    "measure_loss_curves",
    "measure_speed",
    "measure_trained_eigenvalues",
]
