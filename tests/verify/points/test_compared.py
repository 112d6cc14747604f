import mpmath
import numpy as np
import pytest

from theory import fisher
from verify.points.compared import Signed, beyond, common, gap, term


def test_values_are_compared_where_floats_overflow():
    points = {"depth": np.array([10.0, 1e8]), "survival": np.array([0.5, 0.5])}
    printed, right = (
        Signed.of(form, points)
        for form in (
            fisher.mean_eigenvalue_stochastic_depth_printed,
            fisher.mean_eigenvalue_stochastic_depth,
        )
    )
    assert np.isfinite(right.log).all()
    with mpmath.workdps(30):
        values = [
            form.value(depth=mpmath.mpf(10), survival=mpmath.mpf("0.5"))
            for form in (
                fisher.mean_eigenvalue_stochastic_depth_printed,
                fisher.mean_eigenvalue_stochastic_depth,
            )
        ]
        expected = float((values[1] - values[0]) / (values[1] + values[0]))
    np.testing.assert_allclose(gap(right, printed), [expected, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(3, 1, 0.5), (1, 3, -0.5), (-3, -1, -0.5), (1, -1, 1), (-1, 1, -1), (0, 1, -1), (0, 0, 0)],
)
def test_a_gap_is_the_difference_over_the_sum_of_the_sizes(one, other, expected):
    found = gap(Signed.number(np.array([one])), Signed.number(np.array([other])))
    np.testing.assert_allclose(found, [expected])


def test_a_size_that_is_no_parameter_is_as_large_as_needed():
    form = fisher.mean_eigenvalue_resnet
    assert term(form, {"depth": np.array([5.0])}) == 0
    assert term(form, {"depth": np.array([5.0]), "width": np.array([20.0])}) == 0.25


def test_nothing_is_asked_where_a_remainder_is_large_and_what_it_leaves_open_does_not_count():
    form = fisher.mean_eigenvalue_resnet
    points = {"depth": np.array([1.0, 1.0, 1.0]), "width": np.array([4.0, 100.0, 100.0])}
    found = beyond([form], points, np.array([1.0, 0.09, 0.5]))
    assert np.isnan(found[0])
    assert found[1] < 0 < found[2]


def test_the_common_domain_is_the_narrower_one():
    space = common([fisher.top_eigenvalue_share, fisher.mean_eigenvalue_resnet])
    assert space.bounds("depth", {}) == (1, 1_000_000)
