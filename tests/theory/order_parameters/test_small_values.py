"""Values of order parameters that are small because their terms cancel."""

import math
import random

import mpmath
import numpy as np
import pytest
import torch

from theory import order_parameters
from theory.closed_form import ClosedForm

BELOW_ONE = 1 - 2**-53
CANCELLING = {
    "sgd_norm_velocity": {"learning_rate": 2, "R": 1e-4, "norm": 1e20},
    "norm_velocity_erf": {"learning_rate": 1, "Q": 1 - 1e-8, "R": 1, "norm": 1},
    "i2_relu": {"Q": 1.00000001, "R": 1},
    "i2_erf": {"Q": 1.00000001, "R": 1},
    "norm_eigenvalue": {"learning_rate": 2, "regularisation": 1e-100, "norm": 1},
    "scale_velocity": {
        "learning_rate": 1e30, "regularisation": 0, "Q": BELOW_ONE, "R": BELOW_ONE,
    },
}  # fmt: skip


def from_its_definition(form: ClosedForm, point: dict) -> float:
    """The formula as it is printed, to 300 digits."""
    with mpmath.workdps(300):
        precise = {name: mpmath.mpf(value) for name, value in point.items()}
        return float(_printed(form)(**precise))


def _printed(form: ClosedForm) -> ClosedForm:
    return ClosedForm(
        name="printed", expr=form.expr, paper=form.paper, where=form.where, status="derived",
        parameters=form.parameters,
    )  # fmt: skip


KINDS = {
    "number": float,
    "numpy": np.float64,
    "torch": lambda value: torch.tensor(float(value), dtype=torch.float64),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CANCELLING)
def test_what_is_left_when_terms_cancel_has_its_digits(name, kind):
    form, point = getattr(order_parameters, name), CANCELLING[name]
    expected = from_its_definition(form, point)
    assert expected != 0
    value = form.value(**{key: KINDS[kind](one) for key, one in point.items()})
    assert float(value) == pytest.approx(expected, rel=1e-14, abs=0)


def drawn(form: ClosedForm, random_numbers: random.Random) -> dict:
    """A point where the student is near the teacher as often as not."""

    def decade(low: float, high: float) -> float:
        return 10 ** random_numbers.uniform(low, high)

    kinds = {
        "R": lambda: [1.0, -1.0, 0.0, random_numbers.uniform(-1, 1), 1 - decade(-16, 0)],
        "Q": lambda: [1.0, 1 + decade(-16, 0), 1 - decade(-16, -0.1), decade(-9, 9)],
        "learning_rate": lambda: [1.0, 2.0, decade(-4, 4)],
        "regularisation": lambda: [0.0, decade(-4, 4)],
    }
    kinds["norm"] = kinds["Q"]
    return {name: random_numbers.choice(kinds[name]()) for name in form.domain}


@pytest.mark.parametrize("name", ["i2_relu", "i2_erf", "norm_velocity", "norm_velocity_erf"])
def test_a_mean_square_has_its_digits_wherever_student_and_teacher_are(name):
    form, numbers = getattr(order_parameters, name), random.Random(0)
    for _ in range(100):
        point = drawn(form, numbers)
        expected = from_its_definition(form, point)
        assert form(**point) == pytest.approx(expected, rel=1e-14, abs=1e-300), point


@pytest.mark.parametrize("name", ["i1_relu", "scale_velocity", "sgd_norm_velocity"])
def test_what_changes_sign_has_its_digits_near_the_teacher(name):
    form, numbers = getattr(order_parameters, name), random.Random(0)
    for _ in range(100):
        point = drawn(form, numbers) | {"R": 1 - 10 ** numbers.uniform(-16, -4)}
        for scale in {"Q", "norm"} & point.keys():
            point[scale] = 1 - 10 ** numbers.uniform(-16, -4)
        expected = from_its_definition(form, point)
        scale = point["Q"] if "Q" in point else point["norm"]
        away = abs(point["R"] - scale) / max(1 - point["R"], 1 - scale)
        if away > 1e-3:  # else the difference of two numbers that are near each other
            assert math.isclose(form(**point), expected, rel_tol=1e-11), point


@pytest.mark.parametrize("name", ["overlap_velocity", "overlap_velocity_erf"])
def test_the_pull_towards_the_teacher_has_its_digits_near_it(name):
    form, numbers = getattr(order_parameters, name), random.Random(0)
    for _ in range(100):
        # With a rate this small the push away from the teacher is nothing beside the pull.
        point = drawn(form, numbers) | {"learning_rate": 1e-40, "norm": 1.0}
        expected = from_its_definition(form, point)
        if 1 - abs(point["R"]) > 1e-17:
            assert form(**point) == pytest.approx(expected, rel=1e-12, abs=1e-300), point
