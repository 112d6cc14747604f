"""What claims on networks with scaled branches are judged with."""

import math

import mpmath
import numpy as np
import pytest

from numerics import residual_scaling
from theory import residual_scaling as forms
from verify.claims.residual_scaling import (
    activations,
    backward,
    converse,
    energy,
    experiments,
    perturbation,
    training,
)

RUN = {"seed": 3, "first_network": 0, "networks": 200, "device": "cpu"}


def test_layers_at_a_depth_are_those_shares_of_its_residual_ones():
    values = {"kappa": 0.8, "root": 4, "width": 6, "start": "own"}
    measure = experiments.measure_deep_energy
    every = measure({**values, "fraction": (0.25, 1.0)}, **RUN)["energy"]
    ensemble = residual_scaling.Ensemble(
        tau=0.2, depth=17, width=6, networks=200, seed=3, device="cpu"
    )
    expected = residual_scaling.measure_mean_energy(ensemble, layer=[4, 16]).per_network
    np.testing.assert_array_equal(every, expected)
    (one,) = measure({**values, "fraction": 0.25}, **RUN).values()
    np.testing.assert_array_equal(one, expected[:, 0])


def test_what_is_left_out_is_how_far_a_form_lies_off_the_recursion():
    at = {"kappa": 1.0, "depth": 16, "layer": 15}
    first = energy.LeftOut(forms.depth_limit_energy_first_order)(at)
    second = energy.LeftOut(forms.depth_limit_energy_second_order)(at)
    assert (round(first, 4), round(second, 4)) == (0.0118, 0.0042)


