"""Claims on the dynamics of a student that learns online (Luo et al. 2018, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory import order_parameters as forms
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
    ONE_STEP_SIZE,
    SGD,
    STUDENTS,
    WEIGHT_NORM,
    measured,
    one_step,
    runs,
    runs_are_known,
)
from verify.model import Claim, OfNumerics, Value
from verify.relations import SignedEqual


def _known(at: Mapping[str, Any], within: float) -> dict[str, Value] | None:
    return {"size": 1000} if runs_are_known(at) else None


def _without_penalty(at: Mapping[str, Any], within: float) -> dict[str, Value] | None:
    known = _known(at, within)
    return None if known is None else {**known, "regularisation": 0.0}


def _measured(name: str, network: str) -> OfNumerics:
    """A measurement of such students; numerics gives vanilla SGD no penalty, as eqs 9-11 do."""
    return measured(name, **({"regularisation": 0.0} if network == SGD else {}))


followed = {
    (student["network"], student["activation"]): runs(
        _measured("online_learning", str(student["network"])),
        sizes=_without_penalty if student["network"] == WEIGHT_NORM else _known,
        reads=("time",),
    ).given(**student)
    for student in STUDENTS
}
run_relu = (followed[BATCH_NORM, "relu"], followed[WEIGHT_NORM, "relu"])
run_erf, run_sgd = (followed[BATCH_NORM, "erf"],), (followed[SGD, "relu"],)

# No velocity depends on the time: once for each start.
steps = {
    (network, activation): one_step(
        _measured("drift", network),
        setting={"size": ONE_STEP_SIZE},
        sizes=lambda at, within: {} if at["time"] <= 1 or not runs_are_known(at) else None,
    ).given(network=network, activation=activation)
    for network, activation in ((BATCH_NORM, "relu"), (SGD, "relu"), (BATCH_NORM, "erf"))
}
of_relu, of_sgd, of_erf = ((one,) for one in steps.values())

order_parameters = Claim(
    "luo2018/order-parameters",
    "In large N the order parameters γ, R and L of an online student follow the differential "
    "equations 9-11.",
    says=(
        SignedEqual("scale", forms.scale_velocity, by=of_relu),
        SignedEqual("overlap", forms.overlap_velocity, by=of_relu),
        SignedEqual("norm", forms.norm_velocity, by=of_relu),
        SignedEqual("scale", forms.scale_velocity_erf, by=of_erf),
        SignedEqual("overlap", forms.overlap_velocity_erf, by=of_erf),
        SignedEqual("norm", forms.norm_velocity_erf, by=of_erf),
        SignedEqual("overlap", forms.sgd_overlap_velocity, by=of_sgd),
        SignedEqual("norm", forms.sgd_norm_velocity, by=of_sgd),
        SignedEqual("scale", forms.scale_over_time, by=run_relu),
        SignedEqual("overlap", forms.overlap_over_time, by=run_relu),
        SignedEqual("norm", forms.norm_over_time, by=run_relu),
        SignedEqual("scale", forms.scale_over_time_erf, by=run_erf),
        SignedEqual("overlap", forms.overlap_over_time_erf, by=run_erf),
        SignedEqual("norm", forms.norm_over_time_erf, by=run_erf),
        SignedEqual("overlap", forms.sgd_overlap_over_time, by=run_sgd),
        SignedEqual("norm", forms.sgd_norm_over_time, by=run_sgd),
    ),
    by=(*followed.values(), *steps.values()),
    axis="time",
    notes=(
        "Online students simulated exactly in law.  Judged are the mean changes in one step at the "
        "point's Q, R and L, and runs from there: each order parameter against the solution "
        "of the equations at the same time, while the effective learning rate is moderate: beyond, "
        "deviations grow and R may pass 0.",
        "Batch norm is modelled as the paper models it: weight normalisation with the penalty "
        "ζ γ².  Weight normalisation and vanilla SGD have no penalty, vanilla SGD has Q = L.",
        "Eq 7 as printed would move γ N times faster than eq 9 says.  The step simulated has the "
        "1/N of the text after it: gradient descent in w and ν = √N γ.",
    ),
)

CLAIMS = (order_parameters,)
