"""Values of every closed form over its whole domain, for every kind of number.

Points are drawn from all that a domain admits: its ends and the floats beside them, the smallest
and the largest float, every size between, and near 1 as often as not. What is right there is the
printed expression in as many digits as the sizes of the arguments ask for.

A float has to be right to TOLERANCE, or to the exact value of arguments that are at most SLACK
floats beside those given (to first order): no formula knows its arguments better. A value below
the normal floats may be off by SLACK of their steps.
"""

import math
import random
import sys
from collections.abc import Callable
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
import torch

import theory
from theory.closed_form import ClosedForm
from theory.domains import Domain, Integers, Reals
from theory.fisher import eigenvalue_share

FORMS = [form for form in theory.catalogue() if isinstance(form, ClosedForm)]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
with_parameters = pytest.mark.parametrize(
    "form", [form for form in FORMS if form.parameters], ids=lambda form: form.id
)

TOLERANCE = mpmath.mpf("1e-12")
SLACK = 2
LEAST, MOST = 5e-324, sys.float_info.max
POINTS = 24
RECURSION = 10**6
"""The longest recursion of the library: its long runs are the business of other tests."""


# Points ---------------------------------------------------------------------------------------


def size(numbers: random.Random) -> float:
    """A number above 0 of any size, near 1 as often as not."""
    anywhere = 10 ** numbers.uniform(-323.3, 308.2)
    near = 10 ** numbers.uniform(-2, 2)
    return numbers.choice((near, near, near, anywhere, anywhere, LEAST, 2.0**-1022, MOST))


def integer(low: int, high: float, numbers: random.Random) -> int:
    if high <= RECURSION:
        return numbers.choice([n for n in (1, 2, 3, 40, low) if low <= n <= high])
    step = int(numbers.choice((0, 1, 2, 9, size(numbers), size(numbers), MOST)))
    return min(int(float(low + step)), int(high))


def real(domain: Reals, others: dict, numbers: random.Random) -> float:
    low, high = domain.endpoints(others)
    ends = [float(end) for end in (low, high) if math.isfinite(end)]
    while True:
        anchor = numbers.choice((0.0, 0.0, 0.0, 1.0, *ends))
        beside = math.nextafter(anchor, numbers.choice((-math.inf, math.inf)))
        away = size(numbers)
        value = numbers.choice((anchor, beside, anchor + away, anchor + away, anchor - away))
        if math.isfinite(value) and domain.contains(value, others):
            return value


def member(domain: Domain, others: dict, numbers: random.Random) -> float:
    if isinstance(domain, Reals):
        return real(domain, others, numbers)
    low, high = domain.endpoints(others)
    return integer(low, min(high, MOST), numbers)


@cache
def points(form: ClosedForm) -> list[dict]:
    """The same points in every run."""
    numbers = random.Random(form.id)
    ordered = sorted(form.domain.items(), key=lambda item: len(item[1].depends_on))
    found = []
    for _ in range(POINTS if form.parameters else 1):
        point: dict = {}
        for name, domain in ordered:
            point[name] = member(domain, point, numbers)
        assert all(domain.contains(point[name], point) for name, domain in form.domain.items())
        found.append(point)
    return found


# What is right --------------------------------------------------------------------------------


@cache
def reference_share(depth: object) -> object:
    """rho_L by the recursion as it is written, in unbounded exponents and the digits that hold."""
    pi = mpmath.pi
    k, q, c, between = mpmath.mpf(0), mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)
    for _ in range(int(depth)):
        angle = pi - mpmath.acos(c)
        kappa0, kappa1 = angle / pi, (mpmath.sqrt(1 - c**2) + c * angle) / pi
        between = between * (1 + kappa0) + q * kappa1 / 2
        k, q = k + q * kappa1, 2 * q
        c = k / q
    return between / (q * (1 + mpmath.mpf(int(depth)) / 4))


def reference_mean(point: dict) -> object:
    """The mean of the shares over the number of blocks that survive, term by term."""
    depth, p = int(point["depth"]), mpmath.mpf(point["survival"])
    shares = [mpmath.mpf(0), *(reference_share(k) for k in range(1, depth + 1))]
    if samples := point.get("samples"):
        samples, width = mpmath.mpf(samples), mpmath.mpf(point["width"])
        edge = (1 + mpmath.sqrt(samples / width)) ** 2 / samples
        shares = [edge, *(share + (1 - share) / samples for share in shares[1:])]
    return mpmath.fsum(
        mpmath.binomial(depth, k) * p**k * (1 - p) ** (depth - k) * share
        for k, share in enumerate(shares)
    )


