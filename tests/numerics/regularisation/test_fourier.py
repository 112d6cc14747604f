"""Exact transforms of networks against quadrature, and what searches of them may find."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from numerics import regularisation
from numerics.regularisation import fourier_search, fourier_transform, linear_pieces


def drawn(widths, seed=0):
    """Weights and biases of random networks."""
    random = np.random.default_rng(seed)
    pairs = list(zip(widths[1:], widths, strict=False))
    weights = [random.standard_normal(pair) * math.sqrt(2 / pair[1]) for pair in pairs]
    return weights, [random.standard_normal(rows) for rows, _ in pairs]


def value(weights, biases, x):
    h = np.array([x])
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        h = weight @ (np.maximum(h, 0) if layer else h) + bias
    return float(h[0])


DEEP = [(1, 1), (1, 4, 1), (1, 3, 5, 1), (1, 8, 8, 8, 1)]


@pytest.mark.parametrize("widths", DEEP)
def test_pieces_are_the_network_itself(widths):
    weights, biases = drawn(widths)
    pieces = linear_pieces([one[None] for one in weights], [one[None] for one in biases])
    points = pieces.points[0]
    x = np.concatenate([np.linspace(-9, 9, 301), points, points - 1e-7, points + 1e-7])
    wanted = [value(weights, biases, one) for one in x]
    np.testing.assert_allclose(pieces.at(x[None])[0, 0], wanted, rtol=1e-9, atol=1e-12)


def test_each_unit_that_is_read_has_its_kink_and_networks_side_by_side_have_their_own():
    places = np.array([[0.3, -1.0, 2.0], [0.1, 0.2, 0.3]])
    pieces = linear_pieces(
        [np.ones((2, 3, 1)), np.array([[[1.0, 1.0, 0.0]], [[1.0, -1.0, 1.0]]])],
        [-places, np.zeros((2, 1))],
    )
    assert pieces.are_kinks[:, 0].sum(axis=1).tolist() == [2, 3]
    kinks = pieces.points[0][pieces.are_kinks[0, 0]]
    np.testing.assert_allclose(kinks, [-1, 0.3], rtol=1e-15)
    assert pieces.slopes[0, 0][[0, -1]].tolist() == [0, 2]


@pytest.mark.parametrize("frequency", [0.0, 1e-9, 0.7, -31.0])
@pytest.mark.parametrize("widths", DEEP)
def test_the_transform_of_a_window_is_its_integral(widths, frequency):
    weights, biases = drawn(widths)
    pieces = linear_pieces([one[None] for one in weights], [one[None] for one in biases])
    inside = sorted(one for one in set(pieces.points[0]) if -1 < one < 2)
    found = fourier_transform(weights=weights, biases=biases, frequency=frequency, window=(-1, 2))
    wanted, size = 0, 0
    for start, end in zip([-1, *inside], [*inside, 2], strict=True):
        for wave, part in ((np.cos, 1), (np.sin, -1j)):
            wanted += part * quad(
                lambda x, wave=wave: value(weights, biases, x) * wave(frequency * x),
                start, end, epsabs=1e-13, epsrel=1e-12, limit=200,
            )[0]  # fmt: skip
        size += quad(lambda x: abs(value(weights, biases, x)), start, end)[0]
    assert abs(found - wanted) < 1e-10 * size


def test_the_whole_line_is_a_window_around_a_function_that_is_0_outside():
    weights = [[[1.0], [-2.0]], [[-1.0, -1.0]], [[3.0]]]
    biases = [[0, 0], [1.0], [0]]
    k = np.array([0.4, math.pi, -17.0])
    whole = fourier_transform(weights=weights, biases=biases, frequency=k)
    window = fourier_transform(weights=weights, biases=biases, frequency=k, window=(-3, 5))
    np.testing.assert_allclose(whole, window, rtol=1e-13)
    one = fourier_transform(weights=weights, biases=biases, frequency=0.4)
    assert isinstance(one, complex)
    assert one == pytest.approx(whole[0], rel=1e-13)


def test_a_straight_line_has_no_transform_off_0_and_a_network_without_biases_one_kink():
    assert fourier_transform(weights=[[[2.0]]], biases=[[1.0]], frequency=3.0) == 0
    weights, _ = drawn((1, 5, 5, 1))
    k = np.array([1.0, 10.0])
    found = fourier_transform(weights=weights, frequency=k)
    jump = value(weights, [np.zeros(5), np.zeros(5), np.zeros(1)], 1.0)
    jump += value(weights, [np.zeros(5), np.zeros(5), np.zeros(1)], -1.0)
    np.testing.assert_allclose(found, -jump / k**2, rtol=1e-12)


def test_a_fast_transform_comes_near_as_its_grid_gets_finer_unless_it_holds_both_ends():
    # a sine of three periods, as a network of many kinks
    knots = np.linspace(0, 1, 401)
    slopes = np.diff(np.sin(6 * np.pi * knots)) / np.diff(knots)
    first = np.ones((400, 1))
    weights = [first, np.diff(slopes, prepend=0)[None]]
    biases = [-knots[:-1], [0.0]]
    k = 2 * np.pi * np.arange(8)
    exact = fourier_transform(weights=weights, biases=biases, frequency=k, window=(0, 1))

    def fast(grid):
        f = [value(weights, biases, x) for x in grid]
        return np.fft.fft(f)[:8] / len(grid)

    without_end = np.abs(fast(np.arange(200) / 200) - exact)
    with_end = np.abs(fast(np.linspace(0, 1, 200)) - exact)
    assert without_end.max() < 1e-4
    assert with_end.max() > 20 * without_end.max()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frequency": 0.0}, "frequency = 0.0: must be of size 1e-100 to 1e100"),
        ({"frequency": 1e-200}, "frequency = 1e-200: must be of size 1e-100 to 1e100"),
        ({"frequency": [1.0, 1e200]}, r"frequency = \[1.0, 1e\+200\]: must be of size"),
        ({"frequency": math.nan}, "frequency = nan: must be of size 1e-100 to 1e100"),
        ({"frequency": math.nan, "window": (0, 1)}, "frequency = nan: must be finite numbers"),
        ({"weights": [[[1e100]], [[1e100]]]}, r"weights\[1\]: units of up to 1e\+200: must be"),
        ({"window": (0, 1, 2)}, r"window = \(0, 1, 2\): must be \(a, b\) with a < b"),
        ({"window": (1, 1)}, r"window = \(1, 1\): must be \(a, b\) with a < b"),
        ({"weights": []}, "weights: must hold one matrix at least"),
        ({"weights": [[[1.0, 2.0]]]}, r"weights\[0\] of shape \(1, 2\): must be of shape \(1, 1\)"),
        ({"weights": [[[1.0], [2.0]]]}, r"weights\[0\] of shape \(2, 1\): must be of shape"),
        ({"biases": [[1.0, 2.0]]}, r"biases of shapes \(2,\): must be of shapes \(1,\)"),
        ({"weights": [[[math.inf]]]}, r"weights\[0\] = .*: must be finite"),
    ],
)
def test_what_is_no_network_or_frequency_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        fourier_transform(**{"weights": [[[1.0]]], "frequency": 1.0, **changes})


@pytest.mark.parametrize("name", ["frequency", "weights"])
def test_complex_numbers_are_refused(name):
    at = {"weights": [[[1.0]]], "frequency": 1.0}
    at[name] = np.multiply(1j, at[name])
    with pytest.raises(TypeError, match="of complex128: must be an array of real numbers"):
        fourier_transform(**at)


SIZES = {
    "measure_path_norm_spectra": {"layers": 3, "width": 2},
    "measure_piece_spectra": {"regions": 4, "periods": 3, "length": 1.5},
    "measure_spectral_powers": {"units": 5, "periods": (2, 9), "length": 0.7},
    "measure_inversion_constant": {"dims": 2},
}


def measured(name, **changes):
    run = {"networks": 6, "seed": 1, **SIZES[name], **changes}
    found = getattr(regularisation, name)(**run)
    if hasattr(found, "per_network"):
        return {"value": found.per_network}
    return {field: one.per_network for field, one in vars(found).items()}


@pytest.mark.parametrize("name", SIZES)
def test_a_network_depends_on_its_index_alone(name, monkeypatch):
    whole = measured(name)
    monkeypatch.setattr(fourier_search, "_TOGETHER", 2)
    part = measured(name, networks=3, first_network=2)
    for quantity, values in whole.items():
        np.testing.assert_allclose(values[2:5], part[quantity], rtol=1e-12)


def test_searches_come_near_their_bounds_by_themselves_and_not_beyond():
    found = measured("measure_path_norm_spectra", networks=200)
    for quantity, bound in (("slopes", 2), ("kinks", 2), ("spectrum", 2)):
        values = found[quantity]
        assert values.max() == pytest.approx(bound, rel=1e-12)  # the sharpest, of even indices
        assert 0.8 * bound < values[1::2].max() < bound * (1 + 1e-12)
    found = measured("measure_piece_spectra", networks=200)
    for quantity, bound in (("line", 6), ("window", 1.5**2 / (2 * math.pi * 3))):
        values = found[quantity]
        assert values.max() == pytest.approx(bound, rel=1e-12)
        assert 0.7 * bound < values[1::2].max() < bound * (1 + 1e-12)


def test_a_bound_that_is_none_is_seen_to_fail(monkeypatch):
    # jumps counted twice stand for a bound half as large
    once = fourier_search.LinearPieces.jumps.fget
    monkeypatch.setattr(
        fourier_search.LinearPieces, "jumps", property(lambda pieces: 2 * once(pieces))
    )
    found = measured("measure_path_norm_spectra", networks=50)
    assert found["kinks"].max() > 3
    assert found["kinks"][1::2].max() > 2


def test_the_inverse_has_its_constant_in_each_dimension():
    for dims in (1, 3):
        found = measured("measure_inversion_constant", dims=dims)["value"]
        np.testing.assert_allclose(found, (2 * math.pi) ** -dims, rtol=1e-12)
