"""What a claim takes for granted, and what it refuses, when a user writes one."""

from dataclasses import replace

import pytest

import verify
from verify import Claim, Equal, Experiment, SignedEqual
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model import OfNumerics, Point
from verify.points import points

FORM = verify.claims["furusho2020/mean-eig-resnet"].says[0].form
NOTHING = Experiment("nothing", lambda values, **run: {}, setting={"width": 8})
CLAIM = Claim(
    "notes2026/depth",
    "A statement.",
    says=Equal("value", FORM),
    by=NOTHING,
    examples=[{"depth": 1}, {"depth": 2}],
    within=0.2,
)


def test_a_form_is_judged_as_an_equality_without_remainder_unless_told_otherwise():
    judged = Equal("value", FORM)
    assert (judged.name, judged.expected) == (FORM.name, "CONFIRMED")
    assert judged.remainder({}) == 0
    assert judged.relative_variance is None


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_examples_are_judged_within_the_error_that_the_budget_asks_for(budget):
    first, second = points(CLAIM, budget)
    assert (first.parameters, second.parameters) == ({"depth": 1}, {"depth": 2})
    assert first.setting == {"width": 8}
    assert first.margin == budget.cap
    (sharper, _) = points(replace(CLAIM, within=0.01), budget)
    assert sharper.margin == 0.01


@pytest.mark.parametrize("within", [0, 1, -0.1, float("nan")])
def test_an_error_that_is_no_relative_one_is_refused(within):
    with pytest.raises(ValueError, match=r"within = .*: must be in \(0, 1\)"):
        replace(CLAIM, within=within)


def test_a_claim_is_judged_by_an_experiment():
    with pytest.raises(ValueError, match=r"notes2026/depth: by = \(\): must hold a Experiment"):
        replace(CLAIM, by=())


def test_experiments_of_one_claim_have_labels_of_their_own():
    with pytest.raises(ValueError, match="two experiments of one label among nothing, nothing"):
        replace(CLAIM, by=(NOTHING, NOTHING))


def test_a_statement_is_judged_by_experiments_of_its_claim():
    with pytest.raises(ValueError, match="notes2026/depth: by lacks other"):
        replace(CLAIM, says=Equal("value", FORM, by=(NOTHING.given("other"),)))


def test_what_is_given_names_an_experiment():
    assert NOTHING.given(network="resnet").label == "nothing: resnet"
    assert NOTHING.given("wide", width=16).setting == {"width": 16}


def test_a_measurement_is_a_function():
    with pytest.raises(TypeError, match="nothing: measure = 'a:b': must be a function"):
        replace(NOTHING, measure="a:b")


@pytest.mark.parametrize(
    "function", ["numerics.fisher", "numerics.fisher:", "a:b", "numerics.a:b:c"]
)
def test_a_measurement_of_numerics_is_named_by_module_and_function(function):
    with pytest.raises(ValueError, match=r"must read package\.module:function, in numerics"):
        OfNumerics(function)


@pytest.mark.parametrize("claim_id", ["depth", "a/b/c", "/depth", "notes 2026/depth", ""])
def test_an_id_reads_paper_and_claim(claim_id):
    with pytest.raises(ValueError, match=r"id = .*: must read paper/claim"):
        replace(CLAIM, id=claim_id)


def test_examples_name_the_same_parameters():
    with pytest.raises(ValueError, match="its examples must name the same parameters"):
        replace(CLAIM, examples=[{"depth": 1}, {"width": 1}])


def test_a_form_kept_outside_the_catalogue_is_called_by_its_own_name():
    form = replace(FORM, subject="", name="mine", superseded_by="better")
    assert form.id == "mine"
    assert form.python == "mine(depth=2)"
    with pytest.warns(match="mine is refuted as printed.*use better$"):
        form(depth=2)


def test_a_signed_form_says_nothing_that_can_be_judged_where_it_is_zero_and_has_no_unit():
    vanishing = replace(FORM, expr=FORM.parameters[0].symbol - 1, stable=None)
    judged = SignedEqual("value", vanishing)
    assert not judged.applies(Point(NOTHING, {"depth": 1}, {}, 0.1))
    assert judged.applies(Point(NOTHING, {"depth": 2}, {}, 0.1))
    assert Equal("value", vanishing).applies(Point(NOTHING, {"depth": 1}, {}, 0.1))


def test_a_claim_says_something():
    with pytest.raises(ValueError, match=r"notes2026/depth: says = \(\): must hold a Statement"):
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
        Point(NOTHING, {"depth": 2}, {}, margin)


@pytest.mark.parametrize("remainder", [-0.1, float("nan")])
def test_a_remainder_that_is_none_is_named_with_its_point(remainder):
    judged = Equal("value", FORM, remainder=lambda values: remainder)
    claim = replace(CLAIM, says=(judged,))
    with pytest.raises(UsageError, match=r"at depth=1: remainder = .*: must be >= 0"):
        verify.check(claim)
