"""What one step does on average, over lattices of inputs."""

import numpy as np
import pytest
import torch

from numerics.order_parameters import Student, measure_drift, measure_gaussian_averages
from numerics.order_parameters.drift import POINTS, lattices
from numerics.simulation.keyed import numpy_generator

QUANTITIES = ("scale", "overlap", "norm")


def test_each_point_of_a_lattice_is_standard_normal():
    drawn = np.stack(lattices([numpy_generator(seed=1, network=k) for k in range(100)]), axis=1)
    assert drawn.shape == (100, 2, POINTS)
    # Any one point over the lattices: 100 independent inputs, and so 2 / sqrt(100) of the square.
    point = drawn[:, :, 100]
    assert np.all(abs(point.mean(axis=0)) < 0.4)
    assert np.all(abs(point.var(axis=0) - 1) < 0.6)
    # Of independent inputs the square varies by 2, and its square by 96.
    for power, mean, variance in ((2, 1, 2), (4, 3, 96)):
        averages = (drawn**power).mean(axis=2)
        error = averages.std(axis=0) / np.sqrt(len(drawn))
        assert np.all(abs(averages.mean(axis=0) - mean) < 4 * error)
        assert np.all(error**2 * len(drawn) * POINTS < variance / 4)


@pytest.mark.parametrize("activation", ["relu", "erf"])
@pytest.mark.parametrize("overlap", [-1.0, -0.3, 0.0, 1.0])
def test_averages_are_those_of_a_double_integral(activation, overlap):
    # The midpoint rule, with the kink of the student between two cells.
    step = 0.04
    nodes = step * (np.arange(-200, 200) + 0.5)
    a, b = np.meshgrid(nodes, nodes, indexing="ij")
    weight = step**2 * np.exp(-(a**2 + b**2) / 2) / (2 * np.pi)
    s, t = 0.75 * a, overlap * a + np.sqrt(1 - overlap**2) * b
    torch_g = {"relu": torch.relu, "erf": lambda z: torch.erf(z / np.sqrt(2))}[activation]
    inputs = [torch.tensor(x, requires_grad=True) for x in (s, t)]
    outputs = [torch_g(one) for one in inputs]
    slopes = [one.numpy() for one in torch.autograd.grad(sum(outputs).sum(), inputs)]
    student, teacher = (one.detach().numpy() for one in outputs)
    delta = slopes[0] * (teacher - student)
    found = measure_gaussian_averages(
        activation=activation, scale=0.75, overlap=overlap, networks=40, seed=2
    )
    integrands = {
        "i1": delta * s, "i2": delta**2, "i3": delta * t, "slopes": slopes[0] * slopes[1],
    }  # fmt: skip
    for name, integrand in integrands.items():
        average = getattr(found, name)
        # The kink of the teacher costs the rule the square of its step.
        allowed = 5 * average.standard_error + (step**2 / 4 if activation == "relu" else 1e-10)
        assert abs(average.estimate - (weight * integrand).sum()) < allowed


def test_the_drift_is_that_of_many_students_after_one_step(learner, learned, start):
    drift = measure_drift(Student(**start, **learner, dimension=20), networks=20, seed=1)
    runs = learned(**learner, dimension=20, times=(0.05,), networks=5000)
    for name in QUANTITIES:
        if (learner["method"], name) == ("sgd", "scale"):
            continue  # vanilla SGD has no gamma, and runs tell L in its place
        change = 20 * (getattr(runs, name).per_network[:, 0] - start[name])
        error = change.std() / np.sqrt(len(change))
        assert abs(change.mean() - getattr(drift, name).estimate) < 4 * error


@pytest.mark.parametrize("overlap", [-1.0, 0.5, 1.0])
def test_the_growth_of_a_norm_is_not_lost_to_rounding(overlap):
    # A small scale moves the norm by 1e-17 of itself: the student is at 0, where delta is that of
    # the slope at 0 and the teacher's output t, and the norm grows by eta^2 Q^2 E delta^2/(2 L^3).
    student = Student(
        method="bn", activation="erf", learning_rate=0.1, scale=1e-4, overlap=overlap, norm=1.5,
        dimension=10**6,
    )  # fmt: skip
    found = measure_drift(student, networks=200, seed=4).norm
    mean_square = 2 / np.pi * 2 / np.pi * np.arcsin(1 / 2)  # slope(0)^2 E erf(t/sqrt(2))^2
    expected = 0.1**2 * 1e-8 * mean_square / (2 * 1.5**3)
    assert found.standard_error < 1e-3 * expected
    assert abs(found.estimate - expected) < 4 * found.standard_error + 1e-3 * expected


def test_a_lattice_depends_on_its_seed_and_number_alone():
    student = Student(
        method="bn", activation="erf", learning_rate=0.5, scale=0.75, overlap=0.3, norm=1.0,
        dimension=50,
    )  # fmt: skip
    for measure in (
        lambda **run: measure_drift(student, **run).norm,
        lambda **run: (
            measure_gaussian_averages(activation="erf", scale=0.75, overlap=0.3, **run).i1
        ),
    ):
        whole = measure(networks=70, seed=1).per_network
        part = measure(networks=3, first_network=63, seed=1).per_network
        np.testing.assert_array_equal(whole[63:66], part)
        assert len(np.unique(whole)) == 70
