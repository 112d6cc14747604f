import dataclasses
import fractions
import math
from unittest import mock

import mpmath
import numpy as np
import pytest
import sympy
import torch

import theory
from theory import fisher, learning_rate, order_parameters
from theory.domains import DomainError
from theory.fisher.parameters import SAMPLES
from theory.learning_rate import BOTTOM_EIGENVALUE, TOP_EIGENVALUE
from theory.papers import Paper
from theory.parameters import DEPTH, WIDTH

MEAN = fisher.mean_eigenvalue_stochastic_depth


def test_a_missing_or_unknown_parameter_is_reported_with_the_signature():
    signature = "fisher.mean_eigenvalue_stochastic_depth(*, depth, survival)"
    with pytest.raises(TypeError) as error:
        MEAN(depth=3)
    assert str(error.value) == f"{signature}: missing survival (a real number in [0, 1])"
    with pytest.raises(TypeError) as error:
        MEAN(dpth=3, survival=0.5, width=4)
    assert str(error.value) == (
        f"{signature}: unknown dpth, unknown width, missing depth (an integer >= 1)"
    )


@pytest.mark.parametrize("value", ["3", [3], None, 3 + 0j])
def test_what_is_no_number_is_named(value):
    kind = type(value).__name__
    with pytest.raises(TypeError, match=rf"mean_eigenvalue_resnet: depth = .* is a {kind}; give"):
        fisher.mean_eigenvalue_resnet(depth=value)


def test_arrays_that_are_not_real_are_refused():
    for values in (np.array([True]), np.array([1j]), torch.tensor([True]), np.array(["1"])):
        with pytest.raises(TypeError, match=r"depth holds .* values; give real numbers"):
            fisher.mean_eigenvalue_resnet(depth=values)


def test_the_domain_error_gives_the_value_of_a_named_endpoint():
    with pytest.raises(DomainError) as error:
        fisher.backward_moment_resnet(layer=5, depth=3)
    assert str(error.value) == (
        "fisher.backward_moment_resnet: layer = 5 is not an integer in [0, depth], depth = 3"
    )


def test_the_independent_parameter_is_blamed_first():
    with pytest.raises(DomainError, match="depth = nan"):
        fisher.backward_moment_resnet(layer=1, depth=math.nan)


def test_the_first_offending_element_of_an_array_is_named():
    with pytest.raises(DomainError, match=r"survival = 1\.5 is not a real number in \[0, 1\]"):
        MEAN(depth=3, survival=np.array([0.5, 1.5, 2.5]))


def test_numbers_of_every_type_give_the_same_float():
    half = 0.5
    same = [half, fractions.Fraction(1, 2), sympy.Rational(1, 2)]
    values = [MEAN(depth=depth, survival=p) for depth in (3, 3.0, sympy.Integer(3)) for p in same]
    assert {type(value) for value in values} == {float}
    assert set(values) == {1.265625}


def test_mpmath_numbers_are_right_to_the_precision_in_force():
    with mpmath.workdps(100):
        value = fisher.growth_exponent_bn.exact().evalf(100)
        mean = fisher.mean_eigenvalue_bn(depth=mpmath.mpf(1))
        assert mpmath.almosteq(mean, mpmath.mpf(5) / 4, rel_eps=mpmath.mpf("1e-98"))
        third = MEAN(depth=1, survival=sympy.Rational(1, 3))
    assert float(value) == fisher.growth_exponent_bn()
    assert third == pytest.approx(3 / 4, rel=1e-15)


