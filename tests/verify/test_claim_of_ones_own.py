"""What a claim takes for granted, and what it refuses, when a user writes one."""

from dataclasses import replace

import pytest

import verify
from verify import Claim, Equal, at_every_budget, within
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model import Point

FORM = verify.claims["furusho2020/mean-eig-resnet"].says[0].form
GRID = at_every_budget([{"depth": 1}, {"depth": 2}])
CLAIM = Claim("notes2026/depth", "A statement.", (Equal("value", FORM),), lambda values: {}, GRID)


def test_a_form_is_judged_as_an_equality_without_remainder_unless_told_otherwise():
    judged = Equal("value", FORM)
    assert (judged.name, judged.expected) == (FORM.name, "CONFIRMED")
    assert judged.finite_size({}) == 0
    assert judged.relative_variance is None


def test_the_axis_is_the_first_parameter_of_the_grid():
    assert CLAIM.axis == "depth"
    assert replace(CLAIM, axis="width").axis == "width"


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_a_grid_may_be_the_same_at_every_budget(budget):
    assert [point.parameters for point in CLAIM.points(budget)] == [{"depth": 1}, {"depth": 2}]


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_a_point_is_judged_within_a_margin_that_larger_budgets_sharpen(budget):
    (point,) = within(0.2, width=8)({"depth": 3}, budget)
    assert point == Point({"depth": 3}, {"width": 8}, 0.2 * budget.sharpness)


@pytest.mark.parametrize("margin", [0, 1, -0.1, float("nan")])
def test_a_margin_that_is_no_relative_error_is_refused(margin):
    with pytest.raises(ValueError, match=r"margin = .*: must be in \(0, 1\)"):
        within(margin)


@pytest.mark.parametrize("claim_id", ["depth", "a/b/c", "/depth", "notes 2026/depth", ""])
def test_an_id_reads_paper_and_claim(claim_id):
    with pytest.raises(ValueError, match=r"id = .*: must read paper/claim"):
        replace(CLAIM, id=claim_id)


@pytest.mark.parametrize("rows", [[], [{"depth": 1}, {"width": 1}]], ids=["none", "unlike"])
def test_a_grid_needs_points_that_name_the_same_parameters(rows):
    with pytest.raises(ValueError, match="points of its grid must name the same parameters"):
        replace(CLAIM, grid=at_every_budget(rows))


def test_a_form_kept_outside_the_catalogue_is_called_by_its_own_name():
    form = replace(FORM, subject="", name="mine", superseded_by="better")
    assert form.id == "mine"
    assert form.python == "mine(depth=2)"
    with pytest.warns(match="mine is refuted as printed.*use better$"):
        form(depth=2)


def test_a_form_says_nothing_that_can_be_judged_where_it_is_zero():
    judged = Equal("value", replace(FORM, expr=FORM.parameters[0].symbol - 1, stable=None))
    assert not judged.applies(Point({"depth": 1}, {}, 0.1))
    assert judged.applies(Point({"depth": 2}, {}, 0.1))


def test_a_claim_says_something():
    with pytest.raises(ValueError, match=r"notes2026/depth: says = \(\): must hold a statement"):
        replace(CLAIM, says=())


def test_a_form_is_expected_to_hold_unless_superseded_or_told_otherwise():
    superseded = replace(FORM, superseded_by="better")
    assert Equal("value", superseded).expected == "REFUTED"
    assert Equal("value", superseded, holds=True).expected == "CONFIRMED"
    assert Equal("value", FORM, holds=False).expected == "REFUTED"


@pytest.mark.parametrize("claimed", ["1", None, True, float("nan"), float("inf")])
def test_a_statement_names_a_form_or_a_finite_number(claimed):
    with pytest.raises(ValueError, match=r"value: .*: must be a form or a finite number"):
        Equal("value", claimed)


def test_a_statement_may_name_a_number_without_a_form():
    one = Equal("value", 1)
    assert (one.name, one.form.value(), one.form.expr, one.form.domain) == ("value", 1.0, 1, {})


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_a_point_has_a_margin_that_is_a_number(margin):
    with pytest.raises(ValueError, match=r"margin = .* at .*depth.*: must be finite and >= 0"):
        Point({"depth": 2}, {}, margin)


@pytest.mark.parametrize("remainder", [-0.1, float("nan")])
def test_a_remainder_that_is_none_is_named_with_its_point(remainder):
    judged = Equal("value", FORM, finite_size=lambda values: remainder)
    claim = replace(CLAIM, says=(judged,))
    with pytest.raises(UsageError, match=r"at depth=1: finite_size = .*: must be >= 0"):
        verify.check(claim)
