"""What must hold of every computed form, whatever its subject."""

import copy
import inspect
import io
import math
import pickle
import random
import sys
from contextlib import redirect_stdout

import latex2mathml.converter
import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import theory
from theory.computed import Computed
from theory.domains import DomainError, Integers

FORMS = [form for form in theory.catalogue() if isinstance(form, Computed)]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)


def typical(form):
    return {item.name: item.typical[0] for item in form.parameters}


@every_form
def test_it_shows_what_a_closed_form_shows(form):
    assert form.source.cited.title
    assert form.status in ("printed", "corrected", "derived")
    assert theory.find(form.id) is form
    assert getattr(getattr(theory, form.subject), form.name) is form
    assert list(inspect.signature(form).parameters) == list(form.domain)
    assert form.id in repr(form)
    assert form.formula in repr(form)
    assert not hasattr(form, "expr")
    form.check(**typical(form))


@every_form
def test_its_latex_renders_with_its_words(form):
    assert "<math" in latex2mathml.converter.convert(form.latex)
    MathTextParser("path").parse(f"${form.latex}$")
    assert form.meaning in form.latex
    assert form.latex in form._repr_latex_()


@every_form
def test_help_says_what_it_is_takes_and_is_made_of(form):
    printed = io.StringIO()
    with redirect_stdout(printed):
        help(form)
    told = " ".join(printed.getvalue().split())
    assert f"{form.name}{inspect.signature(form)}" in told
    assert f"{form.name} = {form.symbol}, {form.meaning}." in told
    assert form.source.where in told
    assert form.derivation in told
    assert all(part.name in told for part in form.of)
    for item in form.parameters:
        assert f"{item.name} ({item.symbol}): {item.domain.describe()}" in told


@every_form
def test_its_python_can_be_pasted(form):
    assert math.isfinite(eval(form.python, {"theory": theory}))


@every_form
def test_an_array_holds_the_values_of_its_elements(form):
    point = typical(form)
    columns = {name: np.array([[value]] * 2) for name, value in point.items()}
    np.testing.assert_array_equal(form.value(**columns), np.full((2, 1), form.value(**point)))


@every_form
def test_values_outside_the_domain_raise_and_the_error_names_them(form):
    for item in form.parameters:
        for value in (math.nan, math.inf, np.array([math.nan])):
            with pytest.raises(DomainError, match=rf"{form.id}: {item.name} = .* is not "):
                form.value(**typical(form) | {item.name: value})


@every_form
def test_it_survives_pickling_and_copying(form):
    for twin in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form)):
        assert twin == form
        assert twin.value(**typical(form)) == form.value(**typical(form))
        assert (twin.__doc__, twin.digest) == (form.__doc__, form.digest)


# Over the whole domain ------------------------------------------------------------------------

LEAST, MOST = 5e-324, sys.float_info.max
POINTS = 40


def real(domain, others, numbers):
    """A member of any size, an end or a float beside it, near 1 as often as not."""
    ends = [float(end) for end in domain.endpoints(others) if math.isfinite(end)]
    while True:
        near, anywhere = 10 ** numbers.uniform(-2, 2), 10 ** numbers.uniform(-323, 308)
        size = numbers.choice((near, near, anywhere, LEAST, 2.0**-1022, MOST))
        anchor = numbers.choice((0.0, 0.0, *ends))
        value = numbers.choice((anchor, anchor + size, anchor - size))
        if math.isfinite(value) and domain.contains(value, others):
            return value


def integer(domain, others, numbers):
    """The low end or a little more: the long runs of a recursion are its own tests' business."""
    low, high = domain.endpoints(others)
    return min(low + numbers.choice((0, 1, 2, 9, 40)), high)


def points(form):
    """The same points in every run, and for all forms of the same parameters."""
    numbers = random.Random(" ".join(form.domain))
    ordered = sorted(form.domain.items(), key=lambda item: len(item[1].depends_on))
    found = []
    for _ in range(POINTS):
        point = {}
        for name, domain in ordered:
            draw = integer if isinstance(domain, Integers) else real
            point[name] = draw(domain, point, numbers)
        found.append(point)
    return found


@every_form
def test_over_the_whole_domain_it_has_a_value_or_says_why_not(form):
    values = []
    for point in points(form):
        try:
            values.append(form.value(**point))
        except ValueError as error:
            if f"{form.id}: has no value there: " not in str(error):
                raise
    assert all(map(math.isfinite, values))
    assert len(values) >= POINTS / 4
