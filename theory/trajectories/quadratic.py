"""The regularity of descent on quadratics: gradient descent and the heavy ball, at every rate.

f = sum_i h_i theta_i^2/2, and theta_i is multiplied by r_i = 1 - eta h_i each step. With m = T - k
steps to go

    gamma_k = sum_i w_i (1 + r_i - 2 r_i^m),  w_i = h_i theta_(k,i)^2 over their sum.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import mpmath
from sympy import Function, Piecewise

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.trajectories.parameters import (
    BALANCE,
    CONTRACTION,
    GREATEST_RATE,
    LEAST_RATE,
    MOMENTUM,
    ROOT,
    ROOT_RATIO,
    SCALED_RATE,
    STEPS,
)

_form = partial(ClosedForm, subject="trajectories", paper="chen2020", status="derived")

x, a, b = SCALED_RATE.symbol, LEAST_RATE.symbol, GREATEST_RATE.symbol
rho, s, z, q = CONTRACTION.symbol, BALANCE.symbol, ROOT.symbol, ROOT_RATIO.symbol

TWO_STEPS = "two steps or more"
ZERO = 1e-12
"""A coordinate so much smaller than the next is 0, but for the rounding of x and of the momentum.

Its gamma is then below -1e24/x, and no float of x tells how far.
"""

quadratic_regularity = _form(
    name="quadratic_regularity",
    expr=Piecewise((x, x <= 1), (x * (3 - 2 * x), True)),
    parameters=(
        SCALED_RATE.narrowed(
            Reals(0, 2, low_open=True, high_open=True),
            meaning="x = eta h, learning rate times curvature",
        ),
    ),
    where="Definition 2, on a quadratic of one dimension",
    assumptions=(TWO_STEPS,),
    derivation=(
        "1 + r - 2 r^m is least at m = 1, the last step, where r >= 0: 1 - r = x. Where r < 0 it "
        "is least at m = 2, the last step but one: 1 + r - 2 r^2 = (1 - r)(1 + 2 r) = x (3 - 2 x), "
        "which is negative from x = 3/2 on, though descent converges up to x = 2. It does not "
        "depend on T."
    ),
)

quadratic_lower_bound = _form(
    name="quadratic_lower_bound",
    expr=Piecewise((a, a <= b * (3 - 2 * b)), (b * (3 - 2 * b), True)),
    parameters=(LEAST_RATE, GREATEST_RATE),
    where="Definition 2, on any quadratic",
    derivation=(
        "gamma_k is a mean over the directions of the gamma_k of each, so that no start has a "
        "gamma below the least of theirs. x up to 1, and x (3 - 2 x) beyond, rises and then falls: "
        "it is least at an end. A start in one direction attains it."
    ),
)

smooth_upper_bound = _form(
    name="smooth_upper_bound",
    expr=b,
    parameters=(LEAST_RATE, GREATEST_RATE),
    where="Definition 2, on any smooth loss",
    derivation=(
        "At the last step theta_k - theta_T = eta U, and (2) is eta |U|^2/2 >= gamma g. A gradient "
        "that is Lipschitz with h has |U|^2 <= 2 h g. So gamma <= eta h for gradient descent, "
        "whatever came before, and the bound of Theorem 1 is no less than d^2/(2 eta^2 h T)."
    ),
)

quadratic_limit = _form(
    name="quadratic_limit",
    expr=Piecewise((a, a + b < 2), (b * (3 - 2 * b), True)),
    parameters=(LEAST_RATE, GREATEST_RATE),
    where="Definition 2, on any quadratic, as T grows",
    assumptions=("one direction shrinks slowest, a + b not 2, and the start is not orthogonal",),
    derivation=(
        "In the end all weight is on the direction of largest |r|, the flattest where a + b < 2 "
        "and else the steepest, whose last steps have its gamma. No other step binds: with many "
        "steps to go gamma_k is a mean of 1 + r_i, at least 2 - b, which is no less than a where "
        "a + b <= 2, and no less than b (3 - 2 b) for b >= 1."
    ),
)

fastest_rate_regularity = _form(
    name="fastest_rate_regularity",
    expr=Piecewise((1 - rho * s, s >= rho), (1 + rho * s - 2 * rho**2, True)),
    parameters=(CONTRACTION, BALANCE),
    where="Definition 2, on a quadratic of two dimensions at the fastest rate",
    assumptions=(TWO_STEPS,),
    derivation=(
        "eta = 2/(h_1 + h_2), where both directions shrink alike, r = rho and -rho, and their "
        "shares (1 + s)/2 and (1 - s)/2 of the loss stay: gamma_k = 1 + rho s - 2 rho^m for even "
        "m, least at m = 2, and 1 + s (rho - 2 rho^m) for odd m, least at m = 1 where s >= 0. From "
        "equal coordinates s = -rho, and gamma = 1 - 3 rho^2: negative at any condition number "
        "above 2 + sqrt(3)."
    ),
)


@computed(
    subject="trajectories",
    paper="chen2020",
    status="derived",
    where="Definition 2, for the heavy ball",
    symbol=Function("gamma")(x, MOMENTUM.symbol, STEPS.symbol),
    parameters=(SCALED_RATE, MOMENTUM, STEPS.narrowed(Integers(1, 1000))),
    kinds=("number", "numpy", "mpmath"),
)
def heavy_ball_regularity(scaled_rate: float, momentum: float, steps: int) -> float:
    """The largest gamma of T steps of the heavy ball on a quadratic of one dimension.

    theta_k = c_1 z_1^k + c_2 z_2^k with the roots of z^2 - (1 + beta - x) z + beta, from theta_0 =
    1 and theta_1 = 1 - x, and gamma_k = (theta_k - theta_(k+1)) (theta_k + theta_(k+1) - 2 theta_T)
    / (x theta_k^2). Where the roots are one, theta_k = z^k + k (1 - x - z) z^(k-1). They are
    conjugate where |1 + beta - x| < 2 sqrt(beta): theta then turns about its end by an angle phi a
    step, cos phi = (1 + beta - x)/(2 sqrt(beta)). Where that is no rational share of a turn,
    coordinates come as near to 0 as one likes beside the next, and gamma falls below every bound
    as T grows.
    """
    with mpmath.workdps(max(50, mpmath.mp.dps)):
        rate, beta = mpmath.mpf(scaled_rate), mpmath.mpf(momentum)
        half = (1 + beta - rate) / 2
        root = mpmath.sqrt(half**2 - beta)
        first, second = half + root, half - root
        share = (1 - rate - second) / (first - second) if root else None

        def at(k: int) -> mpmath.mpf:
            if share is None:
                return first**k + (k * (1 - rate - first) * first ** (k - 1) if k else 0)
            return mpmath.re(share * first**k + (1 - share) * second**k)

        points = [at(k) for k in range(int(steps) + 1)]
        found = []
        for now, then in pairwise(points):
            apart = (now - then) * (now + then - 2 * points[-1])
            if abs(now) > ZERO * abs(then):
                found.append(apart / (rate * now**2))
            elif apart < 0:
                return -mpmath.inf
        return min(found)


heavy_ball_limit = _form(
    name="heavy_ball_limit",
    expr=Piecewise(
        ((1 - z) / (1 - q * z), z >= 0),
        ((1 - z) * (1 + 2 * z) / (1 - q * z), (1 + q - q * z) ** 2 <= 3 - 2 * z),
        (2 - (1 - z) * (1 - q * z), True),
    ),
    parameters=(ROOT, ROOT_RATIO),
    where="Definition 2, for the heavy ball with real roots, as T grows",
    derivation=(
        "The momentum is q z^2 and eta h = (1 - z)(1 - q z). In the end theta shrinks by z, and "
        "gamma_k = (1 - z)(1 + z - 2 z^m)/(eta h), least at m = 1 where z > 0 and at m = 2 where "
        "z < 0. In the beginning gamma_k = (1 - t^2)/(eta h), t = theta_(k+1)/theta_k, which goes "
        "from 1 - eta h to z and falls in size: least at the first step, 2 - eta h. For z > 0 that "
        "is above 1, for z < 0 it may bind. q = 0 is gradient descent."
    ),
)
