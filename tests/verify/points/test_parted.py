"""The simplest point at which a refuted form and its successor part."""

from dataclasses import replace

import mpmath
import pytest
import sympy

import verify
from theory import batch_norm, fisher, residual_scaling
from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.reading import Reading
from verify.points.comparison import AT_LEAST
from verify.points.parted import parted, values_at

PRINTED, RIGHT = batch_norm.zeta_linear_large_batch_printed, batch_norm.zeta_linear_large_batch


def read(form, **regime):
    reading = Reading(says="so", kind="slip of print", consequence="none", regime=regime)
    return replace(form, reading=reading)


def experiments(claim_id, name):
    claim = verify.claims[claim_id]
    return [claim.experiment(one.label) for one in claim.form(name).by or claim.by]


def test_both_values_are_given_in_fifty_digits():
    found = parted(PRINTED, RIGHT, [])
    assert found.parameters == {"batch_size": 33, "eigenvalue": 1.0}
    with mpmath.workdps(50):
        assert found.printed == mpmath.nstr(1 / mpmath.mpf(66), 50)
    assert (found.printed, found.right) == values_at(PRINTED, RIGHT, found.parameters)
    assert found.inside is None


def test_it_is_sought_in_the_regime_of_the_reading_first():
    found = parted(read(PRINTED, batch_size=Integers(50), eigenvalue=Reals(2, 3)), RIGHT, [])
    assert found.parameters == {"batch_size": 50, "eigenvalue": 2.0}
    assert found.inside is True


def test_where_the_line_is_right_in_its_regime_one_outside_is_found_and_said_to_be():
    printed, right = batch_norm.weight_norm_gain_printed, batch_norm.weight_norm_gain
    found = parted(read(printed, input_variance=Reals(1, 1)), right, [])
    assert found.inside is False
    assert found.parameters["input_variance"] != 1


def test_integers_are_as_small_as_they_can_be():
    form, right = fisher.mean_eigenvalue_bn_printed, fisher.mean_eigenvalue_bn
    depth = parted(form, right, []).parameters["depth"]
    assert depth == 2
    assert form.value(depth=1) == pytest.approx(right.value(depth=1))


def test_moments_are_those_of_a_law():
    claimed = experiments("luo2018/zeta-relu", "zeta_relu_printed")
    found = parted(batch_norm.zeta_relu_printed, batch_norm.zeta_relu, claimed)
    at = found.parameters
    assert found.inside is True
    assert at["skewness"] ** 2 <= at["kurtosis"] + 2
    assert at["sigmoid_moment"] ** 2 <= at["fisher_information"] * at["mean_sigmoid"]
    assert 0 < at["mean_sigmoid"] < 1


def test_numbers_part_at_the_one_point_there_is():
    one, two = (ClosedForm(name=name, expr=sympy.Integer(n), **NOTED) for name, n in NUMBERS)
    found = parted(one, two, [])
    assert (found.parameters, found.printed, found.right) == ({}, "1.0", "2.0")


NOTED = {"paper": "luo2018", "where": "eq 1", "status": "derived"}
NUMBERS = (("one", 1), ("two", 2))


def test_forms_that_agree_part_nowhere():
    assert parted(batch_norm.zeta_linear, batch_norm.zeta_linear_centred_printed, []) is None


def test_what_an_expansion_leaves_open_parts_nothing():
    # of relative order 1/M, with an unknown constant
    near = replace(batch_norm.batch_std_variance, name="near", expr=RIGHT_VARIANCE * (1 + FIVE))
    assert parted(near, batch_norm.batch_std_variance, []) is None


RIGHT_VARIANCE = batch_norm.batch_std_variance.expr
FIVE = 5 / batch_norm.batch_std_variance.parameters[0].symbol


def test_a_bound_parts_only_where_it_is_beyond_what_it_bounds():
    bound, law = residual_scaling.square_term_tail_printed, residual_scaling.square_term_tail
    found = parted(bound, law, [], AT_LEAST)
    assert float(found.printed) < float(found.right)
    assert parted(law, law, [], AT_LEAST) is None


def test_computed_forms_are_worked_out_in_the_digits_that_they_have():
    printed, right = (
        residual_scaling.forward_lower_bound_printed,
        residual_scaling.forward_lower_bound,
    )
    assert "mpmath" not in right.kinds
    found = parted(printed, right, [])
    assert float(found.right) == right.value(**found.parameters)
    assert len(found.right) < 15 < len(found.printed)


def test_computed_forms_that_agree_but_for_their_rounding_part_nowhere():
    assert parted(residual_scaling.chi_square_tail, rounded, []) is None


@computed(
    paper="zhang2022",
    where="Appendix C.1",
    status="derived",
    symbol=sympy.Symbol("P"),
    parameters=residual_scaling.chi_square_tail.parameters,
    subject="residual_scaling",
)
def rounded(width, deviation):
    """The same, rounded to ten digits."""
    return float(f"{residual_scaling.chi_square_tail.value(width=width, deviation=deviation):.9e}")
