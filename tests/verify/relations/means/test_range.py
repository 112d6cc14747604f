"""Means at and beyond the ends of what a quantity can be: 0, and a sure upper end."""

import numpy as np
import pytest

import verify
from toy_claims import L, claim, form, judged, measure
from verify.relations import AtLeast, AtMost, Equal, SignedEqual
from verify.relations.means.non_negative import MeanTarget, OutOfRangeTarget
from verify.relations.target import Target

ALPHA = 1e-6
SHARE = 1 - 3.0**-L
"""A share that comes near 1: 0.67, 0.89, 0.96, 0.99, ..., 1 - 2e-10 at a depth of 20."""


def shares(values, *, seed, first_network, networks, device):
    """Successes of that share, one a network; `off` is by how much more often they fail."""
    failing = 3.0 ** -values["depth"] + values.get("off", 0.0)
    drawn = [
        np.random.default_rng([seed, network]).random() >= failing
        for network in range(first_network, first_network + networks)
    ]
    return {"share": np.array(drawn, dtype=float)}


def of_share(family=Equal, expression=SHARE, **terms):
    return family("share", form(expression, "share"), largest=lambda values: 1.0, **terms)


def check_shares(says, depths, off=0.0, **terms):
    toy = claim(says, measure=shares, depths=depths, margin=0.06, setting={"off": off}, **terms)
    return verify.check(toy).judgements[0]


def constant(values, **run):
    return {"level": values["depth"] + 0 * measure(values, **run)["level"]}


# A sure upper end -----------------------------------------------------------------------------


def test_a_share_near_one_is_confirmed_and_one_that_fails_too_often_refuted():
    right = check_shares(of_share(), (1, 3, 20))
    assert [trial.verdict for trial in right.trials] == 3 * ["CONFIRMED"]
    assert max(trial.evidence.draws for trial in right.trials) < 20_000
    wrong = check_shares(of_share(), (3, 20), off=0.1)
    assert [trial.verdict for trial in wrong.trials] == 2 * ["REFUTED"]


@pytest.mark.parametrize("value", [0.95, 0.99, 1.0])
@pytest.mark.parametrize("off", [-0.06, -0.03, 0.0])
def test_false_verdicts_near_a_sure_upper_end_are_rare(value, off):
    alpha, runs = 0.05, 300
    target = MeanTarget(value=value, epsilon=0.06, finite_size=0.0, alpha=alpha, largest=1.0)
    assert target.ends_within
    rng = np.random.default_rng(0)
    false = "CONFIRMED" if off == -0.06 else "REFUTED" if off == 0 else None
    found = []
    for draws in (rng.random((runs, 2000)) < value * (1 + off)).astype(float):
        blocks = [target.weigh(block) for block in np.array_split(draws, 8)]
        found.append(target.decide_in_order(blocks)[0])
    assert found.count(false) <= alpha * runs if false else "CONFIRMED" in found


def test_what_is_known_of_a_mean_near_a_sure_upper_end_is_that_it_lies_below():
    target = MeanTarget(value=1.0, epsilon=0.06, finite_size=0.0, alpha=ALPHA, largest=1.0)
    left = target.left(target.weigh(np.ones(4000)))
    assert (left.low, left.high) == (0.94, 1.0)
    assert target.detect(4000) < 0.06


def test_a_bound_near_a_sure_upper_end_is_judged_within_the_room_that_it_leaves():
    # Within 6 % of 0.97 lies all that a share can be: that would confirm any such bound.
    bound = of_share(AtMost, 0.97 + 0 * L)
    held, broken = (check_shares(bound, (20,), off).trials[0] for off in (0.03, 0.01))
    assert held.verdict == "CONFIRMED"
    assert held.target.epsilon == pytest.approx((1 / 0.97 - 1) / 2)
    assert broken.verdict == "REFUTED"


def test_a_bound_beyond_a_sure_upper_end_is_said_to_be_true_of_all(caplog):
    judgement = check_shares(of_share(AtMost, 1 + 3.0**-L), (1, 2))
    assert not judgement.trials
    assert "at depth=1, that a mean is at most 1.33333 is true of all that is at most 1" in (
        caplog.text
    )


@pytest.mark.parametrize("family", [Equal, AtLeast])
def test_what_exceeds_a_sure_upper_end_is_refuted_there_and_judged_elsewhere(family):
    judgement = check_shares(of_share(family, L * SHARE / 2), (1, 2, 3))
    assert [type(trial.target) for trial in judgement.trials] == [
        MeanTarget, MeanTarget, OutOfRangeTarget
    ]  # fmt: skip
    assert judgement.trials[-1].verdict == "REFUTED"
    assert 0 < judgement.trials[-1].estimate <= 1


# Below 0 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [Equal, AtMost])
@pytest.mark.parametrize("doubled", [(), ("width",)])
def test_what_is_negative_for_a_quantity_that_never_is_is_refuted_there(family, doubled):
    says = family("level", form(L - 3.5, "low"))
    judgement = verify.check(claim(says, depths=(1, 3), doubled=doubled)).judgements[0]
    assert [trial.verdict for trial in judgement.trials] == 2 * ["REFUTED"]
    assert judgement.counterexample.parameters == {"depth": 1}
    assert judgement.counterexample.theory == -2.5
    assert judgement.counterexample.estimate == pytest.approx(1, rel=0.3)
    assert judgement.smallest_detectable_error is None


def test_draws_below_zero_are_told_and_refute_no_negative_mean():
    target = OutOfRangeTarget(value=-0.5, epsilon=0.06, finite_size=0.0, alpha=ALPHA)
    assert Target.from_dict(target.as_dict()) == target
    with pytest.raises(ValueError, match=r"-0.1 is negative; this procedure needs X >= 0"):
        target.weigh(np.array([0.2, -0.1]))
    with pytest.raises(ValueError, match=r"value = 0.5: must be out of range"):
        OutOfRangeTarget(value=0.5, epsilon=0.06, finite_size=0.0, alpha=ALPHA)


def test_a_negative_bound_from_below_is_said_to_be_true_and_judged_where_it_is_positive(caplog):
    says = AtLeast("level", form(L - 2.5, "low"))
    judgement = verify.check(claim(says, depths=(2, 3, 4))).judgements[0]
    assert [trial.point.parameters["depth"] for trial in judgement.trials] == [3, 4]
    assert judgement.verdict == "CONFIRMED"
    assert "at depth=2, that a mean is at least -0.5 is true of all that is never negative" in (
        caplog.text
    )


# No variance ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1, "CONFIRMED"), (1.2, "REFUTED"), (0.8, "REFUTED")]
)
@pytest.mark.parametrize("family", [Equal, SignedEqual])
def test_a_stated_variance_of_zero_is_that_of_a_constant(family, factor, verdict):
    nothing = "variance" if family is SignedEqual else "relative_variance"
    says = family("level", form(factor * L), **{nothing: lambda values: 0.0})
    judgement = verify.check(claim(says, measure=constant)).judgements[0]
    assert [trial.verdict for trial in judgement.trials] == 2 * [verdict]
    assert max(trial.evidence.draws for trial in judgement.trials) < 200


def test_a_mean_that_a_wrong_variance_of_zero_is_stated_of_is_not_confirmed():
    says = judged(relative_variance=lambda values: 0.0)
    assert verify.check(claim(says)).verdict == "INCONCLUSIVE"
