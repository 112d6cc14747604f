import numpy as np
import pytest

from numerics import fisher, learning_rate
from numerics.learning_rate import boundary

SIZES = {"depth": 1, "width": 3, "samples": 4, "networks": 2, "seed": 1, "device": "cpu"}
GRID = {"lowest": 1.0, "highest": 8.0, "rates": 4}


def plain(**changes):
    return fisher.Ensemble(network="resnet", **{**SIZES, **changes})


def losses_at_1_2_4_and_8(asked, rates, *, steps):
    """The first network converges at 1 and 4 and rises from 2 on; the second does neither."""
    assert rates.shape == (2, 4)
    np.testing.assert_allclose(rates, [[1, 2, 4, 8]] * 2, rtol=1e-14)
    first = [[5, 4, 3], [5, 9, 2000], [5, 7000, 1000], [5, np.inf, np.inf]]
    second = [[5000, 4000, 3000]] * 4
    return np.array([first, second], dtype=float)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(boundary, "losses_of_descent", losses_at_1_2_4_and_8)


@pytest.mark.usefixtures("made_up")
def test_the_boundary_is_the_highest_rate_that_converges_and_the_lowest_that_rises():
    found = learning_rate.measure_boundary(plain(), steps=2, **GRID)
    np.testing.assert_allclose(found.highest_converging_rate.per_network, [4, 0])
    np.testing.assert_allclose(found.lowest_rising_rate.per_network, [2, 8])


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("network", ["resnet", "batch_norm", "stochastic_depth"])
def test_it_is_held_against_the_top_eigenvalue_of_the_start(network):
    kind = {"resnet": {}, "batch_norm": {"statistics": "coupled"}, "stochastic_depth": {}}[network]
    dropping = {"survival": 0.5} if network == "stochastic_depth" else {}
    asked = fisher.Ensemble(network=network, **SIZES, **dropping)
    whole = {**SIZES, "network": "resnet" if dropping else network}
    limit = 2 / fisher.measure_spectrum(**whole, **kind).top_eigenvalue.per_network
    found = learning_rate.measure_boundary_over_start(asked, steps=2, **GRID)
    np.testing.assert_allclose(found.start_limit.per_network, limit)
    np.testing.assert_allclose(found.above_start_limit.per_network, [4 / limit[0], 0])
    np.testing.assert_allclose(found.rise_above_start_limit.per_network, [2, 8] / limit)


@pytest.mark.usefixtures("made_up")
def test_a_loss_counts_up_to_where_a_run_is_called_diverged():
    rates = (1.0, 2.0, 4.0, 8.0)
    found = learning_rate.measure_final_loss(plain(), learning_rate=rates, steps=2)
    np.testing.assert_allclose(found.per_network, [[3, 1000, 1000, 1000], [1000] * 4])


def test_one_rate_gives_one_number_a_network():
    one = learning_rate.measure_final_loss(plain(), learning_rate=0.01, steps=3)
    several = learning_rate.measure_final_loss(plain(), learning_rate=[0.01, 0.02], steps=3)
    np.testing.assert_array_equal(one.per_network, several.per_network[:, 0])
    same = learning_rate.measure_final_loss(plain(), learning_rate=np.float64(0.01), steps=3)
    np.testing.assert_array_equal(one.per_network, same.per_network)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lowest": 0.0}, "lowest = 0.0: must be a number in "),
        ({"highest": 0.5}, "highest = 0.5: must be a number in "),
        ({"rates": 0}, "rates = 0: must be an integer >= 1"),
        ({"steps": 0}, "steps = 0: must be an integer >= 1"),
    ],
)
def test_a_grid_that_is_none_is_refused(changes, told):
    with pytest.raises(ValueError, match=f"^{told}"):
        learning_rate.measure_boundary(plain(), **{**GRID, **changes})
