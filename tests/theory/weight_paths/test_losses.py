"""Gradients of losses against differentiation, and against the outputs that make them greatest."""

import math

import numpy as np
import pytest
import sympy

from theory.weight_paths import (
    cross_entropy_gradient,
    cross_entropy_gradient_printed,
    kullback_leibler_gradient,
    kullback_leibler_gradient_printed,
    odd_loss_floor,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def squared_gradient(logits):
    """|grad|^2 of -log(softmax)/C, the first class being right, by sympy."""
    z = sympy.symbols(f"z0:{len(logits)}")
    loss = -sympy.log(sympy.exp(z[0]) / sum(map(sympy.exp, z))) / len(z)
    at = dict(zip(z, logits, strict=True))
    return sum(float(loss.diff(one).subs(at)) ** 2 for one in z)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_one_wrong_class_makes_the_gradient_of_the_cross_entropy_greatest(classes):
    sharp = cross_entropy_gradient(classes=classes)
    assert squared_gradient([0.0, 30.0, *[0.0] * (classes - 2)]) == pytest.approx(sharp, rel=1e-9)
    for logits in np.random.default_rng(1).normal(0, 3, (20, classes)):
        assert squared_gradient(list(logits)) < sharp
    assert sharp < cross_entropy_gradient_printed(classes=classes)


@pytest.mark.parametrize("depth", [3, 20])
def test_the_square_of_a_label_ratio_is_what_the_quotient_has(depth):
    least = 1e-3  # where tanh is linear
    for _ in range(depth):
        least -= math.tanh(least) / depth
    for ratio in (1.0, 60.0):
        quotient = (ratio * 1e-3 / least) ** 2
        at = {"depth": depth, "label_ratio": ratio}
        assert quotient == pytest.approx(kullback_leibler_gradient(**at), rel=1e-5)
        assert (quotient > kullback_leibler_gradient_printed(**at)) == (ratio == 60.0)


def test_the_printed_quotient_holds_up_to_the_ratio_that_its_reading_gives():
    for depth in (3, 1000):
        most = math.exp(6) * (1 - 1 / depth) ** (2 * depth)
        assert round(most) == {3: 35, 1000: 55}[depth]
        for ratio, holds in ((0.999 * most, True), (1.001 * most, False)):
            at = {"depth": depth, "label_ratio": ratio}
            found = kullback_leibler_gradient(**at) <= kullback_leibler_gradient_printed(**at)
            assert found == holds


def test_no_odd_function_comes_nearer_to_a_constant_than_zero_does():
    y, inputs = 0.3, np.linspace(-1, 1, 201)
    floor = odd_loss_floor(target=y)
    for coefficients in np.random.default_rng(3).normal(0, 0.2, (50, 4)):
        odd = sum(c * inputs ** (2 * k + 1) for k, c in enumerate(coefficients))
        assert np.mean((odd - y) ** 2) / 2 >= floor
    assert np.mean((0 * inputs - y) ** 2) / 2 == pytest.approx(floor, rel=1e-15)
    # Layers with W_k = -1/delta take small inputs to 0.
    h = 0.1 * inputs
    for _ in range(5):
        h = h - 0.5 * np.tanh(2 * h)
    assert np.mean((h - y) ** 2) / 2 == pytest.approx(floor, rel=1e-6)
