"""Growth exponents by simultaneous confidence bands, without a regression."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import gammaincinv

import toy_claims
import verify
from verify.relations import PowerLaw, exponents

SIZES = (10.0, 20.0, 40.0, 80.0)
W = 0.01


def target(value=2.0, **terms):
    usual = {"sizes": SIZES, "scale": tuple(5 * size**value for size in SIZES)}
    usual |= {"epsilon": 0.2, "finite_size": 0.01, "relative_variance": W}
    return toy_claims.target("exponent", value, **{**usual, **terms})


def rows(mean, draws, runs=1, w=W):
    means = np.array([mean(size) for size in SIZES])
    rng = np.random.default_rng(0)
    return means * rng.gamma(1 / w, w, size=(runs, draws, len(SIZES)))


def verdicts(mean, judged, runs=20, draws=None):
    drawn = rows(mean, draws or judged.plan(), runs)
    return [judged.decide(judged.weigh(run)) for run in drawn]


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("constant", [3.0, 5.0, 8.0])
def test_a_true_exponent_is_confirmed_whatever_the_constant(exponent, constant):
    found = verdicts(lambda n: constant * n**exponent, target(exponent))
    assert set(found) == {"CONFIRMED"}


def test_the_stated_remainder_is_granted():
    def bent(n):
        return 5 * n**2 * (1.009 if n == 10 else 0.991)

    assert set(verdicts(bent, target())) == {"CONFIRMED"}


@pytest.mark.parametrize("side", [-1, 1])
def test_an_exponent_off_by_the_refutable_error_is_refuted(side):
    judged = target()
    draws = judged.plan()
    exponent = 2 + side * judged.detect(draws)
    found = verdicts(lambda n: 5 * (n / 28) ** exponent * 28**2, judged, draws=draws)
    assert found.count("REFUTED") > 12


def test_a_law_that_is_no_power_is_refuted_as_such():
    # Its mean slope is 2, so that no slope alone gives it away.
    judged = target()
    (drawn,) = rows(lambda n: 5 * n**2 * (2.0 if n in (20, 40) else 1.0), 4000)
    evidence = judged.weigh(drawn)
    assert judged.interval(evidence) is None
    assert judged.decide(evidence) == "REFUTED"


def test_bands_hold_the_true_means_and_narrow():
    judged = target()
    logs = np.log([5 * n**2 for n in SIZES])
    widths = []
    for draws in (50, 500, 5000):
        lower, upper = judged.bands(judged.weigh(rows(lambda n: 5 * n**2, draws)[0]))
        assert np.all(lower <= logs)
        assert np.all(logs <= upper)
        widths.append((upper - lower).max())
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("draws", [60, 300, 3000])
def test_the_interval_is_the_projection_of_the_linear_programme(draws):
    judged = target()
    evidence = judged.weigh(rows(lambda n: 4 * n**2.03, draws)[0])
    lower, upper = judged.bands(evidence)
    lower, upper = lower - math.log(1.01), upper - math.log(0.99)
    lines = np.column_stack([np.ones(4), np.log(SIZES)])
    programme = {
        "A_ub": np.concatenate([lines, -lines]),
        "b_ub": np.concatenate([upper, -lower]),
        "bounds": (None, None),
    }
    ends = [linprog((0, sign), **programme).x[1] for sign in (1, -1)]
    assert judged.interval(evidence) == pytest.approx(ends, abs=1e-9)


def test_without_a_variance_there_is_no_upper_end():
    judged = target(relative_variance=None)
    evidence = judged.weigh(rows(lambda n: 5 * n**2, 5000)[0])
    lower, upper = judged.bands(evidence)
    assert np.all(np.isfinite(lower))
    assert np.all(np.isposinf(upper))
    assert judged.interval(evidence) == (-math.inf, math.inf)
    assert judged.decide(evidence) is None
    assert judged.plan() == math.inf
    assert judged.detect(5000) is None


def test_a_law_without_either_is_not_judged_and_told_why(caplog):
    said = PowerLaw("level", 2, sizes=lambda values: SIZES, scale=lambda values: SIZES)
    (judgement,) = verify.check(toy_claims.claim(said)).judgements
    assert (judgement.verdict, judgement.networks) == ("INCONCLUSIVE", 0)
    (told,) = caplog.messages
    assert "not judged at 2 of 2 points; at depth=2, it states neither a bound on the" in told
    known = replace(said, largest=lambda values: 1e5)
    assert known.silence(toy_claims.point({"depth": 2})) is None


def test_a_sure_upper_end_stands_in_for_a_variance():
    # Shares of n units that are active: a mean of 1/2 at every size.
    judged = target(
        0.0, epsilon=0.1, relative_variance=None, largest=1.0, scale=(0.5,) * 4, finite_size=0.0
    )
    shares = np.random.default_rng(0).beta(5, 5, size=(4000, 4))
    assert judged.decide(judged.weigh(shares)) == "CONFIRMED"
    tilted = shares * np.array([1.0, 0.8, 0.64, 0.512])
    assert judged.decide(judged.weigh(tilted)) == "REFUTED"


@pytest.fixture
def no_ladder(monkeypatch):
    """Rungs next to the guess alone: what is told of the spread does not depend on them."""
    monkeypatch.setattr(exponents, "RUNGS", 1)
    monkeypatch.setattr(exponents, "REACH", 0.0)


@pytest.mark.usefixtures("no_ladder")
@pytest.mark.parametrize(("stated", "told"), [(1.0, False), (1.5, False), (0.5, True)])
def test_draws_that_vary_more_than_is_stated_are_told(stated, told):
    judged = target(relative_variance=stated * W, scale=tuple(8 * size**2 for size in SIZES))
    for drawn in rows(lambda n: 5 * n**2, 2000, runs=20):
        doubts = judged.doubt(judged.weigh(drawn[:1200]) + judged.weigh(drawn[1200:]))
        assert doubts == ("draws vary more than the stated variance" if told else None)


@pytest.mark.usefixtures("no_ladder")
def test_a_heavy_tail_of_the_stated_variance_is_not_told():
    normal = np.random.default_rng(1).normal(size=(200, 500, len(SIZES)))
    judged = target(0.0, relative_variance=math.e - 1, scale=(1.0,) * 4)
    for drawn in np.exp(normal - 0.5):
        assert judged.doubt(judged.weigh(drawn)) is None


def gammas(values, *, seed, first_network, networks, device):
    stream = np.random.PCG64(seed).advance(first_network * len(SIZES))
    uniform = np.random.Generator(stream).random((networks, len(SIZES)))
    return {"level": 0.5 * gammaincinv(2, uniform) * SIZES}


def test_an_understated_variance_is_named_in_the_verdict():
    said = PowerLaw(
        "level", 1, sizes=lambda values: SIZES, scale=lambda values: SIZES,
        relative_variance=lambda values: 0.02,
    )  # fmt: skip
    (judgement,) = verify.check(toy_claims.claim(said, measure=gammas), depth=2).judgements
    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.doubt == "at depth = 2 draws vary more than the stated variance"
    assert judgement.doubt in judgement.sentence


def test_evidence_of_blocks_adds_up_to_that_of_the_whole():
    (drawn,) = rows(lambda n: 5 * n**2, 9000)
    whole = target().weigh(drawn)
    parts = target().weigh(drawn[:1000]) + target().weigh(drawn[1000:])
    for end in ("low", "high"):
        # But for 12 binary digits, to which each block is rounded down.
        np.testing.assert_allclose(parts.wealth[end], whole.wealth[end], rtol=0.01, atol=0.1)
    assert whole.mean == pytest.approx(2, abs=0.01)


def test_what_is_shown_is_the_exponent_between_the_mean_of_the_first_and_of_the_last_size():
    # Counts of mean n/20: half of the first column is 0, whose logarithm no draw could show.
    judged = target(1.0, scale=tuple(size / 20 for size in SIZES))
    counts = np.random.default_rng(0).poisson(np.array(SIZES) / 20, (4000, 4)).astype(float)
    evidence = judged.weigh(counts)
    means = counts.mean(axis=0)
    assert evidence.mean == pytest.approx(math.log(means[-1] / means[0]) / math.log(8))
    spread = math.sqrt((1 / 0.5 + 1 / 4) / 4000) / math.log(8)  # of Poisson counts
    assert evidence.standard_error == pytest.approx(spread, rel=0.1)


def test_columns_of_zeros_are_shown_as_numbers():
    evidence = target().weigh(np.zeros((16, 4)))
    assert math.isfinite(evidence.mean)
    assert math.isfinite(evidence.standard_error)


@pytest.mark.parametrize("draws", [np.ones(4), np.ones((5, 3))])
def test_draws_of_other_sizes_are_named(draws):
    with pytest.raises(ValueError, match="4 numbers"):
        target().weigh(draws)


@pytest.mark.parametrize(
    "terms",
    [{"sizes": (10.0,)}, {"sizes": (10.0, 10.0, 20.0, 40.0)}, {"sizes": (0.0, 1.0, 2.0, 3.0)},
     {"scale": (1.0, 2.0)}, {"scale": (1.0, 1.0, 1.0, 0.0)}, {"epsilon": 0.0},
     {"finite_size": 1.0}],
)  # fmt: skip
def test_a_power_law_that_cannot_be_judged_is_named(terms):
    (name,) = terms
    with pytest.raises(ValueError, match=rf"{name} = .*must"):
        target(**terms)
