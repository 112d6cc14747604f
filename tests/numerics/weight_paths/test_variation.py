"""The p-variation against all partitions, a quadratic recursion and paths that are known."""

from itertools import combinations

import numpy as np
import pytest

from numerics.weight_paths import p_variation, variation

POWERS = [1.0, 1.3, 2.0, 2.7, 7.0, 300.0]


def by_all_partitions(path, p):
    inner = range(1, len(path) - 1)
    chosen = (some for k in range(len(path) - 1) for some in combinations(inner, k))
    return max(
        sum(
            np.linalg.norm(path[b] - path[a]) ** p
            for a, b in zip((0, *some), (*some, len(path) - 1), strict=True)
        )
        for some in chosen
    ) ** (1 / p)


def by_recursion(path, p):
    scale = np.linalg.norm(path - path[0], axis=1).max()
    path = path / scale
    found = np.zeros(len(path))
    for j in range(1, len(path)):
        found[j] = (found[:j] + np.linalg.norm(path[j] - path[:j], axis=1) ** p).max()
    return found[-1] ** (1 / p) * scale


@pytest.mark.parametrize("p", POWERS[:-1])
@pytest.mark.parametrize("dimension", [1, 2])
def test_it_is_the_greatest_over_all_partitions(p, dimension):
    numbers = np.random.default_rng(1)
    for points in range(2, 10):
        path = numbers.standard_normal((points, dimension))
        assert p_variation(path, p) == pytest.approx(by_all_partitions(path, p), rel=1e-13)


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("dimension", [1, 2, 5])
@pytest.mark.parametrize("law", ["walk", "noise", "grid", "smooth"])
def test_longer_paths_agree_with_the_recursion(p, dimension, law, monkeypatch):
    monkeypatch.setattr(variation, "TILE", 16)
    numbers = np.random.default_rng(2)
    for points in (2, 17, 40, 150):
        steps = numbers.standard_normal((points, dimension))
        path = {
            "walk": steps.cumsum(axis=0),
            "noise": steps,
            "grid": np.round(1.5 * steps),  # with points that are level and points that repeat
            "smooth": np.sin(np.linspace(0, 9, points))[:, None] * (1 + np.arange(dimension)),
        }[law]
        if np.ptp(path):
            assert p_variation(path, p) == pytest.approx(by_recursion(path, p), rel=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5])
def test_a_line_is_the_same_in_a_plane(p):
    line = np.random.default_rng(3).standard_normal(3000).cumsum()
    plane = np.outer(line, [0.6, 0.8])
    assert p_variation(line, p) == pytest.approx(p_variation(plane, p), rel=1e-12)
    assert p_variation(line, 1.0) == pytest.approx(np.abs(np.diff(line)).sum(), rel=1e-12)


def test_a_rising_staircase_of_many_candidates_is_no_exception():
    # Steps up by 3/2 and down by 1/2: at p = 2 all in one jump.
    stairs = np.column_stack([np.arange(20_000.0), np.arange(20_000.0) + 1.5]).ravel()
    turns = variation._turning_points(stairs)
    assert variation._on_a_line(turns.tolist(), 2.0) is None
    assert p_variation(stairs, 2.0) == pytest.approx(20_000.5, rel=1e-12)


def test_a_great_power_leaves_the_greatest_distance():
    path = np.random.default_rng(4).standard_normal((60, 3))
    apart = np.linalg.norm(path[:, None] - path[None], axis=2).max()
    assert p_variation(path, 1000.0) == pytest.approx(apart, rel=5e-3)
    assert p_variation(path, 1000.0) >= apart * (1 - 1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_scale_and_place_do_not_matter(scale):
    path = np.random.default_rng(5).integers(-8, 9, (50, 2)).astype(float)
    plain = p_variation(path, 2.5)
    assert p_variation(scale * path, 2.5) == pytest.approx(scale * plain, rel=1e-12)
    assert p_variation(path + 2.0**48, 2.5) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("path", [[1.0], [2.0, 2.0, 2.0], [[0.0, 0.0]]])
def test_a_path_that_stands_still_has_none(path):
    assert p_variation(path, 2.0) == 0


@pytest.mark.parametrize(
    ("path", "p", "words"),
    [
        ([0.0, 1.0], 0.9, "p = 0.9: must be a number in"),
        ([0.0, 1.0], np.nan, "p = nan: must be a number in"),
        ([], 2.0, r"path of shape \(0,\): must be"),
        (np.zeros((2, 2, 2)), 2.0, r"path of shape \(2, 2, 2\): must be"),
        ([0.0, np.inf], 2.0, "path: must be finite"),
    ],
)
def test_what_is_no_path_or_power_is_refused(path, p, words):
    with pytest.raises(ValueError, match=words):
        p_variation(path, p)


def test_matrices_across_depth_are_refused_with_what_to_pass():
    weights = np.random.default_rng(0).normal(size=(5, 2, 2))
    with pytest.raises(ValueError, match=r"pass path.reshape\(len\(path\), -1\)"):
        p_variation(weights, 2.0)
    assert p_variation(weights.reshape(len(weights), -1), 2.0) > 0
