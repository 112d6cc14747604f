import math

import mpmath
import numpy as np
import pytest
import sympy
import torch
from scipy.integrate import quad

from theory import generalisation as forms
from theory.generalisation import resolvent
from theory.generalisation.parameters import LOAD, NOISE_VARIANCE, RIDGE

alpha, zeta, v = LOAD.symbol, RIDGE.symbol, NOISE_VARIANCE.symbol
G = sympy.Function("G", positive=True)(zeta)
# 1/G = zeta + alpha/(1 + G), differentiated.
SLOPE = -G * (1 + G) ** 2 / (alpha + zeta * (1 + G) ** 2)
POINTS = [(0.25, 0.1, 0.25), (0.5, 1.0, 0.5), (1.0, 0.014, 0.25), (2.0, 0.25, 0.1), (4.0, 3.0, 0.0)]


def over_the_spectrum(function, load):
    """Integrate over the Marchenko-Pastur law of X^T X, its atom at 0 included."""
    least, greatest = (1 - load**0.5) ** 2, (1 + load**0.5) ** 2

    def integrand(angle):
        s = (least + greatest) / 2 - (greatest - least) / 2 * np.cos(angle)
        density = ((greatest - least) / 2 * np.sin(angle)) ** 2 / (2 * np.pi * s)
        return density * function(s)

    bulk, _ = quad(integrand, 0, np.pi, epsabs=1e-13, epsrel=1e-12)
    return bulk + max(0, 1 - load) * function(0)


@pytest.mark.parametrize(("load", "ridge", "noise"), POINTS)
def test_resolvent_and_ridge_risk_are_integrals_over_the_spectrum(load, ridge, noise):
    trace = over_the_spectrum(lambda s: 1 / (s + ridge), load)
    risk = over_the_spectrum(lambda s: (ridge**2 + noise * s) / (s + ridge) ** 2, load)
    assert forms.resolvent_trace(load=load, ridge=ridge) == pytest.approx(trace, rel=1e-9)
    found = forms.excess_risk_ridge(load=load, ridge=ridge, noise_variance=noise)
    assert found == pytest.approx(risk, rel=1e-9)


@pytest.mark.parametrize(("load", "ridge", "noise"), POINTS)
def test_the_gap_is_the_noise_and_the_risk_less_an_integral_over_the_other_spectrum(
    load, ridge, noise
):
    def trained(s):
        return ridge**2 * (s + noise) / (s + ridge) ** 2

    # X X^T has the spectrum of X^T X up to zeros, P - N more of them.
    training = (over_the_spectrum(trained, load) + (load - 1) * trained(0)) / load
    risk = forms.excess_risk_ridge(load=load, ridge=ridge, noise_variance=noise)
    gap = forms.generalisation_gap_ridge(load=load, ridge=ridge, noise_variance=noise)
    assert gap == pytest.approx(noise + risk - training, rel=1e-9)


def test_the_resolvent_solves_its_equation():
    g = forms.resolvent_trace.expr
    assert sympy.simplify(sympy.expand(zeta * g**2 - (1 - alpha - zeta) * g - 1)) == 0


def test_the_derivatives_of_equation_15_are_worked_out_rightly():
    g = forms.resolvent_trace.expr
    printed = v * sympy.diff(zeta * g, zeta) - zeta**2 * sympy.diff(g, zeta)
    assert sympy.simplify(printed - forms.excess_risk_ridge.expr) == 0


def test_the_stable_forms_follow_from_the_equation_of_the_resolvent():
    equation = 1 / G - zeta - alpha / (1 + G)
    (slope,) = sympy.solve(sympy.diff(equation, zeta), sympy.diff(G, zeta))
    load = (1 / G - zeta) * (1 + G)
    assert sympy.simplify((slope - SLOPE).subs(alpha, load)) == 0
    risk = v * (G + zeta * SLOPE) - zeta**2 * SLOPE
    companion = 1 / (zeta * (1 + G))
    companion_slope = sympy.diff(companion, zeta).subs(sympy.diff(G, zeta), SLOPE)
    training = zeta**2 * (companion + (zeta - v) * companion_slope)
    excess = resolvent.excess(lambda *_: G, alpha, zeta, v)
    assert sympy.simplify((risk - excess).subs(alpha, load)) == 0
    share = resolvent.gap_share(lambda *_: G, alpha, zeta)
    gap = v + risk - training - (v + excess) * share
    assert sympy.simplify(gap.subs(alpha, load)) == 0


RIDGE_FORMS = (
    forms.resolvent_trace,
    forms.excess_risk_ridge,
    forms.generalisation_gap_ridge,
    forms.excess_risk_weight_norm,
)
each_ridge_form = pytest.mark.parametrize("form", RIDGE_FORMS, ids=lambda form: form.name)


