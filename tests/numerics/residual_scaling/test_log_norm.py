import numpy as np
import pytest

from numerics import residual_scaling

FIELDS = ("mean", "variance", "norm")


@pytest.mark.parametrize("start", ["own", "dense"])
def test_groups_have_the_moments_of_single_networks(start, ensemble, assert_same_means):
    shape = {"tau": 0.3, "depth": 5, "width": 6, "start": start}
    log_norm = residual_scaling.measure_forward(
        ensemble(**shape, networks=20_000, seed=2), layer=4
    ).log_norm.per_network
    alive = np.isfinite(log_norm)
    log_norm = log_norm[alive]
    found = residual_scaling.measure_log_norm(ensemble(**shape, networks=1_500), group=4)
    kept = np.isfinite(found.mean.per_network)  # a group with a dead network has no mean
    assert kept.all() == alive.all() == (start == "dense")
    squares = (log_norm - log_norm.mean()) ** 2
    assert_same_means(found.mean.per_network[kept], log_norm)
    assert_same_means(found.variance.per_network[kept], squares)
    assert_same_means(found.norm.per_network[kept], np.exp(log_norm))


def test_what_is_known_of_it_varies_no_more(ensemble):
    made = ensemble(tau=0.1, depth=65, width=8, start="dense", networks=200)
    found = residual_scaling.measure_log_norm(made, group=2)
    variance = 0.1**2 * 64 / 8  # of the log norm, nearly
    assert found.mean.per_network.std() < 0.2 * (variance / 2) ** 0.5
    assert found.variance.per_network.std() < 0.3 * variance  # that of two is 1.4 times it
    assert found.norm.per_network.std() < 0.2 * (variance / 2) ** 0.5


def test_a_group_is_the_same_in_whatever_block_it_is_drawn(ensemble):
    whole = residual_scaling.measure_log_norm(ensemble(networks=300, start="dense"), group=3)
    part = residual_scaling.measure_log_norm(
        ensemble(networks=2, first_network=297, start="dense"), group=3
    )
    for name in FIELDS:
        found = getattr(whole, name)
        np.testing.assert_array_equal(found.per_network[297:299], getattr(part, name).per_network)
        assert found.settings["group"] == 3
        assert "||h_(L-1)||" in found.quantity


def test_what_cannot_be_drawn_is_named(ensemble):
    with pytest.raises(ValueError, match="group = 1: must be"):
        residual_scaling.measure_log_norm(ensemble(), group=1)
    with pytest.raises(ValueError, match="depth = 1: must be"):
        residual_scaling.measure_log_norm(ensemble(depth=1))
