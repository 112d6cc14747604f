"""At the standard budget every equality of the catalogue tells its form from one off by 1 %."""

import dataclasses

import pytest
import sympy

import verify
from verify.claims.fisher.experiments import FEW_INPUTS, SINGLE_INPUT
from verify.evidence.accounting import ALPHA, BUDGETS, share_of_alpha
from verify.points import points
from verify.relations import Equal
from verify.relations.target import WIDEST_REMAINDER

STANDARD = BUDGETS["standard"]
OFF = sympy.Rational(1, 100)

EQUALITIES = [
    pytest.param(claim, judged, id=judged.name)
    for claim in verify.claims.values()
    for judged in claim.says
    if isinstance(judged, Equal) and judged.side == "both"
]


def sharpest(claim, judged):
    """The point at which evidence for the form excludes the nearest others, and how near."""

    def excluded(point):
        # CONFIRMED excludes means beyond value (1 +- eps); a form off by a factor 1 +- s claims
        # value (1 +- s)(1 +- remainder).
        target = judged.target(point, ALPHA)
        return (target.epsilon + target.finite_size) / (1 - target.finite_size)

    listed = [point for point in points(claim, STANDARD) if judged.applies(point)]
    best = min(listed, key=excluded)
    return best, excluded(best)


@pytest.mark.parametrize(("claim", "judged"), EQUALITIES)
def test_some_point_excludes_forms_that_are_off_by_one_percent(claim, judged):
    point, error = sharpest(claim, judged)
    assert error < OFF
    last = judged.target(point, share_of_alpha(len(points(claim, STANDARD)) * len(claim.says)))
    assert last.finite_size < WIDEST_REMAINDER
    assert last.plan() <= STANDARD.draws


def cheap(claim, judged):
    """Whether the sharpest point takes seconds; the others take up to minutes."""
    values = sharpest(claim, judged)[0].values
    inputs = values.get("inputs")
    one_layer = inputs == SINGLE_INPUT and values.get("depth", 1) == 1
    return one_layer or (inputs == FEW_INPUTS and "survival" not in values)


CHEAP = [parameters for parameters in EQUALITIES if cheap(*parameters.values)]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("claim", "judged"), CHEAP)
def test_a_form_off_by_one_percent_is_refuted(claim, judged, sign):
    point, _ = sharpest(claim, judged)
    form, factor = judged.form, 1 + sign * OFF
    wrong = dataclasses.replace(
        judged,
        claimed=dataclasses.replace(form, expr=factor * form.expr, stable=factor * form.lowered),
    )
    # The point's experiment carries the fitted laws; its sizes are the point's own.
    fixed = dataclasses.replace(
        point.experiment, over={}, setting=point.setting, sizes=lambda at, within: {}
    )
    altered = dataclasses.replace(
        claim,
        says=(dataclasses.replace(wrong, by=()),),
        by=(fixed,),
        examples=[dict(point.parameters)],
        within=point.margin,
    )
    (judgement,) = verify.check(altered, budget="standard", examples=0).judgements
    assert [trial.verdict for trial in judgement.trials] == ["REFUTED"]
