"""What the readings say: where each printed form is right, and how far its error reaches."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from theory import fisher, learning_rate

HALF = Fraction(1, 2)


def moments(survivors):
    """Forward moments of blocks 1 to L and backward ones of h^0 to h^L, block by block."""
    forward, variance = [], Fraction(1)
    for survives in survivors:
        forward.append(survives * variance / 2)
        variance *= 1 + survives
    backward = [Fraction(1)]
    for survives in reversed(survivors):
        backward.insert(0, backward[0] * (1 + survives))
    return forward, backward


def trace(survivors):
    forward, backward = moments(survivors)
    return backward[0] + sum(u * d for u, d in zip(forward, backward[1:], strict=True))


def masks(depth):
    return itertools.product((0, 1), repeat=depth)


# Batch normalisation


def test_the_printed_variance_is_that_over_weights_and_inputs_and_not_that_over_inputs():
    def normal_mean(function):
        return mpmath.quad(lambda z: function(z) * mpmath.npdf(z), [0, 1, 3, 6, 15])

    second, first = normal_mean(lambda z: z * z), normal_mean(lambda z: z)
    for layer in range(5):
        # sum_j W_ij u_j, W_ij of variance 2/D: over both its square counts, over inputs its spread
        assert fisher.variance_bn_printed.value(layer=layer) == pytest.approx(
            float(1 + layer * 2 * second), rel=1e-13
        )
        assert fisher.variance_bn(layer=layer) == pytest.approx(
            float(1 + layer * 2 * (second - first**2)), rel=1e-13
        )


def test_the_top_eigenvalue_with_batch_norm_is_of_order_l_and_below_the_printed_bound():
    """Blocks at orthogonal inputs: half of the gates are shared, and 1/(2 pi) of the features."""
    a = 1 - 1 / math.pi
    for depth in (1, 2, 10, 100, 1000):
        factors = 1 + 0.5 / (1 + a * np.arange(1, depth))
        through = np.append(np.cumprod(factors[::-1])[::-1], 1)  # from block l on, l = 1 to L
        top = through.sum() / (2 * math.pi)
        printed = depth + 1
        bound = fisher.top_eigenvalue_upper_bound_bn_printed.value(depth=depth, width=1)
        assert bound == pytest.approx(
            printed * (1 + math.fsum(1 / k for k in range(1, depth + 2))) / 2, rel=1e-13
        )
        assert top < 0.15 * bound
        assert 0.15 * depth < top < 0.6 * depth


# Stochastic depth


def test_ten_blocks_of_which_half_survive_have_twice_the_printed_mean_eigenvalue():
    exact = sum(trace(survivors) for survivors in masks(10)) / Fraction(2**10 * 11)
    printed = fisher.mean_eigenvalue_stochastic_depth_printed.exact(depth=10, survival=HALF)
    assert fisher.mean_eigenvalue_stochastic_depth.exact(depth=10, survival=HALF) == exact
    assert (round(float(printed), 2), round(float(exact), 2)) == (6.55, 13.98)


@pytest.mark.parametrize(("depth", "kept"), [(4, 2), (5, 2), (6, 3)])
def test_of_exactly_p_l_survivors_the_products_of_the_printed_moments_are_right(depth, kept):
    p = Fraction(kept, depth)
    fixed = [survivors for survivors in masks(depth) if sum(survivors) == kept]
    for block in range(1, depth + 1):
        products = [up[block - 1] * down[block] for up, down in map(moments, fixed)]
        forward = fisher.forward_moment_stochastic_depth_printed.exact(layer=block, survival=p)
        backward = fisher.backward_moment_stochastic_depth_printed.exact(
            layer=block, depth=depth, survival=p
        )
        assert forward * backward == sum(products) / len(fixed)
    mean = sum(map(trace, fixed)) / len(fixed) / (depth + 1)
    theorem = fisher.mean_eigenvalue_stochastic_depth_printed.exact(depth=depth, survival=p)
    assert theorem == mean


def test_the_printed_backward_moment_counts_paths_through_survivors_numbered_alone():
    depth, kept = 6, 3
    for survivor in range(kept + 1):
        above = list(range(survivor, kept))
        paths = sum(math.comb(len(above), n) for n in range(len(above) + 1))
        assert (
            fisher.backward_moment_stochastic_depth_printed.exact(
                layer=survivor, depth=depth, survival=HALF
            )
            == paths
        )
    last = fisher.backward_moment_stochastic_depth_printed.exact(
        layer=depth, depth=depth, survival=HALF
    )
    assert last == Fraction(1, 8)  # of h^L, whose derivative is 1


def test_the_printed_forward_moment_counts_paths_through_every_block_below():
    for block in range(1, 7):
        below = sum(1 for _ in masks(block - 1))
        value = fisher.forward_moment_stochastic_depth_printed.exact(
            layer=block, survival=Fraction(2, 7)
        )
        assert value == Fraction(2, 7) * below / 2


def projections(depth, p):
    """v_l^T E F v_m / D^2 for the all-ones vectors v_l of two blocks, distinct units alone.

    Two distinct weights leave E relu(h^(l-1)) E relu(h^(m-1)), 1/(2 pi) times the roots of the
    variances, and of the backward signals the empty path, 1. A block adds 1 to a factor of both
    variances below l, and the root of that factor to one of them between l and m.
    """
    both, one = 1 + p, 1 - p + p * math.sqrt(2)
    found = np.empty((depth, depth))
    for l, m in itertools.product(range(1, depth + 1), repeat=2):  # noqa: E741
        low, high = min(l, m), max(l, m)
        found[l - 1, m - 1] = p * both ** (low - 1) / (2 * math.pi)
        if low < high:
            found[l - 1, m - 1] *= math.sqrt(2) * p * one ** (high - low - 1)
    return found


def test_the_projections_are_means_over_all_draws_of_blocks():
    depth, p = 4, 0.3
    mean = np.zeros((depth, depth))
    for survivors in masks(depth):
        probability = math.prod(p if survives else 1 - p for survives in survivors)
        features = [
            survives * math.sqrt(2 ** sum(survivors[:block]) / (2 * math.pi))
            for block, survives in enumerate(survivors)
        ]
        mean += probability * np.outer(features, features)
    np.testing.assert_allclose(projections(depth, p), mean, rtol=1e-13)


@pytest.mark.parametrize(("depth", "p"), [(1, 0.3), (4, 0.3), (100, 0.5), (3, 1.0)])
def test_the_lower_bound_of_the_top_eigenvalue_is_the_projection_on_the_last_block(depth, p):
    found = fisher.top_eigenvalue_lower_bound_stochastic_depth(depth=depth, width=10, survival=p)
    assert found == pytest.approx(100 * projections(depth, p)[-1, -1], rel=1e-13)
    assert found < 100 * np.linalg.eigvalsh(projections(depth, p))[-1] * (1 + 1e-12)


@pytest.mark.parametrize(("depth", "times"), [(100, 1.4), (101, 1.4), (200, 200)])
def test_in_deep_networks_the_top_eigenvalue_exceeds_the_printed_bound_at_any_width(depth, times):
    least = fisher.top_eigenvalue_lower_bound_stochastic_depth(depth=depth, width=1, survival=0.5)
    bound = fisher.top_eigenvalue_upper_bound_stochastic_depth_printed
    regime = bound.reading.regime
    assert regime["depth"].contains(depth)
    assert regime["survival"].contains(0.5)
    for width in (1000, 10**6):
        value = bound.value(depth=depth, width=width, survival=0.5)
        assert value == pytest.approx(width**2 * (depth / 2 + 4) / 4 * 2 ** (depth / 2), rel=1e-12)
        assert least * width**2 > times * value
    # That of all blocks does so a little earlier.
    for deep, exceeds in ((78, False), (80, True)):
        value = bound.value(depth=deep, width=1, survival=0.5)
        assert (np.linalg.eigvalsh(projections(deep, 0.5))[-1] > value) == exceeds


def test_the_printed_rates_of_deep_networks_lie_beyond_the_top_eigenvalue():
    point = {"depth": 100, "width": 1000, "survival": 0.5}
    top = fisher.top_eigenvalue_lower_bound_stochastic_depth(**point)
    for name, over in (("largest", 2), ("optimal", 1)):
        rate = f"{name}_learning_rate"
        printed = getattr(learning_rate, f"{rate}_stochastic_depth_printed")
        ceiling = getattr(learning_rate, printed.reading.against)(**point)
        assert ceiling == pytest.approx(over / top, rel=1e-13)
        assert printed.value(**point) > 1.4 * ceiling
        right = getattr(learning_rate, f"{rate}_stochastic_depth")(**point)
        assert right < ceiling
