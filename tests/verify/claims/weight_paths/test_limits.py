"""What claims on limits of infinite depth are judged at."""

import math

import pytest

from verify.claims.weight_paths import limits


@pytest.mark.parametrize("alpha", limits.CUTS)
def test_a_path_is_cut_to_the_exponent_of_its_point(alpha):
    values = {"alpha": alpha, **limits.cut({"alpha": alpha}, 0.06)}
    assert math.log(values["net"]) / math.log(values["pieces"]) == pytest.approx(alpha)
    assert limits.cut_depths(values)[-1] <= 4096
