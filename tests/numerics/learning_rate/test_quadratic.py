import numpy as np
import pytest

from numerics import learning_rate


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


@pytest.mark.parametrize("networks", [0, -1, 1.5, True])
def test_a_number_of_networks_that_is_none_is_named(networks):
    with pytest.raises(
        (TypeError, ValueError), match=f"^networks = {networks}: must be an integer"
    ):
        learning_rate.measure_fastest_rate(top_eigenvalue=1, bottom_eigenvalue=1, networks=networks)
