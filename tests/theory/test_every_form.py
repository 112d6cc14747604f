"""What must hold of every closed form, whatever its subject."""

import copy
import dataclasses
import inspect
import io
import math
import pickle
import re
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache

import latex2mathml.converter
import mpmath
import numpy as np
import pytest
import sympy
import torch
from matplotlib.mathtext import MathTextParser

import theory
from theory.closed_form import ClosedForm
from theory.domains import Domain, DomainError, Integers, Reals
from theory.fisher import eigenvalue_share
from theory.form import RefutedFormWarning

FORMS = [form for form in theory.catalogue() if isinstance(form, ClosedForm)]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
with_parameters = pytest.mark.parametrize(
    "form", [form for form in FORMS if form.parameters], ids=lambda form: form.id
)

# float32 holds each of these reals exactly.
REALS = (-(2.0**20), -0.5, 0.0, 2.0**-20, 0.5, 0.75, 1.0, 1.25, 4.0, 2.0**20)
SIZES = (0, 1, 2, 3, 4, 5, 32, 33, 40, 200, 1000, 1023, 1025, 1030, 10_000, 10**6, 10**9)
MOST = 400
"""Points of one form's grid of extremes that are tried, where it has more."""


def in_domain(form: ClosedForm, point: dict) -> bool:
    return all(item.domain.contains(point[item.name], point) for item in form.parameters)


