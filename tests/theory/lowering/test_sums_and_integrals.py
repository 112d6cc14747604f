"""Sums, products and integrals in a formula: their values, and the names of what they run over."""

import math

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.parameters import Parameter

X = Parameter("x", "x", Reals(), "a real number", (0.0, 1.0))
x = X.symbol
k, t = sympy.Symbol("k", integer=True), sympy.Symbol("t", real=True)


def form(expression: sympy.Expr) -> ClosedForm:
    return ClosedForm(
        name="toy", expr=expression, paper="luo2018", where="eq 1", status="derived",
        parameters=(X,),
    )  # fmt: skip


PEAK = sympy.exp(-(((t - sympy.Rational(1, 3)) / x) ** 2)) / (x * sympy.sqrt(sympy.pi))
JUMP = sympy.Piecewise((x, abs(t - sympy.Rational(1, 3)) < sympy.Rational(1, 1000)), (0, True))
DECEIVING = {
    "a peak": (sympy.Integral(PEAK, (t, -1, 1)), 0.001),
    "a narrower peak": (sympy.Integral(PEAK, (t, -1, 1)), 0.0001),
    "a peak far out": (sympy.Integral(sympy.exp(-1000 * (t - 50) ** 2), (t, 0, x)), 1000.0),
    "two jumps": (sympy.Integral(JUMP, (t, 0, 1)), 1.0),
}


@pytest.mark.parametrize("kind", [float, np.array, torch.tensor, mpmath.mpf])
@pytest.mark.parametrize("name", DECEIVING)
def test_an_integral_whose_peak_is_missed_is_refused_and_not_zero(name, kind):
    expression, point = DECEIVING[name]
    with pytest.raises(TypeError, match=r"no value of Integral.*(does not converge|two attempts)"):
        form(expression).value(x=kind(point))


def test_an_integral_may_be_zero_or_of_any_size():
    assert form(sympy.Integral(sympy.sin(t), (t, -x, x))).value(x=1.0) == 0
    gaussian = form(sympy.Integral(x * sympy.exp(-(t**2)), (t, -sympy.oo, sympy.oo)))
    for size in (1e-40, 1.0, 1e40):
        assert gaussian.value(x=size) == pytest.approx(size * math.sqrt(math.pi), rel=1e-15)


@pytest.mark.parametrize("kind", [float, np.array, torch.tensor, mpmath.mpf])
def test_sums_whose_last_index_is_below_their_first_are_sympys(kind):
    total, product = sympy.Sum(k, (k, 1, x)), sympy.Product(k, (k, 3, x))
    for expression, point, expected in ((total, -5, 10), (total, 0, 0), (product, 0, 0.5)):
        one = form(expression)
        assert one.exact(x=point) == sympy.Rational(expected)
        assert float(one.value(x=kind(float(point)))) == expected


@pytest.mark.parametrize("letter", [t, sympy.Symbol("t"), t + 1], ids=repr)
def test_a_symbol_given_to_a_form_is_not_the_index_of_its_sum_or_integral(letter):
    integral = form(sympy.Integral(x * t, (t, 0, 1)))
    assert sympy.expand(integral.value(x=letter).doit() - letter / 2) == 0
    total = form(sympy.Sum(x * t, (t, 0, 3)))
    assert sympy.expand(total.value(x=letter).doit() - 6 * letter) == 0
    nested = form(sympy.Integral(sympy.Sum(x * t, (t, 0, 3)) * t, (t, 0, x)))
    assert sympy.expand(nested.value(x=letter).doit() - 3 * letter**3) == 0


def test_an_index_of_another_name_keeps_it():
    y = sympy.Symbol("y", real=True)
    assert form(sympy.Sum(x * t, (t, 0, 3))).value(x=y) == sympy.Sum(y * t, (t, 0, 3))
    limits = form(sympy.Integral(x, (x, 0, x)))
    assert limits.value(x=x).doit() == x**2 / 2
    assert limits.value(x=y).doit() == y**2 / 2