@cache
def printed(form: ClosedForm) -> Callable:
    """The printed expression as a function of a point, by sympy's own code for mpmath."""
    if form.expr.has(sympy.Sum):
        return reference_mean
    symbols = [item.symbol for item in form.parameters]
    modules = [{"top_eigenvalue_share": lambda depth: with_digits(400)(depth)}, "mpmath"]
    code = sympy.lambdify(symbols, form.expr, modules)
    return lambda point: mpmath.mpf(code(*(mpmath.mpf(point[name]) for name in form.domain)))


@cache
def with_digits(digits: int) -> Callable:
    def share(depth: object) -> object:
        with mpmath.workdps(digits):
            return reference_share(int(depth))

    return cache(share)


def exactly(form: ClosedForm, point: dict) -> object:
    """The printed expression at the point, to 50 digits: two precisions agree to so many.

    The lower of the two tells every argument, and a product of one of each, from 1.
    """
    logs = [abs(math.log10(abs(value))) for value in point.values() if value]
    low = 80 + int(1.1 * sum(logs))
    found = []
    for digits in (low, 2 * low, 4 * low, 8 * low):
        with mpmath.workdps(digits):
            found.append(printed(form)(point))
        value = found[-1]
        if mpmath.isinf(value) or value == 0:
            continue
        if len(found) > 1 and abs(value - found[-2]) <= abs(value) * mpmath.mpf("1e-50"):
            return value
    assert value == 0 or mpmath.isinf(value), (form.id, point, found)
    return value


@cache
def cases(form: ClosedForm) -> list[tuple[dict, object]]:
    return [(point, exactly(form, point)) for point in points(form)]


def beside(form: ClosedForm, point: dict, exact: object) -> object:
    """How far the value moves as every argument goes to the next float, whole numbers excepted."""
    far = mpmath.mpf(0)
    for name, value in point.items():
        if isinstance(form.domain[name], Integers):
            continue
        others = []
        for end in (-math.inf, math.inf):
            moved = point | {name: math.nextafter(value, end)}
            if all(domain.contains(moved[key], moved) for key, domain in form.domain.items()):
                others.append(exactly(form, moved))
        far += max((abs(one - exact) for one in others if mpmath.isfinite(one)), default=0)
    return far


def is_right(value: float, form: ClosedForm, point: dict, exact: object) -> bool:
    if mpmath.isinf(exact) or math.isinf(value):
        return value == float(exact)  # float() of an mpf is an infinity where it overflows
    with mpmath.workdps(60):
        error = abs(value - exact) - SLACK * LEAST
        if error <= TOLERANCE * abs(exact):
            return True
        return error <= TOLERANCE * abs(exact) + SLACK * beside(form, point, exact)


# Tests ----------------------------------------------------------------------------------------


@every_form
def test_a_number_has_its_value_over_the_whole_domain(form):
    for point, exact in cases(form):
        value = form.value(**point)
        assert is_right(value, form, point, exact), (point, value, float(exact))


@with_parameters
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_arrays_and_tensors_have_the_same_values_and_keep_their_shape(form, library):
    columns = {
        name: np.array([float(point[name]) for point in points(form)])[None] for name in form.domain
    }
    if library == "torch":
        columns = {name: torch.from_numpy(column) for name, column in columns.items()}
    value = form.value(**columns)
    assert value.dtype == (np.float64 if library == "numpy" else torch.float64)
    assert tuple(value.shape) == (1, len(points(form)))
    for (point, exact), one in zip(cases(form), value[0].tolist(), strict=True):
        assert is_right(one, form, point, exact), (point, one, float(exact))


def log_or_nan(form: ClosedForm, point: dict) -> float:
    """The logarithm, NaN where the form says that it is negative there."""
    try:
        return form.log(**point)
    except ValueError as error:
        if f"{form.id}: is negative there" not in str(error):
            raise
        return math.nan


