"""What claims on the depths of Theorem 3.3.3 are judged with."""

import math

import mpmath
import pytest

from verify.claims.weight_paths import losses


@pytest.mark.parametrize("bracket", [losses.of_weights, losses.of_increments])
def test_the_depth_is_the_greatest_at_which_the_inequality_is_an_equality(bracket):
    values = {"alpha": 0.9, "dim": 2, "epochs": 3.0, "gradient": 0.5}
    depth = losses._deepest(bracket)(values)
    assert mpmath.almosteq(bracket(depth, values) * mpmath.log(depth), depth**0.8, rel_eps=1e-12)
    for more in (2, 100, 10**6):
        assert bracket(more * depth, values) * mpmath.log(more * depth) < (more * depth) ** 0.8


def test_brackets_are_those_of_the_proof():
    values = {"alpha": 0.75, "dim": 2, "epochs": 3.0, "gradient": 0.5}
    assert float(losses.of_weights(16, values)) == pytest.approx(24 * math.sqrt(0.5) * math.e**2)
    assert float(losses.of_increments(16, values)) == pytest.approx(
        12 * math.e**3 * (3 * math.e / 2 + math.sqrt(2))
    )
