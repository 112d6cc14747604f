"""Students trained with batch normalisation: the stated terms hold, and the two curves are near."""

import numpy as np
import pytest
import torch

from numerics.generalisation import (
    Task,
    Training,
    measure_converged_risk,
    measure_linear_students,
    measure_losses_over_epochs,
)
from numerics.generalisation.linear_students import gradients
from theory import generalisation as forms
from verify.claims.generalisation import batch_norm as generalisation_bn

PLACES = [
    {"load": 0.5, "noise_variance": 0.25, "batch_size": 8, "inputs": 64, "samples": 32},
    {"load": 4.0, "noise_variance": 0.05, "batch_size": 8, "inputs": 32, "samples": 128},
]
RUNS = 64


def task(values):
    return Task(
        dimension=values["inputs"], samples=values["samples"],
        noise_variance=values["noise_variance"],
    )  # fmt: skip


@pytest.mark.parametrize("values", PLACES, ids=lambda values: f"load {values['load']}")
def test_remainder_and_variance_cover_what_is_measured_at_other_sizes(values):
    risk, earlier = (
        measure_converged_risk(
            task(values), batch_size=8, epochs=epochs, enlarged=64, networks=RUNS, seed=3
        ).per_network
        for epochs in (200, 100)
    )
    claimed = forms.excess_risk_bn.value(
        **{name: values[name] for name in forms.excess_risk_bn.domain}
    )
    extrapolated = (risk + 1.16 * (risk - earlier)) / claimed - 1
    stated = generalisation_bn.variance(values) / claimed**2
    error = np.sqrt(stated / RUNS)
    assert abs(extrapolated.mean()) <= generalisation_bn.remainder(values) + 4 * error
    squares = (extrapolated - extrapolated.mean()) ** 2
    assert squares.mean() - 4 * squares.std() / np.sqrt(RUNS) <= stated
    assert stated < 10 * squares.mean()


@pytest.mark.parametrize("by", generalisation_bn.generalisation_bn.by, ids=lambda by: by.label)
@pytest.mark.parametrize("within", [0.06, 0.02])
def test_several_whole_batches_make_the_load_and_leave_a_small_remainder(by, within):
    for end in (0, 1):
        asked = {name: domain.endpoints()[end] for name, domain in by.over.items()}
        moved, setting = by.placed(asked, within)
        values = {**moved, **setting}
        assert values["samples"] % values["batch_size"] == 0
        assert values["samples"] >= 4 * values["batch_size"]
        assert values["samples"] / values["inputs"] == pytest.approx(values["load"], rel=1e-12)
        assert values["load"] == pytest.approx(asked["load"], rel=0.01)
        assert generalisation_bn.remainder(values) <= within / 2


WITHIN, STUDENTS = 0.06, 32


