"""Independent derivations of the corrected and derived forms."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from theory import fisher

DEPTHS = range(1, 31)
DIGITS = 50


@pytest.fixture(autouse=True)
def _fifty_digits():
    with mpmath.workdps(DIGITS + 10):
        yield


def agrees(value, expected):
    return mpmath.almosteq(value, expected, rel_eps=mpmath.mpf(10) ** -DIGITS)


def gaussian_mean(function):
    """E function(max(z, 0)) for a normal z by quadrature, the rectifier's kink at an end."""
    positive = mpmath.quad(lambda z: function(z) * mpmath.npdf(z), [0, 1, 3, 6, 10, 18])
    return positive + function(mpmath.mpf(0)) / 2


def feature_variance():
    """2 Var relu(z), what a block adds to the variance over inputs."""
    second, first = gaussian_mean(lambda u: u * u), gaussian_mean(lambda u: u)
    return 2 * (second - first**2)


def backward_moment(layer, depth):
    """The product over blocks that the Gamma ratio telescopes."""
    a = 1 - 1 / mpmath.pi
    return mpmath.fprod(1 + 1 / (1 + k * a) for k in range(layer, depth))


def subsets(blocks):
    blocks = list(blocks)
    sizes = range(len(blocks) + 1)
    return itertools.chain.from_iterable(itertools.combinations(blocks, n) for n in sizes)


# Plain network


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_plain_moments_count_the_paths_through_subsets_of_blocks(depth):
    for layer in range(depth + 1):
        above = sum(1 for _ in subsets(range(layer, depth)))
        assert fisher.backward_moment_resnet.exact(layer=layer, depth=depth) == above
    for layer in range(1, depth + 1):
        below = Fraction(sum(1 for _ in subsets(range(layer - 1))), 2)
        assert fisher.forward_moment_resnet.exact(layer=layer) == below


@pytest.mark.parametrize("depth", [1, 2, 9])
def test_the_plain_mean_eigenvalue_is_the_mean_of_the_moments(depth):
    backward = [fisher.backward_moment_resnet.exact(layer=k, depth=depth) for k in range(depth + 1)]
    products = [
        fisher.forward_moment_resnet.exact(layer=k) * backward[k] for k in range(1, depth + 1)
    ]
    assert products == [
        fisher.second_moment_product_resnet.exact(layer=k, depth=depth) for k in range(1, depth + 1)
    ]
    mean = (backward[0] + sum(products)) / (depth + 1)
    assert fisher.mean_eigenvalue_resnet.exact(depth=depth) == mean
    trace = fisher.top_eigenvalue_upper_bound_resnet.exact(depth=depth, width=3)
    assert trace == 9 * (depth + 1) * mean


def test_the_expected_top_eigenvalue_is_that_of_the_blocks_mean_features():
    depth = 6
    mean_feature = gaussian_mean(lambda u: u)  # of unit variance; of h^(l-1) it is 2^((l-1)/2)
    features = np.array([float(mean_feature * mpmath.sqrt(2) ** k) for k in range(depth)])
    top = np.linalg.eigvalsh(np.outer(features, features))[-1]
    assert fisher.expected_top_eigenvalue_resnet(depth=depth, width=10) == pytest.approx(
        100 * top, rel=1e-13
    )


def test_the_expected_top_eigenvalue_of_a_finite_width_approaches_its_limit_as_its_inverse():
    depth = 4

    def relative_excess(width):
        # Block (l, m) of the expected FIM on all-ones vectors, equal units u_j = u_j' included.
        block = np.empty((depth, depth))
        for one, other in itertools.product(range(1, depth + 1), repeat=2):
            forward = 2 ** ((one + other) / 2 - 1) / (2 * np.pi) * (width - 1)
            backward = float(width - 1)
            if one == other:
                forward += 2.0 ** (one - 2)
                backward += 2.0 ** (depth - one)
            block[one - 1, other - 1] = forward * backward
        top = np.linalg.eigvalsh(block)[-1]
        return top / fisher.expected_top_eigenvalue_resnet(depth=depth, width=width) - 1

    # The next order is 1/D^2, a relative 1e-4 of the first here.
    assert relative_excess(200_000) == pytest.approx(relative_excess(100_000) / 2, rel=1e-3)
    assert abs(relative_excess(200_000)) < depth / 200_000


# Batch normalisation


def test_a_block_adds_the_variance_of_the_rectified_features():
    assert agrees(feature_variance(), 1 - 1 / mpmath.pi)
    variance = 1
    for layer in range(4):
        assert agrees(fisher.variance_bn(layer=mpmath.mpf(layer)), variance)
        variance += feature_variance()


def test_the_backward_moment_counts_weighted_paths():
    depth, a = 6, 1 - 1 / mpmath.pi
    for layer in range(depth + 1):
        paths = mpmath.fsum(
            mpmath.fprod(1 / (1 + k * a) for k in path) for path in subsets(range(layer, depth))
        )
        value = fisher.backward_moment_bn(layer=mpmath.mpf(layer), depth=depth)
        assert agrees(value, paths)
        assert agrees(paths, backward_moment(layer, depth))


def test_the_printed_backward_moment_counts_paths_with_the_printed_variance():
    depth = 6
    for layer in range(depth + 1):
        product = Fraction(1)
        for k in range(layer, depth):
            variance = int(fisher.variance_bn_printed.exact(layer=k))
            product *= 1 + Fraction(1, variance)
        assert fisher.backward_moment_bn_printed.exact(layer=layer, depth=depth) == product


def test_the_printed_mean_eigenvalue_follows_from_the_printed_moments():
    for depth in (1, 2, 11):
        moments = [
            fisher.backward_moment_bn_printed.exact(layer=k, depth=depth) for k in range(depth + 1)
        ]
        mean = (moments[0] + sum(moments[1:]) / 2) / (depth + 1)
        assert fisher.mean_eigenvalue_bn_printed.exact(depth=depth) == mean


