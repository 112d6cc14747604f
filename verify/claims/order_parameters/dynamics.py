"""Claims on the dynamics of a student that learns online (Luo et al. 2018, section 3)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from numerics.order_parameters import (
    Drift,
    OnlineLearning,
    Student,
    measure_drift,
    measure_online_learning,
)
from theory import order_parameters as forms
from theory.closed_form import ClosedForm
from verify.claims.measurements import Drawn
from verify.claims.order_parameters.assumptions import ASSUMPTIONS_MET
from verify.claims.order_parameters.terms import (
    AVERAGED,
    AVERAGED_WITHIN,
    BATCH_NORM,
    FRESH,
    RUNS_WITHIN,
    SGD,
    WEIGHT_NORM,
    Array,
    of_lattices,
)
from verify.claims.terms import (
    Law,
    Parameters,
    grid,
    placed,
    sharp,
)
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import SignedEqual

# Gaussian averages ----------------------------------------------------------------------------


# Dynamics -------------------------------------------------------------------------------------

STUDENTS: tuple[dict[str, Value], ...] = (
    {"network": BATCH_NORM, "activation": "relu"},
    {"network": WEIGHT_NORM, "activation": "relu"},
    {"network": SGD, "activation": "relu"},
    {"network": BATCH_NORM, "activation": "erf"},
)
ONE_STEP_SIZE = 10**6
"""Inputs N of a student that takes one step."""


def student(values: Parameters, **start: float) -> Student:
    """The student of a point, with these order parameters at its start."""
    return Student(
        method=values["network"],
        activation=values["activation"],
        learning_rate=values["learning_rate"],
        regularisation=values["regularisation"] if values["network"] == BATCH_NORM else 0.0,
        dimension=values["size"],
        **start,
    )


def _state(values: Parameters) -> dict[str, float]:
    return {"scale": values["Q"], "overlap": values["R"], "norm": values["norm"]}


def order_parameters_at(values: Parameters) -> dict[str, float]:
    """The solution of the differential equations at the point's time, from its start."""
    network, rate = values["network"], values["learning_rate"]
    penalty = values["regularisation"] if network == BATCH_NORM else 0.0
    ending = "" if values["activation"] == "relu" else f"_{values['activation']}"
    field: list[ClosedForm] = [
        getattr(forms, f"{name}_velocity{ending}") for name in ("scale", "overlap", "norm")
    ]
    if network == SGD:
        field[1:] = [forms.sgd_overlap_velocity, forms.sgd_norm_velocity]

    def velocity(time: float, state: Array) -> list[float]:
        held = {"learning_rate": rate, "regularisation": penalty}
        # Errors of the solver may take R just beyond 1.
        scale, overlap, norm = state
        held |= {"Q": scale, "R": np.clip(overlap, -1, 1), "norm": norm}
        return [form.value(**{name: held[name] for name in form.domain}) for form in field]

    start = list(_state(values).values())
    solved = solve_ivp(
        velocity, (0, values["time"]), start, method="DOP853", rtol=1e-10, atol=1e-12
    )
    scale, overlap, norm = solved.y[:, -1]
    return {"scale": norm if network == SGD else scale, "overlap": overlap, "norm": norm}


def measure_dynamics(values: Parameters, **run: Any) -> Drawn:
    """Order parameters over their predicted values, or N times their change in one step."""
    del run["device"]
    started = student(values, **_state(values))
    if values["inputs"] == AVERAGED:
        drift: Drift = measure_drift(started, **run)
        return {name: getattr(drift, name).per_network for name in vars(drift)}
    predicted = order_parameters_at(values)
    found: OnlineLearning = measure_online_learning(started, times=(values["time"],), **run)
    return {
        name: getattr(found, name).per_network[:, -1] / expected
        for name, expected in predicted.items()
    }


def _linear_size(v: Parameters) -> float:
    """Terms in eta of a velocity, added without their signs."""
    return v["learning_rate"] * (1 + v["Q"]) * (1 / 2 + v["regularisation"])


def _drift_size(v: Parameters) -> float:
    """Terms in eta gamma / L^2 and in the square of it."""
    rate = v["learning_rate"] * v["Q"] / v["norm"] ** 2
    return rate * (1 + v["Q"]) / 2 + rate**2 * (1 + v["Q"]) ** 2 / 4


def _growth_size(v: Parameters) -> float:
    rate = v["learning_rate"] * v["Q"] / v["norm"] ** 2
    return v["norm"] * rate**2 * (1 + v["Q"]) ** 2 / 4


def _sgd_drift_size(v: Parameters) -> float:
    rate = v["learning_rate"] * (1 + 1 / v["norm"])
    return rate / 2 + rate**2 / 4


def _sgd_growth_size(v: Parameters) -> float:
    return v["norm"] * _sgd_drift_size(v)


VELOCITIES: dict[str, Law] = {
    "scale": _linear_size,
    "overlap": _drift_size,
    "norm": _growth_size,
}


