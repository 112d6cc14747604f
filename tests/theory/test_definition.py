"""A definition that cannot be right is refused where it is written, in one line."""

import dataclasses
import pickle

import pytest
import sympy

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.reading import Reading


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


def reading(**fields) -> Reading:
    return Reading(**{"says": "x", "kind": "slip of print", "consequence": "the line"} | fields)


def test_a_reading_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind = 'typo': must be one of 'slip of print'"):
        reading(kind="typo")


@pytest.mark.parametrize("name", ["says", "consequence"])
def test_a_reading_without_what_it_must_say_is_refused(name):
    with pytest.raises(ValueError, match="says and consequence must be given"):
        reading(**{name: ""})


@pytest.mark.parametrize("text", ["It is so.", "two\nlines"])
@pytest.mark.parametrize("name", ["says", "shows", "consequence", "convention", "cause", "true_if"])
def test_a_text_of_a_reading_is_one_line_without_its_full_stop(name, text):
    with pytest.raises(ValueError, match=f"{name} = .*: must be one line without its full stop"):
        reading(**{name: text})


def test_a_regime_in_what_is_no_parameter_is_refused():
    with pytest.raises(ValueError, match="toy: the regime of its reading names y, no parameter"):
        form(reading=reading(regime={"y": Integers(2)}))


def test_a_reading_tells_what_there_is_in_order_and_changes_no_value():
    read = form(reading=reading(shows="half of it", cause="lost", regime={"x": Reals(2, 3)}))
    assert list(read.reading.told.items()) == [
        ("the paper says", "x"),
        ("the formula", "half of it"),
        ("kind", "slip of print"),
        ("consequence", "the line"),
        ("regime", "x a real number in [2, 3]"),
        ("cause", "lost"),
    ]
    assert read.digest == form().digest
    assert hash(read) == hash(dataclasses.replace(read))
    assert pickle.loads(pickle.dumps(read)) == read
