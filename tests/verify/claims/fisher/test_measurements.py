"""What rounding does to the measurements of the claims, at sizes that they are judged at."""

from dataclasses import replace

import numpy as np
import pytest

from numerics import fisher
from verify.claims.fisher import measurements
from verify.claims.fisher.experiments import BATCH_NORM, GAUSSIAN, RESNET, SINGLE_INPUT

RUN = {"seed": 3, "networks": 8, "device": "cpu", "first_network": 0}
ONE_INPUT = {"inputs": SINGLE_INPUT, "network": RESNET, "depth": 20, "width": 160, "units": 320}
MANY = {"inputs": GAUSSIAN, "network": BATCH_NORM, "depth": 5, "width": 96, "samples": 96}
GROUPS = {"inputs": GAUSSIAN, "network": RESNET, "depth": 5, "width": 32, "samples": 4, "draws": 2}


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        (measurements.measure_single_input, ONE_INPUT),
        (measurements.measure_projected, {**ONE_INPUT, "reference": 160}),
        (measurements.measure_moments, {**MANY, "layer": (1, 5)}),
        (measurements.measure_mean_eigenvalue, MANY),
        (measurements.measure_coupled, MANY),
        (measurements.measure_expected, GROUPS),
    ],
)
def test_float32_changes_no_draw_by_a_hundredth_of_the_error_that_is_judged(
    measure, values, monkeypatch
):
    # An input near the edge of a unit may fall on its other side: 1e-5 of a moment, not 1e-7.
    single = measure(values, **RUN)
    ensemble = measurements.ensemble

    def double(values, **run):
        return replace(ensemble(values, **run), dtype="float64")

    assert ensemble(values, **RUN).dtype == "float32"
    monkeypatch.setattr(measurements, "ensemble", double)
    exact = measure(values, **RUN)
    for name, drawn in exact.items():
        np.testing.assert_allclose(single[name], drawn, rtol=1e-4)
    assert any(not np.array_equal(single[name], drawn) for name, drawn in exact.items())


def test_what_is_coupled_is_a_share_of_what_is_held_fixed():
    drawn = measurements.measure_coupled(MANY, **RUN)
    fixed = fisher.measure_mean_eigenvalue(measurements.ensemble(MANY, **RUN)).per_network
    np.testing.assert_allclose(drawn["share"] * fixed, drawn["mean eigenvalue"], rtol=1e-12)
