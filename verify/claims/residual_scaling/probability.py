"""Claims on the bounds on norms that hold with a probability (Appendices B and C.1).

Which start?  A unit vector in the proofs, phi(A x) in the network: each bound is judged from both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath

from theory import residual_scaling as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers, OneOf, Reals
from verify.claims.residual_scaling import experiments_probability as drawn
from verify.claims.residual_scaling.experiments_probability import (
    exactly,
    measured,
    networks,
    speaking,
)
from verify.claims.residual_scaling.tails import certain
from verify.claims.terms import Parameters
from verify.model import Claim, Value
from verify.relations import Agree, AtMost

# Formulas against formulas --------------------------------------------------------------------


def least_excess(values: Parameters) -> Any:
    """The c at which kappa^2 is log(1 + c)/2."""
    square = exactly(values, "kappa") ** 2
    start = 2 * square
    return mpmath.findroot(lambda c: mpmath.log(1 + c) / 2 - square, mpmath.expm1(start) + start)


def least_shortfall(values: Parameters) -> Any:
    """The c at which kappa^2 is log(1/(1 - c))/4, from the share 1 - c that is left."""
    square = exactly(values, "kappa") ** 2
    log = mpmath.findroot(lambda y: y / 4 - square, 1)
    return 1 - mpmath.exp(-log)


def void_below(
    bound: ClosedForm, times: Callable[[Parameters], Any] = lambda values: 1
) -> Callable[[Parameters], Any]:
    """The width at which so many times a bound is 1: its logarithm is linear in the width."""

    def width(values: Parameters) -> Any:
        at = {name: mpmath.mpf(x) for name, x in values.items()}
        at["tau"] = at["kappa"] / mpmath.sqrt(at["depth"])

        def log(m: int) -> Any:
            given = {**at, "width": mpmath.mpf(m)}
            return bound.log(**{name: given[name] for name in bound.domain})

        first, second = log(1), log(2)
        return 1 + (first + mpmath.log(times(at))) / (first - second)

    return width


def of_all_samples(values: Parameters) -> Any:
    """The events of Theorem 2: of each sample at each layer."""
    return values["samples"] * values["depth"]


# Forward, upper -------------------------------------------------------------------------------

ABOVE = measured("norm_events", margin="excess")
LAYERS = {"depth": Integers(4, 16), "tau": Reals(0.1, 0.5), "width": Integers(1, 200)}
EVER_ABOVE, LAST_ABOVE, LAST_BELOW, EVER_BELOW = (
    "ever above", "last above", "last below", "ever below",
)  # fmt: skip


def _own_above_sizes(at: Parameters, within: float) -> dict[str, Value]:
    """Widths at which the start is often above 1 + c, and tau of bounds of 3 e^-12 to 3 e^-6."""
    excess = float(at["excess"])
    width = min(max(int(at["width"]), math.ceil(1 / excess**2)), math.floor(2.25 / excess**2))
    exponent = width * math.log1p(excess) ** 2 / (16 * at["depth"])  # at tau = 1
    tau = min(max(float(at["tau"]), math.sqrt(exponent / 12)), math.sqrt(exponent / 6))
    return {"width": width, "tau": tau}


unit_above = networks(
    "unit start, printed bound",
    ABOVE,
    over={**drawn.UNIT_STARTS, **LAYERS, "excess": Reals(0.2, 3)},
    sizes=speaking(
        forms.forward_upper_bound_printed, lambda at: math.log1p(float(at["excess"])) / 2
    ),
)
unit_above_sharply = networks(
    "unit start",
    ABOVE,
    over={**drawn.UNIT_STARTS, **LAYERS, "excess": Reals(0.1, 1)},
    sizes=speaking(forms.forward_upper_bound, lambda at: math.log1p(float(at["excess"]))),
)
own_above = networks(
    "the network's own start, printed bound",
    ABOVE,
    over={
        "depth": Integers(2, 8),
        "tau": Reals(0.02, 0.1),
        "excess": Reals(0.1, 0.3),
        "width": Integers(11, 225),
    },
    setting=drawn.OWN_START,
    sizes=_own_above_sizes,
)
own_above_sharply = networks(
    "the network's own start",
    ABOVE,
    over={**LAYERS, "excess": Reals(0.2, 2)},
    setting=drawn.OWN_START,
    sizes=speaking(forms.forward_upper_bound_own, lambda at: math.log1p(float(at["excess"]))),
)

forward_upper = Claim(
    "zhang2022/forward-upper",
    "P(|h_l| >= 1 + c) <= 3 exp(-m log²(1+c)/(16 τ² L)) where τ² L <= log(1+c)/2: it holds from a "
    "unit start, far above what is true; from the network's own start it fails for small τ or c.",
    says=(
        *AtMost.each(
            EVER_ABOVE,
            forms.forward_upper_bound_printed,
            by=(unit_above,),
            largest=certain,
        ),
        AtMost(EVER_ABOVE, forms.forward_upper_bound, by=(unit_above_sharply,), largest=certain),
        AtMost(
            LAST_ABOVE,
            forms.forward_upper_bound_own_printed,
            by=(own_above,),
            largest=certain,
        ),
        AtMost(LAST_ABOVE, forms.forward_upper_bound_own, by=(own_above_sharply,), largest=certain),
        Agree("least c", forms.least_excess, by=(drawn.BOUNDS,), witness=least_excess),
        Agree(
            "least width",
            forms.upper_least_width,
            by=(drawn.BOUNDS,),
            witness=void_below(forms.forward_upper_bound_printed),
        ),
    ),
    by=(unit_above, unit_above_sharply, own_above, own_above_sharply, drawn.BOUNDS),
    axis="excess",
    notes=(
        "Judged at widths at which the bound is between 1/3 and 0.9: narrower it says nothing, "
        "wider its events are too rare to be drawn. From unit starts at any layer at once, which "
        "is more than is claimed.",
        "At τ = 1/sqrt(L) the bound speaks of c >= 6.39 alone, and says something from m = 5 on; "
        "at infinite depth log|h_L| is normal, and the exponent of the bound is between an eighth "
        "and two ninths of the true one.",
    ),
)


# Forward, lower -------------------------------------------------------------------------------

BELOW = measured("norm_events", margin="shortfall")


def _log_loss(at: Parameters) -> float:
    return -math.log1p(-float(at["shortfall"]))


def _own_below_sizes(at: Parameters, within: float) -> dict[str, Value]:
    """Widths at which the start itself falls short often, and the bound is far below 1."""
    shortfall = float(at["shortfall"])
    least, most = math.ceil(125 / shortfall), math.floor(150 / shortfall)
    tau = min(float(at["tau"]), math.sqrt(_log_loss(at) / (4 * at["depth"])))
    return {"tau": tau, "width": min(max(int(at["width"]), least), most)}


own_below = networks(
    "the network's own start",
    BELOW,
    over={
        "depth": Integers(2, 2),
        "tau": OneOf(0.01),
        "shortfall": OneOf(0.008, 0.01, 0.012),
        "width": OneOf(14_000),
    },
    setting=drawn.OWN_START,
    sizes=_own_below_sizes,
)
unit_below = networks(
    "unit start, printed bound",
    BELOW,
    over={
        **drawn.UNIT_STARTS,
        "depth": Integers(2, 16),
        "tau": Reals(0.05, 0.5),
        "shortfall": Reals(0.3, 0.95),
        "width": Integers(1, 400),
    },
    sizes=speaking(forms.forward_lower_bound_printed, lambda at: _log_loss(at) / 4),
)
unit_below_sharply = networks(
    "unit start",
    BELOW,
    over={**drawn.UNIT_STARTS, **LAYERS, "shortfall": Reals(0.2, 0.8)},
    sizes=speaking(forms.forward_lower_bound, lambda at: math.inf),
)

own_below_sharply = networks(
    "the network's own start, corrected bound",
    BELOW,
    over={**LAYERS, "shortfall": Reals(0.4, 0.95)},
    setting=drawn.OWN_START,
    sizes=speaking(forms.forward_lower_bound_own, lambda at: math.inf),
)

forward_lower = Claim(
    "zhang2022/forward-lower",
    "P(|h_l| < 1 - c) <= 2 L exp(-m log(1/(1-c))/32) where τ² L <= log(1/(1-c))/4: from the "
    "network's own start, whose norm varies, it fails at small c, and Theorem 2 with it.",
    says=(
        AtMost(LAST_BELOW, forms.forward_lower_bound_printed, by=(own_below,), largest=certain),
        AtMost(LAST_BELOW, forms.forward_lower_bound, by=(unit_below_sharply,), largest=certain),
        AtMost(LAST_BELOW, forms.forward_lower_bound_own, by=(own_below_sharply,), largest=certain),
        Agree("least c", forms.least_shortfall, by=(drawn.BOUNDS,), witness=least_shortfall),
        Agree(
            "least width",
            forms.lower_least_width,
            by=(drawn.BOUNDS,),
            witness=void_below(forms.forward_lower_bound_printed),
        ),
        Agree(
            "least width of all samples",
            forms.theorem_2_least_width,
            by=(drawn.BOUNDS,),
            witness=void_below(forms.forward_lower_bound_printed, of_all_samples),
        ),
    ),
    by=(own_below, unit_below_sharply, own_below_sharply, drawn.BOUNDS),
    axis="shortfall",
    notes=(
        "From a unit start the printed bound is judged under forward-lower-unit.",
        "At τ = 1/sqrt(L) it speaks of c >= 0.982 alone; for 10 samples and 600 layers it says "
        "something from m = 126 on.",
    ),
)

forward_lower_unit = Claim(
    "zhang2022/forward-lower-unit",
    "From a unit start P(|h_l| < 1 - c) <= 2 L exp(-m log(1/(1-c))/32) where τ² L <= "
    "log(1/(1-c))/4 holds, for every c up to 0.95, as the better bound lies below it.",
    says=(
        AtMost(
            EVER_BELOW,
            forms.forward_lower_bound_printed,
            by=(unit_below,),
            holds=True,
            largest=certain,
        ),
        AtMost(EVER_BELOW, forms.forward_lower_bound, by=(unit_below_sharply,), largest=certain),
    ),
    by=(unit_below, unit_below_sharply),
    axis="shortfall",
    notes=("Judged at any layer at once, which is more than is claimed.",),
)

CLAIMS = (forward_upper, forward_lower, forward_lower_unit)
