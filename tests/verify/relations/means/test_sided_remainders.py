"""A remainder that lies on one side of the form alone leaves the other as sharp as without any."""

import json

import numpy as np
import pytest

import verify
from toy_claims import target
from verify import Equal, Exactly, Reals, SignedEqual, claim
from verify.errors import UsageError
from verify.relations.means.signed import SignedTarget
from verify.relations.target import Target

ABOVE = {"finite_size": 0.05, "sides": (0.0, 0.05)}
TERMS = {"epsilon": 0.1, "alpha": 1e-6}


def verdict(judged, mean):
    draws = np.random.default_rng(0).normal(mean, 0.01, size=4000)
    return judged.decide(judged.weigh(draws))


@pytest.mark.parametrize(
    ("sides", "found"),
    [
        (None, ["CONFIRMED", "CONFIRMED", "CONFIRMED", "REFUTED"]),
        ((0.0, 0.05), ["REFUTED", "CONFIRMED", "CONFIRMED", "REFUTED"]),
        ((0.05, 0.0), ["CONFIRMED", "CONFIRMED", "REFUTED", "REFUTED"]),
        ((0.01, 0.05), ["REFUTED", "CONFIRMED", "CONFIRMED", "REFUTED"]),
    ],
)
def test_a_mean_is_refuted_on_the_side_where_no_remainder_lies(sides, found):
    judged = target(value=1.0, finite_size=0.05, sides=sides, relative_variance=1e-3)
    assert [verdict(judged, mean) for mean in (0.97, 1.0, 1.03, 1.08)] == found


@pytest.mark.parametrize("value", [1.0, -1.0])
@pytest.mark.parametrize("unit", [None, 1.0])
def test_below_and_above_are_those_of_numbers_whatever_their_sign(value, unit):
    judged = SignedTarget(value=value, unit=unit, variance=1e-3, **TERMS, **ABOVE)
    assert verdict(judged, value - 0.03) == "REFUTED"
    assert verdict(judged, value + 0.03) == "CONFIRMED"


@pytest.mark.parametrize("value", [1.0, -1.0])
@pytest.mark.parametrize("unit", [None, 1.0])
def test_a_formula_just_within_what_would_be_caught_is_not_missed(value, unit):
    judged = SignedTarget(value=value, unit=unit, variance=1e-3, **TERMS, **ABOVE)
    left = judged.left(judged.weigh(np.random.default_rng(0).normal(value, 0.01, size=4000)))
    size = judged.detectable(left)
    off = [value - s * size for s in (-1.001, 1.001)]
    assert all(judged.allowed(one).misses(left) for one in off)
    assert not all(judged.allowed(value + 0.98 * (one - value)).misses(left) for one in off)


def test_a_bound_has_the_remainder_of_its_side():
    judged = target("at most", value=1.0, relative_variance=1e-3, finite_size=0.05, sides=(0.05, 0))
    assert verdict(judged, 1.03) == "REFUTED"
    judged = target("at most", value=1.0, relative_variance=1e-3, **ABOVE)
    assert verdict(judged, 1.03) == "CONFIRMED"


def test_a_target_with_sides_comes_back_from_a_ledger():
    judged = target(value=1.0, relative_variance=1e-3, **ABOVE)
    assert Target.from_dict(json.loads(json.dumps(judged.as_dict()))) == judged


def shifted(shift, remainder, **terms):
    def simulate(generator, scale):
        return scale * (1 + shift) * generator.uniform(0.9, 1.1)

    made = claim(
        "notes2026/shift", "scale", scale=Reals(1, 2), within=0.05, remainder=remainder, **terms
    )
    return made(simulate)


@pytest.mark.parametrize("says", [Equal, SignedEqual])
def test_a_claim_states_a_remainder_below_and_above(says):
    for shift, remainder, expected in [
        (0.02, (0, 0.02), "CONFIRMED"),
        (0.02, (0.02, 0), "REFUTED"),
        (-0.02, (0.02, 0), "CONFIRMED"),
        (-0.02, (0, 0.02), "REFUTED"),
    ]:
        judged = shifted(shift, lambda at, pair=remainder: pair, says=says)
        assert verify.check(judged, scale=1.5).verdict == expected


def test_what_is_no_pair_of_remainders_is_refused():
    for remainder, reason in [
        ((0, -0.1), r"remainder = \(0.0, -0.1\): must be >= 0"),
        ((0, 0.1, 0.2), r"remainder = \(0, 0.1, 0.2\): must be a number, or a pair"),
        ((0, "much"), "remainder = 'much': must be a number"),
    ]:
        with pytest.raises(UsageError, match=reason):
            verify.check(shifted(0, lambda at, found=remainder: found), scale=1.5)
    exactly = shifted(0, lambda at: (0, 0.1), says=Exactly)
    with pytest.raises(UsageError, match=r"remainder = \(0, 0.1\): must be a number$"):
        verify.check(exactly, scale=1.5)
