import numpy as np
import pytest

from numerics.trajectories.comparisons import measure_arms
from numerics.trajectories.curves import measure_curves
from numerics.trajectories.runs import Training

TRAINING = Training(
    samples=24, batch_size=8, steps=5, learning_rate=0.1, loss=2.0, networks=3, seed=4,
    first_network=6, device="cpu",
)  # fmt: skip
KIND = {"model": "alexnet", "width": 2}


def test_curves_are_those_whose_mean_and_least_are_compared_between_arms():
    arm = {"activation": "tanh", "optimiser": "momentum"}
    found = measure_curves(TRAINING, **KIND, arm=arm, step=tuple(range(5)))
    compared = measure_arms(TRAINING, **KIND, arms=(arm,))
    mean, least = found.loss.per_network.mean(axis=1), found.factor.per_network.min(axis=1)
    np.testing.assert_allclose(mean, compared.mean_loss.per_network[:, 0], rtol=1e-12)
    np.testing.assert_allclose(least, compared.least_factor.per_network[:, 0], rtol=1e-12)
    one = measure_curves(TRAINING, **KIND, arm=arm, step=(3,))
    np.testing.assert_array_equal(one.loss.per_network[:, 0], found.loss.per_network[:, 3])


def test_a_step_that_is_not_taken_is_refused():
    with pytest.raises(ValueError, match=r"step = 5: must be an integer in \[0, 4\]"):
        measure_curves(TRAINING, **KIND, arm={}, step=(5,))
