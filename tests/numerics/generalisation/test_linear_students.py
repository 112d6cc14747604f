"""Linear students of a noisy linear teacher, trained by SGD."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from numerics.generalisation.linear_students import (
    _SCALE_RATE,
    METHODS,
    Training,
    effective,
    gradients,
    measure_least_squares,
    measure_linear_students,
)
from numerics.generalisation.tasks import Task, TrainingSets

SMALL = Task(samples=64, dimension=32, noise_variance=0.25)
LONG = Task(samples=48, dimension=32, noise_variance=0.25)
RUN = {"networks": 5, "seed": 4, "device": "cpu"}


def students(method, *, task=SMALL, epochs=(1, 3), batch_size=32, regularisation=0.0, **run):
    training = Training(
        method=method, epochs=epochs, batch_size=batch_size, regularisation=regularisation
    )
    return measure_linear_students(task, training, **{**RUN, **run})


def drawn(task, seed, networks):
    return task.draw(seed, range(networks), device="cpu")


def batch_loss(method, inputs, targets, weights, scale, regularisation):
    """The loss of one run as the paper writes it."""
    hidden = inputs @ weights
    if method == "sgd":
        return (hidden - targets).square().mean()
    if method == "wn":
        normalised = math.sqrt(len(weights)) * hidden / weights.norm()
        penalty = regularisation * scale**2
    else:
        normalised = (hidden - hidden.mean()) / hidden.std(correction=0)
        penalty = 0.0
    return (scale * normalised - targets).square().mean() + penalty


@pytest.mark.parametrize("method", METHODS)
def test_gradients_are_those_of_autograd(method):
    random = torch.Generator().manual_seed(1)
    inputs, targets, weights = (
        torch.randn(*shape, dtype=torch.float64, generator=random)
        for shape in ((3, 8, 6), (3, 8), (3, 6))
    )
    scale = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    by_hand = gradients(method, inputs, targets, weights, scale, 0.3)
    leaves = weights.clone().requires_grad_(), scale.clone().requires_grad_()
    rows = zip(inputs, targets, *leaves, strict=True)
    loss = sum(batch_loss(method, *row, regularisation=0.3) for row in rows)
    expected = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
    for one, other in zip(by_hand, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_a_run_depends_on_its_seed_and_number_alone(method):
    whole, singly = students(method), students(method, chunk=1)
    apart = students(method, networks=2, first_network=3)
    assert whole.excess_risk.per_network.shape == (5, 2)
    for name, measured in vars(whole).items():
        np.testing.assert_array_equal(measured.per_network[3:], getattr(apart, name).per_network)
        np.testing.assert_array_equal(measured.per_network, getattr(singly, name).per_network)


def test_looking_more_often_changes_nothing():
    often, seldom = students("bn", epochs=(1, 2, 3)), students("bn")
    np.testing.assert_array_equal(
        often.excess_risk.per_network[:, [0, 2]], seldom.excess_risk.per_network
    )


def test_single_precision_is_as_good_for_figures():
    double = students("bn").excess_risk.per_network
    single = students("bn", dtype="float32").excess_risk.per_network
    np.testing.assert_allclose(single, double, rtol=1e-4)


def ridge(task, strength):
    """The ridge regressions of training sets, by normal equations."""
    gram = task.inputs.mT @ task.inputs
    gram = gram + strength * torch.eye(gram.shape[1], dtype=gram.dtype)
    return torch.linalg.solve(gram, (task.inputs.mT @ task.targets[:, :, None])[:, :, 0])


def excess(task, weights):
    return (weights - task.teacher).square().mean(dim=1).numpy()


def test_weight_normalisation_is_ridge_regression_of_the_load_times_its_penalty():
    run = {"epochs": (400,), "batch_size": 16, "networks": 4, "seed": 2}
    reached = students("wn", task=LONG, regularisation=0.2, **run)
    task = drawn(LONG, 2, 4)
    reached = reached.excess_risk.per_network[:, 0]
    np.testing.assert_allclose(reached, excess(task, ridge(task, 1.5 * 0.2)), rtol=0.005)
    assert not np.allclose(reached, excess(task, ridge(task, 0.2)), rtol=0.02)


def test_plain_sgd_finds_least_squares():
    longer = Task(samples=96, dimension=16, noise_variance=0.25)
    run = {"epochs": (200,), "batch_size": 16, "networks": 4, "seed": 2}
    reached = students("sgd", task=longer, **run)
    task = drawn(longer, 2, 4)
    np.testing.assert_allclose(
        reached.excess_risk.per_network[:, 0], excess(task, ridge(task, 0.0)), rtol=0.005
    )


def test_batch_norm_over_the_whole_training_set_finds_least_squares():
    # Its biased and unbiased deviations differ by 1/(2P).
    wide, run = Task(samples=32, dimension=64, noise_variance=0.25), {"networks": 4, "seed": 2}
    reached = students("bn", task=wide, epochs=(2000,), **run).excess_risk
    least = measure_least_squares(wide, **run, device="cpu").per_network
    np.testing.assert_allclose(reached.per_network[:, 0], least, rtol=1 / 32)


@pytest.mark.parametrize("samples", [16, 32, 48])
def test_least_squares_agrees_with_lapacks_own(samples):
    task = Task(samples=samples, dimension=32, noise_variance=0.25)
    sets = drawn(task, 2, 4)
    inputs = sets.inputs - sets.inputs.mean(dim=1, keepdim=True)
    targets = sets.targets - sets.targets.mean(dim=1, keepdim=True)
    solved = torch.linalg.lstsq(inputs, targets[:, :, None], rcond=1e-10, driver="gelsd")
    least = measure_least_squares(task, networks=4, seed=2, device="cpu")
    expected = excess(sets, solved.solution[:, :, 0])
    np.testing.assert_allclose(least.per_network, expected, rtol=1e-9)


def test_where_batch_norm_interpolates_no_batch_moves_the_direction():
    # By Cauchy and Schwarz each batch alone is fitted best by h = a y + b.
    random = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, 8, 20, dtype=torch.float64, generator=random)
    weights = torch.randn(2, 20, dtype=torch.float64, generator=random)
    targets = 3 * (inputs @ weights[:, :, None])[:, :, 0] - 1
    slope, _ = gradients("bn", inputs, targets, weights, torch.ones(2, dtype=torch.float64), 0.0)
    assert slope.abs().max() < 1e-13


@pytest.mark.parametrize("method", ["wn", "bn"])
def test_normalised_students_do_not_learn_their_length(method):
    task = drawn(LONG, 1, 2)
    scale = torch.ones(2, dtype=torch.float64)
    slope, _ = gradients(method, task.inputs, task.targets, task.teacher, scale, 0.1)
    assert (slope * task.teacher).sum(dim=1).abs().max() < 1e-12
    for one, other in zip(
        effective(method, task.inputs, task.teacher, scale),
        effective(method, task.inputs, 3 * task.teacher, scale),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("step", [1.0, 0.25])
def test_the_first_step_fits_such_a_share_of_a_batch_of_orthonormal_inputs(step):
    random = torch.Generator().manual_seed(5)
    normals = torch.randn(1, 6, 4, dtype=torch.float64, generator=random)
    inputs = torch.linalg.qr(normals).Q.mT  # 4 rows
    targets = torch.randn(1, 4, dtype=torch.float64, generator=random)
    sets = TrainingSets(inputs=inputs, targets=targets, teacher=inputs[:, 0], generators=[])
    training = Training(method="wn", epochs=(1,), batch_size=4, step=step)
    weights, scale = training._start(sets)
    assert scale.item() == 1
    slope, _ = gradients("wn", inputs, targets, weights, scale, 0.0)
    little = 1e-6
    start, end = (
        effective("wn", inputs, one, scale)[0][0]
        for one in (weights, weights - little * _SCALE_RATE * slope)
    )
    x, y = inputs[0], targets[0]
    # What is left of y, pulled back to the weights, without the part along them.
    pulled = x.T @ (y - x @ start)
    pulled -= start * (pulled @ start) / (start @ start)
    np.testing.assert_allclose((end - start) / little, step * pulled, rtol=1e-4, atol=1e-6)


def test_batch_norm_predicts_with_the_mean_and_unbiased_variance_of_the_training_set():
    inputs = np.random.default_rng(2).normal(size=(2, 5, 3))
    weights, scale = np.array([[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]]), np.array([0.5, 2.0])
    given = (torch.from_numpy(one) for one in (inputs, weights, scale))
    slopes, intercepts = effective("bn", *given)
    for x, w, gamma, slope, intercept in zip(
        inputs, weights, scale, slopes.numpy(), intercepts.numpy(), strict=True
    ):
        hidden = x @ w
        predicted = gamma * (hidden - hidden.mean()) / np.sqrt(hidden.var(ddof=1))
        np.testing.assert_allclose(x @ slope + intercept, predicted, rtol=1e-12, atol=1e-14)


def test_losses_hang_together():
    reached = students("bn", task=dataclasses.replace(SMALL, noise_variance=0.5))
    losses = {name: measured.per_network for name, measured in vars(reached).items()}
    gap = losses["validation_loss"] - losses["training_loss"]
    np.testing.assert_allclose(losses["generalisation_gap"], gap)
    intercept = losses["validation_loss"] - losses["excess_risk"] - 0.5
    assert np.all((intercept >= 0) & (intercept < 0.5))


def test_a_validation_loss_is_the_error_on_fresh_samples():
    task = drawn(Task(samples=4096, dimension=32, noise_variance=0.25), 7, 1)
    weights = 0.5 * task.teacher
    error = ((task.inputs @ weights[:, :, None])[:, :, 0] - task.targets).square().numpy()
    expected = 0.25 + excess(task, weights)
    assert abs(error.mean() - expected) < 4 * error.std() / math.sqrt(error.size)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "adam"}, "method = 'adam': must be one of"),
        ({"batch_size": 33}, "samples = 64: must be a multiple of batch_size = 33"),
        ({"batch_size": 1}, "batch_size = 1: must be an integer >= 2"),
        ({"epochs": ()}, r"epochs = \(\): must be a sequence of at least one value"),
        ({"epochs": (3, 0)}, r"epochs = 0: must be an integer >= 1"),
        ({"epochs": 3}, "epochs = 3: must be a sequence of at least one value"),
        ({"annealed": "x"}, "annealed = 'x': must be True or False"),
        ({"annealed": None}, "annealed = None: must be True or False"),
        ({"regularisation": 0.1}, "regularisation = 0.1: must be a number in"),
        ({"step": 1.5}, "step = 1.5: must be a number in"),
        ({"dtype": "int8"}, "dtype = 'int8': must be one of"),
    ],
)
def test_a_bad_argument_is_named(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        measured(**wrong)


def measured(*, dtype="float64", **training):
    settings = {"method": "bn", "epochs": (1, 3), **training}
    return measure_linear_students(SMALL, Training(**settings), **RUN, dtype=dtype)
