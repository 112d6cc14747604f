"""How claims about online students are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numerics.order_parameters import (
    Drift,
    OnlineLearning,
    Student,
    measure_drift,
    measure_gaussian_averages,
    measure_online_learning,
    measure_online_learning_of_weights,
    stability,
)
from verify.claims.order_parameters.experiments import BATCH_NORM
from verify.claims.terms import Parameters

if TYPE_CHECKING:
    from verify.claims.measurements import Drawn


def measure_averages(values: Parameters, **run: Any) -> Drawn:
    """I1, I2 and I3 of one lattice of inputs each."""
    del run["device"]
    found = measure_gaussian_averages(
        activation=values["activation"], scale=values["Q"], overlap=values["R"], **run
    )
    return {name: getattr(found, name).per_network for name in vars(found)}


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


def measure_step(values: Parameters, **run: Any) -> Drawn:
    """N times the change of each order parameter in one step."""
    del run["device"]
    drift: Drift = measure_drift(student(values, **_state(values)), **run)
    return {name: getattr(drift, name).per_network for name in vars(drift)}


def measure_runs(values: Parameters, **run: Any) -> Drawn:
    """Order parameters, a column for each of the point's times."""
    del run["device"]
    return _over_time(measure_online_learning, values, **run)


def measure_runs_of_weights(values: Parameters, **run: Any) -> Drawn:
    """The same of students that hold all of their weights."""
    return _over_time(measure_online_learning_of_weights, values, **run)


def _over_time(measure: Callable[..., OnlineLearning], values: Parameters, **run: Any) -> Drawn:
    times = values["time"]
    listed = tuple(sorted(set(times)))
    found = measure(student(values, **_state(values)), times=listed, **run)
    columns = [listed.index(time) for time in times]
    names = ("scale", "overlap", "norm")
    return {name: getattr(found, name).per_network[:, columns] for name in names}


def measure_resting_step(values: Parameters, **run: Any) -> Drawn:
    """N times the change of L in one step from Table 2's fixed point."""
    del run["device"]
    started = student(values, scale=values["Q"], overlap=1.0, norm=values["norm"])
    return {"norm": measure_drift(started, **run).norm.per_network}


def measure_late_scale(values: Parameters, **run: Any) -> Drawn:
    """Late gamma of runs."""
    del run["device"]
    started = student(values, scale=1.0, overlap=values["overlap"], norm=values["norm"])
    found = measure_online_learning(started, times=(values["time"],), **run)
    return {"scale": found.scale.per_network[:, -1]}


RUNNING_TIME = 2.0
"""Time after which a deviation has to have grown or shrunk."""


def measure_turning_rate(values: Parameters, **run: Any) -> Drawn:
    """The rate at which deviations from the teacher turn from shrinking to growing, in runs."""
    del run["device"]
    found = stability.measure_stability_limit(
        method=values["network"],
        activation=values["activation"],
        dimension=values["size"],
        time=RUNNING_TIME,
        **run,
    )
    return {"maximum": found.per_network}


def _step_at_fixed_point(values: Parameters) -> dict[str, Any]:
    return {"learning_rate": values["learning_rate"], "scale": values["Q"], "norm": values["norm"]}


def measure_balancing_rate(values: Parameters, **run: Any) -> Drawn:
    """The rate at which the terms in eta and in eta^2 of one step balance."""
    del run["device"]
    balanced = stability.measure_balancing_rate(
        **_step_at_fixed_point(values),
        activation=values["activation"],
        dimension=values["size"],
        **run,
    )
    return {"maximum": balanced.per_network, "at least": balanced.per_network}


def measure_turn(values: Parameters, **run: Any) -> Drawn:
    """The effective learning rate: how far a step turns the weights."""
    step = _step_at_fixed_point(values)
    turned = stability.measure_effective_rate(**step, dimension=values["size"], **run)
    return {"effective": turned.per_network}
