"""The judge is judged where a pilot measures the variance: 100 runs a law (`make calibrate`: 2000).

Laws of two values are judged without chance, too: the probability of each verdict is summed over
all counts of the rarer value, of the pilot and of every block.
"""

import math

import numpy as np
import pytest
from scipy.stats import binom

import toy_claims
import zoo
from verify.engine.executors import InProcess
from verify.engine.run import Run
from verify.engine.schedule import run
from verify.evidence import Evidence
from verify.evidence.accounting import BUDGETS
from verify.evidence.pilot import PILOT_DRAWS, Pilot
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations.said import spoken

RUNS = 100


# A Bernoulli variable of 0.001 alone takes as long as all others: left to `make calibrate`.
@pytest.mark.parametrize("name", [name for name in zoo.ZOO if name != "Bernoulli of 0.001"])
def test_verdicts_err_no_more_often_than_alpha(name):
    often, rarely = zoo.ALPHAS
    assert zoo.row(name, often, RUNS).within_share
    verdicts = [one.verdict for one in zoo.judged(zoo.ZOO[name], rarely, "true", RUNS)]
    assert "REFUTED" not in verdicts
    assert verdicts.count("CONFIRMED") >= 0.9 * RUNS  # it errs seldom, but not by saying nothing


def test_the_zoo_is_judged_as_a_point_is():
    """Pilot, blocks and verdict of the zoo's own loop are those of the engine."""
    claim = toy_claims.claim(toy_claims.judged(relative_variance=None), depths=(2,))
    (point,) = points(claim, BUDGETS["quick"])
    with Ledger() as ledger:
        one = Run(claim, spoken(claim.says, [point]), BUDGETS["quick"], 0, "cpu", ledger)
        (trial,) = one.trials
        run([one], InProcess(), lambda _: None)

    drawn = iter([one._pilot_seed, *[one.seed] * 10_000])
    first = iter([0, *range(0, 10**6, one.block_size)])

    def draw(networks):
        terms = {"seed": next(drawn), "first_network": next(first), "networks": networks}
        return toy_claims.measure(point.values, device="cpu", **terms)["level"]

    target = claim.says[0].target(point, trial.target.alpha)
    found = zoo.judge(target, draw, BUDGETS["quick"], one.block_size)
    assert found == zoo.Judged(trial.verdict, trial.evidence.draws)


# Without chance ---------------------------------------------------------------------------------


NEGLECTED = 1e-4
"""The chance of a count, in units of alpha, below which it is passed over."""


def counted(weighed, values, counts):
    """The evidence of so many draws of each of two values, given that of one draw of each."""
    draws = sum(counts)
    mean = float(np.dot(counts, values)) / draws
    squares = sum(count * (value - mean) ** 2 for count, value in zip(counts, values, strict=True))
    wealth = {
        name: sum(
            count * one.wealth[name] for count, one in zip(counts, weighed, strict=True) if count
        )
        for name in weighed[0].wealth
    }
    return Evidence(draws, mean, squares, 0.0, 0.0, wealth)


def probability(verdict, target, values, p, blocks):
    """That of reaching a verdict within so many blocks, an eighth of the floor each."""
    total = 0.0
    size = math.ceil(target.least_draws / 8)
    steps = binom.pmf(np.arange(size + 1), size, p)
    steps = steps[: np.nonzero(steps > 1e-20)[0].max() + 1]
    for high in range(PILOT_DRAWS + 1):
        chance = binom.pmf(high, PILOT_DRAWS, p)
        if chance < NEGLECTED * target.alpha:
            continue
        pilot = np.repeat(values, [PILOT_DRAWS - high, high])
        piloted = target.with_pilot(Pilot.of(pilot))
        weighed = [piloted.weigh(np.array([value])) for value in values]
        open_runs = np.ones(1)
        for block in range(1, blocks + 1):
            open_runs = np.convolve(open_runs, steps)
            for count in np.nonzero(open_runs > NEGLECTED * target.alpha)[0]:
                evidence = counted(weighed, values, (block * size - count, count))
                if found := piloted.decide(evidence):
                    total += chance * open_runs[count] * (found == verdict)
                    open_runs[count] = 0
    return total


@pytest.mark.parametrize("alpha", zoo.ALPHAS)
@pytest.mark.parametrize("times", [1, 1.5], ids="{} times the rarest".format)
@pytest.mark.parametrize(("share", "sign"), [(0.1, 1), (1.0, 1), (0.1, -1)])
def test_spikes_of_any_frequency_above_the_rarest_are_refuted_less_often_than_alpha(
    alpha, times, share, sign
):
    p = times * BUDGETS["quick"].rarest
    law = zoo.spike(p, share, sign)
    values = 1 + sign * share * np.array([-1, (1 - p) / p])
    target = law.target(alpha, epsilon=0.06)
    assert probability("REFUTED", target, values, p, blocks=12) <= alpha


@pytest.mark.parametrize("alpha", zoo.ALPHAS)
@pytest.mark.parametrize(("share", "sign"), [(0.1, 1), (1.0, 1), (0.1, -1)])
@pytest.mark.parametrize("off", [1, -1])
def test_spikes_off_by_epsilon_are_confirmed_less_often_than_alpha(alpha, share, sign, off):
    p = BUDGETS["quick"].rarest
    law = zoo.spike(p, share, sign)
    target = law.target(alpha, epsilon=0.06)
    values = 1 + sign * share * np.array([-1, (1 - p) / p])
    values = values + off * 0.06 if law.signed else values * (1 + off * 0.06)
    assert probability("CONFIRMED", target, values, p, blocks=12) <= alpha
