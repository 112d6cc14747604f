"""Students with real weights: gradient descent, and the law of the three numbers."""

import math

import numpy as np
import pytest
import torch

from numerics.order_parameters import (
    Student,
    measure_descent,
    measure_online_learning_of_weights,
)
from numerics.order_parameters.students import State
from numerics.order_parameters.weights import weight_step
from numerics.simulation.keyed import numpy_generator

QUANTITIES = ("scale", "overlap", "norm")


def test_three_numbers_have_the_law_that_they_have_under_real_weights(learner, learned):
    reduced = learned(**learner, networks=2000)
    real = learned(measure_online_learning_of_weights, **learner, networks=1000, seed=4)
    for name in QUANTITIES:
        x, y = getattr(reduced, name), getattr(real, name)
        error = np.hypot(x.standard_error, y.standard_error)
        assert np.all(abs(x.estimate - y.estimate) < 4 * error)
        squares = [(one.per_network - one.estimate) ** 2 for one in (x, y)]
        spread = np.hypot(*(one.std(axis=0) / np.sqrt(len(one)) for one in squares))
        assert np.all(abs(squares[0].mean(axis=0) - squares[1].mean(axis=0)) < 4 * spread)


def test_a_step_is_gradient_descent_in_w_and_nu(learner, start):
    # nu = sqrt(N) gamma (eq 5): a gradient in gamma itself would lack the factor 1/N.
    size, rate = 7, 0.75
    teacher, w, x = torch.randn(
        3, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    x = x * torch.sign(x @ w)  # an active student
    nu = torch.tensor(0.5 * np.sqrt(size), dtype=torch.float64)
    w.requires_grad_()
    nu.requires_grad_()
    g = {"relu": torch.relu, "erf": lambda z: torch.erf(z / np.sqrt(2))}[learner["activation"]]
    student = w @ x if learner["method"] == "sgd" else nu * (w @ x) / w.norm()
    loss = (g(teacher @ x) - g(student)) ** 2 / 2 + learner["regularisation"] * nu**2 / (2 * size)
    slopes = torch.autograd.grad(loss, [w, nu], allow_unused=True, materialize_grads=True)
    given = {**start, **learner, "learning_rate": rate, "dimension": size}
    rows = [one.detach()[None] for one in (w, nu / np.sqrt(size), teacher, x)]
    weights, scales = weight_step(Student(**given), *rows)
    np.testing.assert_allclose(weights[0], (w - rate * slopes[0]).detach(), rtol=1e-12)
    moved = (nu - rate * slopes[1]).detach().numpy() / np.sqrt(size)
    np.testing.assert_allclose(scales[0], moved, rtol=1e-12)


def test_a_step_in_three_numbers_is_that_of_the_weights(learner, start):
    size = 9
    student = Student(**{**start, **learner, "learning_rate": 2.0, "dimension": size})
    source = numpy_generator(seed=5, network=0)
    w, x = source.standard_normal((2, 1, size))
    teacher = np.sqrt(size) * np.eye(size)[0]
    scales = np.array([0.75])
    rows = (w, scales, teacher, x / np.sqrt(size))
    weights, after = weight_step(student, *map(torch.from_numpy, rows))

    along, rest = w[0, 0] / np.sqrt(size), w[0].copy()
    rest[0] = 0
    across = np.linalg.norm(rest) / np.sqrt(size)
    state = State(scale=scales, along=np.array([along]), across=np.array([across]))
    unit = w[0] / np.linalg.norm(w[0])
    towards = np.eye(size)[0] - unit[0] * unit
    a, b = unit @ x[0], towards @ x[0] / np.linalg.norm(towards)
    end = student.step(state, *(np.array([one]) for one in (a, b, x[0] @ x[0] - a**2 - b**2)))

    moved = weights[0].numpy() / np.sqrt(size)
    np.testing.assert_allclose(end.scale, after, rtol=1e-12)
    np.testing.assert_allclose(end.along, moved[0], rtol=1e-12)
    np.testing.assert_allclose(end.across, np.linalg.norm(moved[1:]), rtol=1e-12)


@pytest.mark.parametrize("activation", ["erf", "relu"])
def test_descent_of_the_loss_itself_goes_twice_as_far_as_the_printed_step(activation):
    student = Student(
        method="bn", activation=activation, learning_rate=0.75, scale=1.5, overlap=0.0, norm=0.5,
        dimension=7, regularisation=0.25,
    )  # fmt: skip
    measured = measure_descent(student, networks=4, seed=2)
    np.testing.assert_allclose(measured.factor.per_network, 2 * 0.75, rtol=1e-12)
    # By differences of the loss, for the first student.
    source = numpy_generator(seed=2, network=0)
    teacher, direction, x = source.standard_normal((3, 7))
    teacher, direction = (np.sqrt(7) * one / np.linalg.norm(one) for one in (teacher, direction))
    x /= np.sqrt(7)
    g = {"relu": lambda z: max(z, 0.0), "erf": lambda z: math.erf(z / math.sqrt(2))}[activation]

    def loss(point):
        student = np.sqrt(7) * point[7] * (point[:7] @ x) / np.linalg.norm(point[:7])
        return (g(teacher @ x) - g(student)) ** 2 + 0.25 * point[7] ** 2

    start = np.append(0.5 * direction, 1.5)
    steps = 1e-6 * np.eye(8)
    descent = np.array([(loss(start - step) - loss(start + step)) / 2e-6 for step in steps])
    given = (torch.from_numpy(one[None]) for one in (start[:7], start[7:], teacher, x))
    weights, scales, teachers, inputs = given
    end = [one.numpy()[0] for one in weight_step(student, weights, scales[:, 0], teachers, inputs)]
    printed = np.append(end[0] - start[:7], 7 * (end[1] - 1.5)) / 0.75
    np.testing.assert_allclose(descent, 2 * printed, atol=1e-8)
    # The same in nu = sqrt(N) gamma, of half the loss.
    above, below = (loss(start + sign * steps[7] / np.sqrt(7)) for sign in (1, -1))
    moved = -(above - below) / 2 / 2e-6 / np.sqrt(7)
    np.testing.assert_allclose(measured.scale.per_network[0], printed[7] / moved, rtol=1e-7)
    np.testing.assert_allclose(measured.scale.per_network, 7, rtol=1e-12)


def test_steps_of_students_that_saturate_are_compared_to_all_digits():
    # At Q = 2 teacher and student are both near 1 on 3 inputs in 1000: of their difference, and of
    # the step, weights and outputs that are worked out in two ways keep few digits.
    student = Student(
        method="bn", activation="erf", learning_rate=1.0, scale=2.0, overlap=0.0, norm=1.0,
        dimension=3,
    )  # fmt: skip
    measured = measure_descent(student, networks=20_000, seed=1)
    np.testing.assert_allclose(measured.factor.per_network, 2, rtol=1e-12)
    np.testing.assert_allclose(measured.scale.per_network, 3, rtol=1e-12)
