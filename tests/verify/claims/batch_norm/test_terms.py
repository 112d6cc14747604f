"""The terms on which claims about batch norm are judged, against what they stand for."""

import numpy as np
import pytest
from scipy import stats

import verify
from numerics.batch_norm import (
    HiddenValues,
    measure_linear_student,
    measure_normalisation_error,
)
from numerics.batch_norm.hidden_values import DISTRIBUTIONS
from numerics.simulation.keyed import numpy_generator
from verify.claims.batch_norm.losses import CASES, GENERAL_CASES, RELU_CASES
from verify.claims.batch_norm.measurements import measure_excess, measure_statistics
from verify.claims.batch_norm.moments import (
    inverse_std_moments,
    loss_moments,
    moment,
    shape,
)
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.points import at, names, rows
from verify.relations import Equal
from verify.table import entries

PLACED = "verify.claims.batch_norm"

SHAPES = {"gaussian": (0, 0), "uniform": (0, -1.2), "laplace": (0, 3), "exponential": (2, 6)}


@pytest.mark.parametrize("law", SHAPES)
def test_moments_of_a_law_are_those_of_standardised_values(law):
    skewness, kurtosis = SHAPES[law]
    assert moment(law, 1) == 0
    assert moment(law, 2) == 1
    assert shape(law) == {"skewness": skewness, "kurtosis": kurtosis}


def test_of_squares_the_moments_are_those_of_a_line():
    found = loss_moments(
        loss="squares",
        law="exponential",
        scale=1.5,
        shift=0.5,
        teacher_scale=1.0,
        teacher_shift=0.0,
    )
    # A'' = 2 and r = 2 (0.5 z + 0.5), with E z^3 = 2 and E z^4 = 9.
    assert found == pytest.approx(
        {
            "fisher_information": 2,
            "mean_curvature": 2,
            "curvature_moment": 0,
            "residual_mean": 1,
            "residual_moment": 1,
            "residual_cube": 11,
        },
        abs=1e-9,
    )


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_moments_of_a_loss_are_those_of_drawn_values(case):
    z = DISTRIBUTIONS[case.law](numpy_generator(seed=0, network=0), (200_000,))
    h, t = case.scale * z + case.shift, case.teacher_scale * z + case.teacher_shift
    sigmoid = {one: 1 / (1 + np.exp(-x)) for one, x in (("h", h), ("t", t))}
    if case.loss == "relu":
        bent, residual = sigmoid["h"], np.logaddexp(0, h) - np.logaddexp(0, t)
    else:
        bent, residual = sigmoid["h"] * (1 - sigmoid["h"]), sigmoid["h"] - sigmoid["t"]
    samples = (bent * z**2, bent, bent * z, residual, residual * z, residual * z**3)
    for sample, found in zip(samples, loss_moments(**case.drawn).values(), strict=True):
        error = 5 * sample.std() / np.sqrt(len(z))
        assert found == pytest.approx(sample.mean(), abs=error + 1e-12)


@pytest.mark.parametrize("batch_size", [4, 7, 1000])
def test_inverse_moments_are_those_of_the_chi_law(batch_size):
    law = stats.chi(batch_size - 1, scale=batch_size**-0.5)
    for order, found in enumerate(inverse_std_moments(batch_size)):
        if order >= batch_size - 1:
            assert found == np.inf
        else:
            # Quadrature in u = -log s, where the integrand is smooth up to s = 0.
            u = np.linspace(-8, 25, 100_001)
            s = np.exp(-u)
            expected = np.trapezoid(s ** (1 - order) * law.pdf(s), u)
            assert float(found) == pytest.approx(expected, rel=1e-6)


def terms(claim_id, form, **values):
    judged = verify.claims[claim_id].form(form)
    relative = isinstance(judged, Equal)
    stated = judged.relative_variance if relative else judged.variance
    return judged.remainder(values), stated(values)


def moments(claim_id, form, **values):
    return verify.claims[claim_id].form(form).form.value(**values)


@pytest.mark.parametrize("batch_size", [31, 50, 1000])
def test_remainders_of_batch_moments_hold_for_gaussian_batches_of_every_size(batch_size):
    mean = moments("luo2018/batch-moments", "std_moment", batch_size=batch_size)
    inverse = moments("luo2018/inverse-moments", "inverse_std_moment", batch_size=batch_size)
    exact = {
        "batch_std_mean": mean,
        "batch_std_variance": 1 - 1 / batch_size - mean**2,
        "inverse_std_excess": inverse - 1,
    }
    values = {"batch_size": batch_size, "population_std": 1.0, "kurtosis": 0.0}
    for form, expected in exact.items():
        claimed = moments("luo2018/batch-moments", form, **values)
        allowed, _ = terms("luo2018/batch-moments", form, law="gaussian", batches=64, **values)
        assert abs(expected / claimed - 1) <= allowed
        # And they are no wider than they need be.
        assert abs(expected / claimed - 1) >= allowed / 2


@pytest.mark.parametrize("law", ["gaussian", "uniform", "laplace", "exponential"])
def test_the_terms_of_the_inverse_std_cover_what_is_measured(law):
    values = {"law": law, "method": "batches", "batch_size": 56, "batches": 500, **shape(law)}
    values["population_std"] = 2.0
    claimed = moments(
        "luo2018/batch-moments",
        "inverse_std_excess",
        **{name: values[name] for name in ("batch_size", "population_std", "kurtosis")},
    )
    drawn = measure_statistics(values, seed=2, first_network=0, networks=400, device="cpu")
    relative = drawn["inverse_std_excess"] / claimed
    remainder, variance = terms("luo2018/batch-moments", "inverse_std_excess", **values)
    assert abs(relative.mean() - 1) <= remainder + 4 * np.sqrt(variance / len(relative))
    squares = np.square(relative - relative.mean())
    assert squares.mean() - 4 * squares.std() / np.sqrt(len(squares)) <= variance


