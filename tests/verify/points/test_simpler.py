"""Simpler values of a real parameter."""

import pytest

from theory.domains import Reals
from verify.points.axis import Axis
from verify.points.simpler import complexity, simpler

SHARE, INSIDE = Reals(0, 1, low_open=True), Reals(0, 1, low_open=True, high_open=True)


@pytest.mark.parametrize(
    ("domain", "value", "found"),
    [
        (SHARE, 0.0312, [1.0, 0.1, 0.03, 0.04, 0.031, 0.032]),
        (INSIDE, 0.9876, [0.1, 0.5, 0.8, 0.9, 0.93, 0.96]),
        (Reals(0.01, 10), 3.7, [1.0, 2.0, 3.0, 4.0]),
        (Reals(1.005, 100), 97.31, [2.0, 50.0, 80.0, 90.0, 92.0, 95.0, 96.0]),
        (Reals(-2, 2), -0.731, [0.0, -1.0, -2.0, -0.4, -0.6, -0.7, -0.71, -0.73]),
        (SHARE, 1.0, []),
        (Reals(0, None), 3.7, []),
    ],
)
def test_neighbourhoods_grow_small_and_their_values_long(domain, value, found):
    assert list(simpler(Axis((domain,)), value, {})) == found
    assert all(domain.contains(one) for one in found)


def test_neighbourhoods_reach_values_of_every_decade():
    listed = list(simpler(Axis((SHARE,)), 6.8e-7, {}))
    assert listed == sorted(listed, reverse=True)
    assert (listed[0], listed[-1]) == (1.0, 7e-7)


@pytest.mark.parametrize(
    ("value", "digits_and_decades"),
    [(1.0, 1), (0.5, 2), (0.25, 3), (20.0, 2), (6.8e-245, 247), (0.0, 0), (-0.5, 2)],
)
def test_complexity_counts_digits_and_decades(value, digits_and_decades):
    assert complexity(value) == digits_and_decades
