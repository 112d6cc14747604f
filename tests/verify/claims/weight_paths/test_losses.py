"""What claims on the depths of Theorem 3.3.3 are judged with."""

import math

import mpmath
import pytest

from verify.claims.weight_paths import losses, remarks


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


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.0])
def test_from_its_depth_on_the_exponential_of_the_second_proof_is_e(alpha):
    depth = float(losses.of_increments_of_decay({"alpha": alpha}))
    exponent = 2 * math.sqrt(2) * math.e**3 * depth**-alpha / 10  # at d Lambda = 1/10
    assert exponent == pytest.approx(1, rel=1e-12)


def test_a_term_is_the_rate_of_the_remark_times_the_root_of_what_gradients_decay_like():
    values = {"factor": 0.3, "gradient": 2.0, "decay": 0.6, "margin": 0.1, "step": 7}
    gradients = math.sqrt(2.0 / 8**0.6)
    rate = 0.3 / 8 ** (1 - 0.3 + 0.1)
    assert float(remarks.of_decay(values)) == pytest.approx(rate * gradients, rel=1e-14)
