import numpy as np
import pytest

from numerics import batch_norm

UNIT = {
    "dimension": 5, "scale": 1.5, "shift": -0.5, "input_variance": 4.0, "weight_norm": 3.0,
    "population_mean": 2.0,
}  # fmt: skip


def test_population_norm_is_an_affine_function_of_the_normalised_projection():
    unit = batch_norm.Unit(**UNIT)
    measured = batch_norm.measure_weight_norm(unit, networks=20, seed=8)
    # sigma_P = sqrt(4) 3 = 6.
    np.testing.assert_allclose(measured.gain.per_network, 1.5 * 3 / 6)
    np.testing.assert_allclose(measured.bias.per_network, -0.5 - 1.5 * 2 / 6)


def test_a_weight_of_no_length_has_no_direction():
    with pytest.raises(ValueError, match=r"weight_norm = 0.0: must be a number in"):
        batch_norm.Unit(**{**UNIT, "weight_norm": 0.0})
