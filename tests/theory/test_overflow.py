"""Finite values whose intermediate results are not, and values that no float holds."""

import math
import time

import mpmath
import numpy as np
import pytest
import sympy
import torch

import theory
from theory import fisher, order_parameters
from theory.closed_form import ClosedForm
from theory.domains import DomainError, Reals
from theory.parameters import Parameter

KINDS = {
    "number": float,
    "numpy": lambda value: np.array([float(value)]),
    "torch": lambda value: torch.tensor([float(value)], dtype=torch.float64),
    "mpmath": mpmath.mpf,
}


def single(value: object) -> float:
    return float(value[0] if isinstance(value, np.ndarray | torch.Tensor) else value)


every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)

FINITE = {
    "generalisation.generalisation_gap_ridge_printed": (
        {"load": 1e-4, "ridge": 5e-324, "noise_variance": 1e30}, 1.00010001000100e26
    ),
    "order_parameters.norm_drift_at_fixed_point": (
        {"learning_rate": 100, "regularisation": 1e154, "norm": 1e-8}, 6.25e-282
    ),
    "order_parameters.i2_erf": ({"Q": 5e-324, "R": 0.1}, 0.212206590789194),
    "order_parameters.sgd_overlap_velocity": (
        {"learning_rate": 1e4, "R": 1, "norm": 1e154}, -2.5e7
    ),
    "order_parameters.overlap_eigenvalue_prop1_printed": (
        {"learning_rate": 1.5, "regularisation": 1e100, "norm": 1e-100}, -3.046875e99
    ),
}  # fmt: skip
LOGARITHMS = {
    "batch_norm.weight_norm_bias": (
        {
            "scale": 1e154, "input_variance": 1e-200, "weight_norm": 1e-100,
            "population_mean": -1e300, "shift": -1e4,
        },
        1505.890650818106,
    ),
    "generalisation.excess_risk_ols_printed": (
        {"load": 0.7, "noise_variance": 1.7e308}, 710.574134753616
    ),
    "generalisation.resolvent_trace": ({"load": 1e-4, "ridge": 1.7e308}, -709.726836893228),
}  # fmt: skip


@every_kind
@pytest.mark.parametrize("name", FINITE)
def test_a_finite_value_is_given_where_its_parts_overflow(name, kind):
    point, expected = FINITE[name]
    value = theory.find(name).value(**{key: kind(one) for key, one in point.items()})
    assert single(value) == pytest.approx(expected, rel=1e-14, abs=0)


@every_kind
@pytest.mark.parametrize("name", LOGARITHMS)
def test_a_finite_logarithm_is_given_where_its_parts_overflow(name, kind):
    point, expected = LOGARITHMS[name]
    value = theory.find(name).log(**{key: kind(one) for key, one in point.items()})
    assert single(value) == pytest.approx(expected, rel=1e-14, abs=0)


@every_kind
def test_a_negative_value_that_overflows_has_the_sign_of_the_value(kind):
    point = {"learning_rate": 1e4, "regularisation": 0.0, "norm": 1e-110}
    value = order_parameters.norm_response(**{name: kind(one) for name, one in point.items()})
    assert single(value) == -math.inf


def test_of_an_array_the_elements_that_overflow_alone_are_worked_out_anew():
    norm = np.array([[0.5, 1e154], [2.0, 1e154]])
    value = order_parameters.sgd_overlap_velocity(learning_rate=1e4, R=1, norm=norm)
    others = order_parameters.sgd_overlap_velocity(learning_rate=1e4, R=1, norm=norm[:, 0])
    assert value[:, 0].tolist() == others.tolist()
    assert value[:, 1].tolist() == [-2.5e7, -2.5e7]


def test_where_a_tensor_overflowed_its_gradient_is_nan_and_elsewhere_it_is_right():
    norm = torch.tensor([1e154, 0.5], dtype=torch.float64, requires_grad=True)
    alone = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    for argument in (norm, alone):
        order_parameters.sgd_overlap_velocity(
            learning_rate=1e4, R=0.5, norm=argument
        ).sum().backward()
    assert norm.grad[0].isnan()
    assert norm.grad[1] == alone.grad[0]


def test_a_million_values_beyond_every_float_are_infinite_at_once():
    depth = np.arange(1000, 1_001_000)
    fisher.mean_eigenvalue_resnet(depth=depth[:2] + 1000)
    start = time.perf_counter()
    value = fisher.mean_eigenvalue_resnet(depth=depth)
    assert time.perf_counter() - start < 3
    assert np.isfinite(value[:25]).all()
    assert np.isinf(value[30:]).all()


HUGE = 10**400


def test_an_integer_beyond_every_float_has_its_value():
    assert fisher.mean_eigenvalue_resnet(depth=HUGE) == math.inf
    expected = float(fisher.top_eigenvalue_share_bn(depth=mpmath.mpf(HUGE)))
    assert fisher.top_eigenvalue_share_bn(depth=HUGE) == expected
    growth = fisher.mean_eigenvalue_bn.log(depth=HUGE)
    assert growth == pytest.approx(float(fisher.mean_eigenvalue_bn.log(depth=mpmath.mpf(HUGE))))
    assert math.isfinite(growth)


