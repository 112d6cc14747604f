import numpy as np

from numerics import fisher, learning_rate
from numerics.learning_rate import divergence


def plain(**sizes):
    return fisher.Ensemble(network="resnet", seed=1, **sizes)


def test_descent_turns_at_twice_the_inverse_top_eigenvalue():
    turns = learning_rate.measure_divergence_rate(plain(depth=3, width=4, samples=5, networks=4))
    # The risk is quadratic up to the displacement of 1e-9, times the curvature's own change.
    np.testing.assert_allclose(turns.learning_rate.per_network, 2, rtol=1e-6)
    assert turns.gates_unchanged.per_network.all()


def test_the_rate_is_over_the_top_eigenvalue_of_a_multiple_of_the_risk():
    networks = plain(depth=1, width=3, samples=4, networks=2)
    turns = learning_rate.measure_divergence_rate(networks, top_eigenvalue=8.0)
    np.testing.assert_allclose(turns.learning_rate.per_network, 1 / 4, rtol=1e-6)


def test_the_turn_is_measured_in_the_networks_own_top_eigenvalue(monkeypatch):
    # Outputs over sqrt(2) halve the Hessian and double the rate: their product stays.
    honest = divergence.output
    monkeypatch.setattr(
        divergence, "output", lambda weights, inputs: honest(weights, inputs) / 2**0.5
    )
    turns = learning_rate.measure_divergence_rate(plain(depth=2, width=3, samples=4, networks=2))
    np.testing.assert_allclose(turns.learning_rate.per_network, 2, rtol=1e-6)


def test_a_network_whose_risk_has_a_kink_near_the_minimum_is_told(monkeypatch):
    # So far off that units of many networks switch on the way: their risk is not quadratic there.
    monkeypatch.setattr(divergence, "_DISTANCE", 1e-4)
    sizes = {"depth": 3, "width": 6, "samples": 3, "networks": 64}
    turns = learning_rate.measure_divergence_rate(plain(**sizes))
    off = abs(turns.learning_rate.per_network - 2) > 0.01
    kept = turns.gates_unchanged.per_network == 1
    assert off.any()
    assert kept.any()
    assert not (off & kept).any()
