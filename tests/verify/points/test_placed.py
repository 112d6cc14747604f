"""The points of a claim: its author's, those drawn over its regions."""

from dataclasses import replace

import pytest
from hypothesis import given

import toy_claims as toys
import verify
from theory.domains import DomainError, Integers, OneOf, Reals
from theory.parameters import Parameter
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.model import Claim
from verify.points import at, laid_out, names, points
from verify.points.drawn import SETTINGS, points_of
from verify.points.region import regions
from verify.relations import Equal, PowerLaw

QUICK = BUDGETS["quick"]


@pytest.mark.parametrize("examples", [-1, 1.5, True, "3"])
def test_a_number_of_examples_that_is_none_is_named(examples):
    with pytest.raises(UsageError, match=f"examples = {examples!r}: must be an integer >= 0"):
        verify.check("furusho2020/half-active", examples=examples)


def test_nothing_is_drawn_beside_a_single_point():
    with pytest.raises(UsageError, match="examples = 2: are drawn, and one point"):
        verify.check("furusho2020/half-active", examples=2, layer=1)


LEVEL = toys.form(toys.L, parameters=(toys.DEPTH,))
LOAD = Parameter("load", "alpha", Reals(0, low_open=True), "load", (0.1, 10))
LOADED = toys.form(toys.L / abs(1 - LOAD.symbol), "loaded", (toys.DEPTH, LOAD))
SHALLOW = replace(toys.EXPERIMENT, label="shallow", over={"depth": Integers(1, 50)})
WIDE = replace(SHALLOW, label="wide", over={**SHALLOW.over, "load": Reals(0.1, 10)})


def of(form=LEVEL, by=SHALLOW, **terms):
    says = Equal.each("level", form) if not isinstance(form, tuple) else form
    return Claim("toys2026/level", "The level is the depth.", says, by, **terms)


@pytest.mark.parametrize(("budget", "count"), [("quick", 8), ("standard", 24), ("thorough", 64)])
def test_points_are_drawn_without_any_example(budget, count):
    found = points(of(LOADED, WIDE), BUDGETS[budget])
    assert len({point.parameters["load"] for point in found}) == len(found) == count
    assert all(point.drawn and point.setting == {"width": 4} for point in found)
    # A few integers are met more than once, and judged once.
    found = points(of(), BUDGETS[budget])
    assert len({point.key for point in found}) == len(found) <= count


def test_the_authors_points_come_on_top_and_first():
    found = points(of(examples=[{"depth": 7}, {"depth": 2}]), QUICK)
    assert [(p.parameters["depth"], p.drawn) for p in found[:2]] == [(7, False), (2, False)]
    assert {p.parameters["depth"] for p in points(of(), QUICK)} <= {
        p.parameters["depth"] for p in found
    }
    assert all(p.drawn for p in found[2:])


def test_an_example_is_not_drawn_again():
    claim = of(by=replace(SHALLOW, over={"depth": Integers(1, 2)}), examples=[{"depth": 2}])
    assert [(p.parameters["depth"], p.drawn) for p in points(claim, QUICK)] == [
        (2, False), (1, True),
    ]  # fmt: skip


@pytest.mark.parametrize("examples", [0, 1, 3, 100])
def test_a_user_says_how_many_are_drawn(examples):
    claim = of(LOADED, WIDE, examples=[{"depth": 1, "load": 0.5}])
    assert len(points(claim, QUICK, examples)) == 1 + examples


def test_every_experiment_has_points_of_its_own():
    found = points(of(by=(SHALLOW, SHALLOW.given(width=8))), QUICK)
    assert [p.experiment.label for p in found] == ["shallow"] * 8 + ["shallow: 8"] * 8
    assert [p.parameters for p in found[:8]] == [p.parameters for p in found[8:]]


def test_forms_of_one_region_share_their_points_and_others_have_their_own():
    pair = Equal.each("level", LEVEL, replace(LEVEL, name="again"))
    assert points(of(pair), QUICK) == points(of(), QUICK)
    deep = Equal("level", toys.form(toys.L, "deep", (toys.DEPTH.narrowed(Integers(20)),)))
    depths = [p.parameters["depth"] for p in points(of((*pair, deep)), QUICK)]
    assert sum(depth >= 20 for depth in depths[8:]) == len(depths[8:]) > 0


def even(at, within):
    return {} if at["depth"] % 2 == 0 else None


def test_rows_that_the_experiment_cannot_run_at_are_counted_and_not_drawn_anew():
    everywhere = laid_out(of(), QUICK)
    picky = replace(SHALLOW, sizes=even)
    found = laid_out(of(by=picky), QUICK)
    assert found.points == tuple(
        replace(p, experiment=picky) for p in everywhere.points if p.parameters["depth"] % 2 == 0
    )
    assert found.refused == {"shallow": 8 - len(found.points)}
    assert 0 < len(found.points) < 8
    assert everywhere.refused == {"shallow": 0}