@pytest.mark.parametrize("survival", [np.array([0.5]), torch.tensor([0.5])], ids=type)
def test_beside_an_array_an_integer_beyond_every_float_is_refused_by_name(survival):
    with pytest.raises(DomainError, match="depth is beyond every float"):
        fisher.mean_eigenvalue_stochastic_depth(depth=HUGE, survival=survival)


X = Parameter("x", "x", Reals(), "a real number", (0.0, 1.0))


@every_kind
@pytest.mark.parametrize(
    ("expression", "pole"),
    [(sympy.gamma(X.symbol), 0), (1 / X.symbol, 0), (sympy.harmonic(X.symbol), -1),
     (sympy.Piecewise((X.symbol, X.symbol > 0)), 0)],
)  # fmt: skip
def test_a_pole_has_no_value_for_any_kind_of_number(expression, pole, kind):
    toy = ClosedForm(
        name="toy", expr=expression, paper="luo2018", where="eq 1", status="derived",
        parameters=(X,),
    )  # fmt: skip
    with pytest.raises(ValueError, match=rf"toy: has no real value there \(x={pole}\)"):
        toy.value(x=kind(pole))


@every_kind
@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        # eta^2 = 1e-320 is subnormal; I2 = (1 - Q)^2/2 at R = 1, and Q0 = 1/2
        (
            "order_parameters.norm_velocity",
            {"learning_rate": 1e-160, "Q": 0.25, "R": 1.0, "norm": 1e-16}, 8.7890625e-275
        ),
        (
            "order_parameters.effective_learning_rate",
            {"learning_rate": 1e-160, "regularisation": 0.5, "norm": 1e-160}, 5e159
        ),
        # L^3 is infinite
        (
            "order_parameters.norm_response",
            {"learning_rate": 1e100, "regularisation": 0.5, "norm": 1e105}, -6.25e-117
        ),
        # 4 M sigma_P is infinite
        (
            "batch_norm.inverse_std_excess_printed",
            {"batch_size": 1e308, "population_std": 1.25, "kurtosis": 1e308}, 0.2
        ),
        # gamma mu_P is 1e154, a w infinite
        (
            "batch_norm.weight_norm_bias",
            {
                "scale": 1e77, "input_variance": 1e180, "weight_norm": 1e223,
                "population_mean": 1e77, "shift": 1e-300,
            },
            -1e-159,
        ),
        ("fisher.mean_eigenvalue_fixed_survivors", {"depth": 1e308, "survivors": 12}, 1.6384e-304),
    ],
)  # fmt: skip
def test_a_value_is_right_where_its_parts_vanish(name, point, expected, kind):
    value = theory.find(name).value(**{key: kind(one) for key, one in point.items()})
    assert single(value) == pytest.approx(expected, rel=1e-13, abs=0)


def test_of_an_array_the_elements_whose_parts_vanish_alone_are_worked_out_anew():
    rate = np.array([0.5, 1e-160, 1e-160, 0.5])
    norm = np.array([2.0, 1e-160, 2.0, 1e-160])
    value = order_parameters.effective_learning_rate(
        learning_rate=rate, regularisation=0.5, norm=norm
    )
    np.testing.assert_allclose(value, [0.0625, 5e159, 1.25e-161, np.inf], rtol=1e-15)


def test_a_gradient_is_nan_where_the_value_lost_digits_and_right_beside_it():
    rate = torch.tensor([1e-160, 1e-160], dtype=torch.float64, requires_grad=True)
    norm = torch.tensor([1e-160, 2.0], dtype=torch.float64)
    value = order_parameters.effective_learning_rate(
        learning_rate=rate, regularisation=0.5, norm=norm
    )
    value.sum().backward()
    assert rate.grad[0].isnan()
    assert rate.grad[1] == 0.125


def test_a_million_tiny_arguments_take_no_longer_than_others_unless_parts_vanish():
    tiny, start = np.linspace(1e-60, 2e-60, 10**6), time.perf_counter()
    value = order_parameters.fixed_point_scale(regularisation=tiny)
    assert time.perf_counter() - start < 3
    assert (value == 1).all()


@every_kind
def test_the_logarithm_of_a_negative_value_that_vanishes_says_that_it_is_negative(kind):
    point = {"learning_rate": 1e-300, "regularisation": 0.5, "norm": 1e100}
    with pytest.raises(ValueError, match="norm_response: is negative there"):
        order_parameters.norm_response.log(**{name: kind(one) for name, one in point.items()})


def test_an_mpmath_number_keeps_what_is_lost_beside_a_far_larger_part():
    # 2^(l - 2) was 4 times, and (1 + p)^L/L 1 instead of e, what two attempts agreed on
    deep = mpmath.mpf(2) ** 1000
    with mpmath.workdps(15):
        value = fisher.forward_moment_resnet(layer=deep)
        assert value == mpmath.ldexp(1, int(deep) - 2)
        growth = fisher.backward_moment_stochastic_depth(depth=deep, layer=0, survival=1 / deep)
        assert mpmath.almosteq(growth, mpmath.e)


def test_a_tensor_that_overflows_is_infinite_where_its_parts_cancelled_to_0():
    huge = torch.tensor([1.7e308], dtype=torch.float64)
    assert fisher.mean_eigenvalue_fixed_survivors(depth=huge, survivors=huge) == math.inf
