"""The judge is judged: how often it errs on laws whose truth is known.

Every bound below is Ville's: at most alpha in expectation, over all looks at a run.  The seeds are
fixed, and mixtures over bets stay so far below alpha that the outcome is no matter of luck.
"""

import dataclasses
import math
import statistics
from functools import partial

import numpy as np
import pytest

import toy_claims
from verify.relations.means import non_negative

ALPHAS = (0.05, 1e-6)
FAR_FROM_NORMAL = {"width": 10, "depth": 50}


target = partial(toy_claims.target, value=1.0, epsilon=0.2, alpha=1.0)


def rates(draws, judged, looks):
    """For each alpha the shares of runs, along the leading axis, that are refuted and confirmed.

    A run is looked at after so many draws, and at its end.
    """
    found = {alpha: [] for alpha in ALPHAS}
    for run in draws:
        blocks = [judged.weigh(block) for block in np.split(run, looks)]
        for alpha, verdicts in found.items():
            at = dataclasses.replace(judged, alpha=alpha)
            verdicts.append(at.decide_in_order(blocks)[0])
    return {
        alpha: {name: verdicts.count(name) / len(draws) for name in ("REFUTED", "CONFIRMED")}
        for alpha, verdicts in found.items()
    }


# Laws of mean 1 ---------------------------------------------------------------------------------


def chi_square_product(depth):
    """The second moment of a linear network of width 10, by layers."""

    def law(rng, shape):
        # The product of so many chi-squares, drawn as the sum of their logarithms.
        return np.exp(np.log(rng.chisquare(10, size=(depth, *shape)) / 10).sum(axis=0))

    return pytest.param(law, 1.2**depth - 1, id=f"chi-square product to depth {depth}")


def lognormal(sigma):
    def law(rng, shape):
        return np.exp(sigma * rng.normal(size=shape) - sigma**2 / 2)

    return pytest.param(law, math.expm1(sigma**2), id=f"lognormal of sigma {sigma}")


def bernoulli(p):
    def law(rng, shape):
        return (rng.random(shape) < p) / p

    return pytest.param(law, (1 - p) / p, id=f"Bernoulli of {p}")


def outlier(p, height):
    """Once in 1/p draws an outlier of that height, else a little less than the mean."""
    low = (1 - p * height) / (1 - p)
    variance = p * height**2 + (1 - p) * low**2 - 1

    def law(rng, shape):
        return np.where(rng.random(shape) < p, height, low)

    return pytest.param(law, variance, id=f"outlier of {height} with probability {p}")


ZOO = [
    *map(chi_square_product, (1, 5, 20, 50)),
    *map(lognormal, (0.1, 0.5, 1.0, 2.0)),
    *map(bernoulli, (0.01, 0.1, 0.5, 0.9)),
    outlier(0.1, 5.0),
    outlier(0.01, 10.9),
    outlier(0.001, 500.0),
]
RUNS, DRAWS = 1000, 100


