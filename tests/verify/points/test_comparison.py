"""True statements that were once refuted by others: what each leaves open is left to it."""

import pytest
import sympy

import toy_claims
from theory.domains import Integers, Reals
from theory.parameters import DEPTH, WIDTH, Parameter
from verify.evidence.accounting import budget_named
from verify.model import Experiment
from verify.points.comparison import AT_LEAST, AT_MOST, Comparison, contradiction
from verify.points.contradictions import contradictions
from verify.relations import AlwaysAtLeast, AlwaysAtMost, AtMost, Equal, SignedEqual

QUICK, THOROUGH = map(budget_named, ("quick", "thorough"))
LOAD = Parameter("load", "x", Reals(0, 1), "a load", (0.1, 1))
D, x = WIDTH.symbol, LOAD.symbol


def form(expression, *parameters, name="level", **terms):
    return toy_claims.form(expression, name, parameters, **terms)


def experiment(label="toy", **terms):
    return Experiment(label, toy_claims.measure, **terms)


def found(*says, by, budget=QUICK):
    claim = toy_claims.claim(*says, by=by, rows=(), margin=None)
    return [(one.form, one.parameters) for one in contradictions(claim, budget)]


@pytest.mark.parametrize(("relation", "side"), [(AlwaysAtMost, -1), (AlwaysAtLeast, 1)])
def test_a_bound_is_broken_by_no_less_than_the_error_at_which_a_form_is_judged(relation, side):
    for sign, state in ((1, Equal), (-1, SignedEqual)):
        level = state("level", form(sign + 0 * x, LOAD))
        for off, budget, broken in (
            (0.059, QUICK, False), (0.061, QUICK, True),
            (0.019, THOROUGH, False), (0.021, THOROUGH, True),
        ):  # fmt: skip
            ceiling = relation("level", form(sign + side * off + 0 * x, LOAD, name="bound"))
            by = experiment(over={"load": Reals(0, 1)})
            assert bool(found(level, ceiling, by=by, budget=budget)) == broken, (sign, off)


def test_what_is_worked_out_again_leaves_the_error_too():
    of = Comparison(form(sympy.Rational("0.95"), name="bound"), AT_LEAST, form(1), within=0.06)
    assert of.broken_at({}) is None
    assert contradiction(of) is None
    below = Comparison(form(sympy.Rational("0.93"), name="bound"), AT_LEAST, form(1), within=0.06)
    assert below.broken_at({}) == ("0.93", "1.0")
    above = Comparison(form(sympy.Rational("1.05"), name="bound"), AT_MOST, form(1), within=0.06)
    assert contradiction(above) is None


WIDE = {"over": {"width": Integers(100, 400)}}


def stated_by_the_statement(width_squared):
    remainder = {"remainder": lambda values: width_squared / values["width"] ** 2}
    return remainder, experiment(**WIDE)


def stated_by_the_experiment(width_squared):
    law = {"level": lambda values: width_squared / values["width"] ** 2}
    return {}, experiment(**WIDE, remainder=law)


@pytest.mark.parametrize("stated", [stated_by_the_statement, stated_by_the_experiment])
def test_a_form_of_stated_remainder_is_held_to_bounds_where_its_experiment_runs(stated):
    terms, by = stated(13)
    wide = Equal("level", form(sympy.exp(5 / D), WIDTH), **terms)
    upper = (1 + 5 / D) * sympy.Rational(101, 100)  # which the mean is below at every width
    assert not found(wide, AtMost("level", form(upper, WIDTH, name="bound"), **terms), by=by)
    false = AtMost("level", form(upper * sympy.Rational(9, 10), WIDTH, name="bound"))
    (one,) = found(wide, false, by=by)
    assert 100 <= one[1]["width"] <= 400


def test_a_remainder_that_is_stated_is_left_open_on_both_sides():
    for own, other, broken in ((0, 0, True), (0.05, 0, False), (0, 0.05, False), (0, 0.04, True)):
        level = Equal("level", form(1 + 0 * D, WIDTH), remainder=lambda values, r=other: r)
        bound = form(sympy.Rational("0.91") + 0 * D, WIDTH, name="bound")
        said = AtMost("level", bound, remainder=lambda values, r=own: r)
        assert bool(found(level, said, by=experiment(**WIDE))) == broken, (own, other)


def test_an_expansion_has_its_range_where_its_experiment_runs():
    terms = {"grows": (WIDTH,), "remainder": 1 / D**2}
    expansion = Equal("level", form(1 - 3 / D, WIDTH, **terms))
    assert not found(expansion, by=experiment(over={"width": Integers(20, 200)}))
    assert found(expansion, by=experiment(over={"width": Integers(2, 200)})) == [
        ("level", {"width": 2})
    ]
    exact = Equal("level", form(1 - 3 / D, WIDTH))
    assert found(exact, by=experiment(over={"width": Integers(20, 200)}))


@pytest.mark.parametrize(
    ("bound", "value"), [(AlwaysAtLeast, 1), (AlwaysAtMost, sympy.Rational(1, 2))]
)
def test_a_bound_that_may_fail_on_some_draws_says_nothing_of_their_mean(bound, value):
    mean = Equal("level", form(sympy.Rational(4, 5) + 0 * x, LOAD))
    by = experiment(over={"load": Reals(0, 1)})
    for terms, broken in (({}, True), ({"but_for": lambda values: 0.25}, False)):
        said = bound("level", form(value + 0 * x, LOAD, name="bound"), **terms)
        assert bool(found(mean, said, by=by)) == broken
    rare = AlwaysAtLeast("level", form(1 + 0 * x, LOAD, name="rare"), but_for=lambda values: 0.25)
    low = AtMost("level", form(sympy.Rational(9, 10) + 0 * x, LOAD, name="low"))
    assert not found(rare, low, by=by)


def test_what_a_form_says_nothing_of_is_as_in_the_experiment():
    at_64 = Equal("level", form((1 + x) * (1 + sympy.Rational(1, 5)), LOAD))
    said = AtMost("level", form((1 + x) * (1 + 13 / D), LOAD, WIDTH, name="bound"))
    assert not found(at_64, said, by=experiment(over={"load": Reals(0, 1)}, setting={"width": 64}))
    over = {"load": Reals(0, 1), "width": Integers(32, 65)}
    assert not found(at_64, said, by=experiment(over=over))
    over = {"load": Reals(0, 1), "width": Integers(32, 500)}
    ((_, where),) = found(at_64, said, by=experiment(over=over))
    assert where["width"] == 102  # 1 + 13/D is below 1.2 less 6 % from there on


def test_a_limit_of_a_size_is_held_to_bounds_at_every_size():
    limit = Equal("level", form(toy_claims.L, DEPTH, grows=(WIDTH,), remainder=1 / D))
    said = AtMost("level", form(toy_claims.L * 20 / D, DEPTH, WIDTH, name="bound"))
    by = experiment(over={"depth": Integers(1, 9)}, setting={"width": 10})
    ((_, where),) = found(limit, said, by=by)
    assert where["width"] > 20
