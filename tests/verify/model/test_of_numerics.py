"""Functions of numerics are called with what they take of a point, and read by their fields."""

import numpy as np
import pytest

from numerics.order_parameters import Student, measure_drift, measure_effective_rate
from verify.model import OfNumerics

POINT = {
    "network": "bn", "activation": "relu", "learning_rate": 0.5, "regularisation": 0.25, "Q": 0.5,
    "norm": 1.5, "size": 50, "unknown there": 3,
}  # fmt: skip
NAMES = {"method": "network", "scale": "Q", "dimension": "size"}
RUN = {"seed": 3, "first_network": 1, "networks": 4, "device": "cpu"}


def test_a_dataclass_is_made_of_values_by_name_and_its_fields_are_quantities():
    measure = OfNumerics("numerics.order_parameters:measure_drift", NAMES, {"overlap": 0.75})
    student = Student(
        method="bn", activation="relu", learning_rate=0.5, regularisation=0.25, scale=0.5,
        overlap=0.75, norm=1.5, dimension=50,
    )  # fmt: skip
    direct = measure_drift(student, seed=3, first_network=1, networks=4)
    drawn = measure(POINT, **RUN)
    assert set(drawn) == {"scale", "overlap", "norm"}
    for name, values in drawn.items():
        assert np.array_equal(values, getattr(direct, name).per_network)


def test_one_measurement_goes_by_the_names_that_it_is_given():
    function = "numerics.order_parameters:measure_effective_rate"
    drawn = OfNumerics(function, NAMES, quantities=("one", "other"))(POINT, **RUN)
    direct = measure_effective_rate(learning_rate=0.5, scale=0.5, norm=1.5, dimension=50, **RUN)
    assert set(drawn) == {"one", "other"}
    assert all(np.array_equal(one, direct.per_network) for one in drawn.values())
    assert set(OfNumerics(function, NAMES)(POINT, **RUN)) == {"value"}


def test_what_is_fixed_overrules_the_point():
    function = "numerics.order_parameters:measure_effective_rate"
    fixed, named = OfNumerics(function, NAMES, {"scale": 2.0}), OfNumerics(function, NAMES)
    assert np.array_equal(fixed(POINT, **RUN)["value"], named({**POINT, "Q": 2.0}, **RUN)["value"])


def test_what_stands_elsewhere_is_not_called_by_name():
    for name in ("theory.fisher:f", "numerics.fisher.f", "numerics.fisher:"):
        with pytest.raises(ValueError, match=r"must read package\.module:function, in numerics$"):
            OfNumerics(name)
