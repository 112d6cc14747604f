"""What has no formula shows callers the face of a closed form, and lives and dies with its code."""

import copy
import dataclasses
import fractions
import importlib.util
import math
import pickle
import sys

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import DomainError, Reals
from theory.form import RefutedFormWarning
from theory.papers import Paper
from theory.parameters import DEPTH, WIDTH, Parameter

RATE = Parameter("rate", "r", Reals(0), "growth of one step", (0.25, 0.75))
NOTES = Paper("notes2026", ("A. Reader",), "Notes", 2026, "notes")
r, L = RATE.symbol, DEPTH.symbol
CITED = {"paper": NOTES, "where": "Lemma 1", "status": "derived"}

step = ClosedForm(name="step", expr=1 + r, parameters=(RATE,), **CITED)


@computed(
    parameters=(RATE, DEPTH), of=(step,), kinds=("number", "numpy", "mpmath"), precision=1e-14,
    symbol=sympy.Function("G")(L), assumptions=("steps alike",), grows=(WIDTH,),
    remainder=L / WIDTH.symbol, superseded_by="wealth", **CITED,
)  # fmt: skip
def growth(step, *, rate, depth):
    """The product of L steps.

    By multiplying them.

    One by one.
    """
    found = 1
    for _ in range(int(depth)):
        found *= step.value(rate=rate)
    return found


def root(*, rate):
    """The root of rate minus two."""
    return math.sqrt(rate - 2)


def made(function, **fields):
    terms = {"parameters": (RATE,), "symbol": sympy.Symbol("G"), **CITED, **fields}
    return computed(**terms)(function)


ROOT = made(root)


# Its face -------------------------------------------------------------------------------------


def test_its_docstring_is_its_meaning_and_its_derivation():
    assert growth.name == growth.id == "growth"
    assert growth.meaning == "the product of L steps"
    assert growth.formula == "G(L), the product of L steps"
    assert growth.derivation == "By multiplying them. One by one."
    assert growth.finite_size == "O(L/D)"
    assert "Holds as D -> oo, up to O(L/D)." in growth.__doc__
    assert "Takes numbers, numpy arrays and mpmath numbers, right to 1e-14" in growth.__doc__


def test_a_superseded_form_warns_and_names_its_successor():
    with pytest.warns(RefutedFormWarning, match=r"growth is refuted .* use wealth"):
        assert growth(rate=1, depth=3) == 8
    assert growth.value(rate=1, depth=3) == 8
    with pytest.raises(TypeError, match=r"growth\(\*, rate, depth\): give 1 by name"):
        growth(1, depth=3)


# Its values -----------------------------------------------------------------------------------


def test_numbers_of_every_type_give_a_float():
    half = (0.5, fractions.Fraction(1, 2), sympy.Rational(1, 2))
    values = [growth.value(rate=x, depth=n) for x in half for n in (2, 2.0, sympy.Integer(2))]
    assert {type(value) for value in values} == {float}
    assert set(values) == {2.25}


def test_arrays_broadcast_and_are_worked_out_element_by_element():
    rates, depths = np.array([[0.5], [1.0]]), np.array([1, 2, 3])
    value = growth.value(rate=rates, depth=depths)
    np.testing.assert_array_equal(value, (1 + rates) ** depths)
    np.testing.assert_allclose(growth.log(rate=rates, depth=depths), np.log(value), rtol=1e-15)
    assert isinstance(growth.value(rate=np.float32(0.5), depth=2), np.float64)
    assert growth.value(rate=np.zeros((0, 2)), depth=2).shape == (0, 2)


def test_an_integer_reaches_the_function_as_one():
    def chosen(*, depth):
        """The entry of a row."""
        return [5, 7, 9][depth]

    form = made(chosen, parameters=(DEPTH,))
    assert form.value(depth=2.0) == 9
    np.testing.assert_array_equal(form.value(depth=np.array([1.0, 2.0])), [7, 9])


def test_mpmath_numbers_are_right_to_the_precision_in_force():
    with mpmath.workdps(50):
        value = growth.value(rate=mpmath.mpf(1) / 3, depth=3)
        assert mpmath.almosteq(value, mpmath.mpf(64) / 27, rel_eps=mpmath.mpf("1e-49"))
        log = growth.log(rate=mpmath.mpf(1), depth=1)
        assert mpmath.almosteq(log, mpmath.log(2), rel_eps=mpmath.mpf("1e-49"))


