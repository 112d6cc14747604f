"""Derived laws of what claims on the Fisher information measure."""

import math
from collections import Counter
from itertools import product

import pytest

from verify.claims.fisher.relations import relative_variance, remainder

MOMENTS = {1: 1 / math.sqrt(2 * math.pi), 2: 1 / 2, 3: 2 / math.sqrt(2 * math.pi), 4: 3 / 2}
"""Of relu(z), z standard normal."""


def moment_of_sum(order, width):
    """E S^order, S the sum of so many independent relu(z), term by term."""
    return sum(
        math.prod(MOMENTS[count] for count in Counter(factors).values())
        for factors in product(range(width), repeat=order)
    )


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_variance_and_remainder_at_depth_one_are_those_of_a_squared_sum(width):
    second, fourth = moment_of_sum(2, width), moment_of_sum(4, width)
    values = {"width": width}
    assert second / (width**2 / (2 * math.pi)) - 1 == pytest.approx(remainder(values))
    assert fourth / second**2 - 1 == pytest.approx(relative_variance(values))
