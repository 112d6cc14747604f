"""Online learning of a teacher by one student, told by a few order parameters."""

from numerics.order_parameters import vector_field
from numerics.order_parameters.drift import (
    Drift,
    GaussianAverages,
    measure_drift,
    measure_gaussian_averages,
)
from numerics.order_parameters.rest import measure_resting_scale
from numerics.order_parameters.stability import (
    Balance,
    measure_balancing_rate,
    measure_effective_rate,
    measure_stability_limit,
)
from numerics.order_parameters.students import OnlineLearning, Student, measure_online_learning
from numerics.order_parameters.weights import (
    measure_descent,
    measure_online_learning_of_weights,
)

__all__ = [
    "Balance",
    "Drift",
    "GaussianAverages",
    "OnlineLearning",
    "Student",
    "measure_balancing_rate",
    "measure_descent",
    "measure_drift",
    "measure_effective_rate",
    "measure_gaussian_averages",
    "measure_online_learning",
    "measure_online_learning_of_weights",
    "measure_resting_scale",
    "measure_stability_limit",
    "vector_field",
]