def test_the_logarithm_is_finite_where_the_value_overflows_if_the_function_takes_mpmath():
    assert growth.value(rate=1, depth=5000) == math.inf
    assert growth.log(rate=1, depth=5000) == pytest.approx(5000 * math.log(2), rel=1e-15)
    plain = dataclasses.replace(growth, kinds=("number",))
    assert plain.log(rate=1, depth=5000) == math.inf

    def power(*, depth):
        """The power of two."""
        return 2.0**depth if type(depth) is int else mpmath.mpf(2) ** depth

    raising = made(power, parameters=(DEPTH,), kinds=("number", "mpmath"))
    assert raising.value(depth=5000) == math.inf
    assert raising.log(depth=5000) == pytest.approx(5000 * math.log(2), rel=1e-15)
    with pytest.raises(ValueError, match=r"power: has no value there: .*out of range"):
        dataclasses.replace(raising, kinds=("number",)).value(depth=5000)


def test_the_logarithm_of_what_is_negative_or_zero():
    def below(*, rate):
        """One less."""
        return rate - 1

    form = made(below)
    assert form.log(rate=1.0) == -math.inf
    for kind in (float, np.array):
        with pytest.raises(ValueError, match="below: is negative there"):
            form.log(rate=kind(0.5))


def test_other_kinds_of_number_are_refused_by_name():
    for value, kind in ((torch.tensor(0.5), "torch"), (sympy.Symbol("x"), "symbol")):
        with pytest.raises(TypeError) as error:
            growth.value(depth=2, rate=value)
        assert str(error.value) == (
            f"growth: rate is a {kind} argument; give numbers, numpy arrays and mpmath numbers"
        )
    with pytest.raises(TypeError, match="root: rate is a mpmath argument; give numbers and numpy"):
        ROOT.value(rate=mpmath.mpf(3))
    with pytest.raises(TypeError, match="rate = '3' is a str"):
        ROOT.value(rate="3")


def test_values_outside_the_domain_and_wrong_names_are_refused_before_the_function_runs():
    for rate in (-1.0, math.nan, np.array([0.5, -1.0])):
        for evaluate in (growth.value, growth.log, growth.check):
            with pytest.raises(DomainError, match=r"growth: rate = .* is not a real number >= 0"):
                evaluate(rate=rate, depth=2)
    with pytest.raises(TypeError, match=r"growth\(\*, rate, depth\): unknown width, missing depth"):
        growth.value(rate=0.5, width=2)


def test_where_the_function_has_no_value_one_line_says_so():
    with pytest.raises(ValueError, match="root: has no value there: math domain error") as error:
        ROOT.value(rate=1.0)
    assert isinstance(error.value.__cause__, ValueError)

    def turned(*, rate):
        """The root, which may be imaginary."""
        return (rate - 2) ** 0.5

    def lost(*, rate):
        """No number."""
        return rate * math.nan

    for function in (turned, lost):
        with pytest.raises(
            ValueError, match=rf"{function.__name__}: has no real value there \(rate=1\)"
        ):
            made(function).value(rate=1.0)


# What it is made of ---------------------------------------------------------------------------


def test_its_parts_can_be_replaced_by_formulas_and_by_forms():
    mutant = growth.with_parts(step=1 + 2 * r)
    assert mutant.value(rate=1, depth=2) == 9
    assert growth.value(rate=1, depth=2) == 4
    other = dataclasses.replace(step, name="other", expr=1 + 3 * r)
    assert growth.with_parts(step=other).value(rate=1, depth=2) == 16
    assert growth.with_parts() == growth
    assert len({growth.digest, mutant.digest, growth.with_parts(step=other).digest}) == 3
    assert growth.with_parts(step=1 + 2 * r).digest == mutant.digest


def test_a_computed_part_is_replaced_by_a_form():
    def twice(growth, *, rate, depth):
        """Twice the growth."""
        return 2 * growth.value(rate=rate, depth=depth)

    form = made(twice, parameters=(RATE, DEPTH), of=(growth,))
    mutant = growth.with_parts(step=2 + r)
    assert form.value(rate=1, depth=1) == 4
    assert form.with_parts(growth=mutant).value(rate=1, depth=1) == 6
    assert form.digest != form.with_parts(growth=mutant).digest
    with pytest.raises(TypeError, match="growth: is computed; replace it by a form"):
        form.with_parts(growth=1 + r)


