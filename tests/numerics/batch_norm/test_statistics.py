import numpy as np
import pytest
from scipy import integrate, stats

from numerics import batch_norm
from numerics.batch_norm import HiddenValues
from numerics.batch_norm.hidden_values import DISTRIBUTIONS, three_values
from numerics.simulation.keyed import numpy_generator

RUN = {"networks": 400, "device": "cpu"}


def hidden(**sizes):
    return HiddenValues(**{"distribution": "gaussian", "batches": 50, **sizes})


def assert_agree(measurement, expected):
    assert measurement.estimate == pytest.approx(expected, abs=5 * measurement.standard_error)


def gaussian_std_average(function, batch_size):
    """E f(sigma_B) of standard normal values, by quadrature over the chi law."""
    law = stats.chi(batch_size - 1, scale=batch_size**-0.5)
    return integrate.quad(lambda s: function(s) * law.pdf(s), 0, np.inf)[0]


@pytest.mark.parametrize("method", ["batches", "exact"])
def test_statistics_of_gaussian_batches_have_the_moments_of_the_chi_law(method):
    measured = batch_norm.measure_batch_statistics(
        hidden(batch_size=9, method=method), population_mean=-3.0, population_std=2.0, seed=1, **RUN
    )
    std = gaussian_std_average(lambda s: s, 9)
    assert_agree(measured.squared_mean_error, 4 / 9)
    assert_agree(measured.std, 2 * std)
    assert_agree(measured.steady_std, 2 * std)
    assert_agree(measured.std_variance, 4 * (8 / 9 - std**2))
    assert_agree(measured.inverse_std, gaussian_std_average(lambda s: 1 / s, 9) / 2)
    assert_agree(measured.inverse_std_excess, gaussian_std_average(lambda s: 1 / s - 1, 9) / 2)
    squared = gaussian_std_average(lambda s: (1 / s - 1) ** 2, 9) / 4
    assert_agree(measured.squared_inverse_error, squared)
    assert_agree(measured.inverse_variance, gaussian_std_average(lambda s: s**-2, 9) / 4)
    # A normal number's fourth moment is three times the square of its variance.
    assert_agree(measured.fourth_mean_error, 3 * (4 / 9) ** 2)


def test_statistics_of_one_network_are_those_of_its_batches():
    size, batches = 6, 3
    measured = batch_norm.measure_batch_statistics(
        hidden(distribution="laplace", batch_size=size, batches=batches),
        population_mean=-3.0, population_std=2.0, networks=1, seed=5,
    )  # fmt: skip
    values = DISTRIBUTIONS["laplace"](numpy_generator(seed=5, network=0), (batches, size))
    h = 2 * values - 3
    std = h.std(axis=1)
    fluctuation = (std**2 / 4 - 1 + 1 / size) / 2
    expected = {
        "squared_mean_error": np.mean((h.mean(axis=1) + 3) ** 2),
        "fourth_mean_error": np.mean((h.mean(axis=1) + 3) ** 4),
        "std": std.mean(),
        "steady_std": np.mean(std - 2 * fluctuation),
        "std_variance": std.var(ddof=1),
        "inverse_std": np.mean(1 / std),
        "inverse_std_excess": np.mean(1 / std - 1 / 2 + fluctuation / 2),
        "squared_inverse_error": np.mean((1 / std - 1 / 2) ** 2),
        "inverse_variance": np.mean(std**-2),
    }
    assert expected.keys() == vars(measured).keys()
    for name, value in expected.items():
        assert getattr(measured, name).estimate == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("skewness", "kurtosis"), [(0.0, -1.0), (1.0, 3.0), (-0.5, 0.5)])
def test_expansions_have_the_means_of_every_batch_of_three_values(skewness, kurtosis):
    size = 60  # so large that no batch of equal values, which has no normalised ones, is met
    drawn = hidden(
        distribution="three_values", batch_size=size, skewness=skewness, kurtosis=kurtosis,
        method="exact", batches=100,
    )  # fmt: skip
    measured = batch_norm.measure_batch_expansion(drawn, seed=4, **RUN)
    z, shares = three_values(skewness, kurtosis)
    left, right = np.mgrid[: size + 1, : size + 1].reshape(2, -1)
    counts = np.stack([left, size - left - right, right], axis=1)
    counts = counts[(counts[:, 1] >= 0) & (counts.max(axis=1) < size)]
    chance = stats.multinomial(size, shares).pmf(counts)
    mean, square = (counts @ z**k / size for k in (1, 2))
    variance = square - mean**2
    assert_agree(measured.std_fourth_moment, size**2 * (chance @ (variance**0.5 - 1) ** 4))
    excess = size * (size * (chance @ (mean**2 / variance)) - 1)
    assert_agree(measured.normalised_mean_excess, excess)
    assert measured.normalised_mean_excess.standard_error < 0.03 * excess


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_batch_mean_always_has_an_mth_of_the_population_variance(distribution):
    measured = batch_norm.measure_batch_statistics(
        hidden(distribution=distribution, batch_size=5), population_std=3.0, seed=2, **RUN
    )
    assert_agree(measured.squared_mean_error, 9 / 5)


def test_two_exponential_values_have_half_an_exponential_as_their_deviation():
    measured = batch_norm.measure_batch_statistics(
        hidden(distribution="exponential", batch_size=2), seed=3, **RUN
    )
    assert_agree(measured.std, 1 / 2)
    assert_agree(measured.std_variance, 1 / 4)


