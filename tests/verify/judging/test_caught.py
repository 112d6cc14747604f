"""Sensitivity: what the evidence in the ledger refutes besides the form that it was drawn for."""

import functools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import sympy

import verify
from theory.computed import computed
from theory.domains import Integers
from theory.fisher.parameters import SURVIVAL
from theory.parameters import DEPTH
from toy_claims import VARIANCE, L, claim, judged, measure, trial
from toy_claims import form as toy_form
from verify.engine.independence import FEW
from verify.evidence.martingales import log_wealth
from verify.judging.caught import MOST_POINTS, errors_shown, mutant_results, mutation_score
from verify.judging.mutants import Mutant
from verify.judging.ranges import established, place_of, ranges
from verify.relations import AtMost, Equal, Range, Ranking


def check(*forms, **terms):
    verdict = verify.check(claim(*forms, **terms))
    return verdict if len(forms) > 1 else verdict.judgements[0]


def outcomes(judgement):
    return {mutant.change: mutant.outcome for mutant in judgement.mutants}


# Mutants --------------------------------------------------------------------------------------


def test_a_mutant_is_refuted_where_the_evidence_would_have_seen_it_and_survives_where_not():
    assert check(judged(L)).mutation_score == 1
    near = check(judged(L + sympy.Rational(1, 1000)))
    survivors = [mutant for mutant in near.mutants if mutant.outcome == "survived"]
    assert {"L + 1/1000 → L + 1/500", "L + 1/1000 → L + 1/2000"} <= {s.change for s in survivors}
    for mutant in survivors:
        assert mutant.difference < mutant.detectable
        assert mutant.point == {"width": 4, "depth": 2}  # where a thousandth is the larger share
    assert 0 < near.mutation_score < 1


def test_no_network_is_drawn_for_a_mutant():
    drawn = []

    @functools.wraps(measure)
    def counting(values, **terms):
        drawn.append(terms["networks"])
        return measure(values, **terms)

    judgement = check(judged(L), measure=counting)
    assert judgement.mutants
    assert sum(drawn) == judgement.networks + FEW  # a part of one block is drawn alone


def test_mutants_of_a_refuted_form_are_measured_against_its_successor():
    verdict = check(
        judged(L + 1, "printed", holds=False, superseded_by="right"), judged(L, "right")
    )
    printed, right = verdict.judgements
    assert outcomes(printed)["L + 1 → L + 2"] == "refuted"
    # Only the successor's range has the end that tells.
    assert outcomes(printed)["L + 1 → L/2 + 1"] == "refuted"  # 2.5 at depth 3
    assert outcomes(printed)["L + 1 → L"] == "the successor"
    assert printed.smallest_detectable_error == right.smallest_detectable_error


def test_a_mutant_that_is_the_form_spelt_in_another_way_is_equal():
    k = sympy.Symbol("k", integer=True)
    judgement = check(judged(2 * sympy.Sum(k, (k, 0, L)) / (L + 1), stable=L))
    equal = [mutant.formula for mutant in judgement.mutants if mutant.outcome == "equal"]
    assert equal == ["2*Sum(k, (k, 1, L))/(L + 1)"]
    assert judgement.mutation_score == 1


def test_a_mutant_without_a_value_anywhere_is_impossible_and_with_one_somewhere_refuted():
    judgement = check(judged(L), depths=(1, 2))
    assert outcomes(judgement)["L → L - 1"] == "refuted"  # zero at depth 1, half at depth 2
    alone = check(judged(L), depths=(1,))
    assert outcomes(alone)["L → L - 1"] == "impossible"


def test_a_mutant_that_only_the_limit_could_tell_is_equal_in_it_and_not_elsewhere():
    limited = judged(L)
    limited = replace(limited, claimed=replace(limited.form, grows=(DEPTH,)))
    far, near = (check(limited, depths=(depth,)) for depth in (1000, 2))
    assert outcomes(far)["L → L + 1"] == "limit"
    assert outcomes(far)["L → 2*L"] == "refuted"
    assert far.mutation_score == 1
    # At depth 2 the evidence tells them apart, and evidence comes first.
    assert outcomes(near)["L → L + 1"] == "refuted"
    # Without a limit there is no excuse.
    assert outcomes(check(judged(L), depths=(1000,)))["L → L + 1"] == "survived"


@pytest.mark.parametrize(
    ("grows", "outcome"),
    [
        ((DEPTH,), "limit"),
        ((SURVIVAL, DEPTH), "limit"),
        ((SURVIVAL,), "survived"),
        ((), "survived"),
    ],
)
def test_only_a_size_that_grows_excuses_a_mutant(grows, outcome):
    limited = judged(L)
    limited = replace(limited, claimed=replace(limited.form, grows=grows))
    assert outcomes(check(limited, depths=(1000,)))["L → L + 1"] == outcome


