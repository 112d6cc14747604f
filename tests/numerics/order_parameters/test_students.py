"""Online students: exact in law, as gradient descent has them, and free of batching."""

import numpy as np
import pytest
import torch

from numerics.order_parameters.drift import (
    POINTS,
    lattice,
    measure_drift,
    measure_gaussian_averages,
)
from numerics.order_parameters.stability import (
    measure_balancing_rate,
    measure_effective_rate,
    measure_stability_limit,
)
from numerics.order_parameters.students import State, Student, measure_online_learning
from numerics.order_parameters.weights import measure_online_learning_of_weights, weight_step
from numerics.simulation.keyed import numpy_generator

STUDENTS = [("bn", "relu", 0.25), ("bn", "erf", 0.25), ("wn", "relu", 0.0), ("sgd", "relu", 0.0)]
QUANTITIES = ("scale", "overlap", "norm")
START = {"scale": 0.5, "overlap": 0.25, "norm": 1.25, "learning_rate": 1.5}
every_student = pytest.mark.parametrize(("method", "activation", "regularisation"), STUDENTS)


def learned(measure=measure_online_learning, **given):
    run = {"times": (0.5, 2.0), "networks": 4, "seed": 3, "first_network": 0}
    run.update({name: given.pop(name) for name in set(run) & set(given)})
    kind = {"method": "bn", "activation": "relu", "dimension": 12}
    return measure(Student(**{**kind, **START, **given}), **run)


@every_student
def test_three_numbers_have_the_law_that_they_have_under_real_weights(
    method, activation, regularisation
):
    given = {"method": method, "activation": activation, "regularisation": regularisation}
    reduced = learned(**given, networks=2000)
    real = learned(measure_online_learning_of_weights, **given, networks=1000, seed=4)
    for name in QUANTITIES:
        x, y = getattr(reduced, name), getattr(real, name)
        error = np.hypot(x.standard_error, y.standard_error)
        assert np.all(abs(x.estimate - y.estimate) < 4 * error)
        squares = [(one.per_network - one.estimate) ** 2 for one in (x, y)]
        spread = np.hypot(*(one.std(axis=0) / np.sqrt(len(one)) for one in squares))
        assert np.all(abs(squares[0].mean(axis=0) - squares[1].mean(axis=0)) < 4 * spread)


