"""Online students of every kind, at one start."""

import pytest

from numerics.order_parameters import Student, measure_online_learning

STUDENTS = [("bn", "relu", 0.25), ("bn", "erf", 0.25), ("wn", "relu", 0.0), ("sgd", "relu", 0.0)]
START = {"scale": 0.5, "overlap": 0.25, "norm": 1.25, "learning_rate": 1.5}


@pytest.fixture(params=STUDENTS, ids=lambda one: f"{one[0]}-{one[1]}")
def learner(request):
    """How a student learns."""
    return dict(zip(("method", "activation", "regularisation"), request.param, strict=True))


@pytest.fixture
def start():
    """Where it starts, and how fast it learns."""
    return dict(START)


@pytest.fixture
def learned():
    """Measures online students, by default four of a kind."""
    return _learned


def _learned(measure=measure_online_learning, **given):
    run = {"times": (0.5, 2.0), "networks": 4, "seed": 3, "first_network": 0}
    run.update({name: given.pop(name) for name in set(run) & set(given)})
    kind = {"method": "bn", "activation": "relu", "dimension": 12}
    return measure(Student(**{**kind, **START, **given}), **run)