def test_a_size_that_grows_is_known_whatever_its_domain_is_narrowed_to():
    limited = judged(L)
    narrowed = DEPTH.narrowed(Integers(1, 10**6))
    limited = replace(limited, claimed=replace(limited.form, grows=(narrowed,)))
    assert outcomes(check(limited, depths=(1000,)))["L → L + 1"] == "limit"


def test_mutants_of_a_function_that_mpmath_lacks_are_judged():
    judgement = check(judged(sympy.Max(L, 2)))
    assert outcomes(judgement)["Max(2, L) → L"] == "survived"  # only depth 1 would tell
    assert outcomes(judgement)["Max(2, L) → Max(3, L)"] == "refuted"


def test_nothing_is_said_of_mutants_whose_values_cannot_be_worked_out():
    k = sympy.Symbol("k", integer=True)
    judgement = check(judged(L * sympy.Sum(k, (k, 1, 10**6)) / 500000500000, stable=L))
    assert set(outcomes(judgement).values()) <= {"unevaluated", "refuted"}
    assert "unevaluated" in outcomes(judgement).values()


def test_a_second_report_finds_the_mutants_in_the_ledger(tmp_path, monkeypatch):
    ledger = str(tmp_path / "ledger")
    first = verify.check(claim(judged(L)), ledger=ledger).judgements[0]

    def forbidden(*arguments):
        raise AssertionError("judged again")

    monkeypatch.setattr("verify.judging.caught.mutant_results", forbidden)
    assert verify.check(claim(judged(L)), ledger=ledger).judgements[0].mutants == first.mutants


def test_mutants_of_a_loose_bound_that_are_true_are_not_counted():
    judgement = check(judged(1000 * L, relation="at most"))
    assert judgement.verdict == "CONFIRMED"
    assert outcomes(judgement)["1000*L → 500*L"] == "true as well"
    assert outcomes(judgement)["1000*L → 2000*L"] == "true as well"
    assert outcomes(judgement)["at most → at least"] == "refuted"
    assert judgement.mutation_score == 1


def test_mutants_of_a_tight_bound_are_refuted_for_being_too_tight_only():
    judgement = check(judged(L, relation="at least"))
    assert outcomes(judgement)["L → 2*L"] == "refuted"
    assert outcomes(judgement)["L → L/2"] == "true as well"
    assert outcomes(judgement)["at least → at most"] == "survived"  # they are equal


# What is computed -----------------------------------------------------------------------------


def twice(part, *, depth):
    """Twice the depth, worked out.

    By adding the part to itself.
    """
    return part.value(depth=depth) + part.value(depth=depth)


PART = toy_form(L / 2, "half")
COMPUTED = computed(
    paper="furusho2020", where="no equation", status="derived", symbol=sympy.Symbol("y"),
    parameters=(DEPTH,), of=(PART,), subject="toy", name="computed_level",
)(twice)  # fmt: skip


def test_mutants_of_what_is_computed_are_those_of_its_parts():
    said = Equal("level", COMPUTED, relative_variance=lambda values: VARIANCE)
    judgement = check(said)
    assert judgement.verdict == "CONFIRMED"
    assert judgement.trials[0].target.finite_size == COMPUTED.precision
    found = outcomes(judgement)
    assert found["half: L/2 → L"] == "refuted"
    assert judgement.mutation_score == 1
    assert "computed_level" in judgement.statement.form.python


def twice_or_no_digit(part, *, depth):
    """Twice the depth, where the part is not too small.

    Of less no digit is left.
    """
    if part.value(depth=depth) < depth / 2:
        raise TypeError("no value of L/4: no two attempts at it agree to 15 digits")
    return twice(part, depth=depth)


def test_a_mutant_without_a_digit_at_any_point_is_unevaluated():
    form = replace(COMPUTED, function=twice_or_no_digit)
    found = outcomes(check(Equal("level", form, relative_variance=lambda values: VARIANCE)))
    assert found["half: L/2 → L/4"] == "unevaluated"
    assert found["half: L/2 → L"] == "refuted"


TRIED = set()


def twice_and_noted(part, *, depth):
    """Twice the depth, noted.

    The part may have been changed.
    """
    TRIED.add(depth)
    return twice(part, depth=depth)


