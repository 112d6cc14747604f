import math

import numpy as np
import pytest

from verify.claims.generalisation import linear_statistics
from verify.claims.generalisation import regression as generalisation
from verify.claims.generalisation.experiments import reached
from verify.claims.generalisation.measurements import task
from verify.evidence.accounting import BUDGETS
from verify.points import reachable


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


def test_the_variance_of_least_squares_is_that_of_an_inverse_wishart_trace():
    # As ridge -> 0 the linear statistic 1/s has the exact law's leading term.
    values = {"inputs": 10**6, "load": 2.0, "noise_variance": 1.0}
    exact = generalisation.least_squares_variance(values) / 1.2
    leading = linear_statistics.variance(lambda s: 1 / s, 2.0) / 1e12
    assert exact == pytest.approx(leading, rel=1e-4)


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


@pytest.mark.parametrize("load", [255 / 256, 1.0, 259 / 256])
def test_least_squares_is_not_measured_where_its_law_has_no_variance(load):
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
