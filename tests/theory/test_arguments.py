"""What is given to a form and cannot be used is named in one line, whatever its kind."""

import fractions
import re

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory import catalogue, fisher, order_parameters
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


HUGE = {
    "an integer": -(10**4500),
    "a fraction": fractions.Fraction(-(10**4500), 7),
    "an integer of sympy": -(sympy.Integer(10) ** 4500),
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_number_that_python_does_not_write_is_shown_by_its_size(kind):
    refused(DomainError, r"survival = -1\.\d\d\de\+4(500|499) is not", depth=3, survival=HUGE[kind])
    refused(DomainError, "depth = -1.* is not an integer", depth=HUGE[kind], survival=0.5)
    moment, huge = fisher.backward_moment_bn, abs(HUGE[kind])
    with pytest.raises(
        DomainError, match=r"layer = .*e\+4\d\d\d is not an integer in \[0, depth\], de"
    ):
        moment(layer=huge, depth=3)


def test_an_integer_too_large_to_be_exact_is_shown_by_its_size():
    with pytest.raises(ValueError, match=r"depth = 1\.000e\+4500 is above 1000, too large to be"):
        MEAN.exact(depth=10**4500, survival=sympy.Rational(1, 2))


class WithUnits(np.ndarray):
    """As libraries of units make their arrays."""


UNUSABLE = {
    "units": (np.array([0.5]).view(WithUnits), "a WithUnits, of which only numbers would be left"),
    "matrix": (np.array([[0.5]]).view(np.matrix), "a matrix, of which only numbers"),
    "float8": (torch.tensor([0.5]).to(torch.float8_e4m3fn), "a tensor of 8-bit floats"),
    "sparse": (torch.tensor([[0.5, 0.0]]).to_sparse(), "a sparse or nested tensor"),
    "meta": (torch.zeros(2, device="meta"), "a meta or quantised tensor"),
    "masked": (np.ma.array([0.5, 0.5], mask=[False, True]), "a masked array"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_array_that_holds_no_plain_values_is_refused_by_name(kind):
    value, what = UNUSABLE[kind]
    refused(TypeError, f"survival is {what}", depth=3, survival=value)


NO_NUMBERS = {
    "a string": ("0.5", "= '0.5' is a str"),
    "strings": (np.array(["0.5"]), "holds str"),
    "bools": (np.array([True]), "holds bool"),
    "a tensor of bools": (torch.tensor([True]), "holds bool"),
    "a matrix of sympy": (sympy.Matrix([0.5, 0.5]), "= .* is a MutableDenseMatrix"),
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
def test_what_holds_no_numbers_is_refused_by_name(kind):
    value, what = NO_NUMBERS[kind]
    refused(TypeError, f"survival {what}", depth=3, survival=value)


def test_a_truth_value_is_no_number():
    refused(DomainError, "depth = True is not an integer", depth=True, survival=0.5)


def test_an_empty_array_has_an_empty_logarithm():
    for kind in (np.array, torch.tensor):
        assert MEAN.log(depth=kind([]), survival=0.5).shape == (0,)


def test_an_integer_beyond_every_float_is_named_where_a_function_takes_floats():
    form = order_parameters.overlap_over_time
    point = dict.fromkeys(form.domain, 0.5)
    with pytest.raises(ValueError, match=r"overlap_over_time: time exceeds every float"):
        form(**{**point, "time": 10**400})


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
