import numpy as np
import pytest
import torch
from scipy import stats

from numerics.batch_norm.hidden_values import (
    DISTRIBUTIONS,
    THREE_VALUES,
    HiddenValues,
    Source,
    gaussian_statistics,
    statistics,
    three_values,
)
from numerics.simulation.keyed import numpy_generator

DRAWS = 400_000

SKEWNESS_AND_KURTOSIS = {
    "gaussian": (0, 0),
    "uniform": (0, -6 / 5),
    "laplace": (0, 3),
    "half_normal": stats.halfnorm.stats(moments="sk"),
    "exponential": (2, 6),
}
CONTINUOUS = {
    "gaussian": stats.norm(),
    "uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)),
    "laplace": stats.laplace(scale=np.sqrt(0.5)),
    "exponential": stats.expon(loc=-1),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_hidden_values_are_standardised_and_of_the_shape_of_their_distribution(name):
    z = DISTRIBUTIONS[name](numpy_generator(seed=0, network=0), (DRAWS,))
    for order, expected in enumerate((0, 1, *SKEWNESS_AND_KURTOSIS[name]), start=1):
        powers = z**order
        error = powers.std() / np.sqrt(DRAWS)
        assert powers.mean() - (3 if order == 4 else 0) == pytest.approx(expected, abs=5 * error)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_hidden_values_have_their_distribution(name):
    z = DISTRIBUTIONS[name](numpy_generator(seed=1, network=0), (20_000,))
    assert stats.kstest(z, CONTINUOUS[name].cdf).pvalue > 1e-4


def test_the_statistics_are_the_mean_and_the_biased_standard_deviation():
    mean, std = statistics(torch.tensor([[1.0, 2.0, 6.0], [5.0, 5.0, 5.0]]).double())
    np.testing.assert_allclose(mean, [[3], [5]])
    np.testing.assert_allclose(std, [[np.sqrt(14 / 3)], [0]], atol=1e-15)


@pytest.mark.parametrize("batch_size", [2, 3, 10])
def test_gaussian_statistics_have_the_distribution_of_those_of_whole_batches(batch_size):
    batches = numpy_generator(seed=2, network=0).standard_normal((20_000, batch_size))
    source = Source([numpy_generator(seed=2, network=1)], "cpu")
    whole, exact = (
        [one[0].numpy() for one in found]
        for found in (
            statistics(torch.from_numpy(batches)[None]),
            gaussian_statistics(source, batch_size, 20_000),
        )
    )
    for one, other in zip(whole, exact, strict=True):
        assert other.shape == (20_000, 1)
        assert stats.ks_2samp(one[:, 0], other[:, 0]).pvalue > 1e-4
    # Mean and variance are independent, and so are all functions of them.
    for mean, std in (whole, exact):
        correlation = np.corrcoef(np.abs(mean[:, 0]), std[:, 0])[0, 1]
        assert abs(correlation) < 5 / np.sqrt(20_000)


@pytest.mark.parametrize(
    ("skewness", "kurtosis"), [(0.0, 0.0), (1.5, 3.0), (-0.5, -1.0), (0.0, -2.0), (-1.0, -1.0)]
)
def test_three_values_have_the_skewness_and_kurtosis_that_are_asked_for(skewness, kurtosis):
    values, shares = three_values(skewness, kurtosis)
    assert np.all(shares >= 0)
    moments = [shares @ values**k for k in range(5)]
    np.testing.assert_allclose(moments, [1, 0, 1, skewness, kurtosis + 3], atol=1e-14)


def test_no_law_has_less_kurtosis_than_its_skewness_allows():
    with pytest.raises(ValueError, match=r"^kurtosis = -1\.5: must be a number in \[-1, "):
        HiddenValues(
            distribution=THREE_VALUES, batch_size=4, batches=1, skewness=1.0, kurtosis=-1.5
        )


@pytest.mark.parametrize("batch_size", [3, 20])
def test_statistics_of_three_values_have_the_law_of_those_of_whole_batches(batch_size):
    whole, exact = (
        HiddenValues(
            distribution=THREE_VALUES, batch_size=batch_size, batches=40_000, method=method,
            skewness=0.5, kurtosis=-0.5,
        ).draw_statistics(Source([numpy_generator(seed=3, network=k)], "cpu"))
        for k, method in enumerate(("batches", "exact"))
    )  # fmt: skip
    for one, other in zip(whole, exact, strict=True):
        assert one.shape == other.shape == (1, 40_000, 1)
        for power in (1, 2, 3):
            x, y = one.numpy() ** power, other.numpy() ** power
            error = np.hypot(x.std(), y.std()) / np.sqrt(40_000)
            assert x.mean() == pytest.approx(y.mean(), abs=5 * error)
    products = [(m * s).numpy() for m, s in (whole, exact)]
    error = np.hypot(*(x.std() for x in products)) / np.sqrt(40_000)
    assert products[0].mean() == pytest.approx(products[1].mean(), abs=5 * error)
