"""Claims on evaluation under stochastic depth, and on the error of Assumption 1."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import mpmath
from sympy.utilities.iterables import multiset_partitions

from theory import fisher as forms
from theory.domains import Integers, Reals
from verify.claims.fisher import experiments as networks
from verify.claims.fisher.experiments import RESNET, STOCHASTIC_DEPTH
from verify.claims.terms import FORMULAS, Parameters, rounding
from verify.model import Claim
from verify.relations import Agree, Equal, Ranking, Ratio

# Evaluation -----------------------------------------------------------------------------------

evaluated = replace(
    networks.one_input,
    measure=networks.measured("evaluated", "evaluated", **networks.ONE),
    over={"depth": Integers(1, 3), "survival": Reals(0.2, 0.95)},
).given(network=STOCHASTIC_DEPTH)
deeper = replace(
    evaluated,
    label="one deep network",
    over={"depth": Integers(4, 6), "survival": Reals(0.5, 0.8)},
    measure=networks.measured("evaluated_and_averaged", "evaluated and averaged", **networks.ONE),
    sizes=lambda at, within: {"width": 256},
    doubled=(),
)


@cache
def _twice_mean_product(one: int, other: int, precision: int) -> Any:
    """2 E relu(h) relu(h') of h = x + z if a network has the first block, else x, by the angle."""
    angles = [-mpmath.pi / 2, -mpmath.pi / 4, 0, mpmath.pi / 4, mpmath.pi / 2, mpmath.pi]

    def product(angle: Any) -> Any:
        x, z = mpmath.cos(angle), mpmath.sin(angle)
        return max(x + one * z, 0) * max(x + other * z, 0)

    with mpmath.workprec(precision):
        # Of two standard normals the square of the radius has the mean 2.
        return 2 * mpmath.quad(product, angles) / mpmath.pi


def excess_by_kernels(values: Parameters) -> Any:
    """The excess at two blocks, over both masks of the first of either network."""
    p = mpmath.mpf(values["survival"])
    with mpmath.extraprec(4 * mpmath.mp.prec):  # where p is small, little is left of 1 - 1
        chances = {0: 1 - p, 1: p}
        second = mpmath.fsum(
            chances[i] * chances[j] * _twice_mean_product(i, j, mpmath.mp.prec)
            for i in chances
            for j in chances
        )
        return 1 + p**2 + p**2 * second - (1 + p**2) ** 2


evaluation_rule = Claim(
    "furusho2020/evaluation-rule",
    "For evaluation of stochastic depth the paper multiplies every branch by p. With one block "
    "that gives the mean over masks; with more, 0 < p < 1, the mean over masks is larger in mean "
    "square.",
    says=(
        Equal("evaluated", forms.evaluated_mean_square, by=(evaluated,)),
        Ranking("evaluated and averaged", by=(deeper,)),
    ),
    by=(evaluated, deeper),
    where="after eq 14",
    within=0.1,
    notes=(
        "Masks are all passed through, and their mean is exact. Judged is the mean square of a "
        "unit of the last layer, of which the output is the sum.",
        "The excess is small at two blocks, half a percent of the mean square at p = 1/2, and "
        "grows with the depth. It is of one sign in wide networks of any depth: the mean over "
        "masks of relu(h) is at least relu of the mean of h in every unit, and so block by block.",
        networks.ONE_INPUT_NOTE,
    ),
)

evaluation_excess = Claim(
    "furusho2020/evaluation-excess",
    "With two blocks the mean over masks exceeds evaluation in mean square by "
    "2 p³ (1 − p) (1/π − 1/4), and by nothing where all blocks survive or none.",
    says=Agree("formula", forms.excess_of_mean_over_masks, witness=excess_by_kernels),
    by=replace(FORMULAS, meets=networks.MEETS),
)

# Assumption 1 ---------------------------------------------------------------------------------


def error_by_partitions(values: Parameters) -> Any:
    """E[u^2 delta^2] - E[u^2] E[delta^2] of variables of variance 1, by all partitions."""
    known = {name: mpmath.mpf(one) for name, one in values.items()}
    cumulants = {
        (1, 0): known["mean_forward"],
        (0, 1): known["mean_backward"],
        (2, 0): mpmath.mpf(1),
        (0, 2): mpmath.mpf(1),
        (1, 1): known["covariance"],
        (2, 1): known["third_forward"],
        (1, 2): known["third_backward"],
        (2, 2): known["fourth"],
    }

    def moment(signals: str) -> Any:
        """The mean of a product, each letter a factor."""
        found = mpmath.mpf(0)
        for blocks in multiset_partitions(list(range(len(signals)))):
            letters = ["".join(signals[place] for place in block) for block in blocks]
            found += mpmath.fprod(cumulants[one.count("u"), one.count("d")] for one in letters)
        return found

    return moment("uudd") - moment("uu") * moment("dd")


def mean_signal(values: Parameters) -> float:
    """E u^l of a wide network: of sqrt(q/(2 pi)) over how many of the blocks below survive."""
    survival = values.get("survival", 1.0)
    growth = 1 - survival + survival * math.sqrt(2)
    return float(survival * growth ** (values["layer"] - 1) / math.sqrt(2 * math.pi))


plain = replace(
    networks.one_input,
    measure=networks.measured("signal_gradient", "product and signal", **networks.ONE),
    over={"depth": Integers(2, 4), "layer": Integers(1, "depth")},
    doubled=(),
).given(network=RESNET)
dropped = replace(plain, over={**plain.over, "survival": Reals(0.2, 0.95)}).given(
    network=STOCHASTIC_DEPTH
)

assumption_error = Claim(
    "furusho2020/assumption-error",
    "The error of Assumption 1, E[u²δ²] − E[u²] E[δ²], is made of joint cumulants of third and "
    "fourth order, as the paper says: that of second order vanishes, as δ has mean 1 given u.",
    says=Ratio(
        "product and signal",
        forms.mean_product_over_mean_signal,
        remainder=rounding,
        scale=mean_signal,
    ),
    by=(plain, dropped),
    within=0.1,
    notes=(
        "For the same reason E[u² δ] = E[u²], and the joint cumulant of u, u and δ vanishes too: "
        "the error is kappa_22 + 2 E[u] kappa_12, in the letters of assumption-error-terms.",
    ),
)

assumption_error_terms = Claim(
    "furusho2020/assumption-error-terms",
    "For any two variables the error of Assumption 1 has 2 Cov(u, δ)² + 4 E[u] E[δ] Cov(u, δ) "
    "beside the joint cumulants of third and fourth order.",
    says=Agree("formula", forms.assumption_error, witness=error_by_partitions),
    by=replace(FORMULAS, meets=networks.MEETS),
)

CLAIMS = (evaluation_rule, evaluation_excess, assumption_error, assumption_error_terms)
