"""A definition that cannot be right is refused where it is written, in one line."""

import pytest
import sympy

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.parameters import Parameter


def parameter(name: str, letter: str, domain: Integers | Reals) -> Parameter:
    return Parameter(name, letter, domain, "a number", (1, 2))


X = parameter("x", "x", Reals())
x = X.symbol


def form(**fields) -> ClosedForm:
    plain = {"name": "toy", "expr": x, "paper": "luo2018", "where": "eq 1", "status": "derived"}
    return ClosedForm(**plain | {"parameters": (X,)} | fields)


@pytest.mark.parametrize("name", ["not a name", "1st", "", "a-b", 3])
def test_a_name_that_python_cannot_read_is_refused(name):
    with pytest.raises(ValueError, match=r"name = .*: must be a name as Python has them"):
        form(name=name)


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="toy: status = 'wrong': must be one of 'printed'"):
        form(status="wrong")


@pytest.mark.parametrize("field", ["expr", "stable"])
@pytest.mark.parametrize("formula", [3, "x + 1", sympy.Eq(x, 1), sympy.true, x > 0], ids=repr)
def test_a_formula_that_is_no_expression_is_refused(field, formula):
    with pytest.raises(TypeError, match=f"toy: {field} = .* give a formula of sympy"):
        form(**{field: formula})


def test_two_parameters_of_one_letter_or_name_are_refused():
    with pytest.raises(ValueError, match="toy: two parameters have the letter x"):
        form(parameters=(X, parameter("y", "x", Reals())))
    with pytest.raises(ValueError, match="toy: two parameters have the name x"):
        form(parameters=(X, parameter("x", "y", Reals())))


@pytest.mark.parametrize("end", ["nope", "x"])
def test_an_end_that_is_no_other_parameter_is_refused(end):
    bounded = parameter("x", "x", Reals(0, end))
    with pytest.raises(ValueError, match=f"toy: x is .*, and {end} is no other parameter"):
        form(expr=bounded.symbol, parameters=(bounded,))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Reals(3, 1),
        lambda: Reals(1, 1, low_open=True),
        lambda: Integers(3, 1),
        lambda: Integers(1.2, 1.7),
    ],
)
def test_an_empty_domain_is_refused(make):
    with pytest.raises(ValueError, match=r"low = .*, high = .*: there is no member in between"):
        make()


def test_a_parameter_may_be_called_self():
    mine = parameter("self", "s", Reals())
    one = form(expr=2 * mine.symbol, parameters=(mine,))
    assert one(self=1.5) == one.value(self=1.5) == 3
    assert one.exact(self=1.5) == sympy.Integer(3)
    assert one.log(self=0.5) == 0
    one.check(self=1)
