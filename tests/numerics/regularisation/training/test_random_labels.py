"""Random labels, learnt with weight decay and without."""

import numpy as np
import pytest

from numerics.regularisation import measure_random_labels
from numerics.regularisation.training.random_labels import FITTED
from numerics.simulation.data import ImageSet

SMALL = {"samples": 20, "width": 8, "updates": 5, "weight_decay": 0.01, "seed": 3}


def measured(**given):
    return measure_random_labels(ImageSet(), **{**SMALL, "networks": 3, **given})


def test_a_network_is_the_same_whatever_is_drawn_beside_it():
    together = measured(networks=4)
    for name, found in vars(together).items():
        alone = [vars(measured(networks=1, first_network=k))[name].per_network for k in range(4)]
        np.testing.assert_array_equal(found.per_network, np.concatenate(alone))


def test_weight_decay_of_nothing_is_none():
    both = measured(weight_decay=0.0).norms_under_weight_decay_and_none.per_network
    np.testing.assert_array_equal(both[:, 0], both[:, 1])
    weaker = measured(weight_decay=0.1).norms_under_weight_decay_and_none.per_network
    np.testing.assert_array_equal(weaker[:, 1], both[:, 1])
    assert (weaker[:, 0] < both[:, 0]).all()


def test_few_labels_are_fitted_in_time_and_hardly_at_once():
    late = measured(updates=300, width=32, weight_decay=0.0)
    assert (late.share_that_counts_as_fitted_and_share_fitted.per_network[:, 1] == 1).all()
    early = measured(updates=1, learning_rate=0.0)
    assert (early.share_that_counts_as_fitted_and_share_fitted.per_network[:, 1] < FITTED).all()


def test_bright_images_are_fitted_sooner():
    slow = {"updates": 60, "width": 32, "weight_decay": 0.1, "learning_rate": 0.003}
    dark, bright = (
        measured(**slow, brightest=one).share_that_counts_as_fitted_and_share_fitted.per_network
        for one in (1.0, 16.0)
    )
    assert (bright[:, 1] > dark[:, 1]).all()


def test_rows_of_shares_are_each_others_mirror():
    found = measured()
    np.testing.assert_array_equal(
        found.share_that_counts_as_fitted_and_share_fitted.per_network,
        found.share_fitted_and_share_that_counts_as_fitted.per_network[:, ::-1],
    )


@pytest.mark.parametrize(("hidden", "samples"), [(1, 20), (2, 20), (2, 60)])
def test_the_bound_is_above_what_no_network_goes_below(hidden, samples):
    bound = measured(hidden=hidden, samples=samples, updates=100).greatest_gap_and_its_bound
    assert (bound.per_network[:, 0] == 1).all()
    least = 2 ** (hidden + 1.5) / samples**0.5
    assert (bound.per_network[:, 1] > least).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weight_decay": 2}, "weight_decay = 2"),
        ({"hidden": 0}, "hidden = 0"),
        ({"brightest": -1.0}, "brightest = -1.0"),
        ({"updates": 0}, "updates = 0"),
        ({"samples": 1}, "samples = 1"),
        ({"learning_rate": -1}, "learning_rate = -1"),
    ],
)
def test_what_is_not_allowed_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        measured(**wrong)
