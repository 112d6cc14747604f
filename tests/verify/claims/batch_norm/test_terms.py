"""The terms on which claims about batch norm are judged, against what they stand for."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln, xlogy

import verify
from numerics.batch_norm.hidden_values import three_values
from verify.claims.batch_norm.losses import loss_moments
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.points import at, names, rows

QUICK = BUDGETS["quick"]
UNIT = {"scale": 0.75, "shift": -0.5, "teacher_scale": -1.0, "teacher_shift": 0.25}
SHAPES = [(-1.0, 0.0), (-1.0, 1.0), (0.0, 0.0), (0.5, -1.0), (3.0, 0.0), (3.0, 1.0)]


@pytest.mark.parametrize("loss", ["relu", "logistic"])
def test_moments_of_a_loss_are_those_of_the_values_that_are_drawn(loss):
    found = loss_moments({"loss": loss, "kurtosis": 1.0, "skewness": -0.5, **UNIT})
    z, shares = three_values(-0.5, 1.0)
    h = UNIT["scale"] * z + UNIT["shift"]
    teacher = UNIT["teacher_scale"] * z + UNIT["teacher_shift"]
    sigmoid, slope = stats.logistic.cdf, lambda x: np.logaddexp(0, x)
    if loss == "relu":
        bent, r = sigmoid(h), slope(h) - slope(teacher)
    else:
        bent, r = sigmoid(h) * sigmoid(-h), sigmoid(h) - sigmoid(teacher)
    expected = [shares @ x for x in (bent * z**2, bent, bent * z, r, r * z, r * z**3)]
    expected.append(np.sqrt(shares @ r**2))
    np.testing.assert_allclose(list(found.values()), expected, rtol=1e-12)


def stated(claim_id, form, **values):
    """The form's value, its remainder and the unit of that, at a point."""
    judged = verify.claims[claim_id].form(form)
    value = judged.value(values)
    unit = getattr(judged, "unit", None)
    return value, judged.remainder(values), abs(value) if unit is None else unit(values)


def exact_moments(kurtosis, skewness, batch_size):
    """E t, Var t, E 1/t - 1 and E (1/t - 1)^2 of three values, by summing over all counts."""
    z, shares = three_values(skewness, kurtosis)
    left, right = np.mgrid[: batch_size + 1, : batch_size + 1]
    counts = np.stack([left, batch_size - left - right, right])
    with np.errstate(invalid="ignore"):
        log = gammaln(batch_size + 1) + np.sum(
            [xlogy(n, p) - gammaln(n + 1) for n, p in zip(counts, shares, strict=True)], axis=0
        )
    inside = counts[1] >= 0
    likely = np.where(inside, np.exp(np.where(inside, log, -np.inf)), 0.0)
    mean, square = (np.tensordot(powers, counts, 1) / batch_size for powers in (z, z**2))
    t = np.sqrt(np.clip(square - mean**2, 0, None))
    keep = inside & (likely > 1e-30)
    t, likely = t[keep], likely[keep]
    deviation = likely @ (1 - t)
    return (
        1 - deviation,
        likely @ (1 - t) ** 2 - deviation**2,
        likely @ ((1 - t) / t),
        likely @ ((1 - t) / t) ** 2,
    )


@pytest.mark.parametrize(("kurtosis", "skewness"), SHAPES)
def test_remainders_of_batch_moments_hold_where_they_are_largest(kurtosis, skewness):
    size = 1024
    mean, variance, inverse, spread = exact_moments(kurtosis, skewness, size)
    values = {
        "batch_size": size, "population_std": 1.0, "kurtosis": kurtosis, "skewness": skewness,
    }  # fmt: skip
    expected = {
        "batch_std_mean": mean, "batch_std_variance": variance, "inverse_std_excess": inverse,
        "inverse_std_spread": spread,
    }  # fmt: skip
    for form, exact in expected.items():
        claimed, allowed, unit = stated("luo2018/batch-moments", form, **values)
        assert allowed < (0.0301 if form == "inverse_std_spread" else 0.01)
        assert abs(exact - claimed) <= allowed * unit
        # And they are hardly wider than they need be, but where the next order is all but 0.
        assert abs(exact - claimed) >= allowed * unit / 2 or allowed < 3e-4


@pytest.mark.parametrize("batch_size", [33, 34, 100, 1000])
def test_the_remainder_of_zeta_for_large_batches_holds_for_every_size(batch_size):
    point = {"batch_size": batch_size, "eigenvalue": 1.0}
    exact, *_ = stated("luo2018/zeta-linear", "zeta_linear", **point)
    claimed, allowed, _ = stated("luo2018/zeta-linear", "zeta_linear_large_batch", **point)
    assert allowed / 2 <= abs(exact / claimed - 1) <= allowed


@pytest.mark.parametrize("batch_size", [6, 24, 10**9])
def test_relative_variances_of_inverses_are_those_of_the_chi_law(batch_size):
    law = verify.claims["luo2018/inverse-moments"]
    values = {"batch_size": batch_size, "batches": 1}
    first = law.form("inverse_std_moment").relative_variance(values)
    second = law.form("inverse_variance_moment").relative_variance(values)
    if batch_size == 10**9:
        assert first == pytest.approx(1 / (2 * batch_size), rel=1e-4)
        assert second == pytest.approx(2 / batch_size, rel=1e-4)
        return
    # Moments of 1/chi^2, whose law with M - 1 degrees of freedom is an inverse gamma.
    inverse = stats.invgamma((batch_size - 1) / 2)
    root = inverse.expect(np.sqrt)
    assert first == pytest.approx(inverse.mean() / root**2 - 1, rel=1e-6)
    assert second == pytest.approx(inverse.var() / inverse.mean() ** 2, rel=1e-9)


BATCH_NORM = [
    claim
    for claim in verify.claims.values()
    if "batch_size" in names(claim)
    and all("numerics.batch_norm" in str(one.measure) for one in claim.by)
]


@pytest.mark.parametrize("claim", BATCH_NORM, ids=lambda claim: claim.id)
def test_batches_too_large_to_draw_are_told_in_one_line(claim):
    point = {**rows(claim, QUICK)[-1], "batch_size": 10**300}
    with pytest.raises(UsageError, match=r"cannot be measured at .*batch_size=10{300}") as raised:
        at(claim, point, QUICK)
    assert "\n" not in str(raised.value)


def test_below_the_printed_range_the_forms_of_large_batches_are_not_judged():
    claim = verify.claims["luo2018/zeta-linear"]
    points = at(claim, {"batch_size": 32, "eigenvalue": 1.0}, QUICK)
    judged = {one.name for one in claim.says if any(map(one.applies, points))}
    of_any = {"zeta_linear", "zeta_linear_centred_printed", "zeta_linear_centred"}
    assert judged == {*of_any, "zeta_of_32_least", "zeta_of_32_most"}


def test_labels_are_calibrated_where_the_printed_penalty_is_judged():
    claim = verify.claims["luo2018/zeta-general"]
    for row in rows(claim, QUICK):
        for point in at(claim, row, QUICK):
            values = point.values
            if claim.form("zeta_general_printed").applies(point):
                assert values["teacher_scale"] == values["scale"]
                assert values["teacher_shift"] == values["shift"]
                assert values["residual_moment"] == 0
