import numpy as np
import pytest

from theory import fisher
from verify.claims.learning_rate import bounds

RUN = {"seed": 5, "first_network": 0, "networks": 60, "device": "cpu"}
VALUES = {
    "network": "stochastic_depth", "inputs": "gaussian", "samples": 1, "width": 24, "depth": 1,
    "survival": 0.8,
}  # fmt: skip


def test_rates_along_a_direction_are_those_of_the_block_it_is_of():
    found = bounds.measure_rates_from_above(VALUES, **RUN)
    np.testing.assert_allclose(found[bounds.LARGEST], 2 * found[bounds.OPTIMAL])
    # Of one block v^T F v is what the lower bound is made of, but for the units' own squares,
    # (pi - 1)/D of it, and E 1/X exceeds 1/E X by the relative variance of an average.
    bound = fisher.top_eigenvalue_lower_bound_stochastic_depth(depth=1, width=24, survival=0.8)
    top = 1 / found[bounds.OPTIMAL]
    exact = bound * (1 + (np.pi - 1) / 24)
    assert abs(top.mean() - exact) < 4 * top.std() / np.sqrt(60)
    assert (1 / top).mean() > 1 / top.mean()


def test_an_average_takes_draws_of_its_own():
    whole = bounds.measure_rates_from_above(VALUES, **RUN)[bounds.OPTIMAL]
    later = {**RUN, "first_network": 40, "networks": 20}
    part = bounds.measure_rates_from_above(VALUES, **later)[bounds.OPTIMAL]
    np.testing.assert_allclose(whole[40:], part, rtol=1e-6)
    assert len(set(whole)) == 60


def test_they_lie_above_those_of_averages_over_few_draws():
    values = {**VALUES, "depth": 3}
    above = bounds.measure_rates_from_above(values, **RUN)[bounds.LARGEST].mean()
    few = bounds.measure_rates({**values, "samples": 4, "draws": 2}, **RUN)[bounds.LARGEST].mean()
    assert above == pytest.approx(3 * few, rel=0.5)
