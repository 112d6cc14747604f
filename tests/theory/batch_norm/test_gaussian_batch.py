"""Independent derivations of the exact forms; test_any_law has the others."""

import math

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory import batch_norm
from theory.batch_norm.parameters import INPUT_VARIANCE, POPULATION_STD
from theory.parameters import BATCH_SIZE

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


# A Gaussian batch: M t^2 has the chi-square law of M - 1 degrees of freedom


def mean_over_std(function, batch_size):
    """E function(t) by quadrature over the density of t, in 20 digits."""
    M = mpmath.mpf(batch_size)
    half = (M - 1) / 2
    norm = 2 * (M / 2) ** half / mpmath.gamma(half)

    def integrand(t):
        return function(t) * norm * t ** (M - 2) * mpmath.exp(-M * t * t / 2)

    width = 1 / mpmath.sqrt(2 * M)
    inside = [1 + k * width for k in range(-12, 13, 3) if 1 + k * width > 0]
    return mpmath.quad(integrand, [0, *inside, 1 + 25 * width])


def agrees(value, expected):
    return mpmath.almosteq(value, expected, rel_eps=mpmath.mpf("1e-15"))


@pytest.fixture
def twenty_digits():
    with mpmath.workdps(20):
        yield


@pytest.mark.usefixtures("twenty_digits")
@pytest.mark.parametrize("batch_size", [5, 6, 9, 33, 200])
def test_moments_of_a_gaussian_batch_are_integrals_over_the_chi_law(batch_size):
    M = mpmath.mpf(batch_size)
    assert agrees(mean_over_std(lambda t: 1, M), 1)
    std = mean_over_std(lambda t: t, M)
    inverse = mean_over_std(lambda t: 1 / t, M)
    inverse_square = mean_over_std(lambda t: 1 / t**2, M)
    assert agrees(batch_norm.std_moment(batch_size=M), std)
    assert agrees(batch_norm.inverse_std_moment(batch_size=M), inverse)
    assert agrees(batch_norm.inverse_variance_moment(batch_size=M), inverse_square)
    scale = mpmath.mpf("0.3")
    scaled = batch_norm.scaled_inverse_std_moment(batch_size=M, population_std=scale)
    assert agrees(scaled, mean_over_std(lambda t: 1 / (scale * t), M))


@pytest.mark.usefixtures("twenty_digits")
@pytest.mark.parametrize("batch_size", [5, 6, 9, 33, 200])
def test_zeta_is_the_mean_square_of_what_normalising_by_a_batch_changes(batch_size):
    M, eigenvalue = mpmath.mpf(batch_size), mpmath.mpf("1.7")
    point = {"batch_size": M, "eigenvalue": eigenvalue}
    uncentred = mean_over_std(lambda t: (1 / t - 1) ** 2, M)
    assert agrees(batch_norm.zeta_linear(**point), eigenvalue * uncentred)
    # Of (z - m)/t - z at given t: z of variance 1 and m of variance 1/M are independent.
    centred = mean_over_std(lambda t: (1 / t - 1) ** 2 + 1 / (M * t**2), M)
    assert agrees(batch_norm.zeta_linear_centred(**point), eigenvalue * centred)


def test_the_smallest_batch_has_the_mean_distance_of_two_values():
    # Of two values sigma_B = |h - h'|/2, and E |N(0, 2)| = 2/sqrt(pi).
    assert batch_norm.std_moment.exact(batch_size=2) == 1 / sympy.sqrt(sympy.pi)


@pytest.mark.parametrize("batch_size", [4, 5, 8, 100])
def test_the_printed_inverse_variance_is_twice_the_true_one_and_eq_13_halves_it(batch_size):
    printed = batch_norm.inverse_variance_moment_printed.exact(batch_size=batch_size)
    assert sympy.gammasimp(printed) == 2 * batch_norm.inverse_variance_moment.exact(
        batch_size=batch_size
    )
    inverse_std = batch_norm.inverse_std_moment.exact(batch_size=batch_size)
    zeta = batch_norm.zeta_linear.exact(batch_size=batch_size, eigenvalue=1)
    assert sympy.simplify(zeta - (1 + printed / 2 - 2 * inverse_std)) == 0


# Large batches


def in_powers_of_inverse_batch_size(form, terms):
    """The first coefficients of a form in 1/M: those of a polynomial through a few values."""
    sizes = [10**6 * 2**k for k in range(terms + 2)]
    others = dict.fromkeys(form.domain, mpmath.mpf(1))
    with mpmath.workdps(120):
        powers = mpmath.matrix([[mpmath.mpf(M) ** -k for k in range(len(sizes))] for M in sizes])
        values = [form.value(**others | {"batch_size": mpmath.mpf(M)}) for M in sizes]
        return [float(x) for x in mpmath.lu_solve(powers, mpmath.matrix(values))[:terms]]


