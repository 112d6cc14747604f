"""Claims on the fixed points of online students (Luo et al. 2018, Table 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import mpmath

from theory import order_parameters as forms
from theory.domains import Reals
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
    NAMES,
    ONE_STEP_SIZE,
    at_rest,
    measured,
    one_step,
    runs,
)
from verify.claims.terms import FORMULAS
from verify.model import Claim, OfNumerics, Value
from verify.relations import Agree, Equal

LEAST_DRIFT = 1e-5
"""Growth of L, over L, whose Nth part in one step is 1e5 times the rounding of L."""


def _where_it_drifts(at: Mapping[str, Any], within: float) -> dict[str, Value] | None:
    drift = forms.norm_drift_at_fixed_point.value(**at)
    return {"size": ONE_STEP_SIZE, **at_rest(at)} if drift > LEAST_DRIFT * at["norm"] else None


LATE = {**NAMES, "overlap": "overlap"}

late = runs(
    OfNumerics("numerics.order_parameters:measure_online_learning", LATE, {"scale": 1.0}),
    setting={"size": 200, "time": 40.0, "overlap": 0.5},
).given(network=BATCH_NORM, activation="relu")
step = one_step(measured("drift", overlap=1.0), sizes=_where_it_drifts).given(
    network=BATCH_NORM, activation="relu"
)
integrated = replace(
    FORMULAS,
    over={"regularisation": Reals(0, low_open=True)},
    setting={"inputs": "averaged by numerical integration", "activation": "erf"},
    sizes=lambda at, within: at_rest(at),
)


def balancing_penalty(scale: float) -> Any:
    """I1/Q^2 for erf at R = 1, the penalty that holds Q, by numerical integration."""
    q, root = mpmath.mpf(scale), mpmath.sqrt(2)

    def weighed(z: Any) -> Any:
        s = q * z
        slope = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(s**2) / 2)
        delta = slope * (mpmath.erf(z / root) - mpmath.erf(s / root))
        return delta * s * mpmath.npdf(z)

    return 2 * mpmath.quad(weighed, [0, 1, 2, 4, 8, 20]) / q**2


fixed_points = Claim(
    "luo2018/fixed-points",
    "To first order in η a student with batch norm comes to rest at γ = 1/(2 ζ + 1), R = 1, "
    "whatever L; in second order L keeps growing there, unless ζ = 0.",
    says=(
        Equal("scale", forms.fixed_point_scale, by=(late,)),
        Equal("norm", forms.norm_drift_at_fixed_point, by=(step,)),
        *Agree.each(
            "regularisation",
            forms.regularisation_at_fixed_point_erf_printed,
            forms.regularisation_at_fixed_point_erf,
            witness=lambda values: balancing_penalty(values["Q"]),
            by=(integrated,),
        ),
    ),
    by=(late, integrated, step),
    axis="regularisation",
    notes=(
        "Table 2's point is at rest only where the terms in η² are dropped: with ζ > 0 the error "
        "of γ < 1 keeps L growing, and R short of 1 by about η ζ² γ³/L².  As L grows, that "
        "vanishes: the fixed point is reached at any η, like the inverse square root of the time.",
        "Proposition 2 takes the same γ for erf.  The penalty that holds this γ there is another.",
    ),
)

CLAIMS = (fixed_points,)