@pytest.mark.parametrize("depth", [10**6, 10**12, 10**18])
def test_mpmath_numbers_keep_their_digits_however_deep_the_network(depth):
    survival = mpmath.mpf(0.3)
    with mpmath.workdps(90):
        growth = (1 + survival) ** depth
        moment = growth * (1 + depth * survival / (2 * (1 + survival)))
        exact = {
            fisher.mean_eigenvalue_stochastic_depth: moment / (depth + 1),
            fisher.backward_moment_stochastic_depth: growth,
            fisher.mean_eigenvalue_fixed_survivors: (
                mpmath.mpf(2) ** (depth // 2) * (depth // 2 + 4) / (4 * depth + 4)
            ),
        }
    for form, expected in exact.items():
        known = {"survival": survival, "layer": 0, "survivors": depth // 2}
        point = {"depth": mpmath.mpf(depth)}
        point |= {name: value for name, value in known.items() if name in form.domain}
        assert mpmath.almosteq(form(**point), expected, rel_eps=mpmath.mpf("3e-16")), form.id


def test_a_rational_beside_an_mpmath_number_is_not_rounded_to_a_float():
    with mpmath.workdps(50):
        for third in (fractions.Fraction(1, 3), sympy.Rational(1, 3)):
            value = MEAN(depth=mpmath.mpf(1), survival=third)
            assert mpmath.almosteq(value, mpmath.mpf(3) / 4, rel_eps=mpmath.mpf("1e-48"))


def test_zero_dimensional_arrays_give_scalars():
    assert isinstance(MEAN(depth=np.int64(3), survival=0.5), np.float64)
    assert MEAN(depth=torch.tensor(3), survival=0.5).shape == ()


def test_integer_arrays_do_not_wrap():
    value = fisher.mean_eigenvalue_resnet(depth=np.array([100], dtype=np.int8))
    assert value[0] == pytest.approx(2.0**98 * 104 / 101, rel=1e-15)


def test_tensors_of_two_dtypes_give_the_wider_one():
    value = MEAN(depth=torch.tensor(3.0, dtype=torch.float64), survival=torch.tensor(0.5))
    assert value.dtype == torch.float64
    assert MEAN(depth=torch.tensor(3.0), survival=torch.tensor(0.5)).dtype == torch.float32


def test_overflow_is_an_infinity_for_every_kind_of_number():
    assert fisher.mean_eigenvalue_resnet(depth=2000) == math.inf
    assert fisher.mean_eigenvalue_resnet(depth=np.array([2000]))[0] == math.inf
    assert fisher.mean_eigenvalue_resnet(depth=torch.tensor([2000]))[0] == math.inf


def test_arithmetic_of_floats_alone_gives_the_same_where_it_gives_a_number():
    velocity = order_parameters.norm_velocity
    common = {"learning_rate": 0.1, "Q": 0.7, "R": 0.3, "norm": 1.3}
    assert velocity.in_floats(*common.values()) == velocity.value(**common)
    tiny = {**common, "norm": 1e-200, "Q": 1e-200}  # their powers underflow to 0 / 0
    assert velocity.in_floats(*tiny.values()) == velocity.value(**tiny) > 1e197
    assert fisher.mean_eigenvalue_resnet.in_floats(1100.0) == math.inf


def test_the_logarithm_of_a_product_of_two_negative_factors_is_real():
    form = dataclasses.replace(
        learning_rate.fastest_learning_rate, expr=-2 * TOP_EIGENVALUE.symbol * (
            BOTTOM_EIGENVALUE.symbol - TOP_EIGENVALUE.symbol
        ),
    )  # fmt: skip
    assert form.log(top_eigenvalue=3.0, bottom_eigenvalue=1.0) == pytest.approx(math.log(12))
    with pytest.raises(ValueError, match="is negative there"):
        dataclasses.replace(form, expr=-form.expr).log(top_eigenvalue=3.0, bottom_eigenvalue=1.0)


def test_the_logarithm_of_a_huge_value_is_exact_arithmetic_away():
    expected = 9998 * math.log(2) + math.log(10_004) - math.log(10_001)
    assert fisher.mean_eigenvalue_resnet.log(depth=10_000) == pytest.approx(expected, rel=1e-15)
    tensor = fisher.mean_eigenvalue_resnet.log(depth=torch.tensor([10_000.0], dtype=torch.float64))
    assert tensor.item() == pytest.approx(expected, rel=1e-15)


def test_symbols_do_not_mix_with_arrays():
    n = sympy.Symbol("n")
    with pytest.raises(TypeError, match="depth is a symbol argument and survival a numpy"):
        MEAN(depth=n, survival=np.array([0.5]))
    assert MEAN(depth=n, survival=0) == 1 / (n + 1)
    with pytest.raises(DomainError, match="survival = 2"):
        MEAN(depth=n, survival=2)


def test_a_symbol_whose_assumptions_exclude_the_domain_is_refused():
    compatible = sympy.Symbol("L", positive=True)
    assert fisher.mean_eigenvalue_resnet(depth=compatible).free_symbols == {compatible}
    with pytest.raises(DomainError) as error:
        fisher.mean_eigenvalue_bn(depth=sympy.Symbol("L", negative=True))
    assert str(error.value) == (
        "fisher.mean_eigenvalue_bn: depth = L is not an integer >= 1, "
        "by the assumptions of its symbols"
    )
    with pytest.raises(DomainError, match=r"L \+ 1 is not .* depth = L, by the assump"):
        fisher.backward_moment_resnet(layer=compatible + 1, depth=compatible)


def test_exact_values_are_rational_where_the_form_is():
    half = fractions.Fraction(1, 2)
    assert MEAN.exact(depth=3, survival=half) == sympy.Rational(81, 64)
    assert MEAN.exact(depth=3, survival=0.5) == sympy.Rational(81, 64)
    assert fisher.mean_eigenvalue_bn_printed.exact(depth=3) == sympy.Rational(37, 24)


def test_exact_evaluation_refuses_sizes_at_which_it_would_not_return():
    with pytest.raises(ValueError, match="depth = 1001 is above 1000, too large to be exact"):
        fisher.mean_eigenvalue_bn_printed.exact(depth=1001)


def test_the_values_of_device_tensors_are_checked_only_on_request():
    outside = torch.tensor(2.0)
    with mock.patch.object(torch.Tensor, "is_cuda", True):
        assert MEAN(depth=2, survival=outside).item() == pytest.approx(5, rel=1e-6)
        with pytest.raises(DomainError, match=r"survival = 2\.0"):
            MEAN.check(depth=2, survival=outside)


def test_a_form_of_an_unknown_paper_is_refused():
    with pytest.raises(ValueError, match="paper 'luo1918' is unknown"):
        dataclasses.replace(MEAN, paper="luo1918")


def test_the_source_is_the_place_in_the_paper():
    assert str(MEAN.source) == "Furusho (2020), Theorem 8, eq 29 corrected"
    notes = Paper("notes2026", ("A. Reader",), "Notes", 2026, "notes")
    assert str(dataclasses.replace(MEAN, paper=notes).source).startswith("Reader (2026), Theorem 8")


def test_a_limit_is_told_by_the_sizes_that_grow_and_the_order_of_the_remainder():
    L, D, N = DEPTH.symbol, WIDTH.symbol, SAMPLES.symbol
    form = dataclasses.replace(MEAN, grows=(WIDTH, SAMPLES), remainder=L / D + 1 / N**2)
    assert (form.limit, form.finite_size) == ("D, N -> oo", "O(1/N^2 + L/D)")
    assert "Holds as D, N -> oo, up to O(1/N^2 + L/D)." in form.__doc__
    anywhere = dataclasses.replace(MEAN, grows=(), remainder=None)
    assert (anywhere.limit, anywhere.finite_size) == (None, None)
    assert "Holds as" not in anywhere.__doc__


def test_help_tells_the_status_once_and_fits_a_terminal():
    assert fisher.mean_eigenvalue_bn.__doc__.startswith(
        "Furusho (2020), Theorem 7, eq 28 corrected:\nmean_eigenvalue_bn = "
    )
    assert fisher.mean_eigenvalue_resnet.__doc__.startswith(
        "Furusho (2020), Theorem 6, eq 27 (printed):\nmean_eigenvalue_resnet = "
    )
    for form in theory.catalogue():
        assert all(len(line) <= 88 for line in form.__doc__.splitlines())


def test_the_digest_knows_every_digit_of_what_is_printed_and_of_what_is_compiled():
    tenth = dataclasses.replace(MEAN, expr=sympy.Float("0.1", 30), stable=None)
    near = dataclasses.replace(MEAN, expr=sympy.Float("0.1", 30) + sympy.Float("1e-28", 30))
    other = dataclasses.replace(tenth, stable=sympy.Float("0.1", 31))
    assert len({form.digest for form in (MEAN, tenth, near, other)}) == 4
    assert dataclasses.replace(MEAN, name="other", derivation="").digest == MEAN.digest


def test_a_form_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MEAN.name = "other"


def test_a_value_without_a_name_is_turned_away_with_the_signature():
    with pytest.raises(TypeError) as error:
        fisher.mean_eigenvalue_resnet(10)
    assert str(error.value) == "fisher.mean_eigenvalue_resnet(*, depth): give 10 by name"
