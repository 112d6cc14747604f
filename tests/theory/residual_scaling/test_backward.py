"""Gradients in the weights against a drawn network, and their limit against the recursion."""

import math

import numpy as np
import pytest

from theory.residual_scaling import gradient_depth_limit, wide_gradient_energy


def test_gradients_of_a_drawn_network_with_matrices_have_the_energy_of_infinite_width():
    numbers, tau, width, depth, nets = np.random.default_rng(12), 0.7, 120, 3, 120
    squares = np.zeros(depth)
    starts = 0.0
    for _ in range(nets):
        h = [math.sqrt(2 / width) * np.maximum(numbers.standard_normal(width), 0)]
        starts += h[0] @ h[0] / nets
        weights = numbers.standard_normal((depth, width, width)) / math.sqrt(width)
        for one in weights:
            h.append(np.maximum(h[-1] + tau * one @ h[-1], 0))
        b = numbers.standard_normal(width) / math.sqrt(width)
        for layer in range(depth, 0, -1):
            alive = np.where(h[layer] > 0, b, 0)
            # The gradient is the outer product of alive and h, times tau.
            squares[layer - 1] += tau**2 * (alive @ alive) * (h[layer - 1] @ h[layer - 1]) / nets
            b = alive + tau * weights[layer - 1].T @ alive
    for layer in range(1, depth + 1):
        expected = wide_gradient_energy(tau=tau, residuals=depth, layer=layer)
        assert squares[layer - 1] / starts == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_limit_is_what_depths_tend_to_in_powers_of_one_over_sqrt_depth(share):
    few, more, many = (
        depth
        * wide_gradient_energy(
            tau=1 / math.sqrt(depth), residuals=depth, layer=round(share * depth)
        )
        for depth in (64, 256, 1024)
    )
    without_first = 2 * more - few, 2 * many - more
    without_second = (4 * without_first[1] - without_first[0]) / 3
    limit = gradient_depth_limit(kappa=1.0, fraction=share)
    assert abs(without_second - limit) < 0.05 * abs(many - limit)


@pytest.mark.parametrize("kappa", [0.1, 1.0, 4.0])
def test_the_gradient_of_later_layers_is_the_larger(kappa):
    limits = gradient_depth_limit(kappa=kappa, fraction=np.linspace(0, 1, 41))
    assert np.diff(limits).min() > 0
    assert limits[-1] == pytest.approx(kappa**2 * math.exp(kappa**2), rel=1e-11)
