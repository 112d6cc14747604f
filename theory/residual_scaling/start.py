"""The law of the network's own start h_0 = phi(A x), and what it makes of the bounds on norms."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import sympy
from sympy import exp, log

from theory.closed_form import ClosedForm
from theory.computed import Computed, computed
from theory.domains import Integers, Reals
from theory.lowering.elementary import log1p
from theory.reading import Reading
from theory.residual_scaling.parameters import (
    CONVERSE_DEPTH,
    EXCESS,
    LEAST_SHORTFALL,
    SHORTFALL,
    TAU_OF_BOUND,
    UNITS,
)
from theory.residual_scaling.probability import forward_lower_bound

_form = partial(ClosedForm, subject="residual_scaling", paper="zhang2022", lies_in=Reals(0))
_computed = partial(computed, subject="residual_scaling", paper="zhang2022", lies_in=Reals(0, 1))

m, L, tau, c_up = UNITS.symbol, CONVERSE_DEPTH.symbol, TAU_OF_BOUND.symbol, EXCESS.symbol

OWN_START = "start h_0 = phi(A x)"

_start = partial(_computed, where="h_0 = phi(A x)", status="derived", symbol=sympy.Symbol("P"))

TINY = 1e-300
"""A bound is not searched for below it, where probabilities underflow."""

MOST_SPREAD = 12.0
"""Standard deviations of the number of units alive beyond which none is counted."""


def _start_below(width: int, square: float, upper: bool) -> float:
    """Return P(|h_0|^2 < square), or P(|h_0|^2 >= square) for `upper`.

    As many units are alive as a fair coin falls on heads, and |h_0|^2 is 2/m times a chi-square of
    so many degrees.
    """
    from scipy.special import gammainc, gammaincc, gammaln

    reach = MOST_SPREAD * math.sqrt(width) / 2
    alive = np.arange(max(0, math.floor(width / 2 - reach)), min(width, width / 2 + reach) + 1)
    logs = gammaln(width + 1) - gammaln(alive + 1) - gammaln(width - alive + 1)
    shares = np.exp(logs - width * math.log(2))
    none = np.where(alive == 0, 0.0 if upper else 1.0, 0.0)
    of_degrees = gammaincc if upper else gammainc
    some = of_degrees(np.maximum(alive, 1) / 2, width * square / 4)
    return float(shares @ np.where(alive == 0, none, some))


@_start(parameters=(UNITS, EXCESS))
def start_upper(width: int, excess: float) -> float:
    """The probability that the norm of the network's own start is 1 + c or more.

    The bounds of Appendix B fall below it as tau -> 0: they are those of a unit start.
    """
    return _start_below(width, (1 + excess) ** 2, upper=True)


@_start(parameters=(UNITS, SHORTFALL))
def start_lower(width: int, shortfall: float) -> float:
    """The probability that the norm of the network's own start is below 1 - c.

    The bounds of Appendix C.1 fall below it as tau -> 0: they are those of a unit start.
    """
    return _start_below(width, (1 - shortfall) ** 2, upper=False)


start_energy_variance = _form(
    name="start_energy_variance",
    expr=5 / m,
    parameters=(UNITS,),
    where="h_0 = phi(A x)",
    status="derived",
    derivation="Of |h_0|^2, of mean 1: m (E phi(z)^4 - (E phi(z)^2)^2), z ~ N(0, 2/m).",
)

dead_start = _form(
    name="dead_start",
    expr=2 ** (-m),
    parameters=(UNITS,),
    where="h_0 = phi(A x)",
    status="derived",
    lies_in=Reals(0, 1),
    derivation="The probability that all m units of the start are 0, and the network with them.",
)


# Norms from that start ------------------------------------------------------------------------

_upper = partial(_form, parameters=(UNITS, CONVERSE_DEPTH, TAU_OF_BOUND, EXCESS))

forward_upper_bound_own_printed = _upper(
    name="forward_upper_bound_own_printed",
    expr=3 * exp(-m * log(1 + c_up) ** 2 / (16 * tau**2 * L)),
    stable=3 * exp(-m * log1p(c_up) ** 2 / (16 * tau**2 * L)),
    where="Appendix B, as Appendix F uses it",
    status="printed",
    superseded_by="forward_upper_bound_own",
    assumptions=(OWN_START,),
    reading=Reading(
        says="P(|h_l| >= 1 + c) <= 3 exp(-m log^2(1 + c)/(16 tau^2 L)), shown of a unit vector, is "
        "used of the network's own |h_L|",
        kind="matter of reading",
        consequence="the bound on the norms of the network itself, for small tau or c; that of a "
        "unit vector stands",
        convention="start h_0 = phi(A x), tau^2 L <= log(1 + c)/2",
        cause="|h_0|^2 has the variance 5/m: as tau -> 0 the bound vanishes and P(|h_0| >= 1 + c) "
        "does not",
        true_if="a unit start",
    ),
)


@_computed(
    where="Appendix B, from the network's own start",
    status="corrected",
    symbol=sympy.Symbol("P"),
    parameters=(UNITS.narrowed(Integers(1, 4096)), CONVERSE_DEPTH, TAU_OF_BOUND, EXCESS),
    assumptions=(OWN_START,),
)
def forward_upper_bound_own(width: int, depth: int, tau: float, excess: float) -> float:
    """The least bound by Markov for a norm of 1 + c or more at any layer, from the own start.

    As forward_upper_bound, the start's E |h_0|^(2 lambda) as a further factor: a sum over units
    that are alive, of which |h_0|^2 is 2/m times a chi-square.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    alive = np.arange(1, width + 1)
    shares = gammaln(width + 1) - gammaln(alive + 1) - gammaln(width - alive + 1)
    shares -= width * math.log(2) + gammaln(alive / 2)

    def log_bound(log_rate: float) -> float:
        rate = math.exp(log_rate)
        s = rate * tau**2 / width
        logs = shares + gammaln(alive / 2 + rate)
        most = logs.max()
        # By hand, as scipy's logsumexp takes most of the search's time.
        start = most + math.log(np.exp(logs - most).sum()) + rate * math.log(4 / width)
        spread = 2 * rate * s / (1 - 2 * s) - width / 2 * math.log1p(-2 * s)
        return float(start + depth * spread - 2 * rate * math.log1p(excess))

    end = math.log(width / (2 * tau**2))
    found = minimize_scalar(
        log_bound, bounds=(end - 60, end), method="bounded", options={"xatol": 1e-9}
    )
    return math.exp(min(found.fun, 0.0))


