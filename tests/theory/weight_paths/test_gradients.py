"""Gradients of the cross-entropy against optimisation, and what the fits of section 4.3 imply."""

import numpy as np
import pytest
import sympy
import torch
from scipy.optimize import brentq, minimize

from theory.weight_paths import (
    descended_loss,
    descended_loss_bound,
    mean_loss_gradient,
    untrained_gradient,
    untrained_gradient_printed,
    wrong_gradient,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")

CONSTANTS = (6.9462e-5, 7.1716e-5, 7.7803e-5, 6.9202e-5, 7.1352e-5, 7.7403e-5)
"""C of resnet56, 104 and 224, of Table 4.8 and of Table 4.9."""

RHO, BATCHES, STEPS = 0.61903, 391, 6256
"""Of resnet56 in Table 4.8, and the batches of an epoch and of 16."""


def softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def squares(logits):
    """|grad|^2 of -log(softmax) by the class that is right, from the definition."""
    shares = softmax(logits)
    return [((shares - one) ** 2).sum() for one in np.eye(len(logits))]


def test_uniform_shares_have_the_least_gradient_over_all_labels():
    start = np.random.default_rng(1).normal(size=10)
    found = minimize(lambda logits: np.mean(squares(logits)), start, tol=1e-12)
    assert found.fun == pytest.approx(untrained_gradient(), rel=1e-8)
    assert np.mean(squares(np.zeros(10))) == pytest.approx(untrained_gradient(), rel=1e-14)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_sample_that_is_not_told_right_has_a_gradient_of_a_half_at_least(classes):
    random = np.random.default_rng(2)
    for scale in (0.1, 1.0, 10.0):
        for logits in random.normal(0, scale, (200, classes)):
            logits[0] = min(logits[0], logits[1:].max())
            assert squares(logits)[0] >= wrong_gradient()
    tied = np.array([40.0, 40.0, *[0.0] * (classes - 2)])
    assert squares(tied)[0] == pytest.approx(wrong_gradient(), rel=1e-12)


def test_the_gradient_of_a_mean_loss_is_a_share_of_each_losss():
    z = sympy.Matrix(3, 2, sympy.symbols("z:6"))
    mean = sum(sympy.log(sympy.exp(z[i, 0]) + sympy.exp(z[i, 1])) - z[i, 0] for i in range(3)) / 3
    at_zero = dict.fromkeys(z, 0)
    omega = sum(mean.diff(one).subs(at_zero) ** 2 for one in z) / 3
    assert float(omega) == pytest.approx(mean_loss_gradient(classes=2, batch_size=3), rel=1e-15)


def test_the_constants_printed_are_those_of_a_mean_loss_over_128_samples():
    assert max(CONSTANTS) == untrained_gradient_printed()
    for constant in CONSTANTS:
        assert mean_loss_gradient(classes=10, batch_size=128) < constant < 2 / 128**2
        assert untrained_gradient() < 128**2 * constant < 2
    assert [round(128**2 * constant, 3) for constant in CONSTANTS[:3]] == [1.138, 1.175, 1.275]
    # Figure 4.8a, of all 12,500 samples.
    assert 7.6638e-5 > 5900 * 2 / 12_500**2
    assert untrained_gradient() < 12_500 * 7.6638e-5 < 2


def test_errors_that_the_constants_printed_would_leave():
    share = untrained_gradient_printed() / wrong_gradient()
    assert 7 < 50_000 * share < 8
    assert (1 - 0.3) * wrong_gradient() == pytest.approx(0.35)


def test_what_the_constants_imply_in_steps_and_for_the_sum_of_rates():
    steps = np.arange(STEPS + 1)
    factor = ((steps + 1) / (steps / BATCHES + 1)) ** RHO
    assert factor.max() == factor[-1] == pytest.approx(38.8, abs=0.05)
    constant = 128**2 * CONSTANTS[0]
    assert constant * factor[-1] == pytest.approx(44, abs=0.2)
    omega = constant / (steps[1:] / BATCHES + 1) ** RHO
    assert (56**0.45 * np.sqrt(omega)).sum() == pytest.approx(22_400, rel=5e-3)


def test_the_sum_of_constant_rates_has_an_end_for_rho_above_two_alone():
    r = sympy.Symbol("r", integer=True, positive=True)
    for rho, ends in ((sympy.Rational(61903, 100_000), False), (2, False), (3, True)):
        total = sympy.Sum((r + 1) ** (-sympy.sympify(rho) / 2), (r, 1, sympy.oo))
        assert bool(total.is_convergent()) == ends


def descended_by_autograd(rate, steps, target, depth=4000):
    """The loss before the last of so many steps, of a linear network at alpha = 1/2."""
    inputs, shares = np.polynomial.legendre.leggauss(3)
    x, shares = torch.tensor(inputs), torch.tensor(shares / 2)
    weights = torch.zeros(depth, dtype=torch.float64, requires_grad=True)
    for step in range(steps):
        output = (1 + weights / depth**0.5).prod() * x
        loss = (shares * (output - target) ** 2).sum() / 2
        if step < steps - 1:
            (slope,) = torch.autograd.grad(loss, weights)
            weights = (weights - rate * slope).detach().requires_grad_()
    return float(loss.detach())


@pytest.mark.parametrize(("rate", "steps"), [(0.1, 30), (1.0, 1), (1.0, 20), (3.0, 10)])
def test_descent_is_that_of_a_deep_linear_network(rate, steps):
    at = {"rate": rate, "steps": steps, "target": 0.3}
    assert descended_by_autograd(**at) == pytest.approx(descended_loss(**at), rel=2e-3)


def test_the_power_law_is_a_bound_which_small_rates_reach():
    for rate in (0.01, 0.5, 3.0, 50.0):
        for steps in (1, 2, 10, 1000):
            at = {"rate": rate, "steps": steps, "target": 0.01}
            assert descended_loss(**at) <= descended_loss_bound(**at) * (1 + 1e-12)
    flow = {"rate": 1e-3, "steps": 10_001, "target": 0.0}
    assert descended_loss(**flow) == pytest.approx(descended_loss_bound(**flow), rel=1e-3)


def test_omega_goes_as_one_over_twice_the_rate_and_the_time():
    for rate in (0.5, 2.0):
        loss = descended_loss(rate=rate, steps=100_001, target=0.0)
        assert 2 * loss * 2 * rate * 100_000 == pytest.approx(1, rel=1e-3)


def test_what_is_said_of_embeddings_and_of_weights_that_leave_their_ball():
    # The median of |U V| of two uniform ones solves m (1 - log m) = 1/2.
    median = brentq(lambda m: m * (1 - np.log(m)) - 0.5, 1e-9, 1)
    shift = 1.5 / (2 * median**2)
    assert shift == pytest.approx(21.5, abs=0.05)
    assert shift / (48 + shift) == pytest.approx(1 / 3, abs=0.03)
    assert 1.5 * (np.e**2 - 1) == pytest.approx(9.6, abs=0.05)
    assert 2 * descended_loss(rate=1.0, steps=11, target=0.0) * 3 < np.exp(-2)


def test_omega_decays_exponentially_where_labels_can_be_met():
    total, slope, omega = 0.0, 0.5, []
    for _ in range(60):
        omega.append((np.exp(total) - slope) ** 2 / 3)
        total -= np.exp(total) * (np.exp(total) - slope) / 3
    assert omega[-1] / omega[-2] == pytest.approx((1 - slope**2 / 3) ** 2, rel=1e-3)