@every_form
def test_its_logarithm_is_right_over_the_whole_domain_and_finite_where_the_value_overflows(form):
    for point, exact in cases(form):
        if exact == 0 or mpmath.isinf(exact):
            assert exact < 0 or form.log(**point) == float(mpmath.log(exact)), point
            continue
        value = log_or_nan(form, point)
        with mpmath.workdps(60):
            expected = mpmath.log(+exact) if exact > 0 else mpmath.nan
            error = abs(value - expected) - TOLERANCE * (1 + abs(expected))
            right = error <= 0 or (math.isnan(value) and exact < 0)
            # Its sign may be that of the arguments beside it.
            if not right:
                known = SLACK * beside(form, point, exact) / abs(exact)
                right = error <= known or known >= 1
        assert right, (point, value, expected)
        assert not math.isinf(value), point


@every_form
def test_an_mpmath_number_has_the_digits_of_its_precision(form):
    for point, exact in cases(form)[:6]:
        if not form.parameters:
            continue
        with mpmath.workdps(40):
            value = form.value(**{name: mpmath.mpf(one) for name, one in point.items()})
            right = value == exact or abs(value - exact) <= abs(exact) * mpmath.mpf("1e-39")
        assert right, (point, value, exact)


@with_parameters
def test_a_number_of_sympy_has_the_value_of_the_float(form):
    for point in points(form)[:4]:
        numbers = {name: sympy.Rational(one) for name, one in point.items()}
        assert form.value(**numbers) == form.value(**point)


@with_parameters
def test_float32_tensors_stay_float32_and_are_right_to_their_rounding(form):
    with np.errstate(over="ignore", under="ignore"):
        narrow = [{k: float(np.float32(one)) for k, one in p.items()} for p in points(form)]
    sample = [
        point
        for point in narrow
        if all(
            math.isfinite(point[name]) and domain.contains(point[name], point)
            for name, domain in form.domain.items()
        )
    ]
    columns = {
        name: torch.tensor([point[name] for point in sample], dtype=torch.float32)
        for name in form.domain
    }
    value = form.value(**columns)
    assert value.dtype == torch.float32
    wide = form.value(**{name: column.double() for name, column in columns.items()})
    assert torch.equal(value, wide.float())


@with_parameters
def test_arrays_broadcast_and_integers_become_floats(form):
    point = typical(form)
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


def typical(form: ClosedForm) -> dict:
    return {item.name: item.typical[0] for item in form.parameters}


@every_form
def test_what_is_compiled_equals_what_is_printed_to_40_digits(form):
    for end in (0, 1):
        point = {item.name: item.typical[end] for item in form.parameters}
        if not all(domain.contains(point[name], point) for name, domain in form.domain.items()):
            continue
        with mpmath.workdps(50):
            compiled = form.value(**{name: mpmath.mpf(value) for name, value in point.items()})
            if not form.parameters:
                compiled = mpmath.mpf(sympy.N(form.expr, 50))
            assert mpmath.almosteq(compiled, exactly(form, point), rel_eps=mpmath.mpf("1e-40"))


@every_form
def test_its_gradient_in_real_parameters_is_the_derivative(form):
    real = [item for item in form.parameters if isinstance(item.domain, Reals)]
    if not any(form.expr.has(item.symbol) for item in real):  # a constant has no graph
        return
    point = typical(form)
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


@every_form
def test_its_exact_value_is_its_value(form):
    point = typical(form)
    exact = form.exact(**point)
    assert not exact.free_symbols
    assert float(exact.evalf(30)) == pytest.approx(form.value(**point), rel=1e-13, abs=0)


def test_the_shares_of_the_reference_are_those_of_the_library():
    with mpmath.workdps(60):
        expected = [reference_share(depth) for depth in range(12)]
    assert eigenvalue_share.table(11)[:12] == pytest.approx([float(x) for x in expected], rel=1e-14)


def test_the_points_reach_every_part_of_the_domains():
    drawn = [point[name] for form in FORMS for point in points(form) for name in point]
    sizes = [abs(float(one)) for one in drawn if one]
    assert min(sizes) == LEAST
    assert max(sizes) == MOST
    assert 0 in drawn
    assert math.nextafter(1, 0) in drawn
    for low in range(-320, 300, 20):
        assert any(10.0**low <= one <= 10.0 ** (low + 20) for one in sizes)
    assert sum(1e-2 <= one <= 1e2 for one in sizes) > len(sizes) / 2
