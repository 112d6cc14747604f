"""Forms that are too low and too high are refuted alike, gross errors whatever confirming takes.

With gap g and variance v a process that knows v earns g^2/(2 v) a draw; one at a level of 4 v, the
least that a pilot's verdict may rest on, g^2/(5 v), and at 4.8 v, which is where the next level may
lie, g^2/(5.8 v).  A form that is too low needs no variance to be refuted.  So where none is derived
a high form takes up to 2.9 times the draws of a low one, and not two.  Its shares of alpha make
that 3.3, for which log(72/alpha) stands against log(8/alpha), and PILOTED leaves a fifth to the
chance of five runs.  That 2.5 is the least there is, for any procedure whatever, is shown here by
the law that it cannot tell from the true one with fewer.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

import toy_claims
import zoo
from verify.engine.sizes import size_of_block
from verify.evidence.accounting import ALPHA, BUDGETS
from verify.evidence.pilot import SAFETY, least_draws

RUNS = 5
QUICK, STANDARD = BUDGETS["quick"], BUDGETS["standard"]
ALIKE, PILOTED = 2.0, 4.0
LARGEST = 3.5
PAIRS = [
    (spread, error)
    for spread in (0.001, 0.003, 0.03, 0.3, 1.0, 3.0)
    for error in (0.01, 0.03, 0.1, 0.25, 0.5)
    if spread / error <= 30  # beyond, a standard budget has too few draws
]


def gamma(spread):
    """Draws of mean 1 and that relative spread."""
    return lambda rng, draws: rng.gamma(spread**-2, spread**2, size=draws)


def bounded(spread):
    """The same within [0, LARGEST]."""
    total = (LARGEST - 1) / spread**2 - 1
    a = total / LARGEST
    return lambda rng, draws: LARGEST * rng.beta(a, total - a, size=draws)


def to_refute(draw, value, budget, **terms):
    """The size of a block, and mean draws until the value is refuted, as it must be."""
    target = toy_claims.target(value=value, alpha=ALPHA, **terms)
    size = size_of_block([(target, target.plan())], budget)
    rngs = [np.random.default_rng([seed, round(1000 * value)]) for seed in range(RUNS)]
    found = [zoo.judge(target, lambda n, rng=rng: draw(rng, n), budget, size) for rng in rngs]
    assert {one.verdict for one in found} == {"REFUTED"}
    return size, float(np.mean([one.draws for one in found]))


def check_alike(draw, values, budget, times=ALIKE, floor=0, **terms):
    """The value that takes longer takes so many times the draws of the other, past the floor."""
    (size, one), (other_size, other) = (to_refute(draw, value, budget, **terms) for value in values)
    fewer, more = sorted((one, other))
    assert more <= times * max(fewer, floor) + max(size, other_size)


@pytest.mark.parametrize(("spread", "error"), PAIRS)
def test_given_a_variance_low_and_high_forms_take_alike_draws(spread, error):
    values = 1 / (1 + error), 1 / (1 - error)
    check_alike(gamma(spread), values, STANDARD, epsilon=error, relative_variance=spread**2)


@pytest.mark.parametrize(("spread", "error"), [pair for pair in PAIRS if pair[0] <= 1])
def test_given_an_upper_end_low_and_high_forms_take_alike_draws(spread, error):
    values = 1 - error, 1 + error
    check_alike(bounded(spread), values, STANDARD, epsilon=0.6 * error, largest=LARGEST)


@pytest.mark.parametrize(("spread", "error"), [pair for pair in PAIRS if pair[0] / pair[1] <= 10])
def test_without_a_variance_they_do_past_the_floor_but_for_what_its_safety_costs(spread, error):
    values, floor = (1 / (1 + error), 1 / (1 - error)), least_draws(ALPHA, QUICK.rarest)
    check_alike(gamma(spread), values, QUICK, PILOTED, floor, epsilon=0.6 * error)


@pytest.mark.parametrize("safety", [1.5, 3.0, SAFETY])
def test_no_verdict_that_allows_for_a_larger_variance_takes_fewer_draws(safety):
    gap, variance = 0.01, 0.3**2
    y, step = np.linspace(-3, 3, 20_001, retstep=True)
    true = stats.norm(-gap, variance**0.5).pdf(y) * step
    allowed = safety * variance

    def factor(fraction):
        """The cut parabola's square: its lift, and the inverse of its vertex."""
        lift = (1 + np.sqrt(1 - fraction**2)) / 2
        return lift, fraction / (2 * lift * np.sqrt(allowed))

    def earned(fraction):
        lift, slope = factor(fraction)
        return true @ (np.log(lift) + 2 * np.log(abs(1 - slope * y)))

    best = minimize_scalar(lambda f: -earned(f), bounds=(1e-4, 0.3), method="bounded").x
    lift, slope = factor(best)
    # A law of the null: the true one reweighed, and a value that it lacks.
    other, hidden = true / (lift * (1 - slope * y) ** 2), 1 / slope
    share = 1 - other.sum()
    assert 0 < share < 1e-3
    assert other @ y + share * hidden == pytest.approx(0, abs=gap / 1000)
    assert other @ y**2 + share * hidden**2 == pytest.approx(allowed, rel=1e-3)
    # What a draw tells on average between the two bounds what any test earns (Wald).
    divergence = true @ np.log(true / other)
    assert divergence == pytest.approx(earned(best), rel=1e-6)
    assert gap**2 / (2 * variance) / divergence == pytest.approx((1 + safety) / 2, rel=0.02)
    carried = (safety - 1) / (safety + 1)
    assert share * hidden == pytest.approx(carried * gap, rel=0.02)


@pytest.mark.parametrize("factor", [0.1, 0.5, 2.0, 10.0])
@pytest.mark.parametrize("spread", [0.001, 1.0, 3.0])
@pytest.mark.parametrize("epsilon", [0.001, 0.03, 0.3])
def test_a_form_off_by_two_or_ten_is_refuted_whatever_confirming_takes(factor, spread, epsilon):
    for known in ({}, {"relative_variance": spread**2}):
        to_refute(gamma(spread), factor, QUICK, epsilon=epsilon, **known)


@pytest.mark.parametrize("off", [-2.0, -1.0, 1.0])
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_a_power_law_off_by_one_or_two_is_refuted_whatever_confirming_takes(off, epsilon):
    sizes = (10.0, 20.0, 40.0)
    target = toy_claims.target(
        "exponent", value=1 + off, epsilon=epsilon, sizes=sizes, relative_variance=1.0,
        scale=tuple(2.5 * size ** (1 + off) for size in sizes),
    )  # fmt: skip
    rng = np.random.default_rng(1)

    def draw(networks):
        return 3 * np.array(sizes) * rng.exponential(size=(networks, 3))

    assert (
        zoo.judge(target, draw, QUICK, size_of_block([(target, target.plan())], QUICK)).verdict
        == "REFUTED"
    )
