"""Displays of a proof against networks small enough to list."""

import itertools

import numpy as np
import pytest

from theory import regularisation as forms

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_steepest_share_is_the_mean_over_all_signs(width):
    found = []
    for first in itertools.product([1, -1], repeat=width):
        for last in itertools.product([1, -1], repeat=width):
            sides = [
                sum(v for w, v in zip(first, last, strict=True) if w == side) for side in (1, -1)
            ]
            found.append(max(map(abs, sides)) / width)
    assert forms.steepest_share(width=width) == pytest.approx(np.mean(found), rel=1e-12)
    assert max(found) == 1


def test_it_falls_like_one_over_the_root_of_the_width():
    # the larger of two normals of variance 1/2, in absolute value: sqrt(2/pi)
    assert forms.steepest_share(width=200) * 200**0.5 == pytest.approx((2 / np.pi) ** 0.5, rel=0.01)


def test_the_index_and_the_sign_are_those_of_a_line_by_way_of_a_second_unit():
    # x goes to unit 2 of layer 1 and back to unit 1 of layer 2: both active at x = 1
    slopes = {1: {1: 0, 2: 1}, 2: {1: 1, 2: 0}}
    path = (1, 2, 1)  # input, and units of layers 1 and 2
    for form, product in ((forms.gate_shift, 1), (forms.gate_shift_printed, 0)):
        shift = int(form())
        units = [path[layer - 1 + shift] for layer in (1, 2)]
        assert slopes[1][units[0]] * slopes[2][units[1]] == product
    for form, holds in ((forms.mean_value_sign, True), (forms.mean_value_sign_printed, False)):
        z = np.linspace(0, 1, 11) + float(form()) * (1 - np.linspace(0, 1, 11)) * -1
        rise = min(0, 1) - min(0, -1)
        assert (rise <= ((z < 0) * 2).max()) is holds or ((rise <= ((z < 0) * 2).max()) == holds)