def test_mutants_of_what_is_computed_are_tried_where_the_evidence_tells_the_smallest_errors():
    form = replace(COMPUTED, function=twice_and_noted)
    said = Equal("level", form, relative_variance=lambda values: VARIANCE)
    depths = range(1, MOST_POINTS + 9)
    draws = np.random.default_rng(0).gamma(1 / VARIANCE, VARIANCE, (len(depths), 2000))
    trials = [
        trial(said, depth * drawn, depth=depth) for depth, drawn in zip(depths, draws, strict=True)
    ]
    left = ranges(trials)
    errors = {t.point.values["depth"]: t.target.detectable(left[place_of(t)]) for t in trials}
    TRIED.clear()  # of values that the form was judged by
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verify.judging.caught.mutants", lambda part: [Mutant(L, L, part.expr)])
        assert set(judge(said, trials).values()) == {"equal"}
    assert set(sorted(errors, key=errors.__getitem__)[:MOST_POINTS]) == TRIED


def test_a_looser_bound_than_one_that_is_computed_and_confirmed_is_true_as_well():
    said = AtMost("level", COMPUTED, relative_variance=lambda values: VARIANCE)
    judgement = check(said)
    assert judgement.verdict == "CONFIRMED"
    found = outcomes(judgement)
    assert found["half: L/2 → L"] == "true as well"
    assert found["half: L/2 → L/4"] == "refuted"


def test_a_form_that_what_is_computed_supersedes_has_mutants_as_any_other():
    right = Equal("level", COMPUTED, relative_variance=lambda values: VARIANCE)
    printed = judged(L + 1, "printed", holds=False, superseded_by="computed_level")
    found = outcomes(check(printed, right)["printed"])
    assert found["L + 1 → L + 2"] == "refuted"
    assert "the successor" not in found.values()


# Other relations ------------------------------------------------------------------------------


def judge(form, trials):
    return {
        mutant.change: mutant.outcome for mutant in mutant_results(form, trials, ranges(trials))
    }


def test_an_identity_refutes_every_mutant_that_it_would_have_broken_for():
    form = judged(L, relation="exact", remainder=lambda values: 1e-9)
    found = judge(form, [trial(form, [2.0] * 16)])
    assert set(found.values()) == {"refuted"}


def test_a_symbolic_form_is_held_against_its_witness():
    form = judged(L, relation="symbolic", witness=lambda values: values["depth"])
    found = judge(form, [trial(form, None)])
    assert set(found.values()) == {"refuted"}
    least = sympy.Rational(1, 10**45)  # which the comparison at 40 digits cannot see
    slight = judged(L + least, relation="symbolic", witness=lambda v: v["depth"])
    assert "equal" in judge(slight, [trial(slight, None)]).values()


def test_a_sure_bound_refutes_what_its_searches_violate():
    form = judged(L, relation="always at most")
    found = judge(form, [trial(form, [1.0, 1.9] * 40)])
    assert found["L → L - 1"] == "refuted"
    assert found["L → L + 1"] == "true as well"
    assert found["always at most → always at least"] == "refuted"
    reached = judge(form, [trial(form, [2.0] * 40)])
    assert reached["always at most → always at least"] == "true as well"
    beyond = judge(form, [trial(form, [2.0, 3.0] * 40)])
    assert beyond["always at most → always at least"] == "true as well"


def test_an_identity_with_0_refutes_all_other_numbers():
    form = judged(sympy.Integer(0), relation="exact")
    found = judge(form, [trial(form, [0.0, 1e-16] * 40)])
    assert {found["0 → 1"], found["0 → -1"]} == {"refuted"}


def test_an_order_refutes_the_swap_of_neighbours_that_it_has_shown():
    form = Ranking("level")
    rows = np.random.default_rng(0).normal([0.0, 3.0, 3.0], 1.0, (200, 3))
    found = judge(form, [trial(form, rows)])
    assert found == {"columns 1 and 2 swapped": "refuted", "columns 2 and 3 swapped": "survived"}


def test_a_signed_mean_may_be_negative_for_all_that_is_known_before():
    form = judged(L - 1, relation="signed", variance=lambda values: VARIANCE)
    one = trial(form, [1.0] * 10)
    (left,) = ranges([one]).values()
    assert left.low == -math.inf  # too few draws
    assert judge(form, [one])["L - 1 → -L - 1"] == "survived"


def test_a_negative_mean_leaves_the_mirror_image_of_what_a_positive_one_leaves():
    terms = {"relation": "signed", "variance": lambda values: VARIANCE}
    up, down = judged(L, **terms), judged(-L, **terms)
    draws = np.random.default_rng(0).normal(2, 0.1, 4000)
    above, below = trial(up, draws), trial(down, -draws)
    (left,), (right,) = ranges([above]).values(), ranges([below]).values()
    assert left.two_sided
    assert (right.low, right.high) == pytest.approx((-left.high, -left.low))
    (found,), (mirrored,) = (
        errors_shown([one], [], ranges([one])).values() for one in (above, below)
    )
    assert mirrored == pytest.approx(found)
    assert 0.1 < found < 0.13