def grid(form, loads, ridges, noises):
    """Columns of every combination, by the names of the form's parameters."""
    columns = [column.ravel() for column in np.meshgrid(loads, ridges, noises)]
    return dict(zip((item.name for item in form.parameters), columns, strict=False))


@each_ridge_form
def test_no_ridge_or_load_is_too_small_or_too_large(form):
    ridges = [1e-300, 1e-160, 1e-40, 1.0, 1e40, 1e160, 1e300]
    columns = grid(form, [1e-6, 0.5, 1.0, 2.0, 1e6], ridges, [0.0, 0.25])
    printed = sympy.lambdify([item.symbol for item in form.parameters], form.expr, "mpmath")
    rows = list(zip(*(column.tolist() for column in columns.values()), strict=True))
    with mpmath.workdps(1300):  # as printed, 1 + 1e-600 and less is taken from 1
        expected = [float(printed(*map(mpmath.mpf, row))) for row in rows]
    numbers = [form(**dict(zip(columns, row, strict=True))) for row in rows]
    tensors = {name: torch.tensor(column) for name, column in columns.items()}
    for found in (numbers, form(**columns), form(**tensors).numpy()):
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-306)


def test_extreme_ridges_give_least_squares_and_the_teacher():
    at = {"load": 0.5, "noise_variance": 0.25}
    assert forms.excess_risk_ridge(ridge=1e-160, **at) == 0.75
    assert forms.excess_risk_ridge(ridge=1e200, **at) == 1.0


@pytest.mark.parametrize("form", RIDGE_FORMS[:3], ids=lambda form: form.name)
def test_gradients_are_derivatives_to_ten_digits(form):
    # No gradient crosses zero at these points.
    ridges = 10.0 ** np.arange(-12, 13, 2)
    columns = grid(form, [1e-3, 0.03, 0.6, 1.0, 1.25, 30.0, 1e3], ridges, [0.0, 0.25])
    tensors = {k: torch.tensor(column, requires_grad=True) for k, column in columns.items()}
    form(**tensors).sum().backward()
    symbols = [item.symbol for item in form.parameters]
    for symbol, (name, tensor) in zip(symbols, tensors.items(), strict=True):
        derivative = sympy.lambdify(symbols, sympy.diff(form.expr, symbol), "mpmath")
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        with mpmath.workdps(120):
            expected = [float(derivative(*map(mpmath.mpf, row))) for row in rows]
        np.testing.assert_allclose(tensor.grad, expected, rtol=1e-10, err_msg=name)


@pytest.mark.parametrize("load", [0.25, 0.5, 2.0, 4.0])
def test_ridge_regression_becomes_least_squares_and_then_learns_nothing(load):
    at = {"load": load, "noise_variance": 0.25}
    least, most = 1e-12, 1e12
    for ridge, ols in (
        (forms.excess_risk_ridge, forms.excess_risk_ols),
        (forms.generalisation_gap_ridge, forms.generalisation_gap_ols),
    ):
        assert ridge(ridge=least, **at) == pytest.approx(ols(**at), rel=1e-9)
    assert forms.excess_risk_ridge(ridge=most, **at) == pytest.approx(1, rel=1e-9)
    assert forms.generalisation_gap_ridge(ridge=most, **at) == pytest.approx(0, abs=1e-9)


def test_every_eigenvalue_is_best_served_by_the_noise_variance():
    s = sympy.Symbol("s", positive=True)
    share = (zeta**2 + v * s) / (s + zeta) ** 2
    slope = 2 * s * (zeta - v) / (s + zeta) ** 3
    assert sympy.simplify(sympy.diff(share, zeta) - slope) == 0
    assert forms.optimal_ridge.expr == v


def test_the_noise_variance_is_the_best_ridge_of_a_fixed_design_of_any_shape():
    noise = sympy.Rational(3, 7)
    for design in ([[1, 2], [-1, 3], [2, 0]], [[1, 2, -1], [3, 0, 2]]):  # more samples, and fewer
        inputs = sympy.Matrix(design)
        square = inputs.T * inputs
        smoother = (square + zeta * sympy.eye(square.rows)).inv()
        # w - w* = -zeta smoother w* + smoother X^T noise, teachers of unit covariance
        risk = zeta**2 * (smoother * smoother).trace()
        risk += noise * (smoother * square * smoother).trace()
        best = forms.optimal_ridge.exact(noise_variance=noise)
        # All signs alike: the slope is that of zeta - best, 0 and rising there alone.
        for part in sympy.fraction(sympy.cancel(sympy.diff(risk, zeta) / (zeta - best))):
            signs = {sympy.sign(one) for one in sympy.Poly(part, zeta).coeffs()}
            assert signs == {1}


@pytest.mark.parametrize("load", [0.25, 1.0, 4.0])
def test_no_curve_outperforms_that_of_the_noise_variance(load):
    ridges = np.geomspace(1e-3, 1e3, 61)
    risks = forms.excess_risk_ridge(load=load, ridge=ridges, noise_variance=0.25)
    best = forms.excess_risk_ridge(load=load, ridge=0.25, noise_variance=0.25)
    assert np.all(risks >= best)


