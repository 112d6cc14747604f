"""Rates of limits of infinite depth against equations of one unit that are solved by hand."""

import math
import warnings

import numpy as np
import pytest
import sympy
from scipy.integrate import quad, solve_ivp

from theory.form import RefutedFormWarning
from theory.weight_paths import (
    hoelder_bound,
    hoelder_bound_printed,
    linear_limit_bound,
    linear_limit_exponent,
    ode_error_bound,
    rough_exponent,
    young_bound,
    young_exponent,
)


@pytest.mark.parametrize("depth", [2, 10, 1000])
@pytest.mark.parametrize(("norm", "variation"), [(0.1, 0.0), (1.0, 0.5), (2.0, 3.0)])
def test_the_bound_on_the_error_is_above_the_sum_that_it_is_derived_from(depth, norm, variation):
    y = norm / depth
    # Each adds exp(b t) times as much, what W varies being alike in all; later ones multiply it.
    layer = variation / depth**2 + math.exp(y) - 1 - y
    total = sum(
        math.exp(norm * k / depth) * layer * (1 + y) ** (depth - 1 - k) for k in range(depth)
    )
    bound = ode_error_bound(depth=depth, norm=norm, variation=variation)
    assert total <= bound
    assert total > bound * math.exp(-3 * norm / depth - norm**2 / depth)


def test_paths_of_one_unit_come_near_the_bound():
    # W is b, but for b - v at its first point, and inputs are short: H(1) is x exp(b).
    depth, norm, variation = 1000, 0.8, 0.5
    reached = (1 + (norm - variation) / depth) * (1 + norm / depth) ** (depth - 1)
    bound = ode_error_bound(depth=depth, norm=norm, variation=variation)
    assert (math.exp(norm) - reached) / bound == pytest.approx(1, abs=2e-3)


def test_to_first_order_constant_weights_of_tanh_attain_the_bound_on_linear_limits():
    t, s, w, x = sympy.symbols("t s w x", positive=True)
    # H' = w H - L^(-2 beta) (w H)^3/3 + .., about H = x exp(w t).
    source = (w * x * sympy.exp(w * s)) ** 3 / 3 * sympy.exp(w * (t - s))
    lost = sympy.integrate(source, (s, 0, t)).subs(t, 1) / x
    claimed = sympy.exp(w) * w**2 * x**2 * (sympy.exp(2 * w) - 1) / 6
    assert sympy.simplify((lost - claimed).rewrite(sympy.exp)) == 0
    at = {"alpha": 0.75, "norm": 0.5, "variation": 0.0, "input_norm": 0.3}
    depth = 10**6
    far = linear_limit_bound(depth=depth, **at)
    unit = depth**0.25
    solved = unit * math.asinh(math.sinh(0.15 / unit) * math.exp(0.5)) / 0.5
    euler = 0.5 * math.exp(0.5) * 0.5**2 / depth
    assert (math.exp(0.5) - solved / 0.3 + euler) / far == pytest.approx(1, abs=1e-3)


def test_a_network_of_one_unit_is_a_linear_one_but_for_its_power():
    for alpha in (0.55, 0.75, 0.95):
        apart = []
        for depth in (1000, 100_000):
            unit = depth ** (1 - alpha)
            solved = unit * math.asinh(math.sinh(0.05 / unit) * math.exp(0.5)) / 0.5
            apart.append(0.1 * math.exp(0.5) - solved)
        power = math.log(apart[1] / apart[0]) / math.log(100)
        assert power == pytest.approx(linear_limit_exponent(alpha=alpha), abs=1e-3)


@pytest.mark.parametrize("hoelder", [0.3, 0.5, 0.9])
def test_sums_over_the_points_of_a_rough_path_lack_its_higher_octaves(hoelder):
    octaves = np.arange(60)
    sizes = 2 ** (-hoelder * octaves)
    short = []
    for depth in (64, 1024):
        times = np.arange(depth) / depth
        path = sizes[:20] @ (1 - np.cos(2 * np.pi * np.outer(2.0 ** octaves[:20], times)))
        short.append(1 / (1 - 2**-hoelder) - path.mean())
    assert short[0] == pytest.approx(64**-hoelder / (1 - 2**-hoelder), rel=1e-9)
    power = math.log(short[1] / short[0]) / math.log(16)
    assert power == pytest.approx(rough_exponent(hoelder=hoelder), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.5, 0.6, 0.75, 1.0])
