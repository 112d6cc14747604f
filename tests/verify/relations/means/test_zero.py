"""Forms of value 0: that nothing ever happens, or that an estimator is without bias."""

import numpy as np
import pytest

import verify
from toy_claims import L, claim, form, judged, measure
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.points.asked import asked
from verify.relations import AtLeast, AtMost, Equal, Exactly, SignedEqual

NOTHING = form(0 * L, "nothing")


def silent(values, **run):
    return {"level": 0 * measure(values, **run)["level"]}


def rarely(probability):
    """Levels that are 0 but for so many of them."""

    def measured(values, *, seed, first_network, networks, device):
        drawn = [
            np.random.default_rng([seed, network]).random() < probability
            for network in range(first_network, first_network + networks)
        ]
        return {"level": np.array(drawn, dtype=float)}

    return measured


@pytest.mark.parametrize(("budget", "rarest"), [("quick", 1e-2), ("standard", 1e-3)])
def test_a_mean_of_zero_is_confirmed_only_where_rare_events_would_have_been_met(budget, rarest):
    says = Equal("level", NOTHING)
    (found,) = verify.check(claim(says, measure=silent), budget=budget).judgements
    assert found.verdict == "CONFIRMED"
    for trial in found.trials:
        assert (1 - rarest) ** trial.evidence.draws <= trial.target.alpha
    assert f"unless only events rarer than {rarest:g} are not" in found.sentence
    assert verify.check(claim(says, measure=rarely(2 * rarest)), budget=budget).verdict == "REFUTED"


def off(shift):
    def measured(values, **run):
        level = measure(values, **run)["level"]
        return {"level": level - values["depth"] + shift * values["depth"]}

    return measured


@pytest.mark.parametrize("family", [Equal, AtMost, Exactly])
def test_a_quantity_that_is_always_zero_is_confirmed_and_one_positive_draw_refutes(family):
    says = family("level", NOTHING)
    assert verify.check(claim(says, measure=silent)).verdict == "CONFIRMED"
    found = verify.check(claim(says)).judgements[0]
    assert found.verdict == "REFUTED"
    assert found.counterexample.ratio is None
    assert "ratio" not in says.refuted(found.counterexample, found.trials)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            AtLeast("level", NOTHING),
            "that a mean is at least 0 is true of all that is never negative",
        ),
        (SignedEqual("level", NOTHING), "state a unit of errors"),
    ],
)
def test_what_cannot_be_judged_is_told_with_the_reason(statement, reason, caplog):
    toy = claim(judged(), statement)
    verify.check(toy)
    assert f"nothing: not judged at 2 of 2 points; at depth=2, {reason}" in caplog.text.replace(
        "its value is 0, of which no error is a relative one: ", ""
    )
    with Ledger() as ledger:
        assert any(reason in line for line in asked(toy, BUDGETS["quick"], ledger).remarks)


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, "CONFIRMED"), (0.1, "REFUTED"), (-0.1, "REFUTED")]
)
def test_a_bias_is_judged_in_a_unit_of_its_own(shift, verdict):
    says = SignedEqual("level", NOTHING, unit=lambda values: values["depth"])
    found = verify.check(claim(says, measure=off(shift), margin=0.05)).judgements[0]
    assert found.verdict == verdict
    if verdict == "CONFIRMED":
        assert 0 < found.smallest_detectable_error < 0.06


@pytest.mark.parametrize(("unit", "expected"), [(0.5, "REFUTED"), (1.0, "CONFIRMED")])
def test_a_printed_form_is_expected_to_fail_where_it_is_off_by_more_than_the_remainder(
    unit, expected
):
    # Its remainder of 0.03 is a share of the unit: 0.015 or 0.03 of a level that is 0.02 off.
    terms = {"unit": lambda values: unit * values["depth"], "remainder": lambda values: 0.03}
    printed = judged(1.02 * L, "printed", "signed", superseded_by="level", **terms)
    found = verify.check(claim(printed, judged(L, "level", "signed", **terms))).judgements[0]
    assert found.expected == expected


@pytest.mark.parametrize("family", [Equal, AtMost])
def test_a_mean_of_zero_is_refuted_by_draws_however_small(family):
    def tiny(values, **run):
        return {"level": 1e-17 * measure(values, **run)["level"]}

    assert verify.check(claim(family("level", NOTHING), measure=tiny)).verdict == "REFUTED"