@pytest.mark.parametrize("method", ["batches", "exact"])
def test_the_normalisation_error_is_that_of_samples_outside_the_batch(method):
    size = 12
    measured = batch_norm.measure_normalisation_error(
        hidden(batch_size=size, method=method), seed=4, **RUN
    )
    stretched = gaussian_std_average(lambda s: (1 / s - 1) ** 2, size)
    assert_agree(measured.by_std, stretched)
    # m ~ N(0, 1/M) is independent of s.
    shifted = gaussian_std_average(lambda s: s**-2, size) / size
    assert_agree(measured.by_mean_and_std, stretched + shifted)


def test_the_normalisation_error_averages_real_samples_exactly():
    size, batches = 6, 3
    measured = batch_norm.measure_normalisation_error(
        hidden(distribution="laplace", batch_size=size, batches=batches), networks=1, seed=5
    )
    values = DISTRIBUTIONS["laplace"](numpy_generator(seed=5, network=0), (batches, size))
    mean, std = values.mean(axis=1)[:, None], values.std(axis=1)[:, None]
    # A sample of -1 and 1, like any law, has zero mean and unit variance.
    z = np.array([[-1.0, 1.0]])
    assert measured.by_std.estimate == pytest.approx(np.mean((z / std - z) ** 2))
    assert measured.by_mean_and_std.estimate == pytest.approx(np.mean(((z - mean) / std - z) ** 2))


def test_in_its_own_batch_a_normalised_value_has_mean_square_one_and_overlap_the_deviation():
    student = batch_norm.measure_linear_student(hidden(batch_size=7), seed=6, **RUN)
    overlap, square = student.own.per_network.T
    np.testing.assert_allclose(square, 1)
    expected = gaussian_std_average(lambda s: s, 7)
    assert overlap.mean() == pytest.approx(expected, abs=5 * student.own.standard_error[0])


def test_in_another_batch_it_is_larger_on_both_counts():
    student = batch_norm.measure_linear_student(hidden(batch_size=8), seed=7, **RUN).independent
    expected = [
        gaussian_std_average(lambda s, n=n: (1, 1 + 1 / 8)[n - 1] / s**n, 8) for n in (1, 2)
    ]
    assert np.all(np.abs(student.estimate - expected) <= 5 * student.standard_error)


def test_the_normalisation_error_is_in_units_of_the_samples_variance():
    one, four = (
        batch_norm.measure_normalisation_error(hidden(batch_size=6), variance=v, networks=3, seed=1)
        for v in (1.0, 4.0)
    )
    for name, measured in vars(one).items():
        np.testing.assert_allclose(getattr(four, name).per_network, 4 * measured.per_network)


def statistics_of(**run):
    drawn = {"distribution": "laplace", "batch_size": 5, "batches": 4}
    fields = {"distribution", "batch_size", "batches", "method"} & set(run)
    drawn.update({name: run.pop(name) for name in fields})
    return batch_norm.measure_batch_statistics(
        HiddenValues(**drawn), **{"networks": 6, "seed": 9, **run}
    )


def test_a_network_depends_on_its_seed_and_index_alone():
    whole, part = statistics_of(), statistics_of(networks=2, first_network=3)
    for name, measured in vars(whole).items():
        np.testing.assert_array_equal(measured.per_network[3:5], getattr(part, name).per_network)
    assert not np.array_equal(whole.std.per_network, statistics_of(seed=10).std.per_network)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"distribution": "cauchy"}, "distribution = 'cauchy': must be one of"),
        ({"distribution": "uniform", "method": "exact"}, "distribution = 'uniform': must be 'gau"),
        ({"method": "fast"}, "method = 'fast': must be one of"),
        ({"batch_size": 1}, r"batch_size = 1: must be an integer in \[2, 25000000\]"),
        ({"batches": 1}, "batches = 1: must be an integer >= 2"),
        ({"batches": 2**20}, r"batches = 1048576: must be an integer in \[1, 1000000\]"),
        ({"population_std": 0.0}, r"population_std = 0.0: must be a number in \[1e-06, 1e\+06\]"),
        ({"batch_size": 10**9}, r"batch_size = 1000000000: must be an integer in \[2, 25000000\]"),
        ({"first_network": 2**70}, rf"first_network = {2**70}: must be an integer in \[0, 42949"),
        ({"networks": 2**70}, rf"networks = {2**70}: must be an integer in \[1, 4294967296\]"),
        ({"population_mean": np.nan}, "population_mean = nan: must be a number in"),
        ({"networks": 0}, r"networks = 0: must be an integer in \[1, 4294967296\]"),
    ],
)
def test_arguments_that_make_no_sense_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        statistics_of(**wrong)


@pytest.mark.parametrize("name", ["batch_size", "batches", "networks", "seed", "first_network"])
@pytest.mark.parametrize("wrong", [True, 4.0, "4", None])
def test_what_is_no_integer_is_named(name, wrong):
    with pytest.raises(TypeError, match=f"^{name} = {wrong!r}: must be an integer in"):
        statistics_of(**{name: wrong})


def test_the_exact_distribution_draws_batches_that_could_not_be_drawn_whole():
    measured = statistics_of(
        distribution="gaussian", method="exact", batch_size=10**9, networks=300
    )
    assert_agree(measured.squared_mean_error, 1e-9)
    assert measured.std.estimate == pytest.approx(1, abs=1e-5)
