"""Recursions, grids, steps and tensors against what is known of them."""

import math

import numpy as np
import pytest

from numerics import weight_paths
from numerics.weight_paths import setting

SIZES = {
    "measure_recursions": {
        "count": 5, "growth": 0.2, "added": 0.1, "first": 0.3, "second": 0.9,
    },
    "measure_grid_steps": {"depth": 10, "length": 0.25},
    "measure_descent_steps": {"depth": 3, "dim": 2, "samples": 4},
    "measure_carried_one": {"depth": 3, "dim": 2},
    "measure_tensors": {"dim": 3, "order": 3, "kept": 1},
    "measure_lipschitz": {"dim": 2, "radius": 1.5},
    "measure_variations": {"points": 6, "dim": 2, "p": 2.5},
}  # fmt: skip
every_measurement = pytest.mark.parametrize("name", SIZES)


def measured(name, **changes):
    run = {"networks": 6, "seed": 1, **SIZES[name], **changes}
    found = getattr(weight_paths, name)(**run)
    if hasattr(found, "per_network"):
        return {"value": found.per_network}
    return {field: one.per_network for field, one in vars(found).items()}


def test_sequences_that_lack_nothing_are_the_greatest():
    found = measured("measure_recursions")
    greatest = 0.9
    for _ in range(4):
        greatest = 1.2 * greatest + 0.1
    np.testing.assert_allclose(found["last"], greatest, rtol=1e-14)
    np.testing.assert_allclose(found["over_bound"], 1, rtol=1e-12)


def test_a_sequence_beyond_the_recursion_is_seen_to_be(monkeypatch):
    drawn = setting.keyed.numpy_generator

    class Beyond:
        def __init__(self, **keys):
            self.random_ = drawn(**keys)
            self.calls = 0

        def random(self, shape):
            self.calls += 1
            return np.full(shape, 2.0) if self.calls == 1 else self.random_.random(shape)

    monkeypatch.setattr(setting.keyed, "numpy_generator", Beyond)
    assert np.all(measured("measure_recursions")["over_bound"] > 1.05)


def test_an_interval_holds_a_point_of_the_grid_more_than_its_length_has_steps():
    for length, steps in ((0.25, 3), (0.01, 1), (0.0, 0)):
        found = measured("measure_grid_steps", length=length)["value"]
        assert np.all(found <= steps)
        assert found[0] == steps


def test_the_gradient_of_the_mean_is_its_share_of_the_sum_and_the_formula_is_that_sum():
    found = measured("measure_descent_steps")
    np.testing.assert_allclose(found["share"], 1 / 4, rtol=1e-13)
    assert np.all(found["formula_error"] < 1e-13)


def test_a_formula_without_its_blocks_is_seen_to_be_off(monkeypatch):
    whole = setting._by_formula

    def last_layer_for_all(weights, inputs, labels):
        total = whole(weights, inputs, labels)
        total[:-1] = total[1:]
        return total

    monkeypatch.setattr(setting, "_by_formula", last_layer_for_all)
    assert np.all(measured("measure_descent_steps")["formula_error"] > 1e-3)


def test_a_carried_one_passes_tanh_layer_by_layer():
    found = measured("measure_carried_one")["value"]
    assert found == pytest.approx(math.tanh(math.tanh(math.tanh(1))), rel=1e-15)


def test_products_of_vectors_attain_the_norms_of_tensors():
    for order, kept in ((2, 1), (3, 2), (1, 0)):
        found = measured("measure_tensors", order=order, kept=kept)
        np.testing.assert_allclose(found["product"], 1, rtol=1e-12)
    many = measured("measure_tensors", networks=60)["activated"]
    assert many.max() == pytest.approx(1, rel=1e-3)
    assert np.all(many <= 1)


@pytest.mark.parametrize("radius", [0.01, 1.5, 40.0])
def test_pairs_of_a_ball_come_near_to_its_radius_and_no_further(radius):
    found = measured("measure_lipschitz", radius=radius)["value"]
    np.testing.assert_allclose(found, radius, rtol=1e-5)
    assert np.all(found <= radius)


def test_variations_are_those_of_every_partition():
    for dim in (1, 3):
        for p in (1.0, 1.5, 7.0):
            found = measured("measure_variations", dim=dim, p=p, networks=30)
            np.testing.assert_allclose(found["over_partitions"], 1, rtol=1e-12)
            np.testing.assert_allclose(found["over_increments"], 1, rtol=1e-12)
            assert np.all(found["over_lower"] <= 1 + 1e-12)
            assert (found["over_lower"].min() < 0.9) == (p > 1)


def test_partitions_of_a_path_that_returns_are_tried_one_by_one():
    from numerics.weight_paths.partitions import _over_all_partitions

    path = np.array([[0.0], [1.0], [0.0], [3.0]])
    assert _over_all_partitions(path, 1) == pytest.approx(5)
    assert _over_all_partitions(path, 2) == pytest.approx(math.sqrt(11))
    assert _over_all_partitions(path[[0, 1, 3]], 2) == pytest.approx(3)


@every_measurement
def test_draw_k_depends_on_seed_and_k_alone(name):
    whole, part = measured(name), measured(name, first_network=4, networks=2)
    for quantity, values in whole.items():
        np.testing.assert_allclose(part[quantity], values[4:], rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("measure_recursions", {"count": 0}, "count = 0: must be an integer"),
        ("measure_recursions", {"growth": -1}, "growth = -1: must be a number in "),
        ("measure_recursions", {"added": -1}, "added = -1: must be a number in "),
        ("measure_recursions", {"first": 0}, "first = 0: must be a number in "),
        ("measure_recursions", {"second": -1}, "second = -1: must be a number in "),
        ("measure_grid_steps", {"depth": 0}, "depth = 0: must be an integer"),
        ("measure_grid_steps", {"length": 2}, "length = 2: must be a number in "),
        ("measure_descent_steps", {"samples": 0}, "samples = 0: must be an integer"),
        ("measure_descent_steps", {"depth": 101}, "depth = 101: must be an integer"),
        ("measure_descent_steps", {"dim": 0}, "dim = 0: must be an integer"),
        ("measure_carried_one", {"depth": 0}, "depth = 0: must be an integer"),
        ("measure_carried_one", {"dim": 0}, "dim = 0: must be an integer"),
        ("measure_tensors", {"dim": 31}, "dim = 31: must be an integer"),
        ("measure_tensors", {"order": 5}, "order = 5: must be an integer"),
        ("measure_tensors", {"kept": 3}, "kept = 3: must be an integer"),
        ("measure_lipschitz", {"dim": 0}, "dim = 0: must be an integer"),
        ("measure_lipschitz", {"radius": 0}, "radius = 0: must be a number in "),
        ("measure_variations", {"points": 17}, "points = 17: must be an integer"),
        ("measure_variations", {"dim": 0}, "dim = 0: must be an integer"),
        ("measure_variations", {"p": 0.5}, "p = 0.5: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(name, options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measured(name, **options)