def test_nothing_is_drawn_where_a_parameter_has_an_end_that_nothing_gives():
    claim = of(by=toys.EXPERIMENT, examples=[{"depth": 3}])
    assert [p.parameters for p in points(claim, QUICK)] == [{"depth": 3}]
    assert laid_out(claim, QUICK).unbounded == ("depth",)
    with pytest.raises(UsageError, match="no point to be judged at; say where depth may lie, or"):
        points(of(by=toys.EXPERIMENT), QUICK)


def test_nothing_is_drawn_where_an_example_names_a_parameter_that_nothing_bounds():
    claim = of(examples=[{"depth": 3, "batch_size": 4}])
    assert laid_out(claim, QUICK).unbounded == ("batch_size",)


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_points_are_judged_within_the_cap_of_the_budget_or_less(budget):
    def margins(claim):
        return {point.margin for point in points(claim, budget)}

    assert margins(of()) == margins(of(within=0.2)) == {budget.cap}
    assert margins(of(within=0.01)) == {0.01}
    closely = {"quick": 0.06, "standard": 0.01, "thorough": 0.01}
    assert margins(of(within={"standard": 0.01})) == {closely[budget.name]}
    assert margins(of(within={"thorough": 0.2, "quick": 0.05})) == {min(budget.cap, 0.05)}


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (1.0, r"within = 1.0: must be in \(0, 1\)"),
        ({"standard": 0.0}, r"must be in \(0, 1\)"),
        ({"slow": 0.1}, "must name quick, standard, thorough, not 'slow'"),
    ],
)
def test_an_error_that_is_none_is_named(within, words):
    with pytest.raises(ValueError, match=words):
        of(within=within)


def test_an_absolute_error_is_the_authors():
    law = PowerLaw("level", 1.0, sizes=lambda values: (2, 4), scale=lambda values: (2, 4))
    assert {p.margin for p in points(of((law,), within=0.2), QUICK)} == {0.2}


def test_a_user_may_ask_for_any_point_of_a_region():
    (found,) = at(of(LOADED, WIDE), {"depth": 3, "load": 2}, QUICK)
    assert (found.parameters, found.drawn) == ({"depth": 3, "load": 2.0}, False)
    assert type(found.parameters["load"]) is float
    assert names(of(LOADED, WIDE)) == ("depth", "load")
    with pytest.raises(UsageError, match="toys2026/level: needs depth, load; got depth"):
        at(of(LOADED, WIDE), {"depth": 3}, QUICK)
    with pytest.raises(UsageError, match="cannot be measured at depth=51, load=2"):
        at(of(LOADED, WIDE), {"depth": 51, "load": 2}, QUICK)
    with pytest.raises(DomainError, match="depth = 0"):
        at(of(LOADED, WIDE), {"depth": 0, "load": 2}, QUICK)


def test_hypothesis_draws_the_points_of_such_a_claim_one_by_one():
    claim = of(LOADED, replace(WIDE, over={**WIDE.over, "kind": OneOf("relu", "erf")}))
    (region,) = regions(claim, claim.by[0])
    kinds = set()

    @SETTINGS
    @given(points_of(claim))
    def check(row):
        assert all(axis.contains(row[name], row) for name, axis in region.axes.items())
        kinds.add(row["kind"])

    check()
    assert kinds == {"relu", "erf"}


def test_a_claim_without_examples_is_judged():
    (judgement,) = verify.check(
        of(Equal.each("level", LEVEL, relative_variance=lambda values: toys.VARIANCE))
    ).judgements
    assert judgement.verdict == "CONFIRMED"
    assert [trial.point for trial in judgement.trials] == list(points(of(), QUICK))


def test_what_is_missing_of_a_point_is_named_with_its_domain():
    with pytest.raises(
        UsageError, match=r"got depth; missing load \(a real number in \[0\.1, 10\]\)"
    ):
        at(of(LOADED, WIDE), {"depth": 3}, QUICK)


def test_a_point_that_a_larger_budget_measures_is_told_with_that_budget():
    def deep_at_leisure(values, within):
        return None if values["depth"] > 4 and within > 0.03 else {}

    claim = toys.claim(toys.judged(), sizes=deep_at_leisure, margin=None)
    words = "depth=5 within the quick budget; it can from the thorough budget on"
    with pytest.raises(UsageError, match=words):
        at(claim, {"depth": 5}, QUICK)


def test_a_point_outside_of_where_experiments_run_is_told_with_where_they_do():
    with pytest.raises(UsageError, match=r"depth=51, load=2.*; .* runs at depth an integer in "):
        at(of(LOADED, WIDE), {"depth": 51, "load": 2}, QUICK)
