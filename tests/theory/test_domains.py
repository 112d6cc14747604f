import fractions
import math

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from theory.domains import Integers, OneOf, Reals

ONE_TO_DEPTH = Integers(1, "depth")
UNIT = Reals(0, 1)
POSITIVE = Reals(0, low_open=True)


@pytest.mark.parametrize("value", [1, 1.0, np.float64(2), np.int64(3), mpmath.mpf(4), 10**400])
def test_integral_numbers_of_any_type_are_integers(value):
    assert Integers(1).contains(value)


@pytest.mark.parametrize(
    "value",
    [True, False, math.nan, math.inf, mpmath.nan, mpmath.inf, sympy.nan, sympy.oo, 1j, sympy.I],
)
@pytest.mark.parametrize("domain", [Integers(0), Reals(0), Reals()])
def test_booleans_nan_infinities_and_complex_numbers_are_members_of_nothing(domain, value):
    assert not domain.contains(value)


@pytest.mark.parametrize("value", [0, 1.5, -3, fractions.Fraction(3, 2), sympy.Rational(5, 2)])
def test_numbers_below_or_between_are_not_members(value):
    assert not Integers(1).contains(value)


def test_closed_ends_belong_and_open_ends_do_not():
    assert UNIT.contains(0)
    assert UNIT.contains(1)
    assert not POSITIVE.contains(0)
    half_open = Reals(0, 1, high_open=True)
    assert half_open.contains(0)
    assert not half_open.contains(1)
    assert half_open.contains_each(np.array([0.0, 1.0])).tolist() == [True, False]
    assert POSITIVE.contains_each(np.array([0.0, 5e-324])).tolist() == [False, True]


POSITIVE_SYMBOL = sympy.Symbol("n", positive=True)


@pytest.mark.parametrize(
    ("domain", "expression"),
    [
        (Integers(1), sympy.Symbol("L", negative=True)),
        (Integers(1), sympy.Symbol("L", zero=True)),
        (Integers(1), sympy.Symbol("L", infinite=True)),
        (Integers(), sympy.Symbol("L", integer=False)),
        (Integers(), sympy.Symbol("k", integer=True) + sympy.Rational(1, 2)),
        (UNIT, 1 + POSITIVE_SYMBOL),
        (UNIT, -POSITIVE_SYMBOL),
        (POSITIVE, sympy.Symbol("x", zero=True)),
        (Reals(0, 1, high_open=True), 1 + sympy.Symbol("q", nonnegative=True)),
        (Reals(), sympy.I * POSITIVE_SYMBOL),
        (OneOf("relu"), sympy.Symbol("relu")),
    ],
)
def test_an_expression_that_sympy_knows_to_lie_elsewhere_is_excluded(domain, expression):
    assert domain.excludes(expression)


@pytest.mark.parametrize("domain", [Integers(1), UNIT, POSITIVE, Reals(0, 1, high_open=True)])
@pytest.mark.parametrize("known", [{}, {"real": True}, {"positive": True}, {"integer": True}])
def test_an_expression_that_may_be_a_member_is_not_excluded(domain, known):
    assert not domain.excludes(sympy.Symbol("x", **known))


def test_an_expression_beyond_another_parameter_is_excluded():
    depth = sympy.Symbol("L", positive=True)
    assert ONE_TO_DEPTH.excludes(depth + 1, {"depth": depth})
    assert not ONE_TO_DEPTH.excludes(depth, {"depth": depth})
    assert not ONE_TO_DEPTH.excludes(sympy.Symbol("l"), {"depth": depth})


def test_an_endpoint_can_be_another_parameter():
    assert ONE_TO_DEPTH.depends_on == ("depth",)
    assert ONE_TO_DEPTH.contains(3, {"depth": 3})
    assert not ONE_TO_DEPTH.contains(4, {"depth": 3})
    layers = np.array([1, 2, 3])
    assert ONE_TO_DEPTH.contains_each(layers, {"depth": np.array([1, 1, 3])}).tolist() == [
        True,
        False,
        True,
    ]