@every_student
def test_a_step_is_gradient_descent_in_w_and_nu(method, activation, regularisation):
    # nu = sqrt(N) gamma (eq 5): a gradient in gamma itself would lack the factor 1/N.
    size, rate = 7, 0.75
    teacher, w, x = torch.randn(
        3, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    x = x * torch.sign(x @ w)  # an active student
    nu = torch.tensor(0.5 * np.sqrt(size), dtype=torch.float64)
    w.requires_grad_()
    nu.requires_grad_()
    g = {"relu": torch.relu, "erf": lambda z: torch.erf(z / np.sqrt(2))}[activation]
    student = w @ x if method == "sgd" else nu * (w @ x) / w.norm()
    loss = (g(teacher @ x) - g(student)) ** 2 / 2 + regularisation * nu**2 / (2 * size)
    slopes = torch.autograd.grad(loss, [w, nu], allow_unused=True, materialize_grads=True)
    kind = {"method": method, "activation": activation, "regularisation": regularisation}
    learner = Student(**{**START, **kind, "learning_rate": rate, "dimension": size})
    rows = [one.detach()[None] for one in (w, nu / np.sqrt(size), teacher, x)]
    weights, scales = weight_step(learner, *rows)
    np.testing.assert_allclose(weights[0], (w - rate * slopes[0]).detach(), rtol=1e-12)
    moved = (nu - rate * slopes[1]).detach().numpy() / np.sqrt(size)
    np.testing.assert_allclose(scales[0], moved, rtol=1e-12)


@every_student
def test_a_step_in_three_numbers_is_that_of_the_weights(method, activation, regularisation):
    size = 9
    kind = {"method": method, "activation": activation, "regularisation": regularisation}
    student = Student(**{**START, **kind, "learning_rate": 2.0, "dimension": size})
    source = numpy_generator(seed=5, network=0)
    w, x = source.standard_normal((2, 1, size))
    teacher = np.sqrt(size) * np.eye(size)[0]
    scales = np.array([0.75])
    rows = (w, scales, teacher, x / np.sqrt(size))
    weights, after = weight_step(student, *map(torch.from_numpy, rows))

    along, rest = w[0, 0] / np.sqrt(size), w[0].copy()
    rest[0] = 0
    across = np.linalg.norm(rest) / np.sqrt(size)
    start = State(scale=scales, along=np.array([along]), across=np.array([across]))
    unit = w[0] / np.linalg.norm(w[0])
    towards = np.eye(size)[0] - unit[0] * unit
    a, b = unit @ x[0], towards @ x[0] / np.linalg.norm(towards)
    end = student.step(start, *(np.array([one]) for one in (a, b, x[0] @ x[0] - a**2 - b**2)))

    moved = weights[0].numpy() / np.sqrt(size)
    np.testing.assert_allclose(end.scale, after, rtol=1e-12)
    np.testing.assert_allclose(end.along, moved[0], rtol=1e-12)
    np.testing.assert_allclose(end.across, np.linalg.norm(moved[1:]), rtol=1e-12)


@pytest.mark.parametrize("measure", [measure_online_learning, measure_online_learning_of_weights])
def test_a_student_depends_on_seed_and_number_alone(measure):
    whole = learned(measure, networks=5)
    part = learned(measure, networks=2, first_network=3)
    other = learned(measure, networks=5, seed=4)
    for name in QUANTITIES:
        rows = getattr(whole, name).per_network
        np.testing.assert_array_equal(rows[3:], getattr(part, name).per_network)
        assert np.all(rows != getattr(other, name).per_network)
        assert len(np.unique(rows)) == rows.size


def test_a_student_passes_through_earlier_times_whatever_is_recorded():
    often, once = learned(times=(0.5, 1.0, 2.0)), learned(times=(2.0,))
    for name in QUANTITIES:
        np.testing.assert_array_equal(
            getattr(often, name).per_network[:, 2:], getattr(once, name).per_network
        )


def test_at_time_zero_a_student_is_as_prepared():
    start = learned(times=(0.0,))
    for name in QUANTITIES:
        np.testing.assert_allclose(getattr(start, name).per_network, START[name], rtol=1e-14)


def test_a_student_that_is_its_teacher_stays_so():
    same = learned(scale=1.0, overlap=1.0, norm=1.0)
    for name in QUANTITIES:
        np.testing.assert_array_equal(getattr(same, name).per_network, 1.0)


def test_without_a_learning_rate_nothing_moves():
    still = learned(learning_rate=0.0, regularisation=0.5)
    for name in QUANTITIES:
        np.testing.assert_allclose(getattr(still, name).per_network, START[name], rtol=1e-14)


def test_normalised_weights_only_grow():
    grown = learned(times=(0.5, 1.0, 2.0), networks=50).norm.per_network
    assert np.all(grown >= START["norm"])
    assert np.all(np.diff(grown, axis=1) >= 0)


def test_each_point_of_a_lattice_is_standard_normal():
    drawn = np.array([lattice(numpy_generator(seed=1, network=k)) for k in range(100)])
    assert drawn.shape == (100, 2, POINTS)
    # Any one point over the lattices: 100 independent inputs, and so 2 / sqrt(100) of the square.
    point = drawn[:, :, 100]
    assert np.all(abs(point.mean(axis=0)) < 0.4)
    assert np.all(abs(point.var(axis=0) - 1) < 0.6)
    np.testing.assert_allclose((drawn**2).mean(axis=(0, 2)), 1, atol=1e-3)
    np.testing.assert_allclose((drawn**4).mean(axis=(0, 2)), 3, atol=0.02)


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
    inputs = torch.tensor(s, requires_grad=True)
    output = torch_g(inputs)
    (slope,) = torch.autograd.grad(output.sum(), inputs)
    delta = slope.numpy() * (torch_g(torch.tensor(t)).numpy() - output.detach().numpy())
    found = measure_gaussian_averages(
        activation=activation, scale=0.75, overlap=overlap, networks=40, seed=2
    )
    for name, integrand in (("i1", delta * s), ("i2", delta**2), ("i3", delta * t)):
        average = getattr(found, name)
        # The kink of the teacher costs the rule the square of its step.
        allowed = 5 * average.standard_error + (step**2 / 4 if activation == "relu" else 1e-10)
        assert abs(average.estimate - (weight * integrand).sum()) < allowed


@every_student
def test_the_drift_is_that_of_many_students_after_one_step(method, activation, regularisation):
    given = {"method": method, "activation": activation, "regularisation": regularisation}
    drift = measure_drift(Student(**START, **given, dimension=20), networks=20, seed=1)
    runs = learned(**given, dimension=20, times=(0.05,), networks=5000)
    for name in QUANTITIES:
        expected = getattr(drift, name)
        start = START["norm"] if (method, name) == ("sgd", "scale") else START[name]
        change = 20 * (getattr(runs, name).per_network[:, 0] - start)
        error = change.std() / np.sqrt(len(change))
        if (method, name) != ("sgd", "scale"):
            assert abs(change.mean() - expected.estimate) < 4 * error


def test_the_boundary_of_one_step_is_where_runs_turn():
    # Runs come within 5/N of it.
    for activation in ("relu", "erf"):
        step = measure_balancing_rate(
            activation=activation, learning_rate=0.5, scale=1.0, norm=1.0, dimension=10**6,
            networks=10, seed=1,
        )  # fmt: skip
        for method in ("wn", "sgd"):
            runs = measure_stability_limit(
                method=method, activation=activation, dimension=250, time=1.0, networks=50, seed=1
            )
            error = 4 * np.hypot(step.standard_error, runs.standard_error)
            assert abs(runs.estimate / step.estimate - 1) < 0.02 + error


@pytest.mark.parametrize(("share", "grows"), [(0.8, False), (1.25, True)])
def test_a_deviation_shrinks_below_the_boundary_and_grows_above(share, grows):
    boundary = measure_balancing_rate(
        activation="relu",
        learning_rate=0.5,
        scale=1.0,
        norm=1.0,
        dimension=10**6,
        networks=1,
        seed=1,
    )
    start = 1 - 1e-8
    after = learned(
        method="wn",
        learning_rate=share * float(boundary.estimate),
        scale=1.0,
        overlap=start,
        norm=1.0,
        dimension=400,
        times=(3.0,),
        networks=20,
        seed=1,
    )
    assert np.all((after.overlap.per_network < start) == grows)


def test_the_boundary_lies_at_one_effective_learning_rate():
    first, second = (
        measure_balancing_rate(
            activation="relu", learning_rate=eta, scale=0.75, norm=norm, dimension=10**6,
            networks=20, seed=1,
        )
        for eta, norm in ((0.5, 1.0), (3.0, 2.0))
    )  # fmt: skip
    np.testing.assert_allclose(first.per_network, second.per_network, rtol=1e-4)


def test_measurements_of_stability_depend_on_seed_and_number_alone():
    step = {"learning_rate": 0.5, "scale": 0.75, "norm": 2.0, "dimension": 50}
    for measure, given in (
        (measure_balancing_rate, {"activation": "erf", **step}),
        (measure_effective_rate, step),
        (
            measure_stability_limit,
            {"method": "wn", "activation": "relu", "dimension": 9, "time": 1},
        ),
    ):
        whole = measure(**given, networks=4, seed=1).per_network
        part = measure(**given, networks=2, first_network=2, seed=1).per_network
        np.testing.assert_array_equal(whole[2:], part)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "batch"}, "method = 'batch': must be one of 'bn', 'wn', 'sgd'"),
        ({"activation": "tanh"}, "activation = 'tanh': must be one of 'relu', 'erf'"),
        ({"overlap": 1.5}, r"overlap = 1.5: must be a number in \[-1, 1\]"),
        ({"dimension": 2}, "dimension = 2: must be an integer >= 3"),
        ({"norm": 0}, "norm = 0: must be a number in"),
        ({"scale": -1.0}, "scale = -1.0: must be a number in"),
        ({"learning_rate": -0.5}, "learning_rate = -0.5: must be a number in"),
        ({"times": (2.0, 1.0)}, r"times = \(2.0, 1.0\): must be numbers in increasing order"),
        ({"times": ()}, r"times = \(\): must be a sequence of at least one"),
        ({"times": 1.0}, "times = 1.0: must be a sequence of at least one"),
        ({"learning_rate": np.array([1.0, 2.0])}, r"learning_rate = array.*: must be a number in"),
        ({"first_network": 2**70}, f"first_network = {2**70}: must be an integer in"),
        ({"seed": 2**70}, f"seed = {2**70}: must be an integer in"),
        ({"method": "wn", "regularisation": 0.5}, "regularisation = 0.5: must be a number in"),
    ],
)
@pytest.mark.parametrize("measure", [measure_online_learning, measure_online_learning_of_weights])
def test_a_wrong_argument_is_named(measure, given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        learned(measure, **given)
