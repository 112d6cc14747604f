"""Where claims on online students are judged, and the constants fitted to them."""

from __future__ import annotations

import math
from typing import Any

from theory import order_parameters as forms
from theory.closed_form import ClosedForm
from theory.form import Form
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
    LEAST_OVERLAP,
    SGD,
    WEIGHT_NORM,
    largest_rate,
)
from verify.claims.terms import ROUNDING, spread
from verify.relations.statement import Law, Values
from verify.table.entry import SHARP, Entry, rows

AVERAGED_WITHIN, RUNS_WITHIN = 0.01, 0.06
"""Relative errors at which averages over lattices and runs are judged at the quick budget."""

LATTICE = 1e-5
"""Variance of an average over one lattice of inputs, in units of the square of its terms' size."""


def _of_lattices(
    form: ClosedForm, quantity: str, size: Law, error: Law | None = None
) -> dict[str, Any]:
    """Laws of the mean of averages over lattices, whose terms are of that size.

    The `error` of the mean is a share of that size too. It has no bound beside a mean of 0, where
    the form is not judged.
    """

    def variance(values: Values) -> float:
        return LATTICE * size(values) ** 2

    def remainder(values: Values) -> float:
        mean = form.value(**{name: values[name] for name in form.domain})
        relative_size = size(values) / abs(mean) if mean else math.inf
        return relative_size * (ROUNDING if error is None else error(values))

    return {"remainder": {quantity: remainder}, "variance": {quantity: variance}}


def _joined(*laws: dict[str, dict[str, Law]]) -> dict[str, Any]:
    return {
        kind: {quantity: law for one in laws for quantity, law in one[kind].items()}
        for kind in ("remainder", "variance")
    }


# Dynamics -------------------------------------------------------------------------------------


def _linear_size(v: Values) -> float:
    """Terms in eta of a velocity, added without their signs."""
    return float(v["learning_rate"] * (1 + v["Q"]) * (1 / 2 + v["regularisation"]))


def _drift_size(v: Values) -> float:
    """Terms in eta gamma / L^2 and in the square of it."""
    rate = v["learning_rate"] * v["Q"] / v["norm"] ** 2
    return float(rate * (1 + v["Q"]) / 2 + rate**2 * (1 + v["Q"]) ** 2 / 4)


def _growth_size(v: Values) -> float:
    rate = v["learning_rate"] * v["Q"] / v["norm"] ** 2
    return float(v["norm"] * rate**2 * (1 + v["Q"]) ** 2 / 4)


def _sgd_drift_size(v: Values) -> float:
    rate = v["learning_rate"] * (1 + 1 / v["norm"])
    return float(rate / 2 + rate**2 / 4)


def _sgd_growth_size(v: Values) -> float:
    return float(v["norm"]) * _sgd_drift_size(v)


def _step_error(values: Values) -> float:
    """1/N, and the next order in eta: the square of the angle that a step turns the weights."""
    return 10 * (1 + largest_rate(values) ** 2) / float(values["size"])


def _scaled(law: Law, share: float) -> Law:
    return lambda values: share * law(values)


VELOCITIES: dict[str, Law] = {"scale": _linear_size, "overlap": _drift_size, "norm": _growth_size}


def _velocities(ending: str, share: float) -> dict[str, Any]:
    return _joined(
        *(
            _of_lattices(
                getattr(forms, f"{name}_velocity{ending}"), name, _scaled(size, share), _step_error
            )
            for name, size in VELOCITIES.items()
        )
    )


SGD_VELOCITIES = _joined(
    _of_lattices(forms.sgd_overlap_velocity, "overlap", _sgd_drift_size, _step_error),
    _of_lattices(forms.sgd_norm_velocity, "norm", _sgd_growth_size, _step_error),
)


def _followed(**right: Form) -> dict[str, Any]:
    """Fluctuations are of order rate/sqrt(N); what their curvature adds is their square."""

    def remainder(v: Values) -> float:
        return (1 + 2 * largest_rate(v) ** 2) / float(v["size"])

    def relative(v: Values) -> float:
        return (2 + 3 * largest_rate(v)) / float(v["size"])

    return {
        "remainder": dict.fromkeys(right, remainder),
        "variance": {quantity: spread(form, relative) for quantity, form in right.items()},
    }


STARTS = ["learning_rate", "regularisation", "Q", "R", "norm", "time"]


