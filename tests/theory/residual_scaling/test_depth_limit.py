"""The limits of depth against the recursions at infinite width, which know nothing of them."""

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from theory.residual_scaling import (
    backward_depth_limit,
    depth_limit_energy,
    depth_limit_energy_first_order,
    depth_limit_energy_second_order,
    relative_change_depth_limit,
    tangent_depth_limit,
    wide_backward_energy,
    wide_energy,
    wide_relative_change,
    wide_tangent_energy,
)
from theory.residual_scaling.depth_limit import _excess_of_walk

BETA = -float(mpmath.zeta(0.5)) / math.sqrt(2 * math.pi)
CORRECTED = (depth_limit_energy_first_order, depth_limit_energy_second_order)


def left_over(form, kappa, depth, share=1.0):
    """The log of the energy less that of the form."""
    layer = round(share * depth)
    exact = wide_energy.log(tau=kappa / math.sqrt(depth), layer=layer)
    if form is depth_limit_energy:
        return exact - form.log(kappa=kappa, fraction=layer / depth)
    return exact - form.log(kappa=kappa, depth=depth, layer=layer)


# Forward --------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 1.0])
@pytest.mark.parametrize("form", [depth_limit_energy, *CORRECTED], ids=lambda form: form.name)
def test_what_a_form_leaves_out_is_of_the_order_that_it_states(form, share):
    coarse, fine = (left_over(form, 1.0, depth, share) for depth in (256, 1024))
    _, power = form.remainder.as_base_exp()
    assert math.log(coarse / fine, 4) == pytest.approx(-float(power), abs=0.065)


