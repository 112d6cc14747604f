"""What remarks say of rates and of data, against networks written out and sums."""

import math

import numpy as np
import pytest
import sympy

from theory.weight_paths import (
    first_increment_bound,
    first_increment_bound_printed,
    rate_term,
    rate_term_printed,
    separated_dimension,
    separated_dimension_printed,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def first_increment(layers, alpha, margin):
    """The greatest increment after one step of one unit from W_k = L^-beta/2, x = 1, y = -1."""
    delta, weight = layers**-alpha, layers ** (alpha - 1) / 2
    h = [1.0]
    for _ in range(layers):
        h.append(h[-1] + delta * math.tanh(weight * h[-1]))
    back, gradients = h[-1] + 1, []
    for below in reversed(h[:-1]):
        slope = 1 - math.tanh(weight * below) ** 2
        gradients.append(delta * slope * below * back)
        back *= 1 + delta * slope * weight
    return layers ** (2 * alpha - 1 - margin) * float(np.abs(np.diff(gradients)).max())


def test_a_step_of_a_rate_that_the_remark_allows_leaves_its_bound():
    at = {"depth": 10**5, "alpha": 1.0, "gamma": 2 / 3, "margin": 0.25}
    found = first_increment(10**5, 1.0, 0.25)
    assert found == pytest.approx(3.8e-7, rel=0.01)
    assert first_increment_bound_printed(**at) == pytest.approx(3.2e-8, rel=0.02)
    assert found < first_increment_bound(**at)
    # By L^(1/gamma - 1 - epsilon) more at each depth.
    assert first_increment(100, 1.0, 0.25) / found == pytest.approx(1000**1.25, rel=0.02)


def test_the_right_bound_falls_below_the_printed_one_where_the_reading_says_so():
    for alpha, gamma in ((0.75, 0.8), (1.0, 0.6)):
        least = 1 / gamma - 1
        for margin, below in ((least + 0.01, True), (least - 0.01, False)):
            deep = {"depth": 10**6, "alpha": alpha, "gamma": gamma, "margin": margin}
            less = {**deep, "depth": 10**3}
            ratios = [
                first_increment_bound.value(**at) / first_increment_bound_printed.value(**at)
                for at in (less, deep)
            ]
            assert (ratios[1] < ratios[0] * 1000**-0.005) == below


def test_the_right_term_is_the_rate_times_the_root_of_the_gradients_and_sums_below_the_bound():
    q, c, rho, epsilon, r = sympy.symbols("Q C rho epsilon r", positive=True)
    rate = q / (r + 1) ** (1 - rho / 2 + epsilon)
    values = {"factor": q, "gradient": c, "decay": rho, "margin": epsilon, "step": r}
    at = {q: 0.3, c: 2.0, rho: 0.6, epsilon: 0.1, r: 7}
    numbers = {name: at[symbol] for name, symbol in values.items()}
    right = rate * sympy.sqrt(c / (r + 1) ** rho)
    printed = rate * sympy.sqrt(c / (r + 1) ** (rho / 2))
    assert rate_term(**numbers) == pytest.approx(float(right.subs(at)), rel=1e-14)
    assert rate_term_printed(**numbers) == pytest.approx(float(printed.subs(at)), rel=1e-14)
    most = float(1 / (10 * sympy.zeta(1.1) * sympy.sqrt(2)))
    steps = np.arange(10**5)
    of_all = {"factor": most, "gradient": 2.0, "decay": 0.6, "margin": 0.1}
    assert rate_term(step=steps, **of_all).sum() < 0.1
    # The printed sum leaves it, and has the power 0.95 of a divergent one.
    assert rate_term_printed(step=steps[1:], **of_all).sum() > 0.1
    slope = rate_term_printed(step=99999, **of_all) / rate_term_printed(step=999, **of_all)
    assert slope == pytest.approx(100**-0.95, rel=1e-12)


@pytest.mark.parametrize("samples", [2, 5, 40])
def test_orthogonal_data_are_separated_in_as_many_dimensions_as_samples(samples):
    least = separated_dimension(samples=samples)
    assert np.abs(np.eye(samples) @ np.eye(samples).T - np.eye(samples)).max() == 0
    assert least == samples < separated_dimension_printed(samples=samples)
    # In one less no matrix of products so near to the identity can be had: it would be singular.
    apart = np.full((samples, samples), -1 / (8 * samples))
    np.fill_diagonal(apart, 1)
    assert np.linalg.eigvalsh(apart)[0] > 1 - 1 / 8