def test_the_corrected_depth_limit_is_right_to_one_percent():
    for depth in (16, 64, 1024):
        for layer in (1, depth // 2, depth):
            at = {"kappa": 1.0, "depth": depth, "layer": layer}
            assert energy.LeftOut(forms.depth_limit_energy_second_order)(at) < 0.01


@pytest.mark.parametrize("tau", [0.5, 1.25])
def test_a_far_layer_has_forgotten_its_start(tau):
    layer = energy._far_layer({"tau": tau}, 0.04)["layer"]
    ratio = forms.wide_energy.log(tau=tau, layer=2 * layer + 1) - forms.wide_energy.log(
        tau=tau, layer=2 * layer
    )
    assert ratio == pytest.approx(forms.growth_rate.log(tau=tau), rel=1e-4)
    near, far = (forms.wide_energy.log(tau=tau, layer=k * layer) for k in (1, 2))
    assert 2 * near - far == pytest.approx(forms.growth_prefactor.log(tau=tau), abs=0.002)


def test_a_relative_change_is_in_units_of_the_deviation_of_the_weights():
    # One layer from h: what is added is tau W' h, of |W'| = 2 s, in the units that are alive.
    values = {"tau": 0.3, "layer": 1, "depth": 2, "width": 400, "start": "dense"}
    found = backward.measure_change(values, **RUN)["relative change"]
    # E |D W' h|^2 tau^2/(s^2 |h|^2) is tau^2 times the share that is alive, nearly all of them.
    grown = forms.first_layer_energy_flat.value(tau=0.3)
    assert np.mean(found) == pytest.approx(0.3**2 / grown, rel=0.02)


def test_moments_of_two_branches_are_those_of_draws():
    rng = np.random.default_rng(5)
    tau, width = 0.7, 2
    g = rng.standard_normal((400_000, width))
    energy_of = (np.maximum(1 + tau * g, 0) ** 2).mean(axis=1)
    total = g[:, 0] + np.sqrt(energy_of) * rng.standard_normal(len(g))
    second, third, fourth = map(float, converse._moments({"tau": tau, "width": width}))
    for power, expected in ((2, second), (3, third), (4, fourth)):
        off = 4 * np.std(total**power) / math.sqrt(len(g))
        assert abs(np.mean(total**power) - expected) < off


def test_the_greatest_width_solves_its_equation():
    for factor in (mpmath.mpf(3), mpmath.mpf(10) ** 30):
        width = training._greatest_width(factor)
        assert mpmath.almosteq(width, factor * mpmath.log(width) ** 2)
        assert 2 * factor * mpmath.log(width) < width  # the derivative is below 1: the greatest


def test_steps_are_told_beside_those_at_one_over_the_root_of_the_depth():
    few = {**RUN, "networks": 3}
    values = {**training.NETWORKS, "data": "gaussian", "depth": 9}
    found = training.measure_steps(values, **few)
    first, second = found.values()
    np.testing.assert_array_equal(first[:, 0], second[:, 0])
    assert all(pair.max() <= training.STEPS + 1 for pair in found.values())
    (of_depths,) = training.measure_steps_of_depths(values, **few).values()
    limit = training.STEPS
    np.testing.assert_array_equal(of_depths[:, 1], np.minimum(2 * first[:, 0], 2 * limit))
    deeper = next(iter(training.measure_steps({**values, "depth": 36}, **few).values()))[:, 0]
    np.testing.assert_array_equal(of_depths[:, 0], np.where(deeper > limit, 2 * limit + 1, deeper))
    # None that fails counts for the claim, though twice the steps at the lesser depth are more.
    (none,) = training.measure_steps_of_depths({**values, "steps": 1}, **few).values()
    assert np.all(none[:, 0] > none[:, 1])


def test_changes_are_told_in_units_of_omega():
    setting = perturbation.radial.setting
    values = {**setting, "kappa": 0.5, "fraction": 1.0, "root": 4, "width": 64}
    (relative,) = perturbation.measure_deep_change(values, **RUN).values()
    assert np.mean(relative) == pytest.approx(0.25, rel=0.05)
    squared = {**values, "tau": 0.125, "depth": 17, "layer": 16}
    (energy_of,) = perturbation.measure_squared_change(squared, **RUN).values()
    assert np.mean(energy_of) == pytest.approx(0.25**2 * math.exp(0.25), rel=0.2)


@pytest.mark.parametrize("distance", [0.1, 1.0, math.sqrt(2)])
def test_the_distance_at_the_start_is_that_of_draws(distance):
    rng = np.random.default_rng(8)
    angle = 2 * math.asin(distance / 2)
    first, second = rng.standard_normal((2, 400_000)) * math.sqrt(2)
    other = math.cos(angle) * first + math.sin(angle) * second
    squares = (np.maximum(first, 0) - np.maximum(other, 0)) ** 2
    expected = perturbation.distance_at_start({"distance": distance})
    assert abs(np.mean(squares) - expected) < 4 * np.std(squares) / math.sqrt(len(squares))
    values = {"kappa": 0.1, "residuals": 4, "layer": 2, "distance": distance, "width": 64}
    (found,) = perturbation.measure_distances({**values, "start": "own"}, **RUN).values()
    assert found.shape == (200, 2)
    assert np.mean(found[:, 1]) == pytest.approx(expected, rel=0.1)


def test_a_reflected_motion_keeps_off_zero_as_often_as_a_walk_does():
    # Half an atom at 0 and half half-normal of second moment 2, in time exp(kappa^2 t) - 1.
    rng = np.random.default_rng(2)
    kappa, walks, steps = 1.3, 4000, 1000
    start = np.where(rng.random(walks) < 0.5, 0.0, np.abs(rng.standard_normal(walks)) * 2**0.5)
    near, far = (math.expm1(kappa**2 * t) for t in (0.4, 0.7))
    place = np.abs(start + math.sqrt(near) * rng.standard_normal(walks))
    step = math.sqrt((far - near) / steps)
    path = place[:, None] + step * rng.standard_normal((walks, steps)).cumsum(axis=1)
    # The motion through the points falls lower than they do, by 0.58 of a step (Siegmund 1979).
    share = np.mean(path.min(axis=1) > 0.5826 * step)
    assert share == pytest.approx(backward.kept(kappa, 0.4, 0.7), abs=4 * 0.5 / walks**0.5)
    assert backward.kept(kappa, 0.4, 0.4) == 1


@pytest.mark.parametrize("said", backward.backward_limit.says, ids=lambda said: said.name)
def test_limits_solve_their_equations_and_no_others(said):
    at = {"kappa": 0.9, "fraction": 0.6}
    right = said.form.value(**at)
    assert said.witness(at) == pytest.approx(right, rel=2e-9)
    assert said.witness({**at, "kappa": 0.91}) != pytest.approx(right, rel=1e-4)


def test_sparse_gradients_are_squares_of_a_share_of_the_layer():
    values = {"share": 0.25, "width": 32, "depth": 3, "tau": 0.5, "start": "own"}
    run = {**RUN, "networks": 20}
    ensemble = residual_scaling.Ensemble(
        tau=0.5, depth=3, width=32, networks=20, seed=3, device="cpu"
    )
    for measure, layer in (
        (activations.measure_last_gradient, 2),
        (activations.measure_first_gradient, 0),
    ):
        (found,) = measure(values, **run).values()
        expected = residual_scaling.measure_sparse_gradient(ensemble, sparsity=8, layer=layer)
        np.testing.assert_array_equal(found, expected.per_network**2)


def test_kernels_are_told_in_units_of_the_width():
    values = {
        "tau": 0.5, "depth": 3, "width": 32, "samples": 2, "separation": 0.7, "start": "own",
    }  # fmt: skip
    run = {**RUN, "networks": 20}
    found = perturbation.measure_kernel(values, **run)
    ensemble = residual_scaling.Ensemble(
        tau=0.5, depth=3, width=32, networks=20, seed=3, device="cpu"
    )
    expected = residual_scaling.measure_tangent_kernel(ensemble, samples=2, distance=0.7)
    np.testing.assert_array_equal(found["kernel trace"], expected.trace.per_network / 64)
    np.testing.assert_array_equal(
        found["least gradient"], expected.last_layer_least_eigenvalue.per_network / 32
    )


def test_factors_of_perturbed_activations_lie_between_0_and_1():
    values = {"tau": 0.5, "depth": 3, "layer": 2, "width": 64, "size": 0.5, "start": "own"}
    found = activations.measure_perturbed({**values, "direction": "gaussian"}, **RUN)
    least, greatest = (found[f"{name} factor plus 1"] for name in ("least", "greatest"))
    assert np.all((least >= 1) & (least <= greatest) & (greatest <= 2))
    assert np.mean(found["perturbed energy"]) > 1