def points(form: ClosedForm, candidates: dict) -> list[dict]:
    names = [item.name for item in form.parameters]
    columns = [candidates[name] for name in names]
    size = math.prod(map(len, columns))
    # A stride prime to every number of candidates meets each of them, beside each of the others.
    rows = range(0, size, 1 if size <= MOST else sympy.nextprime(size // MOST))
    found = []
    for row in rows:
        point = {}
        for name, column in zip(names, columns, strict=True):
            row, place = divmod(row, len(column))
            point[name] = column[place]
        found.append(point)
    return [point for point in found if in_domain(form, point)]


def typical_points(form: ClosedForm) -> list[dict]:
    candidates = {}
    for item in form.parameters:
        low, high = item.typical
        middle = round((low + high) / 2) if isinstance(item.domain, Integers) else (low + high) / 2
        candidates[item.name] = (low, middle, high)
    return points(form, candidates)


def extremes(domain: Domain) -> tuple:
    """Values of a domain at its ends, near them and far from them."""
    listed = SIZES if isinstance(domain, Integers) else REALS
    ends = {end for end in domain.endpoints() if math.isfinite(end)}
    return tuple(sorted(value for value in ends | set(listed) if domain.contains(value)))


def extreme_points(form: ClosedForm) -> list[dict]:
    candidates = {name: extremes(domain) for name, domain in form.domain.items()}
    if form.parameters and form.parameters[0].domain.high is not None:
        # A recursion: its long runs are the business of test_eigenvalue_share.
        candidates["depth"] = (1, 2, 3, 40, 200)
    return points(form, candidates)


@cache
def reference_share(depth: object) -> object:
    """rho_L by the recursion as it is written, in unbounded exponents and 60 digits."""
    pi = mpmath.pi
    k, q, c, between = mpmath.mpf(0), mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)
    for _ in range(int(depth)):
        angle = pi - mpmath.acos(c)
        kappa0, kappa1 = angle / pi, (mpmath.sqrt(1 - c**2) + c * angle) / pi
        between = between * (1 + kappa0) + q * kappa1 / 2
        k, q = k + q * kappa1, 2 * q
        c = k / q
    return between / (q * (1 + mpmath.mpf(int(depth)) / 4))


@cache
def compiled(symbols: tuple, expression: sympy.Expr) -> Callable:
    modules = [{"top_eigenvalue_share": reference_share}, "mpmath"]
    return sympy.lambdify(symbols, expression, modules)


def reference(form: ClosedForm, point: dict) -> object:
    """Return the printed expression at the point in 60 digits, by sympy's own code for mpmath."""
    with mpmath.workdps(60):
        values = {name: mpmath.mpf(value) for name, value in point.items()}
        if form.expr.has(sympy.Sum):
            depth, p = int(point["depth"]), values["survival"]
            shares = [mpmath.mpf(0), *(reference_share(k) for k in range(1, depth + 1))]
            if samples := values.get("samples"):
                edge = (1 + mpmath.sqrt(samples / values["width"])) ** 2 / samples
                shares = [edge, *(share + (1 - share) / samples for share in shares[1:])]
            return mpmath.fsum(
                mpmath.binomial(depth, k) * p**k * (1 - p) ** (depth - k) * share
                for k, share in enumerate(shares)
            )
        symbols = tuple(item.symbol for item in form.parameters)
        return mpmath.mpf(compiled(symbols, form.expr)(*values.values()))


def is_normal(value: object) -> bool:
    return value == 0 or 1e-307 < abs(value) < 1e308


@cache
def is_signed(form: ClosedForm) -> bool:
    return any(reference(form, point) < 0 for point in extreme_points(form))


@cache
def terms(form: ClosedForm) -> tuple[ClosedForm, ...]:
    summands = sympy.Add.make_args(sympy.expand(form.expr))
    return tuple(dataclasses.replace(form, expr=one, stable=None) for one in summands)


def rounding(form: ClosedForm, point: dict) -> float:
    """What 1e-12 of the largest of the form's terms is, where they may cancel to any sign."""
    if not is_signed(form):
        return 0.0
    return 1e-12 * float(max(abs(reference(term, point)) for term in terms(form)))


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


TRUE_AND_TIGHTER = "fisher.top_eigenvalue_upper_bound_bn_printed"
"""A printed bound by a mean that is refuted: it holds, and lies below that by the right mean."""


@every_form
def test_a_form_that_a_better_one_replaces_has_one_of_the_same_signature_and_other_values(form):
    better = form.superseded_by or form.improved_by
    if better is None and form.id == TRUE_AND_TIGHTER:
        return
    assert (better is not None) == form.name.endswith("_printed")
    if better is None:
        return
    successor = theory.find(f"{form.subject}.{better}")
    assert form.status == "printed"
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


@every_form
def test_what_is_compiled_equals_what_is_printed_to_40_digits(form):
    for point in typical_points(form):
        with mpmath.workdps(50):
            compiled = form.value(**{name: mpmath.mpf(value) for name, value in point.items()})
            if not form.parameters:
                compiled = mpmath.mpf(sympy.N(form.expr, 50))
            assert mpmath.almosteq(compiled, reference(form, point), rel_eps=mpmath.mpf("1e-40"))


@every_form
def test_float64_is_right_over_the_whole_domain(form):
    for point in extreme_points(form):
        expected = reference(form, point)
        value = form.value(**point)
        if is_normal(expected):
            off = rounding(form, point)
            assert value == pytest.approx(float(expected), rel=1e-12, abs=off), point
        else:
            # float() of an mpf is an infinity where it overflows.
            assert value == pytest.approx(float(expected), rel=1e-9, abs=1e-307), point


@every_form
def test_its_logarithm_is_finite_and_right_where_the_value_overflows(form):
    for point in extreme_points(form):
        expected = reference(form, point)
        off = rounding(form, point)
        if abs(expected) <= off:
            assert expected != 0 or is_signed(form) or form.log(**point) == -math.inf
            continue
        if expected < 0:
            with pytest.raises(ValueError, match=f"{form.id}: is negative there"):
                form.log(**point)
            continue
        # An error of 1e-12 in a logarithm near zero is one of 1e-12 in the value.
        error = 1e-12 + off / float(expected) if off else 1e-12
        with mpmath.workdps(60):
            expected = float(mpmath.log(expected))
        assert form.log(**point) == pytest.approx(expected, rel=1e-12, abs=error), point


@with_parameters
def test_numpy_and_torch_agree_with_numbers_and_keep_the_shape(form):
    sample = [point for point in extreme_points(form) if is_normal(form.value(**point))]
    names = [item.name for item in form.parameters]
    columns = {name: np.array([point[name] for point in sample])[None] for name in names}
    expected = np.array([form.value(**point) for point in sample])[None]
    array = form.value(**columns)
    tensor = form.value(**{k: torch.tensor(v, dtype=torch.float64) for k, v in columns.items()})
    assert array.dtype == np.float64
    assert tensor.dtype == torch.float64
    assert array.shape == tuple(tensor.shape) == expected.shape
    off = np.array([rounding(form, point) for point in sample])[None]
    np.testing.assert_array_less(abs(array - expected), 1e-12 * abs(expected) + off + 1e-307)
    np.testing.assert_array_less(
        abs(tensor.numpy() - expected), 1e-12 * abs(expected) + off + 1e-307
    )


@with_parameters
def test_float32_tensors_stay_float32_and_are_right_to_their_rounding(form):
    sample = [
        point
        for point in extreme_points(form)
        if all(float(np.float32(value)) == value for value in point.values())
        and 1e-37 < abs(form.value(**point)) < 1e38
    ]
    columns = {
        item.name: torch.tensor([point[item.name] for point in sample], dtype=torch.float32)
        for item in form.parameters
    }
    value = form.value(**columns)
    assert value.dtype == torch.float32
    expected = np.array([form.value(**point) for point in sample])
    off = np.array([rounding(form, point) for point in sample])
    error = abs(value.double().numpy() - expected)
    np.testing.assert_array_less(error, 2**-23 * abs(expected) + off + 1e-307)


@with_parameters
def test_arrays_broadcast_and_integers_become_floats(form):
    point = typical_points(form)[0]
    first = form.parameters[0].name
    integers = {
        name: np.array(value) if float(value).is_integer() else value
        for name, value in point.items()
    }
    assert form.value(**integers | {first: np.array([[point[first]]] * 2)}).shape == (2, 1)
    assert form.value(**integers | {first: np.array([point[first]])}).dtype == np.float64
    narrow = form.value(**point | {first: np.array([point[first]], dtype=np.float32)})
    assert narrow.dtype == np.float64
    wide = form.value(**point | {first: torch.tensor([[point[first]]])})
    assert wide.shape == (1, 1)
    assert wide.dtype == torch.get_default_dtype()


@every_form
def test_its_gradient_in_real_parameters_is_the_derivative(form):
    real = [item for item in form.parameters if isinstance(item.domain, Reals)]
    if not any(form.expr.has(item.symbol) for item in real):  # a constant has no graph
        return
    point = typical_points(form)[0]
    tensors = {
        name: torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
        for name, value in point.items()
    }
    form.value(**tensors).backward()
    exact = {item.symbol: sympy.Rational(point[item.name]) for item in form.parameters}
    for item in real:
        derivative = sympy.diff(form.expr, item.symbol).subs(exact).doit().evalf(30)
        gradient = tensors[item.name].grad
        assert (0.0 if gradient is None else gradient.item()) == pytest.approx(
            float(derivative), rel=1e-12, abs=1e-300
        )


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
def test_its_exact_value_is_its_value(form):
    point = typical_points(form)[0]
    exact = form.exact(**point)
    assert not exact.free_symbols
    assert float(exact.evalf(30)) == pytest.approx(form.value(**point), rel=1e-13)


@every_form
def test_it_survives_pickling_and_copying(form):
    point = typical_points(form)[0]
    value = form.value(**point)
    for twin in (pickle.loads(pickle.dumps(form)), copy.deepcopy(form)):
        assert twin == form
        assert twin.value(**point) == value
        assert twin.__doc__ == form.__doc__


def test_the_shares_of_the_reference_are_those_of_the_library():
    with mpmath.workdps(60):
        expected = [reference_share(depth) for depth in range(12)]
    assert eigenvalue_share.table(11)[:12] == pytest.approx([float(x) for x in expected], rel=1e-14)
