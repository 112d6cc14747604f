"""What claims on limits of infinite depth are judged at."""

import math

import pytest

from verify.claims.weight_paths import limits


@pytest.mark.parametrize("alpha", limits.CUTS)
def test_a_path_is_cut_to_the_exponent_of_its_point(alpha):
    values = {"alpha": alpha, **limits.cut({"alpha": alpha}, 0.06)}
    assert math.log(values["net"]) / math.log(values["pieces"]) == pytest.approx(alpha)
    assert values["pieces"] ** values["last_level"] <= 4096


@pytest.mark.parametrize("alpha", limits.CUTS)
def test_paths_of_signs_go_as_far_as_their_excursions(alpha):
    r, q, _, _ = limits.CUTS[alpha]
    above, below = limits.excursions(r, q)
    up, down = (r + q) // 2, (r - q) // 2

    def extremes(levels):
        """The highest and the lowest point of all paths, by the orders of runs that reach them."""
        if not levels:
            return 1.0, 0.0
        high, low = extremes(levels - 1)
        highest = lowest = 0.0
        for ups in range(up + 1):
            for downs in range(down + 1):
                at = ups - downs
                if ups < up:
                    highest, lowest = max(highest, at + high), min(lowest, at + low)
                if downs < down:
                    highest, lowest = max(highest, at - low), min(lowest, at - high)
        return highest / q, lowest / q

    high, low = extremes(12)
    assert high == pytest.approx(above, rel=1e-2)
    assert -low == pytest.approx(below, rel=1e-2)
    assert high <= above
    assert -low <= below


@pytest.mark.parametrize("alpha", limits.CUTS)
def test_exponents_of_paths_lie_within_the_stated_remainder(alpha):
    values = {**limits.young_limit.by[0].setting, "alpha": alpha}
    values |= limits.cut(values, 0.06)
    found = limits.young_limit.by[0].measure(
        values, seed=1, first_network=0, networks=64, device="cpu"
    )["exponent of the error"]
    assert 0 < abs(found - (1 - 2 * alpha)).max() < limits.young_remainder(values) < 0.02
