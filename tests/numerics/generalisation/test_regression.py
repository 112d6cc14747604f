import dataclasses

import numpy as np
import pytest

from numerics.generalisation import regression
from numerics.generalisation.tasks import Task

WIDE = Task(dimension=12, samples=5, noise_variance=0.5)
LONG = Task(dimension=5, samples=12, noise_variance=0.5)
RIDGES = [0.0, 0.3, 5.0]
tasks = pytest.mark.parametrize("task", [WIDE, LONG], ids=["wide", "long"])


def data(task, data_set=3):
    drawn = task.draw(1, range(data_set, data_set + 1), device="cpu")
    return drawn.inputs[0].numpy(), drawn.targets[0].numpy(), drawn.teacher[0].numpy()


def test_the_teacher_has_its_length_and_the_inputs_their_variance():
    x, y, teacher = data(Task(dimension=200, samples=300, noise_variance=0.25))
    assert teacher @ teacher == pytest.approx(200)
    assert np.mean(x**2) * 200 == pytest.approx(1, abs=0.03)
    assert np.var(y - x @ teacher) == pytest.approx(0.25, abs=0.1)


@tasks
def test_students_solve_the_normal_equations(task):
    x, y, teacher = data(task)
    measured = regression.measure_errors(task, ridges=RIDGES, networks=1, seed=1, first_network=3)
    students = [np.linalg.pinv(x) @ y]
    students += [np.linalg.solve(x.T @ x + r * np.eye(task.dimension), x.T @ y) for r in RIDGES[1:]]
    excess = [np.mean((w - teacher) ** 2) for w in students]
    training = [np.mean((y - x @ w) ** 2) for w in students]
    np.testing.assert_allclose(measured.excess_risk.per_network[0], excess, rtol=1e-9)
    np.testing.assert_allclose(measured.training_error.per_network[0], training, atol=1e-12)
    np.testing.assert_allclose(
        measured.generalisation_gap.per_network[0], 0.5 + np.array(excess) - training, rtol=1e-9
    )


@tasks
def test_the_average_is_that_over_teachers_and_noise(task):
    x, _, _ = data(task)
    draws = np.random.default_rng(0)
    teachers = draws.normal(size=(20_000, task.dimension))
    teachers *= task.dimension**0.5 / np.linalg.norm(teachers, axis=1, keepdims=True)
    targets = teachers @ x.T + draws.normal(size=(20_000, task.samples)) * 0.5**0.5
    found = regression.measure_average_errors(
        task, ridges=[0.3], networks=1, seed=1, first_network=3
    )
    solve = np.linalg.solve(x.T @ x + 0.3 * np.eye(task.dimension), x.T)
    students = targets @ solve.T
    excess = np.mean((students - teachers) ** 2, axis=1)
    training = np.mean((targets - students @ x.T) ** 2, axis=1)
    for values, measured in ((excess, found.excess_risk), (training, found.training_error)):
        error = values.std() / len(values) ** 0.5
        assert measured.per_network[0, 0] == pytest.approx(values.mean(), abs=5 * error)


@tasks
def test_drawn_and_averaged_errors_have_one_mean_and_the_averaged_vary_less(task):
    run = {"ridges": [0.3], "networks": 2000, "seed": 2}
    drawn = regression.measure_errors(task, **run).excess_risk
    averaged = regression.measure_average_errors(task, **run).excess_risk
    gap = drawn.per_network - averaged.per_network
    assert abs(gap.mean()) < 5 * gap.std() / 2000**0.5
    assert averaged.per_network.std() < drawn.per_network.std() / 2


def test_the_best_ridge_has_less_risk_than_its_neighbours():
    best = float(regression.measure_best_ridge(LONG, networks=1, seed=1).estimate)
    ridges = [best / 1.01, best, best * 1.01]
    risk = regression.measure_average_errors(LONG, ridges=ridges, networks=1, seed=1).excess_risk
    assert np.argmin(risk.per_network[0]) == 1


@pytest.mark.parametrize("noise_variance", [1e-8, 1.0, 1e8])
def test_the_best_ridge_is_found_at_whatever_noise(noise_variance):
    task = dataclasses.replace(LONG, noise_variance=noise_variance)
    best = regression.measure_best_ridge(task, networks=5, seed=1).per_network
    np.testing.assert_allclose(best, noise_variance, rtol=1e-6)


def test_without_noise_no_ridge_is_best():
    task = dataclasses.replace(WIDE, noise_variance=0.0)
    assert not regression.measure_best_ridge(task, networks=5, seed=1).per_network.any()


def test_a_data_set_depends_on_seed_and_number_alone():
    whole = regression.measure_errors(WIDE, ridges=[0.3], networks=5, seed=1).excess_risk
    part = regression.measure_errors(WIDE, ridges=[0.3], networks=2, seed=1, first_network=3)
    np.testing.assert_array_equal(whole.per_network[3:], part.excess_risk.per_network)


def test_noise_changes_neither_inputs_nor_teacher():
    x, _, teacher = data(WIDE)
    other_x, _, other_teacher = data(dataclasses.replace(WIDE, noise_variance=4.0))
    np.testing.assert_array_equal(x, other_x)
    np.testing.assert_array_equal(teacher, other_teacher)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("dimension", 0, "dimension = 0: must be an integer >= 1"),
        ("samples", 1.5, "samples = 1.5: must be an integer >= 1"),
        ("noise_variance", -1, "noise_variance = -1: must be a number in"),
    ],
)
def test_a_task_out_of_range_is_refused(name, value, message):
    with pytest.raises((ValueError, TypeError), match=message):
        dataclasses.replace(WIDE, **{name: value})


def test_ridges_out_of_range_are_refused():
    for ridges, message in (
        ([], r"ridges = \[\]: must be a sequence of at least one value"),
        (0.1, r"ridges = 0\.1: must be a sequence of at least one value"),
        (np.array([0.1, -1.0]), r"ridges = -1\.0: must be a number in"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            regression.measure_errors(WIDE, ridges=ridges, networks=1, seed=1)
