import numpy as np
import pytest

from numerics import fisher, learning_rate


def plain(**sizes):
    return fisher.Ensemble(network="resnet", seed=1, **sizes)


def test_descent_turns_at_twice_the_inverse_top_eigenvalue():
    turns = learning_rate.measure_divergence_rate(plain(depth=3, width=4, samples=5, networks=4))
    # The risk is quadratic up to the displacement of 1e-9, times the curvature's own change.
    np.testing.assert_allclose(turns.learning_rate.per_network, 2, rtol=1e-6)
    assert turns.gates_unchanged.per_network.all()


def test_the_turn_is_measured_in_the_networks_own_top_eigenvalue(monkeypatch):
    # Outputs over sqrt(2) halve the Hessian and double the rate: their product stays.
    honest = learning_rate.output
    monkeypatch.setattr(
        learning_rate, "output", lambda weights, inputs: honest(weights, inputs) / 2**0.5
    )
    turns = learning_rate.measure_divergence_rate(plain(depth=2, width=3, samples=4, networks=2))
    np.testing.assert_allclose(turns.learning_rate.per_network, 2, rtol=1e-6)


def test_a_network_whose_risk_has_a_kink_near_the_minimum_is_told(monkeypatch):
    # So far off that units of many networks switch on the way: their risk is not quadratic there.
    monkeypatch.setattr(learning_rate, "_DISTANCE", 1e-4)
    sizes = {"depth": 3, "width": 6, "samples": 3, "networks": 64}
    turns = learning_rate.measure_divergence_rate(plain(**sizes))
    off = abs(turns.learning_rate.per_network - 2) > 0.01
    kept = turns.gates_unchanged.per_network == 1
    assert off.any()
    assert kept.any()
    assert not (off & kept).any()


@pytest.mark.parametrize("bottom", [4, 1.5, 0.4, 0.04])
def test_the_fastest_rate_balances_both_ends_of_the_spectrum(bottom):
    fastest = learning_rate.measure_fastest_rate(top_eigenvalue=4, bottom_eigenvalue=bottom)
    # Over T steps the two contributions balance up to a factor of O(1), that is O(1/T) in rate.
    assert fastest.estimate == pytest.approx(2 / (4 + bottom), rel=1.5e-3)


def test_few_steps_leave_the_optimum_of_their_own():
    # One step: (1 - eta/2)^2 + (1 - eta)^2 is least at eta = 6/5.
    fastest = learning_rate.measure_fastest_rate(top_eigenvalue=1, bottom_eigenvalue=0.5, steps=1)
    assert fastest.estimate == pytest.approx(1.2, abs=1e-7)


def test_every_network_has_the_same_fastest_rate():
    rates = learning_rate.measure_fastest_rate(top_eigenvalue=1, bottom_eigenvalue=1, networks=3)
    np.testing.assert_allclose(rates.per_network, [1, 1, 1], rtol=1e-6)


def test_a_bottom_above_the_top_is_refused():
    with pytest.raises(ValueError, match=r"^bottom_eigenvalue = 2: must be a number in \[1e-06, "):
        learning_rate.measure_fastest_rate(top_eigenvalue=1, bottom_eigenvalue=2)
