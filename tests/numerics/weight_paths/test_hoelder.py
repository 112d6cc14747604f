"""Integrals and networks on polygons against quadrature, and seminorms against finer points."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from numerics import weight_paths
from numerics.weight_paths import hoelder

RUN = {"networks": 6, "seed": 1}


def test_seminorms_of_polygons_are_those_of_their_corners():
    random = np.random.default_rng(1)
    corners = random.standard_normal((5, 9, 2))
    fine = np.linspace(0, 1, 8 * 7 + 1)
    for exponent in (0.3, 0.8, 1.0):
        found = hoelder._seminorm(corners, exponent)
        for polygon, ours in zip(corners, found, strict=True):
            points = np.stack([np.interp(fine * 8, np.arange(9), one) for one in polygon.T], axis=1)
            apart = np.linalg.norm(points[:, None] - points[None], axis=2)
            gaps = np.abs(fine[:, None] - fine[None])
            inside = gaps > 0
            assert (apart[inside] / gaps[inside] ** exponent).max() == pytest.approx(ours)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.6, 0.8)])
def test_a_search_of_one_try_is_of_powers(monkeypatch, a, b):
    monkeypatch.setattr(hoelder, "_TRIES", 1)
    monkeypatch.setattr(hoelder, "_POINTS", 256)
    found = weight_paths.measure_young_quotient(hoelder=a, other=b, **RUN).per_network
    exact = quad(lambda t: t**b * a * t ** (a - 1), 0, 1)[0]
    assert found == pytest.approx(exact, rel=2e-3)


def test_a_search_of_waves_has_their_integral(monkeypatch):
    monkeypatch.setattr(hoelder, "_TRIES", 2)
    monkeypatch.setattr(hoelder, "_POINTS", 512)
    # One octave: X = s sin(2 pi t), Y = s cos(2 pi t), integral s^2 pi, less Y_0 X_{0,1} = 0.
    monkeypatch.setattr(hoelder.np, "log2", lambda points: 2.0)
    found = weight_paths.measure_young_quotient(hoelder=1.0, other=1.0, **RUN).per_network
    assert found == pytest.approx(max(math.pi / (2 * math.pi) ** 2, 0.5), rel=1e-3)


@pytest.mark.parametrize("dim", [1, 5])
def test_saturated_layers_on_weights_of_rank_one_go_a_root_of_the_dimension_as_far(dim):
    found = weight_paths.measure_hoelder_quotient(dim=dim, alpha=0.8, **RUN).per_network
    assert found == pytest.approx(math.sqrt(dim), rel=1e-9)


def test_networks_are_small_enough_for_the_proof():
    # C(alpha) |W| |sigma|_C1 <= 1/4 and 4 (C(alpha) + 1) |sigma|_C1 |W| L^(1 - 2 alpha) <= 1/4,
    # with |sigma| + |sigma'| for |sigma|_C1.
    for alpha in (0.75, 1.0):
        constant = 1 / (2 ** (2 * alpha) - 2)
        assert constant * hoelder._SIZE * 2 <= 1 / 4
        least = hoelder._LAYERS ** (1 - 2 * alpha)
        assert 4 * (constant + 1) * 2 * hoelder._SIZE * least <= 1 / 4


def test_search_k_depends_on_seed_and_k_alone():
    for measure, sizes in (
        (weight_paths.measure_young_quotient, {"hoelder": 0.7, "other": 0.8}),
        (weight_paths.measure_hoelder_quotient, {"dim": 3, "alpha": 0.8}),
    ):
        whole = measure(**sizes, **RUN).per_network
        part = measure(**sizes, networks=2, seed=1, first_network=4).per_network
        np.testing.assert_allclose(part, whole[4:], rtol=1e-12)


@pytest.mark.parametrize(
    ("measure", "sizes", "complaint"),
    [
        (weight_paths.measure_young_quotient, {"hoelder": 0.0, "other": 1.0}, "hoelder = 0"),
        (weight_paths.measure_young_quotient, {"hoelder": 1.0, "other": 2.0}, "other = 2"),
        (weight_paths.measure_hoelder_quotient, {"dim": 0, "alpha": 0.8}, "dim = 0"),
        (weight_paths.measure_hoelder_quotient, {"dim": 2, "alpha": 0.5}, "alpha = 0.5"),
    ],
)
def test_a_wrong_argument_is_named(measure, sizes, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measure(**sizes, **RUN)