@pytest.mark.parametrize("kappa", [0.05, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("depth", [16, 23, 64])
def test_the_second_order_is_within_a_hundredth_at_every_layer(kappa, depth):
    layers = np.arange(depth + 1)
    exact = wide_energy(tau=kappa / math.sqrt(depth), layer=layers)
    found = depth_limit_energy_second_order(kappa=kappa, depth=depth, layer=layers)
    assert np.abs(found / exact - 1).max() < 0.005


def test_without_corrections_it_is_several_per_cent_off_at_64_layers():
    assert -0.09 < left_over(depth_limit_energy, 1.0, 64) < -0.06


@pytest.mark.parametrize("y", [0.01, 0.3, 1.0, 4.0])
def test_the_first_order_is_the_integral_of_what_is_cut_off(y):
    # d log q/dl = tau^2 (1 - beta tau sqrt(q) f(q - 1)), integrated by quadrature over s = u^2.
    def cut(u):
        density = (1 / u + 1 / math.sqrt(2 + u * u)) / math.sqrt(2 * math.pi)
        return 2 * u * density / math.sqrt(1 + u * u)

    expected = -BETA * quad(cut, 0, math.sqrt(math.expm1(y)), epsabs=1e-13)[0]
    depth = 100
    found = depth_limit_energy_first_order.log(kappa=math.sqrt(y), depth=depth, layer=depth) - y
    assert found / math.sqrt(y / depth) == pytest.approx(expected, rel=1e-9)


def test_the_excess_of_a_walk_is_spitzers_and_tends_to_its_limit():
    found = _excess_of_walk()
    plain = [
        layer / 2
        + sum((j * k) ** -0.5 for j in range(1, layer) for k in range(1, layer - j + 1))
        / (2 * math.pi)
        - layer
        + 2 * BETA * math.sqrt(2 * layer / math.pi)
        for layer in range(30)
    ]
    assert np.abs(found[:30] - plain).max() < 1e-12
    assert found[-1] == pytest.approx(0.25 + BETA**2, abs=0.2 / math.sqrt(len(found)))


def test_a_maximum_drawn_many_times_has_the_excess_of_spitzer():
    paths = np.cumsum(np.random.default_rng(3).standard_normal((200_000, 9)), axis=1)
    squares = np.maximum(paths.max(axis=1), 0) ** 2
    expected = _excess_of_walk()[9] + 9 - 2 * BETA * math.sqrt(18 / math.pi)
    assert abs(squares.mean() - expected) < 4 * squares.std() / math.sqrt(len(squares))


# Backward -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [0.25, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
def test_the_backward_limit_is_what_depths_tend_to_in_powers_of_one_over_sqrt_depth(kappa, share):
    few, more, many = (
        wide_backward_energy(
            tau=kappa / math.sqrt(depth), residuals=depth, layer=round(share * depth)
        )
        for depth in (64, 256, 1024)
    )
    without_first = 2 * more - few, 2 * many - more
    without_second = (4 * without_first[1] - without_first[0]) / 3
    limit = backward_depth_limit(kappa=kappa, fraction=share)
    if kappa == 1:  # the first power is not small beside the second
        _, power = backward_depth_limit.remainder.as_base_exp()
        assert math.log((few - limit) / (many - limit), 16) == pytest.approx(-float(power), abs=0.1)
    assert abs(without_second - limit) < 0.02 * abs(many - limit)


def test_the_backward_limit_of_small_kappa_is_the_law_of_the_arcsine():
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        expected = 0.5 + math.asin(math.sqrt(share)) / math.pi
        assert backward_depth_limit(kappa=1e-9, fraction=share) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("kappa", [0.5, 1.5])
def test_the_backward_limit_obeys_its_equation_by_another_quadrature(kappa):
    square = kappa**2

    def survival(time, later):
        p, q = math.exp(square * time), math.exp(square * later)
        near, far = math.sqrt((p - 1) / (q - p)), math.sqrt((p + 1) / (q - p))
        return (math.atan(near) + math.atan(far)) / math.pi

    for time in (0.0, 0.02, 0.4, 0.9):
        given = quad(
            lambda later, time=time: (
                survival(time, later) * backward_depth_limit(kappa=kappa, fraction=later)
            ),
            time,
            1,
            epsabs=1e-11,
            epsrel=1e-11,
            limit=400,
        )[0]
        found = backward_depth_limit(kappa=kappa, fraction=time)
        assert found == pytest.approx(survival(time, 1) + square * given, rel=1e-9)


def test_the_backward_limit_is_not_the_forward_one_run_backwards():
    assert backward_depth_limit(kappa=1.0, fraction=0.0) < 0.54 < math.e
    assert backward_depth_limit(kappa=1.0, fraction=1.0) == pytest.approx(1, abs=1e-12)
    # At large kappa the slope of log N is alpha kappa^2, alpha = 1 - B(alpha + 1/2, 1/2)/pi.
    alpha = float(mpmath.findroot(lambda a: 1 - mpmath.beta(a + 0.5, 0.5) / mpmath.pi - a, 0.2))
    ratio = backward_depth_limit(kappa=4.0, fraction=0.4) / backward_depth_limit(
        kappa=4.0, fraction=0.6
    )
    assert math.log(ratio) / (16 * 0.2) == pytest.approx(alpha, rel=0.01)


# Tangents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [0.25, 1.0])
@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_tangent_limit_is_what_depths_tend_to_in_powers_of_one_over_sqrt_depth(kappa, share):
    few, more, many = (
        wide_tangent_energy(tau=kappa / math.sqrt(depth), layer=round(share * depth))
        for depth in (64, 256, 1024)
    )
    without_first = 2 * more - few, 2 * many - more
    without_second = (4 * without_first[1] - without_first[0]) / 3
    limit = tangent_depth_limit(kappa=kappa, fraction=share)
    if kappa == 1:  # the first power is not small beside the second
        _, power = tangent_depth_limit.remainder.as_base_exp()
        assert math.log((few - limit) / (many - limit), 16) == pytest.approx(-float(power), abs=0.1)
    assert abs(without_second - limit) < 0.01 * abs(many - limit)


def test_the_tangent_limit_has_kappa_and_the_fraction_in_one():
    for kappa, share in ((0.5, 0.9), (2.0, 0.3)):
        found = tangent_depth_limit(kappa=kappa, fraction=share)
        together = tangent_depth_limit(kappa=kappa * math.sqrt(share), fraction=1.0)
        assert found == pytest.approx(together, rel=1e-11)
    assert tangent_depth_limit(kappa=1.0, fraction=0.0) == pytest.approx(1, abs=1e-12)


def test_near_inputs_come_nearer_at_first_and_never_by_a_tenth_in_square():
    limits = tangent_depth_limit(kappa=2.0, fraction=np.linspace(0, 1, 401))
    assert 0.919 < limits.min() < 0.92
    assert limits[-1] > 2


def test_the_tangent_limit_obeys_its_equation_by_another_quadrature():
    kappa, time = 1.2, 0.6
    square = kappa**2

    def survival(earlier):
        p, q = math.exp(square * earlier), math.exp(square * time)
        near, far = math.sqrt((p - 1) / (q - p)), math.sqrt((p + 1) / (q - p))
        return (math.atan(near) + math.atan(far)) / math.pi

    given = quad(
        lambda u: survival(u) * tangent_depth_limit(kappa=kappa, fraction=u),
        0,
        time,
        epsabs=1e-11,
        epsrel=1e-11,
        limit=400,
    )[0]
    alive = 2 / math.pi * math.atan(math.sqrt(2 / math.expm1(square * time)))
    found = tangent_depth_limit(kappa=kappa, fraction=time)
    assert found == pytest.approx(alive + square * given, rel=1e-9)


# Perturbations --------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [0.25, 1.0])
@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_limit_of_changes_is_what_depths_tend_to_in_powers_of_one_over_sqrt_depth(kappa, share):
    few, more, many = (
        wide_relative_change(tau=kappa / math.sqrt(depth), layer=round(share * depth))
        for depth in (64, 256, 1024)
    )
    without_first = 2 * more - few, 2 * many - more
    without_second = (4 * without_first[1] - without_first[0]) / 3
    limit = relative_change_depth_limit(kappa=kappa, fraction=share)
    if kappa == share == 1:  # the first power is not small beside the second
        _, power = relative_change_depth_limit.remainder.as_base_exp()
        assert math.log((few - limit) / (many - limit), 16) == pytest.approx(-float(power), abs=0.1)
    assert abs(without_second - limit) < 0.02 * abs(many - limit)


def test_changes_at_small_kappa_are_three_quarters_of_what_is_given():
    for share in (1e-12, 0.1, 1.0):
        found = relative_change_depth_limit(kappa=1e-5, fraction=share)
        assert found == pytest.approx(0.75e-10 * share, rel=1e-4)
    assert relative_change_depth_limit(kappa=1.0, fraction=0.0) == 0
