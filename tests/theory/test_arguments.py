"""What is given to a form and cannot be used is named in one line, whatever its kind."""

import re

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory import catalogue, fisher
from theory.domains import DomainError

MEAN = fisher.mean_eigenvalue_stochastic_depth
ID = "fisher.mean_eigenvalue_stochastic_depth"


def refused(error: type[Exception], message: str, **values) -> None:
    for call in (MEAN, MEAN.value, MEAN.log, MEAN.check):
        with pytest.raises(error, match=f"^{re.escape(ID)}: {message}") as caught:
            call(**values)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("beside", [3, np.array([3]), torch.tensor([3]), mpmath.mpf(3)], ids=type)
def test_a_complex_number_of_sympy_is_outside_the_domain_beside_every_kind(beside):
    refused(DomainError, "survival = I is not a real number", depth=beside, survival=sympy.I)


def test_a_number_that_sympy_cannot_compare_is_named():
    one = sympy.sin(1) ** 2 + sympy.cos(1) ** 2
    refused(TypeError, "survival = .* cannot be compared", depth=3, survival=one)


UNUSABLE = {
    "sparse": (torch.tensor([[0.5, 0.0]]).to_sparse(), "a sparse or nested tensor"),
    "meta": (torch.zeros(2, device="meta"), "a meta or quantised tensor"),
    "masked": (np.ma.array([0.5, 0.5], mask=[False, True]), "a masked array"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_array_that_holds_no_plain_values_is_refused_by_name(kind):
    value, what = UNUSABLE[kind]
    refused(TypeError, f"survival is {what}", depth=3, survival=value)


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_shapes_that_do_not_broadcast_are_named(kind):
    message = r"the shapes do not broadcast: depth has \(2,\), survival has \(3,\)"
    refused(ValueError, message, depth=kind([3, 4]), survival=kind([0.1, 0.2, 0.3]))


def test_the_exact_value_takes_one_number_of_any_kind():
    kinds = (3, 3.0, mpmath.mpf(3), np.array(3), np.int64(3), torch.tensor(3), sympy.Integer(3))
    for depth in kinds:
        assert MEAN.exact(depth=depth, survival=0.5) == sympy.Rational(81, 64)
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
        exact = MEAN.exact(depth=1, survival=third)
        assert mpmath.almosteq(mpmath.mpf(exact.p) / exact.q, MEAN(depth=1, survival=third))


@pytest.mark.parametrize(
    "depth", [np.array([3]), torch.tensor([3, 4]), sympy.Symbol("n")], ids=type
)
def test_what_has_no_exact_value_is_named(depth):
    with pytest.raises(TypeError, match=f"{ID}: depth = .* has no exact value; give one number"):
        MEAN.exact(depth=depth, survival=0.5)


@pytest.mark.parametrize("form", [form for form in catalogue() if form.parameters], ids=str)
@pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
def test_long_doubles_give_the_values_of_floats(form):
    point = {item.name: item.typical[0] for item in form.parameters}
    if "numpy" not in getattr(form, "kinds", ("numpy",)):
        return
    wide = {
        name: np.array([value], dtype=None if isinstance(value, str) else np.longdouble)
        for name, value in point.items()
    }
    value = form.value(**wide)
    assert value.dtype == np.float64
    assert value[0] == pytest.approx(form.value(**point), rel=1e-14)
