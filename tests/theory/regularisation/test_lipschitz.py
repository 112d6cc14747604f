"""Bounds on Lipschitz constants, at the smallest weights that attain or refute them."""

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from theory import regularisation as forms

ROW = np.array([[1.0, 1.0]])


@pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
def test_a_row_of_ones_refutes_operator_norms_and_attains_what_corrects_them():
    at = {"depth": 1, "norm": np.abs(ROW).sum(axis=0).max(), "inputs": 2}
    constant = np.linalg.norm(ROW, 2)
    assert constant > forms.lipschitz_bound_of_induced_norms_printed(**at)
    assert constant == pytest.approx(forms.lipschitz_bound_of_induced_norms(**at))
    assert constant > forms.spectral_bound_of_induced_norms_printed(width=1, **at)
    assert constant == pytest.approx(forms.spectral_bound_of_induced_norms(width=1, **at))
    assert np.abs(ROW).sum() > forms.path_norm_bound_of_induced_norms_printed(**at)
    assert np.abs(ROW).sum() == pytest.approx(forms.path_norm_bound_of_induced_norms(**at))


def test_columns_alike_attain_the_bound_on_spectral_norms():
    first = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    last = np.array([[1.0, 1.0, 1.0]])
    product = np.linalg.norm(first, 2) * np.linalg.norm(last, 2)
    at = {"depth": 2, "norm": 1.0, "width": 3, "inputs": 2}
    assert product == pytest.approx(forms.spectral_bound_of_induced_norms(**at))


def test_one_path_attains_the_power_of_the_mean_norm():
    assert forms.path_norm_bound_of_entrywise_norms(depth=3, norm=6.0) == 8
    assert forms.path_norm_bound_of_entrywise_norms_printed(depth=3, norm=6.0) == 216


def test_the_worst_gradient_of_one_unit_is_its_path_norm_and_of_many_is_bounded():
    at_one = forms.worst_gradient(width=1)
    assert at_one == pytest.approx(forms.worst_gradient_printed.value(width=1))
    assert at_one == pytest.approx(forms.mean_path_norm(depth=2, width=1, inputs=1))
    wide = forms.mean_lipschitz_constant(depth=2)
    assert forms.worst_gradient(width=10**9) == pytest.approx(wide, rel=1e-8)


def test_the_worst_gradient_of_two_units_is_a_mean_over_their_weights():
    # Given w, max(|u|, |v|) of independent normals, by its distribution function.
    def mean_of(angle):
        # |w|^2/2 is exponential; at the angle, a and b are shares of it, and here are of one.
        squares = np.cos(angle) ** 2, np.sin(angle) ** 2
        signs = np.sign(np.cos(angle)), np.sign(np.sin(angle))
        a = sum(square for square, sign in zip(squares, signs, strict=True) if sign > 0)
        scales = np.sqrt([a, 1 - a]).clip(1e-9)

        def beyond(t):
            return 1 - np.prod([2 * norm.cdf(t / scale) - 1 for scale in scales])

        return integrate.quad(beyond, 0, 12)[0]

    angles = (np.arange(64) + 0.5) * 2 * np.pi / 64
    of_angles = integrate.trapezoid([mean_of(one) for one in [*angles, angles[0]]], dx=1 / 64)
    radius = np.sqrt(2) * np.sqrt(np.pi) / 2  # E|w| of w ~ N(0, 2 I)/sqrt(2) in the plane
    expected = of_angles * radius * np.sqrt(2)
    assert forms.worst_gradient(width=2) == pytest.approx(expected, rel=2e-3)
