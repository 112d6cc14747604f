"""A bound that is confirmed says how tight it was where it was tightest."""

import pytest

import toy_claims
import verify
from toy_claims import L, judged
from verify.command_line.check import in_words

DEPTHS = (2, 3, 7)


def check(statement, **terms):
    claim = toy_claims.claim(statement, depths=DEPTHS, **terms)
    (judgement,) = verify.check(claim).judgements
    return judgement


# The level is the depth: its share of these bounds is nearest to 1 at another depth each.
@pytest.mark.parametrize(
    ("relation", "bound", "depth"),
    [
        ("at most", L + 1, 7),
        ("at most", L**2 + 1, 2),
        ("at least", L - 1, 7),
        ("at least", L / (1 + L / 10), 2),
    ],
)
def test_a_bound_of_a_mean_is_tightest_where_the_mean_is_nearest_to_it(relation, bound, depth):
    judgement = check(judged(bound, "bound", relation))
    found = judgement.tightest
    assert judgement.verdict == "CONFIRMED"
    assert found.parameters == {"depth": depth}
    share = depth / float(bound.subs(L, depth))
    assert found.share == pytest.approx(share, rel=0.1)
    assert found.low <= share <= found.high
    assert found.low <= found.share <= found.high


def test_it_is_told_where_the_verdict_is():
    judgement = check(judged(L + 1, "bound", "at most"))
    found = judgement.tightest
    said = f"at its tightest the quantity was {found.share:.3f}".rstrip("0")
    assert said in in_words(judgement)
    assert said in judgement.sentence
    assert in_words(judgement).count("at depth = 7") == 1
    assert judgement.summary()["tightest"] == {
        "share": found.share, "low": found.low, "high": found.high, "parameters": {"depth": 7},
        "quantile": False,
    }  # fmt: skip


def test_a_bound_on_every_draw_is_as_tight_as_the_worst_draw():
    judgement = check(judged(4 * L, "bound", "always at most"))
    shares = {
        trial.point.parameters["depth"]: trial.evidence.greatest for trial in judgement.counted
    }
    found = judgement.tightest
    assert judgement.verdict == "CONFIRMED"
    assert found.share == found.low == pytest.approx(max(shares.values()), rel=1e-12)
    assert found.parameters["depth"] == max(shares, key=shares.get)
    assert found.high is None  # no search shows that another finds no more


@pytest.mark.parametrize(
    ("relation", "bound"), [("always at most", 4 * L), ("always at least", L / 4)]
)
def test_of_a_bound_that_may_fail_the_extreme_is_told_and_its_quantile(relation, bound):
    judgement = check(judged(bound, "bound", relation, but_for=lambda values: 0.2))
    found = judgement.tightest
    extreme = max if relation == "always at most" else min
    side = "greatest" if relation == "always at most" else "least"
    shares = [getattr(trial.evidence, side) for trial in judgement.counted]
    assert judgement.verdict == "CONFIRMED"
    assert found.quantile
    assert found.share == extreme(shares)
    level = 1.18 if relation == "always at most" else 0.81  # of gamma's quantiles over the mean
    assert found.low < level / (4 if relation == "always at most" else 1 / 4) < found.high
    assert "the most extreme draw was" in in_words(judgement)
    assert "times the bound and its quantile" in in_words(judgement)


def test_an_equality_bounds_nothing_and_a_bound_that_fails_is_not_tight():
    assert check(judged()).tightest is None
    broken = check(judged(L / 2, "bound", "at most"))
    assert (broken.verdict, broken.tightest) == ("REFUTED", None)
    assert broken.summary()["tightest"] is None
