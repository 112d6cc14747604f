"""Where students beside their teacher turn from approaching it to leaving it."""

import numpy as np
import pytest

from numerics.order_parameters import (
    measure_balancing_rate,
    measure_effective_rate,
    measure_stability_limit,
)


def test_the_boundary_of_one_step_is_where_runs_turn():
    # Runs come within 5/N of it.
    for activation in ("relu", "erf"):
        step = measure_balancing_rate(
            activation=activation, learning_rate=0.5, scale=1.0, norm=1.0, dimension=10**6,
            networks=40, seed=1,
        ).rate  # fmt: skip
        for method in ("wn", "sgd"):
            runs = measure_stability_limit(
                method=method, activation=activation, dimension=250, time=1.0, networks=50, seed=1
            )
            error = 4 * np.hypot(step.standard_error, runs.standard_error)
            assert abs(runs.estimate / step.estimate - 1) < 0.02 + error


@pytest.mark.parametrize(("share", "grows"), [(0.8, False), (1.25, True)])
def test_a_deviation_shrinks_below_the_boundary_and_grows_above(share, grows, learned):
    boundary = measure_balancing_rate(
        activation="relu",
        learning_rate=0.5,
        scale=1.0,
        norm=1.0,
        dimension=10**6,
        networks=1,
        seed=1,
    )
    start = 1 - 1e-8
    after = learned(
        method="wn",
        learning_rate=share * float(boundary.rate.estimate),
        scale=1.0,
        overlap=start,
        norm=1.0,
        dimension=400,
        times=(3.0,),
        networks=20,
        seed=1,
    )
    assert np.all((after.overlap.per_network < start) == grows)


def test_the_boundary_lies_at_one_effective_learning_rate():
    first, second = (
        measure_balancing_rate(
            activation="relu", learning_rate=eta, scale=0.75, norm=norm, dimension=10**6,
            networks=20, seed=1,
        )
        for eta, norm in ((0.5, 1.0), (3.0, 2.0))
    )  # fmt: skip
    np.testing.assert_allclose(first.rate.per_network, second.rate.per_network, rtol=1e-4)


def test_pull_and_push_are_what_moves_a_small_deviation():
    # For ReLU at gamma = 1 the pull is the effective learning rate, and the push half its square.
    found = measure_balancing_rate(
        activation="relu", learning_rate=0.5, scale=1.0, norm=1.0, dimension=10**6, networks=40,
        seed=1,
    )  # fmt: skip
    pull, push = found.pull_and_push.per_network.T
    for measured, expected in ((pull, 0.5 * 0.5), (push, 0.5**2 / 2)):
        error = 4 * measured.std() / np.sqrt(len(measured))
        assert error < 0.02 * expected
        assert abs(measured.mean() - expected) < error
    np.testing.assert_array_equal(found.rate.per_network, pull / push)


@pytest.mark.parametrize(("eta", "scale", "norm"), [(0.5, 0.75, 2.0), (3.0, 2.5, 0.5)])
def test_a_step_turns_the_weights_by_eta_gamma_over_the_squared_norm(eta, scale, norm):
    # A step eta delta (sqrt(N) gamma/|w|) u across |w| = sqrt(N) L: its tangent over |delta u|/N.
    found = measure_effective_rate(
        learning_rate=eta, scale=scale, norm=norm, dimension=20, networks=5, seed=2, device="cpu"
    )
    np.testing.assert_allclose(found.per_network, eta * scale / norm**2, rtol=1e-9)


def test_measurements_of_stability_depend_on_seed_and_number_alone():
    step = {"learning_rate": 0.5, "scale": 0.75, "norm": 2.0, "dimension": 50}
    for measure, given in (
        (measure_balancing_rate, {"activation": "erf", **step}),
        (measure_effective_rate, step),
        (
            measure_stability_limit,
            {"method": "wn", "activation": "relu", "dimension": 9, "time": 1},
        ),
    ):
        whole = measure(**given, networks=4, seed=1)
        part = measure(**given, networks=2, first_network=2, seed=1)
        if measure is measure_balancing_rate:
            whole, part = whole.pull_and_push, part.pull_and_push
        np.testing.assert_array_equal(whole.per_network[2:], part.per_network)
