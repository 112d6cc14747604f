"""The judge is judged on laws whose means are known: how often piloted verdicts err.

`python tests/verify/zoo.py` judges 2,000 runs a law (`make calibrate`) and prints a table; tests
judge 100.  A run is judged by what judges a point: the target's pilot, blocks of the engine's size,
and its replanning; only the simulation is a law's.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from verify.engine.sizes import blocks_to_decide, size_of_block
from verify.evidence.accounting import BUDGETS
from verify.evidence.pilot import PILOT_DRAWS
from verify.relations.means.non_negative import MeanTarget
from verify.relations.means.signed import SignedTarget

ALPHAS = (0.05, 1e-6)
RUNS = 2000
LUCK = 1e-6
"""A true judge exceeds the limit on a count of errors with a probability below this."""


@dataclass(frozen=True)
class Law:
    """Draws of mean 1 and this variance; `draw(generator, networks)`.

    `signed` laws have no lower end.  A law of few values draws them in order, so that blocks repeat
    and are weighed once.
    """

    name: str
    variance: float
    draw: Callable[[np.random.Generator, int], np.ndarray]
    budget: str = "quick"
    signed: bool = False
    few: bool = False

    @property
    def epsilon(self):
        """An error that takes some hundreds of draws to see: a quarter of the spread."""
        return min(0.8, math.sqrt(self.variance) / 4)

    def target(self, alpha, **terms):
        """The equality of the mean and 1, its variance unknown."""
        kind = SignedTarget if self.signed else MeanTarget
        usual = {"value": 1.0, "epsilon": self.epsilon, "finite_size": 0.0}
        return kind(**{**usual, **terms}, alpha=alpha, rarest=BUDGETS[self.budget].rarest)

    def plan(self, alpha):
        """Draws that are planned where the variance is stated."""
        known = "variance" if self.signed else "relative_variance"
        return self.target(alpha, **{known: self.variance}).plan()


def continuous(name, variance, draw, **terms):
    return Law(name, variance, draw, **terms)


def two_point(name, p, height, **terms):
    """`height` with probability p, else what makes the mean 1."""
    low = (1 - p * height) / (1 - p)
    values = np.array([low, height])

    def draw(rng, networks):
        high = rng.binomial(networks, p)
        return np.repeat(values, [networks - high, high])

    return Law(name, p * (height - low) ** 2 * (1 - p), draw, few=True, **terms)


def spike(p, share, sign=1, **terms):
    """Events of probability p that carry so much of the mean, or take so much off it."""
    where = "" if sign > 0 else "downward "
    name = f"{where}spike of {p:g} with {share:g} of the mean"
    return two_point(name, p, 1 + sign * share * (1 - p) / p, signed=sign < 0, **terms)


def chi_square_product(depth):
    """The second moment of a linear network of width 10, by layers."""

    def draw(rng, networks):
        return np.exp(np.log(rng.chisquare(10, size=(depth, networks)) / 10).sum(axis=0))

    return Law(f"chi-square product to depth {depth}", 1.2**depth - 1, draw)


def lognormal(sigma):
    def draw(rng, networks):
        return np.exp(sigma * rng.normal(size=networks) - sigma**2 / 2)

    return Law(f"lognormal of sigma {sigma}", math.expm1(sigma**2), draw)


ZOO = {
    law.name: law
    for law in (
        chi_square_product(5),
        chi_square_product(10),
        lognormal(1.0),
        Law("exponential", 1.0, lambda rng, n: rng.exponential(size=n)),
        Law("uniform", 1 / 3, lambda rng, n: rng.uniform(0, 2, size=n)),
        two_point("Bernoulli of 0.3", 0.3, 1 / 0.3),
        two_point("outlier of 5 with probability 0.1", 0.1, 5.0),
        spike(1e-2, 0.5),
        spike(1e-3, 0.5, budget="standard"),
        Law("normal", 4.0, lambda rng, n: rng.normal(1, 2, size=n), signed=True),
        Law("Student of 5 degrees", 5 / 3, lambda rng, n: 1 + rng.standard_t(5, n), signed=True),
        Law("falling exponential", 4.0, lambda rng, n: 3 - rng.exponential(2, n), signed=True),
        spike(1e-3, 0.5, sign=-1, budget="standard"),
        two_point("Bernoulli of 0.001", 0.001, 1 / 0.001, budget="standard"),
    )
}
OFF = {"true": 0, "low": 1, "high": -1}
"""Formulas: the mean itself, and those off by exactly epsilon, which is where the mean then lies
beyond what they claim."""


@dataclass(frozen=True)
class Judged:
    """How a run ended, after so many draws."""

    verdict: str
    draws: int


@lru_cache(maxsize=4096)
def _weighed(target, raw):
    return target.weigh(np.frombuffer(raw))


def judge(target, draw, budget, block_size, *, few=False):
    """Judge a target by `draw(networks)` as the engine judges a point."""
    if target.awaits_pilot:
        target = target.with_pilot(target.piloted(draw(PILOT_DRAWS)))
    evidence, blocks = None, 0
    while blocks < blocks_to_decide(target, target.plan(evidence), budget, block_size):
        x = draw(block_size)
        piece = _weighed(target, x.tobytes()) if few else target.weigh(x)
        evidence = piece if evidence is None else evidence + piece
        blocks += 1
        if verdict := target.reached(evidence):
            return Judged(verdict, evidence.draws)
    return Judged(target.at_the_end(evidence, budget.draws), evidence.draws)


def judged(law, alpha, off, runs):
    """Runs of a law against a formula that is true, or off by exactly epsilon."""
    rng = np.random.default_rng([*law.name.encode(), *off.encode()])
    shift = OFF[off] * law.epsilon
    target, budget = law.target(alpha), BUDGETS[law.budget]

    def draw(networks):
        x = law.draw(rng, networks)
        return x + shift if law.signed else x * (1 + shift)

    size = size_of_block([(target, target.plan())], budget)
    return [judge(target, draw, budget, size, few=law.few) for _ in range(runs)]


def limit(alpha, runs):
    """The most errors that a judge of that alpha makes in so many runs, but for LUCK.

    None, where even one would be as unlikely as runs times alpha, below a hundredth.
    """
    return 0 if runs * alpha < 0.01 else int(binom.isf(LUCK, runs, alpha))


@dataclass(frozen=True)
class Row:
    """What a law's runs came to: counts by formula of those that erred, and of the undecided."""

    name: str
    alpha: float
    runs: int
    errors: dict[str, int]
    missed: int
    draws: dict[str, float]

    @property
    def within_share(self):
        return max(self.errors.values()) <= limit(self.alpha, self.runs)

    def __str__(self):
        law = ZOO[self.name]
        plan = law.plan(self.alpha)
        errors = " ".join(f"{count:6}" for count in self.errors.values())
        draws = " ".join(f"{mean / plan:6.2f}" for mean in self.draws.values())
        head = f"{law.name:44} {law.budget:8} {self.alpha:7g} {self.runs:5}"
        verdict = "" if self.within_share else "  ABOVE ITS SHARE"
        return f"{head} {errors} {self.missed / self.runs:7.2%} {plan:8,.0f} {draws}{verdict}"


