"""Scales of branches with batch norm, worked out by hand on a channel of two values."""

import pytest
import sympy

from theory.weight_paths import (
    branch_scale,
    branch_scale_of_pytorch,
    branch_scale_printed,
    branch_scale_without_norm,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")

AT = {"depth": 56, "alpha": 0.75}


def test_batch_norm_of_two_values_is_plus_and_minus_one_whatever_their_scale():
    delta, gap, eps = sympy.symbols("delta gap epsilon", positive=True)
    values = sympy.Matrix([0, 1]) * gap * delta
    mean = sum(values) / 2
    variance = sum((x - mean) ** 2 for x in values) / 2
    branch = [delta * (x - mean) / sympy.sqrt(variance + eps) for x in values]
    assert sympy.simplify(branch[1].subs(eps, 0) - delta) == 0
    # With epsilon, of variance v = gap^2/4 where delta is 1.
    at = {delta: 56**-0.75, gap: 2 * 0.3**0.5, eps: 1e-5}
    found = branch_scale_of_pytorch(variance=0.3, **AT)
    assert float(branch[1].subs(at)) == pytest.approx(found, rel=1e-12)


def test_what_is_left_of_the_first_scale_is_what_it_adds_to_variances():
    added = 1e-5 * 56**1.5
    for variance, square in ((added, 1 / 2), (added / 3, 1 / 4), (99 * added, 0.99)):
        found = branch_scale_of_pytorch(variance=variance, **AT) / branch_scale(**AT)
        assert found**2 == pytest.approx(square, rel=1e-12)


def test_scales_that_the_reading_names():
    for depth, blocks, printed, layers, of_blocks in (
        (56, 9, 20, 0.049, 0.192), (104, 17, 33, 0.031, 0.119), (224, 37, 58, 0.017, 0.067),
    ):  # fmt: skip
        assert depth == 6 * blocks + 2
        at = {"depth": depth, "alpha": 0.75}
        assert round(branch_scale_printed(**at)) == printed
        assert round(branch_scale(**at), 3) == layers
        assert round(branch_scale(depth=blocks, alpha=0.75), 3) == of_blocks
        assert branch_scale_without_norm(**at) == pytest.approx(branch_scale(**at) ** 2)
