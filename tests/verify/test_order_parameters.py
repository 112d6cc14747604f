"""Terms and witnesses of the claims on online students, against students that are simulated."""

import mpmath
import numpy as np
import pytest

from numerics.teacher_student import measure_online_learning
from theory import order_parameters as forms
from verify.claims import order_parameter_stability as stability
from verify.claims import order_parameters as claims

ETA, ZETA = 0.5, 0.25
FIXED = 1 / (1 + 2 * ZETA)


def learned(**given):
    run = {
        "method": "bn", "activation": "relu", "learning_rate": ETA, "regularisation": ZETA,
        "scale": FIXED, "overlap": 1.0, "norm": 1.0, "inputs": 200, "seed": 1,
    }  # fmt: skip
    return measure_online_learning(**{**run, **given})


@pytest.mark.parametrize("angle", ["0", "0.5", "2", "3"])
def test_averages_by_quadrature_are_the_closed_forms(angle):
    with mpmath.workdps(50):
        theta, scale = mpmath.mpf(angle), mpmath.mpf(3) / 4
        found = stability.averages(scale, theta)
        for value, form in zip(found, (forms.i1_relu, forms.i2_relu, forms.i3_relu), strict=True):
            # 1 - cos^2 loses digits at small angles, in the closed forms.
            assert abs(value - form.value(Q=scale, R=mpmath.cos(theta))) < mpmath.mpf(10) ** -45


def test_a_small_error_of_gamma_decays_at_its_eigenvalue():
    # At zeta = 0 nothing else moves to first order.
    start, time = 1e-3, 2.0
    late = learned(
        regularisation=0.0, scale=1 + start, times=(time,), networks=200, inputs=400
    ).scale
    rate = float(forms.scale_eigenvalue(learning_rate=ETA, regularisation=0.0))
    error = 4 * float(late.standard_error[0]) / start
    assert error < 0.02
    # Each step multiplies the error by 1 + rate/N to first order: O(1/N), and start itself.
    shrunk = (float(late.estimate[0]) - 1) / start
    assert abs(shrunk - np.exp(rate * time)) < error + 2 / 400 + start


def test_a_small_deviation_of_r_decays_at_its_eigenvalue():
    start, time, rate_of_learning = 1e-8, 2.0, 1.5
    late = learned(
        regularisation=0.0, scale=1.0, overlap=1 - start, learning_rate=rate_of_learning,
        times=(time,), networks=200, inputs=400,
    ).overlap  # fmt: skip
    left = (1 - late.per_network[:, 0]) / start
    rate = float(
        forms.overlap_eigenvalue(learning_rate=rate_of_learning, regularisation=0.0, norm=1.0)
    )
    error = 4 * left.std() / np.sqrt(len(left))
    assert error < 0.1 * np.exp(rate * time)
    assert abs(left.mean() - np.exp(rate * time)) < error + 5 / 400


def test_gamma_rests_below_the_fixed_point_by_what_the_remainder_says():
    values = {
        "learning_rate": 1.0, "regularisation": ZETA, "norm": 1.0, "time": 12.0, "overlap": 1.0,
    }  # fmt: skip
    late = learned(learning_rate=1.0, times=(values["time"],), networks=200, inputs=300).scale
    below = 1 - float(late.estimate[0]) / FIXED
    error = 4 * float(late.standard_error[0]) / FIXED
    assert error < claims.not_yet_there(values) / 2
    assert claims.not_yet_there(values) / 4 - error < below < claims.not_yet_there(values) + error


def test_normalised_weights_keep_growing_beside_the_fixed_point():
    norms = learned(learning_rate=4.0, times=(4.0, 8.0, 16.0), networks=20).norm.estimate
    assert np.all(np.diff(norms) > 0)
    # dL/dt = c / L^3: L^4 grows evenly, once gamma and R have settled.
    first, second = np.diff(norms**4)
    assert 1.5 < second / first < 2.5


def test_vanilla_sgd_has_one_length():
    values = {
        "network": "sgd", "activation": "relu", "learning_rate": 1.0, "regularisation": 0.25,
        "Q": 0.5, "R": 0.25, "norm": 1.5, "time": 1.0,
    }  # fmt: skip
    solution = claims.order_parameters_at(values)
    assert solution["scale"] == solution["norm"]
    assert solution == pytest.approx(
        claims.order_parameters_at({**values, "Q": 2.0, "regularisation": 0.0}), rel=1e-8
    )


def test_the_equations_come_to_rest_where_table_2_says():
    values = {
        "network": "wn", "activation": "relu", "learning_rate": 1.0, "regularisation": 0.25,
        "Q": 0.5, "R": 0.25, "norm": 1.0, "time": 80.0,
    }  # fmt: skip
    solution = claims.order_parameters_at(values)
    assert solution["scale"] == pytest.approx(1, abs=1e-6)
    assert solution["overlap"] == pytest.approx(1, abs=1e-6)
    assert claims.order_parameters_at({**values, "time": 160.0})["norm"] == pytest.approx(
        solution["norm"], rel=1e-6
    )