@pytest.mark.parametrize("step", [1, sympy.Rational(1, 2)])
def test_the_sum_of_gamma_ratios_telescopes(step):
    # step b = 1 + b: moments; b/2 in the place of b: kernels between inputs.
    l, b = sympy.symbols("l b", positive=True)  # noqa: E741
    shift = step * b
    term = sympy.gamma(l + b) / sympy.gamma(l + b + shift)

    def antidifference(at):
        return sympy.gamma(at + b) / sympy.gamma(at + b + shift - 1)

    difference = antidifference(l + 1) - antidifference(l) - (1 - shift) * term
    assert sympy.gammasimp(difference / term) == 0


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_mean_eigenvalue_is_the_mean_of_the_moments(depth):
    moments = [backward_moment(layer, depth) for layer in range(depth + 1)]
    mean = (moments[0] + sum(moments[1:]) / 2) / (depth + 1)
    assert agrees(fisher.mean_eigenvalue_bn(depth=mpmath.mpf(depth)), mean)


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_coupled_mean_eigenvalue_splits_features_into_mean_and_deviation(depth):
    mean_square = gaussian_mean(lambda u: u) ** 2
    deviation = feature_variance() / 2
    moments = [backward_moment(layer, depth) for layer in range(depth + 1)]
    blocks = sum(deviation * moment + mean_square for moment in moments[1:])
    mean = (moments[0] + blocks) / (depth + 1)
    assert agrees(fisher.mean_eigenvalue_bn_coupled(depth=mpmath.mpf(depth)), mean)


def test_the_mean_eigenvalue_grows_with_the_stated_exponent():
    # m(L) = C L^(b-1) (1 + O(L^-(b-1))): at 10^60 the correction is 10^-28.
    depth = mpmath.mpf(10) ** 60
    ratio = fisher.mean_eigenvalue_bn(depth=2 * depth) / fisher.mean_eigenvalue_bn(depth=depth)
    assert float(mpmath.log(ratio, 2)) == pytest.approx(fisher.growth_exponent_bn(), rel=1e-15)


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_share_under_batch_normalisation_is_the_ratio_of_sums(depth):
    a = 1 - 1 / mpmath.pi
    # Orthogonal inputs: kappa0(0) = 1/2 and kappa1(0)/2 = 1/(2 pi) at every layer.
    between = mpmath.fsum(
        mpmath.fprod(1 + 1 / (2 * (1 + k * a)) for k in range(layer, depth)) / (2 * mpmath.pi)
        for layer in range(1, depth + 1)
    )
    moments = [backward_moment(layer, depth) for layer in range(depth + 1)]
    own = moments[0] + sum(moments[1:]) / 2
    assert agrees(fisher.top_eigenvalue_share_bn(depth=mpmath.mpf(depth)), between / own)


# The three networks together


def test_all_three_networks_agree_where_nothing_is_dropped():
    plain, dropping = fisher.mean_eigenvalue_resnet, fisher.mean_eigenvalue_stochastic_depth
    assert dropping.exact(depth=7, survival=1) == plain.exact(depth=7)
    whole = fisher.top_eigenvalue_share_stochastic_depth_finite(
        depth=7, survival=1, samples=50, width=20
    )
    finite = fisher.top_eigenvalue_share_finite(depth=7, samples=50)
    assert whole == pytest.approx(finite, rel=1e-14)


def test_a_network_without_survivors_sits_at_the_marchenko_pastur_edge():
    """The Stieltjes transform of X X^T / D solves c z m^2 + (z + c - 1) m + 1 = 0, c = N/D."""
    z, m, c = sympy.symbols("z m c", positive=True)
    discriminant = sympy.discriminant(c * z * m**2 + (z + c - 1) * m + 1, m)
    edge = (1 + sympy.sqrt(c)) ** 2
    assert sympy.simplify(discriminant.subs(z, edge)) == 0
    share = fisher.top_eigenvalue_share_stochastic_depth_finite(
        depth=3, survival=0, samples=50, width=200
    )
    assert share == pytest.approx(float(edge.subs(c, sympy.Rational(1, 4))) / 50, rel=1e-14)


def test_coupling_leaves_the_share_that_the_sums_leave():
    a = 1 - 1 / math.pi
    for depth in range(1, 12):
        moments = [
            math.prod(1 + 1 / (1 + k * a) for k in range(layer, depth))
            for layer in range(depth + 1)
        ]
        fixed = moments[0] + sum(moments[1:]) / 2
        coupled = moments[0] + sum(
            1 / 2 + (1 / 2 - 1 / (2 * math.pi)) * (moment - 1) for moment in moments[1:]
        )
        assert fisher.coupled_share_bn(depth=depth) == pytest.approx(coupled / fixed, rel=1e-13)


def test_coupling_leaves_pi_plus_1_of_pi_plus_2_of_a_deep_network():
    limit = (math.pi + 1) / (math.pi + 2)
    assert fisher.coupled_share_bn(depth=10**15) == pytest.approx(limit, rel=1e-6)


def test_the_bounds_enclose_the_sharp_top_eigenvalue():
    depth, width, samples = 5, 30, 100
    trace = fisher.top_eigenvalue_upper_bound_resnet(depth=depth, width=width)
    sharp = trace * fisher.top_eigenvalue_share_finite(depth=depth, samples=samples)
    assert fisher.mean_eigenvalue_resnet(depth=depth) < sharp < trace
    expected = fisher.expected_top_eigenvalue_resnet(depth=depth, width=width)
    assert fisher.mean_eigenvalue_resnet(depth=depth) < expected < sharp