def _velocity(form: ClosedForm, size: Law, network: str, activation: str) -> SignedEqual:
    *_, quantity, _ = form.name.removesuffix("_erf").split("_")
    # erf is smooth, and so is what is averaged.
    share = 1 if activation == "relu" else 0.25
    return of_lattices(
        form,
        quantity,
        lambda v: share * size(v),
        error=_step_error,
        only={"inputs": AVERAGED, "network": network, "activation": activation},
    )


def _step_error(values: Parameters) -> float:
    """1/N, and the next order in eta: the square of the angle that a step turns the weights."""
    return 10 * (1 + _largest_rate(values) ** 2) / values["size"]


def _largest_rate(values: Parameters) -> float:
    """A bound on the effective learning rate, as gamma moves towards 1 and normalised L grows."""
    return values["learning_rate"] * max(values["Q"], 1.0) / min(values["norm"], 1.0) ** 2


def _followed(quantity: str) -> SignedEqual:
    """Fluctuations are of order rate/sqrt(N); what their curvature adds is their square."""
    return SignedEqual(
        quantity,
        1,
        finite_size=lambda v: (1 + 2 * _largest_rate(v) ** 2) / v["size"],
        variance=lambda v: (2 + 3 * _largest_rate(v)) / v["size"],
        only={"inputs": FRESH},
    )


LEAST_OVERLAP = 0.25
"""R at the start of runs: the relative error of a number that may pass 0 has no bound."""

LEAST_SCALE, LEAST_NORM, LARGEST_RATE = 0.25, 0.75, 1.5
"""Where the laws of the runs' errors were explored: beyond, deviations may grow and R pass 0."""


def _runs_judged(parameters: Parameters) -> bool:
    return (
        parameters["Q"] >= LEAST_SCALE
        and parameters["R"] >= LEAST_OVERLAP
        and parameters["norm"] >= LEAST_NORM
        and _largest_rate(parameters) <= LARGEST_RATE
    )


def _place_dynamics(parameters: Parameters, budget: Budget) -> list[Point]:
    points = []
    runs_judged = _runs_judged(parameters)
    for student in STUDENTS:
        # No velocity depends on the time: once for each state of the grid.
        if (parameters["time"] <= 1 or not runs_judged) and student["network"] != WEIGHT_NORM:
            step = {**student, "inputs": AVERAGED, "size": ONE_STEP_SIZE}
            points.append(placed(parameters, budget, AVERAGED_WITHIN, **step))
        if runs_judged:
            runs = {**student, "inputs": FRESH, "size": 1000}
            points.append(placed(parameters, budget, RUNS_WITHIN, **runs))
    if runs_judged and (parameters["R"], parameters["time"]) == (LEAST_OVERLAP, 2.0):
        points += sharp(parameters, budget, {**STUDENTS[0], "inputs": FRESH, "size": 2000})
    return points


order_parameters = Claim(
    id="luo2018/order-parameters",
    statement="In large N the order parameters γ, R and L of an online student follow the "
    "differential equations 9-11.",
    says=(
        *(
            _velocity(getattr(forms, f"{name}_velocity{ending}"), size, BATCH_NORM, activation)
            for ending, activation in (("", "relu"), ("_erf", "erf"))
            for name, size in VELOCITIES.items()
        ),
        _velocity(forms.sgd_overlap_velocity, _sgd_drift_size, SGD, "relu"),
        _velocity(forms.sgd_norm_velocity, _sgd_growth_size, SGD, "relu"),
        _followed("scale"),
        _followed("overlap"),
        _followed("norm"),
    ),
    measure=measure_dynamics,
    grid=grid(
        ["learning_rate", "regularisation", "Q", "R", "norm", "time"],
        [
            (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 0.5),
            (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 2.0),
            (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 4.0),
            (0.5, 0.0, 1.5, -0.5, 0.75, 1.0),
            (0.5, 0.125, 0.25, -0.75, 1.0, 1.0),
            (1.5, 0.0625, 1.25, -0.75, 0.75, 1.0),
            (4.0, 0.125, 0.75, -0.75, 0.875, 1.0),
            (1.5, 0.0625, 2.5, -0.75, 0.75, 1.0),
        ],
        [(0.5, 0.0625, 1.5, 0.5, 2.0, 8.0)],
    ),
    place=_place_dynamics,
    axis="time",
    notes=(
        "Online students simulated exactly in law.  Judged are the mean changes in one step at the "
        "point's Q, R and L, and runs from there: each order parameter over the solution of the "
        "equations at the same time, while the effective learning rate is moderate: beyond, "
        "deviations grow and R may pass 0.",
        "Batch norm is modelled as the paper models it: weight normalisation with the penalty "
        "ζ γ².  Weight normalisation and vanilla SGD have no penalty, vanilla SGD has Q = L.",
        "Eq 7 as printed would move γ N times faster than eq 9 says.  The step simulated has the "
        "1/N of the text after it: gradient descent in w and ν = √N γ.",
    ),
    met=ASSUMPTIONS_MET,
)


# Fixed point ----------------------------------------------------------------------------------

CLAIMS = (order_parameters,)