@pytest.mark.parametrize("batch_size", [33, 34, 100, 10_000])
def test_the_remainder_of_zeta_for_large_batches_holds_for_every_size(batch_size):
    point = {"batch_size": batch_size, "eigenvalue": 1.0}
    exact = moments("luo2018/zeta-linear", "zeta_linear", **point)
    claimed = moments("luo2018/zeta-linear", "zeta_linear_large_batch", **point)
    allowed, _ = terms("luo2018/zeta-linear", "zeta_linear_large_batch", batches=64, **point)
    assert allowed / 2 <= abs(exact / claimed - 1) <= allowed


QUICK = BUDGETS["quick"]
BATCH_NORM = [
    claim
    for claim in verify.claims.values()
    if "batch_size" in names(claim, QUICK)
    and all(str(one.measure).startswith(PLACED) for one in claim.by)
]


@pytest.mark.parametrize("claim", BATCH_NORM, ids=lambda claim: claim.id)
def test_batches_too_large_to_draw_are_told_in_one_line(claim):
    point = {**rows(claim, QUICK)[-1], "batch_size": 1e300}
    with pytest.raises(UsageError, match=r"cannot be measured at batch_size=1e\+300") as raised:
        at(claim, point, QUICK)
    assert "\n" not in str(raised.value)


def test_below_the_printed_range_the_forms_of_large_batches_are_not_judged():
    claim = verify.claims["luo2018/zeta-linear"]
    (linear,) = at(claim, {"batch_size": 32, "eigenvalue": 1.0}, QUICK)
    judged = {one.name for one in claim.says if one.applies(linear)}
    assert judged == {"zeta_linear", "zeta_linear_centred_printed", "zeta_linear_centred"}


def test_relative_variances_of_linear_students_are_exact():
    size, networks = 24, 4000
    values = {"batch_size": size, "batches": 1}
    hidden = HiddenValues(distribution="gaussian", **values)
    error = measure_normalisation_error(hidden, networks=networks, seed=1)
    for form, drawn in (
        ("zeta_linear", error.by_std),
        ("zeta_linear_centred", error.by_mean_and_std),
    ):
        _, stated = terms("luo2018/zeta-linear", form, **values)
        assert_variance(drawn.per_network / drawn.estimate, stated, tolerance=0)
    student = measure_linear_student(hidden, networks=networks, seed=1)
    for form, batch in (
        ("optimal_gamma_in_batch", "own"),
        ("optimal_gamma_independent", "independent"),
    ):
        ratio = moments("luo2018/gamma-in-batch", form, batch_size=size)
        overlap, square = (getattr(student, f"{one}_{batch}") for one in ("overlap", "square"))
        drawn = overlap.per_network - ratio * square.per_network
        _, stated = terms("luo2018/gamma-in-batch", form, **values)
        # Stated with a tenth on top.
        assert_variance(drawn, stated / 1.1, tolerance=0.02)


def assert_variance(drawn, stated, tolerance):
    squares = np.square(drawn - drawn.mean())
    error = 5 * squares.std() / np.sqrt(len(drawn))
    assert squares.mean() == pytest.approx(stated, abs=error, rel=tolerance)


@pytest.mark.parametrize("case", GENERAL_CASES, ids=lambda case: case.name)
def test_the_terms_of_each_case_cover_what_is_measured(case):
    values = {**case.setting, "batch_size": 144, "batches": 128}
    form = "zeta_general" if case.batch == "independent" else "zeta_general_in_batch"
    judged = verify.claims["luo2018/zeta-general"].form(form)
    claimed = judged.form.value(**judged.arguments(values))
    drawn = measure_excess(values, seed=3, first_network=0, networks=300, device="cpu")["excess"]
    listed = entries(verify.claims["luo2018/zeta-general"])
    (entry,) = (one for one in listed if one.experiment == case.name)
    remainder, variance = entry.remainder["excess"](values), entry.variance["excess"](values)
    error = 4 * np.sqrt(variance / len(drawn))
    assert abs(drawn.mean() - claimed) <= remainder * abs(claimed) + error
    squares = np.square(drawn - drawn.mean())
    assert squares.mean() - 4 * squares.std() / np.sqrt(len(drawn)) <= variance


@pytest.mark.parametrize("case", RELU_CASES, ids=lambda case: case.name)
def test_the_terms_of_each_relu_case_cover_what_is_measured(case):
    values = {**case.setting, "batch_size": 144, "batches": 128}
    names = {"mean_curvature": "mean_sigmoid", "curvature_moment": "sigmoid_moment"}
    told = {names.get(name, name): value for name, value in values.items()}
    judged = verify.claims["luo2018/zeta-relu"].form("zeta_relu")
    claimed = judged.value(told)
    drawn = measure_excess(values, seed=3, first_network=0, networks=300, device="cpu")["excess"]
    entry = next(
        one for one in entries(verify.claims["luo2018/zeta-relu"]) if one.experiment == case.name
    )
    remainder, variance = entry.remainder["excess"](told), entry.variance["excess"](told)
    relative = drawn / claimed
    assert abs(relative.mean() - 1) <= remainder + 4 * np.sqrt(variance / len(drawn))
    squares = np.square(relative - relative.mean())
    assert squares.mean() - 4 * squares.std() / np.sqrt(len(drawn)) <= variance
