"""Claims on the fixed points of online students (Luo et al. 2018, Table 2)."""

from __future__ import annotations

from dataclasses import replace

from theory import order_parameters as forms
from theory.domains import Reals
from verify.claims.order_parameters import experiments as online
from verify.claims.terms import FORMULAS
from verify.model import Claim
from verify.relations import Agree, Equal, Exactly

STUDENT = {"network": online.BATCH_NORM, "activation": "relu"}

# In the limit of many steps they learn at a rate that vanishes, and at rest longer.
late = online.runs(
    online.measured("resting_scale", "scale"),
    over={"regularisation": Reals(0, 1)},
    setting={"size": 8, "steps": 800},
    doubled=("steps",),
).given(**STUDENT)
# With much less of a penalty rounding takes the growth of L.
step = online.one_step(
    online.measured("drift", overlap=1.0),
    over={
        "learning_rate": Reals(0.125, 4),
        "regularisation": Reals(1 / 256, 1),
        "norm": Reals(0.5, 2),
    },
    sizes=lambda at, within: online.step_at_rest(at),
    doubled=("size",),
).given(**STUDENT)
integrated = replace(
    FORMULAS,
    over={"regularisation": Reals(0, 10, low_open=True)},
    setting={"inputs": "averaged by numerical integration", "activation": "erf"},
    sizes=online.at_rest,
)

# Nothing of their law is drawn: a student that equals its teacher has no error on any input.
weight_norm, sgd = (
    online.one_step(
        online.measured("drift", overlap=1.0),
        over={"regularisation": Reals(0, 0)},
        setting={"Q": 1.0, "learning_rate": 1.0, "size": 64, "norm": norm},
    ).given(network, network=network, activation="relu")
    for network, norm in ((online.WEIGHT_NORM, 2.0), (online.SGD, 1.0))
)

fixed_points = Claim(
    "luo2018/fixed-points",
    "To first order in η a student with batch norm comes to rest at γ = 1/(2 ζ + 1), R = 1, "
    "whatever L; in second order L keeps growing there, unless ζ = 0. One with weight "
    "normalisation rests at γ = R = 1 whatever L, one of vanilla SGD at R = L = 1.",
    says=(
        Equal("scale", forms.fixed_point_scale, by=(late,)),
        Equal("norm", forms.norm_drift_at_fixed_point, by=(step,)),
        *Agree.each(
            "regularisation",
            forms.regularisation_at_fixed_point_erf_printed,
            forms.regularisation_at_fixed_point_erf,
            witness=online.integrated("balancing_penalty"),
            by=(integrated,),
        ),
        Agree(
            "eigenvalue",
            forms.scale_eigenvalue_erf,
            witness=online.integrated("scale_slope_erf"),
            by=(integrated,),
        ),
        *(Exactly(quantity, 0, by=(weight_norm, sgd)) for quantity in ("scale", "overlap", "norm")),
    ),
    by=(late, integrated, step, weight_norm, sgd),
    axis="regularisation",
    notes=(
        "Table 2's point is at rest only where the terms in η² are dropped: with ζ > 0 the error "
        "of γ < 1 keeps L growing, and R short of 1 by about η ζ² γ³/L².  As L grows, that "
        "vanishes: the fixed point is reached at any η, like the inverse square root of the time.",
        "Proposition 2 takes the same γ for erf.  The penalty that holds this γ there is another; "
        "λ_Q is negative at either, as the proposition says.",
    ),
)

CLAIMS = (fixed_points,)