HEAD = (
    f"{'law':44} {'budget':8} {'alpha':>7} {'runs':>5} {'false':>6} {'low':>6} {'high':>6}"
    f" {'missed':>7} {'plan':>8} {'true':>6} {'low':>6} {'high':>6}"
)
NOTE = """\
false: true formulas REFUTED; low, high: formulas off by epsilon CONFIRMED; missed: true formulas
undecided; plan: draws planned where the variance is known; then the mean draws, in plans."""


def row(name, alpha, runs):
    """Judge formulas that are true, too low and too high, so many runs each of the named law."""
    law = ZOO[name]
    found = {off: judged(law, alpha, off, runs) for off in OFF}
    return Row(
        name,
        alpha,
        runs,
        {off: sum(one.verdict == false(off) for one in ended) for off, ended in found.items()},
        sum(one.verdict not in ("CONFIRMED", "REFUTED") for one in found["true"]),
        {off: float(np.mean([one.draws for one in ended])) for off, ended in found.items()},
    )


def false(off):
    """The verdict that errs on such a formula."""
    return "REFUTED" if off == "true" else "CONFIRMED"


def main():
    """Print the table; exit with 1 where a law errs beyond its share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    print(NOTE, HEAD, sep="\n", flush=True)
    with ProcessPoolExecutor(given.workers) as pool:
        waiting = [pool.submit(row, name, alpha, given.runs) for alpha in ALPHAS for name in ZOO]
        rows = []
        for one in waiting:
            rows.append(one.result())
            print(rows[-1], flush=True)
    print(f"at most {limit(ALPHAS[0], given.runs)} errors are within a share of {ALPHAS[0]:g}")
    return 0 if all(one.within_share for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
