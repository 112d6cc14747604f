"""Trajectories of optimisation: the regularity of recorded runs, and of runs that are simulated."""

from numerics.trajectories.quadratic import (
    SearchedDescent,
    measure_descent,
    measure_fastest_descent,
    measure_heavy_ball,
    measure_long_descent,
    measure_searched_descent,
)
from numerics.trajectories.recording import Recording, record
from numerics.trajectories.regularity import Regularity, regularity
from numerics.trajectories.searched import (
    measure_average_gaps,
    measure_regular_gaps,
    measure_steps,
    measure_unequal_batches,
)
from numerics.trajectories.training import Trained, measure_trained
from numerics.trajectories.walks import (
    FlatDescent,
    Straightness,
    measure_flat_descent,
    measure_straightness,
    measure_walk_steps,
    measure_walks,
)

__all__ = [
    "FlatDescent",
    "Recording",
    "Regularity",
    "SearchedDescent",
    "Straightness",
    "Trained",
    "measure_average_gaps",
    "measure_descent",
    "measure_fastest_descent",
    "measure_flat_descent",
    "measure_heavy_ball",
    "measure_long_descent",
    "measure_regular_gaps",
    "measure_searched_descent",
    "measure_steps",
    "measure_straightness",
    "measure_trained",
    "measure_unequal_batches",
    "measure_walk_steps",
    "measure_walks",
    "record",
    "regularity",
]
