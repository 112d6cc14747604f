"""Terms and witnesses of the claims on online students, against students that are simulated."""

from functools import cache

import mpmath
import numpy as np
import pytest

import verify
from numerics.order_parameters import (
    Student,
    measure_drift,
    measure_online_learning,
    vector_field,
)
from theory import order_parameters as forms
from verify.claims.order_parameters import (
    dynamics,
    gaussian_averages,
    stability,
)

ETA, ZETA = 0.5, 0.25
FIXED = 1 / (1 + 2 * ZETA)


def learned(**given):
    run = {
        "method": "bn", "activation": "relu", "learning_rate": ETA, "regularisation": ZETA,
        "scale": FIXED, "overlap": 1.0, "norm": 1.0, "dimension": 200, "seed": 1,
    }  # fmt: skip
    settings = {**run, **given}
    times, networks, seed = (settings.pop(name) for name in ("times", "networks", "seed"))
    return measure_online_learning(Student(**settings), times=times, networks=networks, seed=seed)


@pytest.mark.parametrize("angle", ["0", "0.5", "2", "3"])
def test_averages_over_the_angle_are_those_of_the_closed_forms(angle):
    with mpmath.workdps(50):
        theta, scale = mpmath.mpf(angle), mpmath.mpf(3) / 4
        found = vector_field.averages(scale, theta)
        for value, form in zip(found, (forms.i1_relu, forms.i2_relu, forms.i3_relu), strict=True):
            # 1 - cos^2 loses digits at small angles, in the closed forms.
            assert abs(value - form.value(Q=scale, R=mpmath.cos(theta))) < mpmath.mpf(10) ** -45


@pytest.mark.parametrize("scale", [1 / 3, 0.5, 0.75, 1.0])
def test_what_a_step_is_off_its_limit_has_these_second_derivatives_at_the_teacher(scale):
    q = mpmath.mpf(scale)

    def fourth(angle):
        """E delta^4, as E r^4 = 8."""
        edges = [-mpmath.pi / 2, angle - mpmath.pi / 2, mpmath.pi / 2]

        def integrand(phi):
            return (max(mpmath.cos(phi - angle), 0) - q * mpmath.cos(phi)) ** 4

        return 4 / mpmath.pi * mpmath.quad(integrand, edges)

    def pushed(angle):
        return mpmath.cos(angle) * vector_field.averages(q, angle)[1]

    with mpmath.workdps(30):
        twice = mpmath.diff(pushed, 0, 2, direction=1)
        assert mpmath.almosteq(twice, q - (1 - q) ** 2 / 2, rel_eps=1e-6)
        found = mpmath.diff(fourth, 0, 2, direction=1)
        assert mpmath.almosteq(found, 6 * q * (1 - q) ** 2, rel_eps=1e-6, abs_eps=1e-6)
    unit = {"learning_rate": 1.0, "norm": 1.0}  # a step whose rate is Q
    regularisation = float((1 / q - 1) / 2)
    push = stability._push({**unit, "regularisation": regularisation}) / float(q) ** 2
    assert push == pytest.approx(float(twice) / 2, rel=1e-6)
    assert 3 / 8 * float(found) / push / 1e6 <= 6.0001e-6 < stability.NEXT_ORDER


@pytest.mark.parametrize("time", [0.25, 0.2656, 0.281, 1.37, 3.999, 4.0])
def test_a_time_is_whole_steps_of_half_the_inputs_and_moves_by_little(time):
    found = dynamics.run_sgd.sizes({"time": time}, 0.05)
    steps = found["time"] * found["size"] / 2
    assert found["size"] >= dynamics.SIZE
    assert steps == pytest.approx(round(steps), rel=1e-12)
    assert found["time"] == pytest.approx(time, rel=1.01 / dynamics.SIZE)