def test_of_linear_units_the_order_of_increments_of_one_size_does_not_matter(alpha):
    # (L + L^alpha)/2 increments c L^-alpha up, the rest down: they add up to c.
    c, errors = 0.5, []
    for depth in (10**8, 10**10):
        step = c * depth**-alpha
        up, down = (depth + depth**alpha) / 2, (depth - depth**alpha) / 2
        logarithm = up * math.log1p(step) + down * math.log1p(-step)
        errors.append(c - logarithm)
    power = math.log(errors[1] / errors[0]) / math.log(100)
    assert power == pytest.approx(young_exponent(alpha=alpha), abs=0.01)
    if alpha == 0.5:  # another limit
        assert errors[1] == pytest.approx(c**2 / 2, rel=1e-3)


@pytest.mark.parametrize("alpha", [1.0, 0.8])
def test_no_network_of_matrices_is_beyond_the_bounds(alpha):
    # W turns, grows and shrinks; its norm and variation are those of a fine polygon of it.
    numbers, depth = np.random.default_rng(5), 6
    unit = depth ** (1 - alpha)
    for _ in range(5):
        a, b = numbers.normal(size=(2, 3, 3)) / 3
        x = numbers.normal(size=3)
        x *= 0.5 / np.linalg.norm(x)

        def weights(time, a=a, b=b):
            return a * math.cos(4 * time) + b * math.sin(5 * time)

        polygon = np.array([weights(time) for time in np.linspace(0, 1, 2001)])
        at = {
            "depth": depth,
            "norm": np.linalg.norm(polygon, axis=(1, 2)).max(),
            "variation": np.linalg.norm(np.diff(polygon, axis=0), axis=(1, 2)).sum() * 1.001,
        }
        h = x
        for k in range(depth):
            h = h + unit / depth * np.tanh(weights(k / depth) @ h / unit)
        for velocity, bound in (
            (lambda t, y, w=weights: unit * np.tanh(w(t) @ y / unit), ode_error_bound(**at)),
            (
                lambda t, y, w=weights: w(t) @ y,
                linear_limit_bound(**at, alpha=alpha, input_norm=0.5),
            ),
        ):
            limit = solve_ivp(velocity, (0, 1), x, rtol=1e-9, atol=1e-11).y[:, -1]
            assert 0 < np.linalg.norm(h - limit) / 0.5 < bound


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.7, 0.9), (0.55, 0.55)])
def test_the_constant_of_young_is_the_sum_of_what_halving_changes(a, b):
    bound = young_bound(hoelder=a, other=b)
    terms = sum(2 ** (n - 1) * 2 ** (-n * (a + b)) for n in range(1, 1000))
    assert terms == pytest.approx(bound, rel=1e-9)
    # Of X = t^a and Y = t^b, whose seminorms are 1.
    integral = quad(lambda t: t**b * a * t ** (a - 1), 0, 1)[0]
    assert integral <= bound * (1 + 1e-12)
    assert (integral == pytest.approx(bound)) == (a == b == 1)


@pytest.mark.parametrize("dim", [1, 4, 5, 16])
def test_layers_on_weights_of_rank_one_go_a_root_of_the_dimension_as_far(dim):
    # sigma = 1 at large inputs, W of norm 1: (1, .., 1)^T (1, .., 1) e^T / sqrt(d).
    weights = np.outer(np.ones(dim), np.eye(dim)[0]) / math.sqrt(dim)
    assert np.linalg.norm(weights) == pytest.approx(1)
    moved = np.linalg.norm(np.tanh(np.full(dim, 20.0)) @ weights)
    assert moved == pytest.approx(hoelder_bound(dim=dim) / 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RefutedFormWarning)
        assert (moved > hoelder_bound_printed(dim=dim)) == (dim > 4)
