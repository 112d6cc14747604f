import numpy as np
import pytest
import torch

from numerics.generalisation import regression
from numerics.generalisation.tasks import Task
from numerics.generalisation.weight_norm import (
    measure_trained_risk,
    measure_weight_norm,
    trained_weights,
)

TASK = Task(dimension=8, samples=12, noise_variance=0.25)


def loss(parameters, x, y, regularisation):
    w, gamma = parameters[:-1], parameters[-1]
    outputs = x.shape[1] ** 0.5 * gamma * (x @ w) / w.norm()
    return (y - outputs).square().mean() + regularisation * gamma**2


def test_training_ends_where_autograd_finds_no_gradient():
    sets = TASK.draw(1, range(1), device="cpu")
    x, y = sets.inputs[0], sets.targets[0]
    u = trained_weights(x, y, 0.25)
    gamma = u.norm() / 8**0.5
    point = torch.cat([u / gamma, gamma[None]]).requires_grad_()
    (slope,) = torch.autograd.grad(loss(point, x, y, 0.25), point)
    assert float(slope.abs().max()) < 1e-13


def test_it_is_ridge_regression_of_strength_load_times_penalty():
    trained = measure_weight_norm(TASK, regularisation=0.25, networks=4, seed=1)
    ridge = regression.measure_errors(TASK, ridges=[1.5 * 0.25], networks=4, seed=1)
    np.testing.assert_allclose(trained.ridge.per_network, 1.5 * 0.25, rtol=1e-12)
    assert np.all(trained.misfit.per_network < 1e-12)
    for name in ("excess_risk", "training_error"):
        np.testing.assert_allclose(
            getattr(trained, name).per_network, getattr(ridge, name).per_network[:, 0], rtol=1e-10
        )


@pytest.mark.parametrize("penalty", [1e-7, 1e-4, 0.014, 1e6])
@pytest.mark.parametrize("samples", [4, 8])
def test_training_ends_at_the_minimum_for_weak_and_strong_penalties(samples, penalty):
    task = Task(dimension=8, samples=samples, noise_variance=0.25)
    trained = measure_weight_norm(task, regularisation=penalty, networks=10, seed=1)
    np.testing.assert_allclose(trained.ridge.per_network, samples / 8 * penalty, rtol=1e-8)
    assert np.all(trained.misfit.per_network < 1e-8)


def test_a_penalty_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="regularisation = 0: must be a number in"):
        measure_weight_norm(TASK, regularisation=0, networks=1, seed=1)


def test_the_control_is_regression_and_comes_back_as_its_mean_in_law():
    task, run = Task(samples=48, dimension=12, noise_variance=0.25), {"seed": 3, "device": "cpu"}
    risk = measure_trained_risk(
        task, regularisation=0.2, ridge=0.0, enlarged=4, networks=60, **run
    ).per_network
    trained = measure_weight_norm(task, regularisation=0.2, networks=60, **run)
    sets = task.draw(3, range(60), device="cpu")
    controls = []
    for inputs, targets, teacher in zip(sets.inputs, sets.targets, sets.teacher, strict=True):
        found = np.linalg.lstsq(inputs.numpy(), targets.numpy(), rcond=None)[0]
        controls.append(np.mean((found - teacher.numpy()) ** 2))
    in_law = risk - trained.excess_risk.per_network + np.array(controls)
    # N' = 48 inputs and P' = 192 samples: v N'/(P' - N' - 1) of an inverse Wishart matrix.
    error = in_law.std() / np.sqrt(len(in_law))
    assert in_law.mean() == pytest.approx(0.25 * 48 / 143, abs=5 * error)
    assert error < 0.01 * in_law.mean()
