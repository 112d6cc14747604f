"""What must hold of every closed form, whatever its subject."""

import copy
import inspect
import io
import math
import pickle
import re
import warnings
from contextlib import redirect_stdout

import latex2mathml.converter
import numpy as np
import pytest
import sympy
import torch
from matplotlib.mathtext import MathTextParser

import theory
from theory.closed_form import ClosedForm
from theory.domains import DomainError, Integers
from theory.form import RefutedFormWarning

FORMS = [form for form in theory.catalogue() if isinstance(form, ClosedForm)]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
with_parameters = pytest.mark.parametrize(
    "form", [form for form in FORMS if form.parameters], ids=lambda form: form.id
)


def typical_points(form: ClosedForm) -> list[dict]:
    """The ends and the middle of the typical ranges, at one share of all of them."""
    found = []
    for share in (0, 0.5, 1):
        point = {}
        for item in form.parameters:
            value = item.typical[0] + share * (item.typical[1] - item.typical[0])
            point[item.name] = round(value) if isinstance(item.domain, Integers) else value
        if all(domain.contains(point[name], point) for name, domain in form.domain.items()):
            found.append(point)
    return found


@every_form
def test_it_cites_a_place_in_a_paper(form):
    assert form.source.cited.title
    assert form.source.where
    assert form.status in ("printed", "corrected", "derived")
    assert theory.find(form.id) is form
    assert getattr(getattr(theory, form.subject), form.name) is form


def test_ids_are_unique_and_their_order_is_stable():
    ids = [form.id for form in theory.catalogue()]
    assert len(set(ids)) == len(ids)
    assert [form.id for form in theory.catalogue()] == ids


@every_form
def test_its_free_symbols_are_its_parameters(form):
    symbols = {item.symbol for item in form.parameters}
    for expression in (form.expr, form.lowered):
        assert expression.free_symbols <= symbols


TRUE_AND_TIGHTER = {
    "fisher.top_eigenvalue_upper_bound_bn_printed",
    "learning_rate.largest_learning_rate_bn_printed",
    "learning_rate.optimal_learning_rate_bn_printed",
}
"""A printed bound by a mean that is refuted, and the rates that it allows: it holds, and lies below
that by the right mean."""


@every_form
def test_a_form_that_a_better_one_replaces_has_one_of_the_same_signature_and_other_values(form):
    better = form.superseded_by or form.improved_by
    if better is None and form.id in TRUE_AND_TIGHTER:
        return
    assert (better is not None and form.status == "printed") == form.name.endswith("_printed")
    if better is None:
        return
    successor = theory.find(f"{form.subject}.{better}")
    assert form.status == "printed" or form.reading.kind == "matter of reading"
    assert successor.status == "corrected"
    assert inspect.signature(successor) == inspect.signature(form)
    assert any(
        not math.isclose(form.value(**point), successor.value(**point), rel_tol=1e-3)
        for point in typical_points(form)
    )


@every_form
def test_only_a_refuted_form_warns(form):
    point = typical_points(form)[0]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        called = form(**point)
        assert form.value(**point) == called
    if form.superseded_by is None:
        assert not caught
    else:
        (warning,) = caught
        assert warning.category is RefutedFormWarning
        assert f"{form.subject}.{form.superseded_by}" in str(warning.message)
        assert warning.filename == __file__


@every_form
def test_its_latex_renders(form):
    assert "<math" in latex2mathml.converter.convert(form.latex)
    MathTextParser("path").parse(f"${form.latex}$")
    assert form.latex in form._repr_latex_()


@every_form
def test_it_documents_itself(form):
    printed = io.StringIO()
    with redirect_stdout(printed):
        help(form)
    told = " ".join(printed.getvalue().split())
    assert f"{form.name} = {form.expr}." in told
    assert form.source.where in told
    for item in form.parameters:
        assert f"{item.name} ({item.symbol}): {item.domain.describe()}" in told
    assert list(inspect.signature(form).parameters) == [item.name for item in form.parameters]
    assert list(form.domain) == [item.name for item in form.parameters]
    assert form.id in repr(form)


