"""Bounds on complexities and deviations against the constants that they improve."""

import math

import pytest

from theory import regularisation as forms


def test_the_improved_constant_changes_over_from_two_matrices_to_three():
    at = {"product": 1.0, "samples": 1}
    values = [forms.complexity_bound(depth=depth, **at) for depth in (2, 3)]
    assert values == pytest.approx([2, math.sqrt(6 * math.log(2)) + 1])
    for depth in range(2, 9):
        printed = forms.complexity_bound_printed(depth=depth, **at)
        assert forms.complexity_bound(depth=depth, **at) <= printed / math.sqrt(2) * (1 + 1e-15)


def test_of_one_matrix_there_is_no_product_to_bound():
    for form in (forms.complexity_bound_printed, forms.complexity_bound):
        with pytest.raises(ValueError, match=r"depth = 1.*\[2, 500\]"):
            form(depth=1, product=0.01, samples=1)


def test_a_bound_on_deviations_says_something_from_so_many_samples_on():
    at = {"loss": 1.0, "failure": 0.05}
    for form, edge in (
        (forms.deviation_bound_printed, 32 * math.log(80)),
        (forms.deviation_bound, 4.5 * math.log(40)),
    ):
        assert form(samples=math.floor(edge), **at) > 1 > form(samples=math.ceil(edge), **at)
    assert (math.floor(32 * math.log(80)), math.ceil(4.5 * math.log(40))) == (140, 17)


@pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")
def test_of_one_dimension_spectral_norms_are_those_of_frobenius():
    at = {"depth": 3, "product": 2.0, "samples": 16, "dim": 1}
    sharp = forms.complexity_bound_of_spectral_norms(**at)
    printed = forms.complexity_bound_of_spectral_norms_printed(**at)
    assert printed == pytest.approx(math.sqrt(2) * sharp)
