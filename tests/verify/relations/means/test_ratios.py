"""The ratio of two means, which is not the mean of the ratio."""

from functools import partial

import numpy as np
import pytest

import toy_claims
import verify
from verify.command_line.check import in_words
from verify.relations import Ratio

W = 0.13


target = partial(
    toy_claims.target, relation="ratio", finite_size=0.01, variance=W * 6.0**2, scale=2.0
)


def pairs(ratio, runs, draws):
    """E B = 2; A and B share a factor, so that A - r B varies less than either."""
    rng = np.random.default_rng(0)
    shared = 2 * rng.gamma(5, 1 / 5, size=(runs, draws))
    b = shared * rng.gamma(20, 1 / 20, size=shared.shape)
    return np.stack([ratio * shared * rng.gamma(20, 1 / 20, size=shared.shape), b], axis=-1)


def spread(ratio):
    """Var(A - 3 B): of a factor of mean 2 and variance 4/5 times one given it."""
    return 4.8 * (ratio**2 + 9) / 20 + 0.8 * (ratio - 3) ** 2


def verdicts(ratio, judged, runs=40, draws=None):
    drawn = pairs(ratio, runs, draws or judged.plan())
    return [judged.decide(judged.weigh(run)) for run in drawn]


@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_true_ratio_is_confirmed_within_the_plan(side):
    judged = target()
    found = verdicts(3.0 * (1 + side * judged.finite_size), judged)
    assert found.count("CONFIRMED") >= 38
    assert "REFUTED" not in found


@pytest.mark.parametrize("side", [-1, 1])
def test_a_ratio_off_by_twice_the_gap_is_refuted_within_the_plan(side):
    assert set(verdicts(3.0 * (1 + side * 0.19), target())) == {"REFUTED"}


@pytest.mark.parametrize("slack", [-0.01, 0.0, 0.2, 3.0])
def test_a_bound_on_a_ratio_is_confirmed_within_the_plan_however_loose(slack):
    ratio = 3.0 * (1 + slack)
    judged = target(relation="ratio at least", variance=1.08 * spread(ratio))
    found = verdicts(ratio, judged)
    assert found.count("CONFIRMED") >= 38
    assert "REFUTED" not in found


def test_a_bound_on_a_ratio_is_refuted_from_below_alone():
    judged = target(relation="ratio at least")
    assert set(verdicts(3.0 * (1 - 0.19), judged)) == {"REFUTED"}
    wide = {"variance": 1.08 * spread(4.5)}
    judged, equal = target(relation="ratio at least", **wide), target(**wide)
    above = judged.weigh(pairs(4.5, 1, judged.plan())[0])
    left = judged.left(above)
    assert (left.low > 2.6, left.high) == (True, np.inf)
    assert equal.decide(equal.weigh(pairs(4.5, 1, judged.plan())[0])) == "REFUTED"
    # As a form it would have been refuted where it lies above what is left, and never below.
    assert judged.allowed(2.5).high == np.inf
    assert judged.altered(left, above) == {"at least → at most": "survived"}


@pytest.mark.parametrize("side", [-1, 1])
def test_the_refutable_error_is_refuted_more_often_than_not(side):
    judged = target()
    error = judged.detect(2000)
    assert verdicts(3.0 * (1 + side * error), judged, draws=2000).count("REFUTED") > 24


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_pilot_shows_the_variance_of_the_difference_whatever_the_scale(scale):
    drawn = pairs(3.3, 1, 128)[0]
    awaiting = target(variance=None, scale=scale)
    margin = (3.0, 3.0 * (1 - awaiting.epsilon), 3.0 * (1 + awaiting.epsilon))
    # Of A - r B, the largest that it has for a ratio r within the margin.
    variance = max(np.var(drawn[:, 0] - r * drawn[:, 1], ddof=1) for r in margin)
    assert awaiting.spread(awaiting.piloted(drawn)) == pytest.approx(variance)


@pytest.mark.parametrize(
    ("scale", "told"), [(0.2, False), (2.0, False), (6.0, False), (60.0, True)]
)
def test_a_scale_far_beyond_the_second_mean_is_told(scale, told):
    judged = target(scale=scale)
    for run in pairs(3.0, 20, 400):
        found = judged.doubt(judged.weigh(run[:250]) + judged.weigh(run[250:]))
        assert (found is not None) == told
        if told:
            assert found.startswith("draws show E B = ")
            assert found.endswith(", and the stated scale, 60, is far beyond it: state E B")