def check_false_alarms(draws, judged):
    found = rates(draws, judged, [draws.shape[1] // 2])
    assert found[0.05]["REFUTED"] <= 0.05
    assert found[1e-6]["REFUTED"] == 0


@pytest.mark.parametrize(("law", "w"), ZOO)
def test_a_true_mean_is_refuted_no_more_often_than_alpha(law, w):
    draws = law(np.random.default_rng(1), (RUNS, DRAWS))
    check_false_alarms(draws, target("equal", relative_variance=w))


def beta(rng, shape):
    return rng.beta(0.5, 4.5, size=shape)


@pytest.mark.parametrize(
    ("law", "mean"),
    [
        pytest.param(beta, 0.1, id="Beta"),
        pytest.param(lambda rng, shape: 1.0 * (rng.random(shape) < 0.1), 0.1, id="Bernoulli"),
        pytest.param(lambda rng, shape: rng.random(shape), 0.5, id="uniform"),
    ],
)
def test_a_true_mean_of_a_bounded_variable_is_refuted_no_more_often_than_alpha(law, mean):
    draws = law(np.random.default_rng(2), (RUNS, DRAWS))
    check_false_alarms(draws, target("equal", value=mean, largest=1.0))


@pytest.mark.parametrize("violation", [0.01, 0.1, 0.5])
def test_a_true_violation_probability_is_refuted_no_more_often_than_alpha(violation):
    draws = np.where(np.random.default_rng(3).random((RUNS, DRAWS)) < violation, 2.0, 0.5)
    check_false_alarms(draws, target("always at most", but_for=violation))


@pytest.mark.parametrize("columns", [2, 5])
def test_a_ranking_of_equals_is_neither_refuted_nor_confirmed_more_often_than_alpha(columns):
    draws = np.random.default_rng(4).normal(size=(RUNS, DRAWS, columns))
    found = rates(draws, target("order"), [DRAWS // 2])
    for verdict in ("REFUTED", "CONFIRMED"):
        assert found[0.05][verdict] <= 0.05
        assert found[1e-6][verdict] == 0


def pairs(rng, shape, ratio):
    """A of the mean `ratio` times that of B, which is 2; the two are correlated."""
    shared = rng.gamma(5, 1 / 5, size=shape)
    b = 2 * shared * rng.gamma(20, 1 / 20, size=shape)
    a = 2 * ratio * shared * rng.gamma(20, 1 / 20, size=shape)
    return np.stack([a, b], axis=-1)


PAIR_VARIANCE = 2 * 1.2 / 20 * 6**2
"""Var(A - r B) = (r E B)^2 E shared^2 (1/20 + 1/20); at ratios off by a tenth, 2 % more."""


def test_a_true_ratio_is_refuted_no_more_often_than_alpha():
    draws = pairs(np.random.default_rng(5), (RUNS, DRAWS), ratio=3.0)
    judged = target("ratio", value=3.0, variance=PAIR_VARIANCE, scale=2.0)
    check_false_alarms(draws, judged)


SIZES = (10.0, 20.0, 40.0)


def power_law(rng, shape, exponent, w, sizes=SIZES):
    """Gamma variables of means 3 n^exponent and relative variance w."""
    means = 3 * np.array(sizes) ** exponent
    return means * rng.gamma(1 / w, w, size=(*shape, len(sizes)))


def exponent_target(exponent, w, **terms):
    guess = tuple(2.5 * n**exponent for n in SIZES)
    return target(
        "exponent", value=exponent, sizes=SIZES, scale=guess, relative_variance=w, **terms
    )


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 2.0])
def test_a_true_exponent_is_refuted_no_more_often_than_alpha(exponent):
    draws = power_law(np.random.default_rng(6), (RUNS, 40), exponent, w=0.05)
    check_false_alarms(draws, exponent_target(exponent, w=0.05))


# Off by exactly epsilon -------------------------------------------------------------------------

EPSILON = 0.1
OFF_RUNS = 250


def check_not_confirmed(draw, judged):
    """`draw` gives runs off by epsilon: each is looked at when the plan of either alpha is met."""
    looks = [math.ceil(dataclasses.replace(judged, alpha=alpha).plan()) for alpha in ALPHAS]
    draws = draw(np.random.default_rng(7), (OFF_RUNS, 2 * looks[-1]))
    found = rates(draws, judged, looks)
    assert found[0.05]["CONFIRMED"] <= 0.05
    assert found[1e-6]["CONFIRMED"] == 0


@pytest.fixture
def one_rung(monkeypatch):
    """Rungs tell where the mean of a bound lies and decide nothing: one is as good as all."""
    monkeypatch.setattr(non_negative, "RUNGS", 1)


@pytest.mark.usefixtures("one_rung")
@pytest.mark.parametrize(
    ("relation", "side"), [("equal", -1), ("equal", 1), ("at most", 1), ("at least", -1)]
)
def test_a_mean_off_by_epsilon_is_not_confirmed(relation, side):
    def gamma(rng, shape):
        return (1 + side * EPSILON) * rng.gamma(50, 1 / 50, size=shape)

    judged = target(relation, epsilon=EPSILON, relative_variance=1 / 50)
    check_not_confirmed(gamma, judged)


@pytest.mark.usefixtures("one_rung")
@pytest.mark.parametrize(
    ("relation", "side"), [("equal", -1), ("equal", 1), ("at most", 1), ("at least", -1)]
)
def test_a_mean_of_a_bounded_variable_off_by_epsilon_is_not_confirmed(relation, side):
    def binomial(rng, shape):
        return rng.binomial(20, 0.5 * (1 + side * EPSILON), size=shape) / 20

    judged = target(relation, value=0.5, epsilon=EPSILON, largest=1.0, relative_variance=1 / 20)
    check_not_confirmed(binomial, judged)


@pytest.mark.parametrize("violation", [0.0, 0.05])
@pytest.mark.parametrize("relation", ["always at most", "always at least"])
def test_a_bound_that_fails_too_often_by_epsilon_is_not_confirmed(relation, violation):
    def searches(rng, shape):
        fails = rng.random(shape) < violation + EPSILON
        return np.where(fails == (relation == "always at most"), 2.0, 0.5)

    judged = target(relation, epsilon=EPSILON, but_for=violation)
    check_not_confirmed(searches, judged)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_ratio_off_by_epsilon_is_not_confirmed(side):
    judged = target("ratio", value=3.0, epsilon=EPSILON, variance=1.05 * PAIR_VARIANCE, scale=2.0)
    ratio = 3.0 * (1 + side * EPSILON)
    check_not_confirmed(lambda rng, shape: pairs(rng, shape, ratio), judged)


@pytest.mark.parametrize("side", [-1, 1])
def test_an_exponent_off_by_epsilon_is_not_confirmed(side):
    w, judged = 0.005, exponent_target(2.0, w=0.005, epsilon=0.2)
    check_not_confirmed(lambda rng, shape: power_law(rng, shape, 2 + side * 0.2, w), judged)


# Why not a z-test -------------------------------------------------------------------------------


def test_a_z_test_refutes_true_means_of_products_a_hundred_thousand_times_too_often():
    rng, draws = np.random.default_rng(8), 1000
    log_draws = np.zeros((RUNS // 4, draws))
    for _ in range(FAR_FROM_NORMAL["depth"]):
        log_draws += np.log(rng.chisquare(FAR_FROM_NORMAL["width"], size=log_draws.shape))
    x = np.exp(log_draws - FAR_FROM_NORMAL["depth"] * math.log(FAR_FROM_NORMAL["width"]))
    z = (x.mean(axis=1) - 1) / (x.std(axis=1, ddof=1) / math.sqrt(draws))
    critical = statistics.NormalDist().inv_cdf(1 - 1e-6 / 2)
    assert np.mean(np.abs(z) > critical) > 0.1
    assert not np.any(z > critical)  # always from below: the sample variance cannot see the tail