def lacking(load, noise_variance, batch_size):
    """What students lack beside twice the epochs, as shares of the risk: in a quarter and all."""
    values = {
        "load": load, "noise_variance": noise_variance, "batch_size": batch_size,
        "inputs": round(4 * batch_size / load), "samples": 4 * batch_size,
    }  # fmt: skip
    epochs = generalisation_bn.epochs(values, WITHIN)

    def reached(end):
        training = Training(method="bn", epochs=(end,), batch_size=batch_size)
        students = measure_linear_students(task(values), training, seed=11, networks=STUDENTS)
        return students.excess_risk.per_network[:, 0]

    later = reached(2 * epochs)
    return [(later - reached(end)) / later.mean() for end in (epochs // 4, epochs)]


@pytest.mark.parametrize("place", [(0.2, 0.05, 32), (0.5, 0.3, 8), (0.7, 0.3, 16)], ids=str)
def test_below_unit_load_training_lacks_less_than_a_quarter_of_the_error_wanted(place):
    _, lacks = lacking(*place)
    assert abs(lacks.mean()) + 2 * lacks.std() / np.sqrt(STUDENTS) <= WITHIN / 4


# With so much noise what is lacking early on is of one sign, and far above its standard error.
@pytest.mark.parametrize("place", [(0.2, 1.0, 32), (0.5, 0.3, 32), (0.8, 1.0, 32)], ids=str)
def test_below_unit_load_what_training_lacks_falls_faster_than_one_over_epochs(place):
    early, lacks = lacking(*place)
    most = abs(lacks.mean()) + 2 * lacks.std() / np.sqrt(STUDENTS)
    assert most <= WITHIN / 4
    # Of the order of 1/epochs the former were (4 - 1/2)/(1 - 1/2) = 7 times the latter.
    assert early.mean() > 7 * most


def test_below_unit_load_gradients_cease_in_each_batch_where_least_squares_fits_it():
    sets = task(PLACES[0]).draw(3, range(4), device="cpu", dtype=torch.float64)
    centred = sets.inputs - sets.inputs.mean(dim=1, keepdim=True)
    targets = sets.targets - sets.targets.mean(dim=1, keepdim=True)
    weights = (torch.linalg.pinv(centred) @ targets[:, :, None])[:, :, 0]
    scale = torch.full((4,), 0.7, dtype=torch.float64)

    def slope(weights):
        batch = sets.inputs[:, :8], sets.targets[:, :8]
        return gradients("bn", *batch, weights, scale, 0.0)[0].abs().max()

    assert slope(weights) < 1e-12 < 1e-3 < slope(sets.teacher)


def test_the_curves_are_near_but_around_unit_load():
    def apart(load):
        point = {"load": load, "noise_variance": 0.25, "batch_size": 32}
        printed = forms.excess_risk_bn_printed.value(**point)
        return abs(printed / forms.excess_risk_bn.value(**point) - 1)

    assert all(apart(load) < 0.03 for load in (0.25, 0.5, 2.0, 4.0))
    assert all(apart(load) > 0.15 for load in (0.75, 0.9, 1.1, 1.25))


def test_what_is_read_off_a_run_at_an_epoch_is_what_a_run_that_ends_there_reaches():
    square = Task(dimension=64, samples=64, noise_variance=0.25)
    run = {"seed": 5, "networks": 4}

    def students(*epochs):
        training = Training(method="bn", epochs=epochs, annealed=False)
        return vars(measure_linear_students(square, training, **run))

    for quantity, whole in students(8, 2, 8).items():
        for column, epochs in zip(whole.per_network.T, (8, 2, 8), strict=True):
            alone = students(epochs)[quantity].per_network[:, 0]
            np.testing.assert_allclose(column, alone, rtol=1e-12)


def test_losses_over_epochs_are_those_of_each_student_by_itself():
    square = Task(dimension=64, samples=64, noise_variance=0.25)
    run = {"seed": 5, "networks": 4}
    losses = measure_losses_over_epochs(
        square, epochs=(4, 2), later=3, regularisation=0.1, **run
    ).per_network
    assert losses.shape == (4, 2, 3)
    for column, method, epochs in ((0, "wn", (4, 2)), (1, "bn", (4, 2)), (2, "bn", (12, 6))):
        penalty = 0.1 if method == "wn" else 0.0
        training = Training(method=method, epochs=epochs, annealed=False, regularisation=penalty)
        alone = measure_linear_students(square, training, **run).validation_loss.per_network
        np.testing.assert_allclose(losses[:, :, column], alone, rtol=1e-12)


@pytest.mark.parametrize("load", [0.75, 1.0, 2.0])
def test_students_stopped_early_lie_near_the_ridge_curve_with_and_without_batch_norm(load):
    ridge = forms.excess_risk_bn_printed.value(load=load, noise_variance=0.25, batch_size=32)
    far = Task(dimension=128, samples=round(128 * load), noise_variance=0.25)
    for method in ("bn", "sgd"):
        training = Training(method=method, epochs=(120,), annealed=False, step=0.25)
        risk = measure_linear_students(far, training, seed=5, networks=32).excess_risk
        assert risk.estimate == pytest.approx(ridge, rel=0.15)