def shared(values, *, seed, first_network, networks, device):
    rngs = [
        np.random.default_rng([seed, k]) for k in range(first_network, first_network + networks)
    ]
    factors = [rng.gamma(20, 1 / 20, size=2) for rng in rngs]
    return {"level": np.array([(values["depth"] * one, two) for one, two in factors])}


@pytest.mark.parametrize("known", [{}, {"variance": lambda values: 1.0}], ids=["pilot", "stated"])
def test_a_scale_far_beyond_the_second_mean_is_named_in_the_verdict(known):
    said = Ratio("level", toy_claims.form(), scale=lambda values: 1000.0, **known)
    (found,) = verify.check(toy_claims.claim(said, measure=shared), depth=2).judgements
    assert found.verdict == "INCONCLUSIVE"
    assert found.doubt in found.sentence
    assert "the stated scale, 1000, is far beyond it: state E B" in in_words(found)


def test_the_mean_of_the_ratio_is_another_thing():
    # E[A/B] = 3 E[1/B'] E[B'] = 3 * 20/19, but it is E A / E B = 3 that is confirmed.
    drawn = pairs(3.0, 1, 20_000)[0]
    assert (drawn[:, 0] / drawn[:, 1]).mean() > 3.1
    judged = target(epsilon=0.03, finite_size=0.0)
    assert judged.decide(judged.weigh(drawn)) == "CONFIRMED"


def test_the_sample_reads_the_ratio():
    found = target().weigh(pairs(3.0, 1, 20_000)[0])
    assert found.mean == pytest.approx(3.0, abs=4 * found.standard_error)
    assert found.standard_error < 0.02


def test_signed_draws_are_welcome():
    judged = target(variance=2.0 * 6.0**2)
    rng = np.random.default_rng(0)
    draws = np.array([6.0, 2.0]) + rng.normal(size=(judged.plan(), 2)) * [6, 2]
    assert draws.min() < 0
    assert judged.decide(judged.weigh(draws)) == "CONFIRMED"


def test_a_negative_ratio_is_judged_as_its_mirror_image():
    draws = pairs(3.0, 1, 2000)[0]
    for value, epsilon in ((3.0, 0.1), (3.3, 0.1), (2.7, 0.1)):
        wide = {"epsilon": epsilon, "variance": 40.0}  # of A + 3 B too
        ours, mirrored = target(value=value, **wide), target(value=-value, **wide)
        one, other = ours.weigh(draws), mirrored.weigh(draws * [-1, 1])
        assert other.mean == pytest.approx(-one.mean)
        for name, bets in one.wealth.items():
            sides = {"above": "below", "below": "above"}
            mirror = "_".join(sides.get(word, word) for word in name.split("_"))
            np.testing.assert_allclose(bets, other.wealth[mirror], rtol=1e-12)
        # The same draws under the other sign are as wrong as can be.
        assert mirrored.decide(mirrored.weigh(draws)) == "REFUTED"


@pytest.mark.parametrize("draws", [np.ones(3), np.ones((3, 3))])
def test_draws_that_are_no_pairs_are_named(draws):
    with pytest.raises(ValueError, match="2 numbers"):
        target().weigh(draws)


@pytest.mark.parametrize(
    "terms",
    [{"variance": -1.0}, {"scale": 0.0}, {"scale": -1.0}, {"value": 0.0}, {"epsilon": 1.0}],
)
def test_a_ratio_that_cannot_be_judged_is_named(terms):
    (name,) = terms
    with pytest.raises(ValueError, match=rf"{name} = "):
        target(**terms)


def test_pairs_whose_second_mean_is_negative_are_refused():
    turned = -pairs(3.0, 1, 64)[0]
    with pytest.raises(ValueError, match="needs E B > 0: turn the signs of both"):
        target().weigh(turned)
    with pytest.raises(ValueError, match="needs E B > 0: turn the signs of both"):
        target().piloted(turned)
    either = np.random.default_rng(1).normal(size=(64, 2))
    target().weigh(either)
