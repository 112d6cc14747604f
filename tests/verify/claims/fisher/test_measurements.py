"""What rounding does to the measurements of the claims, at sizes that they are judged at."""

from dataclasses import replace

import numpy as np
import pytest

from verify.claims.fisher import top_eigenvalue
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    GAUSSIAN,
    MEAN_EIGENVALUE,
    MOMENTS,
    RESNET,
    SINGLE_INPUT,
    measured,
    one_input,
)

RUN = {"seed": 3, "networks": 8, "device": "cpu", "first_network": 0}
ONE_INPUT = {"inputs": SINGLE_INPUT, "network": RESNET, "depth": 20, "width": 160, "units": 320}
MANY = {"inputs": GAUSSIAN, "network": BATCH_NORM, "depth": 5, "width": 96, "samples": 96}
GROUPS = {"inputs": GAUSSIAN, "network": RESNET, "depth": 5, "width": 32, "samples": 4, "draws": 2}


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        (one_input.measure, ONE_INPUT),
        (top_eigenvalue.projected.measure, {**ONE_INPUT, "reference": 160}),
        (MOMENTS, {**MANY, "layer": (1, 5)}),
        (MEAN_EIGENVALUE, MANY),
        (measured("coupling"), MANY),
        (measured("expected_spectrum"), GROUPS),
    ],
)
def test_float32_changes_no_draw_by_a_hundredth_of_the_error_that_is_judged(measure, values):
    # An input near the edge of a unit may fall on its other side: 1e-5 of a moment, not 1e-7.
    assert measure.fixed["dtype"] == "float32"
    single = measure(values, **RUN)
    exact = replace(measure, fixed={**measure.fixed, "dtype": "float64"})(values, **RUN)
    for name, drawn in exact.items():
        np.testing.assert_allclose(single[name], drawn, rtol=1e-4)
    assert any(not np.array_equal(single[name], drawn) for name, drawn in exact.items())