LETTERS = {
    "fisher": {r"\bb\b": "b = pi", "delta_": "derivative", "kappa0": "kappa0(c) = |kappa0 = 1/2"},
    "batch_norm": {r"\bt\b": "t = sigma_B", r"\bz\b": "z = (h ", "hhat": "normalised by the batch"},
}
"""Letters of derivations that are no parameters, and how a derivation begins to define them."""


@every_form
def test_its_derivation_defines_the_letters_that_are_no_parameters(form):
    derivation = form.derivation
    for letter, definition in LETTERS.get(form.subject, {}).items():
        if re.search(letter, derivation):
            assert any(words in derivation for words in definition.split("|"))


@every_form
@pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
def test_its_python_can_be_pasted(form):
    assert math.isfinite(eval(form.python, {"theory": theory}))


@with_parameters
def test_values_outside_the_domain_raise_and_the_error_names_them(form):
    inside = typical_points(form)[0]
    for item in form.parameters:
        outside = [math.nan, math.inf, -math.inf, True]
        outside += [1.5] if isinstance(item.domain, Integers) else []
        low, high = item.domain.endpoints(inside)
        outside += [end for end in (low - 1, high + 1) if math.isfinite(end)]
        for value in outside:
            with pytest.raises(DomainError, match=rf"{form.id}: {item.name} = .* is not "):
                form.value(**inside | {item.name: value})
            if value is not True:
                for bad in (np.array([inside[item.name], value]), torch.tensor([float(value)])):
                    with pytest.raises(DomainError, match=f"{form.id}: {item.name} = "):
                        form.value(**inside | {item.name: bad})


@with_parameters
def test_arrays_and_tensors_do_not_mix(form):
    names = [item.name for item in form.parameters]
    if len(names) < 2:
        return
    point = typical_points(form)[0]
    mixed = point | {names[0]: np.array([1.0]), names[1]: torch.tensor([1.0])}
    with pytest.raises(TypeError, match=f"{names[1]} is a torch .* {names[0]} a numpy"):
        form.value(**mixed)


@with_parameters
def test_symbols_give_the_expression(form):
    assert form.value(**{item.name: item.symbol for item in form.parameters}) == form.expr
    first = form.parameters[0]
    other = sympy.Symbol("n", **first.domain.assumptions)
    point = typical_points(form)[0] | {first.name: other}
    expression = form.value(**point)
    assert expression.free_symbols <= {other}


@every_form
def test_it_survives_pickling_and_copying(form):
    point = typical_points(form)[0]
    value = form.value(**point)
    for twin in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form)):
        assert twin == form
        assert twin.value(**point) == value
        assert twin.__doc__ == form.__doc__


SUPERSEDED = [form for form in theory.catalogue() if form.superseded_by]
every_superseded_form = pytest.mark.parametrize("form", SUPERSEDED, ids=lambda form: form.id)


@every_superseded_form
def test_a_refuted_form_says_how_it_was_read(form):
    assert form.reading is not None


@every_superseded_form
def test_a_reading_is_told_by_the_docstring(form):
    told = " ".join(form.__doc__.split())
    for label, words in form.reading.told.items():
        assert f"{label[0].upper()}{label[1:]}: {words}." in told


def test_what_a_form_is_refuted_against_stands_and_takes_no_more_parameters():
    against = [form for form in SUPERSEDED if form.reading.against]
    assert against
    for form in against:
        other = theory.find(f"{form.subject}.{form.reading.against}")
        assert other.superseded_by is None
        assert set(other.domain) <= set(form.domain)


def test_only_a_refuted_form_has_a_reading():
    assert all(form.superseded_by for form in theory.catalogue() if form.reading)


@every_superseded_form
def test_the_regime_of_a_reading_lies_within_the_domain_of_the_form(form):
    for name, regime in form.reading.regime.items():
        low, high = regime.endpoints()
        least, most = form.domain[name].endpoints()
        assert least <= low <= high <= most
        assert (least, most) != (low, high)
