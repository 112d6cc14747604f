import math

import numpy as np
import pytest

from numerics.generalisation import Task, measure_trained_risk, measure_wishart_errors
from theory import generalisation as forms
from verify import Claim, check
from verify.claims.generalisation import regression as generalisation
from verify.claims.generalisation.experiments import nearest
from verify.evidence.accounting import BUDGETS
from verify.points import reachable
from verify.relations import SignedEqual


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
def test_whole_batches_make_a_load_near_the_one_asked_for(load, batch_size):
    sizes = nearest({"load": load}, 64, batch_size, 5)
    assert sizes["inputs"] >= 64
    assert sizes["samples"] % batch_size == 0
    assert sizes["samples"] >= 5 * batch_size
    assert sizes["load"] == sizes["samples"] / sizes["inputs"] == pytest.approx(load, rel=1 / 128)


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


@pytest.mark.parametrize(
    "values",
    [
        {"load": 0.5, "ridge": 0.05, "noise_variance": 1.0, "inputs": 24},
        {"load": 3.0, "ridge": 1.0, "noise_variance": 0.1, "inputs": 16},
    ],
)
def test_the_variance_of_trained_students_covers_what_ridge_regression_shows(values):
    n = values["inputs"]

    def risk(inputs, seed):
        samples = round(values["load"] * inputs)
        task = Task(dimension=inputs, samples=samples, noise_variance=values["noise_variance"])
        errors = measure_wishart_errors(task, ridge=values["ridge"], networks=2000, seed=seed)
        return errors.excess_risk.per_network

    stated = generalisation.trained_variance({**values, "enlarged": 1})
    once, twice = risk(n, 1), risk(2 * n, 2)
    # Whatever the sign with which the two hang together.
    assert (2.16 * twice.std() + 1.16 * once.std()) ** 2 < stated


def test_the_steepest_eigenvalue_is_bounded():
    s = np.logspace(-6, 6, 2001)
    for v in (0.01, 0.3, 10):
        for z in (0.01, 0.3, 10):
            slope = (v * (z - s) - 2 * z**2) / (s + z) ** 3
            steepest = generalisation.trained_variance(
                {"inputs": 1, "enlarged": 1, "load": 1.0, "noise_variance": v, "ridge": z}
            ) / (2.24**2 * 4)
            assert (s * slope**2).max() <= steepest


def test_students_of_weight_norm_have_the_risk_of_ridge_regression_whatever_the_control():
    task = Task(dimension=12, samples=24, noise_variance=0.5)
    run = {"regularisation": 0.5, "networks": 16, "seed": 1}
    near, far = (measure_trained_risk(task, ridge=r, enlarged=64, **run) for r in (1.0, 0.5))
    limit = forms.excess_risk_weight_norm.value(load=2.0, regularisation=0.5, noise_variance=0.5)
    assert near.per_network == pytest.approx(limit, rel=0.02)
    assert near.per_network.std() < far.per_network.std() / 5
    assert far.estimate == pytest.approx(limit, abs=5 * far.standard_error)


@pytest.mark.parametrize(
    "at",
    [{"load": 1.0, "ridge": 1e-3}, {"load": 0.01, "ridge": 100.0}, {"load": 7.3, "ridge": 2.0}],
)
def test_sizes_of_ridge_regression_can_be_halved_and_doubled_at_one_load(at):
    sizes = generalisation.ridge.sizes(at, 0.06)
    assert sizes["inputs"] % 2 == sizes["samples"] % 2 == 0
    assert sizes["samples"] / sizes["inputs"] == pytest.approx(sizes["load"], rel=1e-12)
    assert sizes["load"] == pytest.approx(at["load"], rel=1 / 30)


def test_without_noise_ridge_regression_has_no_best_strength_to_judge():
    asked = {"load": 0.5, "noise_variance": 0.0}
    assert not reachable(generalisation.ridge_regression, asked, BUDGETS["quick"])