def test_an_endpoint_that_is_not_given_does_not_bound():
    assert ONE_TO_DEPTH.contains(10**9)
    assert ONE_TO_DEPTH.endpoints() == (1, float("inf"))


def test_arrays_are_checked_element_by_element():
    values = np.array([0.0, 1.0, 1.5, np.nan, np.inf, -np.inf])
    assert Integers(1).contains_each(values).tolist() == [False, True, False, False, False, False]
    assert UNIT.contains_each(values).tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (Integers(1), "an integer >= 1"),
        (ONE_TO_DEPTH, "an integer in [1, depth]"),
        (UNIT, "a real number in [0, 1]"),
        (Reals(0, "top", low_open=True), "a real number in (0, top]"),
        (Reals(0, 1, high_open=True), "a real number in [0, 1)"),
        (POSITIVE, "a real number > 0"),
        (Reals(0), "a real number >= 0"),
        (Reals(high=1), "a real number <= 1"),
        (Reals(high=1, high_open=True), "a real number < 1"),
        (Reals(), "a real number"),
    ],
)
def test_a_domain_describes_itself(domain, words):
    assert domain.describe() == words


@pytest.mark.parametrize("domain", [Integers(3, 40), Integers(), UNIT, POSITIVE, Reals(high=-2.0)])
def test_members_are_drawn_from_the_domain_with_its_ends_among_them(domain):
    drawn = set()

    @settings(derandomize=True, database=None, deadline=None, max_examples=300)
    @given(domain.members())
    def collect(value):
        assert domain.contains(value)
        drawn.add(value)

    collect()
    assert {end for end in domain.endpoints() if domain.contains(end)} <= drawn
    assert len(drawn) > 20


def test_members_stay_below_an_end_that_is_another_parameter():
    @settings(derandomize=True, database=None, deadline=None)
    @given(ONE_TO_DEPTH.members({"depth": 3}))
    def check(value):
        assert value in (1, 2, 3)

    check()


ACTIVATIONS = OneOf("relu", "tanh", "sigmoid")


def test_a_few_names_are_a_domain_without_ends():
    assert ACTIVATIONS.contains("tanh")
    assert not any(ACTIVATIONS.contains(value) for value in ("erf", "", 1, None, ["relu"]))
    assert ACTIVATIONS.endpoints({"depth": 3}) == (None, None)
    assert ACTIVATIONS.depends_on == ()
    assert ACTIVATIONS.describe() == "one of 'relu', 'tanh' or 'sigmoid'"
    assert OneOf("relu").describe() == "'relu'"
    assert OneOf("relu", "tanh", "sigmoid") == ACTIVATIONS


def test_every_name_is_drawn_and_no_other():
    drawn = set()

    @settings(derandomize=True, database=None, deadline=None)
    @given(ACTIVATIONS.members())
    def collect(value):
        drawn.add(value)

    collect()
    assert drawn == {"relu", "tanh", "sigmoid"}


DEPTHS = OneOf(128, 256, 512)


def test_a_few_numbers_are_a_domain_with_ends():
    assert all(DEPTHS.contains(value) for value in (128, 256.0, np.float64(512), mpmath.mpf(256)))
    assert not any(DEPTHS.contains(value) for value in (129, "128", None, math.nan, True))
    assert not OneOf(1, 2).contains(True)
    assert DEPTHS.contains_each(np.array([128, 129, 512])).tolist() == [True, False, True]
    assert DEPTHS.endpoints() == (128, 512)
    assert DEPTHS.describe() == "one of 128, 256 or 512"
    assert not DEPTHS.excludes(sympy.Symbol("L"))


@pytest.mark.parametrize(
    "values", [(), ("relu", "relu"), ("relu", 1), (1, 1.0), (1, math.inf), (True,), (None,)]
)
def test_members_are_names_or_numbers_given_once_each(values):
    with pytest.raises(ValueError, match="must be names, or finite numbers, each once"):
        OneOf(*values)
