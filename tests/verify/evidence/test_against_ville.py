"""Draws and verdicts beside those of the package `ville`, which knows nothing of this one.

`ville` has Bernoulli tests and bets on bounded variables at one false-alarm probability; both
judge the same draws.
"""

import numpy as np
import pytest

import toy_claims
import zoo
from verify.engine.sizes import size_of_block
from verify.evidence.accounting import ALPHA, BUDGETS

ville = pytest.importorskip("ville")

RUNS = 100
QUICK = BUDGETS["quick"]
CANDIDATES = 201
CHUNK = 500


def bernoulli(rng, mean, draws):
    return 1.0 * (rng.random(draws) < mean)


def uniform(rng, mean, draws):
    return rng.uniform(max(0, 2 * mean - 1), min(1, 2 * mean), size=draws)


def beta(rng, mean, draws):
    return rng.beta(0.5, 0.5 / mean - 0.5, size=draws)


def by_bernoulli_test(value, off, draw, most):
    """Draws after which the value is rejected, or None; `off` is the sign of the mean's error."""
    test = ville.BernoulliTest(value, ALPHA)
    while test.n_ < most:
        if stopped := test.update(draw(CHUNK)).stopping_time():
            return stopped
    return None


def by_betting(value, off, draw, most):
    """Draws after which the value, one of the candidates, is excluded, or None.

    An interval is wider by a candidate than what is excluded, hence the half step towards it.
    """
    step = -off / (CANDIDATES - 1) / 2
    sequence = ville.BettingCS(alpha=ALPHA, grid=CANDIDATES)
    while sequence.n_ < most:
        if stopped := sequence.update(draw(CHUNK)).excludes(value + step):
            return stopped
    return None


def ours(value, error, draw):
    target = toy_claims.target(value=value, epsilon=error, alpha=ALPHA, largest=1.0)
    return zoo.judge(target, draw, QUICK, size_of_block([(target, target.plan())], QUICK))


LAWS = [
    pytest.param(bernoulli, 0.3, 0.05, by_bernoulli_test, id="Bernoulli"),
    pytest.param(uniform, 0.5, 0.05, by_betting, id="uniform"),
    pytest.param(beta, 0.1, 0.2, by_betting, id="Beta"),
]


@pytest.mark.parametrize(("law", "value", "error", "theirs"), LAWS)
@pytest.mark.parametrize("off", [-1, 1])
def test_what_is_off_is_refuted_by_both_and_by_no_more_than_a_tenth_more_draws(
    law, value, error, theirs, off
):
    mean = value * (1 + off * error)
    found, beside = [], []
    for seed in range(RUNS):
        rngs = [np.random.default_rng(seed) for _ in range(2)]  # the same draws
        found.append(ours(value, error, lambda n, rng=rngs[0]: law(rng, mean, n)))
        beside.append(theirs(value, off, lambda n, rng=rngs[1]: law(rng, mean, n), 10**6))
    assert {one.verdict for one in found} == {"REFUTED"}
    assert None not in beside
    assert np.mean([one.draws for one in found]) <= 1.1 * np.mean(beside)


@pytest.mark.parametrize(
    ("law", "value", "theirs"), [(*one.values[:2], one.values[3]) for one in LAWS]
)
def test_what_is_true_is_refuted_by_neither(law, value, theirs):
    for seed in range(RUNS):
        rngs = [np.random.default_rng(seed) for _ in range(2)]
        found = ours(value, 0.25, lambda n, rng=rngs[0]: law(rng, value, n))
        assert found.verdict == "CONFIRMED"
        for off in (-1, 1):
            assert (
                theirs(value, off, lambda n, rng=rngs[1]: law(rng, value, n), found.draws) is None
            )