def _dynamics() -> list[Entry]:
    points = rows(
        STARTS,
        (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 0.5),
        (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 2.0),
        (1.0, 0.25, 0.5, LEAST_OVERLAP, 1.0, 4.0),
        (0.5, 0.0, 1.5, -0.5, 0.75, 1.0),
        (0.5, 0.125, 0.25, -0.75, 1.0, 1.0),
        (1.5, 0.0625, 1.25, -0.75, 0.75, 1.0),
        (4.0, 0.125, 0.75, -0.75, 0.875, 1.0),
        (1.5, 0.0625, 2.5, -0.75, 0.75, 1.0),
    )
    listed: dict[str, Any] = {
        "points": points, "further": rows(STARTS, (0.5, 0.0625, 1.5, 0.5, 2.0, 8.0)),
    }  # fmt: skip
    relu = f"{BATCH_NORM}, relu"
    of_relu = _followed(
        scale=forms.scale_over_time, overlap=forms.overlap_over_time, norm=forms.norm_over_time
    )
    of_erf = _followed(
        scale=forms.scale_over_time_erf,
        overlap=forms.overlap_over_time_erf,
        norm=forms.norm_over_time_erf,
    )
    of_sgd = _followed(overlap=forms.sgd_overlap_over_time, norm=forms.sgd_norm_over_time)
    return [
        *(
            Entry(f"runs: {student}", margin=RUNS_WITHIN, **listed, **laws)
            for student, laws in (
                (relu, of_relu),
                (f"{WEIGHT_NORM}, relu", of_relu),
                (f"{SGD}, relu", of_sgd),
                (f"{BATCH_NORM}, erf", of_erf),
            )
        ),
        # erf is smooth, and so is what is averaged.
        *(
            Entry(f"one step: {student}", margin=AVERAGED_WITHIN, **listed, **laws)
            for student, laws in (
                (relu, _velocities("", 1)),
                (f"{SGD}, relu", SGD_VELOCITIES),
                (f"{BATCH_NORM}, erf", _velocities("_erf", 0.25)),
            )
        ),
        Entry(f"runs: {relu}", (), [points[1]], SHARP, kept=True, setting={"size": 2000},
              **of_relu),
    ]  # fmt: skip


# Fixed points -----------------------------------------------------------------------------------


def _ageing(values: Values) -> tuple[float, float, float]:
    """Rates at which gamma and R settle, and where 1 - R does while L hardly moves.

    At R = 1 the terms in eta^2 push R away at the rate rate^2 I2/2, I2 = (1 - Q)^2/2.
    """
    zeta = values["regularisation"]
    scale = 1 / (1 + 2 * zeta)
    rate = values["learning_rate"] * scale / values["norm"] ** 2
    i2 = (1 - scale) ** 2 / 2
    settling = rate - rate**2 * (scale - i2) / 2
    return values["learning_rate"] * (zeta + 0.5), settling, rate**2 * i2 / (2 * settling)


def _turning(values: Values) -> float:
    """The effective learning rate at the fixed point."""
    arguments = {name: values[name] for name in forms.effective_learning_rate.domain}
    return float(forms.effective_learning_rate.value(**arguments))


def not_yet_there(values: Values) -> float:
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


def _fixed_points() -> list[Entry]:
    names = ["learning_rate", "regularisation", "norm"]
    points = rows(names, (0.75, 0.0, 1.0), (0.75, 0.0625, 1.0), (0.75, 0.25, 1.25))
    further = rows(names, (1.0, 0.0625, 2.0))
    student = f"{BATCH_NORM}, relu"
    late: dict[str, Any] = {
        "remainder": {"scale": not_yet_there}, "variance": {"scale": lambda v: 0.25 / v["size"]},
    }  # fmt: skip
    return [
        Entry(f"runs: {student}", points, further, RUNS_WITHIN, **late),
        Entry(f"runs: {student}", (), further, SHARP, kept=True,
              setting={"time": 16.0, "overlap": 1.0}, **late),
        Entry("formulas", points, further),
        Entry(
            f"one step: {student}", points, further, AVERAGED_WITHIN,
            remainder={"norm": lambda v: 10 * (1 + _turning(v) ** 2) / v["size"]},
            variance={"norm": lambda v: 10 * LATTICE},
        ),
    ]  # fmt: skip


TABLE = {
    "luo2018/order-parameters": _dynamics(),
    "luo2018/fixed-points": _fixed_points(),
}  # fmt: skip
