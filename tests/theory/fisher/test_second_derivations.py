"""Forms of Furusho's networks from sums over draws, quadrature and small matrices."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from theory import fisher

A = 1 - 1 / mpmath.pi
"""What a block adds to the variance that batch normalisation divides by."""


def normal_mean(function):
    """E function(z) for a normal z, its two halves apart as rectifiers have a kink at 0."""
    return mpmath.quad(lambda z: function(z) * mpmath.npdf(z), [-15, -6, -2, 0, 2, 6, 15])


def draws(depth, survival):
    """Every draw of surviving blocks with its probability."""
    for survivors in itertools.product((0, 1), repeat=depth):
        kept = sum(survivors)
        yield survivors, survival**kept * (1 - survival) ** (depth - kept)


def trace(survivors):
    """E delta_0^2 + sum over blocks of E u_l^2 E delta_l^2 given the survivors, each block once."""
    through = [Fraction(1 + survives) for survives in survivors]
    total = math.prod(through, start=Fraction(1))
    for block, survives in enumerate(survivors):
        below = math.prod(through[:block], start=Fraction(1))
        above = math.prod(through[block + 1 :], start=Fraction(1))
        total += Fraction(survives, 2) * below * above
    return total


def trace_bn(depth, variance_of_a_block):
    """The same with batch normalisation, E u_l^2 = 1/2, by the recursion downwards from h^L."""
    moment, total = mpmath.mpf(1), mpmath.mpf(0)
    for block in range(depth, 0, -1):
        total += moment / 2
        moment *= 1 + 1 / (1 + (block - 1) * variance_of_a_block)
    return total + moment


# What is printed of one layer


@pytest.mark.parametrize("layer", [1, 7])
def test_half_of_symmetric_signals_are_positive(layer):
    positive = normal_mean(lambda z: 1 if z > 0 else 0)
    assert fisher.activation_rate(layer=layer) == pytest.approx(float(positive), rel=1e-13)


@pytest.mark.parametrize("layer", [1, 7])
def test_a_rectified_standard_normal_has_the_printed_second_moment(layer):
    moment = normal_mean(lambda z: max(z, 0) ** 2)
    assert fisher.forward_moment_bn(layer=layer) == pytest.approx(float(moment), rel=1e-13)


# The bounds


def test_the_bounds_of_plain_networks_and_of_dropping_are_the_traces_of_all_draws():
    for depth, width in ((1, 4), (3, 2), (6, 5)):
        plain = width**2 * trace((1,) * depth)
        assert fisher.top_eigenvalue_upper_bound_resnet.exact(depth=depth, width=width) == plain
        for survival in (Fraction(0), Fraction(1, 2), Fraction(1)):
            mean = sum(weight * trace(survivors) for survivors, weight in draws(depth, survival))
            bound = fisher.top_eigenvalue_upper_bound_stochastic_depth.exact(
                depth=depth, width=width, survival=survival
            )
            assert bound == width**2 * mean


def test_the_printed_bound_of_dropping_is_the_trace_of_any_network_of_p_l_survivors():
    for survivors in itertools.product((0, 1), repeat=4):
        bound = fisher.top_eigenvalue_upper_bound_stochastic_depth_printed.exact(
            depth=4, width=3, survival=Fraction(sum(survivors), 4)
        )
        assert bound == 9 * trace(survivors)


@pytest.mark.parametrize("depth", [1, 2, 3, 17, 200])
def test_the_bounds_with_batch_norm_are_traces_by_the_recursion(depth):
    for form, variance in (
        (fisher.top_eigenvalue_upper_bound_bn_printed, 1),
        (fisher.top_eigenvalue_upper_bound_bn, A),
    ):
        expected = 49 * trace_bn(depth, variance)
        assert form.value(depth=depth, width=7) == pytest.approx(float(expected), rel=1e-12)


def gradients(inputs):
    """Gradients of 1^T (relu(W1 h) + h), h = W0 x, by sympy: a network of one block, two units."""
    first, second = sympy.symbols("a:4", real=True), sympy.symbols("b:4", real=True)
    x = sympy.Matrix(sympy.symbols("x:2", real=True))
    h = sympy.Matrix(2, 2, first) * x
    output = sympy.ones(1, 2) * (sympy.Matrix(2, 2, second) * h.applyfunc(sympy.Abs) / 2)
    output += sympy.ones(1, 2) * (sympy.Matrix(2, 2, second) * h / 2 + h)  # relu = (|h| + h)/2
    values = dict(zip((*first, *second), (0.3, -1.1, 0.8, 0.4, -0.6, 0.9, 1.3, 0.2), strict=True))
    slopes = [sympy.diff(output[0], weight) for weight in (*first, *second)]
    return np.array(
        [
            [float(slope.subs(values | dict(zip(x, at, strict=True)))) for slope in slopes]
            for at in inputs
        ]
    )


def ratio_of_top_to_mean(inputs):
    found = gradients(inputs)
    eigenvalues = np.linalg.eigvalsh(found.T @ found / len(inputs))
    return eigenvalues[-1] / eigenvalues.mean()


def test_the_top_eigenvalue_of_collinear_inputs_is_the_trace_of_all_weights():
    # A plain network without biases: multiples of one input have multiples of one gradient.
    bound = fisher.eigenvalue_ratio_upper_bound(depth=1, width=2)
    assert bound == gradients([(1.0, 0.5)]).shape[1] == 8
    assert ratio_of_top_to_mean([(1.0, 0.5)]) == pytest.approx(bound, rel=1e-12)
    assert ratio_of_top_to_mean([(1.0, 0.5), (2.0, 1.0)]) == pytest.approx(bound, rel=1e-12)
    assert ratio_of_top_to_mean([(1.0, 0.5), (-1.0, 2.0)]) < 0.99 * bound


# Shares


def rectified(correlation, power):
    """2 E [z^power w^power; z, w > 0] for normal z, w of this correlation."""
    spread = mpmath.sqrt(1 - correlation**2)

    def over_one(z):
        ratio = correlation * z / spread
        inner = mpmath.ncdf(ratio)
        if power:
            inner = z * (correlation * z * inner + spread * mpmath.npdf(ratio))
        return mpmath.npdf(z) * inner

    return 2 * mpmath.quad(over_one, [0, 2, 6, 15])


def kernels(survivors):
    """The tangent kernel within an input and between orthogonal ones, in units of the width.

    Backwards a surviving block multiplies both by what it passes on: 1 + kappa0 between inputs.
    """
    covariance, variance = mpmath.mpf(0), mpmath.mpf(1)
    own, between = variance, mpmath.mpf(0)  # of W0: h = W0 x, x of squared norm D
    for survives in survivors:
        if not survives:
            continue
        gates, features = (rectified(covariance / variance, power) for power in (0, 1))
        own = 2 * own + variance / 2
        between = between * (1 + gates) + variance * features / 2
        covariance, variance = covariance + variance * features, 2 * variance
    return own, between


def share_of_matrix(own, between, samples):
    matrix = np.full((samples, samples), float(between)) + float(own - between) * np.eye(samples)
    return np.linalg.eigvalsh(matrix)[-1] / np.trace(matrix)


@pytest.mark.parametrize("survival", [0.0, 0.35, 1.0])
def test_the_share_under_dropping_is_the_mean_over_draws_of_kernels(survival):
    depth, samples, width = 3, 6, 24
    limit, finite = mpmath.mpf(0), 0.0
    for survivors, probability in draws(depth, survival):
        own, between = kernels(survivors)
        limit += probability * between / own
        if any(survivors):
            finite += probability * share_of_matrix(own, between, samples)
        else:
            # Marchenko and Pastur's edge for X X^T / D, over its trace N
            finite += probability * (1 + math.sqrt(samples / width)) ** 2 / samples
    assert fisher.top_eigenvalue_share_stochastic_depth(
        depth=depth, survival=survival
    ) == pytest.approx(float(limit), rel=1e-12, abs=0)
    assert fisher.top_eigenvalue_share_stochastic_depth_finite(
        depth=depth, survival=survival, samples=samples, width=width
    ) == pytest.approx(finite, rel=1e-12, abs=0)


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("samples", [1, 4, 9])
def test_the_share_of_a_finite_sample_with_batch_norm_is_that_of_its_kernel_matrix(depth, samples):
    gates, features = rectified(mpmath.mpf(0), 0), rectified(mpmath.mpf(0), 1)
    own, between = mpmath.mpf(1), mpmath.mpf(0)
    for block in range(depth):
        variance = 1 + block * A
        own = own * (1 + 1 / variance) + mpmath.mpf(1) / 2
        between = between * (1 + gates / variance) + features / 2
    assert fisher.top_eigenvalue_share_bn_finite(depth=depth, samples=samples) == pytest.approx(
        share_of_matrix(own, between, samples), rel=1e-12
    )
