import numpy as np
import pytest

from numerics import fisher
from verify.claims.fisher.experiments import BETWEEN, ORTHOGONAL, SINGLE_INPUT, STOCHASTIC_DEPTH
from verify.claims.fisher.measurements import measure_projected, measure_share_between_inputs

AT = {"inputs": ORTHOGONAL, "samples": 3, "width": 12, "depth": 2, "network": STOCHASTIC_DEPTH}
RUN = {"seed": 1, "networks": 4, "device": "cpu"}


def share_between(**kind):
    return measure_share_between_inputs({**AT, **kind}, **RUN)[BETWEEN]


def test_the_share_under_dropping_is_averaged_over_the_number_of_survivors():
    by_survivors = [share_between(survivors=k) for k in range(3)]
    np.testing.assert_allclose(by_survivors[0], 0, atol=1e-12)
    averaged = share_between(survival=(0.25, 1.0))
    expected = np.array([9 / 16, 6 / 16, 1 / 16]) @ by_survivors
    np.testing.assert_allclose(averaged[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(averaged[:, 1], by_survivors[2], rtol=1e-12)
    assert share_between(survival=0.25) == pytest.approx(expected, rel=1e-12)


def test_inputs_are_orthogonal_where_it_says_so():
    gaussian = share_between(survivors=0, inputs="a few inputs, exact in law")
    assert gaussian.min() > 0.05


def test_what_is_projected_at_another_width_is_told_in_units_of_the_points_own():
    sizes = {"network": "resnet", "depth": 2, "samples": 1, "width": 24}
    at = {**sizes, "inputs": SINGLE_INPUT, "units": 24, "reference": 12}
    own = fisher.measure_single_projection(
        fisher.Ensemble(**sizes, **RUN, dtype="float32")
    ).per_network
    np.testing.assert_allclose(measure_projected(at, **RUN)["projected"], own / 4, rtol=1e-12)