@_computed(
    where="Appendix C.1, from the network's own start",
    status="corrected",
    symbol=sympy.Symbol("P"),
    parameters=(UNITS, CONVERSE_DEPTH, TAU_OF_BOUND, SHORTFALL),
    assumptions=(OWN_START,),
    of=(forward_lower_bound,),
)
def forward_lower_bound_own(
    from_unit: Computed, width: int, depth: int, tau: float, shortfall: float
) -> float:
    """A bound for a norm below 1 - c at any of the L - 1 residual layers, from the own start.

    The start is below r, of which the probability is known, or else a layer is below (1 - c)/r of
    the start: its bound from a unit start holds in every direction. At the best of r.
    """
    from scipy.optimize import minimize_scalar

    left = math.log1p(-shortfall)  # log(1 - c), of which r takes a share

    def log_bound(share: float) -> float:
        later = -math.expm1((1 - share) * left)
        if later < LEAST_SHORTFALL:
            return 0.0
        below = _start_below(width, math.exp(2 * share * left), upper=False)
        total = below + from_unit.value(width=width, depth=depth, tau=tau, shortfall=later)
        return math.log(max(total, TINY))

    found = minimize_scalar(log_bound, bounds=(0, 1), method="bounded", options={"xatol": 1e-9})
    return math.exp(min(found.fun, 0.0))
