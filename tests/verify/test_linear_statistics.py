import numpy as np
import pytest

from verify.claims import generalisation, linear_statistics


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


def test_a_load_that_makes_no_whole_number_of_samples_is_refused():
    with pytest.raises(ValueError, match=r"load = 0\.3: load x inputs = .* must be an integer"):
        generalisation.task({"inputs": 64, "load": 0.3, "noise_variance": 0.25})
