"""Transforms of pyramids against quadrature, and the terms of what is said of them."""

import numpy as np
import pytest

from numerics.regularisation import fourier_plane, measure_doubled_support, measure_plane_powers
from verify.claims.regularisation import fourier_plane as claims


def by_quadrature(corners, direction, k):
    """The integral over four triangles, by a product rule on u v_1 + v v_2."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    nodes, weights = (nodes + 1) / 2, weights / 2
    u, share = np.meshgrid(nodes, nodes)
    v = share * (1 - u)
    each = np.outer(weights, weights) * (1 - u) * (1 - u - v) * abs(np.linalg.det(corners))
    along = corners @ direction
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return sum(
        (each * np.exp(-1j * k * (a * u * along[0] + b * v * along[1]))).sum() for a, b in signs
    )


@pytest.mark.parametrize("k", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, np.pi / 2])
def test_a_pyramid_has_its_integral(k, angle):
    for corners in (np.eye(2), np.array([[1.0, 0.2], [-0.7, 0.9]])):
        direction = np.array([np.cos(angle), np.sin(angle)])
        found = fourier_plane.of_pyramids(corners[None], direction[None], np.array([[k]]))[0, 0]
        assert found == pytest.approx(by_quadrature(corners, direction, k), abs=1e-12)


def test_across_a_crease_it_is_a_kink_and_along_a_generic_direction_a_sum_of_corners():
    k = np.array([[1e5, 2e5]])
    across = fourier_plane.of_pyramids(np.eye(2)[None], np.array([[0.0, 1.0]]), k)
    np.testing.assert_allclose(np.abs(across) * k**2, 4, rtol=1e-4)  # of (1 - |s|)^2
    angle = np.array([[np.cos(0.3), np.sin(0.3)]])
    generic = fourier_plane.of_pyramids(np.eye(2)[None], angle, k)
    assert np.all(np.abs(generic) * k**3 < 100)


@pytest.mark.parametrize(("dims", "factor"), [(1, 1), (2, 2)])
def test_the_transform_grows_with_the_support_as_stated(dims, factor):
    found = measure_doubled_support(dims=dims, networks=400, seed=0).per_network
    assert np.all(np.abs(found / factor - 1) < claims.beside_the_crease({}) / 4)


def test_a_nearer_wave_shows_more_of_the_other_edges(monkeypatch):
    monkeypatch.setattr(fourier_plane, "_FAR", 1e4)
    found = measure_doubled_support(dims=2, networks=50, seed=0).per_network
    assert np.abs(found / 2 - 1).max() > 1e-5


def test_the_powers_of_a_pyramid_are_within_the_stated_terms():
    found = measure_plane_powers(decades=claims.DECADES, networks=4000, seed=0)
    sizes = np.array(claims._SIZES)
    for one, power in ((found.generic, 6), (found.across, 4)):
        constants = one.estimate * sizes**power
        stray = 5 * one.standard_error * sizes**power / constants
        assert np.ptp(constants) / constants[0] < 2 * (claims.between_corners({}) + stray.max())
    spread = found.generic.per_network.var(axis=0) / found.generic.estimate**2
    assert np.all(spread < claims.of_corners({}))
    spread = found.across.per_network.var(axis=0) / found.across.estimate**2
    assert np.all(spread < 1.1**8 - 1)


@pytest.mark.parametrize(
    ("measure", "sizes"),
    [(measure_doubled_support, {"dims": 2}), (measure_plane_powers, {"decades": (1, 3)})],
)
def test_a_network_depends_on_its_index_alone(measure, sizes):
    whole, part = (
        measure(**sizes, seed=1, networks=n, first_network=f) for n, f in ((6, 0), (2, 3))
    )
    for name in ("per_network",) if hasattr(whole, "per_network") else ("generic", "across"):
        one, other = (getattr(found, name) for found in (whole, part))
        one, other = (getattr(found, "per_network", found) for found in (one, other))
        np.testing.assert_allclose(other, one[3:5], rtol=1e-9)
