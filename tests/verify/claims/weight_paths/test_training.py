"""What claims on trained weights are judged at."""

import math
from itertools import product

import pytest

from theory import weight_paths as forms
from verify.claims.weight_paths import training


def ends(experiment, name):
    return experiment.over[name].endpoints()


def test_deep_networks_are_deep_enough_for_the_theorem():
    # (3.25) and the condition before it, with S for Q log L and (1 + e)^2 for C_l, d = 2.
    names = ("depth", "alpha", "gamma", "total")
    for depth, alpha, gamma, total in product(*(ends(training.deep, name) for name in names)):
        factor = 2 * 2 * math.sqrt(2) * (1 + math.e) * math.e**3 * total
        bracket = 3 * math.e * depth ** (alpha - 1) + math.sqrt(2)
        assert depth**-alpha <= 1 / factor
        assert depth ** (1 / gamma - 2 * alpha) <= 1 / (factor * bracket)
        assert 1 / (2 * alpha) < gamma <= 1
        # (3.24)
        assert depth ** (1 - 2 * alpha) * total <= 1 / (4 * 2 * (1 + math.e) * math.e**2)


@pytest.mark.parametrize("experiment", [training.searched, training.deep])
def test_rates_are_small_enough_for_the_bounds(experiment):
    (depth, _), (alpha, _) = ends(experiment, "depth"), ends(experiment, "alpha")
    most = ends(experiment, "total")[1]
    assert most * math.e * (1 + math.e) * depth ** (1 - 2 * alpha) <= 0.5


def test_rates_are_powers_of_the_depth_as_their_labels_have_them():
    for experiment in training.greater:
        (alpha,) = experiment.over["alpha"].values
        power = experiment.setting["rate_power"]
        assert power == pytest.approx(1 - alpha)
        assert forms.training_exponent(alpha=alpha, rate_power=power) < 0
    for experiment in training.lasting:
        (alpha,) = experiment.over["alpha"].values
        power = experiment.setting["rate_power"]
        assert power == pytest.approx(2 * alpha - 1)
        assert forms.training_exponent(alpha=alpha, rate_power=power) == pytest.approx(0, abs=1e-15)


def test_rates_of_decaying_gradients_are_those_that_the_theorem_allows():
    # (3.33) and (3.34) of two steps, with their first, at a small rho.
    d, rho, steps = 2, 1e-3, training.decaying.setting["steps"]
    gradient = (1 + math.e) ** 2 * (steps + 1) ** rho
    rate = training.LARGEST_TOTAL / steps
    total = sum(rate * math.sqrt(gradient) / (step + 1) ** (rho / 2) for step in range(steps))
    assert 0.98 / (10 * d) < total < 1 / (10 * d)
    assert training.decaying.setting["nu"] == 1 / 5
    least, _ = ends(training.decaying, "depth")
    assert least**-0.5 <= 10 / (2 * math.sqrt(2) * math.e**3)