def test_an_exponent_refutes_what_lies_outside_its_interval():
    form = judged(
        L, relation="exponent",
        sizes=lambda values: (1, 4), scale=lambda values: (1, 16),
        relative_variance=lambda values: 0.01,
    )  # fmt: skip
    rows = np.random.default_rng(0).normal([1.0, 16.0], [0.1, 1.6], (2000, 2))
    found = judge(form, [trial(form, rows)])
    assert set(found.values()) == {"refuted"}


# What is established --------------------------------------------------------------------------


def test_a_confirmed_equality_leaves_the_interval_that_it_was_confirmed_in():
    judgement = check(judged(L, remainder=lambda values: 0.01))
    for one, left in zip(judgement.trials, ranges(judgement.trials).values(), strict=True):
        m, eps = one.target.value, one.target.epsilon
        assert left == Range(pytest.approx(m * (1 - eps)), pytest.approx(m * (1 + eps)))


def test_forms_of_one_quantity_share_what_each_has_established():
    verdict = check(
        judged(L / 2, "lower", relation="at least"), judged(2 * L, "upper", relation="at most")
    )
    trials = [one for judgement in verdict.judgements for one in judgement.trials]
    for (*_, key), left in ranges(trials).items():
        truth = json.loads(key)["depth"]
        assert truth / 2 * 0.9 <= left.low < truth < left.high <= 2 * truth * 1.1


def test_statements_of_other_kinds_share_nothing_though_they_name_one_quantity():
    mean, identity = judged(L, "mean"), judged(10 * L, "identity", relation="exact")
    sure = judged(5 * L, "sure", relation="always at most")
    witnessed = judged(7 * L, "one", relation="symbolic", witness=lambda v: 7 * v["depth"])
    other = judged(8 * L, "two", relation="symbolic", witness=lambda v: 8 * v["depth"])
    trials = [
        trial(mean, [2.0] * 4000), trial(identity, [20.0] * 16), trial(sure, [9.0] * 2000),
        trial(witnessed, None), trial(other, None),
    ]  # fmt: skip
    left = ranges(trials)
    assert [left[place_of(one)] for one in trials] == [established(one) for one in trials]
    assert len(left) == len(trials)


def test_a_form_that_another_has_shown_to_be_off_has_no_negative_error():
    rough, sharp = judged(L * sympy.Rational(21, 20), "rough"), judged(L, "sharp")
    draws = np.random.default_rng(0).gamma(20, 0.1, 100_000)
    trials = [trial(rough, draws), trial(sharp, draws, margin=0.02)]
    errors = errors_shown(trials[:1], [], ranges(trials))
    assert min(errors.values()) >= 0


def test_a_bound_and_its_ladders_share_alpha():
    # Three nulls of a loose bound are true at once: its own, and one of each ladder.
    form = judged(1000 * L, relation="at most")
    one = trial(form, [2.0] * 4000)
    target, wealth = one.target, one.evidence.wealth
    rung = target.rungs()["slack_above"]
    left = established(one)
    won = {mean for mean, held in zip(rung, wealth["slack_above"], strict=True)
           if log_wealth(held) >= math.log(4 / target.alpha)}  # fmt: skip
    assert left.low == max(won)


@pytest.mark.parametrize("side", [-1, 1])
def test_an_error_of_the_smallest_detectable_size_is_at_the_edge_of_what_is_refuted(side):
    form = judged(L, remainder=lambda values: 0.01)
    judgement = check(form, depths=(2,))
    size, (left,) = judgement.smallest_detectable_error, ranges(judgement.trials).values()
    eps, r = judgement.epsilon, 0.01
    assert size == pytest.approx((eps + r) / (1 - r))
    wrong = 2 * (1 + side * size * (1 + 1e-9))
    assert wrong * (1 + r) < left.low or wrong * (1 - r) > left.high


def test_the_least_over_the_points_is_the_error_that_everywhere_would_have_been_caught():
    judgement = check(judged(L, remainder=lambda values: 0.0 if values["depth"] == 2 else 0.05))
    assert judgement.smallest_detectable_error == min(judgement.errors_shown.values())
    assert len(judgement.errors_shown) == 2


def test_what_was_only_planned_is_used_where_nothing_was_confirmed():
    judgement = check(judged(3 * L))
    assert judgement.verdict == "REFUTED"
    assert judgement.errors_shown == {}
    assert judgement.smallest_detectable_error == min(
        one.planned_detectable_error for one in judgement.trials
    )


def test_the_score_counts_what_was_refuted_or_survived():
    assert mutation_score([]) is None
