"""Claims on the dynamics of a student that learns online (Luo et al. 2018, section 3)."""

from __future__ import annotations

from theory import order_parameters as forms
from verify.claims.order_parameters.experiments import (
    BATCH_NORM,
    ONE_STEP_SIZE,
    SGD,
    STUDENTS,
    one_step,
    runs,
    runs_are_known,
)
from verify.model import Claim
from verify.relations import SignedEqual

followed = [
    runs(
        "runs",
        sizes=lambda at, within: {"size": 1000} if runs_are_known(at) else None,
        reads=("time",),
    ).given(**student)
    for student in STUDENTS
]

# No velocity depends on the time: once for each start.
step = one_step(
    "step",
    setting={"size": ONE_STEP_SIZE},
    sizes=lambda at, within: {} if at["time"] <= 1 or not runs_are_known(at) else None,
)
steps = {
    (network, activation): step.given(network=network, activation=activation)
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
        *(SignedEqual(name, 1, by=tuple(followed)) for name in ("scale", "overlap", "norm")),
    ),
    by=(*followed, *steps.values()),
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
)

CLAIMS = (order_parameters,)