def test_least_squares_diverges_where_samples_equal_inputs():
    for form in (forms.excess_risk_ols, forms.generalisation_gap_ols):
        assert form(load=1, noise_variance=0.25) == np.inf
        near = form.value(load=np.array([1 - 2.0**-40, 1 + 2.0**-40]), noise_variance=0.25)
        np.testing.assert_allclose(near * 2.0**-40, 0.25, rtol=1e-11)


DIVERGENT = (
    forms.excess_risk_ols_printed,
    forms.excess_risk_ols,
    forms.generalisation_gap_ols_printed,
    forms.generalisation_gap_ols,
    forms.excess_risk_bn,
)


@pytest.mark.parametrize("form", DIVERGENT, ids=lambda form: form.name)
@pytest.mark.parametrize("kind", [float, np.float64, torch.tensor, mpmath.mpf])
def test_what_diverges_is_infinite_for_every_kind_of_number(form, kind):
    batch = {"batch_size": 32} if "batch_size" in form.domain else {}
    assert form.value(load=kind(1.0), noise_variance=kind(0.25), **batch) == math.inf


@pytest.mark.parametrize("form", DIVERGENT, ids=lambda form: form.name)
def test_an_infinite_element_leaves_the_gradients_of_the_others_alone(form):
    def gradients(*loads):
        load = torch.tensor(loads, dtype=torch.float64, requires_grad=True)
        noise = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
        batch = {"batch_size": 32} if "batch_size" in form.domain else {}
        form.value(load=load, noise_variance=noise, **batch)[-1].backward()
        return load.grad.tolist(), noise.grad.item()

    (slope,), by_noise = gradients(2.0)
    assert gradients(1.0, 2.0) == ([0.0, slope], by_noise)


def test_weight_norm_is_the_ridge_of_its_load_times_the_penalty():
    at = {"load": 4.0, "noise_variance": 0.25}
    ridge = forms.weight_norm_ridge(load=4.0, regularisation=0.125)
    assert forms.excess_risk_weight_norm(regularisation=0.125, **at) == pytest.approx(
        forms.excess_risk_ridge(ridge=ridge, **at), rel=1e-14
    )
    assert forms.excess_risk_weight_norm_printed.value(regularisation=0.125, **at) == (
        forms.excess_risk_ridge(ridge=0.125, **at)
    )


@pytest.mark.parametrize("batch", [4, 9])
@pytest.mark.parametrize(("load", "noise"), [(0.25, 0.5), (0.75, 2.0), (1.5, 0.25), (4.0, 1.0)])
def test_batch_norm_shortens_least_squares_by_the_mean_std_of_a_batch(load, noise, batch):
    # |w|^2/N and w.w*/N of least squares; below load 1 it lies in the span of P of N directions
    seen, spread = min(load, 1.0), min(load, 1.0) * noise / abs(1 - load)
    degrees = batch - 1

    def density(x):
        return x ** (degrees / 2 - 1) * mpmath.exp(-x / 2)

    mass = mpmath.quad(density, [0, 10, 40, 200])
    short = mpmath.quad(lambda x: mpmath.sqrt(x / batch) * density(x), [0, 10, 40, 200]) / mass
    expected = short**2 * (seen + spread) - 2 * short * seen + 1
    value = forms.excess_risk_bn(load=load, noise_variance=noise, batch_size=batch)
    assert value == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("load", [0.3, 1.0, 2.5])
def test_no_eigenvalue_lies_beyond_the_edges_and_some_lie_near_them(load):
    least, greatest = (
        float(f(load=load)) for f in (forms.least_eigenvalue, forms.greatest_eigenvalue)
    )
    inputs = 600
    x = np.random.default_rng(3).normal(size=(int(load * inputs), inputs)) / math.sqrt(inputs)
    found = np.linalg.eigvalsh(x @ x.T if load < 1 else x.T @ x)
    # The ends of finite spectra lie within a few N^(-2/3) = 0.014 of the edges.
    assert found[0] == pytest.approx(least, abs=0.06)
    assert found[-1] == pytest.approx(greatest, abs=0.12)


@pytest.mark.parametrize("noise", [0.01, 0.25, 0.81])
def test_below_a_load_of_one_the_risk_falls_and_then_rises(noise):
    turn = forms.least_risk_load(noise_variance=noise)
    loads = np.linspace(0.001, 0.999, 999)
    risks = 1 - loads + loads * noise / (1 - loads)
    assert loads[np.argmin(risks)] == pytest.approx(turn, abs=1e-3)
    # Of noise of variance 1 or more it never falls.
    assert np.all(np.diff(1 - loads + loads / (1 - loads)) > 0)