@pytest.mark.parametrize(
    ("form", "series"),
    [
        (batch_norm.zeta_linear, [0, 1 / 2, 71 / 16, 1153 / 64]),
        (batch_norm.zeta_linear_large_batch, [0, 1 / 2, 71 / 16, 1153 / 64]),
        (batch_norm.zeta_linear_centred, [0, 3 / 2]),
        (batch_norm.optimal_gamma_penalised, [1, -1 / 2]),
        (batch_norm.optimal_gamma_in_batch, [1, -3 / 4]),
        (batch_norm.optimal_gamma_independent, [1, -11 / 4]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_large_batches_give_the_series_that_the_derivations_state(form, series):
    computed = in_powers_of_inverse_batch_size(form, len(series))
    assert computed == pytest.approx(series, rel=1e-9, abs=1e-9)


def test_the_limit_of_zeta_is_a_quarter_off_where_the_paper_begins_to_use_it():
    printed = batch_norm.zeta_linear_large_batch_printed

    def shortfall(batch_size):
        point = {"batch_size": batch_size, "eigenvalue": 1.0}
        return 1 - printed(**point) / batch_norm.zeta_linear(**point)

    assert shortfall(33) == pytest.approx(0.234, abs=5e-4)
    assert shortfall(888) == pytest.approx(0.01, abs=1e-4)


# The best scale of a linear student


def test_in_a_batch_the_loss_is_one_less_twice_gamma_t_plus_gamma_squared():
    z = np.random.default_rng(1).standard_normal(7)
    std = z.std()
    normalised = (z - z.mean()) / std
    for scale in (0.4, 1.0, 1.3):
        loss = np.mean((z - scale * normalised) ** 2) - np.mean(z**2)
        assert loss == pytest.approx(scale**2 - 2 * scale * std, rel=1e-13)


@pytest.mark.usefixtures("twenty_digits")
@pytest.mark.parametrize("batch_size", [5, 9, 33])
def test_the_best_scale_is_where_the_loss_has_no_slope(batch_size):
    M = mpmath.mpf(batch_size)
    product = mean_over_std(lambda t: 1 / t, M)
    square = mean_over_std(lambda t: (1 + 1 / M) / t**2, M)
    best = batch_norm.optimal_gamma_independent(batch_size=M)
    assert agrees(best, product / square)
    assert agrees(batch_norm.optimal_gamma_in_batch(batch_size=M), mean_over_std(lambda t: t, M))
    zeta = mean_over_std(lambda t: (1 / t - 1) ** 2, M)
    gamma = batch_norm.optimal_gamma_penalised(batch_size=M)
    slope = 2 * (gamma - 1) + 2 * zeta * gamma
    assert abs(slope) < 1e-15


# Weight normalisation


def test_population_normalisation_is_weight_normalisation_by_the_corrected_gain_and_bias():
    random = np.random.default_rng(2)
    w, mean, inputs = random.normal(size=(3, 4))
    variance, scale, shift = 0.3, 1.7, -0.6
    covariance = variance * np.eye(4)
    hidden, std = w @ inputs, np.sqrt(w @ covariance @ w)
    normalised = scale * (hidden - w @ mean) / std + shift
    norm = np.linalg.norm(w)
    gain = batch_norm.weight_norm_gain(scale=scale, input_variance=variance)
    bias = batch_norm.weight_norm_bias(
        scale=scale,
        input_variance=variance,
        weight_norm=norm,
        population_mean=w @ mean,
        shift=shift,
    )
    assert gain * hidden / norm + bias == pytest.approx(normalised, rel=1e-14)


def test_section_3_of_the_paper_uses_the_corrected_gain():
    inputs = sympy.Symbol("N", positive=True)
    point = {"scale": sympy.Symbol("gamma", positive=True), "input_variance": 1 / inputs}
    assert batch_norm.weight_norm_gain.value(**point) == sympy.sqrt(inputs) * point["scale"]
    assert batch_norm.weight_norm_gain_printed.value(**point) == inputs * point["scale"]


# Misprints


def at_its_symbols(form, **others):
    values = {item.name: item.symbol for item in form.parameters}
    return form.value(**values | others)


def test_each_misprint_is_what_its_correction_says():
    sigma_P = POPULATION_STD.symbol
    mean = at_its_symbols(batch_norm.batch_std_mean)
    assert at_its_symbols(batch_norm.batch_std_mean_limit) == sympy.limit(
        mean, BATCH_SIZE.symbol, sympy.oo
    )
    variance = at_its_symbols(batch_norm.batch_std_variance)
    assert at_its_symbols(batch_norm.batch_std_variance_printed) == variance / sigma_P**2
    inverse = at_its_symbols(batch_norm.scaled_inverse_std_moment)
    printed = at_its_symbols(batch_norm.scaled_inverse_std_moment_printed)
    assert printed == inverse * sympy.sqrt(sigma_P)
    zeta = at_its_symbols(batch_norm.zeta_linear)
    assert at_its_symbols(batch_norm.zeta_linear_centred_printed) == zeta
    bias = at_its_symbols(batch_norm.weight_norm_bias, input_variance=INPUT_VARIANCE.symbol**2)
    assert at_its_symbols(batch_norm.weight_norm_bias_printed) == bias


# Every batch size

CONSECUTIVE = range(4, 10_001)
FAR = sorted({round(x) for x in np.geomspace(10_000, 10**9, 2000)})


def gamma_ratios():
    """Gamma((M - 2)/2)/Gamma((M - 1)/2) in 60 digits, by the recurrence and by log-Gammas."""
    ratio = 2 / mpmath.sqrt(mpmath.pi)  # at M = 4: Gamma(1)/Gamma(3/2)
    for batch_size in CONSECUTIVE:
        yield batch_size, ratio
        ratio = 2 / ((batch_size - 2) * ratio)
    for batch_size in FAR:
        half = mpmath.mpf(batch_size) / 2
        yield batch_size, mpmath.exp(mpmath.loggamma(half - 1) - mpmath.loggamma(half - 0.5))


def references(batch_size, ratio):
    """The forms as functions of the Gamma ratio, and the derivative of zeta by M."""
    M = mpmath.mpf(batch_size)
    inverse = mpmath.sqrt(M / 2) * ratio
    std = mpmath.sqrt(2 / M) * (M - 2) / 2 * ratio
    zeta = 1 + M / (M - 3) - 2 * inverse
    return {
        "std_moment": std,
        "inverse_std_moment": inverse,
        "inverse_variance_moment_printed": 2 * M / (M - 3),
        "zeta_linear": zeta,
        "zeta_linear_centred": zeta + 1 / (M - 3),
        "optimal_gamma_penalised": 1 / (1 + zeta),
        "optimal_gamma_in_batch": std,
        "optimal_gamma_independent": inverse * (M - 3) / (M + 1),
    }


@pytest.fixture(scope="module")
def table():
    """Batch sizes and, in float64, what each form should be there."""
    with mpmath.workdps(60):
        rows = [(size, references(size, ratio)) for size, ratio in gamma_ratios()]
    sizes = np.array([size for size, _ in rows], dtype=np.float64)
    return sizes, {name: np.array([float(row[name]) for _, row in rows]) for name in rows[0][1]}


@pytest.mark.parametrize("name", list(references(4, mpmath.mpf(1))))
def test_it_is_right_to_1e_13_for_every_batch_size_and_kind_of_number(name, table):
    form = getattr(batch_norm, name)
    sizes, expected = table[0], table[1][name]
    others = {other: 1.0 for other in form.domain if other != "batch_size"}
    tensors = form.value(batch_size=torch.from_numpy(sizes), **others).numpy()
    numbers = [form.value(batch_size=size, **others) for size in sizes.tolist()]
    for values in (form.value(batch_size=sizes, **others), tensors, numbers):
        np.testing.assert_allclose(values, expected, rtol=1e-13, atol=0)
    logs = form.log(batch_size=sizes, **others)
    np.testing.assert_allclose(logs, np.log(expected), rtol=0, atol=1e-13)


def test_the_gradient_of_zeta_in_the_batch_size_is_its_derivative():
    sizes = [*range(4, 60), 1000, 10**6, 10**9]
    tensor = torch.tensor(sizes, dtype=torch.float64, requires_grad=True)
    batch_norm.zeta_linear(batch_size=tensor, eigenvalue=1.0).sum().backward()

    def derivative(size):
        M = mpmath.mpf(size)
        low, high = (M - 2) / 2, (M - 1) / 2
        inverse = mpmath.sqrt(M / 2) * mpmath.gammaprod([low], [high])
        slope = inverse * (1 / M + mpmath.digamma(low) - mpmath.digamma(high)) / 2
        return -3 / (M - 3) ** 2 - 2 * slope

    with mpmath.workdps(60):
        expected = [float(derivative(size)) for size in sizes]
    assert tensor.grad.tolist() == pytest.approx(expected, rel=1e-12)
    assert math.isclose(expected[-1], -0.5e-18, rel_tol=1e-7)


def test_at_a_batch_of_32_zeta_is_the_printed_two_hundredths_of_the_eigenvalue():
    # Section 4.1: about 0.02 lambda, lambda in [0, 4] at load 1; the best fit there is 0.014.
    zeta = batch_norm.zeta_linear(batch_size=32, eigenvalue=2.0) / 2
    assert zeta == pytest.approx(0.0206, abs=5e-5)
    ends = batch_norm.zeta_of_32_least(eigenvalue=2.0), batch_norm.zeta_of_32_most(eigenvalue=2.0)
    assert [one / 2 for one in ends] == pytest.approx([0.015, 0.025])
    assert f"{zeta:.2f}" == "0.02"
    # With the batch mean subtracted, as in the BN of section 4, it is not.
    assert batch_norm.zeta_linear_centred(batch_size=32, eigenvalue=2.0) / 2 > 0.055
    assert batch_norm.zeta_linear(batch_size=32, eigenvalue=4.0) > 0.014
