"""Students with batch normalisation beside others on the same training sets."""

import numpy as np
import pytest

from numerics.generalisation.comparisons import measure_converged_risk, measure_losses_over_epochs
from numerics.generalisation.linear_students import Training, measure_linear_students
from numerics.generalisation.tasks import Task

TASK = Task(samples=48, dimension=12, noise_variance=0.25)
RUN = {"networks": 60, "seed": 3, "device": "cpu"}


def test_the_control_is_least_squares_and_comes_back_as_its_mean_in_law():
    risk = measure_converged_risk(TASK, batch_size=12, epochs=3, enlarged=4, **RUN)
    training = Training(method="bn", epochs=(3,), batch_size=12)
    students = measure_linear_students(TASK, training, **RUN).excess_risk.per_network[:, 0]
    sets = TASK.draw(3, range(60), device="cpu")
    controls = []
    for inputs, targets, teacher in zip(sets.inputs, sets.targets, sets.teacher, strict=True):
        with_one = np.column_stack([inputs.numpy(), np.ones(48)])
        found = np.linalg.lstsq(with_one, targets.numpy(), rcond=None)[0][:12]
        controls.append(np.mean((found - teacher.numpy()) ** 2))
    in_law = risk.per_network - students + np.array(controls)
    # N' = 48 inputs and P' = 192 samples: v N'/(P' - N' - 1) of an inverse Wishart matrix.
    error = in_law.std() / np.sqrt(len(in_law))
    assert in_law.mean() == pytest.approx(0.25 * 48 / 143, abs=5 * error)
    assert error < 0.01 * in_law.mean()


def test_losses_are_those_of_weight_norm_and_of_batch_norm_sooner_and_later():
    task = Task(samples=64, dimension=12, noise_variance=0.25)
    run = {**RUN, "networks": 3}
    losses = measure_losses_over_epochs(task, epochs=(1, 2), later=3, regularisation=0.1, **run)

    def alone(method, epochs, regularisation=0.0):
        training = Training(
            method=method, epochs=epochs, regularisation=regularisation, annealed=False
        )
        return measure_linear_students(task, training, **run).validation_loss.per_network

    columns = [alone("wn", (1, 2), 0.1), alone("bn", (1, 2)), alone("bn", (3, 6))]
    np.testing.assert_array_equal(losses.per_network, np.stack(columns, axis=2))
