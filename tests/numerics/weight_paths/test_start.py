"""The start of paths of weights: its law, and what is refused."""

import math

import numpy as np
import pytest

from numerics.weight_paths import (
    measure_alternating_variation,
    measure_initial_variation,
    p_variation,
    start,
)

RUN = {"networks": 300, "seed": 4}


def test_two_layers_are_as_far_apart_as_two_truncated_normals():
    found = measure_initial_variation(depth=2, dim=1, gamma=1.0, **RUN).per_network
    assert found.max() < 0.5  # half of 2^-1 each, on either side
    assert np.mean(found) == pytest.approx(0.6225 / 4, abs=4 * np.std(found) / 300**0.5)


def test_it_is_the_variation_of_the_path(monkeypatch):
    kept = []
    diff = np.diff
    monkeypatch.setattr(
        start.np, "diff", lambda path, axis: kept.append(path) or diff(path, axis=axis)
    )
    (found,) = measure_initial_variation(
        depth=20, dim=3, gamma=2.0, networks=1, seed=1, first_network=5
    ).per_network
    assert found == pytest.approx(p_variation(kept[0], 1.0) * 20**-0.5 / 2, rel=1e-13)
    assert np.abs(kept[0]).max() <= 1


def test_a_path_depends_on_its_seed_and_place_alone():
    terms = {"depth": 5, "dim": 2, "gamma": 1.5, "seed": 7}
    whole = measure_initial_variation(**terms, networks=4).per_network
    rest = measure_initial_variation(**terms, networks=2, first_network=2).per_network
    np.testing.assert_array_equal(whole[2:], rest)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"depth": 1}, "depth = 1"), ({"dim": 0}, "dim = 0"), ({"gamma": 0.0}, "gamma = 0.0")],
)
def test_what_is_no_path_is_refused(wrong, words):
    with pytest.raises(ValueError, match=f"{words}: must be"):
        measure_initial_variation(**{"depth": 4, "dim": 2, "gamma": 1.0, **wrong}, **RUN)


def test_weights_that_go_up_and_down_have_all_their_increments_as_variation():
    at = {"depth": 6, "dim": 2, "gamma": 0.8, "networks": 3, "seed": 1}
    found = measure_alternating_variation(p=2.0, **at).per_network
    expected = math.sqrt(5) * 6 ** (-1 / 0.8) / (2 * math.e)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
