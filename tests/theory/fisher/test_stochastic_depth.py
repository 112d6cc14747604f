"""Independent derivations: every draw of surviving blocks."""

import itertools
from fractions import Fraction

import pytest

from theory import fisher


def moments_given_survivors(survivors):
    """Forward moments of blocks 1..L and backward moments of h^0..h^L for one draw of blocks."""
    forward, variance = [], Fraction(1)
    for survives in survivors:
        forward.append(survives * variance / 2)
        variance *= 1 + survives
    backward = [Fraction(1)]
    for survives in reversed(survivors):
        backward.insert(0, backward[0] * (1 + survives))
    return forward, backward


def draws(depth, survival):
    """Every draw of surviving blocks with its probability."""
    for survivors in itertools.product((0, 1), repeat=depth):
        kept = sum(survivors)
        yield survivors, survival**kept * (1 - survival) ** (depth - kept)


@pytest.mark.parametrize("survival", [Fraction(0), Fraction(1, 3), Fraction(4, 5), Fraction(1)])
@pytest.mark.parametrize("depth", [1, 2, 5])
def test_bernoulli_moments_are_averages_over_all_draws_of_blocks(depth, survival):
    forward, backward = [Fraction(0)] * depth, [Fraction(0)] * (depth + 1)
    trace = Fraction(0)
    for survivors, probability in draws(depth, survival):
        up, down = moments_given_survivors(survivors)
        forward = [old + probability * new for old, new in zip(forward, up, strict=True)]
        backward = [old + probability * new for old, new in zip(backward, down, strict=True)]
        trace += probability * (down[0] + sum(u * d for u, d in zip(up, down[1:], strict=True)))
    assert forward == [
        fisher.forward_moment_stochastic_depth.exact(layer=k, survival=survival)
        for k in range(1, depth + 1)
    ]
    assert backward == [
        fisher.backward_moment_stochastic_depth.exact(layer=k, depth=depth, survival=survival)
        for k in range(depth + 1)
    ]
    mean = fisher.mean_eigenvalue_stochastic_depth.exact(depth=depth, survival=survival)
    assert mean == trace / (depth + 1)


@pytest.mark.parametrize("depth", [3, 4])
def test_any_draw_with_k_survivors_has_the_fixed_survivor_mean(depth):
    for survivors in itertools.product((0, 1), repeat=depth):
        up, down = moments_given_survivors(survivors)
        trace = down[0] + sum(u * d for u, d in zip(up, down[1:], strict=True))
        mean = fisher.mean_eigenvalue_fixed_survivors.exact(depth=depth, survivors=sum(survivors))
        assert mean == trace / (depth + 1)


def test_the_printed_theorem_is_the_fixed_survivor_form_at_k_equal_to_p_times_l():
    printed = fisher.mean_eigenvalue_stochastic_depth_printed
    for survivors in range(9):
        assert printed.exact(depth=8, survival=Fraction(survivors, 8)) == (
            fisher.mean_eigenvalue_fixed_survivors.exact(depth=8, survivors=survivors)
        )
