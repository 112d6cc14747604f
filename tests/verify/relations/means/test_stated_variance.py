"""A stated variance that draws exceed is refuted by them, and no verdict rests on it."""

import numpy as np
import pytest

import toy_claims
import verify
from toy_claims import judged
from verify.command_line.check import in_words
from verify.relations.means.limits import LimitTarget
from verify.relations.means.varied import UNDERSTATED, understated

RUNS, DRAWS, ALPHA = 400, 400, 0.05
VALUE = 3.0


def laws(rng, draws):
    """Of variance 1, one of them with rare values that carry most of it."""
    yield rng.normal(VALUE, 1, size=draws)
    yield rng.exponential(size=draws)
    yield rng.choice([-1.0, 1.0], size=draws)
    yield np.where(rng.random(draws) < 0.01, 10.0, 0.0) / np.sqrt(0.99)


def test_the_true_variance_is_refuted_in_no_more_than_a_share_alpha_of_runs():
    rng = np.random.default_rng(0)
    runs = [[understated(x, 1.0) for x in laws(rng, DRAWS)] for _ in range(RUNS)]
    wealth = np.logaddexp.reduce(runs, axis=-1) - np.log(np.shape(runs)[-1])
    assert ((wealth >= np.log(1 / ALPHA)).mean(axis=0) <= ALPHA).all()


def test_half_of_the_variance_is_refuted_and_pairs_are_within_a_block():
    x = np.random.default_rng(1).normal(VALUE, 1, size=801)
    assert np.logaddexp.reduce(understated(x, 0.5)) > np.log(2e6)
    np.testing.assert_array_equal(understated(x, 0.5), understated(x[:800], 0.5))
    assert not understated(x[:1], 0.5).any()


@pytest.mark.parametrize("off", [0.0, 0.2])
@pytest.mark.parametrize("relation", ["signed", "limit"])
def test_no_verdict_rests_on_a_variance_that_draws_have_refuted(relation, off):
    rng = np.random.default_rng(2)
    x = VALUE * (1 + off) + rng.normal(0, 1, size=20_000)
    terms = {"value": VALUE, "epsilon": 0.1, "alpha": 1e-6}
    if relation == "signed":
        honest, rash = (toy_claims.target("signed", variance=v, **terms) for v in (1.0, 0.5))
    else:
        x = np.stack([x, x, x], axis=1)
        honest, rash = (LimitTarget(finite_size=0.0, variance=v, **terms) for v in (1.0, 0.5))
    verdict = "REFUTED" if off else "CONFIRMED"
    found = honest.weigh(x)
    assert (honest.decide(found), honest.doubt(found)) == (verdict, None)
    found = rash.weigh(x)
    assert UNDERSTATED in found.wealth
    assert rash.decide(found) is None
    assert rash.doubt(found) == "draws vary more than the stated variance"


def test_it_is_told_beside_the_verdict():
    # A level of depth 9 has the variance 4; the statement says a tenth of that.
    said = judged(relation="signed", variance=lambda values: 0.405)
    (judgement,) = verify.check(toy_claims.claim(said, depths=(9,), margin=0.003)).judgements
    assert judgement.verdict in ("INCONCLUSIVE", "INFEASIBLE")
    told = "at depth = 9 draws vary more than the stated variance"
    assert judgement.doubt == judgement.summary()["doubt"] == told
    assert f"0 of 1 point decided: {told}" in in_words(judgement)