def test_errors_of_a_mean_that_passes_0_are_shares_of_its_terms():
    unit = gaussian_averages.gaussian_averages.form("i1_relu").unit
    q = 1 / np.pi  # where I1 = Q (1/pi - Q)/2 at R = 0
    assert unit({"Q": q, "R": 0.0}) == pytest.approx(q**2 / 50)
    assert unit({"Q": 2 * q, "R": 0.0}) == pytest.approx(q**2)


def test_a_small_error_of_gamma_decays_at_its_eigenvalue():
    # At zeta = 0 nothing else moves to first order.
    start, time = 1e-3, 2.0
    late = learned(
        regularisation=0.0, scale=1 + start, times=(time,), networks=200, dimension=400
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
        times=(time,), networks=200, dimension=400,
    ).overlap  # fmt: skip
    left = (1 - late.per_network[:, 0]) / start
    rate = float(
        forms.overlap_eigenvalue(learning_rate=rate_of_learning, regularisation=0.0, norm=1.0)
    )
    error = 4 * left.std() / np.sqrt(len(left))
    assert error < 0.1 * np.exp(rate * time)
    assert abs(left.mean() - np.exp(rate * time)) < error + 5 / 400


def test_normalised_weights_keep_growing_beside_the_fixed_point():
    norms = learned(learning_rate=4.0, times=(4.0, 8.0, 16.0), networks=20).norm.estimate
    assert np.all(np.diff(norms) > 0)
    # dL/dt = c / L^3: L^4 grows evenly, once gamma and R have settled.
    first, second = np.diff(norms**4)
    assert 1.5 < second / first < 2.5


# Where laws hold ------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [0.0, 0.25, 0.5, 1.0])
def test_the_mean_of_the_push_is_as_stated(penalty):
    values = {
        "learning_rate": 0.5, "regularisation": penalty, "norm": 1.0, "network": "bn",
        "activation": "relu", "size": 10**6, "Q": 1 / (1 + 2 * penalty),
    }  # fmt: skip
    drawn = stability.of_batch_norm.measure(
        values, seed=3, first_network=0, networks=200, device="cpu"
    )
    push = drawn["pull and push"][:, 1]
    assert push.mean() == pytest.approx(stability._push(values), abs=4 * push.std() / 200**0.5)


def test_an_erf_student_is_held_by_the_penalty_that_balances_it_and_not_by_the_printed_one():
    balanced = float(vector_field.balancing_penalty(scale=0.5))
    printed = forms.regularisation_at_fixed_point_erf_printed.value(Q=0.5)
    still, moved = (
        measure_drift(
            Student(
                method="bn", activation="erf", learning_rate=1.0, regularisation=penalty,
                scale=0.5, overlap=1.0, norm=1.0, dimension=10**6,
            ),
            networks=20,
            seed=1,
        ).scale
        for penalty in (balanced, printed)
    )  # fmt: skip
    assert still.standard_error < 1e-4
    assert abs(still.estimate) < 5 * still.standard_error + 1e-5
    assert moved.estimate == pytest.approx(-(printed - balanced) * 0.5, abs=1e-3)


@cache
def judged_eigenvalues():
    return verify.check("luo2018/eigenvalues")


@pytest.mark.parametrize(
    ("form", "where"),
    [
        # zeta gamma stands for 2 zeta: right at zeta = 0.
        ("scale_eigenvalue_prop1_printed", {"regularisation": 1}),
        # eta is missing: right at eta = 1.
        ("scale_eigenvalue_prop2_printed", {"learning_rate": 2}),
        ("overlap_eigenvalue_prop1_printed", {}),
        ("overlap_eigenvalue_printed", {"regularisation": 1}),
        # L^2 stands for L^3: right at L = 1.
        ("norm_response_printed", {"norm": 2}),
    ],
)
def test_a_printed_entry_of_the_jacobian_is_refuted_where_it_is_plain_to_see(form, where):
    found = judged_eigenvalues()[form].counterexample
    simplest = {"learning_rate": 1, "regularisation": 0, "norm": 1}
    assert found.parameters == {**simplest, **where}
