"""Students trained with batch normalisation: the stated terms hold, and the two curves are near."""

import numpy as np
import pytest

from theory import generalisation as forms
from verify.claims.generalisation import batch_norm as generalisation_bn
from verify.claims.generalisation.measurements import measure_converged, measure_students
from verify.evidence.accounting import BUDGETS
from verify.points import reachable

PLACES = [
    {"load": 0.5, "noise_variance": 0.25, "batch_size": 8, "width": 64, "epochs": 200},
    {"load": 4.0, "noise_variance": 0.05, "batch_size": 8, "width": 32, "epochs": 200},
]
RUNS = 64


@pytest.mark.parametrize("values", PLACES, ids=lambda values: f"load {values['load']}")
def test_remainder_and_variance_cover_what_is_measured_at_other_sizes(values):
    rows = measure_converged(values, seed=3, first_network=0, networks=RUNS, device="cpu")
    risk = rows["excess risk"]
    claimed = forms.excess_risk_bn.value(
        **{name: values[name] for name in forms.excess_risk_bn.domain}
    )
    relative = risk / claimed - 1
    stated = generalisation_bn.variance(values) / claimed**2
    assert abs(relative.mean()) <= generalisation_bn.remainder(values) + 4 * np.sqrt(stated / RUNS)
    squares = (relative - relative.mean()) ** 2
    assert squares.mean() - 4 * squares.std() / np.sqrt(RUNS) <= stated
    assert stated < 10 * squares.mean()


@pytest.mark.parametrize(
    ("load", "batch_size", "placed"),
    [(0.75, 32, True), (0.3, 7, True), (0.75, 3, False), (1.0, 32, False), (0.98, 32, False)],
)
def test_a_place_is_where_training_is_known_to_end(load, batch_size, placed):
    asked = {"load": load, "noise_variance": 0.25, "batch_size": batch_size}
    points = reachable(generalisation_bn.generalisation_bn, asked, BUDGETS["quick"])
    assert bool(points) == placed
    for point in points:
        samples = point.values["load"] * point.values["width"]
        assert samples == pytest.approx(batch_size * round(samples / batch_size))
        needed = generalisation_bn.epochs_needed(point.values["load"], batch_size)
        assert point.values["epochs"] >= needed


def test_the_curves_are_near_but_around_unit_load():
    def apart(load):
        point = {"load": load, "noise_variance": 0.25, "batch_size": 32}
        printed = forms.excess_risk_bn_printed.value(**point)
        return abs(printed / forms.excess_risk_bn.value(**point) - 1)

    assert all(apart(load) < 0.03 for load in (0.25, 0.5, 2.0, 4.0))
    assert all(apart(load) > 0.15 for load in (0.75, 0.9, 1.1, 1.25))


def test_what_is_read_off_a_run_at_an_epoch_is_what_a_run_that_ends_there_reaches():
    setting = {"method": "bn", "load": 1.0, "width": 64, "annealed": False}
    run = {"seed": 5, "first_network": 0, "networks": 4, "device": "cpu"}
    whole = measure_students({**setting, "epochs": (8, 2, 8)}, **run)
    for quantity, columns in whole.items():
        assert columns.shape == (4, 3)
        for column, epochs in zip(columns.T, (8, 2, 8), strict=True):
            alone = measure_students({**setting, "epochs": epochs}, **run)
            np.testing.assert_allclose(column, alone[quantity], rtol=1e-12)


@pytest.mark.parametrize("load", [0.75, 1.0, 2.0])
def test_students_stopped_early_lie_near_the_ridge_curve_with_and_without_batch_norm(load):
    setting = {"width": 128, "epochs": 120, "annealed": False, "step": 0.25}
    ridge = forms.excess_risk_bn_printed.value(load=load, noise_variance=0.25, batch_size=32)
    for method in ("bn", "sgd"):
        drawn = measure_students(
            {"method": method, "load": load, "noise_variance": 0.25, **setting},
            seed=5, first_network=0, networks=32, device="cpu",
        )  # fmt: skip
        assert set(drawn) == {
            "excess risk", "validation loss", "training loss", "generalisation gap",
        }  # fmt: skip
        assert drawn["excess risk"].mean() == pytest.approx(ridge, rel=0.15)
