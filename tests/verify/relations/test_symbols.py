"""Formulas against formulas: 50 digits and not one draw."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from theory import fisher
from theory.residual_scaling import gradient_descent_width
from verify.claims.fisher.relations import eq_37, theorem_algebra
from verify.engine.run import Run
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.model import Point
from verify.relations import Agree
from verify.relations.said import spoken
from verify.relations.symbols import AGREEMENT, AgreementTarget

POINT = Point(theorem_algebra.by[0], {"depth": 5, "survival": 0.3}, {}, margin=0.0)


def verdict_of(statement, point=POINT):
    return statement.target(point, alpha=1e-6).reached(None)


def test_a_formula_that_follows_is_confirmed():
    for one in theorem_algebra.says:
        assert verdict_of(one) == "CONFIRMED"


@pytest.mark.parametrize(("error", "verdict"), [("1e-41", "CONFIRMED"), ("1e-39", "REFUTED")])
def test_a_difference_in_the_fortieth_digit_decides(error, verdict):
    form = fisher.mean_eigenvalue_resnet

    def witness(values):
        return form.value(depth=mpmath.mpf(values["depth"])) * (1 + mpmath.mpf(error))

    assert verdict_of(Agree("formula", form, witness=witness)) == verdict


@pytest.mark.parametrize(("error", "verdict"), [("1e-41", "CONFIRMED"), ("1e-39", "REFUTED")])
def test_a_number_without_parameters_has_as_many_digits(error, verdict):
    # No argument of it is an mpmath number, and a float has 17.
    statement = Agree(
        "exponent",
        fisher.growth_exponent_bn,
        witness=lambda values: (1 + mpmath.mpf(error)) / (mpmath.pi - 1),
    )
    assert verdict_of(statement) == verdict


def test_its_error_is_that_of_the_digits_whatever_the_budget_asks_for():
    wide = replace(POINT, margin=0.06)
    assert theorem_algebra.says[0].target(wide, alpha=1e-6).epsilon == AGREEMENT


@pytest.mark.parametrize(("error", "verdict"), [(1.9e-9, "CONFIRMED"), (2.1e-9, "REFUTED")])
def test_a_computed_form_agrees_to_its_precision(error, verdict):
    asked = {"samples": 4, "separation": 0.5, "outputs": 1, "depth": 8}
    width = gradient_descent_width.value(**asked)
    statement = Agree("width", gradient_descent_width, witness=lambda values: width * (1 + error))
    assert verdict_of(statement, replace(POINT, parameters=asked)) == verdict


def test_a_theorem_does_not_follow_from_the_lemma_of_another():
    witness = eq_37(fisher.forward_moment_bn, fisher.backward_moment_bn)
    wrong = Agree("formula", fisher.mean_eigenvalue_bn_printed, witness=witness)
    assert verdict_of(wrong) == "REFUTED"
    right = Agree("formula", fisher.mean_eigenvalue_bn, witness=witness)
    assert verdict_of(right) == "CONFIRMED"


def test_a_point_whose_forms_are_all_symbolic_draws_nothing():
    with Ledger() as ledger:
        asked = spoken(theorem_algebra.says, [POINT])
        run = Run(theorem_algebra, asked, BUDGETS["quick"], 0, "cpu", ledger)
        assert [trial.verdict for trial in run.trials] == ["CONFIRMED"] * 3
        assert not run.wants_block


def test_no_draw_bears_on_a_formula():
    target = AgreementTarget(
        value=-2.0, epsilon=0.0, finite_size=0.0, alpha=1e-6, digits="-2", witness="-2"
    )
    assert target.plan() == 0
    with pytest.raises(ValueError, match="takes none"):
        target.weigh(np.ones(3))
