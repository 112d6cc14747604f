import math

import numpy as np
import pytest

from numerics.generalisation import Task, measure_wishart_errors
from theory import generalisation as forms
from verify import Claim, check
from verify.claims.generalisation import linear_statistics
from verify.claims.generalisation import regression as generalisation
from verify.claims.generalisation.experiments import reached
from verify.claims.generalisation.measurements import task
from verify.evidence.accounting import BUDGETS
from verify.points import reachable
from verify.relations import SignedEqual


@pytest.mark.parametrize("load", [0.5, 2.0])
def test_shift_and_variance_are_those_of_simulated_matrices(load):
    inputs, draws = 40, 2000
    normals = np.random.default_rng(1).normal(size=(draws, round(load * inputs), inputs))
    spectra = np.linalg.eigvalsh(normals.mT @ normals / inputs).clip(min=0)

    def resolvent(s):
        return 1 / (s + 0.5)

    sums = resolvent(spectra).sum(axis=1)
    # Marchenko and Pastur: 0.5 G^2 + (load - 1/2) G - 1 = 0.
    limit = inputs * (-(load - 0.5) + ((load - 0.5) ** 2 + 2) ** 0.5)
    variance = linear_statistics.variance(resolvent, load)
    error = (variance / draws) ** 0.5
    # Beyond the shift a term of order 1/N is left.
    shift = linear_statistics.shift(resolvent, load)
    assert sums.mean() - limit == pytest.approx(shift, abs=5 * error + 1 / inputs)
    assert sums.var() == pytest.approx(variance, rel=5 * (2 / draws) ** 0.5)


@pytest.mark.parametrize("samples", [60, 240])
def test_mean_and_variance_of_least_squares_are_those_of_an_inverse_wishart_trace(samples):
    values = {"inputs": 120, "samples": samples, "load": samples / 120, "noise_variance": 0.5}
    task, draws = Task(dimension=120, samples=samples, noise_variance=0.5), 4000
    risk = measure_wishart_errors(task, ridge=0.0, networks=draws, seed=1).excess_risk
    limit = forms.excess_risk_ols.value(load=samples / 120, noise_variance=0.5)
    exact = limit * (1 + generalisation.least_squares_remainder(values))
    assert risk.estimate == pytest.approx(exact, abs=5 * risk.standard_error)
    assert abs(risk.estimate - limit) > 5 * risk.standard_error
    variance = generalisation.least_squares_variance(values)
    # The kurtosis of the trace is near that of a normal variable.
    assert risk.per_network.var() == pytest.approx(variance, rel=6 * (2 / draws) ** 0.5)


class Wrong:
    """A form that is off in a corner of which its expression says nothing."""

    def __init__(self, form, off):
        self._form, self._off, self.name = form, off, "wrong"

    def __getattr__(self, name):
        return getattr(self._form, name)

    def value(self, *, load, noise_variance):
        right = self._form.value(load=load, noise_variance=noise_variance)
        return right + self._off(load, noise_variance, right)


@pytest.mark.parametrize(
    ("form", "quantity", "off"),
    [
        (forms.excess_risk_ols, "excess risk", lambda load, v, risk: risk * 0.2 * (load > 4)),
        (forms.excess_risk_ols, "excess risk", lambda load, v, risk: -risk * 0.2 * (load > 4)),
        (
            forms.excess_risk_ols,
            "excess risk",
            lambda load, v, risk: risk * 0.25 * (0.93 < load < 1),
        ),
        (
            forms.generalisation_gap_ols,
            "generalisation gap",
            lambda load, v, gap: -v / load * (load > 1),
        ),
    ],
    ids=["too high above 4", "too low above 4", "too high below 1", "a term dropped above 1"],
)
def test_what_is_wrong_in_a_corner_is_refuted_at_quick(form, quantity, off):
    said = SignedEqual(quantity, Wrong(form, off))
    by = generalisation.least_squares.by
    verdict = check(Claim("notes2026/wrong", "Wrong in a corner.", says=said, by=by), device="cpu")
    assert verdict["wrong"].verdict == "REFUTED"


@pytest.mark.parametrize("load", [0.25, 0.3, 1.00007, math.pi])
@pytest.mark.parametrize("batch_size", [1, 8])
def test_a_place_has_the_nearest_load_that_whole_batches_make(load, batch_size):
    asked = {"load": load, "noise_variance": 0.25}
    whole, inputs = reached(asked, 64, batch_size)
    samples = task({**whole, "inputs": inputs}).samples
    assert samples % batch_size == 0
    assert whole == {**asked, "load": samples / inputs}
    assert whole["load"] == pytest.approx(load, abs=batch_size / 128)
    if load in (0.25, 0.3):
        assert whole == asked


def test_least_squares_is_measured_where_its_remainder_is_small():
    for by in generalisation.least_squares.by:
        for load in by.over["load"].endpoints():
            values = {"load": load, "noise_variance": 10.0}
            for within in (0.06, 0.02):
                moved, setting = by.placed(values, within)
                assert moved["load"] == pytest.approx(load, rel=1 / 60)
                found = generalisation.least_squares_remainder({**values, **moved, **setting})
                assert found <= within / 16


@pytest.mark.parametrize("load", [0.999, 1.0, 1.001])
def test_least_squares_is_not_measured_next_to_load_1(load):
    parameters = {"load": load, "noise_variance": 0.25}
    assert not reachable(generalisation.least_squares, parameters, BUDGETS["quick"])


def test_without_noise_ridge_regression_has_no_best_strength_to_judge():
    claim, point = generalisation.ridge_regression, {"load": 0.5, "ridge": 1.0}
    judged = {
        v: {
            judged.name
            for place in reachable(claim, {**point, "noise_variance": v}, BUDGETS["quick"])
            for judged in claim.says
            if judged.applies(place)
        }
        for v in (0.0, 0.25)
    }
    assert judged[0.25] - judged[0.0] == {"optimal_ridge"}
