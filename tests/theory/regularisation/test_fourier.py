"""Transforms and their bounds against integrals in sympy and by quadrature."""

import math

import numpy as np
import pytest
import sympy
from scipy.optimize import minimize_scalar

from theory import regularisation as forms

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


@pytest.mark.parametrize("dims", [1, 2, 5])
def test_the_inverse_of_the_transform_of_a_gaussian_is_that_gaussian(dims):
    x, k = sympy.symbols("x k", real=True)
    transform = sympy.integrate(sympy.exp(-(x**2) / 2) * sympy.cos(k * x), (x, -sympy.oo, sympy.oo))
    back = sympy.integrate(transform, (k, -sympy.oo, sympy.oo))  # at x = 0, where f is 1
    assert sympy.simplify(back - 2 * sympy.pi) == 0
    assert forms.inversion_constant(dims=dims) == pytest.approx(float(back) ** -dims)
    twice = forms.inversion_constant_printed(dims=dims) * float(back) ** dims
    assert twice == pytest.approx((2 * math.pi) ** (dims / 2))


@pytest.mark.parametrize("regions", [2, 3, 8])
def test_a_zigzag_attains_the_bound_on_the_line(regions):
    jumps = 2 * (-1.0) ** np.arange(1, regions)
    slopes = 1 + np.cumsum(jumps)
    assert np.all(np.abs(slopes) == 1)
    waves = np.exp(-1j * math.pi * np.arange(1, regions))  # k = pi, kinks at 1, 2, ...
    found = abs(jumps @ waves)
    assert found == pytest.approx(forms.spectrum_bound(regions=regions))
    assert found < forms.spectrum_bound_printed(regions=regions)
    share = forms.spectrum_bound(regions=10**6) / forms.spectrum_bound_printed(regions=10**6)
    assert share == pytest.approx(1, abs=2e-6)  # no less than 2 does for all K


def test_a_straight_line_attains_the_bound_over_a_window_and_breaks_the_printed_one():
    x, t = sympy.symbols("x t", positive=True)
    for periods in (1, 5):
        k = 2 * sympy.pi * periods / t
        of_line = sympy.integrate(x * sympy.exp(-sympy.I * k * x), (x, 0, t))
        size = sympy.Abs(sympy.simplify(of_line)).subs(t, sympy.Rational(3, 2))
        at = {"regions": 2, "periods": periods, "length": 1.5}
        assert float(size) == pytest.approx(forms.windowed_spectrum_bound(**at))
        assert float(size) > forms.windowed_spectrum_bound_printed(**at)


def test_no_function_of_slopes_up_to_1_does_better_over_a_window():
    # the best slope is the sign of Re(exp(i theta) G), whose integral is greatest at a line
    u = (np.arange(20000) + 0.5) / 20000 * 2 * math.pi
    found = [
        np.abs(np.cos(u - angle) - math.cos(angle)).mean() for angle in np.linspace(0, 3.2, 65)
    ]
    assert max(found) == pytest.approx(1, abs=1e-6)
    least = minimize_scalar(
        lambda angle: np.abs(np.cos(u - angle) - math.cos(angle)).mean(), bounds=(0, math.pi)
    )
    assert least.fun == pytest.approx(2 / math.pi, abs=1e-4)


def test_random_kinks_have_the_power_of_the_exponents():
    x, t, k = sympy.symbols("x t k", positive=True)
    n = sympy.Symbol("n", integer=True, positive=True)
    # |a|^2 of a unit's kink at x, over the window, k t = 2 pi n
    real = (1 - sympy.cos(k * x)) / k**2
    imaginary = (t - x) / k + sympy.sin(k * x) / k**2
    mean = sympy.integrate(sympy.expand(real**2 + imaginary**2), (x, 0, t)) / t
    mean = sympy.simplify(mean.subs(k, 2 * sympy.pi * n / t))
    wanted = t**2 / (3 * (2 * sympy.pi * n / t) ** 2) * (1 + 12 / (2 * sympy.pi * n) ** 2)
    assert sympy.simplify(mean - wanted) == 0
    assert forms.windowed_power_exponent() == -2
    assert forms.power_exponent() == forms.windowed_power_exponent_printed() == -4


def seminorm(slopes):
    """N(f) of slopes from the left end to the right one: with 0 beyond both."""
    return np.abs(np.diff(slopes, prepend=0, append=0)).sum()


def test_rectifying_never_adds_to_the_seminorm():
    # slopes and values on a fine grid, whose last cells are the rays
    random = np.random.default_rng(0)
    for _ in range(200):
        slopes = np.repeat(random.standard_normal(random.integers(2, 8)), 400)
        values = random.standard_normal() + np.cumsum(slopes) * 0.01
        values -= values[random.integers(len(values))]  # it crosses 0 somewhere
        slopes[0] = 0 if values[0] == 0 else slopes[0]
        ends = values[0] > 0, values[-1] > 0
        assert seminorm(np.where(values > 0, slopes, 0)) <= seminorm(slopes) + 1e-12, ends


@pytest.mark.parametrize(("layers", "kinks"), [(2, 1), (3, 2), (9, 2)])
def test_a_ramp_attains_the_bounds_by_the_path_norm(layers, kinks):
    assert forms.path_norm_kinks_bound(layers=layers) == kinks
    assert forms.path_norm_spectrum_bound(layers=layers) == kinks
    # max(0, x), and max(0, 1 - max(0, x)), of path norm 1, at k = pi
    slopes = [0, 1] if layers == 2 else [0, -1, 0]
    assert seminorm(slopes) == forms.path_norm_slopes_bound()
    jumps = np.diff(slopes)
    assert np.abs(jumps).sum() == kinks
    assert abs(jumps @ np.exp(-1j * math.pi * np.arange(len(jumps)))) == pytest.approx(kinks)
