"""Claims on the fixed points of online students (Luo et al. 2018, Table 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath

from theory import order_parameters as forms
from theory.domains import Reals
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
    at_rest,
    effective_rate,
    measured,
    one_step,
    resolved_size,
    runs,
)
from verify.claims.terms import FORMULAS
from verify.model import Claim
from verify.relations import Agree, Equal

STUDENT = {"network": BATCH_NORM, "activation": "relu"}

# In the limit of many steps they learn at a rate that vanishes, and at rest longer.
late = runs(
    measured("resting_scale", "scale"),
    over={"regularisation": Reals(0, 1)},
    setting={"size": 8, "steps": 800},
    doubled=("steps",),
).given(**STUDENT)
# With much less of a penalty rounding takes the growth of L.
step = one_step(
    measured("drift", overlap=1.0),
    over={
        "learning_rate": Reals(0.125, 4),
        "regularisation": Reals(1 / 256, 1),
        "norm": Reals(0.5, 2),
    },
    sizes=lambda at, within: {"size": resolved_size(effective_rate(at)), **at_rest(at)},
    doubled=("size",),
).given(**STUDENT)
integrated = replace(
    FORMULAS,
    over={"regularisation": Reals(0, 10, low_open=True)},
    setting={"inputs": "averaged by numerical integration", "activation": "erf"},
    sizes=lambda at, within: at_rest(at),
)


def balancing_penalty(scale: float) -> Any:
    """I1/Q^2 for erf at R = 1, the penalty that holds Q, by numerical integration.

    Integrands are even, entire, and at z = x + iy of modulus exp(3 y^2/2 - x^2/2) at most, but for
    powers: in steps of h = 1/5 the trapezoidal rule errs by exp(-2 pi^2/(3 h^2)) = 1e-71, and what
    lies beyond 16 is exp(-128) = 1e-55.
    """
    q, root, steps = mpmath.mpf(scale), mpmath.sqrt(2), 5

    def weighed(z: Any) -> Any:
        s = q * z
        slope = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(s**2) / 2)
        delta = slope * (mpmath.erf(z / root) - mpmath.erf(s / root))
        return delta * s * mpmath.npdf(z)

    nodes = (mpmath.mpf(k) / steps for k in range(1, 16 * steps + 1))  # at 0 it is 0
    return 2 * mpmath.fsum(map(weighed, nodes)) / steps / q**2


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
