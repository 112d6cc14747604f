"""Claims on the dynamics of a student that learns online (Luo et al. 2018, section 3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from theory import order_parameters as forms
from theory.domains import Integers, Reals
from theory.form import Form
from verify.claims.order_parameters import experiments as online
from verify.claims.order_parameters.experiments import BATCH_NORM, SGD, equal
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Exactly, SignedEqual

SIZE = 64
"""Least number of inputs N of students that are followed."""


def _in_whole_steps(at: Mapping[str, Any], within: float) -> dict[str, Value]:
    """At least `SIZE` inputs, of half of which a whole number of steps takes nearly the time.

    The inputs follow from the steps, so that the time moves by no more than its share 1/SIZE.
    """
    steps = math.ceil(at["time"] * SIZE / 2)
    half = round(steps / at["time"])
    return {"size": 2 * half, "time": steps / half}


def _resolved(at: Mapping[str, Any], within: float) -> dict[str, Value]:
    scale = at.get("Q", at["norm"])
    return {"size": online.resolved_size(at["learning_rate"] * scale / at["norm"] ** 2)}


def _over(network: str, learning_rate: Reals, scale: Reals, **others: Reals) -> dict[str, Reals]:
    """Where a student starts: vanilla SGD has neither scale nor penalty."""
    if network == SGD:
        return {"learning_rate": learning_rate, **others}
    of_batch_norm = {"regularisation": Reals(0, 0.5), "Q": scale}
    return {"learning_rate": learning_rate, **of_batch_norm, **others}


def _measured(name: str, network: str) -> OfNumerics:
    return online.measured(name, **({"scale": 1.0} if network == SGD else {}))


def _followed(network: str, activation: str) -> Experiment:
    # From R > 0 it stays so, as R grows where it is 0: relative errors have a bound.
    over = _over(
        network, Reals(0.25, 1), Reals(0.5, 1.5), R=Reals(0.25, 1), norm=Reals(0.75, 1.5),
        time=Reals(0.25, 4),
    )  # fmt: skip
    measure = _measured("online_learning", network)
    return online.runs(measure, over=over, sizes=_in_whole_steps, doubled=("size",)).given(
        network=network, activation=activation
    )


def _stepped(network: str, activation: str) -> Experiment:
    over = _over(
        network, Reals(0.125, 4), Reals(0, 4, low_open=True), R=Reals(-1, 1), norm=Reals(0.5, 2)
    )
    measure = _measured("drift", network)
    return online.one_step(measure, over=over, sizes=_resolved, doubled=("size",)).given(
        network=network, activation=activation
    )


STUDENTS = ((BATCH_NORM, "relu"), (BATCH_NORM, "erf"), (SGD, "relu"))
run_relu, run_erf, run_sgd = (_followed(*student) for student in STUDENTS)
of_relu, of_erf, of_sgd = (_stepped(*student) for student in STUDENTS)


def _over_time(by: Experiment, **listed: Form) -> list[SignedEqual]:
    return [SignedEqual(quantity, form, by=(by,)) for quantity, form in listed.items()]


order_parameters = Claim(
    "luo2018/order-parameters",
    "In large N the order parameters γ, R and L of an online student follow the differential "
    "equations 9-11.",
    says=(
        *equal("scale", forms.scale_velocity, by=of_relu),
        *equal("overlap", forms.overlap_velocity, by=of_relu),
        *equal("norm", forms.norm_velocity, by=of_relu),
        *equal("scale", forms.scale_velocity_erf, by=of_erf),
        *equal("overlap", forms.overlap_velocity_erf, by=of_erf),
        *equal("norm", forms.norm_velocity_erf, by=of_erf),
        *equal("overlap", forms.sgd_overlap_velocity, by=of_sgd),
        *equal("norm", forms.sgd_norm_velocity, by=of_sgd),
        *_over_time(
            run_relu,
            scale=forms.scale_over_time,
            overlap=forms.overlap_over_time,
            norm=forms.norm_over_time,
        ),
        *_over_time(
            run_erf,
            scale=forms.scale_over_time_erf,
            overlap=forms.overlap_over_time_erf,
            norm=forms.norm_over_time_erf,
        ),
        *_over_time(run_sgd, overlap=forms.sgd_overlap_over_time, norm=forms.sgd_norm_over_time),
    ),
    by=(run_relu, run_erf, run_sgd, of_relu, of_erf, of_sgd),
    axis="learning_rate",
    notes=(
        "Online students simulated exactly in law.  Judged are the mean changes in one step at the "
        "point's Q, R and L, and runs: each order parameter against the solution of the equations "
        "at the same time, in the limit of the students' size.",
        "Batch norm is modelled as the paper models it: weight normalisation with the penalty "
        "ζ γ², which is 0 without batch norm; vanilla SGD has neither, and Q = L.",
        "Eq 7 as printed would move γ N times faster than eq 9 says.  The step simulated has the "
        "1/N of the text after it: gradient descent in w and ν = √N γ.",
    ),
)

DESCENT = "numerics.order_parameters:measure_descent"

whole_step = Experiment(
    "one step of real weights",
    OfNumerics(DESCENT, online.NAMES),
    over={
        "learning_rate": Reals(0.125, 4),
        "Q": Reals(0.5, 2),
        "norm": Reals(0.5, 2),
        "regularisation": Reals(0, 1),
    },
    setting={
        "inputs": online.FRESH,
        "network": BATCH_NORM,
        "activation": "erf",
        "size": 8,
        "R": 0.0,
    },
    meets=online.MEETS,
)
# Without a penalty: the two terms of the step may all but cancel, and leave their rounding.
step_of_scale = Experiment(
    "one step of the scale, without a penalty",
    OfNumerics(DESCENT, {**online.NAMES, "dimension": "inputs"}),
    over={"learning_rate": Reals(0.125, 4), "inputs": Integers(3, 64)},
    setting={
        "network": BATCH_NORM,
        "activation": "erf",
        "regularisation": 0.0,
        "Q": 2.0,
        "norm": 1.0,
        "R": 0.0,
    },
    meets=online.MEETS,
)

update_rules = Claim(
    "luo2018/update-rules",
    "Eqs 6 and 7 are said to be steps of gradient descent of the loss at a sample: they are "
    "parallel to those, and half as long. Eqs 8 and 9 are said to follow from eq 7: their step of "
    "γ is 1/N of its.",
    says=(
        *Exactly.each(
            "factor", forms.descent_factor_printed, forms.descent_factor, by=(whole_step,)
        ),
        *Exactly.each("scale", forms.scale_step_printed, forms.scale_step, by=(step_of_scale,)),
    ),
    by=(whole_step, step_of_scale),
    axis="learning_rate",
    notes=(
        "Teacher, student and input have random directions; the gradient is that of automatic "
        "differentiation.  Of steps that are not parallel no ratio is told.",
        "Eq 7 is such a step in γ.  The text below it, and eqs 8 and 9, have 1/N of it: a step in "
        "√N γ, of half the loss.",
    ),
)

CLAIMS = (order_parameters, update_rules)
