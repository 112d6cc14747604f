"""Claims on the fixed points of online students (Luo et al. 2018, Table 2)."""

from __future__ import annotations

import math
from typing import Any

import mpmath

from numerics.order_parameters import measure_drift, measure_online_learning
from theory import order_parameters as forms
from theory.closed_form import ClosedForm
from verify.claims.measurements import Drawn, measure_nothing
from verify.claims.order_parameters.assumptions import ASSUMPTIONS_MET
from verify.claims.order_parameters.dynamics import ONE_STEP_SIZE, STUDENTS, student
from verify.claims.order_parameters.terms import (
    AVERAGED,
    AVERAGED_WITHIN,
    FRESH,
    LATTICE,
    RUNS_WITHIN,
)
from verify.claims.terms import Parameters, grid, placed, sharp
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Agree, Equal

INTEGRATED = "averaged by numerical integration"


def _ageing(values: Parameters) -> tuple[float, float, float]:
    """Rates at which gamma and R settle, and where 1 - R does while L hardly moves.

    At R = 1 the terms in eta^2 push R away at the rate rate^2 I2/2, I2 = (1 - Q)^2/2.
    """
    zeta = values["regularisation"]
    scale = 1 / (1 + 2 * zeta)
    rate = values["learning_rate"] * scale / values["norm"] ** 2
    i2 = (1 - scale) ** 2 / 2
    settling = rate - rate**2 * (scale - i2) / 2
    return values["learning_rate"] * (zeta + 0.5), settling, rate**2 * i2 / (2 * settling)


def _turning(values: Parameters) -> float:
    """The effective learning rate at the fixed point."""
    arguments = {name: values[name] for name in forms.effective_learning_rate.domain}
    return float(forms.effective_learning_rate.value(**arguments))


def not_yet_there(values: Parameters) -> float:
    """The relative distance of gamma from the fixed point that is left at the point's time.

    What remains of the start (half the rate of R, as L grows), and kappa1(R) = R + O((1-R)^(3/2))
    to which gamma is proportional where it rests, raised by a fifth.
    """
    of_scale, of_overlap, resting = _ageing(values)
    if of_overlap <= 0:
        return math.inf
    time, apart = values["time"], 1 - values["overlap"]
    left = 2 * math.exp(-of_scale * time) + apart * math.exp(-of_overlap * time / 2)
    return left + 1.2 * resting


def measure_fixed_point(values: Parameters, **run: Any) -> Drawn:
    """Late gamma of runs, or N times the change of L in one step from Table 2's fixed point."""
    if values["inputs"] == INTEGRATED:
        return measure_nothing(values, **run)
    del run["device"]
    norm = values["norm"]
    if values["inputs"] == AVERAGED:
        scale = forms.fixed_point_scale.value(regularisation=values["regularisation"])
        drift = measure_drift(student(values, scale=scale, overlap=1.0, norm=norm), **run)
        return {"norm": drift.norm.per_network}
    started = student(values, scale=1.0, overlap=values["overlap"], norm=norm)
    found = measure_online_learning(started, times=(values["time"],), **run)
    return {"scale": found.scale.per_network[:, -1]}


LEAST_DRIFT = 1e-5
"""Growth of L, over L, whose Nth part in one step is 1e5 times the rounding of L."""


def balancing_penalty(scale: float) -> Any:
    """I1/Q^2 for erf at R = 1, the penalty that holds Q, by numerical integration."""
    q, root = mpmath.mpf(scale), mpmath.sqrt(2)

    def weighed(z: Any) -> Any:
        s = q * z
        slope = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(s**2) / 2)
        delta = slope * (mpmath.erf(z / root) - mpmath.erf(s / root))
        return delta * s * mpmath.npdf(z)

    return 2 * mpmath.quad(weighed, [0, 1, 2, 4, 8, 20]) / q**2


def _balanced(form: ClosedForm) -> Agree:
    return Agree(
        "regularisation",
        form,
        witness=lambda values: balancing_penalty(values["Q"]),
        only={"inputs": INTEGRATED},
    )


def _place_fixed_point(parameters: Parameters, budget: Budget) -> list[Point]:
    student = STUDENTS[0]
    runs: dict[str, Value] = {**student, "inputs": FRESH, "size": 200, "time": 40.0, "overlap": 0.5}
    points = [placed(parameters, budget, RUNS_WITHIN, **runs)]
    if parameters["norm"] >= 2:
        points += sharp(parameters, budget, {**runs, "time": 16.0, "overlap": 1.0})
    if parameters["regularisation"] > 0:
        scale = forms.fixed_point_scale.value(regularisation=parameters["regularisation"])
        balance: dict[str, Value] = {"inputs": INTEGRATED, "activation": "erf", "Q": scale}
        points.append(placed(parameters, budget, 0.0, **balance))
    if forms.norm_drift_at_fixed_point.value(**parameters) > LEAST_DRIFT * parameters["norm"]:
        step = {**student, "inputs": AVERAGED, "size": ONE_STEP_SIZE}
        points.append(placed(parameters, budget, AVERAGED_WITHIN, **step))
    return points


fixed_points = Claim(
    id="luo2018/fixed-points",
    statement="To first order in η a student with batch norm comes to rest at γ = 1/(2 ζ + 1), "
    "R = 1, whatever L; in second order L keeps growing there, unless ζ = 0.",
    says=(
        Equal(
            "scale",
            forms.fixed_point_scale,
            finite_size=not_yet_there,
            relative_variance=lambda v: 0.25 / v["size"],
            only={"inputs": FRESH},
        ),
        Equal(
            "norm",
            forms.norm_drift_at_fixed_point,
            finite_size=lambda v: 10 * (1 + _turning(v) ** 2) / v["size"],
            relative_variance=lambda v: 10 * LATTICE,
            only={"inputs": AVERAGED},
        ),
        _balanced(forms.regularisation_at_fixed_point_erf_printed),
        _balanced(forms.regularisation_at_fixed_point_erf),
    ),
    measure=measure_fixed_point,
    grid=grid(
        ["learning_rate", "regularisation", "norm"],
        [(0.75, 0.0, 1.0), (0.75, 0.0625, 1.0), (0.75, 0.25, 1.25)],
        [(1.0, 0.0625, 2.0)],
    ),
    place=_place_fixed_point,
    axis="regularisation",
    notes=(
        "Table 2's point is at rest only where the terms in η² are dropped: with ζ > 0 the error "
        "of γ < 1 keeps L growing, and R short of 1 by about η ζ² γ³/L².  As L grows, that "
        "vanishes: the fixed point is reached at any η, like the inverse square root of the time.",
        "Proposition 2 takes the same γ for erf.  The penalty that holds this γ there is another.",
    ),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (fixed_points,)