def test_what_cannot_replace_a_part_is_named():
    with pytest.raises(ValueError, match=r"growth: stride is none of its parts; .* made of step"):
        growth.with_parts(stride=1 + r)
    with pytest.raises(ValueError, match="growth: has rate, depth; step has rate"):
        growth.with_parts(step=growth)
    with pytest.raises(ValueError, match="the letter L of the formula is no parameter"):
        growth.with_parts(step=1 + L)


def test_a_part_without_a_value_is_told_as_the_form_s():
    with pytest.raises(ValueError, match="growth: has no value there: step: has no real value"):
        growth.with_parts(step=sympy.sqrt(r - 2)).value(rate=1.0, depth=2)


# Its digest -----------------------------------------------------------------------------------

MODULE = '''
import sympy
from theory.computed import computed
from theory.parameters import DEPTH

FACTOR = {factor}

def helper(x):
    return x + {added}

@computed(
    paper="furusho2020", where="nowhere", status="derived", parameters=(DEPTH,),
    symbol=sympy.Symbol("x"), name="{name}",
)
def first(*, depth):
    """What the helper makes of it."""
    return {sign}helper(depth) * FACTOR

@computed(
    paper="furusho2020", where="nowhere", status="derived", parameters=(DEPTH,),
    symbol=sympy.Symbol("x"),
)
def second(*, depth):
    """The same."""
    return helper(depth) * FACTOR
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Import a file of that text, afresh each time."""
    count = iter(range(100))

    def load(**changes):
        terms = {"factor": 1, "added": 1, "sign": "", "name": "first", **changes}
        name = f"module_of_forms_{next(count)}"
        file = tmp_path / f"{name}.py"
        file.write_text(MODULE.format(**terms))
        spec = importlib.util.spec_from_file_location(name, file)
        loaded = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, loaded)
        spec.loader.exec_module(loaded)
        return loaded

    return load


def test_the_digest_changes_with_the_function_its_helpers_and_their_constants(module):
    first = module()
    assert first.first.digest == module().first.digest
    changed = [module(factor=2), module(added=2), module(sign="-")]
    digests = {one.first.digest for one in (first, *changed)}
    assert len(digests | {first.second.digest}) == 5


def test_of_code_that_was_typed_in_no_two_forms_have_one_digest():
    functions = []
    for _ in range(2):
        typed = {"__name__": "typed_in"}
        exec('def f(*, rate):\n    "A rate."\n    return rate', typed)
        functions.append(typed["f"])
    one, other = map(made, functions)
    assert one.value(rate=0.5) == other.value(rate=0.5)
    assert one.digest == one.digest != other.digest


# Making and keeping it ------------------------------------------------------------------------


def test_a_function_that_uses_what_is_around_it_is_refused():
    factor = 2

    def scaled(*, rate):
        """The rate, scaled."""
        return factor * rate

    with pytest.raises(ValueError, match=r"scaled: .* uses variables of a function around it"):
        made(scaled)
    with pytest.raises(ValueError, match="no plain function"):
        made(math.sqrt)


def test_a_function_of_another_signature_is_refused():
    with pytest.raises(ValueError, match=r"root: .*missing .* 'rate'; .* with 0 forms .*: depth"):
        made(root, parameters=(DEPTH,))
    with pytest.raises(ValueError, match=r"root: too many positional .* with 1 forms"):
        made(root, of=(step,))


def test_words_kinds_and_parts_that_cannot_be_are_refused():
    def silent(*, rate):
        return rate

    def coded(*, rate):
        """The root of r_0."""
        return rate

    for function in (silent, coded):
        with pytest.raises(ValueError, match=f"{function.__name__}: the first paragraph of its"):
            made(function)
    with pytest.raises(ValueError, match=r"kinds = \('torch',\): must be of number, numpy, mpmath"):
        made(root, kinds=("torch",))
    with pytest.raises(ValueError, match="is of two forms of one name among step, step"):
        made(growth.function, parameters=(RATE, DEPTH), of=(step, step))


def test_with_replaced_parts_it_survives_pickling_and_copying():
    for form in (growth, growth.with_parts(step=1 + 2 * r)):
        for twin in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form), copy.copy(form)):
            assert twin == form
            assert twin.digest == form.digest
            assert twin.value(rate=1, depth=2) == form.value(rate=1, depth=2)


def test_what_cannot_be_found_by_its_name_is_not_pickled():
    def local(*, rate):
        """The rate."""
        return rate

    form = made(local)
    with pytest.raises(TypeError, match=r"local: pickled by name, and .*local is another function"):
        pickle.dumps(form)
    assert copy.deepcopy(form) == form


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        growth.name = "other"
