"""Formulas against formulas: 50 digits and not one draw."""

import dataclasses

import mpmath
import numpy as np
import pytest

from theory import fisher
from verify.claims.fisher.relations import eq_37, theorem_algebra
from verify.engine.run import PointRun
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.model import Judged, Point
from verify.relations import Target, draws_to_confirm, weigh

POINT = Point({"depth": 5, "survival": 0.3}, {}, margin=0.0)


def judged(form, witness):
    return Judged(form=form, quantity="formula", relation="symbolic", witness=witness)


def test_a_formula_that_follows_is_confirmed():
    for one in theorem_algebra.judged:
        assert one.symbolic_verdict(POINT) == "CONFIRMED"


@pytest.mark.parametrize(("error", "verdict"), [("1e-41", "CONFIRMED"), ("1e-39", "REFUTED")])
def test_a_difference_in_the_fortieth_digit_decides(error, verdict):
    form = fisher.mean_eigenvalue_resnet

    def witness(values):
        return form.value(depth=mpmath.mpf(values["depth"])) * (1 + mpmath.mpf(error))

    assert judged(form, witness).symbolic_verdict(POINT) == verdict


def test_a_theorem_does_not_follow_from_the_lemma_of_another():
    witness = eq_37(fisher.forward_moment_bn, fisher.backward_moment_bn)
    wrong = judged(fisher.mean_eigenvalue_from_lemma_3, witness)
    assert wrong.symbolic_verdict(POINT) == "REFUTED"
    right = judged(fisher.mean_eigenvalue_bn, witness)
    assert right.symbolic_verdict(POINT) == "CONFIRMED"


def test_a_point_whose_forms_are_all_symbolic_draws_nothing():
    with Ledger() as ledger:
        run = PointRun(theorem_algebra, POINT, BUDGETS["quick"], 0, "cpu", ledger)
        assert [trial.verdict for trial in run.trials] == ["CONFIRMED"] * 3
        assert not run.wants_block


def test_no_draw_bears_on_a_formula():
    target = Target("symbolic", -2.0, 0.0, 0.0, None, 1e-6)
    assert draws_to_confirm(target) == 0
    with pytest.raises(ValueError, match="takes none"):
        weigh(np.ones(3), target)


def test_a_witness_belongs_to_a_symbolic_relation_and_to_no_other():
    one = theorem_algebra.judged[0]
    assert Judged(form=one.form).symbolic_verdict(POINT) is None
    for terms in ({"relation": "equal"}, {"witness": None}):
        with pytest.raises(ValueError, match="witness"):
            dataclasses.replace(one, **terms)
